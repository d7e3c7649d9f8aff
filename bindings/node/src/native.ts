/** The addon that SWIG generates (bindings/swig). Private: its arguments are handles and arrays in the
 * order of records.h, and its results arrays. */

import path = require("node:path");
import load = require("node-gyp-build");

export type Handle = { readonly __handle: unique symbol };
export type Fields = readonly any[];

export interface Native {
  version_string(): string;
  status_name(code: number): string;
  operation_name(operation: number): string;
  event_type_name(type: number): string;
  key_state_name(state: number): string;
  verdict_name(verdict: number): string;
  generate_key(): string;
  options_new(path: string): Handle;
  options_add_key(options: Handle, version: number, key: string): void;
  options_set(options: Handle, settings: Fields): void;
  keyring_new(): Handle;
  keyring_add_key(keyring: Handle, version: number, key: string): void;
  store_open(
    options: Handle,
    logLevel: number,
    log: ((level: number, message: string) => void) | null,
    now: number | undefined,
  ): Handle;
  store_set_now(store: Handle, now: number): void;
  store_close(store: Handle): void;
  policy_reload(store: Handle, source: Fields): void;
  get_policy_hash(store: Handle): string | null;
  policy_check(source: Fields): string;
  policy_types(source: Fields, language: string): string;
  policy_test(source: Fields, cases: Fields, callback: Fields): void;
  policy_try(store: Handle, source: Fields, callback: Fields | null): Fields;
  rotate_all(store: Handle, caller: Fields | null, progress: Fields | null): Fields;
  admit_keys(store: Handle, caller: Fields | null): number;
  reload_keys(store: Handle, keyring: Handle): void;
  make_anchor(store: Handle, caller: Fields | null): Fields;
  note_restored(store: Handle, caller: Fields | null): void;
  cleanup_secrets(store: Handle, retentionMs: number, caller: Fields | null): Fields;
  cleanup_events(store: Handle, retentionMs: number, caller: Fields | null): Fields;
  record_fields(): Record<string, string[]>;
  spellings(): Record<string, string>;
  constants(): Record<string, Record<string, number>>;
  [operation: string]: (...args: any[]) => any;
}

/** The prebuilt addon of this platform, or one that was built here. */
export const native: Native = load(path.join(__dirname, ".."));

const records = native.record_fields();

/** The names of a native record's fields, in their order (records.h). */
export function fieldsOf(record: string): readonly string[] {
  const fields = records[record];
  if (fields === undefined) throw new Error(`expected the addon to know ${record}`);
  return fields;
}

const groups = native.constants();

/** The numbers of a group of the library's constants by their names (constants.h). */
export function constantsOf(group: string): Readonly<Record<string, number>> {
  const constants = groups[group];
  if (constants === undefined) throw new Error(`expected the addon to know ${group}`);
  return constants;
}
