// The package as npm packs it: installed into an empty folder, imported in each way, and its types.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.dirname(fileURLToPath(import.meta.resolve("libsecretstore/package.json")));
const tool = (name) => path.join(source, "node_modules", ".bin", name);
const tsc = tool("tsc");

const PROGRAM = `
const key = generateKey();
const secrets = new SecretStore({ path: "secrets.db", keys: defineKeys([{ version: 1, value: key }]) });
secrets.putSync({ namespace: "acme:production", name: "STRIPE_KEY", value: "sk_live_51abc" });
const loaded = secrets.getSync({ namespace: "acme:production", name: "STRIPE_KEY" });
if (loaded.ok) console.log(loaded.value);
secrets.closeSync();
`;
const NAMES = "SecretStore, defineKeys, generateKey";

let folder;
let tarball;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "secretstore-pack-"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: source });
  tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }');
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", `./${tarball}`], { cwd: folder });
});
after(() => rmSync(folder, { recursive: true, force: true }));

function run(name, program) {
  rmSync(path.join(folder, "secrets.db"), { force: true });
  writeFileSync(path.join(folder, name), program);
  return execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8" });
}

test("the tarball holds what a user needs and no more", () => {
  const listed = execFileSync("tar", ["tzf", path.join(folder, tarball)], { encoding: "utf8" });
  const top = new Set(listed.trim().split("\n").map((name) => name.split("/")[1]));
  const wanted = ["LICENSE", "README.md", "binding.gyp", "dist", "package.json", "prebuilds", "vendor"];
  assert.deepEqual([...top].sort(), wanted.sort());
  const scripts = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8")).scripts ?? {};
  assert.ok(!("install" in scripts) && !("postinstall" in scripts), "nothing runs at install");
});

test("ES modules, CommonJS and the two together share one copy", () => {
  assert.equal(run("esm.mjs", `import { ${NAMES} } from "libsecretstore";${PROGRAM}`), "sk_live_51abc\n");
  assert.equal(run("cjs.cjs", `const { ${NAMES} } = require("libsecretstore");${PROGRAM}`), "sk_live_51abc\n");
  const both = `import { createRequire } from "node:module"; import * as esm from "libsecretstore";
    console.log(createRequire(import.meta.url)("libsecretstore").SecretStore === esm.SecretStore);`;
  assert.equal(run("both.mjs", both), "true\n");
});

for (const [module, moduleResolution] of [["node16", "node16"], ["esnext", "bundler"]]) {
  test(`TypeScript finds the types with moduleResolution ${moduleResolution}`, () => {
    const project = path.join(folder, `ts-${moduleResolution}`);
    mkdirSync(project);
    for (const name of ["right.ts", "wrong.ts"]) cpSync(path.join(here, "typing", name), path.join(project, name));
    const options = {
      compilerOptions: {
        module, moduleResolution, target: "es2022", strict: true, noEmit: true, types: ["node"],
        exactOptionalPropertyTypes: true,
        lib: ["es2023", "esnext.disposable"], typeRoots: [path.join(source, "node_modules", "@types")],
      },
      include: ["*.ts"],
    };
    writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify(options));
    writeFileSync(path.join(project, "package.json"), '{ "type": "module" }');
    const { stdout } = spawnSync(tsc, ["-p", project, "--pretty", "false"], { encoding: "utf8" });
    const found = [...stdout.matchAll(/([\w.-]+)\((\d+),\d+\): error/g)].map(([, file, line]) => `${file}:${line}`);
    const marked = readFileSync(path.join(project, "wrong.ts"), "utf8")
      .split("\n")
      .flatMap((line, index) => (line.includes("// WRONG") ? [`wrong.ts:${index + 1}`] : []));
    assert.equal(marked.length, 49);
    assert.deepEqual([...new Set(found)].sort(), marked.sort(), stdout);
  });
}

test("publint and attw find nothing", () => {
  const options = { cwd: folder, encoding: "utf8" };
  const linted = spawnSync(tool("publint"), ["--strict", path.join("node_modules", "libsecretstore")], options);
  assert.equal(linted.status, 0, linted.stdout + linted.stderr);
  const typed = spawnSync(tool("attw"), [tarball, "--no-emoji", "--no-color"], options);
  assert.equal(typed.status, 0, typed.stdout + typed.stderr);
});

test("the sources inside build without SWIG", () => {
  const unpacked = path.join(folder, "node_modules", "libsecretstore");
  const modules = path.join(source, "node_modules");
  for (const name of ["node-addon-api", "node-api-headers"]) {
    cpSync(path.join(modules, name), path.join(folder, "node_modules", name), { recursive: true });
  }
  rmSync(path.join(unpacked, "prebuilds"), { recursive: true });
  const built = spawnSync(tool("node-gyp"), ["rebuild", `--nodedir=${nodeHeaders()}`], {
    cwd: unpacked,
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stdout + built.stderr);
  assert.equal(run("built.mjs", `import { ${NAMES} } from "libsecretstore";${PROGRAM}`), "sk_live_51abc\n");
});

/** node-gyp wants a folder with include/node; that of node-api-headers is laid out otherwise. */
function nodeHeaders() {
  const made = path.join(folder, "headers");
  const headers = path.join(source, "node_modules", "node-api-headers", "include");
  cpSync(headers, path.join(made, "include", "node"), { recursive: true });
  const configurations = "{ 'Debug': {}, 'Release': {} }";
  const defaults = `{ 'default_configuration': 'Release', 'configurations': ${configurations} }`;
  writeFileSync(path.join(made, "include", "node", "common.gypi"), `{ 'target_defaults': ${defaults} }`);
  writeFileSync(path.join(made, "include", "node", "config.gypi"), "{ 'variables': {}, 'target_defaults': {} }");
  return made;
}
