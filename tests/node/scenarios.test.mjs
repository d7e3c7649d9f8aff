// Every case of tests/scenarios, synchronously and as promises.

import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import { SecretStore, SecretStoreError } from "libsecretstore";
import * as scenarios from "./scenarios.mjs";
import { KEYS, fakeClock, temporaryFolder } from "./support.mjs";

const CASES_AT_LEAST = 680;
const WE_CAN = ["handle"];

const all = scenarios.cases();
const runnable = all.filter(({ requires = [] }) => requires.every((it) => WE_CAN.includes(it)));

class Host {
  constructor(suffix, folder) {
    this.suffix = suffix;
    this.clock = fakeClock();
    this.options = {
      path: path.join(folder, "store.db"),
      keys: [{ version: 1, value: KEYS.A }],
      durability: "normal",
      clock: this.clock,
    };
  }

  async reopen(options) {
    await this.close();
    this.store = undefined;
    Object.assign(this.options, options);
    this.store = new SecretStore(this.options);
  }

  async close() {
    await this.store?.[`close${this.suffix}`]();
  }

  async carryOut(operation, given) {
    if (operation === "clock") {
      scenarios.checkMembers(given, ["set", "advance"], "clock");
      this.clock.nowMs = given.set ?? this.clock.nowMs + given.advance;
      return null;
    }
    if (operation === "reopen") return this.reopen(scenarios.openOptions(given));
    assert.ok(this.store, "there is no store");
    if (operation === "close") return this.close();
    const { args, caller } = scenarios.prepare(operation, given);
    const store = caller === undefined ? this.store : this.store.withCaller(caller);
    return scenarios.finish(operation, await store[operation + this.suffix](args));
  }
}

async function runStep(host, step, variables, at) {
  scenarios.checkMembers(step, ["op", "args", "expect", "error", "save"], at);
  const args = scenarios.expand(step.args ?? {}, variables);
  let result;
  try {
    result = await host.carryOut(step.op, args);
  } catch (error) {
    if (!(error instanceof SecretStoreError)) throw error;
    assert.equal(error.code, step.error, `${at}: ${error.message}`);
    return;
  }
  assert.equal(step.error, undefined, `${at}: expected an error, got ${JSON.stringify(result)}`);
  if ("expect" in step) {
    const why = scenarios.mismatch(scenarios.expand(step.expect, variables), result);
    assert.equal(why, null, `${at}: ${why}`);
  }
  for (const [variable, field] of Object.entries(step.save ?? {})) {
    assert.ok(result[field] != null, `${at}: ${field} cannot be saved`);
    variables.set(variable, result[field]);
  }
}

for (const suffix of ["Sync", ""]) {
  describe(suffix === "" ? "promises" : "synchronous", () => {
    for (const { file, name, options = {}, steps } of runnable) {
      test(`${file}: ${name}`, async (t) => {
        const host = new Host(suffix, temporaryFolder(t));
        await host.reopen(scenarios.openOptions(options));
        t.after(() => host.close());
        const variables = new Map();
        for (const [index, step] of steps.entries()) {
          await runStep(host, step, variables, `step ${index + 1}`);
        }
      });
    }
  });
}

test("all cases are there", () => {
  assert.ok(all.length >= CASES_AT_LEAST);
  const leftOut = new Set(
    all.filter((it) => !runnable.includes(it)).map(({ requires }) => requires.join()),
  );
  // JavaScript passes strings and objects: what is no UTF-8 or no JSON cannot be said there.
  assert.deepEqual([...leftOut].sort(), ["raw-bytes", "raw-json", "raw-json,raw-bytes"]);
});
