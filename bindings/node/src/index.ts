/** secretstore: secrets, encrypted in one file, inside your process. */

import { native } from "./native.js";

export type {
  Caller,
  EventFilter,
  GivenNamespace,
  InNamespace,
  LongOperation,
  MetadataOf,
  NamespaceOf,
  Ordering,
  Paging,
  PutArguments,
  RemoveArguments,
  SecretName,
  StoreTypes,
  UpdateArguments,
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
  NamespaceInfo,
  OperationStats,
  Page,
  PolicyRefusal,
  PolicyTrial,
  PutResult,
  RotateAllResult,
  RotateResult,
  RotationStatus,
  SecretEvent,
  SecretInfo,
  Stats,
  TransferFault,
  UpdateResult,
  VerifyReport,
} from "./results.js";
export {
  type ExportArguments,
  type ImportArguments,
  type LogLevel,
  SecretStore,
  type StoreOptions,
} from "./store.js";

/** The version of the library inside. */
export const version: string = native.version_string();
