/** What calls return. Times are milliseconds since the Unix epoch. */

import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { tagOf } from "./hidden.js";
import type { Fields } from "./native.js";

/** Of the events of a namespace. */
export type EventType =
  | "created" | "updated" | "deleted" | "rotated" | "read" | "expunged" | "pruned" | "accepted"
  | "rewrapped";
/** Of the events in the store log. */
export type StoreEventType =
  | "store_created" | "key_added" | "key_activated" | "key_retiring" | "key_retired"
  | "policy_required" | "settings_changed" | "namespace_accepted" | "anchored" | "restored"
  | "imported";
export type KeyState = "unknown" | "admitted" | "retiring" | "retired";
export type Verdict = "intact" | "unprovable" | "tampered";
export type GetFailureReason = "not_found" | "expired" | "key_version_unavailable";

/** What became of a put. */
export interface PutResult {
  /** Opaque. A secret that is removed and created again gets a new one. */
  secretId: string;
  createdAt: number;
  updatedAt: number;
  expiresAt: number | null;
  /** 1 for a new secret, one more for each put and update. */
  revision: number;
  isNew: boolean;
}

/** A secret that was read. `inspect` and `JSON.stringify` leave the value out; deep comparisons do not. */
export interface GetSuccess<Value, Metadata> {
  ok: true;
  value: Value;
  metadata: Metadata | null;
  expiresAt: number | null;
  createdAt: number;
  updatedAt: number;
  revision: number;
  keyVersion: number;
}

/** Why there is nothing to read. */
export interface GetFailure {
  ok: false;
  reason: GetFailureReason;
}

/** Check `ok` before `value`. */
export type GetResult<Value, Metadata> = GetSuccess<Value, Metadata> | GetFailure;

/** What became of an update; without `updated` there was no such secret. */
export interface UpdateResult {
  updated: boolean;
  updatedAt: number | null;
  expiresAt: number | null;
  revision: number | null;
}

/** A secret without its value. Not authenticated: listing needs no key. */
export interface SecretInfo<Namespace, Metadata> {
  secretId: string;
  namespace: Namespace | null;
  name: string;
  metadata: Metadata | null;
  createdAt: number;
  updatedAt: number;
  expiresAt: number | null;
  effectiveState: "active" | "expired";
  keyVersion: number;
  revision: number;
}

/** A namespace that holds or has held secrets; null is the default one. */
export interface NamespaceInfo<Namespace> {
  namespace: Namespace | null;
  /** Expired ones included. */
  secretCount: number;
}

/** An audit event: of a secret, of a namespace, or of the store. */
export interface SecretEvent<Namespace> {
  eventId: string;
  /** Null: it is about the namespace, or the store. */
  secretId: string | null;
  namespace: Namespace | null;
  /** Of the secret; null as `secretId` is. */
  name: string | null;
  type: EventType | StoreEventType;
  /** 1, 2, 3 ... within the namespace, or within the store log, in commit order, without gaps. */
  sequence: number;
  actor: string | null;
  /** What changed, why it was deleted, between which keys. */
  metadata: Record<string, unknown> | null;
  /** Never runs backwards within a namespace. */
  createdAt: number;
}

/** A part of a list. Give `continueCursor` to the next call, until `isDone`. */
export interface Page<Item> {
  page: Item[];
  isDone: boolean;
  continueCursor: string | null;
}

/** One batch of a rotation. */
export interface RotateResult {
  fromVersion: number;
  toVersion: number;
  processed: number;
  rotated: number;
  /** Changed by somebody else meanwhile; the scan comes back to them. */
  skipped: number;
  /** Do not authenticate: left as they are. */
  failed: number;
  isDone: boolean;
  /** Null: start again from the beginning, or done. */
  continueCursor: string | null;
}

/** A whole rotation; without `isDone` it was stopped. */
export interface RotateAllResult {
  rotated: number;
  failed: number;
  isDone: boolean;
}

