// Processes and workers that end, and stores that close, in the midst of something: nothing waits for a
// callback that will never be called. The bound only tells an end from none.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { SecretStore } from "libsecretstore";
import { KEYS, newStore, temporaryFolder } from "./support.mjs";

const BOUND_MS = 60_000;
const SECRETS = 1000;
const program = fileURLToPath(new URL("./ending.mjs", import.meta.url));

let model;
before(async (t) => {
  model = path.join(temporaryFolder({ after: (clean) => process.once("exit", clean) }), "model.db");
  const store = new SecretStore({ path: model, keys: [{ version: 1, value: KEYS.A }], durability: "normal" });
  await store.putMany(Array.from({ length: SECRETS }, (_, i) => ({ name: `N${i}`, value: "v".repeat(100) })));
  store.closeSync();
});

/** A copy of the store, which must be whole when the test has ended. */
function copyOf(t) {
  const file = path.join(temporaryFolder(t), "store.db");
  copyFileSync(model, file);
  return file;
}

function checkWhole(t, file) {
  const keys = [{ version: 2, value: KEYS.B }, { version: 1, value: KEYS.A }];
  const report = newStore(t, { path: file, keys }).verifySync();
  assert.equal(report.isIntact, true, JSON.stringify(report.faults));
  assert.ok(report.rowsChecked >= SECRETS);
}

/** How the process of a state ends that ends in a way: its code or its signal. */
async function endOf(t, state, way, env = {}) {
  const file = copyOf(t);
  const words = [program, state, way, file, KEYS.B];
  const options = { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout: BOUND_MS, killSignal: "SIGKILL" };
  const child = spawn(process.execPath, words, options);
  let said = "";
  child.stdout.on("data", (data) => (said += data));
  child.stderr.on("data", (data) => (said += data));
  const [code, signal] = await once(child, "close");
  checkWhole(t, file);
  return { end: code ?? signal, said };
}

test("a backup that was pending leaves its file whole, or nothing", async (t) => {
  const file = copyOf(t);
  const child = spawn(process.execPath, [program, "a backup runs", "exit", file, KEYS.B], { timeout: BOUND_MS });
  assert.deepEqual(await once(child, "close"), [7, null]);
  const found = readdirSync(path.dirname(file)).filter((name) => !/^store\.db(-wal|-shm)?$/.test(name));
  if (found.length > 0) {
    assert.deepEqual(found, ["store.db.copy"]);
    checkWhole(t, `${file}.copy`);
  }
});

const states = [
  "idle", "an export waits", "four exports wait", "an export begins", "inside of write",
  "inside of write of exportRowsSync", "a verification runs", "inside of onProgress",
  "a verification waits", "a backup runs", "a rotation runs", "an import runs", "puts run",
  "a policy is tried", "inside of onRefusal of tryPolicySync", "inside of log", "inside of clock",
  "maintenance works", "everything runs",
];
for (const state of states) {
  test(`process.exit ends the process at once: ${state}`, async (t) => {
    const { end, said } = await endOf(t, state, "exit");
    assert.equal(end, 7, said);
    assert.equal(said, "");
  });
}

test("process.exit ends the process at once, whatever its handlers throw", async (t) => {
  const { end, said } = await endOf(t, "an export waits", "exit with a handler that throws");
  assert.ok([1, 7].includes(end), said); // which of them is Node's affair
});

const ends = {
  throw: 1,
  reject: 1,
  kill: "SIGTERM",
  "handled signal": 7,
  "exit twice": 7,
  "exit with a handler that uses the store": 7,
};
for (const [way, wanted] of Object.entries(ends)) {
  for (const state of ["an export waits", "a verification runs", "a backup runs", "inside of write", "everything runs"]) {
    test(`a process ends by ${way}: ${state}`, async (t) => {
      const { end, said } = await endOf(t, state, way);
      assert.equal(end, wanted, said);
    });
  }
}

