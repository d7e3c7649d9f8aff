// What plain JavaScript may pass, and what is refused before it does nothing, or the wrong thing.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { SecretStore, SecretStoreError, checkPolicy, defineKeys, testPolicy } from "libsecretstore";
import { KEYS, newStore, temporaryFolder } from "./support.mjs";

const secret = { namespace: "n", name: "A" };
const put = { ...secret, value: "v" };
const write = () => {};
const keys = [{ version: 1, value: KEYS.A }];

const isTypeError = (pattern) => (error) => {
  assert.ok(error instanceof TypeError, String(error));
  assert.match(error.message, pattern);
  return true;
};

/** Both forms of an operation refuse it: the promise rejects, and does not throw. */
async function refused(store, operation, args, check) {
  await assert.rejects(store[operation](...args), check, operation);
  assert.throws(() => store[`${operation}Sync`](...args), check, `${operation}Sync`);
}

// ---- Names of arguments ------------------------------------------------------------------------

/** Each operation with arguments that are right, as far as their names go. */
const operations = {
  put: [put],
  putMany: [[put]],
  get: [secret],
  getBytes: [secret],
  getOrThrow: [secret],
  getBytesOrThrow: [secret],
  has: [secret],
  update: [{ ...secret, metadata: null }],
  remove: [secret],
  list: [{}],
  listNamespaces: [{}],
  listEvents: [{}],
  rotateKeys: [{ fromVersion: 1 }],
  rotateAll: [{}],
  retireKey: [{ version: 1 }],
  reloadKeys: [keys],
  changeSettings: [{}],
  accept: [{}],
  cleanupSecrets: [{}],
  cleanupEvents: [{}],
  verify: [{}],
  backup: ["unused.db", {}],
  importRows: [{ text: "" }],
  exportRows: [{ write }],
  reloadPolicy: [{ text: "return {}" }],
  tryPolicy: [{ text: "return {}" }],
};

for (const [operation, args] of Object.entries(operations)) {
  test(`${operation} refuses a name that it does not know`, async (t) => {
    const store = newStore(t);
    const before = store.statsSync().eventCount;
    const last = args.at(-1);
    const misspelt = Array.isArray(last) ? [{ ...last[0], surprise: 1 }] : { ...last, surprise: 1 };
    await refused(store, operation, [...args.slice(0, -1), misspelt], isTypeError(/unknown (argument|member) "surprise"/));
    assert.equal(store.statsSync().eventCount, before);
  });
}

const none = [
  "admitKeys", "auditHead", "close", "maintenanceStep", "makeAnchor", "noteRestored", "policyHash",
  "rotationStatus", "settings", "stats",
];
for (const operation of none) {
  test(`${operation} refuses whatever it is given`, async (t) => {
    const store = newStore(t);
    await refused(store, operation, [{ zzz: 1 }], isTypeError(/^unknown argument "zzz"; expected none$/));
    await refused(store, operation, ["x"], isTypeError(/^arguments: expected none, got a string$/));
    await refused(store, operation, [undefined, 5], isTypeError(/^arguments: expected none, got a number$/));
    await refused(store, operation, [null], isTypeError(/^arguments: expected none, got null$/));
    await store[operation](undefined);
    if (operation !== "close") store[`${operation}Sync`]({});
  });
}

test("every operation that takes arguments is in the table above", () => {
  const all = Object.getOwnPropertyNames(SecretStore.prototype).filter((name) => name.endsWith("Sync"));
  const named = [...Object.keys(operations), ...none].map((name) => `${name}Sync`);
  assert.deepEqual(all.sort(), named.sort());
});

