/** `SecretStore`: the store as Node sees it. */

import { inspect } from "node:util";
import {
  type Caller,
  type EventFilter,
  type GivenNamespace,
  type InNamespace,
  type LongOperation,
  type MetadataOf,
  type NamespaceOf,
  type Ordering,
  type Paging,
  type PutArguments,
  type RemoveArguments,
  type SecretName,
  type StoreTypes,
  type UpdateArguments,
  callerFields,
  codeOf,
  requests,
} from "./arguments.js";
import { SecretStoreError, fromNative } from "./errors.js";
import { type Keys, makeKeyring } from "./keys.js";
import { type Fields, type Handle, native } from "./native.js";
import { type PolicySource, policyFields } from "./policy.js";
import * as results from "./results.js";
import type {
  AuditHead,
  CleanupResult,
  ExportReport,
  GetResult,
  GetSuccess,
  ImportReport,
  NamespaceInfo,
  Page,
  PolicyRefusal,
  PolicyTrial,
  PutResult,
  RotateAllResult,
  RotateResult,
  RotationStatus,
  SecretEvent,
  SecretInfo,
  Stats,
  UpdateResult,
  VerifyReport,
} from "./results.js";

export type LogLevel = "debug" | "warn" | "error" | "none";

/** How a store is opened. */
export interface StoreOptions {
  /** A file, or ":memory:" for a store that lives as long as its handle. */
  path: string;
  /** The KEKs, the active one first. */
  keys: Keys;
  /** `ttlMs`: the TTL of new secrets whose put names none. */
  defaults?: { ttlMs?: number };
  /** The longest value in bytes, up to 16 MiB; 1 MiB if left out. */
  maxValueBytes?: number;
  /** "normal" may lose the last few writes at a power failure, whole and in order; "full", which it is
   * if left out, loses none. */
  durability?: "full" | "normal";
  /** How long a write waits for other processes; 5000 if left out. */
  busyTimeoutMs?: number;
  /** False: fail with `not_found` where there is no store. */
  create?: boolean;
  policy?: PolicySource;
  /** The hash in generated types: opening fails unless the policy is that one. */
  policyHash?: string;
  /** What the policy may take: memory for each of its states, instructions and time for each call. */
  policyLimits?: { memoryBytes?: number; instructions?: number; deadlineMs?: number };
  /** A background thread that cleans up and rotates every `intervalMs`, from 1000 on. */
  maintenance?: { intervalMs: number };
  /** How long maintenance keeps expired secrets, and events. */
  retention?: { secretMs?: number; eventMs?: number };
  /** How grave a line of the log must be; "warn" if left out. */
  logLevel?: LogLevel;
  /** Where lines of the log go; nowhere if left out. Called later, from the event loop. */
  log?: (level: LogLevel, message: string) => void;
  /** Replaces the system's clock, for tests; asked once for each call. */
  clock?: () => number;
}

const logLevels: readonly LogLevel[] = ["debug", "warn", "error", "none"];
const logCodes = { debug: 0, warn: 1, error: 2, none: 3 };
const durabilities = { full: 0, normal: 1 };
const existings = { refuse: 0, skip: 1, replace: 2 };
const exportFormats = { portable: 0, component: 1 };

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_SECRET_RETENTION_MS = 30 * DAY_MS;
const DEFAULT_EVENT_RETENTION_MS = 180 * DAY_MS;

export interface ImportArguments {
  /** JSON lines: a portable export, or rows of the Convex component. */
  text: string | Uint8Array;
  /** The keys that the rows stand under; the store's own if left out. */
  sourceKeys?: Keys;
  /** What becomes of a secret that is there already; "refuse" if left out. */
  existing?: "refuse" | "skip" | "replace";
  /** Stores nothing. */
  dryRun?: boolean;
  /** Stores what can be stored; else all rows, or none if one is refused. */
  partial?: boolean;
}

export type ExportArguments<T extends StoreTypes> = {
  /** Takes the next lines; what it throws ends the export. */
  write: (lines: Buffer) => void;
  format?: "portable" | "component";
  /** Only this namespace; null is the default one. Left out: all. */
  namespace?: GivenNamespace<T>["namespace"];
  /** The first of them wraps the exported DEKs; the active key if left out. */
  targetKeys?: Keys;
  /** Leaves out rows that cannot be read, and reports them. */
  skipFailed?: boolean;
};

