/** Types of arguments, and their way to the native module. */

import { randomUUID } from "node:crypto";
import {
  type Names,
  calledBack,
  checkNames,
  checkedText,
  codeOf,
  isHollow,
  kindOf,
  namesOf,
  textOrBytes,
  wrongType,
} from "./checks.js";
import { SecretStoreError, isSecretStoreError } from "./errors.js";
import { type Keys, makeKeyring } from "./keys.js";
import { type Fields, fieldsOf } from "./native.js";
import type { EventType } from "./results.js";

/** What a store's secrets look like: what is not given is any string, any JSON object. */
export interface StoreTypes {
  namespace?: string;
  metadata?: object;
}

export type NamespaceOf<T extends StoreTypes> = T extends { namespace: infer N extends string }
  ? N
  : string;
export type MetadataOf<T extends StoreTypes> = T extends { metadata: infer M extends object }
  ? M
  : Record<string, unknown>;

/** The namespace is required where its type is given; else null and left out are the default one. */
export type InNamespace<T extends StoreTypes> = T extends { namespace: string }
  ? { namespace: NamespaceOf<T> }
  : { namespace?: string | null | undefined };

/** A namespace that is given, be it null. */
export type GivenNamespace<T extends StoreTypes> = T extends { namespace: string }
  ? { namespace: NamespaceOf<T> }
  : { namespace: string | null };

export type SecretName<T extends StoreTypes> = InNamespace<T> & { name: string };

export type PutArguments<T extends StoreTypes> = SecretName<T> & {
  /** Text is stored as UTF-8. */
  value: string | Uint8Array;
  /** Left out: keeps what is stored. Null: clears. Plain text in the store: never put a secret there. */
  metadata?: MetadataOf<T> | null | undefined;
  /** Left out: the default TTL for a new secret, else the stored expiry stays. Null: never expires. */
  ttlMs?: number | null | undefined;
  /** 0: only create; n: only replace revision n. */
  ifRevision?: number | null | undefined;
};

export type UpdateArguments<T extends StoreTypes> = SecretName<T> & {
  metadata?: MetadataOf<T> | null | undefined;
  /** When it expires, in ms since the epoch; not together with ttlMs. Null: never. */
  expiresAt?: number | null | undefined;
  ttlMs?: number | null | undefined;
  ifRevision?: number | null | undefined;
};

export type RemoveArguments<T extends StoreTypes> = SecretName<T> & {
  ifRevision?: number | null | undefined;
  /** Also a row that is not authentic, or not what was last written: for what `verify` found. */
  purge?: boolean | undefined;
};

export interface Paging {
  /** 1 to 1000; 100 if left out. */
  numItems?: number | undefined;
  /** The continueCursor of the page before. */
  cursor?: string | null | undefined;
}

/** Of iterators, which turn the pages themselves. */
export interface PageItems {
  /** How many are read at once, 1 to 1000; 100 if left out. */
  pageItems?: number | undefined;
}

export interface Ordering {
  order?: "asc" | "desc" | undefined;
}

/** The events of a namespace, of a name or a type in it, of one secret, or those of the store log, which
 * tells of keys, settings, acceptances and anchors. */
export type EventFilter<T extends StoreTypes> =
  | (InNamespace<T> & { name?: never; type?: never; secretId?: never; storeLog?: false | undefined })
  | (GivenNamespace<T> & { name: string; type?: never; secretId?: never; storeLog?: false | undefined })
  | (GivenNamespace<T> & { type: EventType; name?: never; secretId?: never; storeLog?: false | undefined })
  | { secretId: string; namespace?: never; name?: never; type?: never; storeLog?: false | undefined }
  | { storeLog: true; namespace?: never; name?: never; type?: never; secretId?: never };

/** How long what is over is kept, in ms. */
export interface Retention {
  retentionMs?: number | undefined;
}

export interface RotateArguments {
  fromVersion: number;
  /** 1 to 1000; 100 if left out. */
  batchSize?: number | undefined;
  cursor?: string | null | undefined;
}