test("the nearest known name is named", async (t) => {
  const store = newStore(t);
  const meant = [
    ["put", { ...put, namspace: "x" }, /unknown argument "namspace"; did you mean "namespace"\?$/],
    ["put", { ...put, ttl: 5 }, /unknown argument "ttl"; did you mean "ttlMs"\?$/],
    ["put", { ...put, ifRevison: 1 }, /"ifRevison"; did you mean "ifRevision"\?$/],
    ["remove", { ...secret, if_revision: 1 }, /"if_revision"; did you mean "ifRevision"\?$/],
    ["get", { nam: "A" }, /"nam"; did you mean "name"\?$/],
    ["list", { paginationOpts: { numItems: 2, cursor: null } }, /"paginationOpts"; expected namespace, order, numItems, cursor$/],
    ["put", { ...put, ttl: 5, surprise: 1 }, /"ttl".*"ttlMs".*"surprise"; expected/],
    ["putMany", [put, { ...put, ttl: 5 }], /^puts\[1\]: unknown argument "ttl"/],
  ];
  for (const [operation, args, pattern] of meant) {
    await refused(store, operation, [args], isTypeError(pattern));
  }
  assert.equal(store.statsSync().secretCount, 0);
});

test("iterators refuse names too, those of pages among them", async (t) => {
  const store = newStore(t);
  const first = (items) => items.next();
  await assert.rejects(first(store.secrets({ numItems: 1 })), isTypeError(/"numItems"/));
  await assert.rejects(first(store.secrets({ namspace: "x" })), isTypeError(/"namspace"; did you mean/));
  await assert.rejects(first(store.events({ cursor: null })), isTypeError(/"cursor"/));
  await assert.rejects(first(store.namespaces({ order: "asc" })), isTypeError(/"order"/));
});

test("options of a twin are refused where they would do nothing", (t) => {
  const store = newStore(t);
  const signal = AbortSignal.timeout(1000);
  assert.throws(() => store.rotateAllSync({ signal }), isTypeError(/"signal"/));
  assert.throws(() => store.verifySync({ onProgress: write }), isTypeError(/"onProgress"/));
  assert.throws(() => store.backupSync("unused.db", { signal }), isTypeError(/"signal"/));
  assert.throws(() => store.exportRowsSync({ write, signal }), isTypeError(/"signal"/));
});

test("callers and policies refuse names", (t) => {
  const store = newStore(t);
  assert.throws(() => store.withCaller({ actr: "alice" }), isTypeError(/"actr"; did you mean "actor"\?/));
  assert.throws(() => store.withCaller("alice"), isTypeError(/^caller: expected an object, got a string$/));
  assert.throws(() => store.withCaller({ actor: 3 }), isTypeError(/^actor: expected a string, got a number$/));
  assert.throws(() => store.withCaller({ context: "x" }), isTypeError(/^context: expected an object, got a string$/));
  assert.throws(() => checkPolicy({ txt: "return {}" }), isTypeError(/"txt"; did you mean "text"\?/));
  assert.throws(() => testPolicy({ text: "return {}" }, { path: "x" }), isTypeError(/^cases: .*"path"/));
  assert.throws(() => checkPolicy(Buffer.from("return {}")), isTypeError(/^policy: expected/));
  assert.throws(() => checkPolicy(undefined), isTypeError(/^policy: expected/));
});

test("options refuse names at every depth, and open nothing", (t) => {
  const file = path.join(temporaryFolder(t), "store.db");
  const wrong = [
    [{ polcy: { text: "return {}" } }, /unknown option "polcy"; did you mean "policy"\?/],
    [{ defaults: { ttl: 1 } }, /^defaults: unknown option "ttl"; did you mean "ttlMs"\?/],
    [{ policyLimits: { deadline: 1 } }, /^policyLimits: .*"deadlineMs"/],
    [{ maintenance: { interval: 5000 } }, /^maintenance: .*"intervalMs"/],
    [{ retention: { secretsMs: 1 } }, /^retention: .*"secretMs"/],
    [{ policy: { text: "return {}", nme: "x" } }, /^policy: .*"nme"/],
    [{ keys: [{ version: 1, value: KEYS.A, vale: "x" }] }, /^keys\[0\]: unknown member "vale"/],
    [{ retention: null }, /^retention: expected an object, got null$/],
    [{ log: "console" }, /^log: expected a function, got a string$/],
    [{ clock: 5 }, /^clock: expected a function, got a number$/],
  ];
  for (const [change, pattern] of wrong) {
    assert.throws(() => new SecretStore({ path: file, keys, ...change }), isTypeError(pattern));
  }
  assert.throws(() => new SecretStore(file, { keys }), isTypeError(/^options: expected an object, got a string$/));
  assert.ok(!existsSync(file));
});