function makeOptions(options: StoreOptions): Handle {
  const made = native.options_new(options.path);
  for (const { version, value } of options.keys) native.options_add_key(made, version, value);
  const { policyLimits = {}, retention = {} } = options;
  if (options.policy !== undefined) {
    native.options_set_policy(made, policyFields(options.policy));
  }
  if (options.policyHash !== undefined) native.options_set_policy_hash(made, options.policyHash);
  native.options_set_policy_limits(
    made,
    policyLimits.memoryBytes ?? 8 * 1024 * 1024,
    policyLimits.instructions ?? 1_000_000,
    policyLimits.deadlineMs ?? 50,
  );
  if (options.maintenance !== undefined) {
    native.options_set_maintenance(made, true, options.maintenance.intervalMs);
  }
  native.options_set_retention_ms(
    made,
    retention.secretMs ?? DEFAULT_SECRET_RETENTION_MS,
    retention.eventMs ?? DEFAULT_EVENT_RETENTION_MS,
  );
  if (options.defaults?.ttlMs !== undefined) {
    native.options_set_default_ttl_ms(made, options.defaults.ttlMs);
  }
  if (options.maxValueBytes !== undefined) {
    native.options_set_max_value_bytes(made, options.maxValueBytes);
  }
  const durability = codeOf(durabilities, options.durability ?? "full", "durability");
  native.options_set_durability(made, durability);
  if (options.busyTimeoutMs !== undefined) {
    native.options_set_busy_timeout_ms(made, options.busyTimeoutMs);
  }
  native.options_set_create(made, options.create ?? true);
  return made;
}

/** An argument of the constructor is an option. */
function asOptionError(error: unknown): unknown {
  const translated = fromNative(error);
  if (!(translated instanceof SecretStoreError) || translated.code !== "invalid_argument") {
    return translated;
  }
  return new SecretStoreError(translated.message, "invalid_options");
}

function openNative(options: StoreOptions): Handle {
  const { log, clock } = options;
  let made: Handle;
  let level: number;
  try {
    made = makeOptions(options);
    level = codeOf(logCodes, options.logLevel ?? "warn", "logLevel");
  } catch (error) {
    throw asOptionError(error);
  }
  const take =
    log === undefined
      ? null
      : (code: number, message: string) => log(logLevels[code] ?? "error", message);
  try {
    return native.store_open(made, level, take, clock?.());
  } catch (error) {
    throw fromNative(error);
  }
}

/** What the handles of one store share. */
interface Connection {
  readonly path: string;
  readonly handle: Handle;
  readonly clock: (() => number) | undefined;
}

/**
 * Secrets, encrypted in one file.
 *
 *     const secrets = new SecretStore({ path: "secrets.db", keys: [{ version: 1, value: key }] });
 *     await secrets.put({ namespace: "acme:production", name: "STRIPE_KEY", value: "sk_live_51abc" });
 *     const loaded = await secrets.get({ namespace: "acme:production", name: "STRIPE_KEY" });
 *     if (loaded.ok) console.log(loaded.value);
 *
 * Each operation comes twice: as a promise, whose work is done on another thread, and with `Sync` at
 * the end of its name, at once. Failures are `SecretStoreError`s. A store that is not closed is closed
 * when it is collected, and at the end of its worker or process.
 */
export class SecretStore<T extends StoreTypes = {}> {
  readonly #connection: Connection;
  readonly #caller: Fields | null;

