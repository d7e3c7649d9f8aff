// What is stated once, in the library or in bindings/swig, and what Node's facade says of it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const dist = path.join(path.dirname(require.resolve("libsecretstore/package.json")), "dist");
const { native, fieldsOf } = require(path.join(dist, "native.js"));

test("every code of the library is an ErrorCode, and there is no other", () => {
  const { errorCodes } = require(path.join(dist, "errors.js"));
  const codes = [];
  for (let code = 1; native.status_name(code) !== "unknown"; code++) codes.push(native.status_name(code));
  assert.deepEqual([...errorCodes], codes);
});

test("the options are those of the native record, and some that have ways of their own", () => {
  const { optionPaths } = require(path.join(dist, "options.js"));
  const others = ["path", "keys", "logLevel", "log", "clock"];
  assert.deepEqual([...optionPaths].sort(), [...fieldsOf("ss_open_options"), ...others].sort());
});

test("choices are typed as the library knows them", () => {
  const types = readdirSync(dist)
    .filter((name) => name.endsWith(".d.ts"))
    .map((name) => readFileSync(path.join(dist, name), "utf8"))
    .join();
  const unions = [...types.matchAll(/"\w+"(?: \| "\w+")+/g)].map(([union]) => union.split(" | ").sort().join());
  for (const [group, constants] of Object.entries(native.constants())) {
    if (group === "default") continue;
    const wanted = Object.keys(constants).map((name) => `"${name}"`).sort().join();
    assert.ok(unions.includes(wanted), `${group}: ${wanted}`);
  }
});

test("what results name is typed as the library names it", () => {
  const types = readFileSync(path.join(dist, "results.d.ts"), "utf8");
  const typed = (...names) => names.flatMap((name) => {
    const [, union] = types.match(new RegExp(`type ${name} = ([^;]+);`));
    return union.split(" | ").map((text) => JSON.parse(text));
  });
  const named = (nameOf) => {
    const all = Array.from({ length: 1000 }, (_, index) => nameOf(index + 1));
    return [...new Set(all)].filter((name) => name !== "unknown");
  };
  assert.deepEqual(typed("EventType", "StoreEventType"), named(native.event_type_name));
  assert.deepEqual(typed("KeyState").filter((name) => name !== "unknown"), named(native.key_state_name));
  assert.deepEqual(typed("Verdict"), named(native.verdict_name));
});

test("every operation comes at once and as a promise, and the facade calls it", () => {
  const facade = readFileSync(path.join(dist, "store.js"), "utf8");
  const promised = Object.getOwnPropertyNames(native).filter((name) => name.endsWith("_promise"));
  assert.ok(promised.length > 20);
  for (const name of promised) {
    const twin = name.replace(/_promise$/, "");
    assert.equal(typeof native[twin === "close" ? "store_close" : twin], "function", twin);
    assert.ok(facade.includes(`"${twin}"`) || twin === "close", `store.ts calls ${twin}`);
  }
});