test("wrong shapes of keys are refused, and show none", () => {
  const wrong = [
    [KEYS.A, /^keys: expected an array of \{ version, value \}, got a string$/],
    [{ 1: KEYS.A }, /^keys: expected an array .*, got an object$/],
    [new Map([[1, KEYS.A]]), /^keys: expected an array .*, got an object \(Map\)$/],
    [new Set(keys), /^keys: expected an array/],
    [null, /^keys: expected an array .*, got null$/],
    [[KEYS.A], /^keys\[0\]: expected an object, got a string$/],
    [[[1, KEYS.A]], /^keys\[0\]: expected an object, got an array$/],
    [[...keys, undefined], /^keys\[1\]: expected an object, got undefined$/],
    [[{ version: 1, key: KEYS.A }], /^keys\[0\]: unknown member "key"/],
    [[{ version: "1", value: KEYS.A }], /^keys\[0\]\.version: expected a number, got a string$/],
    [[{ version: 1n, value: KEYS.A }], /^keys\[0\]\.version: expected a number, got a bigint$/],
    [[{ version: 1, value: Buffer.alloc(32) }], /^keys\[0\]\.value: expected a string, got an object/],
  ];
  const store = new SecretStore({ path: ":memory:", keys });
  for (const [shape, pattern] of wrong) {
    const check = (error) => isTypeError(pattern)(error) && !error.message.includes(KEYS.A);
    assert.throws(() => new SecretStore({ path: ":memory:", keys: shape }), check);
    assert.throws(() => defineKeys(shape), check);
    const ofTransfer = (error) => {
      assert.match(error.message, /^(source|target)Keys/);
      return error instanceof TypeError;
    };
    assert.throws(() => store.reloadKeysSync(shape), check);
    assert.throws(() => store.importRowsSync({ text: "", sourceKeys: shape }), ofTransfer);
    assert.throws(() => store.exportRowsSync({ write, targetKeys: shape }), ofTransfer);
  }
});

// ---- Kinds of objects --------------------------------------------------------------------------

test("any object with the right members will do", (t) => {
  class Args {
    #name = "A";
    value = "v";
    get name() {
      return this.#name;
    }
    helper() {}
  }
  const store = newStore(t);
  assert.equal(store.putSync(new Args()).revision, 1);
  assert.equal(store.putSync(Object.assign(Object.create(null), { name: "A", value: "v" })).revision, 2);
  assert.equal(store.putSync(Object.create({ name: "A", value: "v" })).revision, 3);
  assert.equal(store.putSync(new Proxy({ name: "A", value: "v" }, {})).revision, 4);
  assert.equal(store.putSync({ name: "A", value: "v", [Symbol("mine")]: 1 }).revision, 5);
  const absent = { namespace: undefined, metadata: undefined, ttlMs: undefined, ifRevision: undefined };
  assert.equal(store.putSync({ name: "A", value: "v", ...absent }).revision, 6);
});

test("an inherited name that is not known is refused as one of its own", (t) => {
  const store = newStore(t);
  const inherits = Object.create({ namspace: "x" }, Object.getOwnPropertyDescriptors({ name: "A", value: "v" }));
  assert.throws(() => store.putSync(inherits), isTypeError(/"namspace"/));
  assert.throws(() => store.putSync({ name: "A", value: "v", namspace: undefined }), isTypeError(/"namspace"/));
});

test("what holds its contents elsewhere is no object of arguments", async (t) => {
  const store = newStore(t);
  const wrong = ["A", 1, null, [], new Map([["name", "A"]]), Promise.resolve({ name: "A" }), write, Buffer.from("A")];
  for (const args of wrong) {
    for (const operation of ["get", "list", "verify", "cleanupSecrets", "rotateKeys", "exportRows"]) {
      await refused(store, operation, [args], isTypeError(/^arguments: expected an object, got /));
    }
  }
});