  constructor(options: StoreOptions);
  /** @internal */
  constructor(options: StoreOptions, connection?: Connection, caller?: Fields);
  constructor(options: StoreOptions, connection?: Connection, caller?: Fields) {
    this.#caller = caller ?? null;
    this.#connection = connection ?? {
      path: options.path,
      handle: openNative(options),
      clock: options.clock,
    };
  }

  // ---- How calls are made ------------------------------------------------------------------------

  #handle(): Handle {
    const { handle, clock } = this.#connection;
    if (clock !== undefined) native.store_set_now(handle, clock());
    return handle;
  }

  #sync<Result>(operation: string, args: Fields, make: (fields: any) => Result): Result {
    try {
      return make(native[operation]!(this.#handle(), ...args));
    } catch (error) {
      throw fromNative(error, results.importReport);
    }
  }

  async #promise<Result>(
    operation: string,
    request: Fields | null,
    make: (fields: any) => Result,
  ): Promise<Result> {
    try {
      return make(await native[`${operation}_promise`]!(this.#handle(), request));
    } catch (error) {
      throw fromNative(error, results.importReport);
    }
  }

  /** A long operation, which its signal can stop. */
  async #stoppable<Result>(
    { signal, onProgress }: LongOperation,
    start: (progress: Fields) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    const flag = new Int32Array(1);
    const stop = () => {
      flag[0] = 1;
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const result = await start([onProgress === undefined ? null : notStopping(onProgress), flag]);
      signal?.throwIfAborted();
      return result;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  // ---- Opening and closing -----------------------------------------------------------------------

  /** The same store on behalf of somebody. Light: make one for each request. */
  withCaller(caller: Caller): SecretStore<T> {
    return new SecretStore<T>({ path: "", keys: [] }, this.#connection, callerFields(caller));
  }

  /** Waits for running calls, closes the file and wipes the keys. Closing twice is fine. */
  close(): Promise<void> {
    return this.#promise("close", null, () => undefined);
  }

  /** As {@link close}; blocks until running calls are done. */
  closeSync(): void {
    native.store_close(this.#connection.handle);
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toJSON(): { path: string } {
    return { path: this.#connection.path };
  }

  [inspect.custom](): string {
    return `SecretStore { path: ${inspect(this.#connection.path)} }`;
  }

  // ---- Secrets -----------------------------------------------------------------------------------

  /** Creates a secret, or replaces its value. */
  put(args: PutArguments<T>): Promise<PutResult> {
    return this.#request("put", requests.put, args, results.putResult);
  }

  putSync(args: PutArguments<T>): PutResult {
    return this.#sync("put", [requests.put(args, this.#caller)], results.putResult);
  }

  /** Puts all of them in one transaction, or none. */
  putMany(all: readonly PutArguments<T>[]): Promise<PutResult[]> {
    const build = () => all.map((args) => requests.put(args, this.#caller));
    return this.#request("put_batch", build, all, (list: Fields[]) => list.map(results.putResult));
  }

  putManySync(all: readonly PutArguments<T>[]): PutResult[] {
    const batch = all.map((args) => requests.put(args, this.#caller));
    return this.#sync("put_batch", [batch], (list: Fields[]) => list.map(results.putResult));
  }

  /** Reads a secret whose value is text. A secret that is missing, expired or under a key that is not
   * configured is a result; `loaded.ok` tells. */
  get(args: SecretName<T>): Promise<GetResult<string, MetadataOf<T>>> {
    return this.#request("get_text", requests.get, args, results.getResult);
  }

  getSync(args: SecretName<T>): GetResult<string, MetadataOf<T>> {
    return this.#sync("get_text", [requests.get(args, this.#caller)], results.getResult);
  }

  /** As {@link get}, for a value of any bytes. */
  getBytes(args: SecretName<T>): Promise<GetResult<Buffer, MetadataOf<T>>> {
    return this.#request("get", requests.get, args, results.getResult);
  }

  getBytesSync(args: SecretName<T>): GetResult<Buffer, MetadataOf<T>> {
    return this.#sync("get", [requests.get(args, this.#caller)], results.getResult);
  }

  /** As {@link get}, but fails with `not_found`, `expired` or `key_version_unavailable`. */
  getOrThrow(args: SecretName<T>): Promise<GetSuccess<string, MetadataOf<T>>> {
    return this.#request("get_text_or_throw", requests.get, args, results.getResult);
  }

  getOrThrowSync(args: SecretName<T>): GetSuccess<string, MetadataOf<T>> {
    return this.#sync("get_text_or_throw", [requests.get(args, this.#caller)], results.getResult);
  }

  /** As {@link getOrThrow}, for a value of any bytes. */
  getBytesOrThrow(args: SecretName<T>): Promise<GetSuccess<Buffer, MetadataOf<T>>> {
    return this.#request("get_or_throw", requests.get, args, results.getResult);
  }

  getBytesOrThrowSync(args: SecretName<T>): GetSuccess<Buffer, MetadataOf<T>> {
    return this.#sync("get_or_throw", [requests.get(args, this.#caller)], results.getResult);
  }

  /** Whether the secret is there and not expired. */
  has(args: SecretName<T>): Promise<boolean> {
    return this.#request("has", requests.get, args, asIs<boolean>);
  }

  hasSync(args: SecretName<T>): boolean {
    return this.#sync("has", [requests.get(args, this.#caller)], asIs<boolean>);
  }

  /** Changes metadata, expiry or both, and not the value. Null clears. */
  update(args: UpdateArguments<T>): Promise<UpdateResult> {
    return this.#request("update", requests.update, args, results.updateResult);
  }

  updateSync(args: UpdateArguments<T>): UpdateResult {
    return this.#sync("update", [requests.update(args, this.#caller)], results.updateResult);
  }

  /** Deletes a secret for good; its events stay. */
  remove(args: RemoveArguments<T>): Promise<{ removed: boolean }> {
    return this.#request("remove", requests.remove, args, asRemoved);
  }

  removeSync(args: RemoveArguments<T>): { removed: boolean } {
    return this.#sync("remove", [requests.remove(args, this.#caller)], asRemoved);
  }

  // ---- Lists -------------------------------------------------------------------------------------

  /** A page of a namespace's secrets by the time of their last change, without values. */
  list(
    args: InNamespace<T> & Ordering & Paging,
  ): Promise<Page<SecretInfo<NamespaceOf<T>, MetadataOf<T>>>> {
    return this.#request("list", requests.list, args, results.secretPage);
  }

  listSync(
    args: InNamespace<T> & Ordering & Paging,
  ): Page<SecretInfo<NamespaceOf<T>, MetadataOf<T>>> {
    return this.#sync("list", [requests.list(args, this.#caller)], results.secretPage);
  }

  /** A page of the namespaces that hold or have held secrets: the default one, then by name. */
  listNamespaces(args: Paging = {}): Promise<Page<NamespaceInfo<NamespaceOf<T>>>> {
    return this.#request(
      "list_namespaces", requests.listNamespaces, args, results.namespacePage,
    );
  }

  listNamespacesSync(args: Paging = {}): Page<NamespaceInfo<NamespaceOf<T>>> {
    const request = requests.listNamespaces(args, this.#caller);
    return this.#sync("list_namespaces", [request], results.namespacePage);
  }

  /** A page of audit events. */
  listEvents(
    args: EventFilter<T> & Ordering & Paging,
  ): Promise<Page<SecretEvent<NamespaceOf<T>>>> {
    return this.#request("list_events", requests.listEvents, args, results.eventPage);
  }

  listEventsSync(args: EventFilter<T> & Ordering & Paging): Page<SecretEvent<NamespaceOf<T>>> {
    return this.#sync("list_events", [requests.listEvents(args, this.#caller)], results.eventPage);
  }

  /** Every secret of a namespace: `for await (const secret of store.secrets({ namespace }))`. */
  secrets(
    args: InNamespace<T> & Ordering & { pageItems?: number },
  ): AsyncGenerator<SecretInfo<NamespaceOf<T>, MetadataOf<T>>, void> {
    return pages((paging) => this.list({ ...args, ...paging }), args.pageItems);
  }

  /** Every namespace, page by page. */
  namespaces(
    args: { pageItems?: number } = {},
  ): AsyncGenerator<NamespaceInfo<NamespaceOf<T>>, void> {
    return pages((paging) => this.listNamespaces(paging), args.pageItems);
  }

  /** Every event that {@link listEvents} finds, page by page. */
  events(
    args: EventFilter<T> & Ordering & { pageItems?: number },
  ): AsyncGenerator<SecretEvent<NamespaceOf<T>>, void> {
    return pages((paging) => this.listEvents({ ...args, ...paging }), args.pageItems);
  }

  // ---- Keys and time -----------------------------------------------------------------------------

  /** One batch: rewraps DEKs from an older key version to the active one. Values stay. */
  rotateKeys(args: {
    fromVersion: number;
    batchSize?: number;
    cursor?: string | null;
  }): Promise<RotateResult> {
    return this.#request("rotate_keys", requests.rotateKeys, args, results.rotateResult);
  }

  rotateKeysSync(args: {
    fromVersion: number;
    batchSize?: number;
    cursor?: string | null;
  }): RotateResult {
    return this.#sync(
      "rotate_keys", [requests.rotateKeys(args, this.#caller)], results.rotateResult,
    );
  }

  /** Drains every older key that is configured. What was rotated before a stop stays rotated. */
  rotateAll(options: LongOperation = {}): Promise<RotateAllResult> {
    return this.#stoppable(options, (progress) =>
      this.#promise("rotate_all", [this.#caller, progress], results.rotateAllResult),
    );
  }

  rotateAllSync(): RotateAllResult {
    return this.#sync("rotate_all", [this.#caller, null], results.rotateAllResult);
  }

  /** Which keys secrets stand under, and which keys can go. Reads the whole table. */
  rotationStatus(): Promise<RotationStatus> {
    return this.#promise("get_rotation_status", null, results.rotationStatus);
  }

  rotationStatusSync(): RotationStatus {
    return this.#sync("get_rotation_status", [], results.rotationStatus);
  }

  /** Deletes at most 100 secrets that expired longer than `retentionMs` ago (30 days). */
  cleanupSecrets(args: { retentionMs?: number } = {}): Promise<CleanupResult> {
    const retention = args.retentionMs ?? DEFAULT_SECRET_RETENTION_MS;
    return this.#promise("cleanup_secrets", [retention, this.#caller], results.cleanupResult);
  }

  cleanupSecretsSync(args: { retentionMs?: number } = {}): CleanupResult {
    const retention = args.retentionMs ?? DEFAULT_SECRET_RETENTION_MS;
    return this.#sync("cleanup_secrets", [retention, this.#caller], results.cleanupResult);
  }

  /** Prunes at most 100 events older than `retentionMs` (180 days). */
  cleanupEvents(args: { retentionMs?: number } = {}): Promise<CleanupResult> {
    const retention = args.retentionMs ?? DEFAULT_EVENT_RETENTION_MS;
    return this.#promise("cleanup_events", [retention, this.#caller], results.cleanupResult);
  }

  cleanupEventsSync(args: { retentionMs?: number } = {}): CleanupResult {
    const retention = args.retentionMs ?? DEFAULT_EVENT_RETENTION_MS;
    return this.#sync("cleanup_events", [retention, this.#caller], results.cleanupResult);
  }

  /** One bounded slice of maintenance; whether to call again soon. */
  maintenanceStep(): Promise<boolean> {
    return this.#promise("maintenance_step", null, asIs<boolean>);
  }

  maintenanceStepSync(): boolean {
    return this.#sync("maintenance_step", [], asIs<boolean>);
  }

  // ---- The audit log -----------------------------------------------------------------------------

  /** Checks every audit chain and every secret. Faults are the report, not failures. */
  verify(options: LongOperation & { expectedHead?: string } = {}): Promise<VerifyReport> {
    return this.#stoppable(options, (progress) =>
      this.#promise("verify", [options.expectedHead, progress], results.verifyReport),
    );
  }

  verifySync(options: { expectedHead?: string } = {}): VerifyReport {
    return this.#sync("verify", [[options.expectedHead, null]], results.verifyReport);
  }

  /** Makes the store's head, and keeps a copy in the store. */
  auditHead(): Promise<AuditHead> {
    return this.#promise("get_audit_head", null, results.auditHead);
  }

  auditHeadSync(): AuditHead {
    return this.#sync("get_audit_head", [], results.auditHead);
  }

  // ---- Copies ------------------------------------------------------------------------------------

  /**
   * Writes a consistent copy, while others write; in place of a file only if `overwrite` is set,
   * and never in place of an open store. Stopped, it leaves none.
   */
  backup(path: string, options: LongOperation & { overwrite?: boolean } = {}): Promise<void> {
    return this.#stoppable(options, (progress) =>
      this.#promise("backup", [path, options.overwrite ?? false, progress], () => undefined),
    );
  }

  backupSync(path: string, options: { overwrite?: boolean } = {}): void {
    this.#sync("backup", [[path, options.overwrite ?? false, null]], () => undefined);
  }

  /** Imports JSON lines. A failure's `report` says what would have become of all rows. */
  importRows(args: ImportArguments): Promise<ImportReport> {
    return this.#request("import_rows", importFields, args, results.importReport);
  }

  importRowsSync(args: ImportArguments): ImportReport {
    return this.#sync("import_rows", [importFields(args, this.#caller)], results.importReport);
  }

  /** Gives secrets as JSON lines, still encrypted, to `write`. */
  exportRows(
    args: ExportArguments<T> & Pick<LongOperation, "signal">,
  ): Promise<ExportReport> {
    const write = notStopping(args.write);
    return this.#stoppable({ signal: args.signal }, ([, flag]) =>
      this.#request("export_rows", exportFields, { ...args, write, flag }, results.exportReport),
    );
  }

  exportRowsSync(args: ExportArguments<T>): ExportReport {
    const request = exportFields({ ...args, write: notStopping(args.write) }, this.#caller);
    return this.#sync("export_rows", [request], results.exportReport);
  }

  // ---- Policies and statistics -------------------------------------------------------------------

  /** Exchanges the policy; running calls end on the one they began with. */
  async reloadPolicy(policy: PolicySource): Promise<void> {
    return this.#promise("policy_reload", [policyFields(policy)], () => undefined);
  }

  reloadPolicySync(policy: PolicySource): void {
    this.#sync("policy_reload", [policyFields(policy)], () => undefined);
  }

  /** The SHA-256 of the policy, as it stands in every event; null without a policy. */
  policyHash(): Promise<string | null> {
    return this.#promise("get_policy_hash", null, asIs<string | null>);
  }

  policyHashSync(): string | null {
    return this.#sync("get_policy_hash", [], asIs<string | null>);
  }

  /** Replays all that the store holds against another policy, and changes nothing. `onRefusal` is told,
   * in the end, what it would have refused. */
  async tryPolicy(
    policy: PolicySource,
    onRefusal?: (refusal: PolicyRefusal) => void,
  ): Promise<PolicyTrial> {
    const make = ([trial, refusals]: [Fields, Fields[]]) => {
      for (const fields of refusals) onRefusal?.(results.policyRefusal(fields));
      return results.policyTrial(trial);
    };
    return this.#promise("policy_try", [policyFields(policy)], make);
  }

  /** As {@link tryPolicy}; `onRefusal` is told meanwhile, and returns false to stop. */
  tryPolicySync(
    policy: PolicySource,
    onRefusal?: (refusal: PolicyRefusal) => boolean | void,
  ): PolicyTrial {
    const take =
      onRefusal === undefined
        ? null
        : [(fields: Fields) => onRefusal(results.policyRefusal(fields)), null];
    return this.#sync("policy_try", [policyFields(policy), take], results.policyTrial);
  }

  /** Counts and timings, for metrics. */
  stats(): Promise<Stats> {
    return this.#promise("get_stats", null, makeStats);
  }

  statsSync(): Stats {
    return this.#sync("get_stats", [], makeStats);
  }

  /** A promise whose request is built in it, so that what building throws rejects it. */
  async #request<Args, Result>(
    operation: string,
    build: (args: Args, caller: Fields | null) => Fields,
    args: Args,
    make: (fields: any) => Result,
  ): Promise<Result> {
    return this.#promise(operation, build(args, this.#caller), make);
  }
}

// ---- Helpers -------------------------------------------------------------------------------------

function asIs<Value>(value: Value): Value {
  return value;
}

function asRemoved(removed: boolean): { removed: boolean } {
  return { removed };
}

function makeStats(fields: Fields): Stats {
  const names = fields[6].map((_: unknown, index: number) => native.operation_name(index));
  return results.stats(fields, names);
}

/** What it returns is nobody's business. */
function notStopping<Args extends unknown[]>(call: (...args: Args) => unknown): (...args: Args) => void {
  return (...args) => {
    call(...args);
  };
}

function importFields(args: ImportArguments, caller: Fields | null): Fields {
  return [
    args.text,
    makeKeyring(args.sourceKeys),
    codeOf(existings, args.existing ?? "refuse", "existing"),
    args.dryRun ?? false,
    args.partial ?? false,
    caller,
  ];
}

function exportFields(args: any, caller: Fields | null): Fields {
  return [
    codeOf(exportFormats, args.format ?? "portable", "format"),
    args.namespace,
    makeKeyring(args.targetKeys),
    args.skipFailed ?? false,
    [args.write, args.flag ?? null],
    caller,
  ];
}

async function* pages<Item>(
  read: (paging: Paging) => Promise<Page<Item>>,
  pageItems: number | undefined,
): AsyncGenerator<Item, void> {
  let cursor: string | null = null;
  for (;;) {
    const page: Page<Item> = await read({ numItems: pageItems, cursor });
    yield* page.page;
    if (page.isDone) return;
    cursor = page.continueCursor;
  }
}
