// What is Node's own: arguments, results, errors, handles. The scenarios test the rest.

import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  SecretStore,
  SecretStoreError,
  checkPolicy,
  defineKeys,
  generateKey,
  isSecretStoreError,
  policyTypes,
  testPolicy,
} from "libsecretstore";
import { KEYS, START_MS, fakeClock, newStore, temporaryFolder } from "./support.mjs";

const hasCode = (code, pattern = /./) => (error) => {
  assert.ok(error instanceof SecretStoreError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

// ---- Files -------------------------------------------------------------------------------------

test("a file that its group may write needs allowGroup", (t) => {
  const file = path.join(temporaryFolder(t), "store.db");
  new SecretStore({ path: file, keys: [{ version: 1, value: KEYS.A }] }).closeSync();
  chmodSync(file, 0o660);
  assert.throws(
    () => new SecretStore({ path: file, keys: [{ version: 1, value: KEYS.A }] }),
    hasCode("storage_failed", /may be written by its group/),
  );
  new SecretStore({ path: file, keys: [{ version: 1, value: KEYS.A }], allowGroup: true }).closeSync();
});

// ---- Arguments ---------------------------------------------------------------------------------

test("values are strings, Buffers and views of others", async (t) => {
  const store = newStore(t);
  const bytes = new Uint8Array([9, 0, 255, 9]).subarray(1, 3);
  for (const value of [Buffer.from([0, 255]), bytes]) {
    store.putSync({ name: "A", value });
    assert.deepEqual(store.getBytesOrThrowSync({ name: "A" }).value, Buffer.from([0, 255]));
    await store.put({ name: "B", value });
    assert.deepEqual((await store.getBytesOrThrow({ name: "B" })).value, Buffer.from([0, 255]));
  }
  store.putSync({ name: "A", value: "pässwörd\0🔑" });
  assert.equal(store.getOrThrowSync({ name: "A" }).value, "pässwörd\0🔑");
});

test("a value may change after the call, not what is stored", async (t) => {
  const store = newStore(t);
  const value = Buffer.alloc(100_000, 1);
  const put = store.put({ name: "A", value });
  value.fill(2);
  await put;
  assert.deepEqual((await store.getBytesOrThrow({ name: "A" })).value, Buffer.alloc(100_000, 1));
});

test("get of other bytes names getBytes and shows none", async (t) => {
  const store = newStore(t);
  store.putSync({ name: "A", value: Buffer.from("secret\xff", "latin1") });
  assert.throws(() => store.getSync({ name: "A" }), hasCode("invalid_argument", /getBytes/));
  await assert.rejects(store.get({ name: "A" }), hasCode("invalid_argument", /^(?!.*secret)/));
});

test("every byte sequence that is no UTF-8 is told from text", (t) => {
  const store = newStore(t);
  const wrong = ["c080", "c1bf", "e08080", "eda080", "edbfbf", "f0808080", "f4908080", "f5808080", "80", "c3", "e282", "f09f94"];
  for (const hex of wrong) {
    store.putSync({ name: "A", value: Buffer.from(hex, "hex") });
    assert.throws(() => store.getSync({ name: "A" }), hasCode("invalid_argument"), hex);
  }
  for (const text of ["\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}", "\ufffd"]) {
    store.putSync({ name: "A", value: text });
    assert.equal(store.getOrThrowSync({ name: "A" }).value, text);
  }
});

test("lone surrogates are refused, not replaced", (t) => {
  const store = newStore(t);
  for (const text of ["\ud800", "a\udc00b", "\udc00\ud800", "\ud83d\ufffd"]) {
    assert.throws(() => store.putSync({ name: "A", value: text }), hasCode("invalid_argument", /^value: .*surrogate/));
    assert.throws(() => store.hasSync({ name: text }), hasCode("invalid_argument", /^name: .*surrogate/));
  }
  assert.equal(store.hasSync({ name: "A" }), false);
});

test("a name is never cut at a NUL", async (t) => {
  const store = newStore(t);
  store.putSync({ name: "A", value: "v" });
  assert.throws(() => store.hasSync({ name: "A\0B" }), hasCode("invalid_argument", /U\+0000/));
  await assert.rejects(store.remove({ name: "A\0B" }), hasCode("invalid_argument", /U\+0000/));
  assert.throws(() => store.hasSync({ name: "A", namespace: "x\0" }), hasCode("invalid_argument", /^namespace/));
});

test("numbers in metadata come back as they went in", (t) => {
  const store = newStore(t);
  const numbers = [
    1e20, -1e20, 2 ** 63, 2 ** 64, 1e21, 123456789012345680000, 0.1, 0.1 + 0.2, 5e-324, 1.7976931348623157e308,
    2 ** 53 - 1, -(2 ** 53), 9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n),
  ];
  const tricky = { text: "9007199254740993 \\\" 12345678901234567890", "12345678901234567": [1] };
  store.putSync({ name: "A", value: "v", metadata: { numbers, tricky } });
  assert.deepEqual(store.getOrThrowSync({ name: "A" }).metadata, { numbers, tricky });
  for (const number of [NaN, Infinity, 2n ** 64n + 1n]) {
    const put = () => store.putSync({ name: "A", value: "v", metadata: { number } });
    assert.throws(put, hasCode("invalid_argument", /^metadata/), String(number));
  }
});

test("a wrong type is a TypeError, thrown or rejected", async (t) => {
  const store = newStore(t);
  const wrong = [
    [{ name: 1, value: "v" }, "name: expected a string, got a number"],
    [{ value: "v" }, "name: expected a string, got undefined"],
    [{ name: "A", value: 1 }, "value: expected a string or a Uint8Array, got a number"],
    [{ name: "A", value: "v", ttlMs: "1" }, "ttlMs: expected a number, got a string"],
    [{ name: "A", value: "v", ifRevision: 1n }, "ifRevision: expected a number, got a bigint"],
    [{ name: "A", value: "v", metadata: "{}" }, "metadata: expected an object, got a string"],
  ];
  for (const [args, message] of wrong) {
    const isIt = (error) => error instanceof TypeError && error.message === message;
    assert.throws(() => store.putSync(args), isIt, message);
    await assert.rejects(store.put(args), isIt, message);
  }
});

test("numbers that are no integers are refused", (t) => {
  const store = newStore(t);
  for (const ttlMs of [1.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => store.putSync({ name: "A", value: "v", ttlMs }), hasCode("invalid_argument", /^ttlMs/));
  }
  assert.throws(() => store.putSync({ name: "A", value: "v", ifRevision: -1 }), hasCode("invalid_argument"));
});

test("metadata that JSON cannot say is refused", (t) => {
  const store = newStore(t);
  const loop = {};
  loop.self = loop;
  for (const metadata of [{ a: NaN }, { a: Symbol("s") }, { a: () => 1 }, loop, { toJSON: () => 1 }]) {
    assert.throws(() => store.putSync({ name: "A", value: "v", metadata }), hasCode("invalid_argument", /^metadata/));
  }
});

test("metadata whose contents JSON would leave out is refused, and what says itself how it is stored is not", (t) => {
  const store = newStore(t);
  const hollow = {
    Map: new Map([["a", 1]]),
    Set: new Set([1]),
    WeakMap: new WeakMap(),
    Promise: Promise.resolve(1),
    RegExp: /a/,
    Error: new Error("a"),
    ArrayBuffer: new ArrayBuffer(1),
    URLSearchParams: new URLSearchParams("a=1"),
    "Map Iterator": new Map([["a", 1]]).entries(),
  };
  for (const [tag, value] of Object.entries(hollow)) {
    const isRefused = hasCode("invalid_argument", new RegExp(`: expected what JSON can say, got an object \\(${tag}\\)$`));
    assert.throws(() => store.putSync({ name: "A", value: "v", metadata: value }), isRefused, tag);
    assert.throws(() => store.putSync({ name: "A", value: "v", metadata: { deep: [value] } }), isRefused, tag);
    assert.throws(() => store.withCaller({ context: { value } }), isRefused, tag);
  }
  class Owner {
    name = "o";
  }
  const instant = new Date(0);
  const said = Object.assign(new Map([["a", 1]]), { toJSON: () => [["a", 1]] });
  const metadata = { instant, said, url: new URL("https://a/"), owner: new Owner(), text: new String("t"), bytes: Buffer.from("b") };
  store.putSync({ name: "A", value: "v", metadata });
  assert.deepEqual(store.getOrThrowSync({ name: "A" }).metadata, JSON.parse(JSON.stringify(metadata)));
});

test("undefined keeps and null clears", (t) => {
  const store = newStore(t, { clock: fakeClock() });
  store.putSync({ name: "A", value: "v", metadata: { a: 1 }, ttlMs: 1000 });
  store.putSync({ name: "A", value: "w", metadata: undefined, ttlMs: undefined });
  const kept = store.getOrThrowSync({ name: "A" });
  assert.deepEqual([kept.metadata, kept.expiresAt], [{ a: 1 }, START_MS + 1000]);
  store.putSync({ name: "A", value: "w", metadata: null, ttlMs: null });
  const cleared = store.getOrThrowSync({ name: "A" });
  assert.deepEqual([cleared.metadata, cleared.expiresAt], [null, null]);
});

// ---- Results and errors ------------------------------------------------------------------------

test("inspect, JSON and copies show no values", async (t) => {
  const store = newStore(t);
  store.putSync({ name: "A", value: "sk_live_51" });
  const loaded = await store.get({ name: "A" });
  assert.equal(loaded.value, "sk_live_51");
  const shown = inspect(loaded) + JSON.stringify(loaded) + inspect({ ...loaded });
  assert.doesNotMatch(shown, /sk_live/);
  assert.match(shown, /"revision":1/);
  const keys = defineKeys([{ version: 1, value: KEYS.A }]);
  assert.doesNotMatch(inspect({ store, keys }) + JSON.stringify({ store, keys }), /oaGh/);
});

test("errors carry code and place, and isSecretStoreError tells them", (t) => {
  const policy = { text: "return { authorize = function(r)\n return false, 'not you' end }", name: "p.lua" };
  const store = newStore(t, { policy });
  try {
    store.putSync({ name: "A", value: "v" });
    assert.fail("expected a refusal");
  } catch (error) {
    assert.ok(isSecretStoreError(error));
    assert.ok(isSecretStoreError(error, "policy_denied"));
    assert.ok(!isSecretStoreError(error, "conflict"));
    assert.match(error.message, /not you/);
    assert.equal(error.name, "SecretStoreError");
  }
  assert.ok(!isSecretStoreError(new Error("other"), undefined));
  assert.throws(() => store.reloadPolicySync({ text: "return 1" }), hasCode("policy_invalid"));
});

// ---- Opening -----------------------------------------------------------------------------------

test("keys are defined once and with values", () => {
  assert.throws(() => defineKeys([]), hasCode("invalid_options"));
  assert.throws(() => defineKeys([{ version: 1, value: undefined }]), hasCode("invalid_options", /version 1/));
  const twice = [{ version: 1, value: KEYS.A }, { version: 1, value: KEYS.B }];
  assert.throws(() => defineKeys(twice), hasCode("invalid_options", /twice/));
  assert.notEqual(generateKey(), generateKey());
});

test("wrong options are named, and make no file", (t) => {
  const folder = temporaryFolder(t);
  const options = { path: path.join(folder, "store.db"), keys: [{ version: 1, value: KEYS.A }] };
  const wrong = [
    [{ keys: [] }, /key/],
    [{ keys: [{ version: 1, value: "x" }] }, /key version 1/],
    [{ maxValueBytes: -1 }, /maxValueBytes/],
    [{ durability: "none" }, /durability/],
    [{ logLevel: "loud" }, /logLevel/],
    [{ maintenance: { intervalMs: 1 } }, /interval/],
    [{ path: "a\0b" }, /path/],
  ];
  for (const [change, pattern] of wrong) {
    assert.throws(() => new SecretStore({ ...options, ...change }), hasCode("invalid_options", pattern));
  }
  assert.throws(() => new SecretStore({ ...options, create: false }), hasCode("not_found"));
  assert.ok(!existsSync(options.path));
});

const canUse = Symbol.dispose !== undefined;
test("a store is closed by using, and by await using", { skip: !canUse && "before Node 18.18" }, async (t) => {
  const store = newStore(t);
  store[Symbol.dispose]();
  assert.throws(() => store.hasSync({ name: "A" }), hasCode("closed"));
  const other = newStore(t);
  await other[Symbol.asyncDispose]();
  await assert.rejects(other.has({ name: "A" }), hasCode("closed"));
});

test("close waits for the calls that run", async (t) => {
  const store = newStore(t);
  const puts = Array.from({ length: 50 }, (_, i) => store.put({ name: `N${i}`, value: "v" }));
  const closed = store.close();
  const outcomes = await Promise.allSettled(puts);
  await closed;
  for (const { status, reason } of outcomes) {
    if (status === "rejected") hasCode("closed")(reason);
  }
});

test("the caller reaches policy and log", (t) => {
  const text = `return {
    authorize = function(r) return r.context ~= nil and r.context.team == "ops", "not ops" end }`;
  const store = newStore(t, { policy: { text } });
  assert.throws(() => store.putSync({ name: "A", value: "v" }), hasCode("policy_denied", /not ops/));
  const ops = store.withCaller({ actor: "bob", context: { team: "ops" } });
  ops.putSync({ name: "A", value: "v" });
  assert.equal(ops.listEventsSync({}).page[0].actor, "bob");
});

test("the log goes to its function, from its level on", async (t) => {
  const lines = [];
  const options = { policy: { text: "print('loaded') return {}" }, log: (...line) => lines.push(line) };
  newStore(t, options);
  newStore(t, { ...options, logLevel: "debug" });
  while (lines.length === 0) await new Promise(setImmediate);
  assert.equal(lines.length, 1);
  assert.equal(lines[0][0], "debug");
  assert.match(lines[0][1], /loaded/);
});

// ---- Long operations ---------------------------------------------------------------------------

const many = (count) => Array.from({ length: count }, (_, i) => ({ name: `N${i}`, value: "v" }));

test("putMany is all or none", async (t) => {
  const store = newStore(t);
  await assert.rejects(
    store.putMany([{ name: "A", value: "1" }, { name: "B", value: "2", ifRevision: 9 }]),
    hasCode("conflict", /1/),
  );
  assert.equal(store.hasSync({ name: "A" }), false);
  assert.equal((await store.putMany(many(3)))[2].revision, 1);
  assert.deepEqual(store.putManySync([]), []);
});

test("iterators page", async (t) => {
  const store = newStore(t);
  await store.putMany(many(7));
  const names = [];
  for await (const secret of store.secrets({ order: "asc", pageItems: 3 })) names.push(secret.name);
  assert.deepEqual(names, many(7).map(({ name }) => name));
  const sequences = [];
  for await (const event of store.events({ pageItems: 2 })) sequences.push(event.sequence);
  assert.deepEqual(sequences, [7, 6, 5, 4, 3, 2, 1]);
  for await (const row of store.namespaces()) assert.deepEqual(row, { namespace: null, secretCount: 7 });
});

test("rotation tells of progress, and stops at its signal", async (t) => {
  const file = path.join(temporaryFolder(t), "store.db");
  const first = newStore(t, { path: file });
  await first.putMany(many(1000));
  await first.close();
  const keys = [{ version: 2, value: KEYS.B }, { version: 1, value: KEYS.A }];
  const store = newStore(t, { path: file, keys });
  const stop = new AbortController();
  const reason = new Error("enough");
  const stopped = store.rotateAll({ signal: stop.signal, onProgress: () => stop.abort(reason) });
  await assert.rejects(stopped, (error) => error === reason);
  const { isComplete } = await store.rotationStatus(); // how far it came depends on the machine
  const seen = [];
  const done = await store.rotateAll({ onProgress: (...progress) => seen.push(progress) });
  assert.equal(done.isDone, true);
  assert.equal(seen.length > 0, !isComplete);
  assert.equal((await store.rotationStatus()).isComplete, true);
  await assert.rejects(store.rotateAll({ signal: AbortSignal.abort(reason) }), (e) => e === reason);
  assert.equal((await store.verify()).isIntact, true);
});

test("a long operation that is aborted rejects with the signal's reason, whoever aborts it", async (t) => {
  const store = newStore(t);
  await store.putMany(many(1000));
  const folder = temporaryFolder(t);
  const operations = {
    rotateAll: (options) => store.rotateAll(options),
    verify: (options) => store.verify(options),
    backup: (options) => store.backup(path.join(folder, "copy.db"), options),
    exportRows: (options) => store.exportRows({ write: () => {}, ...options }),
  };
  for (const [name, operation] of Object.entries(operations)) {
    for (const reason of [new Error("mine"), "a text", undefined]) {
      const stop = new AbortController();
      const pending = operation({ signal: stop.signal });
      stop.abort(reason);
      await assert.rejects(pending, (error) => error === stop.signal.reason, name);
    }
  }
});

test("an export that is aborted by its own write rejects with the signal's reason", async (t) => {
  for (const count of [1, 1000]) {
    const store = newStore(t);
    await store.putMany(many(count));
    const reason = new Error("mine");
    const stop = new AbortController();
    const write = () => stop.abort(reason);
    await assert.rejects(store.exportRows({ write, signal: stop.signal }), (error) => error === reason);
    const thrown = new TypeError("not the reason");
    const both = new AbortController();
    const throwing = () => {
      both.abort(reason);
      throw thrown;
    };
    await assert.rejects(store.exportRows({ write: throwing, signal: both.signal }), (error) => error === thrown);
  }
});

test("what a progress function throws comes out", async (t) => {
  const store = newStore(t);
  await store.putMany(many(10));
  const file = path.join(temporaryFolder(t), "copy.db");
  const mine = new Error("mine");
  const onProgress = () => {
    throw mine;
  };
  await assert.rejects(store.verify({ onProgress }), (error) => error === mine);
  await assert.rejects(store.backup(file, { onProgress }), (error) => error === mine);
});

test("a backup opens", async (t) => {
  const store = newStore(t);
  await store.putMany(many(3));
  const file = path.join(temporaryFolder(t), "copy.db");
  await store.backup(file);
  const report = await newStore(t, { path: file }).verify({ expectedHead: store.auditHeadSync().text });
  assert.equal(report.rowsChecked, 3);
  await assert.rejects(store.backup(file), hasCode("storage_failed"));
});

test("an export imports under other keys", async (t) => {
  const store = newStore(t);
  const transfer = [{ version: 77, value: KEYS.C }];
  store.putSync({ namespace: "a", name: "A", value: "v", metadata: { a: 1 } });
  await store.putMany(many(500));
  const pieces = [];
  const report = await store.exportRows({ write: (lines) => pieces.push(lines), targetKeys: transfer });
  assert.equal(report.exported, 501);
  const text = Buffer.concat(pieces);
  const again = [];
  store.exportRowsSync({ write: (lines) => again.push(lines), targetKeys: transfer });
  assert.equal(Buffer.concat(again).toString().split("\n").length, text.toString().split("\n").length);
  const other = newStore(t, { keys: [{ version: 5, value: KEYS.B }] });
  const dry = await other.importRows({ text, sourceKeys: transfer, dryRun: true });
  assert.deepEqual([dry.imported, dry.isStored], [501, false]);
  assert.equal((await other.importRows({ text: text.toString(), sourceKeys: transfer })).imported, 501);
  assert.deepEqual(other.getOrThrowSync({ namespace: "a", name: "A" }).metadata, { a: 1 });
  const isReported = (error) => {
    hasCode("conflict")(error);
    assert.equal(error.report.refused, 501);
    assert.equal(error.report.faults[0].code, "conflict");
    return true;
  };
  await assert.rejects(other.importRows({ text, sourceKeys: transfer }), isReported);
  assert.throws(() => other.importRowsSync({ text, sourceKeys: transfer }), isReported);
});

test("what a write function throws comes out", async (t) => {
  const store = newStore(t);
  await store.putMany(many(200));
  const full = new Error("disk full");
  const write = () => {
    throw full;
  };
  await assert.rejects(store.exportRows({ write }), (error) => error === full);
  assert.throws(() => store.exportRowsSync({ write }), (error) => error === full);
});

test("cleanup and maintenance go by the clock", async (t) => {
  const clock = fakeClock();
  const store = newStore(t, { clock });
  store.putSync({ name: "A", value: "v", ttlMs: 1 });
  clock.nowMs += 3_600_002;
  assert.equal((await store.cleanupSecrets({ retentionMs: 7_200_000 })).deleted, 0);
  assert.equal(store.cleanupSecretsSync({ retentionMs: 3_600_000 }).deleted, 1);
  // The store keeps events for thirty days, counted from the namespace's last one.
  clock.nowMs += 31 * 24 * 3_600_000;
  store.putSync({ name: "A", value: "v" });
  assert.equal((await store.cleanupEvents({ retentionMs: 3_600_000 })).deleted, 2);
  assert.equal(await store.maintenanceStep(), false);
  await assert.rejects(store.cleanupSecrets({ retentionMs: 0 }), hasCode("invalid_argument"));
});

// ---- Policies and statistics -------------------------------------------------------------------

const policy = {
  text: `local s = require "schema"
    return { name = s.string():pattern("[A-Z]+"), metadata = s.record{ owner = s.string() } }`,
};

test("policies are checked, typed and tested", (t) => {
  const file = path.join(temporaryFolder(t), "policy.lua");
  writeFileSync(file, policy.text);
  assert.ok(checkPolicy(file).length > 0);
  assert.match(policyTypes(policy), /interface Metadata/);
  assert.match(policyTypes(policy, "python"), /class Metadata\(TypedDict\)/);
  const cases = `expect_allowed{ operation = "put", name = "A", metadata = { owner = "o" } }
    expect_denied({ operation = "put", name = "A", metadata = { owner = "o" } })`;
  const found = testPolicy(policy, { text: cases }).map(({ line, passed }) => [line, passed]);
  assert.deepEqual(found, [[1, true], [2, false]]);
  assert.throws(() => checkPolicy({ text: "return 1" }), hasCode("policy_invalid"));
});

test("a policy is tried and exchanged", async (t) => {
  const store = newStore(t);
  assert.equal(store.policyHashSync(), null);
  assert.equal(await store.policyHash(), null);
  store.putSync({ name: "b", value: "v", metadata: { owner: "o" } });
  const found = [[], []];
  const trials = [
    store.tryPolicySync(policy, (refusal) => void found[0].push(refusal)),
    await store.tryPolicy(policy, (refusal) => void found[1].push(refusal)),
  ];
  assert.deepEqual(trials[0], trials[1]);
  assert.deepEqual(found[0], found[1]);
  assert.deepEqual([trials[0].secretsTried, trials[0].refused], [1, found[0].length]);
  assert.deepEqual(new Set(found[0].map(({ name }) => name)), new Set(["b"]));
  await store.reloadPolicy(policy);
  assert.match(await store.policyHash(), /^[0-9a-f]{64}$/);
  await assert.rejects(store.reloadPolicy({ text: "return 1" }), hasCode("policy_invalid"));
});

test("every operation is there both ways", () => {
  const methods = Object.getOwnPropertyNames(SecretStore.prototype);
  const helpers = ["constructor", "withCaller", "toJSON", "secrets", "namespaces", "events"];
  const operations = methods.filter((name) => !helpers.includes(name));
  const promised = operations.filter((name) => !name.endsWith("Sync"));
  assert.ok(promised.length >= 28);
  assert.deepEqual(operations.filter((name) => name.endsWith("Sync")).sort(), promised.map((name) => `${name}Sync`).sort());
});

test("stats count", async (t) => {
  const store = newStore(t);
  store.putSync({ name: "A", value: "v" });
  assert.throws(() => store.hasSync({ name: "" }), hasCode("invalid_argument"));
  const stats = await store.stats();
  assert.equal(stats.secretCount, 1);
  assert.equal(stats.operations.put.calls, 1);
  assert.equal(stats.operations.has.failures, 1);
  assert.deepEqual(Object.keys(store.statsSync()), Object.keys(stats));
});

test("the facade names the fields of the native records in their order", async (t) => {
  const packageFolder = path.dirname(new URL(import.meta.resolve("libsecretstore/package.json")).pathname);
  const { createRequire } = await import("node:module");
  const { native } = createRequire(import.meta.url)(path.join(packageFolder, "dist", "native.js"));
  const records = native.record_fields();
  const source = readFileSync(path.join(packageFolder, "dist", "results.js"), "utf8");
  for (const [record, fields] of Object.entries(records)) {
    const byHand = /_request$|^ss_open_options$|^ss_get|_page$|ss_stats|ss_secret_info|^ss_event$|ss_update_result/;
    if (byHand.test(record)) continue;
    const list = fields.map((field) => `"${field}"`).join(", ");
    assert.ok(source.includes(`maker(${list})`), `${record}: ${list}`);
  }
});
