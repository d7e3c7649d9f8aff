// Stores for tests, with a clock that stands still.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SecretStore } from "libsecretstore";

export const START_MS = 1_770_000_000_000;

const repeated = (byte) => Buffer.alloc(32, byte).toString("base64");
export const KEYS = { A: repeated(0xa1), B: repeated(0xb2), C: repeated(0xc3) };

/** A clock that moves only when told. */
export function fakeClock() {
  const clock = () => clock.nowMs;
  clock.nowMs = START_MS;
  return clock;
}

/** A folder that goes with the test. */
export function temporaryFolder(test) {
  const folder = mkdtempSync(path.join(tmpdir(), "secretstore-node-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new store in a folder of its own, which closes with the test. */
export function newStore(test, options = {}) {
  const store = new SecretStore({
    path: path.join(temporaryFolder(test), "store.db"),
    keys: [{ version: 1, value: KEYS.A }],
    durability: "normal",
    ...options,
  });
  test.after(() => store.closeSync());
  return store;
}
