/** `SecretStore`: the store as Node sees it. */

import { inspect } from "node:util";
import {
  type BackupArguments,
  type Caller,
  type EventFilter,
  type ExportArguments,
  type ImportArguments,
  type InNamespace,
  type LongOperation,
  type MetadataOf,
  type NamespaceOf,
  type Ordering,
  type PageItems,
  type Paging,
  type PutArguments,
  type RemoveArguments,
  type Request,
  type RetireArguments,
  type Retention,
  type RotateArguments,
  type SecretName,
  type SettingsArguments,
  type StoreTypes,
  type UpdateArguments,
  type VerifyArguments,
  callerFields,
  exportRequest,
  names,
  notStopping,
  requests,
} from "./arguments.js";
import { type Names, calledBack, checkNames, checkNone, checkSignal, integer, wrongType } from "./checks.js";
import { fromNative, isSecretStoreError, translated } from "./errors.js";
import { tagOf } from "./hidden.js";
import { type Keys, keyringOf } from "./keys.js";
import { type Fields, type Handle, constantsOf, native } from "./native.js";
import { type StoreOptions, openNative } from "./options.js";
import { type PolicySource, policyFields } from "./policy.js";
import * as results from "./results.js";
import type {
  AcceptResult,
  Anchor,
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
  RetireResult,
  RotateAllResult,
  RotateResult,
  RotationStatus,
  SecretEvent,
  SecretInfo,
  Stats,
  StoreSettings,
  UpdateResult,
  VerifyReport,
} from "./results.js";

/** What the handles of one store share. */
interface Connection {
  /** Tells it from others of this process. */
  readonly id: number;
  readonly path: string;
  readonly handle: Handle;
  readonly clock: (() => number) | undefined;
}

let connections = 0;

function connect(options: StoreOptions): Connection {
  const { handle, clock } = openNative(options);
  return { id: ++connections, path: options.path, handle, clock };
}

/** What the constructor takes instead of options, of nobody but withCaller. */
class Binding {
  constructor(
    readonly connection: Connection,
    readonly caller: Fields | null,
  ) {}
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

  constructor(options: StoreOptions) {
    const given: unknown = options;
    const binding = given instanceof Binding ? given : new Binding(connect(options), null);
    this.#connection = binding.connection;
    this.#caller = binding.caller;
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

  /** A promise whose request is built in it, so that what building throws rejects it. */
  async #request<Result>(
    operation: string,
    build: Request,
    args: unknown,
    make: (fields: any) => Result,
  ): Promise<Result> {
    return this.#promise(operation, build(args, this.#caller), make);
  }

