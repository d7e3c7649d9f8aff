// As comparison.test.mjs, with vitest, whose expect cannot be in one process with Jest's.

import { packaged, testComparisons } from "./comparison.mjs";

const { equals, iterableEquality, typeEquality } = await import(packaged.resolve("@vitest/expect"));

testComparisons({
  "vitest's toEqual": (a, b) => equals(a, b, [iterableEquality]),
  "vitest's toStrictEqual": (a, b) => equals(a, b, [iterableEquality, typeEquality], true),
});