test("functions and signals are told before anything runs", async (t) => {
  const store = newStore(t);
  const file = path.join(temporaryFolder(t), "copy.db");
  await assert.rejects(store.verify({ onProgress: 1 }), isTypeError(/^onProgress: expected a function/));
  await refused(store, "backup", [file, { overwrite: "yes" }], isTypeError(/^overwrite: expected a boolean/));
  await assert.rejects(store.backup(file, { signal: {} }), isTypeError(/^signal: expected an AbortSignal/));
  await refused(store, "exportRows", [{ write: "x" }], isTypeError(/^write: expected a function/));
  await refused(store, "exportRows", [{}], isTypeError(/^write: expected a function, got undefined/));
  await refused(store, "tryPolicy", [{ text: "return {}" }, "x"], isTypeError(/^onRefusal: expected a function/));
  assert.ok(!existsSync(file));
});

// ---- Numbers -----------------------------------------------------------------------------------

test("whatever takes an integer takes no other number, and nothing else", async (t) => {
  const store = newStore(t);
  const takers = {
    ttlMs: (it) => refusals(store, "put", { ...put, ttlMs: it }),
    ifRevision: (it) => refusals(store, "put", { ...put, ifRevision: it }),
    expiresAt: (it) => refusals(store, "update", { ...secret, expiresAt: it }),
    numItems: (it) => refusals(store, "list", { numItems: it }),
    fromVersion: (it) => refusals(store, "rotateKeys", { fromVersion: it }),
    batchSize: (it) => refusals(store, "rotateKeys", { fromVersion: 1, batchSize: it }),
    retentionMs: (it) => refusals(store, "cleanupEvents", { retentionMs: it }),
    "keys[0].version": (it) => [opening({ keys: [{ version: it, value: KEYS.A }] })],
    "defaults.ttlMs": (it) => [opening({ defaults: { ttlMs: it } })],
    maxValueBytes: (it) => [opening({ maxValueBytes: it })],
    busyTimeoutMs: (it) => [opening({ busyTimeoutMs: it })],
    "policyLimits.memoryBytes": (it) => [opening({ policyLimits: { memoryBytes: it } })],
    "policyLimits.instructions": (it) => [opening({ policyLimits: { instructions: it } })],
    "policyLimits.deadlineMs": (it) => [opening({ policyLimits: { deadlineMs: it } })],
    "maintenance.intervalMs": (it) => [opening({ maintenance: { intervalMs: it } })],
    "retention.secretMs": (it) => [opening({ retention: { secretMs: it } })],
    "retention.eventMs": (it) => [opening({ retention: { eventMs: it } })],
  };
  for (const [label, take] of Object.entries(takers)) {
    for (const number of [NaN, Infinity, -Infinity, 1.5, 2 ** 53, -(2 ** 53)]) {
      for (const error of await take(number)) {
        assert.ok(error instanceof SecretStoreError, `${label}: ${error}`);
        assert.match(error.code, /^invalid_(argument|options)$/);
        assert.equal(error.message, `${label}: expected an integer up to 2^53-1 in size, got ${number}`);
      }
    }
    for (const [other, kind] of [["1", "a string"], [1n, "a bigint"], [true, "a boolean"], [{}, "an object"], [Symbol("1"), "a symbol"]]) {
      for (const error of await take(other)) {
        assert.ok(error instanceof TypeError, `${label}: ${error}`);
        assert.equal(error.message, `${label}: expected a number, got ${kind}`);
      }
    }
  }
});

const thrown = (call) => {
  try {
    return assert.fail(`expected a failure, got ${call()}`);
  } catch (error) {
    return error;
  }
};
const opening = (options) => thrown(() => new SecretStore({ path: ":memory:", keys, ...options }));
const refusals = async (store, operation, args) => [
  thrown(() => store[`${operation}Sync`](args)),
  await store[operation](args).then(assert.fail, (error) => error),
];