  #requestSync<Result>(
    operation: string,
    build: Request,
    args: unknown,
    make: (fields: any) => Result,
  ): Result {
    return this.#sync(operation, [build(args, this.#caller)], make);
  }

  /** An operation that takes no arguments. */
  async #plain<Result>(
    operation: string,
    none: readonly unknown[],
    make: (fields: any) => Result,
  ): Promise<Result> {
    checkNone(none);
    return this.#promise(operation, null, make);
  }

  #plainSync<Result>(
    operation: string,
    none: readonly unknown[],
    make: (fields: any) => Result,
  ): Result {
    checkNone(none);
    return this.#sync(operation, [], make);
  }

  /** An operation that takes nothing but the caller. */
  async #ofCaller<Result>(
    operation: string,
    none: readonly unknown[],
    make: (fields: any) => Result,
  ): Promise<Result> {
    checkNone(none);
    return this.#promise(operation, [this.#caller], make);
  }

  #ofCallerSync<Result>(
    operation: string,
    none: readonly unknown[],
    make: (fields: any) => Result,
  ): Result {
    checkNone(none);
    return this.#sync(operation, [this.#caller], make);
  }

  /** A long operation, which its signal can stop. */
  async #stoppable<Result>(
    options: LongOperation,
    known: Names,
    start: (onProgress: LongOperation["onProgress"] | null, flag: Int32Array) => Promise<Result>,
  ): Promise<Result> {
    checkNames(options, known, "arguments");
    const { signal, onProgress } = options;
    if (signal !== undefined) checkSignal(signal);
    if (signal?.aborted) throw signal.reason;
    const flag = new Int32Array(1);
    const stop = () => {
      flag[0] = 1;
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const progress = onProgress == null ? null : notStopping(calledBack(onProgress, "onProgress"));
      const result = await start(progress, flag);
      if (signal?.aborted) throw signal.reason;
      return result;
    } catch (error) {
      // an export that was stopped half-way is a failure to the library
      throw signal?.aborted && isSecretStoreError(error) ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  // ---- Opening and closing -----------------------------------------------------------------------

  /** The same store on behalf of somebody. Light: make one for each request. */
  withCaller(caller: Caller): SecretStore<T> {
    const binding: unknown = new Binding(this.#connection, callerFields(caller));
    return new SecretStore<T>(binding as StoreOptions);
  }

  /** Waits for running calls, closes the file and wipes the keys. Closing twice is fine. */
  async close(...none: []): Promise<void> {
    checkNone(none);
    try {
      await native["close_promise"]!(this.#connection.handle, null);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** As {@link close}; blocks until running calls are done. */
  closeSync(...none: []): void {
    checkNone(none);
    translated(() => native.store_close(this.#connection.handle));
  }

  toJSON(): { path: string } {
    return { path: this.#connection.path };
  }

  /** Differs between stores, and between callers. */
  get [Symbol.toStringTag](): string {
    return tagOf("SecretStore", JSON.stringify([this.#connection.id, this.#caller]));
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
    return this.#requestSync("put", requests.put, args, results.putResult);
  }

  /** Puts all of them in one transaction, or none. */
  putMany(all: readonly PutArguments<T>[]): Promise<PutResult[]> {
    return this.#request("put_batch", batch, all, putResults);
  }

  putManySync(all: readonly PutArguments<T>[]): PutResult[] {
    return this.#requestSync("put_batch", batch, all, putResults);
  }

  /** Reads a secret whose value is text. A secret that is missing, expired or under a key that is not
   * configured is a result; `loaded.ok` tells. */
  get(args: SecretName<T>): Promise<GetResult<string, MetadataOf<T>>> {
    return this.#request("get_text", requests.get, args, results.getResult);
  }

  getSync(args: SecretName<T>): GetResult<string, MetadataOf<T>> {
    return this.#requestSync("get_text", requests.get, args, results.getResult);
  }

  /** As {@link get}, for a value of any bytes. */
  getBytes(args: SecretName<T>): Promise<GetResult<Buffer, MetadataOf<T>>> {
    return this.#request("get", requests.get, args, results.getResult);
  }

  getBytesSync(args: SecretName<T>): GetResult<Buffer, MetadataOf<T>> {
    return this.#requestSync("get", requests.get, args, results.getResult);
  }

  /** As {@link get}, but fails with `not_found`, `expired` or `key_version_unavailable`. */
  getOrThrow(args: SecretName<T>): Promise<GetSuccess<string, MetadataOf<T>>> {
    return this.#request("get_text_or_throw", requests.get, args, results.getResult);
  }

  getOrThrowSync(args: SecretName<T>): GetSuccess<string, MetadataOf<T>> {
    return this.#requestSync("get_text_or_throw", requests.get, args, results.getResult);
  }

  /** As {@link getOrThrow}, for a value of any bytes. */
  getBytesOrThrow(args: SecretName<T>): Promise<GetSuccess<Buffer, MetadataOf<T>>> {
    return this.#request("get_or_throw", requests.get, args, results.getResult);
  }

  getBytesOrThrowSync(args: SecretName<T>): GetSuccess<Buffer, MetadataOf<T>> {
    return this.#requestSync("get_or_throw", requests.get, args, results.getResult);
  }

  /** Whether the secret is there and not expired. */
  has(args: SecretName<T>): Promise<boolean> {
    return this.#request("has", requests.get, args, asIs<boolean>);
  }

  hasSync(args: SecretName<T>): boolean {
    return this.#requestSync("has", requests.get, args, asIs<boolean>);
  }

  /** Changes metadata, expiry or both, and not the value. Null clears. */
  update(args: UpdateArguments<T>): Promise<UpdateResult> {
    return this.#request("update", requests.update, args, results.updateResult);
  }

  updateSync(args: UpdateArguments<T>): UpdateResult {
    return this.#requestSync("update", requests.update, args, results.updateResult);
  }

  /**
   * Deletes a secret for good; its events stay.
   *
   * @throws SecretStoreError `decryption_failed` or `integrity_violation` where the row was changed, or put
   * back to an older state: `purge` takes it away; `conflict`
   */
  remove(args: RemoveArguments<T>): Promise<{ removed: boolean }> {
    return this.#request("remove", requests.remove, args, asRemoved);
  }

  removeSync(args: RemoveArguments<T>): { removed: boolean } {
    return this.#requestSync("remove", requests.remove, args, asRemoved);
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
    return this.#requestSync("list", requests.list, args, results.secretPage);
  }

  /** A page of the namespaces that hold or have held secrets: the default one, then by name. */
  listNamespaces(args: Paging = {}): Promise<Page<NamespaceInfo<NamespaceOf<T>>>> {
    return this.#request(
      "list_namespaces", requests.listNamespaces, args, results.namespacePage,
    );
  }

  listNamespacesSync(args: Paging = {}): Page<NamespaceInfo<NamespaceOf<T>>> {
    return this.#requestSync(
      "list_namespaces", requests.listNamespaces, args, results.namespacePage,
    );
  }

  /** A page of audit events; `storeLog: true` gives those about the store as a whole. */
  listEvents(
    args: EventFilter<T> & Ordering & Paging,
  ): Promise<Page<SecretEvent<NamespaceOf<T>>>> {
    return this.#request("list_events", requests.listEvents, args, results.eventPage);
  }

  listEventsSync(args: EventFilter<T> & Ordering & Paging): Page<SecretEvent<NamespaceOf<T>>> {
    return this.#requestSync("list_events", requests.listEvents, args, results.eventPage);
  }

  /** Every secret of a namespace: `for await (const secret of store.secrets({ namespace }))`. */
  secrets(
    args: InNamespace<T> & Ordering & PageItems,
  ): AsyncGenerator<SecretInfo<NamespaceOf<T>, MetadataOf<T>>, void> {
    return pages(args, names.secrets, (paging) => {
      const { namespace, order } = args;
      return this.#request("list", requests.list, { namespace, order, ...paging }, results.secretPage);
    });
  }

  /** Every namespace, page by page. */
  namespaces(args: PageItems = {}): AsyncGenerator<NamespaceInfo<NamespaceOf<T>>, void> {
    return pages(args, names.namespaces, (paging) => this.listNamespaces(paging));
  }

  /** Every event that {@link listEvents} finds, page by page. */
  events(
    args: EventFilter<T> & Ordering & PageItems,
  ): AsyncGenerator<SecretEvent<NamespaceOf<T>>, void> {
    return pages(args, names.events, (paging) => {
      const { namespace, name, type, secretId, storeLog, order } = args;
      const filter = { namespace, name, type, secretId, storeLog, order, ...paging };
      return this.#request("list_events", requests.listEvents, filter, results.eventPage);
    });
  }

  // ---- Keys and time -----------------------------------------------------------------------------

  /** One batch: rewraps DEKs from an older key version to the active one. Values stay. */
  rotateKeys(args: RotateArguments): Promise<RotateResult> {
    return this.#request("rotate_keys", requests.rotateKeys, args, results.rotateResult);
  }

  rotateKeysSync(args: RotateArguments): RotateResult {
    return this.#requestSync("rotate_keys", requests.rotateKeys, args, results.rotateResult);
  }

  /** Drains every older key that is configured. What was rotated before a stop stays rotated. */
  rotateAll(options: LongOperation = {}): Promise<RotateAllResult> {
    return this.#stoppable(options, names.longOperation, (...progress) =>
      this.#promise("rotate_all", [this.#caller, progress], results.rotateAllResult),
    );
  }

  rotateAllSync(...none: []): RotateAllResult {
    checkNone(none);
    return this.#sync("rotate_all", [this.#caller, null], results.rotateAllResult);
  }

  /** Which keys secrets stand under, and which keys can go. Reads the whole table. */
  rotationStatus(...none: []): Promise<RotationStatus> {
    return this.#plain("get_rotation_status", none, results.rotationStatus);
  }

  rotationStatusSync(...none: []): RotationStatus {
    return this.#plainSync("get_rotation_status", none, results.rotationStatus);
  }

  /**
   * Retires a key version for good: from then on whoever knows it, and older copies of the file, can forge
   * nothing that {@link verify} passes. (What such a copy holds, the key still opens.) Its number never
   * returns. Move every process to other keys and rotate first: `docs/node.md` shows the order. May be
   * called again after a crash, and goes on. The policy judges it as `retire_key`.
   *
   * @throws SecretStoreError `invalid_argument` (it is the active one, or none of this store's), `conflict`
   * (secrets are still under it: rotate first), `key_version_unavailable` (another key of the store is not
   * configured), `integrity_violation`
   */
  retireKey(args: RetireArguments): Promise<RetireResult> {
    return this.#request("retire_key", requests.retireKey, args, results.retireResult);
  }

  retireKeySync(args: RetireArguments): RetireResult {
    return this.#requestSync("retire_key", requests.retireKey, args, results.retireResult);
  }

  /** Admits the configured keys that the store does not know, as the first write would: how many these
   * were. The policy judges it as `configure`. */
  admitKeys(...none: []): Promise<number> {
    return this.#ofCaller("admit_keys", none, asIs<number>);
  }

  admitKeysSync(...none: []): number {
    return this.#ofCallerSync("admit_keys", none, asIs<number>);
  }

  /**
   * Gives the open store other keys, the active one first, as the constructor takes them. For all handles
   * of this store, those of {@link withCaller} too: calls that run end with the keys that they began with,
   * which are wiped after the last of them. The keys are checked first; if one does not fit, the former
   * ones stay. Nothing is written, and the policy is not asked: the next write admits what is new.
   *
   * @throws SecretStoreError `key_mismatch`, `key_version_unavailable` (none of them opens the store),
   * `invalid_argument` (no key), `invalid_options` (one is malformed, or a version stands there twice)
   */
  async reloadKeys(keys: Keys): Promise<void> {
    return this.#promise("reload_keys", [keyringOf(keys, "keys")], () => undefined);
  }

  reloadKeysSync(keys: Keys): void {
    this.#sync("reload_keys", [keyringOf(keys, "keys")], () => undefined);
  }

  /** Deletes at most 100 secrets that expired longer than `retentionMs` ago (30 days). */
  cleanupSecrets(args: Retention = {}): Promise<CleanupResult> {
    return this.#request("cleanup_secrets", secretRetention, args, results.cleanupResult);
  }

  cleanupSecretsSync(args: Retention = {}): CleanupResult {
    const request = secretRetention(args, this.#caller);
    return this.#sync("cleanup_secrets", request, results.cleanupResult);
  }

  /** Prunes at most 100 events older than `retentionMs` (180 days), and than what {@link settings} say. */
  cleanupEvents(args: Retention = {}): Promise<CleanupResult> {
    return this.#request("cleanup_events", eventRetention, args, results.cleanupResult);
  }

  cleanupEventsSync(args: Retention = {}): CleanupResult {
    const request = eventRetention(args, this.#caller);
    return this.#sync("cleanup_events", request, results.cleanupResult);
  }

  /** One bounded slice of maintenance; whether to call again soon. */
  maintenanceStep(...none: []): Promise<boolean> {
    return this.#plain("maintenance_step", none, asIs<boolean>);
  }

  maintenanceStepSync(...none: []): boolean {
    return this.#plainSync("maintenance_step", none, asIs<boolean>);
  }

  // ---- Settings of the store ---------------------------------------------------------------------

  /** What is set in the store itself, for whoever opens it. */
  settings(...none: []): Promise<StoreSettings> {
    return this.#plain("get_store_settings", none, results.storeSettings);
  }

  settingsSync(...none: []): StoreSettings {
    return this.#plainSync("get_store_settings", none, results.storeSettings);
  }

  /** Changes what is set in the store; what is set then. What is left out stays. An event in the store log
   * says who did. The policy judges it as `configure`. */
  changeSettings(args: SettingsArguments): Promise<StoreSettings> {
    return this.#request(
      "change_store_settings", requests.changeSettings, args, results.storeSettings,
    );
  }

  changeSettingsSync(args: SettingsArguments): StoreSettings {
    return this.#requestSync(
      "change_store_settings", requests.changeSettings, args, results.storeSettings,
    );
  }

  // ---- The audit log -----------------------------------------------------------------------------

  /** Checks that the store is, as a whole, one state that the library committed: every event, every row,
   * and that they are what the authenticated heads say. Faults are the report, not failures. Without
   * `expectedHead` (or the option `anchor`), the whole file may have been put back to an older state. */
  verify(options: LongOperation & VerifyArguments = {}): Promise<VerifyReport> {
    return this.#stoppable(options, names.verify, (...progress) =>
      this.#promise("verify", [options.expectedHead, progress], results.verifyReport),
    );
  }

  verifySync(options: VerifyArguments = {}): VerifyReport {
    checkNames(options, names.verifySync, "arguments");
    return this.#sync("verify", [[options.expectedHead, null]], results.verifyReport);
  }

  /**
   * Takes a namespace's rows as they are, after tampering that was looked into: {@link verify} proves it
   * from then on, and says since when, with how many faults accepted. Its earlier events go: keep a copy of
   * the file as evidence. The policy judges it as `configure`.
   *
   * @throws SecretStoreError `not_found` (no such namespace), `decryption_failed` (a row does not
   * authenticate: {@link remove} it with `purge`)
   */
  accept(args: InNamespace<T>): Promise<AcceptResult> {
    return this.#request("accept", requests.accept, args, results.acceptResult);
  }

  acceptSync(args: InNamespace<T>): AcceptResult {
    return this.#requestSync("accept", requests.accept, args, results.acceptResult);
  }

  /** Makes an anchor, and notes it in the store log: keep its text where whoever writes to the file cannot
   * write, and open the store with it. Replace an older one only if the store was opened with that one. The
   * policy judges it as `configure`. */
  makeAnchor(...none: []): Promise<Anchor> {
    return this.#ofCaller("make_anchor", none, results.anchor);
  }

  makeAnchorSync(...none: []): Anchor {
    return this.#ofCallerSync("make_anchor", none, results.anchor);
  }

  /** Makes the store's head, and writes nothing: keep it elsewhere. */
  auditHead(...none: []): Promise<AuditHead> {
    return this.#plain("get_audit_head", none, results.auditHead);
  }

  auditHeadSync(...none: []): AuditHead {
    return this.#plainSync("get_audit_head", none, results.auditHead);
  }

  // ---- Copies ------------------------------------------------------------------------------------

  /**
   * Writes a consistent copy, while others write, once that state was verified; in place of a file only if
   * `overwrite` is set, and never in place of an open store. Stopped, it leaves none.
   *
   * @throws SecretStoreError `integrity_violation` (the store was tampered with) and
   * `key_version_unavailable` (that it was not cannot be proved), unless `unverified` is set
   */
  backup(path: string, options: LongOperation & BackupArguments = {}): Promise<void> {
    return this.#stoppable(options, names.backup, (...progress) =>
      this.#promise("backup", backupFields(path, options, progress), () => undefined),
    );
  }

  backupSync(path: string, options: BackupArguments = {}): void {
    checkNames(options, names.backupSync, "arguments");
    this.#sync("backup", [backupFields(path, options, null)], () => undefined);
  }

  /** Notes in a store that was put in place from a backup that it was: an event `restored` in its log, and
   * a new incarnation, so that it and the store that it was a copy of are two from then on. The policy
   * judges it as `configure`. */
  noteRestored(...none: []): Promise<void> {
    return this.#ofCaller("note_restored", none, () => undefined);
  }

  noteRestoredSync(...none: []): void {
    this.#ofCallerSync("note_restored", none, () => undefined);
  }

  /** Imports JSON lines. A failure's `report` says what would have become of all rows. */
  importRows(args: ImportArguments): Promise<ImportReport> {
    return this.#request("import_rows", requests.importRows, args, results.importReport);
  }

  importRowsSync(args: ImportArguments): ImportReport {
    return this.#requestSync("import_rows", requests.importRows, args, results.importReport);
  }

  /** Gives secrets as JSON lines, still encrypted, to `write`. */
  exportRows(
    args: ExportArguments<T> & Pick<LongOperation, "signal">,
  ): Promise<ExportReport> {
    return this.#stoppable(args, names.exportRows, (_none, flag) =>
      this.#request("export_rows", exportRequest(flag), args, results.exportReport),
    );
  }

  exportRowsSync(args: ExportArguments<T>): ExportReport {
    return this.#requestSync("export_rows", exportRequest(null), args, results.exportReport);
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
  policyHash(...none: []): Promise<string | null> {
    return this.#plain("get_policy_hash", none, asIs<string | null>);
  }

  policyHashSync(...none: []): string | null {
    return this.#plainSync("get_policy_hash", none, asIs<string | null>);
  }

  /** Replays all that the store holds against another policy, and changes nothing. `onRefusal` is told,
   * in the end, what it would have refused. */
  async tryPolicy(
    policy: PolicySource,
    onRefusal?: (refusal: PolicyRefusal) => void,
  ): Promise<PolicyTrial> {
    const tell = onRefusal === undefined ? undefined : calledBack(onRefusal, "onRefusal");
    const make = ([trial, refusals]: [Fields, Fields[]]) => {
      for (const fields of refusals) tell?.(results.policyRefusal(fields));
      return results.policyTrial(trial);
    };
    return this.#promise("policy_try", [policyFields(policy)], make);
  }

  /** As {@link tryPolicy}; `onRefusal` is told meanwhile, and returns false to stop. */
  tryPolicySync(
    policy: PolicySource,
    onRefusal?: (refusal: PolicyRefusal) => boolean | void,
  ): PolicyTrial {
    const tell = onRefusal === undefined ? undefined : calledBack(onRefusal, "onRefusal");
    const take = tell ? [(fields: Fields) => tell(results.policyRefusal(fields)), null] : null;
    return this.#sync("policy_try", [policyFields(policy), take], results.policyTrial);
  }

  /** Counts and timings, for metrics. */
  stats(...none: []): Promise<Stats> {
    return this.#plain("get_stats", none, makeStats);
  }

  statsSync(...none: []): Stats {
    return this.#plainSync("get_stats", none, makeStats);
  }
}

/** Where JavaScript has them: `using` closes the store, and `await using` too. */
export interface SecretStore<T extends StoreTypes = {}> extends Disposable, AsyncDisposable {}

function define(name: symbol | undefined, value: (this: SecretStore) => unknown): void {
  if (name === undefined) return; // before Node 18.18
  Object.defineProperty(SecretStore.prototype, name, { value, writable: true, configurable: true });
}
define(Symbol.dispose, function () {
  this.closeSync();
});
define(Symbol.asyncDispose, function () {
  return this.close();
});

// ---- Helpers -------------------------------------------------------------------------------------

function asIs<Value>(value: Value): Value {
  return value;
}

function asRemoved(removed: boolean): { removed: boolean } {
  return { removed };
}

function backupFields(path: string, options: BackupArguments, progress: Fields | null): Fields {
  return [path, options.overwrite ?? undefined, options.unverified ?? undefined, progress];
}

function makeStats(fields: Fields): Stats {
  const operations = Array.from(fields[6], (_, index) => native.operation_name(index));
  return results.stats(fields, operations);
}

const putResults = (list: readonly Fields[]): PutResult[] => results.listOf(list, results.putResult);

/** Puts as one request: an array of their records. */
const batch: Request = (all, caller) => {
  if (!Array.isArray(all)) throw wrongType("puts", "an array", all);
  return Array.from(all, (args, index) => requests.put(args, caller, `puts[${index}]`));
};

function retention(otherwise: string): Request {
  const byDefault = constantsOf("default")[otherwise];
  return (args, caller) => {
    checkNames(args, names.retention, "arguments");
    return [integer(args.retentionMs ?? byDefault, "retentionMs"), caller];
  };
}
const secretRetention = retention("secret_retention_ms");
const eventRetention = retention("event_retention_ms");

async function* pages<Item>(
  args: PageItems,
  known: Names,
  read: (paging: Paging) => Promise<Page<Item>>,
): AsyncGenerator<Item, void> {
  checkNames(args, known, "arguments");
  let cursor: string | null = null;
  for (;;) {
    const page: Page<Item> = await read({ numItems: args.pageItems, cursor });
    yield* page.page;
    if (page.isDone) return;
    cursor = page.continueCursor;
  }
}