export interface RetireArguments {
  /** The key version; neither the active one nor the only one. */
  version: number;
  /** Also if secrets are still under it, which nobody can read any more then: for a key that was lost. */
  abandon?: boolean | undefined;
}

/** What is to be set in the store; what is left out stays. */
export interface SettingsArguments {
  /** Pruning never takes events that are younger, in ms; 30 days in a new store. */
  eventsMinRetentionMs?: number | undefined;
}

export interface BackupArguments {
  /** Whether a file of that name may be replaced; never an open store. */
  overwrite?: boolean | undefined;
  /** Also of a store that is not intact: as evidence. */
  unverified?: boolean | undefined;
}

export interface VerifyArguments {
  /** The text of an {@link AuditHead} that was kept elsewhere. */
  expectedHead?: string | undefined;
}

export interface ImportArguments {
  /** JSON lines: a portable export, or rows of the Convex component. */
  text: string | Uint8Array;
  /** The keys that the rows stand under; the store's own if left out. */
  sourceKeys?: Keys | undefined;
  /** What becomes of a secret that is there already; "refuse" if left out. */
  existing?: "refuse" | "skip" | "replace" | undefined;
  /** Stores nothing. */
  dryRun?: boolean | undefined;
  /** Stores what can be stored; else all rows, or none if one is refused. */
  partial?: boolean | undefined;
}

export type ExportArguments<T extends StoreTypes> = {
  /** Takes the next lines; what it throws ends the export. Not asynchronous: nobody would wait. */
  write: (lines: Buffer) => void;
  format?: "portable" | "component" | undefined;
  /** Only this namespace; null is the default one. Left out: all. */
  namespace?: GivenNamespace<T>["namespace"] | undefined;
  /** The first of them wraps the exported DEKs; the active key if left out. */
  targetKeys?: Keys | undefined;
  /** Leaves out rows that cannot be read, and reports them. */
  skipFailed?: boolean | undefined;
};

/** On whose behalf calls are made: policies see both, audit events record the actor. */
export interface Caller {
  actor?: string | null | undefined;
  context?: Record<string, unknown> | null | undefined;
}

/** For long operations. */
export interface LongOperation {
  /** Stops it between two steps; the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told how many of about how many are done. Not asynchronous. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

// ---- To the native module ------------------------------------------------------------------------

function invalid(message: string): SecretStoreError {
  return new SecretStoreError(message, "invalid_argument");
}

/** A JSON object as text, a bigint in it as an integer. */
function jsonText(value: unknown, label: string): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(label, "an object", value);
  }
  let mark = "";
  const refuse = (_key: string, item: unknown): unknown => {
    if (typeof item === "bigint") {
      mark ||= randomUUID();
      return `${mark}${item}`;
    }
    if (typeof item === "number" && !Number.isFinite(item)) {
      throw invalid(`${label}: expected what JSON can say, got ${item}`);
    }
    if (["function", "symbol"].includes(typeof item)) {
      throw invalid(`${label}: expected what JSON can say, got a ${typeof item}`);
    }
    if (isHollow(item)) throw invalid(`${label}: expected what JSON can say, got ${kindOf(item)}`);
    return item;
  };
  try {
    const text = JSON.stringify(value, refuse);
    if (text === undefined || !text.startsWith("{")) throw invalid(`${label}: expected an object`);
    return mark === "" ? text : text.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
  } catch (error) {
    if (isSecretStoreError(error)) throw error;
    const reason = (error as Error | null | undefined)?.message ?? String(error);
    throw invalid(`${label}: expected what JSON can say: ${reason}`);
  }
}

/** The field of a native record that an argument becomes. */
type Reader = (value: any, name: string) => unknown;

const asIs: Reader = (value) => value;
/** Null is as good as nothing: the library's default. */
const optional: Reader = (value) => value ?? undefined;
const choice = (group: string): Reader => (value, name) =>
  value == null ? undefined : codeOf(group, value, name);
/** Keeps undefined and null, which mean something. */
const optionalJson: Reader = (value, name) => (value == null ? value : jsonText(value, name));

