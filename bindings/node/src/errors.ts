/** Failures. */

import type { ImportReport } from "./results.js";

/** The library's name for a failure; the same in every language. */
export type ErrorCode =
  | "invalid_options"
  | "invalid_argument"
  | "value_too_large"
  | "not_found"
  | "expired"
  | "conflict"
  | "key_version_unavailable"
  | "key_mismatch"
  | "decryption_failed"
  | "integrity_violation"
  | "policy_denied"
  | "policy_invalid"
  | "policy_failed"
  | "storage_busy"
  | "storage_full"
  | "storage_corrupt"
  | "storage_failed"
  | "unsupported"
  | "closed"
  | "out_of_memory"
  | "internal"
  | "interrupted";

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
}

/** Whether something thrown is a failure of a store; with a code, whether it is that one. */
export function isSecretStoreError(error: unknown, code?: ErrorCode): error is SecretStoreError {
  return error instanceof SecretStoreError && (code === undefined || error.code === code);
}

const names = new Set<string>([
  "invalid_options", "invalid_argument", "value_too_large", "not_found", "expired", "conflict",
  "key_version_unavailable", "key_mismatch", "decryption_failed", "integrity_violation",
  "policy_denied", "policy_invalid", "policy_failed", "storage_busy", "storage_full",
  "storage_corrupt", "storage_failed", "unsupported", "closed", "out_of_memory", "internal",
  "interrupted",
]);

/** What the native module throws, as the package's class; anything else as it is. @internal */
export function fromNative(
  error: unknown,
  makeReport?: (fields: readonly any[]) => ImportReport,
): unknown {
  if (!(error instanceof Error) || error instanceof SecretStoreError) return error;
  const { code, policyLocation, report } = error as Error & {
    code?: string;
    policyLocation?: string;
    report?: readonly any[];
  };
  if (code === undefined || !names.has(code)) return error;
  return new SecretStoreError(error.message, code as ErrorCode, {
    ...(policyLocation === undefined ? {} : { policyLocation }),
    ...(report === undefined || makeReport === undefined ? {} : { report: makeReport(report) }),
  });
}
