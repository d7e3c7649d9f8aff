/** What TypeScript's types say, said again at run time to plain JavaScript. Types are told by brand, as
 * whoever calls may be of another realm (Jest, vitest, node:vm). */

import { types } from "node:util";
import { SecretStoreError } from "./errors.js";
import { constantsOf } from "./native.js";

// ---- Kinds of values -----------------------------------------------------------------------------

/** What a value is, as messages call it; nothing of what it holds. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const tag = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return tag === "Object" || tag === "Array" ? `an ${tag.toLowerCase()}` : `an object (${tag})`;
}

/** The TypeError for a value of the wrong kind. */
export function wrongType(label: string, wanted: string, got: unknown): TypeError {
  return new TypeError(`${label}: expected ${wanted}, got ${kindOf(got)}`);
}

export function checkedFunction<Value>(value: Value, label: string): Value {
  if (typeof value !== "function") throw wrongType(label, "a function", value);
  return value;
}

const NOT_ASYNCHRONOUS = "expected a function that is not asynchronous";

/** A function that is called back. Nobody waits for what it returns: what is asynchronous, which would
 * fail unheard and be told too much at once, is refused. */
export function calledBack<Args extends unknown[], Result>(
  call: (...args: Args) => Result,
  label: string,
): (...args: Args) => Result {
  checkedFunction(call, label);
  if (types.isAsyncFunction(call)) throw new TypeError(`${label}: ${NOT_ASYNCHRONOUS}, got an async one`);
  return (...args) => {
    const result = call(...args);
    refusePromise(result, label);
    return result;
  };
}

/** Refuses a promise, whose own failure is then no matter. */
function refusePromise(result: unknown, label: string): void {
  const then = (result as PromiseLike<unknown> | null | undefined)?.then;
  if (typeof then !== "function") return;
  Promise.resolve(result).catch(() => undefined);
  throw new TypeError(`${label}: ${NOT_ASYNCHRONOUS}, got one that returned a promise`);
}

/** An integer that JavaScript's numbers hold exactly; its range is the library's to check. */
export function integer(value: unknown, label: string): number {
  if (typeof value !== "number") throw wrongType(label, "a number", value);
  if (Number.isSafeInteger(value)) return value;
  const message = `${label}: expected an integer up to 2^53-1 in size, got ${value}`;
  throw new SecretStoreError(message, "invalid_argument");
}

/** The number of a named choice, which is one of a group of constants. */
export function codeOf(group: string, name: unknown, label: string): number {
  const names = constantsOf(group);
  if (typeof name !== "string") throw wrongType(label, "a string", name);
  const code = Object.hasOwn(names, name) ? names[name] : undefined;
  if (code !== undefined) return code;
  const wanted = Object.keys(names).map((known) => `"${known}"`).join(", ");
  const message = `${label}: expected one of ${wanted}, got ${quoted(name)}`;
  throw new SecretStoreError(message, "invalid_argument");
}

export function checkedText(value: unknown, label: string): string {
  if (typeof value !== "string") throw wrongType(label, "a string", value);
  return value;
}

/** Text, or bytes that nobody else changes or takes away meanwhile. */
export function textOrBytes(value: unknown, label: string): string | Uint8Array {
  if (typeof value === "string") return value;
  if (!types.isUint8Array(value)) throw wrongType(label, "a string or a Uint8Array", value);
  if (types.isSharedArrayBuffer(value.buffer)) {
    throw new TypeError(`${label}: expected bytes of its own, got shared memory; pass a copy`);
  }
  if (value.length === 0 && isGone(value)) {
    throw new TypeError(`${label}: expected bytes, got a view of an ArrayBuffer that is no longer there`);
  }
  return value;
}

/** Detached, or out of the bounds that its buffer was resized to: an array of no bytes, which would
 * pass for an empty value. Methods refuse it. */
function isGone(bytes: Uint8Array): boolean {
  try {
    Uint8Array.prototype.at.call(bytes, 0);
    return false;
  } catch {
    return true;
  }
}

