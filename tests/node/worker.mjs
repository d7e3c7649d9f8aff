// What the workers of workers.test.mjs do.

import { parentPort, workerData } from "node:worker_threads";
import { SecretStore } from "libsecretstore";

const { task, path, keys, number } = workerData;
const store = new SecretStore({
  path,
  keys,
  durability: "normal",
  busyTimeoutMs: 60_000,
  log: () => {},
});

const tasks = {
  async write() {
    for (let i = 0; i < 50; i += 2) {
      store.putSync({ name: `W${number}-${i}`, value: "v" });
      await store.put({ name: `W${number}-${i + 1}`, value: "v" });
    }
    store.closeSync();
    parentPort.postMessage("done");
  },
  async "put for ever"() {
    parentPort.postMessage("started");
    for (;;) {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.put({ name: `F${i}`, value: "v" })),
      );
    }
  },
  async "verify for ever"() {
    parentPort.postMessage("started");
    for (;;) await store.verify({ onProgress: () => {} });
  },
  async "export for ever"() {
    parentPort.postMessage("started");
    for (;;) await store.exportRows({ write: () => {} });
  },
  "block for ever"() {
    parentPort.postMessage("started");
    for (let i = 0; ; i++) store.putSync({ name: `B${i % 20}`, value: "v" });
  },
  "leave open"() {
    store.putSync({ name: "A", value: "v" });
    void store.put({ name: "A", value: "w" });
    parentPort.postMessage("left");
  },
};
await tasks[task]();
