// `getSync` and `get` of 1 KiB through the npm package, against the bare C call on the same store, and
// against the same job written by hand with better-sqlite3 and node:crypto; and how late a 5 ms timer
// is while the store works. Slices are taken in turn; figures are medians. Run by script/bench --node.

import { spawn } from "node:child_process";
import crypto from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import Database from "better-sqlite3";
import { SecretStore, generateKey } from "libsecretstore";

const NAMES = 1000; // as in get_loop.c
const VALUE_BYTES = 1024;
const SLICES = 15;
const GETS = 20_000;
const NAMESPACE = "acme:production";
const TIMER_MS = 5;
const ROTATED_ROWS = 50_000;
const AWAITED_PUTS = 1000;
const LATE_BAR_MS = 20;

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

/** What one would write: a table, a DEK for each value, metadata and expiry checked. */
class ByHand {
  constructor(file, kek) {
    this.kek = kek;
    this.database = new Database(file);
    this.database.pragma("journal_mode = WAL");
    this.database.exec(`CREATE TABLE secret (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL,
      name TEXT NOT NULL, iv BLOB, dek_iv BLOB, wrapped_dek BLOB, expires_at INTEGER, metadata TEXT,
      value BLOB, UNIQUE (namespace, name))`);
    this.insert = this.database.prepare(`INSERT INTO secret
      (namespace, name, iv, dek_iv, wrapped_dek, value) VALUES (?, ?, ?, ?, ?, ?)`);
    this.select = this.database.prepare(`SELECT iv, dek_iv, wrapped_dek, expires_at, metadata, value
      FROM secret WHERE namespace = ? AND name = ?`);
  }

  static aad(kind, name) {
    return Buffer.from(JSON.stringify([kind, NAMESPACE, name]));
  }

  static seal(key, iv, aad, plain) {
    const cipher = crypto.createCipheriv("aes-256-gcm", key, iv).setAAD(aad);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  static open(key, iv, aad, sealed) {
    const cipher = crypto.createDecipheriv("aes-256-gcm", key, iv).setAAD(aad);
    cipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  }

  put(name, value) {
    const [dek, iv, dekIv] = [32, 12, 12].map((length) => crypto.randomBytes(length));
    const wrapped = ByHand.seal(this.kek, dekIv, ByHand.aad("dek", name), dek);
    const sealed = ByHand.seal(dek, iv, ByHand.aad("value", name), Buffer.from(value));
    this.insert.run(NAMESPACE, name, iv, dekIv, wrapped, sealed);
  }

  get(name) {
    const row = this.select.get(NAMESPACE, name);
    if (row === undefined) return null;
    if (row.expires_at !== null && Date.now() >= row.expires_at) return null;
    if (row.metadata !== null) JSON.parse(row.metadata);
    const dek = ByHand.open(this.kek, row.dek_iv, ByHand.aad("dek", name), row.wrapped_dek);
    return ByHand.open(dek, row.iv, ByHand.aad("value", name), row.value).toString();
  }
}

/** get_loop.c, in a process of its own on the same store. */
class BareC {
  constructor(program, file, key) {
    this.process = spawn(program, [file, key], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface(this.process.stdout);
  }

  async slice() {
    const line = once(this.lines, "line");
    this.process.stdin.write(`${GETS}\n`);
    return Number(await line) / GETS / 1000;
  }
}

function syncSlice(get) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < GETS; i++) get(`N${i % NAMES}`);
  return Number(process.hrtime.bigint() - start) / GETS / 1000;
}

async function promiseSlice(store) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < GETS; i++) await store.get({ namespace: NAMESPACE, name: `N${i % NAMES}` });
  return Number(process.hrtime.bigint() - start) / GETS / 1000;
}

async function compare(store, byHand, bare) {
  const times = { ours: [], c: [], hand: [], promise: [] };
  for (let i = 0; i < SLICES; i++) {
    times.ours.push(syncSlice((name) => store.getSync({ namespace: NAMESPACE, name })));
    times.c.push(await bare.slice());
    times.hand.push(syncSlice((name) => byHand.get(name)));
    times.promise.push(await promiseSlice(store));
  }
  const show = (label, of, ratios, bar) => {
    const figure = median(ratios).toFixed(2);
    console.log(`    ${label.padEnd(28)} ${median(times[of]).toFixed(2).padStart(6)} us   ratio ${figure}   (${bar})`);
  };
  console.log(`  getSync ${VALUE_BYTES} B    ours ${median(times.ours).toFixed(2)} us`);
  show("bare C call", "c", times.ours.map((mine, i) => mine / times.c[i]), "bar 3.0");
  show("better-sqlite3 + node:crypto", "hand", times.ours.map((mine, i) => mine / times.hand[i]), "bar 1.0");
  show("promise get over getSync", "promise", times.promise.map((its, i) => its / times.ours[i]), "no bar");
}

/** How late a 5 ms timer is while work goes on: the 99th percentile. */
async function lateness(label, work) {
  const late = [];
  let due = performance.now() + TIMER_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - due));
    due = now + TIMER_MS;
  }, TIMER_MS);
  await work();
  clearInterval(timer);
  late.sort((a, b) => a - b);
  const p99 = late[Math.floor(late.length * 0.99)] ?? 0;
  console.log(`  ${label}: ${late.length} ticks, late by ${p99.toFixed(1)} ms at the 99th percentile (bar ${LATE_BAR_MS})`);
}

async function loop(folder, key) {
  const file = path.join(folder, "loop.db");
  const filled = new SecretStore({ path: file, keys: [{ version: 1, value: key }] });
  for (let i = 0; i < ROTATED_ROWS; i += 1000) {
    const batch = Array.from({ length: 1000 }, (_, n) => ({ name: `N${i + n}`, value: "v".repeat(100) }));
    filled.putManySync(batch);
  }
  filled.closeSync();
  const keys = [{ version: 2, value: generateKey() }, { version: 1, value: key }];
  const store = new SecretStore({ path: file, keys });
  await lateness(`rotateAll of ${ROTATED_ROWS} rows`, () => store.rotateAll({ onProgress() {} }));
  await lateness(`${AWAITED_PUTS} puts with full durability`, async () => {
    for (let i = 0; i < AWAITED_PUTS; i++) await store.put({ name: `P${i}`, value: "v" });
  });
  store.closeSync();
}

const folder = mkdtempSync(path.join(tmpdir(), "secretstore-bench-"));
try {
  const key = generateKey();
  const file = path.join(folder, "secrets.db");
  const store = new SecretStore({ path: file, keys: [{ version: 1, value: key }], durability: "normal" });
  const byHand = new ByHand(path.join(folder, "hand.db"), Buffer.from(key, "base64"));
  const value = "x".repeat(VALUE_BYTES);
  const names = Array.from({ length: NAMES }, (_, i) => `N${i}`);
  store.putManySync(names.map((name) => ({ namespace: NAMESPACE, name, value })));
  byHand.database.transaction(() => names.forEach((name) => byHand.put(name, value)))();
  const bare = new BareC(process.argv[2], file, key);
  await compare(store, byHand, bare);
  bare.process.stdin.end();
  store.closeSync();
  await loop(folder, key);
} finally {
  rmSync(folder, { recursive: true });
}