/** What the store and the configuration know of a key version. */
export interface KeyInfo {
  version: number;
  /** "unknown": configured, and admitted by no write yet. "retiring": nothing is written with it any
   * more. "retired": it opens nothing any more. */
  state: KeyState;
  isActive: boolean;
  isConfigured: boolean;
  /** Configured, not active, no secret under it, and the active key opens all that it opens. */
  isSafeToRemove: boolean;
  /** Secrets whose DEK it wraps. */
  secretCount: number;
  /** Of 2^32 (NIST SP 800-38D, section 8.3); counted in blocks, so rather too high. */
  wrapsUsed: number;
  /** When it was admitted. */
  firstSeenAt: number | null;
}

/** Which keys secrets stand under. */
export interface RotationStatus {
  keys: KeyInfo[];
  isComplete: boolean;
  /** Secrets whose key is not configured. */
  unavailableCount: number;
}

/** What became of a key version that was retired. */
export interface RetireResult {
  /** Which began with it: keep it with the keys, for the option `leastEpoch`. */
  epoch: number;
  /** Whose heads were sealed anew by this call. */
  namespaces: number;
  /** Of these: the rows are not those that the head says; `verify` tells which. */
  faulty: number;
}

/** What holds for whoever opens the store: kept in it, authenticated. */
export interface StoreSettings {
  /** Pruning never takes events that are younger, in ms, whatever a call says. */
  eventsMinRetentionMs: number;
}

/** One batch of a cleanup; without `isDone` there is more. */
export interface CleanupResult {
  deleted: number;
  isDone: boolean;
}

/** Something that verification found. */
export interface Fault {
  kind: string;
  namespace: string | null;
  name: string | null;
  sequence: number;
  message: string;
}

/** What verification checked and found. */
export interface VerifyReport {
  /** "unprovable": no fault, but something could not be checked. */
  verdict: Verdict;
  /** The verdict is "intact". */
  isIntact: boolean;
  namespacesChecked: number;
  /** Of namespaces. */
  eventsChecked: number;
  storeEventsChecked: number;
  /** Of secrets, earlier versions and removed secrets. */
  rowsChecked: number;
  /** Under keys that are not configured: proved by the state, and not decrypted. */
  rowsUncheckable: number;
  /** Chains that contain what `expectedHead` says. */
  headsCompared: number;
  /** Chains that were pruned beyond it since: there is nothing to compare with. */
  headsPruned: number;
  /** What could not be checked, and why. */
  unprovableReason: string | null;
  /** How often a namespace's rows were accepted as they were. */
  acceptances: number;
  /** With how many faults, all together. */
  faultsAccepted: number;
  /** Times that the seal was accepted as it was: before the last of them any namespace may have been put
   * back to an older state of its own. */
  sealAcceptances: number;
  lastAcceptedAt: number | null;
  faultCount: number;
  /** The first hundred. */
  faults: Fault[];
}

/** What was accepted. */
export interface AcceptResult {
  /** That the namespace holds from now on. */
  rows: number;
  /** Of the namespace, and of the store as a whole, that were accepted. */
  faults: number;
  /** Of the event that says so; earlier ones are gone. 0: there was nothing to accept, and nothing was
   * changed. */
  sequence: number;
}

/** Proves, where it was kept elsewhere, that a store was not put back to before it was made. */
export interface Anchor {
  /** One line, without a secret: for the option `anchor`. */
  text: string;
  madeAt: number;
}

/** The heads of all audit chains at one moment. Keep `text` where an intruder cannot reach it. */
export interface AuditHead {
  text: string;
  madeAt: number;
  namespaceCount: number;
}

/** A row that was not transferred, and why. */
export interface TransferFault {
  line: number;
  namespace: string | null;
  name: string | null;
  code: string;
  message: string;
}

/** What became of imported rows. */
export interface ImportReport {
  isStored: boolean;
  imported: number;
  replaced: number;
  skipped: number;
  refused: number;
  faults: TransferFault[];
}

