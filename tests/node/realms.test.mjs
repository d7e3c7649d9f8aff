// The package in another realm than its addon and its callers: as Jest, vitest's vmThreads and node:vm
// have it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import * as ours from "libsecretstore";
import { KEYS, temporaryFolder } from "./support.mjs";

const outer = createRequire(import.meta.url);
const dist = path.dirname(outer.resolve("libsecretstore"));

/** A copy of the package whose code, unlike Node's own modules and the addon, is of a new realm. */
function inNewRealm(prepare = "") {
  const context = vm.createContext({ process, console });
  vm.runInContext(prepare, context);
  const modules = new Map();
  const load = (file) => {
    if (modules.has(file)) return modules.get(file).exports;
    const module = { exports: {} };
    modules.set(file, module);
    const fromHere = (name) => (name.startsWith("./") ? load(path.join(dist, name)) : createRequire(file)(name));
    const wrapped = `(function (module, exports, require, __dirname) {${readFileSync(file, "utf8")}\n})`;
    vm.runInContext(wrapped, context, { filename: file })(module, module.exports, fromHere, dist);
    return module.exports;
  };
  const run = (program) => vm.runInContext(`(async () => {${program}})()`, context);
  Object.assign(context, { secretstore: load(path.join(dist, "index.js")), KEYS, ours });
  return { context, run };
}

const OPEN = `
  const { SecretStore, SecretStoreError, isSecretStoreError, defineKeys } = secretstore;
  const store = new SecretStore({ path: ":memory:", keys: defineKeys([{ version: 1, value: KEYS.A }]) });
  const failure = async (call) => {
    try {
      await call();
    } catch (error) {
      return error;
    }
  };
`;

test("failures are told in the realm that they are thrown in", async () => {
  const { run } = inNewRealm();
  const found = await run(`${OPEN}
    const calls = [
      () => store.getOrThrowSync({ name: "NONE" }),
      () => store.getOrThrow({ name: "NONE" }),
      () => store.putSync({ name: "A", value: "v", ifRevision: 7 }),
      () => store.importRows({ text: "no rows" }),
      () => new SecretStore({ path: ":memory:", keys: [{ version: 1, value: "x" }] }),
      () => secretstore.checkPolicy({ text: "return 1" }),
    ];
    const errors = await Promise.all(calls.map(failure));
    return errors.map((error) => [
      error.code, error instanceof SecretStoreError, error instanceof Error, isSecretStoreError(error),
      isSecretStoreError(error, error.code), error.constructor === SecretStoreError,
    ]).map((row) => row.join());
  `);
  const codes = ["not_found", "not_found", "conflict", "invalid_argument", "invalid_options", "policy_invalid"];
  assert.deepEqual([...found], codes.map((code) => `${code},true,true,true,true,true`));
});

test("wrong types are TypeErrors of the realm, whoever found them", async () => {
  const { run } = inNewRealm();
  const found = await run(`${OPEN}
    const calls = [
      () => store.hasSync({ name: 5 }),
      () => store.put({ name: "A", value: "v", ttlMs: "1" }),
      () => store.hasSync({ nam: "A" }),
      () => store.backup(5),
    ];
    return (await Promise.all(calls.map(failure))).map((error) => error instanceof TypeError).join();
  `);
  assert.equal(found, "true,true,true,true");
});

test("an error is told in other realms than its own", async () => {
  const { context, run } = inNewRealm();
  const error = await run(`${OPEN} return failure(() => store.getOrThrowSync({ name: "NONE" }));`);
  assert.notEqual(context.secretstore.SecretStoreError, ours.SecretStoreError);
  assert.ok(!(error instanceof Error));
  assert.ok(error instanceof ours.SecretStoreError);
  assert.ok(ours.isSecretStoreError(error, "not_found"));
  assert.ok(!ours.isSecretStoreError(error, "expired"));
  class Mine extends ours.SecretStoreError {}
  assert.ok(!(error instanceof Mine));
  assert.ok(new Mine("mine", "closed") instanceof Mine);
  const others = [null, undefined, "not_found", new Error("x"), { code: "not_found" }, Object.assign(new Error(), { code: "closed" })];
  for (const other of others) {
    assert.ok(!ours.isSecretStoreError(other) && !(other instanceof ours.SecretStoreError));
  }
});

test("what callbacks throw comes out as it is, be it like one of ours", async () => {
  const { run } = inNewRealm();
  const found = await run(`${OPEN}
    await store.put({ name: "A", value: "v" });
    const thrown = [Object.assign(new Error("mine"), { code: "closed" }), { code: "not_found" }, "text", null];
    const outcomes = [];
    for (const mine of thrown) {
      const write = () => { throw mine; };
      outcomes.push((await failure(() => store.exportRows({ write }))) === mine);
      outcomes.push((await failure(() => store.exportRowsSync({ write }))) === mine);
    }
    return outcomes.join();
  `);
  assert.equal(found, Array(8).fill("true").join());
});

test("arrays and objects of results are of the realm", async () => {
  const { run } = inNewRealm();
  const found = await run(`${OPEN}
    const isOurs = (list) => list instanceof Array && list.every((item) => item instanceof Object);
    await store.putMany([{ name: "A", value: "v", metadata: { a: [1] } }]);
    return [
      isOurs(await store.putMany([{ name: "B", value: "v" }])),
      isOurs((await store.list({})).page),
      isOurs(store.listEventsSync({}).page),
      isOurs(store.listNamespacesSync().page),
      isOurs((await store.rotationStatus()).keys),
      isOurs(store.verifySync().faults),
      isOurs(store.exportRowsSync({ write() {} }).faults),
      store.getSync({ name: "A" }).metadata.a instanceof Array,
      store.get({ name: "A" }) instanceof Promise,
    ].join();
  `);
  assert.equal(found, Array(9).fill("true").join());
});

test("arguments of other realms are taken", async (t) => {
  const { context, run } = inNewRealm();
  const store = new ours.SecretStore({
    path: path.join(temporaryFolder(t), "store.db"),
    keys: vm.runInContext("[{ version: 1, value: KEYS.A }]", context),
    log: vm.runInContext("() => {}", context),
  });
  context.store = store;
  await run(`
    await store.put({ name: "A", value: new Uint8Array([1, 2]), metadata: { a: [1] } });
    await store.putMany([{ name: "B", value: "v" }]);
    const lines = [];
    await store.exportRows({ write: (line) => lines.push(line) });
    await store.verify({ onProgress() {} });
  `);
  assert.deepEqual([...store.getBytesOrThrowSync({ name: "A" }).value], [1, 2]);
  const shared = vm.runInContext("new Uint8Array(new SharedArrayBuffer(2))", context);
  assert.throws(() => store.putSync({ name: "A", value: shared }), /shared memory/);
  // The signal of another realm, or of a polyfill.
  const signal = Object.assign(new (class extends EventTarget {})(), { aborted: true, reason: "enough" });
  await assert.rejects(store.verify({ signal }), (error) => error === "enough");
  store.closeSync();
});

test("without Symbol.dispose everything but using is there", async () => {
  const { run } = inNewRealm("delete Symbol.dispose; delete Symbol.asyncDispose;");
  const found = await run(`${OPEN}
    if (Symbol.dispose !== undefined || Symbol.asyncDispose !== undefined) throw new Error("they are there");
    store.putSync({ name: "A", value: "v" });
    const names = Object.getOwnPropertyNames(SecretStore.prototype);
    store.closeSync();
    return [names.includes("undefined"), typeof store[undefined]].join();
  `);
  assert.equal(found, "false,undefined");
});