test("negative numbers are refused by name", async (t) => {
  const store = newStore(t);
  const isRefused = (error) => error instanceof SecretStoreError && error.code === "invalid_argument";
  await refused(store, "put", [{ ...put, ttlMs: -1 }], isRefused);
  await refused(store, "put", [{ ...put, ifRevision: -1 }], isRefused);
  await refused(store, "list", [{ numItems: -1 }], isRefused);
  await refused(store, "cleanupSecrets", [{ retentionMs: -1 }], isRefused);
  await refused(store, "rotateKeys", [{ fromVersion: -1 }], isRefused);
});

test("messages call arguments and options by their names here", async (t) => {
  const store = newStore(t);
  const isCalled = (start) => (error) => {
    assert.ok(error.message.startsWith(start), error.message);
    return /^invalid_(argument|options)$/.test(error.code) || error instanceof TypeError;
  };
  const calls = [
    ["rotateKeys", { fromVersion: -1 }, "fromVersion: expected 0 to "],
    ["rotateKeys", { fromVersion: 1 }, "fromVersion: expected an older key version, got the active one"],
    ["rotateKeys", { fromVersion: 1, batchSize: 0 }, "batchSize: expected 1 to "],
    ["put", { ...put, ttlMs: -1 }, "ttlMs: expected 0 to "],
    ["putMany", [put, { ...put, ttlMs: -1 }], "request 1: ttlMs: expected 0 to "],
    ["update", { ...secret, expiresAt: -1 }, "expiresAt: expected 0 to "],
    ["update", { ...secret, expiresAt: 1, ttlMs: 1 }, "expected expiresAt or ttlMs, got both"],
    ["update", secret, "expected metadata, expiresAt or ttlMs to update, got none"],
    ["list", { numItems: 0 }, "numItems: expected 1 to "],
    ["list", { cursor: "x" }, "cursor: expected a continueCursor of this very query, got "],
    ["listEvents", { secretId: "x" }, "secretId: expected an id "],
    ["listEvents", { name: "A" }, "name and type: expected the namespace to be given with them (null names the default one)"],
    ["cleanupEvents", { retentionMs: 0 }, "retentionMs: expected 1 to "],
    ["verify", { expectedHead: "x" }, "store head: expected the line of an audit head, got "],
    ["exportRows", { write, targetKeys: [] }, "targetKeys: expected at least one key, got none"],
  ];
  for (const [operation, args, start] of calls) await refused(store, operation, [args], isCalled(start));
  const options = [
    [{ busyTimeoutMs: -1 }, "busyTimeoutMs: "],
    [{ maxValueBytes: -1 }, "maxValueBytes: "],
    [{ maxValueBytes: 2 ** 40 }, "maxValueBytes: "],
    [{ defaults: { ttlMs: -1 } }, "defaults.ttlMs: "],
    [{ policyHash: "x" }, "policyHash: "],
    [{ policyHash: 5 }, "policyHash: expected a string, got a number"],
    [{ policyLimits: { memoryBytes: 1 } }, "policyLimits.memoryBytes: "],
    [{ policyLimits: { instructions: 1 } }, "policyLimits.instructions: "],
    [{ policyLimits: { deadlineMs: 0 } }, "policyLimits.deadlineMs: "],
    [{ maintenance: { intervalMs: 1 } }, "maintenance.intervalMs: "],
    [{ retention: { secretMs: 0 } }, "retention.secretMs: "],
    [{ retention: { eventMs: 0 } }, "retention.eventMs: "],
  ];
  for (const [change, start] of options) {
    assert.throws(() => new SecretStore({ path: ":memory:", keys, ...change }), isCalled(start));
  }
});

test("messages keep the words of others as they are", (t) => {
  const words = "ttl_ms: expected if_revision";
  const store = newStore(t, { policy: { text: `return { authorize = function() return false, "${words}" end }` } });
  assert.throws(() => store.putSync(put), (error) => error.message.includes(words));
});

