// The notation of tests/scenarios/README.md, and its operations on the Node package.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { KEYS } from "./support.mjs";

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "scenarios");
const CUT_CHARACTERS = 4;

/** Every case, with the name of its file. */
export function cases() {
  const files = readdirSync(FOLDER).filter((n) => n.endsWith(".json") && n !== "schema.json");
  return files.sort().flatMap((name) => {
    const file = JSON.parse(readFileSync(path.join(FOLDER, name), "utf8"));
    return file.cases.map((description) => ({ file: path.parse(name).name, ...description }));
  });
}

/** A misspelt member is a mistake in the file. */
export function checkMembers(object, allowed, where) {
  const unknown = Object.keys(object).filter((key) => !allowed.includes(key));
  assert.deepEqual(unknown, [], `${where}: unknown members`);
}

// ---- Expanding ---------------------------------------------------------------------------------

function flip(text) {
  const middle = Math.floor(text.length / 2);
  const other = text[middle] === "A" ? "B" : "A";
  return text.slice(0, middle) + other + text.slice(middle + 1);
}

const forms = {
  "count,repeat": (form) => form.repeat.repeat(form.count),
  base64: (form) => Buffer.from(form.base64, "base64"),
  flip: (form, variables) => flip(expand(form.flip, variables)),
  cut: (form, variables) => expand(form.cut, variables).slice(0, -CUT_CHARACTERS),
};

/** Fills in variables and generated texts. */
export function expand(value, variables) {
  if (typeof value === "string" && value.startsWith("$")) {
    assert.ok(variables.has(value.slice(1)), `${value} was never saved`);
    return variables.get(value.slice(1));
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, variables));
  if (typeof value !== "object" || value === null) return value;
  const form = forms[Object.keys(value).sort().join()];
  if (form !== undefined) return form(value, variables);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expand(item, variables)]),
  );
}

// ---- Matching ----------------------------------------------------------------------------------

const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);

const matchers = {
  $exactly: (operand, actual, where) => {
    const extra = Object.keys(actual).filter((key) => !Object.hasOwn(operand, key));
    return extra.length > 0 ? `${where}: unexpected ${extra}` : mismatch(operand, actual, where);
  },
  $count: (operand, actual, where) =>
    Array.isArray(actual) && actual.length === operand ? null : `${where}: not ${operand} items`,
  $not: (operand, actual, where) =>
    mismatch(operand, actual, where) === null ? `${where}: expected not that` : null,
  // The text of metadata is not to be seen in JavaScript: its meaning is compared.
  $text: (operand, actual, where) => mismatch(JSON.parse(operand), actual, where),
};

/** Why actual is not what expected asks for; null if it is. */
export function mismatch(expected, actual, where = "result") {
  if (isObject(expected)) {
    const keys = Object.keys(expected);
    if (keys.length === 1 && keys[0].startsWith("$")) {
      assert.ok(matchers[keys[0]], `${where}: unknown matcher ${keys[0]}`);
      return matchers[keys[0]](expected[keys[0]], actual, where);
    }
    if (!isObject(actual)) return `${where}: expected an object, got ${JSON.stringify(actual)}`;
    for (const key of keys) {
      if (!(key in actual)) return `${where}.${key}: missing`;
      const found = mismatch(expected[key], actual[key], `${where}.${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return `${where}: expected ${expected.length} items, got ${JSON.stringify(actual)}`;
    }
    const found = expected.map((item, i) => mismatch(item, actual[i], `${where}[${i}]`));
    return found.find((why) => why !== null) ?? null;
  }
  try {
    assert.deepStrictEqual(actual, expected);
    return null;
  } catch {
    return `${where}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
  }
}

// ---- Operations --------------------------------------------------------------------------------

const secret = ["name", "namespace"];
const paging = ["order", "numItems", "cursor"];
const operations = {
  put: [...secret, "value", "metadata", "ttlMs", "ifRevision"],
  get: secret,
  getBytes: secret,
  getOrThrow: secret,
  has: secret,
  update: [...secret, "metadata", "expiresAt", "ttlMs", "ifRevision"],
  remove: [...secret, "ifRevision", "purge"],
  list: ["namespace", ...paging],
  listNamespaces: ["numItems", "cursor"],
  listEvents: [...secret, "type", "secretId", "storeLog", ...paging],
  rotateKeys: ["fromVersion", "batchSize", "cursor"],
  retireKey: ["version", "abandon"],
  admitKeys: [],
  reloadKeys: ["keys"],
  settings: [],
  changeSettings: ["eventsMinRetentionMs"],
  cleanupEvents: ["retentionMs"],
  accept: ["namespace"],
  verify: [],
};
const withoutCaller = ["reloadKeys", "settings", "verify"];

/** What a call takes, and its caller. */
export function prepare(operation, { caller, ...args }) {
  assert.ok(operations[operation], `unknown operation ${operation}`);
  checkMembers(args, operations[operation], operation);
  if (caller !== undefined) {
    assert.ok(!withoutCaller.includes(operation), `${operation} takes no caller`);
    checkMembers(caller, ["actor", "context"], "caller");
  }
  return { args: operation === "reloadKeys" ? keysOf(args.keys) : args, caller };
}

function keysOf(keys) {
  return keys.map((key) => {
    checkMembers(key, ["version", "key", "text"], "keys");
    return { version: key.version, value: "key" in key ? KEYS[key.key] : key.text };
  });
}

/** A method's result as the scenarios write it. */
export function finish(operation, result) {
  if (operation !== "getOrThrow") return result;
  const { ok, ...rest } = result;
  assert.equal(ok, true);
  return { ...rest, value: result.value };
}

/** Options of a store. */
export function openOptions(options) {
  checkMembers(options, ["keys", "defaultTtlMs", "maxValueBytes", "leastEpoch", "policy"], "options");
  const made = {};
  if ("keys" in options) made.keys = keysOf(options.keys);
  if ("defaultTtlMs" in options) made.defaults = { ttlMs: options.defaultTtlMs };
  if ("maxValueBytes" in options) made.maxValueBytes = options.maxValueBytes;
  if ("leastEpoch" in options) made.leastEpoch = options.leastEpoch;
  if ("policy" in options) made.policy = { text: options.policy };
  return made;
}
