// Keys come, are reloaded, and retire; settings, acceptances and anchors stand in the store. Each
// operation once at once and once as a promise; what every host shows alike is in
// tests/scenarios/integrity.json.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { SecretStore, SecretStoreError } from "libsecretstore";
import { KEYS, START_MS, fakeClock, temporaryFolder } from "./support.mjs";

const DAY_MS = 24 * 3_600_000;
const key1 = { version: 1, value: KEYS.A };
const key2 = { version: 2, value: KEYS.B };

const hasCode = (code, pattern = /./) => (error) => {
  assert.ok(error instanceof SecretStoreError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  for (const material of Object.values(KEYS)) assert.ok(!error.message.includes(material));
  return true;
};

/** Calls operations in one of their forms; what they throw rejects. */
class Host {
  constructor(t, suffix, options = {}) {
    this.suffix = suffix;
    this.path = path.join(temporaryFolder(t), "store.db");
    this.reopen({ keys: [key1], durability: "normal", ...options });
    t.after(() => this.store.closeSync());
  }

  reopen(options) {
    this.store?.closeSync();
    this.options = { ...this.options, ...options };
    this.store = new SecretStore({ path: this.path, ...this.options });
  }

  async call(operation, ...args) {
    return this.store[operation + this.suffix](...args);
  }

  async callAs(actor, operation, ...args) {
    return this.store.withCaller({ actor })[operation + this.suffix](...args);
  }

  async log() {
    const { page } = await this.call("listEvents", { storeLog: true, order: "asc" });
    return page;
  }
}

const FORMS = { synchronous: "Sync", promises: "" };
for (const [form, suffix] of Object.entries(FORMS)) {
  describe(form, () => {
    test("keys are reloaded, admitted, rotated and retired", async (t) => {
      const host = new Host(t, suffix);
      await host.call("put", { name: "A", value: "v" });
      assert.equal(await host.call("reloadKeys", [key2, key1]), undefined);
      assert.equal(await host.callAs("alice", "admitKeys"), 1);
      assert.equal(await host.call("admitKeys"), 0);
      await assert.rejects(host.call("retireKey", { version: 1 }), hasCode("conflict", /1 secret/));
      await assert.rejects(host.call("retireKey", { version: 2 }), hasCode("invalid_argument", /active/));
      await host.call("rotateAll");
      const retired = await host.callAs("alice", "retireKey", { version: 1 });
      assert.deepEqual(retired, { epoch: 2, namespaces: 1, faulty: 0 });
      const { keys } = await host.call("rotationStatus");
      assert.deepEqual(keys.map(({ version, state }) => [version, state]), [[1, "retired"], [2, "admitted"]]);
      const added = (await host.log()).findLast(({ type }) => type === "key_added");
      assert.deepEqual([added.actor, added.metadata], ["alice", { keyVersions: [2] }]);
      const { type, actor, secretId, namespace, name, metadata } = (await host.log()).at(-1);
      assert.deepEqual([type, actor], ["key_retired", "alice"]);
      assert.deepEqual([secretId, namespace, name], [null, null, null]);
      assert.deepEqual(metadata, { keyVersion: 1, epoch: 2 });
      host.reopen({ keys: [key2], leastEpoch: retired.epoch });
      assert.equal((await host.call("get", { name: "A" })).value, "v");
      assert.throws(() => host.reopen({ leastEpoch: 3 }), hasCode("integrity_violation"));
      assert.throws(() => host.reopen({ keys: [key1], leastEpoch: 1 }), hasCode("key_version_unavailable"));
    });

    test("a lost key is abandoned with what is under it", async (t) => {
      const host = new Host(t, suffix);
      await host.call("put", { name: "A", value: "v" });
      await host.call("reloadKeys", [key1, key2]);
      await host.call("admitKeys");
      await host.call("reloadKeys", [key2]);
      assert.equal((await host.call("retireKey", { version: 1, abandon: true })).epoch, 2);
      assert.equal((await host.call("get", { name: "A" })).reason, "key_version_unavailable");
    });

    test("a store recovers without reopening where another handle rotated", async (t) => {
      const host = new Host(t, suffix);
      await host.call("put", { name: "A", value: "v" });
      const alice = host.store.withCaller({ actor: "alice" });
      const other = new SecretStore({ path: host.path, keys: [key2, key1] });
      other.rotateAllSync();
      other.closeSync();
      assert.equal((await host.call("get", { name: "A" })).reason, "key_version_unavailable");
      await host.call("reloadKeys", [key2, key1]);
      assert.equal((await host.call("get", { name: "A" })).value, "v");
      assert.equal(alice.getSync({ name: "A" }).value, "v");
    });

    test("keys that do not fit leave the former ones", async (t) => {
      const host = new Host(t, suffix);
      await host.call("put", { name: "A", value: "v" });
      const wrong = [
        [[{ version: 1, value: KEYS.C }], hasCode("key_mismatch")],
        [[key2], hasCode("key_version_unavailable")],
        [[{ version: 1, value: KEYS.A.slice(4) }], hasCode("invalid_options", /32 bytes/)],
        [[key1, key1], hasCode("invalid_options", /twice/)],
        [[], hasCode("invalid_argument", /^keys: expected at least one key, got none$/)],
        [undefined, TypeError],
        [{ 1: KEYS.A }, TypeError],
        [[{ version: "1", value: KEYS.A }], TypeError],
      ];
      for (const [keys, check] of wrong) {
        await assert.rejects(host.call("reloadKeys", keys), check);
        assert.equal((await host.call("get", { name: "A" })).value, "v");
      }
    });

    test("settings are the store's, and pruning keeps to them", async (t) => {
      const clock = fakeClock();
      const host = new Host(t, suffix, { clock });
      assert.deepEqual(await host.call("settings"), { eventsMinRetentionMs: 30 * DAY_MS });
      await host.call("put", { name: "A", value: "1" });
      clock.nowMs += 2 * DAY_MS;
      await host.call("put", { name: "A", value: "2" });
      assert.equal((await host.call("cleanupEvents", { retentionMs: 1 })).deleted, 0);
      const changed = await host.callAs("alice", "changeSettings", { eventsMinRetentionMs: DAY_MS });
      assert.deepEqual(changed, { eventsMinRetentionMs: DAY_MS });
      const { type, actor } = (await host.log()).at(-1);
      assert.deepEqual([type, actor], ["settings_changed", "alice"]);
      host.reopen({});
      assert.deepEqual(await host.call("changeSettings", {}), changed);
      assert.equal((await host.call("cleanupEvents", { retentionMs: 1 })).deleted, 1);
      const { page } = await host.call("listEvents", { namespace: null, type: "pruned" });
      assert.deepEqual([page[0].secretId, page[0].name], [null, null]);
      for (const eventsMinRetentionMs of [-1, null]) {
        await assert.rejects(
          host.call("changeSettings", { eventsMinRetentionMs }),
          hasCode("invalid_argument", /^eventsMinRetentionMs: expected/),
        );
      }
    });

    test("a namespace is accepted as it is", async (t) => {
      const host = new Host(t, suffix);
      await host.callAs("first", "put", { namespace: "n", name: "A", value: "v" });
      assert.deepEqual(await host.callAs("alice", "accept", { namespace: "n" }), { rows: 1, faults: 0, sequence: 0 });
      host.store.closeSync();
      const bytes = readFileSync(host.path);
      bytes.write("f1rst", bytes.indexOf("first")); // who it was, in the event
      writeFileSync(host.path, bytes);
      host.reopen({});
      assert.equal((await host.call("verify")).verdict, "tampered");
      const { rows, faults, sequence } = await host.callAs("alice", "accept", { namespace: "n" });
      assert.deepEqual([rows, sequence], [1, 2]);
      assert.ok(faults > 0);
      const report = await host.call("verify");
      assert.deepEqual([report.verdict, report.acceptances, report.faultsAccepted], ["intact", 1, faults]);
      const { page } = await host.call("listEvents", { namespace: "n" });
      assert.deepEqual(page.map(({ type, actor, name }) => [type, actor, name]), [["accepted", "alice", null]]);
      await assert.rejects(host.call("accept", { namespace: "none" }), hasCode("not_found"));
    });

    test("a store that was put back to before its anchor is refused", async (t) => {
      const host = new Host(t, suffix, { clock: fakeClock() });
      await host.call("put", { name: "A", value: "1" });
      host.store.closeSync();
      copyFileSync(host.path, `${host.path}.older`);
      host.reopen({});
      const anchor = await host.callAs("alice", "makeAnchor");
      assert.equal(anchor.madeAt, START_MS);
      assert.equal(JSON.parse(anchor.text).secretstoreAnchor, 1);
      const { type, actor } = (await host.log()).at(-1);
      assert.deepEqual([type, actor], ["anchored", "alice"]);
      host.reopen({ anchor: anchor.text });
      host.store.closeSync();
      copyFileSync(`${host.path}.older`, host.path);
      assert.throws(() => host.reopen({}), hasCode("integrity_violation", /anchor/));
      assert.throws(() => host.reopen({ anchor: "{}" }), hasCode("invalid_options", /^anchor: /));
      host.reopen({ anchor: undefined });
    });

    test("a copy is noted as restored", async (t) => {
      const host = new Host(t, suffix);
      await host.call("put", { name: "A", value: "v" });
      const copy = path.join(temporaryFolder(t), "copy.db");
      await host.call("backup", copy, { unverified: true });
      assert.ok(existsSync(copy));
      host.path = copy;
      host.reopen({});
      assert.equal(await host.callAs("alice", "noteRestored"), undefined);
      const { type, actor } = (await host.log()).at(-1);
      assert.deepEqual([type, actor], ["restored", "alice"]);
    });

    test("a purge takes what is there, and says where nothing is", async (t) => {
      const host = new Host(t, suffix);
      await host.call("put", { name: "A", value: "v" });
      assert.deepEqual(await host.call("remove", { name: "A", purge: true }), { removed: true });
      assert.deepEqual(await host.call("remove", { name: "A", purge: true }), { removed: false });
    });

    test("verified reads find what is there", async (t) => {
      const host = new Host(t, suffix, { reads: "verified" });
      await host.call("put", { name: "A", value: "v" });
      assert.equal((await host.call("get", { name: "A" })).value, "v");
      assert.equal(await host.call("has", { name: "B" }), false);
    });

    test("the policy judges what changes the store", async (t) => {
      const host = new Host(t, suffix, { keys: [key2, key1] });
      await host.call("put", { name: "A", value: "v" });
      const text = `return { authorize = function(r)
        return r.operation ~= "configure" and r.operation ~= "retire_key", "not here" end }`;
      await host.call("reloadPolicy", { text });
      const denied = {
        retireKey: [{ version: 1 }],
        admitKeys: [],
        changeSettings: [{ eventsMinRetentionMs: 0 }],
        accept: [{}],
        makeAnchor: [],
        noteRestored: [],
      };
      const before = (await host.log()).length;
      for (const [operation, args] of Object.entries(denied)) {
        await assert.rejects(host.call(operation, ...args), hasCode("policy_denied", /^not here$/), operation);
      }
      assert.equal((await host.log()).length, before);
    });
  });
}

test("the store log goes with no other filter, and is iterated", async (t) => {
  const { store } = new Host(t, "Sync");
  store.putSync({ name: "A", value: "v" });
  for (const filter of [{ namespace: null }, { namespace: "n", name: "A" }, { namespace: null, type: "created" }, { secretId: "1" }]) {
    assert.throws(() => store.listEventsSync({ storeLog: true, ...filter }), hasCode("invalid_argument", /^storeLog: /));
  }
  assert.throws(
    () => store.listEventsSync({ namespace: null, type: "key_added" }),
    hasCode("invalid_argument", /^type: expected one of "created", /),
  );
  const types = [];
  for await (const { type } of store.events({ storeLog: true, order: "asc", pageItems: 1 })) types.push(type);
  assert.deepEqual(types, ["store_created", "key_added", "key_activated"]);
});

test("reads of promises never fail while keys are reloaded", async (t) => {
  const { store } = new Host(t, "", { keys: [key1, key2] });
  await store.putMany(Array.from({ length: 10 }, (_, i) => ({ name: `N${i}`, value: `N${i}` })));
  await store.reloadKeys([key2, key1]);
  await store.putMany(Array.from({ length: 5 }, (_, i) => ({ name: `N${i}`, value: `N${i}` })));
  for (let turn = 0; turn < 100; turn++) {
    const names = Array.from({ length: 10 }, (_, i) => `N${i}`);
    const reads = names.map((name) => store.getOrThrow({ name }));
    const reloaded = store.reloadKeys(turn % 2 === 0 ? [key1, key2] : [key2, key1]);
    const found = await Promise.all(reads);
    await reloaded;
    assert.deepEqual(found.map(({ value }) => value), names);
  }
});