/** An AbortSignal of any realm, or what looks like one. */
export function checkSignal(value: unknown): void {
  const looksRight =
    typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
  if (!looksRight) throw wrongType("signal", "an AbortSignal", value);
}

// ---- Names in objects ----------------------------------------------------------------------------

/** The members of an interface, all of them and no others: tsc compares. */
export type NamesOf<T> = { readonly [Name in keyof Required<T>]: true };

export type Names = ReadonlySet<string>;

export function namesOf<T>(names: NamesOf<T>): Names {
  return new Set(Object.keys(names));
}

/**
 * Refuses what is no object, and names that are not known: a misspelt one would do nothing. Members
 * that are inherited are read as others are, and hence checked; methods and accessors of classes are
 * not enumerable, and no matter. Symbols are ignored.
 */
export function checkNames(value: unknown, names: Names, label: string, what = "argument"): void {
  if (!isPlain(value)) throw wrongType(label, "an object", value);
  for (const name in value) {
    if (!names.has(name)) throw new TypeError(unknownNames(value, names, label, what));
  }
}

/** What takes no arguments is given none; an empty object is none. */
export function checkNone(given: readonly unknown[]): void {
  for (const argument of given) {
    if (argument === undefined) continue;
    if (!isPlain(argument)) throw wrongType("arguments", "none", argument);
    checkNames(argument, new Set(), "arguments");
  }
}

/** An object with members: no list, Map or the like, and no Promise that was not awaited. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Object.getPrototypeOf(value) === Object.prototype) return true; // most are: it is faster
  return !(Symbol.iterator in value) && !types.isPromise(value);
}

const hollow = [
  types.isMap, types.isSet, types.isWeakMap, types.isWeakSet, types.isPromise, types.isRegExp,
  types.isNativeError, types.isAnyArrayBuffer, types.isDataView,
];

/** What JSON takes for an object without members, and leaves its contents out. (What has a toJSON is
 * another object by then.) */
export function isHollow(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (Object.getPrototypeOf(value) === Object.prototype) return false; // most are: it is faster
  if (hollow.some((isOne) => isOne(value))) return true;
  return Symbol.iterator in value && !types.isBoxedPrimitive(value) && Object.keys(value).length === 0;
}

function unknownNames(value: object, names: Names, label: string, what: string): string {
  const faults: string[] = [];
  let isHelped = true;
  for (const name in value) {
    if (names.has(name)) continue;
    const meant = nearest(name, names);
    faults.push(`unknown ${what} ${quoted(name)}${meant === null ? "" : `; did you mean "${meant}"?`}`);
    isHelped &&= meant !== null;
  }
  const known = isHelped ? "" : `; expected ${[...names].join(", ") || "none"}`;
  const where = label === `${what}s` ? "" : `${label}: `;
  return `${where}${faults.join(", ")}${known}`;
}

const LONGEST_QUOTED = 40;

function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_QUOTED ? `${name.slice(0, LONGEST_QUOTED)}...` : name);
}

/** Which known name an unknown one most likely was meant to be; null if none is near. */
function nearest(name: string, names: Names): string | null {
  if (name.length > LONGEST_QUOTED) return null;
  let best: string | null = null;
  let fewest = name.length > 4 ? 3 : 2;
  for (const known of names) {
    const edits = Math.min(distance(plainly(name), plainly(known)), isPartOf(name, known) ? 1.5 : Infinity);
    if (edits < fewest) [best, fewest] = [known, edits];
  }
  return best;
}

/** Names of other spellings: `if_revision`, `TTLMS`. */
function plainly(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** `ttl` of `ttlMs`. */
function isPartOf(name: string, known: string): boolean {
  return name.length > 2 && plainly(known).startsWith(plainly(name));
}

/** How many letters to add, take away or change. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + change));
    }
    previous = current;
  }
  return previous[b.length]!;
}