/** A native record of checked arguments; label says which object they come from. */
export type Request = (args: any, caller: Fields | null, label?: string) => Fields;

function argumentsOf(record: string): readonly string[] {
  return fieldsOf(record).filter((name) => name !== "caller");
}

/** The request whose arguments are the fields of a native record; the readers are of those that do not
 * cross over as they are. What is unread may be given too: others read it. */
function request(
  record: string,
  readers: Readonly<Record<string, Reader>> = {},
  unread: readonly string[] = [],
): Request {
  const fields = fieldsOf(record);
  const reading = fields.map((name) => readers[name] ?? asIs);
  const names = new Set([...argumentsOf(record), ...unread]);
  return (args, caller, label = "arguments") => {
    checkNames(args, names, label);
    const made: unknown[] = [];
    for (let index = 0; index < fields.length; index++) {
      const name = fields[index]!;
      made.push(name === "caller" ? caller : reading[index]!(args[name], name));
    }
    return made;
  };
}

/** @internal */
export const requests = {
  get: request("ss_get_request"),
  put: request("ss_put_request", { value: textOrBytes, metadata: optionalJson }),
  update: request("ss_update_request", { metadata: optionalJson }),
  remove: request("ss_remove_request", { purge: optional }),
  list: request("ss_list_request", { order: choice("ss_order"), numItems: optional }),
  listNamespaces: request("ss_namespaces_request", { numItems: optional }),
  listEvents: request("ss_events_request", {
    type: choice("ss_event_type"),
    storeLog: optional,
    order: choice("ss_order"),
    numItems: optional,
  }),
  rotateKeys: request("ss_rotate_request", { batchSize: optional }),
  retireKey: request("ss_retire_request", { abandon: optional }),
  changeSettings: request("ss_settings_request"),
  accept: request("ss_accept_request"),
  importRows: request("ss_import_request", {
    text: textOrBytes,
    sourceKeys: makeKeyring,
    existing: choice("ss_existing"),
    dryRun: optional,
    partial: optional,
  }),
};

/** An export that the flag stops. @internal */
export function exportRequest(flag: Int32Array | null): Request {
  const readers: Record<string, Reader> = {
    format: choice("ss_export_format"),
    targetKeys: makeKeyring,
    skipFailed: optional,
    write: (write, name) => [notStopping(calledBack(write, name)), flag],
  };
  return request("ss_export_request", readers, flag === null ? [] : ["signal"]);
}

/** False from it does not stop: only its signal and what it throws do. @internal */
export function notStopping<Args extends unknown[]>(
  call: (...args: Args) => unknown,
): (...args: Args) => void {
  return (...args) => {
    call(...args);
  };
}

/** The names in what is no record. @internal */
export const names = {
  caller: namesOf<Caller>({ actor: true, context: true }),
  retention: namesOf<Retention>({ retentionMs: true }),
  longOperation: namesOf<LongOperation>({ signal: true, onProgress: true }),
  verify: namesOf<LongOperation & VerifyArguments>({
    signal: true,
    onProgress: true,
    expectedHead: true,
  }),
  backup: namesOf<LongOperation & BackupArguments>({
    signal: true,
    onProgress: true,
    overwrite: true,
    unverified: true,
  }),
  backupSync: namesOf<BackupArguments>({ overwrite: true, unverified: true }),
  verifySync: namesOf<VerifyArguments>({ expectedHead: true }),
  exportRows: new Set([...argumentsOf("ss_export_request"), "signal"]),
  secrets: iterated("ss_list_request"),
  namespaces: iterated("ss_namespaces_request"),
  events: iterated("ss_events_request"),
};

/** What an iterator takes: pages are its own. */
function iterated(record: string): Names {
  const filters = argumentsOf(record).filter((name) => name !== "numItems" && name !== "cursor");
  return new Set([...filters, "pageItems"]);
}

/** @internal */
export function callerFields(caller: Caller): Fields {
  checkNames(caller, names.caller, "caller");
  const { actor, context } = caller;
  return [
    actor == null ? null : checkedText(actor, "actor"),
    context == null ? null : jsonText(context, "context"),
  ];
}
