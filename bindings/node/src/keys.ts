/** Key encryption keys (KEKs) as the host hands them over. */

import { inspect } from "node:util";
import { SecretStoreError, fromNative } from "./errors.js";
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

  [inspect.custom](): unknown {
    return { version: this.version, value: "[secret]" };
  }
}

/**
 * Keys, the active one first, checked for what can be checked without a store: that there are some,
 * that their values are set, and that no version stands there twice. They show no values when they
 * are inspected or turned to JSON.
 *
 *     const keys = defineKeys([{ version: 1, value: process.env.SECRET_STORE_KEY }]);
 *
 * @throws SecretStoreError `invalid_options`
 */
export function defineKeys(keys: readonly { version: number; value: string | undefined }[]): Keys {
  const seen = new Set<number>();
  const invalid = (message: string) => new SecretStoreError(message, "invalid_options");
  if (keys.length === 0) throw invalid("keys: expected at least one, got none");
  return Object.freeze(
    keys.map(({ version, value }) => {
      if (typeof value !== "string" || value === "") {
        throw invalid(`key version ${version}: expected base64, got nothing`);
      }
      if (seen.has(version)) throw invalid(`key version ${version}: expected once, got twice`);
      seen.add(version);
      return new HiddenKey(version, value);
    }),
  );
}

/** A fresh random KEK as base64, as `openssl rand -base64 32` prints it (RAND_priv_bytes(3)). */
export function generateKey(): string {
  return native.generate_key();
}

/** A native keyring; null for no keys. @internal */
export function makeKeyring(keys: Keys | undefined): Handle | null {
  if (keys === undefined) return null;
  const keyring = native.keyring_new();
  try {
    for (const { version, value } of keys) native.keyring_add_key(keyring, version, value);
  } catch (error) {
    throw fromNative(error);
  }
  return keyring;
}
