/** The addon that SWIG generates (bindings/swig). Private: its arguments are handles and arrays in the
 * order of records.h, and its results arrays. */

import path = require("node:path");
import load = require("node-gyp-build");

export type Handle = { readonly __handle: unique symbol };
export type Fields = readonly any[];

export interface Native {
  version_string(): string;
  operation_name(operation: number): string;
  generate_key(): string;
  options_new(path: string): Handle;
  options_add_key(options: Handle, version: number, key: string): void;
  options_set_default_ttl_ms(options: Handle, ttlMs: number): void;
  options_set_max_value_bytes(options: Handle, bytes: number): void;
  options_set_durability(options: Handle, durability: number): void;
  options_set_busy_timeout_ms(options: Handle, ms: number): void;
  options_set_create(options: Handle, create: boolean): void;
  options_set_maintenance(options: Handle, enabled: boolean, intervalMs: number): void;
  options_set_retention_ms(options: Handle, secretMs: number, eventMs: number): void;
  options_set_policy(options: Handle, source: Fields): void;
  options_set_policy_hash(options: Handle, hash: string | null): void;
  options_set_policy_limits(options: Handle, bytes: number, count: number, ms: number): void;
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
  cleanup_secrets(store: Handle, retentionMs: number, caller: Fields | null): Fields;
  cleanup_events(store: Handle, retentionMs: number, caller: Fields | null): Fields;
  record_fields(): Record<string, string[]>;
  [operation: string]: (...args: any[]) => any;
}

/** The prebuilt addon of this platform, or one that was built here. */
export const native: Native = load(path.join(__dirname, ".."));
