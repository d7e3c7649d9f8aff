// The store that the environment names: SECRET_STORE_PATH, and SECRET_STORE_KEYS as VERSION:BASE64
// items apart by commas, the active key first; SECRET_STORE_POLICY, if there is a policy.

import { SecretStore, defineKeys } from "libsecretstore";

export function openFromEnvironment(more = {}) {
  const { SECRET_STORE_PATH: path, SECRET_STORE_KEYS: keys, SECRET_STORE_POLICY: policy } = process.env;
  if (!path || !keys) throw new Error("expected SECRET_STORE_PATH and SECRET_STORE_KEYS to be set");
  const pairs = keys.split(",").map((item) => item.trim().split(":"));
  return new SecretStore({
    path,
    keys: defineKeys(pairs.map(([version, value]) => ({ version: Number(version), value }))),
    ...(policy ? { policy } : {}),
    log: (level, message) => console.error(`secretstore ${level}: ${message}`),
    ...more,
  });
}
