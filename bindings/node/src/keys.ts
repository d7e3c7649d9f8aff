/** Key encryption keys (KEKs) as the host hands them over. */

import { inspect } from "node:util";
import { checkNames, integer, namesOf, wrongType } from "./checks.js";
import { SecretStoreError, asOptionError, translated } from "./errors.js";
import { tagOf } from "./hidden.js";
import { type Handle, native } from "./native.js";

/** A KEK: a version (0 to 2^53-1) and 32 bytes as standard base64. */
export interface Key {
  version: number;
  value: string;
}

/** Keys, the active one first. */
export type Keys = readonly Key[];

class HiddenKey implements Key {
  readonly version: number;
  readonly #value: string;

  constructor(version: number, value: string) {
    this.version = version;
    this.#value = value;
  }

  get value(): string {
    return this.#value;
  }

  get [Symbol.toStringTag](): string {
    return tagOf("Key", this.#value);
  }

  [inspect.custom](): unknown {
    return { version: this.version, value: "[secret]" };
  }
}

const keyNames = namesOf<Key>({ version: true, value: true });

/** A list of keys as plain JavaScript passes it: the versions are numbers, the values still anything. */
function checkedEntries(keys: unknown, label: string): { version: number; value: unknown }[] {
  if (!Array.isArray(keys)) throw wrongType(label, "an array of { version, value }", keys);
  return Array.from(keys, (entry, index) => {
    const at = `${label}[${index}]`;
    checkNames(entry, keyNames, at, "member");
    return { version: integer(entry.version, `${at}.version`), value: entry.value };
  });
}

/** Keys whose shape is right; the rest is the library's to check. @internal */
export function checkedKeys(keys: unknown, label: string): Keys {
  return checkedEntries(keys, label).map(({ version, value }, index) => {
    if (typeof value !== "string") throw wrongType(`${label}[${index}].value`, "a string", value);
    return { version, value };
  });
}

/**
 * Keys, the active one first, checked for what can be checked without a store: that there are some,
 * that their values are set, and that no version stands there twice. They show no values when they
 * are inspected or turned to JSON.
 *
 *     const keys = defineKeys([{ version: 1, value: process.env.SECRET_STORE_KEY }]);
 *
 * @throws SecretStoreError `invalid_options`; TypeError where something is no list of versions and texts
 */
export function defineKeys(keys: readonly { version: number; value: string | undefined }[]): Keys {
  try {
    return Object.freeze(hiddenKeys(checkedEntries(keys, "keys")));
  } catch (error) {
    throw asOptionError(error);
  }
}

function hiddenKeys(entries: { version: number; value: unknown }[]): Key[] {
  const invalid = (message: string) => new SecretStoreError(message, "invalid_options");
  if (entries.length === 0) throw invalid("keys: expected at least one, got none");
  const seen = new Set<number>();
  return entries.map(({ version, value }, index) => {
    if (value === undefined || value === "") {
      throw invalid(`key version ${version}: expected base64, got nothing`);
    }
    if (typeof value !== "string") throw wrongType(`keys[${index}].value`, "a string", value);
    if (seen.has(version)) throw invalid(`key version ${version}: expected once, got twice`);
    seen.add(version);
    return new HiddenKey(version, value);
  });
}

/** A fresh random KEK as base64, as `openssl rand -base64 32` prints it (RAND_priv_bytes(3)). */
export function generateKey(): string {
  return translated(() => native.generate_key());
}

/** A native keyring; null for no keys. @internal */
export function makeKeyring(keys: Keys | undefined, label: string): Handle | null {
  return keys === undefined ? null : keyringOf(keys, label);
}

/** A native keyring of keys that are given. @internal */
export function keyringOf(keys: Keys, label: string): Handle {
  const checked = checkedKeys(keys, label);
  return translated(() => {
    const keyring = native.keyring_new();
    for (const { version, value } of checked) native.keyring_add_key(keyring, version, value);
    return keyring;
  });
}
