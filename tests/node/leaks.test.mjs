// 100,000 operations of each kind do not make the process grow. Run with --expose-gc.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretStore } from "libsecretstore";
import { KEYS } from "./support.mjs";

const OPERATIONS = 100_000;
const WARM_UP = 10_000;
const GROWTH_BYTES = 4 * 1024 * 1024; // 40 bytes for each operation
const BATCH = 100;
const ROUNDS_MAX = 5;

const name = "A";
const ignore = (call) => {
  try {
    call();
  } catch {
    // that it throws is what is measured
  }
};
const kinds = {
  putSync: (store) => store.putSync({ name, value: "v".repeat(100), metadata: { a: [1] } }),
  put: (store) => store.put({ name, value: Buffer.alloc(100), metadata: { a: [1] } }),
  putMany: (store) => store.putMany([{ name, value: "v" }]),
  getSync: (store) => store.getSync({ name: "TEXT" }),
  get: (store) => store.get({ name: "TEXT" }),
  getBytes: (store) => store.getBytes({ name: "TEXT" }),
  "getOrThrow that throws": (store) => store.getOrThrow({ name: "NONE" }).catch(() => {}),
  "getOrThrowSync that throws": (store) => ignore(() => store.getOrThrowSync({ name: "NONE" })),
  "hasSync that refuses": (store) => ignore(() => store.hasSync({ name: "a\0" })),
  updateSync: (store) => store.updateSync({ name, metadata: { b: "c" } }),
  update: (store) => store.update({ name, metadata: { b: "c" } }),
  remove: (store) => store.remove({ name: "NONE" }),
  listSync: (store) => store.listSync({ numItems: 2 }),
  list: (store) => store.list({ numItems: 2 }),
  listEvents: (store) => store.listEvents({ numItems: 2 }),
  withCaller: (store) => store.withCaller({ actor: "a", context: { b: 1 } }).hasSync({ name }),
  "verify with progress": {
    count: 2000,
    run: (store) => store.verify({ onProgress: () => {}, signal: new AbortController().signal }),
  },
};

async function settledBytes() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
  return process.memoryUsage.rss();
}

for (const [kind, what] of Object.entries(kinds)) {
  const { run = what, count = OPERATIONS } = what;
  test(`${kind} leaves no memory behind`, async () => {
    let nowMs = Date.now();
    const keys = [{ version: 1, value: KEYS.A }];
    const store = new SecretStore({ path: ":memory:", keys, clock: () => nowMs });
    store.putSync({ name: "TEXT", value: "x".repeat(1024), metadata: { owner: "o" } });
    store.putSync({ name, value: "v" });
    const repeat = async (times) => {
      for (let done = 0; done < times; done += BATCH) {
        await Promise.all(Array.from({ length: BATCH }, () => run(store)));
        // Else the store itself grows: it keeps events for thirty days.
        nowMs += 31 * 24 * 3_600_000;
        store.putSync({ name, value: "v" });
        while (!store.cleanupEventsSync({ retentionMs: 1 }).isDone);
      }
    };
    await repeat(Math.min(WARM_UP, count));
    // V8's heap grows in leaps, and stays; a leak grows every time.
    const grown = [];
    do {
      const before = await settledBytes();
      await repeat(count);
      grown.push((await settledBytes()) - before);
    } while (grown.at(-1) >= GROWTH_BYTES && grown.length < ROUNDS_MAX);
    assert.ok(grown.at(-1) < GROWTH_BYTES, `${grown} bytes more`);
    store.closeSync();
  });
}