const closable = states.filter((state) => !/idle|Sync$|maintenance|everything|four|inside of (log|clock)/.test(state));
for (const way of ["closeSync", "close"]) {
  for (const state of closable) {
    test(`${way} waits for no callback: ${state}`, async (t) => {
      for (const UV_THREADPOOL_SIZE of ["1", "4"]) {
        const { end, said } = await endOf(t, state, way, { UV_THREADPOOL_SIZE });
        assert.equal(end, 7, said);
      }
    });
  }
}

test("closeSync inside of a callback of a Sync call takes effect with its end", (t) => {
  const store = newStore(t, { path: copyOf(t) });
  const isClosed = (error) => error.code === "closed";
  assert.throws(() => store.exportRowsSync({ write: () => store.closeSync() }), isClosed);
  assert.throws(() => store.hasSync({ name: "A" }), isClosed);
  const other = newStore(t, { path: copyOf(t) });
  const text = "return { authorize = function() return false, 'no' end }";
  assert.throws(() => other.tryPolicySync({ text }, () => other.closeSync()), isClosed);
  let third;
  third = newStore(t, { path: copyOf(t), clock: () => (third?.closeSync(), 1) });
  assert.throws(() => third.hasSync({ name: "A" }), isClosed);
});

test("an export is closed by its write if it has more to do, and is whole if it resolves", async (t) => {
  const isClosed = (error) => error.code === "closed";
  const long = newStore(t, { path: copyOf(t) });
  await assert.rejects(long.exportRows({ write: () => long.closeSync() }), isClosed);
  const short = newStore(t);
  short.putSync({ name: "A", value: "v" });
  const pieces = [];
  const write = (lines) => {
    pieces.push(lines);
    short.closeSync();
  };
  const report = await short.exportRows({ write }).catch((error) => assert.ok(isClosed(error), String(error)));
  if (report !== undefined) assert.match(Buffer.concat(pieces).toString(), /"A"/);
  assert.throws(() => short.hasSync({ name: "A" }), isClosed);
});

test("an operation may be made inside of the callbacks of others", async (t) => {
  const store = newStore(t, { path: copyOf(t) });
  let number = 0;
  const write = () => void store.putSync({ name: `W${number++ % 10}`, value: "v" });
  assert.equal(store.exportRowsSync({ write }).failed, 0);
  assert.equal((await store.exportRows({ write })).failed, 0);
  await store.verify({ onProgress: write });
  assert.ok(number > SECRETS);
});

for (const state of states.filter((name) => !/idle|inside of (clock|log)|Sync$/.test(name))) {
  test(`a worker that is terminated ends: ${state}`, async (t) => {
    const file = copyOf(t);
    const worker = new Worker(program, { workerData: [state, "message", file, KEYS.B] });
    await once(worker, "message");
    await worker.terminate();
    checkWhole(t, file);
  });

  test(`a worker ends itself by process.exit: ${state}`, async (t) => {
    const file = copyOf(t);
    const worker = new Worker(program, { workerData: [state, "exit", file, KEYS.B] });
    const [code] = await once(worker, "exit");
    assert.equal(code, 7);
    checkWhole(t, file);
  });
}

test("a process ends while its workers are at work", async (t) => {
  const file = copyOf(t);
  const main = `
    import { Worker } from "node:worker_threads";
    import { once } from "node:events";
    const states = ["an export waits", "a verification runs", "a backup runs", "everything runs"];
    await Promise.all(states.map((state, i) => once(new Worker(${JSON.stringify(program)}, {
      execArgv: [], workerData: [state, "message", process.argv[1] + i, process.argv[2]] }), "message")));
    process.exit(7);`;
  for (let i = 0; i < 4; i++) copyFileSync(model, file + i);
  const words = ["--input-type=module", "-e", main, file, KEYS.B];
  const cwd = path.dirname(program);
  const child = spawn(process.execPath, words, { cwd, timeout: BOUND_MS, killSignal: "SIGKILL", stdio: "inherit" });
  const [code, signal] = await once(child, "close");
  assert.equal(code ?? signal, 7);
  for (let i = 0; i < 4; i++) checkWhole(t, file + i);
});
