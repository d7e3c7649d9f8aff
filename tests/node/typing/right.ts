// Intended uses: tsc finds nothing in them.

import {
  type GetResult,
  SecretStore,
  SecretStoreError,
  type Verdict,
  defineKeys,
  generateKey,
  isSecretStoreError,
} from "libsecretstore";

type Namespace = `${string}:${"production" | "testing"}`;
interface Metadata {
  owner: string;
  label?: string;
}
type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
const exactly = <A, B>(_is: Exactly<A, B>): void => {};

const keys = defineKeys([{ version: 1, value: process.env["KEY"] }, { version: 0, value: generateKey() }]);

export async function untyped(): Promise<void> {
  const store = new SecretStore({ path: "s.db", keys });
  await store.put({ name: "A", value: "v" });
  await store.put({ namespace: null, name: "A", value: "v", metadata: { any: [1] } });
  const loaded = await store.get({ name: "A", namespace: "anything" });
  if (loaded.ok) {
    exactly<typeof loaded.value, string>(true);
    exactly<typeof loaded.metadata, Record<string, unknown> | null>(true);
  } else {
    exactly<typeof loaded.reason, "not_found" | "expired" | "key_version_unavailable">(true);
  }
  await store.list({});
  await store.listEvents({});
  await store.listEvents({ namespace: null, name: "A" });
}

export async function typed(workspace: string): Promise<string> {
  using store = new SecretStore<{ namespace: Namespace; metadata: Metadata }>({
    path: "s.db",
    keys,
    defaults: { ttlMs: 1000 },
    logLevel: "warn",
    log: (level, message) => console.log(level, message),
    policy: "policy.lua",
  });
  const namespace = `${workspace}:production` as const;
  store.putSync({ namespace, name: "A", value: new Uint8Array(1), metadata: { owner: "o" }, ttlMs: null });
  await store.put({ namespace: "acme:testing", name: "A", value: "v", metadata: null, ifRevision: 0 });
  const loaded = store.getSync({ namespace, name: "A" });
  exactly<typeof loaded, GetResult<string, Metadata>>(true);
  const bytes = await store.getBytesOrThrow({ namespace, name: "A" });
  exactly<typeof bytes.value, Buffer>(true);
  for await (const secret of store.secrets({ namespace })) {
    exactly<typeof secret.namespace, Namespace | null>(true);
    exactly<typeof secret.metadata, Metadata | null>(true);
  }
  await store.listEvents({ namespace, type: "rotated", order: "asc" });
  await store.listEvents({ secretId: bytes.revision.toString() });
  await store.rotateAll({ signal: AbortSignal.timeout(1000), onProgress: (done, total) => done / total });
  const caller = store.withCaller({ actor: "alice", context: { request: 7 } });
  exactly<typeof caller, SecretStore<{ namespace: Namespace; metadata: Metadata }>>(true);
  return loaded.ok ? loaded.value : loaded.reason;
}

export async function keysLife(store: SecretStore<{ namespace: Namespace }>): Promise<void> {
  const { epoch } = await store.retireKey({ version: 1, abandon: true });
  exactly<Awaited<ReturnType<typeof store.admitKeys>>, number>(true);
  await store.reloadKeys(keys);
  store.reloadKeysSync([{ version: 2, value: generateKey() }]);
  const { eventsMinRetentionMs } = store.settingsSync();
  await store.changeSettings({ eventsMinRetentionMs });
  await store.accept({ namespace: "acme:testing" });
  const anchor = await store.makeAnchor();
  new SecretStore({ path: "s.db", keys, anchor: anchor.text, leastEpoch: epoch, reads: "verified" });
  await store.noteRestored();
  await store.remove({ namespace: "acme:testing", name: "A", purge: true });
  for await (const event of store.events({ storeLog: true })) {
    exactly<typeof event.secretId, string | null>(true);
    if (event.type === "key_retired") console.log(event.metadata?.["epoch"]);
  }
  const { verdict } = await store.verify();
  exactly<typeof verdict, Verdict>(true);
  await store.backup("copy.db", { unverified: true });
}

export async function absent(store: SecretStore, none: undefined): Promise<void> {
  new SecretStore({ path: "s.db", keys, policy: none, policyLimits: { memoryBytes: none }, log: none });
  await store.put({ namespace: none, name: "A", value: "v", metadata: none, ttlMs: none, ifRevision: none });
  await store.rotateKeys({ fromVersion: 1, batchSize: none, cursor: none });
  await store.cleanupSecrets({ retentionMs: none });
  await store.exportRows({ write: () => {}, format: none, targetKeys: none, signal: none });
  for await (const row of store.namespaces({ pageItems: none })) console.log(row.secretCount);
}

export function errors(error: unknown): void {
  if (isSecretStoreError(error)) exactly<typeof error, SecretStoreError>(true);
  if (isSecretStoreError(error, "conflict")) console.log(error.code, error.policyLocation);
}

export async function onlyMetadata(store: SecretStore<{ metadata: Metadata }>): Promise<void> {
  await store.put({ name: "A", value: "v", metadata: { owner: "o", label: "l" } });
  await store.list({ namespace: "anything" });
}
