// Objects that hide something are told apart by deep comparisons, and still show nothing.

import assert from "node:assert/strict";
import loose from "node:assert";
import { test } from "node:test";
import { format, inspect, isDeepStrictEqual } from "node:util";
import { SecretStore } from "libsecretstore";
import { kinds, packaged, testComparisons } from "./comparison.mjs";
import { KEYS, fakeClock, newStore } from "./support.mjs";

const { expect: jest } = packaged("expect");

const passes = (check) => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

testComparisons({
  "util.isDeepStrictEqual": isDeepStrictEqual,
  "assert.deepStrictEqual": (a, b) => passes(() => assert.deepStrictEqual(a, b)),
  "assert.deepEqual": (a, b) => passes(() => loose.deepEqual(a, b)),
  "Jest's toEqual": (a, b) => passes(() => jest(a).toEqual(b)),
  "Jest's toStrictEqual": (a, b) => passes(() => jest(a).toStrictEqual(b)),
});

test("text and bytes are different results", (t) => {
  const store = newStore(t, { clock: fakeClock() });
  store.putSync({ name: "A", value: "v" });
  assert.notDeepStrictEqual(store.getSync({ name: "A" }), store.getBytesSync({ name: "A" }));
});

test("whatever prints, and whatever fails to compare, shows no value", (t) => {
  for (const [kind, [first, other]] of Object.entries(kinds(t))) {
    const messages = [];
    for (const check of [
      () => assert.deepStrictEqual(first, other),
      () => jest(first).toEqual(other),
      () => jest(first).toStrictEqual(other),
      () => jest([first]).toEqual([{ ...other }]),
    ]) {
      try {
        check();
      } catch (error) {
        messages.push(error.message);
      }
    }
    const shown = [
      inspect(first),
      inspect(first, { customInspect: false, showHidden: true, depth: 9 }),
      format("%s %o %O %j", first, first, first, first),
      JSON.stringify(first),
      String(first),
      inspect({ ...first }),
      ...messages,
    ].join("\n");
    for (const value of ["sk_live", Buffer.from("sk_live_1").toString("hex"), "73 6b 5f 6c", KEYS.A, KEYS.B]) {
      assert.ok(!shown.includes(value), `${kind}: ${shown}`);
    }
  }
});

test("a tag tells nothing to another process", (t) => {
  const [first] = kinds(t)["results of get"];
  assert.match(String(first), /^\[object GetSuccess [0-9a-f]{32}\]$/);
  assert.match(String(new SecretStore({ path: ":memory:", keys: [{ version: 1, value: KEYS.A }] })), /^\[object SecretStore /);
});
