// Misuses: tsc complains at each marked line, and at no others.

import { SecretStore, isSecretStoreError } from "libsecretstore";

type Namespace = `${string}:${"production" | "testing"}`;
declare const store: SecretStore<{ namespace: Namespace; metadata: { owner: string } }>;
declare const untyped: SecretStore;

export async function wrong(): Promise<void> {
  await store.put({ name: "A", value: "v" }); // WRONG: no namespace
  await store.get({ name: "A" }); // WRONG: no namespace
  await store.has({ name: "A" }); // WRONG: no namespace
  await store.update({ name: "A", ttlMs: 1 }); // WRONG: no namespace
  await store.remove({ name: "A" }); // WRONG: no namespace
  await store.list({}); // WRONG: no namespace
  await store.listEvents({}); // WRONG: no namespace
  store.getSync({ name: "A" }); // WRONG: no namespace
  store.secrets({}); // WRONG: no namespace
  await store.get({ namespace: "acme:prod", name: "A" }); // WRONG: no such namespace
  await store.get({ namespace: null, name: "A" }); // WRONG: not the default one
  await store.put({ namespace: "a:testing", name: "A", value: "v", metadata: {} }); // WRONG: no owner
  await store.put({ namespace: "a:testing", name: "A", value: "v", metadata: { owner: 1 } }); // WRONG: a number
  await store.put({ namespace: "a:testing", name: "A", value: "v", metadata: { owner: "o", x: 1 } }); // WRONG: unknown
  await store.put({ namespace: "a:testing", name: "A", value: 5 }); // WRONG: neither text nor bytes
  await store.put({ namespace: "a:testing", name: "A" }); // WRONG: no value
  await store.put({ namespace: "a:testing", name: "A", value: "v", ttl: 5 }); // WRONG: no such argument
  const loaded = await store.get({ namespace: "a:testing", name: "A" });
  console.log(loaded.value); // WRONG: not checked
  if (!loaded.ok) console.log(loaded.metadata); // WRONG: there is none
  if (loaded.ok) console.log(loaded.metadata.owner); // WRONG: may be null
  console.log(store.get({ namespace: "a:testing", name: "A" }).ok); // WRONG: not awaited
  await store.listEvents({ namespace: "a:testing", name: "A", type: "created" }); // WRONG: both
  await store.listEvents({ namespace: "a:testing", secretId: "1" }); // WRONG: with another filter
  await store.listEvents({ secretId: "1", type: "created" }); // WRONG: with another filter
  await store.listEvents({ namespace: "a:testing", type: "made" }); // WRONG: no such type
  await store.listEvents({ namespace: "a:testing", type: "key_added" }); // WRONG: of the store log
  await store.listEvents({ namespace: "a:testing", storeLog: true }); // WRONG: with another filter
  await store.accept({}); // WRONG: no namespace
  await store.changeSettings({ eventsMinRetentionMs: null }); // WRONG: there is no none
  await store.retireKey({}); // WRONG: no version
  await store.reloadKeys({ 1: "k" }); // WRONG: has no order
  new SecretStore({ path: "s.db", keys: [], reads: "twice" }); // WRONG: no such reads
  await untyped.listEvents({ name: "A" }); // WRONG: the namespace must be given
  await untyped.listEvents({ type: "created" }); // WRONG: the namespace must be given
  await untyped.list({ order: "up" }); // WRONG: no such order
  new SecretStore({ path: "s.db" }); // WRONG: no keys
  new SecretStore({ path: "s.db", keys: [{ version: 1 }] }); // WRONG: no value
  new SecretStore<{ namespace: 5 }>({ path: "s.db", keys: [] }); // WRONG: no text
  isSecretStoreError(new Error(), "no_such_code"); // WRONG: no such code
  new SecretStore({ path: "s.db", keys: [], polcy: "policy.lua" }); // WRONG: no such option
  new SecretStore({ path: "s.db", keys: [], policyLimits: { deadline: 5 } }); // WRONG: no such limit
  new SecretStore({ path: "s.db", keys: [{ version: 1, value: "k", vale: "k" }] }); // WRONG: unknown
  await untyped.list({ paginationOpts: { numItems: 5, cursor: null } }); // WRONG: of another product
  untyped.secrets({ numItems: 5 }); // WRONG: pages are its own
  untyped.withCaller({ actr: "alice" }); // WRONG: no such member
  await untyped.put({ name: "A", value: new Uint16Array(1) }); // WRONG: no bytes
  await untyped.rotateKeys({ fromVersion: "1" }); // WRONG: a string
  untyped.verifySync({ onProgress: () => {} }); // WRONG: only of promises
  untyped.rotateAllSync({}); // WRONG: takes none
}
