// The programs in examples/node, run as their users would, and the examples of the pages.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { KEYS, newStore, temporaryFolder } from "./support.mjs";

const root = process.env.SECRETSTORE_ROOT;
// Beside the package, so that they find it by its name.
const examples = path.resolve("examples");
cpSync(path.join(root, "examples", "node"), examples, { recursive: true });

const environment = (file, more = {}) => ({
  ...process.env,
  SECRET_STORE_PATH: file,
  SECRET_STORE_KEYS: `1:${KEYS.A}`,
  PORT: "0",
  ...more,
});

test("the service keeps secrets for its callers", async (t) => {
  const file = path.join(temporaryFolder(t), "store.db");
  const policy = path.join(root, "examples", "policies", "workspaces.lua");
  const env = environment(file, { SECRET_STORE_POLICY: policy });
  const service = spawn(process.execPath, ["service.mjs"], { cwd: examples, env });
  t.after(() => service.kill("SIGKILL"));
  const [line] = await once(createInterface(service.stdout), "line");
  const base = `http://127.0.0.1:${line.match(/\d+$/)[0]}`;
  const secret = `${base}/${encodeURIComponent("acme:production")}/STRIPE_KEY`;
  const call = async (method, url, body, actor = "alice") => {
    const headers = actor ? { "x-actor": actor } : {};
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    return [response.status, await response.json()];
  };
  const body = { value: "sk_live_51abc", metadata: { owner: "Payments", ticket: "OPS-17" } };
  assert.equal((await call("PUT", secret, body, null))[0], 401);
  assert.deepEqual(await call("PUT", secret, body), [200, { revision: 1, isNew: true }]);
  assert.equal((await call("GET", secret))[1].value, "sk_live_51abc");
  assert.deepEqual(await call("GET", `${base}/acme:production`), [200, ["STRIPE_KEY"]]);
  const [status, refused] = await call("PUT", secret, { ...body, metadata: { owner: "x" } });
  assert.deepEqual([status, refused.code], [403, "policy_denied"]);
  assert.equal((await call("PUT", secret, { ...body, ifRevision: 7 }))[0], 409);
  assert.equal((await call("PUT", secret, { ...body, value: 5 }))[0], 400);
  assert.equal((await call("DELETE", secret, undefined, "bob"))[0], 403);
  assert.deepEqual(await call("DELETE", secret, undefined, "ops"), [200, { removed: true }]);
  assert.equal((await call("GET", secret))[0], 404);
  service.kill("SIGTERM");
  assert.deepEqual(await once(service, "exit"), [0, null]);
});

test("the job rotates, cleans up and verifies", async (t) => {
  const file = path.join(temporaryFolder(t), "store.db");
  const store = newStore(t, { path: file });
  await store.putMany(Array.from({ length: 150 }, (_, i) => ({ name: `N${i}`, value: "v" })));
  await store.close();
  const env = environment(file, { SECRET_STORE_KEYS: `2:${KEYS.B},1:${KEYS.A}` });
  const options = { cwd: examples, env, encoding: "utf8" };
  const printed = execFileSync(process.execPath, ["maintenance.mjs", "--once"], options);
  assert.equal(
    printed,
    "150 rotated, 0 secrets and 0 events removed\nkey version 1 is safe to remove\n",
  );
});

for (const page of ["README.md", "docs/node.md", "bindings/node/README.md"]) {
  test(`the first example of ${page} runs`, (t) => {
    const text = readFileSync(path.join(root, page), "utf8");
    const program = text.split("```js\n")[1].split("```")[0].replace("secrets.db", path.join(temporaryFolder(t), "s.db"));
    writeFileSync(path.resolve("page.mjs"), program);
    const env = { ...process.env, SECRET_STORE_KEY: KEYS.A };
    const printed = execFileSync(process.execPath, ["page.mjs"], { env, encoding: "utf8" });
    assert.equal(printed, "sk_live_51abc\n");
  });
}
