/** Types of arguments, and their way to the native module. */

import { randomUUID } from "node:crypto";
import { SecretStoreError } from "./errors.js";
import type { Fields } from "./native.js";
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
};

export interface Paging {
  /** 1 to 1000; 100 if left out. */
  numItems?: number | undefined;
  /** The continueCursor of the page before. */
  cursor?: string | null | undefined;
}

export interface Ordering {
  order?: "asc" | "desc" | undefined;
}

/** The events of a namespace, of a name or a type in it, or of one secret. */
export type EventFilter<T extends StoreTypes> =
  | (InNamespace<T> & { name?: never; type?: never; secretId?: never })
  | (GivenNamespace<T> & { name: string; type?: never; secretId?: never })
  | (GivenNamespace<T> & { type: EventType; name?: never; secretId?: never })
  | { secretId: string; namespace?: never; name?: never; type?: never };

/** On whose behalf calls are made: policies see both, audit events record the actor. */
export interface Caller {
  actor?: string | null | undefined;
  context?: Record<string, unknown> | null | undefined;
}

/** For long operations. */
export interface LongOperation {
  /** Stops it between two steps; the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told how many of about how many are done. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

// ---- To the native module ------------------------------------------------------------------------

function invalid(message: string): SecretStoreError {
  return new SecretStoreError(message, "invalid_argument");
}

/** A JSON object as text, a bigint in it as an integer. @internal */
export function jsonText(value: object, label: string): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${label}: expected an object, got ${typeof value}`);
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
    return item;
  };
  try {
    const text = JSON.stringify(value, refuse);
    if (text === undefined || !text.startsWith("{")) throw invalid(`${label}: expected an object`);
    return mark === "" ? text : text.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
  } catch (error) {
    if (error instanceof SecretStoreError) throw error;
    throw invalid(`${label}: expected what JSON can say: ${(error as Error).message}`);
  }
}

/** Keeps undefined and null, which mean something. @internal */
export function optionalJson(value: object | null | undefined): string | null | undefined {
  return value === undefined || value === null ? value : jsonText(value, "metadata");
}

const orders: Record<string, number> = { desc: 0, asc: 1 };
const eventTypes: Record<string, number> = { created: 1, updated: 2, deleted: 3, rotated: 4 };

/** The number of a named choice. @internal */
export function codeOf(names: Record<string, number>, name: string, label: string): number {
  const code = Object.hasOwn(names, name) ? names[name] : undefined;
  if (code !== undefined) return code;
  const wanted = Object.keys(names).map((known) => `"${known}"`).join(", ");
  throw invalid(`${label}: expected one of ${wanted}, got ${JSON.stringify(name)}`);
}

const DEFAULT_ITEMS = 100;

/** @internal */
export function callerFields(caller: Caller): Fields {
  const context = caller.context ?? null;
  return [caller.actor ?? null, context === null ? null : jsonText(context, "context")];
}

/** Native records from arguments. @internal */
export const requests = {
  get: (args: any, caller: Fields | null): Fields => [args.namespace, args.name, caller],
  put: (args: any, caller: Fields | null): Fields => [
    args.namespace,
    args.name,
    args.value,
    optionalJson(args.metadata),
    args.ttlMs,
    args.ifRevision,
    caller,
  ],
  update: (args: any, caller: Fields | null): Fields => [
    args.namespace,
    args.name,
    optionalJson(args.metadata),
    args.expiresAt,
    args.ttlMs,
    args.ifRevision,
    caller,
  ],
  remove: (args: any, caller: Fields | null): Fields => [
    args.namespace,
    args.name,
    args.ifRevision,
    caller,
  ],
  list: (args: any, caller: Fields | null): Fields => [
    args.namespace,
    codeOf(orders, args.order ?? "desc", "order"),
    args.numItems ?? DEFAULT_ITEMS,
    args.cursor,
    caller,
  ],
  listNamespaces: (args: any, caller: Fields | null): Fields => [
    args.numItems ?? DEFAULT_ITEMS,
    args.cursor,
    caller,
  ],
  listEvents: (args: any, caller: Fields | null): Fields => [
    args.namespace,
    args.name,
    args.type == null ? 0 : codeOf(eventTypes, args.type, "type"),
    args.secretId,
    codeOf(orders, args.order ?? "desc", "order"),
    args.numItems ?? DEFAULT_ITEMS,
    args.cursor,
    caller,
  ],
  rotateKeys: (args: any, caller: Fields | null): Fields => [
    args.fromVersion,
    args.batchSize ?? DEFAULT_ITEMS,
    args.cursor,
    caller,
  ],
};
