/**
 * What is hidden still tells objects apart.
 *
 * A deep comparison (node:assert, Jest, vitest, lodash) sees enumerable members, and would find two
 * results with different secrets equal, as their values are no such members: else printing, JSON and
 * copies would show them. But it compares the objects' tags first. So the tag of an object that hides
 * something ends in a keyed digest of it: equal for equal secrets, different for different ones, and
 * useless to whoever does not have this process's key. It costs nothing until somebody compares.
 */

import { createHmac, randomBytes } from "node:crypto";

const DIGEST_BYTES = 16;

let key: Buffer | undefined;

/** A tag, for `Symbol.toStringTag`, that differs where what is hidden differs. @internal */
export function tagOf(name: string, hidden: string | Uint8Array): string {
  key ??= randomBytes(32);
  const digest = createHmac("sha256", key).update(typeof hidden).update("\0").update(hidden).digest();
  return `${name} ${digest.subarray(0, DIGEST_BYTES).toString("hex")}`;
}
