// What deep comparisons of every kind are to tell apart.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { defineKeys } from "libsecretstore";
import { KEYS, fakeClock, newStore } from "./support.mjs";

/** Finds what the package itself is built and tested with. */
export const packaged = createRequire(createRequire(import.meta.url).resolve("libsecretstore/package.json"));

/** Two of each kind that differ in what they hide, and a third that is as the first. */
export function kinds(t) {
  const store = newStore(t, { clock: fakeClock() });
  for (const [name, value] of [["A", "sk_live_1"], ["B", "sk_live_2"], ["C", "sk_live_1"]]) {
    store.putSync({ name, value });
  }
  const read = (get) => ["A", "B", "C"].map((name) => store[get]({ name }));
  const open = () => newStore(t);
  return {
    "results of get": read("getSync"),
    "results of getBytes": read("getBytesSync"),
    keys: ["A", "B", "A"].map((name) => defineKeys([{ version: 1, value: KEYS[name] }])),
    callers: ["a", "b", "a"].map((actor) => store.withCaller({ actor })),
    stores: [store, open(), store],
  };
}

/** A test for each way to compare: a function that says whether two are equal. */
export function testComparisons(comparisons) {
  for (const [name, areEqual] of Object.entries(comparisons)) {
    test(`${name} tells apart what hides different things`, (t) => {
      for (const [kind, [first, other, same]] of Object.entries(kinds(t))) {
        assert.equal(areEqual(first, other), false, kind);
        assert.equal(areEqual([{ first }], [{ first: other }]), false, kind);
        assert.equal(areEqual(first, same), true, kind);
      }
    });
  }
}
