/** Failures. */

import type { ImportReport } from "./results.js";
import { spelled } from "./spelling.js";

/** The library's names for failures, in the order of its numbers. */
export const errorCodes = [
  "invalid_options",
  "invalid_argument",
  "value_too_large",
  "not_found",
  "expired",
  "conflict",
  "key_version_unavailable",
  "key_mismatch",
  "decryption_failed",
  "integrity_violation",
  "policy_denied",
  "policy_invalid",
  "policy_failed",
  "storage_busy",
  "storage_full",
  "storage_corrupt",
  "storage_failed",
  "unsupported",
  "closed",
  "out_of_memory",
  "internal",
  "interrupted",
] as const;

/** The library's name for a failure; the same in every language. */
export type ErrorCode = (typeof errorCodes)[number];

/** The same in every copy of the package and in every realm. */
const BRAND = Symbol.for("secretstore.SecretStoreError");

/** A call failed. The message says what was expected and what came; it never holds a value or a key. */
export class SecretStoreError extends Error {
  override readonly name: string = "SecretStoreError";
  readonly code: ErrorCode;
  /** `file:line` where a policy refused or failed. */
  readonly policyLocation?: string;
  /** Of an import that was refused: what would have become of each row. */
  readonly report?: ImportReport;

  constructor(
    message: string,
    code: ErrorCode,
    more: { policyLocation?: string; report?: ImportReport } = {},
  ) {
    super(message);
    this.code = code;
    if (more.policyLocation !== undefined) this.policyLocation = more.policyLocation;
    if (more.report !== undefined) this.report = more.report;
  }

  /** By brand: an error of another copy of the package, as test runners make them, is one too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === SecretStoreError
      ? isSecretStoreError(value)
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}
Object.defineProperty(SecretStoreError.prototype, BRAND, { value: true });

/** Whether something thrown is a failure of a store; with a code, whether it is that one. */
export function isSecretStoreError(error: unknown, code?: ErrorCode): error is SecretStoreError {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return code === undefined || ("code" in error && error.code === code);
}

/** What the native module throws, whose errors are always of Node's own realm. */
interface NativeError {
  /** Tells them from what callbacks throw. */
  readonly origin: "secretstore";
  readonly code: ErrorCode | "wrong_type";
  readonly message: string;
  readonly policyLocation?: string;
  readonly report?: readonly any[];
}

function isNative(error: unknown): error is NativeError {
  return typeof error === "object" && (error as NativeError | null)?.origin === "secretstore";
}

/** Failures whose messages are about arguments, and say nothing of what others gave. */
const argumentCodes: ReadonlySet<string> = new Set(["invalid_argument", "invalid_options", "wrong_type"]);

/** What the native module throws, as an error of this realm; anything else as it is. @internal */
export function fromNative(
  error: unknown,
  makeReport?: (fields: readonly any[]) => ImportReport,
): unknown {
  if (!isNative(error)) return error;
  const { code, policyLocation, report } = error;
  const message = argumentCodes.has(code) ? spelled(error.message) : error.message;
  if (code === "wrong_type") return new TypeError(message);
  return new SecretStoreError(message, code, {
    ...(policyLocation === undefined ? {} : { policyLocation }),
    ...(report === undefined || makeReport === undefined ? {} : { report: makeReport(report) }),
  });
}

/** Calls the native module. @internal */
export function translated<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
}

/** An argument of the constructor is an option. @internal */
export function asOptionError(error: unknown): unknown {
  const failed = fromNative(error);
  if (!isSecretStoreError(failed, "invalid_argument")) return failed;
  return new SecretStoreError(failed.message, "invalid_options");
}