/** What was exported. */
export interface ExportReport {
  exported: number;
  failed: number;
  faults: TransferFault[];
}

/** Something that the store holds and a policy would have refused. */
export interface PolicyRefusal {
  namespace: string | null;
  name: string;
  sequence: number;
  operation: string;
  actor: string | null;
  code: string;
  message: string;
}

/** What a policy would have said of all that the store holds. */
export interface PolicyTrial {
  secretsTried: number;
  eventsTried: number;
  refused: number;
}

/** Calls of one operation since the store was opened; times are wall clock, in nanoseconds. */
export interface OperationStats {
  calls: number;
  failures: number;
  totalNs: number;
  longestNs: number;
}

/** Counts and timings, for metrics. */
export interface Stats {
  namespaceCount: number;
  secretCount: number;
  eventCount: number;
  fileBytes: number;
  freeBytes: number;
  logBytes: number;
  operations: Record<string, OperationStats>;
}

// ---- From the native module's arrays -------------------------------------------------------------

/** A maker of objects with these members, in the order of the native record. @internal */
function maker<Result>(...names: (keyof Result & string)[]): (fields: Fields) => Result {
  return (fields) => {
    const result: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) result[names[index]!] = fields[index];
    return result as Result;
  };
}

/** A list of this realm; what comes from the native module is of Node's own. @internal */
export function listOf<Item>(list: readonly Fields[], make: (fields: Fields) => Item): Item[] {
  return Array.from(list, (fields) => make(fields));
}

/** A record with a member that is a list of records. @internal */
function makerWithList<Result, Item>(
  make: (fields: Fields) => Result,
  member: keyof Result,
  makeItem: (fields: Fields) => Item,
): (fields: Fields) => Result {
  return (fields) => {
    const result = make(fields);
    result[member] = listOf(result[member] as readonly Fields[], makeItem) as Result[keyof Result];
    return result;
  };
}

const jsonTokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const isInteger = /^-?\d+$/;

/** Integers that no number holds come as bigint: other hosts store 64 bits. */
function parsedExactly(json: string): any {
  const mark = randomUUID();
  const marked = json.replace(jsonTokens, (token) =>
    isInteger.test(token) && String(Number(token)) !== token && token !== "-0"
      ? `"${mark}${token}"`
      : token,
  );
  return JSON.parse(marked, (_key, item) =>
    typeof item === "string" && item.startsWith(mark) ? BigInt(item.slice(mark.length)) : item,
  );
}

const mayHoldLongInteger = /\d{16}/;

function parsed(metadata: string | null): any {
  if (metadata === null) return null;
  return mayHoldLongInteger.test(metadata) ? parsedExactly(metadata) : JSON.parse(metadata);
}

/** Holds the value where neither `inspect`, JSON nor a copy by `...` finds it. */
class Success {
  readonly ok = true;
  readonly metadata: unknown;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
  readonly keyVersion: number;
  readonly #value: unknown;

  constructor(fields: Fields) {
    this.#value = fields[1];
    this.metadata = parsed(fields[2]);
    this.expiresAt = fields[3];
    this.createdAt = fields[4];
    this.updatedAt = fields[5];
    this.revision = fields[6];
    this.keyVersion = fields[7];
  }

  get value(): unknown {
    return this.#value;
  }

