// What the processes and workers of ending.test.mjs do: they bring a store into a state, and end in some
// way in the midst of it.

import { copyFileSync } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { SecretStore } from "libsecretstore";

const [state, way, path, key] = isMainThread ? process.argv.slice(2) : workerData;

const ways = {
  exit: () => process.exit(7),
  throw: () => {
    setImmediate(() => {
      throw new Error("thrown on purpose");
    });
  },
  reject: () => void Promise.reject(new Error("rejected on purpose")),
  kill: () => process.kill(process.pid, "SIGTERM"),
  "handled signal": () => {
    process.once("SIGTERM", () => process.exit(7));
    process.kill(process.pid, "SIGTERM");
  },
  "exit twice": () => {
    process.on("exit", () => process.exit(7));
    process.exit(5);
  },
  "exit with a handler that uses the store": () => {
    process.on("exit", () => {
      store.putSync({ name: "LAST", value: "v" });
      store.closeSync();
    });
    process.exit(7);
  },
  "exit with a handler that throws": () => {
    process.once("exit", () => {
      throw new Error("thrown on purpose");
    });
    process.exit(7);
  },
  closeSync: () => {
    store.closeSync();
    settled().then((code) => process.exit(code));
  },
  close: () => {
    const closed = store.close();
    settled().then((code) => closed.then(() => process.exit(code)));
  },
  message: () => parentPort.postMessage("there"),
};

/** 7 if what is pending ended as it may: done, or closed. */
const settled = () => pending.then(() => 7, (error) => (error.code === "closed" ? 7 : 9));

let isAsked = false;
let pending = Promise.resolve();
/** Ends, once. */
const end = () => {
  if (isAsked) return;
  isAsked = true;
  ways[way]();
};

const store = new SecretStore({
  path,
  keys: [{ version: 2, value: key }, { version: 1, value: Buffer.alloc(32, 0xa1).toString("base64") }],
  durability: "normal",
  maintenance: state.startsWith("maintenance") ? { intervalMs: 1000 } : undefined,
  logLevel: "debug",
  log: state === "inside of log" ? end : () => {},
  clock: state === "inside of clock" ? () => (end(), 1_770_000_000_000) : undefined,
});

/** The main thread does nothing for a while: another thread that calls back waits for it. */
const stall = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
const forEver = async (start) => {
  for (;;) await start();
};

const states = {
  idle: end,
  "an export waits": () => {
    pending = store.exportRows({ write() {} });
    stall();
    end();
  },
  "four exports wait": () => {
    pending = Promise.all([1, 2, 3, 4, 5].map(() => store.exportRows({ write() {} })));
    stall();
    end();
  },
  "an export begins": () => {
    pending = store.exportRows({ write() {} });
    end();
  },
  "inside of write": () => {
    pending = store.exportRows({ write: end });
  },
  "inside of write of exportRowsSync": () => {
    store.exportRowsSync({ write: end });
  },
  "a verification runs": () => {
    pending = store.verify();
    end();
  },
  "inside of onProgress": () => {
    pending = store.verify({ onProgress: end });
  },
  "a verification waits": () => {
    pending = store.verify({ onProgress() {} });
    stall();
    end();
  },
  "a backup runs": () => {
    pending = store.backup(`${path}.copy`, { onProgress() {} });
    end();
  },
  "a rotation runs": () => {
    pending = store.rotateAll({ onProgress: end });
  },
  "an import runs": () => {
    const lines = [];
    store.exportRowsSync({ write: (line) => lines.push(line) });
    pending = store.importRows({ text: Buffer.concat(lines), existing: "replace" });
    end();
  },
  "puts run": () => {
    pending = Promise.all(Array.from({ length: 100 }, (_, i) => store.put({ name: `P${i}`, value: "v" })));
    end();
  },
  "a policy is tried": () => {
    pending = store.tryPolicy({ text: "return {}" });
    end();
  },
  "inside of onRefusal of tryPolicySync": () => {
    const text = "return { authorize = function() return false, 'no' end }";
    store.tryPolicySync({ text }, end);
  },
  "inside of log": () => {
    pending = store.put({ name: "A", value: "v" });
    setInterval(() => {}, 1000);
  },
  "inside of clock": () => {
    pending = store.put({ name: "A", value: "v" });
  },
  "maintenance works": () => {
    pending = forEver(() => store.put({ name: "A", value: "v" }));
    setTimeout(end, 20);
  },
  "everything runs": () => {
    const copy = `${path}.other`;
    copyFileSync(path, copy);
    const other = new SecretStore({ path: copy, keys: [{ version: 1, value: Buffer.alloc(32, 0xa1).toString("base64") }] });
    pending = forEver(() => store.exportRows({ write() {} }));
    void forEver(() => store.verify({ onProgress() {} }));
    void forEver(() => other.exportRows({ write() {} }));
    void forEver(() => other.put({ name: "A", value: "v" }));
    setTimeout(end, 20);
  },
};
pending.catch?.(() => {});
states[state]();
pending.catch(() => {});
