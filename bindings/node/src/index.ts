/** secretstore: secrets, encrypted in one file, inside your process. */

import { native } from "./native.js";

export type {
  BackupArguments,
  Caller,
  EventFilter,
  ExportArguments,
  GivenNamespace,
  ImportArguments,
  InNamespace,
  LongOperation,
  MetadataOf,
  NamespaceOf,
  Ordering,
  PageItems,
  Paging,
  PutArguments,
  RemoveArguments,
  RetireArguments,
  Retention,
  RotateArguments,
  SecretName,
  SettingsArguments,
  StoreTypes,
  UpdateArguments,
  VerifyArguments,
} from "./arguments.js";
export { type ErrorCode, SecretStoreError, isSecretStoreError } from "./errors.js";
export { type Key, type Keys, defineKeys, generateKey } from "./keys.js";
export {
  type PolicyCase,
  type PolicySource,
  checkPolicy,
  policyTypes,
  testPolicy,
} from "./policy.js";
export type {
  AcceptResult,
  Anchor,
  AuditHead,
  CleanupResult,
  EventType,
  ExportReport,
  Fault,
  GetFailure,
  GetFailureReason,
  GetResult,
  GetSuccess,
  ImportReport,
  KeyInfo,
  KeyState,
  NamespaceInfo,
  OperationStats,
  Page,
  PolicyRefusal,
  PolicyTrial,
  PutResult,
  RetireResult,
  RotateAllResult,
  RotateResult,
  RotationStatus,
  SecretEvent,
  SecretInfo,
  Stats,
  StoreEventType,
  StoreSettings,
  TransferFault,
  UpdateResult,
  Verdict,
  VerifyReport,
} from "./results.js";
export type { LogLevel, StoreOptions } from "./options.js";
export { SecretStore } from "./store.js";

/** The version of the library inside. */
export const version: string = native.version_string();
