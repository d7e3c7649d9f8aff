// A scheduled job: moves secrets to the active key, removes what expired long ago, prunes old events,
// and verifies the audit log. With --once it runs once, else every hour.

import { setTimeout as sleep } from "node:timers/promises";
import { openFromEnvironment } from "./open.mjs";

const HOUR_MS = 60 * 60 * 1000;

async function drain(step) {
  let deleted = 0;
  for (;;) {
    const batch = await step();
    deleted += batch.deleted;
    if (batch.isDone) return deleted;
  }
}

async function run(store, signal) {
  const { rotated } = await store.rotateAll({ signal });
  const secrets = await drain(() => store.cleanupSecrets());
  const events = await drain(() => store.cleanupEvents());
  const report = await store.verify({ signal });
  console.log(`${rotated} rotated, ${secrets} secrets and ${events} events removed`);
  for (const fault of report.faults) console.error(`${fault.kind}: ${fault.message}`);
  const { keys } = await store.rotationStatus();
  for (const key of keys) {
    if (key.isSafeToRemove) console.log(`key version ${key.version} is safe to remove`);
  }
  return report.isIntact;
}

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const store = openFromEnvironment().withCaller({ actor: "maintenance" });
try {
  do {
    if (!(await run(store, stop.signal))) process.exitCode = 1;
    if (!process.argv.includes("--once")) await sleep(HOUR_MS, undefined, { signal: stop.signal });
  } while (!process.argv.includes("--once"));
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  await store.close();
}