// ---- Bytes -------------------------------------------------------------------------------------

test("bytes that may change or be gone meanwhile are no value", async (t) => {
  const store = newStore(t);
  const detached = new Uint8Array([1, 2, 3]);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const wrong = [
    [new Uint8Array(new SharedArrayBuffer(8)), /shared memory/],
    [Buffer.from(new SharedArrayBuffer(8), 2, 4), /shared memory/],
    [new Uint8Array(new SharedArrayBuffer(0)), /shared memory/],
    [detached, /no longer there/],
    [new ArrayBuffer(8), /expected a string or a Uint8Array, got an object \(ArrayBuffer\)/],
    [new SharedArrayBuffer(8), /expected a string or a Uint8Array/],
    [new DataView(new ArrayBuffer(8)), /expected a string or a Uint8Array/],
    [new Uint16Array(4), /expected a string or a Uint8Array, got an object \(Uint16Array\)/],
    [new Float64Array(1), /expected a string or a Uint8Array/],
    [[1, 2], /expected a string or a Uint8Array, got an array/],
    [new String("v"), /expected a string or a Uint8Array/],
  ];
  for (const [value, pattern] of wrong) {
    await refused(store, "put", [{ ...put, value }], isTypeError(pattern));
    await refused(store, "putMany", [[{ ...put, value }]], isTypeError(pattern));
    await refused(store, "importRows", [{ text: value }], isTypeError(pattern));
  }
  assert.equal(store.statsSync().secretCount, 0);
});

const canResize = "resizable" in ArrayBuffer.prototype;
test("views of resizable buffers hold what they show", { skip: !canResize && "before Node 20" }, (t) => {
  const store = newStore(t);
  const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
  const tracking = new Uint8Array(buffer);
  const fixed = new Uint8Array(buffer, 2, 2);
  tracking.set([1, 2, 3, 4]);
  buffer.resize(6);
  const stored = (value) => {
    store.putSync({ ...put, value });
    return [...store.getBytesOrThrowSync(secret).value];
  };
  assert.deepEqual(stored(tracking), [1, 2, 3, 4, 0, 0]);
  assert.deepEqual(stored(fixed), [3, 4]);
  buffer.resize(3);
  assert.deepEqual(stored(tracking), [1, 2, 3]);
  assert.throws(() => stored(fixed), isTypeError(/no longer there/));
  assert.deepEqual(stored(new Uint8Array(0)), []);
});

// ---- Functions that are called back -------------------------------------------------------------

const asynchronous = {
  "an async function": [async () => Promise.reject(new Error("unheard")), /expected a function that is not asynchronous, got an async one$/],
  "an async generator": [async function* () {}, /expected a function that is not asynchronous, got an async one$/],
  "a function that returns a promise": [() => Promise.reject(new Error("unheard")), /expected a function that is not asynchronous, got one that returned a promise$/],
  "a function that returns a thenable": [() => ({ then: (_, reject) => reject(new Error("unheard")) }), /got one that returned a promise$/],
};
for (const [what, [call, pattern]] of Object.entries(asynchronous)) {
  test(`${what} is not taken for one that has done its work`, async (t) => {
    const store = newStore(t);
    store.putSync(put);
    const policy = { text: "return { name = require('schema').literal('B') }" };
    const file = path.join(temporaryFolder(t), "copy.db");
    const isRefused = isTypeError(pattern);
    await refused(store, "exportRows", [{ write: call }], isRefused);
    await refused(store, "tryPolicy", [policy, call], isRefused);
    await assert.rejects(store.verify({ onProgress: call }), isRefused);
    await assert.rejects(store.backup(file, { onProgress: call }), isRefused);
    assert.throws(() => new SecretStore({ path: ":memory:", keys, clock: call }), isRefused);
    let later = () => 1;
    const timed = newStore(t, { clock: () => later() });
    later = call;
    await refused(timed, "has", [secret], isTypeError(/^clock: expected/));
    later = () => 1;
    await new Promise(setImmediate); // what is not handled by now ends the process
  });
}