  get [Symbol.toStringTag](): string {
    return tagOf("GetSuccess", this.#value as string | Uint8Array);
  }

  [inspect.custom](): unknown {
    return { ...this, value: "[secret]" };
  }
}

export const putResult = maker<PutResult>(
  "secretId", "createdAt", "updatedAt", "expiresAt", "revision", "isNew",
);
export const getResult = (fields: Fields): any =>
  fields[0] === null ? new Success(fields) : { ok: false, reason: fields[0] };
export const updateResult = (fields: Fields): UpdateResult =>
  fields[0]
    ? { updated: true, updatedAt: fields[1], expiresAt: fields[2], revision: fields[3] }
    : { updated: false, updatedAt: null, expiresAt: null, revision: null };
const secretInfo = (fields: Fields): SecretInfo<any, any> => ({
  secretId: fields[0],
  namespace: fields[1],
  name: fields[2],
  metadata: parsed(fields[3]),
  createdAt: fields[4],
  updatedAt: fields[5],
  expiresAt: fields[6],
  effectiveState: fields[7] ? "expired" : "active",
  keyVersion: fields[8],
  revision: fields[9],
});
const secretEvent = (fields: Fields): SecretEvent<any> => ({
  eventId: fields[0],
  secretId: fields[1],
  namespace: fields[2],
  name: fields[3],
  type: fields[4],
  sequence: fields[5],
  actor: fields[6],
  metadata: parsed(fields[7]),
  createdAt: fields[8],
});
const page = maker<Page<any>>("page", "isDone", "continueCursor");
export const secretPage = makerWithList(page, "page", secretInfo);
export const namespacePage = makerWithList(
  page, "page", maker<NamespaceInfo<any>>("namespace", "secretCount"),
);
export const eventPage = makerWithList(page, "page", secretEvent);
export const rotateResult = maker<RotateResult>(
  "fromVersion", "toVersion", "processed", "rotated", "skipped", "failed", "isDone",
  "continueCursor",
);
export const rotateAllResult = maker<RotateAllResult>("rotated", "failed", "isDone");
export const rotationStatus = makerWithList(
  maker<RotationStatus>("keys", "isComplete", "unavailableCount"),
  "keys",
  maker<KeyInfo>(
    "version", "state", "isActive", "isConfigured", "isSafeToRemove", "secretCount",
    "wrapsUsed", "firstSeenAt",
  ),
);
export const retireResult = maker<RetireResult>("epoch", "namespaces", "faulty");
export const storeSettings = maker<StoreSettings>("eventsMinRetentionMs");
export const cleanupResult = maker<CleanupResult>("deleted", "isDone");
export const verifyReport = makerWithList(
  maker<VerifyReport>(
    "verdict", "isIntact", "namespacesChecked", "eventsChecked", "storeEventsChecked",
    "rowsChecked", "rowsUncheckable", "headsCompared", "headsPruned", "unprovableReason",
    "acceptances", "faultsAccepted", "sealAcceptances", "lastAcceptedAt", "faultCount", "faults",
  ),
  "faults",
  maker<Fault>("kind", "namespace", "name", "sequence", "message"),
);
export const acceptResult = maker<AcceptResult>("rows", "faults", "sequence");
export const anchor = maker<Anchor>("text", "madeAt");
export const auditHead = maker<AuditHead>("text", "madeAt", "namespaceCount");
const transferFault = maker<TransferFault>("line", "namespace", "name", "code", "message");
export const importReport = makerWithList(
  maker<ImportReport>("isStored", "imported", "replaced", "skipped", "refused", "faults"),
  "faults",
  transferFault,
);
export const exportReport = makerWithList(
  maker<ExportReport>("exported", "failed", "faults"), "faults", transferFault,
);
export const policyRefusal = maker<PolicyRefusal>(
  "namespace", "name", "sequence", "operation", "actor", "code", "message",
);
export const policyTrial = maker<PolicyTrial>("secretsTried", "eventsTried", "refused");
const operationStats = maker<OperationStats>("calls", "failures", "totalNs", "longestNs");
export const stats = (fields: Fields, names: readonly string[]): Stats => ({
  namespaceCount: fields[0],
  secretCount: fields[1],
  eventCount: fields[2],
  fileBytes: fields[3],
  freeBytes: fields[4],
  logBytes: fields[5],
  operations: Object.fromEntries(
    names.map((name, index) => [name, operationStats(fields[6][index])]),
  ),
});
