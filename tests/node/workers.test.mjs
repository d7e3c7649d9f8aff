// worker_threads, processes, and the event loop.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { KEYS, newStore, temporaryFolder } from "./support.mjs";

const WORKERS = 4;
const worker = new URL("./worker.mjs", import.meta.url);
const keys = [{ version: 1, value: KEYS.A }];

const message = (from) => new Promise((resolve, reject) => {
  from.once("message", resolve);
  from.once("error", reject);
});

test("four workers share a file", async (t) => {
  const store = newStore(t);
  const { path: file } = store.toJSON();
  const all = Array.from({ length: WORKERS }, (_, number) => {
    return new Worker(worker, { workerData: { task: "write", path: file, keys, number } });
  });
  assert.deepEqual(await Promise.all(all.map(message)), Array(WORKERS).fill("done"));
  const report = await store.verify();
  assert.equal(report.isIntact, true);
  assert.equal(report.rowsChecked, WORKERS * 50);
});

test("a worker that is terminated in mid-call harms nothing", async (t) => {
  const store = newStore(t);
  const { path: file } = store.toJSON();
  await store.putMany(Array.from({ length: 3000 }, (_, i) => ({ name: `N${i}`, value: "v" })));
  for (const task of ["put for ever", "verify for ever", "export for ever", "block for ever"]) {
    for (const delay of [0, 1, 3, 7, 20]) {
      const running = new Worker(worker, { workerData: { task, path: file, keys, number: 9 } });
      assert.equal(await message(running), "started");
      await new Promise((resolve) => setTimeout(resolve, delay));
      await running.terminate();
    }
  }
  const report = await store.verify();
  assert.equal(report.isIntact, true);
  assert.equal(store.putSync({ name: "AFTER", value: "v" }).isNew, true);
});

test("a store that is not closed ends with its worker and with its process", async (t) => {
  const file = path.join(temporaryFolder(t), "store.db");
  const left = new Worker(worker, { workerData: { task: "leave open", path: file, keys } });
  const ended = new Promise((resolve) => left.once("exit", resolve));
  assert.equal(await message(left), "left");
  assert.equal(await ended, 0);
  const program = `
    import { SecretStore } from "libsecretstore";
    const store = new SecretStore({ path: ${JSON.stringify(file)}, keys: ${JSON.stringify(keys)},
      maintenance: { intervalMs: 1000 }, log: () => {}, logLevel: "debug" });
    store.putSync({ name: "B", value: "v" });
    void store.verify();
    console.log("left");`;
  const words = ["--input-type=module", "-e", program];
  const cwd = path.dirname(fileURLToPath(import.meta.url));
  assert.equal(execFileSync(process.execPath, words, { cwd, timeout: 60_000 }).toString(), "left\n");
  assert.equal(newStore(t, { path: file }).hasSync({ name: "B" }), true);
});

test("the loop goes on while a promise is worked on", async (t) => {
  const store = newStore(t);
  await store.putMany(
    Array.from({ length: 5000 }, (_, i) => ({ name: `N${i}`, value: "v".repeat(1000) })),
  );
  let ticks = 0;
  let isDone = false;
  const verified = store.verify().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    ticks++;
    await new Promise(setImmediate);
  }
  assert.equal((await verified).rowsChecked, 5000);
  assert.ok(ticks > 10, `${ticks} turns`);
});
