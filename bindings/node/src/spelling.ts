/** Names of arguments and options in the library's messages, which spells them as C does. */

import { native } from "./native.js";

/** Those that are in no record. */
const others = {
  retention_ms: "retentionMs",
  default_ttl_ms: "defaults.ttlMs",
  max_value_bytes: "maxValueBytes",
  busy_timeout_ms: "busyTimeoutMs",
  policy_hash: "policyHash",
  policy_memory_bytes: "policyLimits.memoryBytes",
  policy_instructions: "policyLimits.instructions",
  policy_deadline_ms: "policyLimits.deadlineMs",
  maintenance_interval_ms: "maintenance.intervalMs",
  drain_after_ms: "maintenance.drainAfterMs",
  secret_retention_ms: "retention.secretMs",
  event_retention_ms: "retention.eventMs",
};

const inC = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const ofRecords = Object.values(native.record_fields()).flat();
const names: ReadonlyMap<string, string> = new Map([
  ...ofRecords.map((name): [string, string] => [inC(name), name]),
  ...Object.entries(others),
]);

/** The beginning of a message: which argument, and what was expected. What came may be anybody's words. */
const expectation = /^(request \d+: )?(\w+: )?(expected .*?(?=, got |$))?/s;

/** A message of the library about an argument, with JavaScript's names in it. @internal */
export function spelled(message: string): string {
  return message.replace(expectation, (words) =>
    words.replace(/[a-z]+(?:_[a-z]+)+/g, (word) => names.get(word) ?? word),
  );
}
