/** The options of a store, and their way to the native module. */

import { type Names, calledBack, checkedFunction, checkedText, checkNames, codeOf, integer, namesOf } from "./checks.js";
import { asOptionError } from "./errors.js";
import { type Keys, checkedKeys } from "./keys.js";
import { type Handle, native } from "./native.js";
import { type PolicySource, policyFields } from "./policy.js";

export type LogLevel = "debug" | "warn" | "error" | "none";

/** How a store is opened. */
export interface StoreOptions {
  /** A file, or ":memory:" for a store that lives as long as its handle. */
  path: string;
  /** The KEKs, the active one first. */
  keys: Keys;
  /** `ttlMs`: the TTL of new secrets whose put names none. */
  defaults?: { ttlMs?: number | undefined } | undefined;
  /** The longest value in bytes, up to 16 MiB; 1 MiB if left out. */
  maxValueBytes?: number | undefined;
  /** "normal" may lose the last few writes at a power failure, whole and in order; "full", which it is
   * if left out, loses none. */
  durability?: "full" | "normal" | undefined;
  /** How long a write waits for other processes; 5000 if left out. */
  busyTimeoutMs?: number | undefined;
  /** False: fail with `not_found` where there is no store. */
  create?: boolean | undefined;
  policy?: PolicySource | undefined;
  /** The hash in generated types: opening fails unless the policy is that one. */
  policyHash?: string | undefined;
  /** What the policy may take: memory for each of its states, instructions and time for each call. */
  policyLimits?:
    | {
        memoryBytes?: number | undefined;
        instructions?: number | undefined;
        deadlineMs?: number | undefined;
      }
    | undefined;
  /** A background thread that cleans up and rotates every `intervalMs`, from 1000 on. */
  maintenance?: { intervalMs: number } | undefined;
  /** How long maintenance keeps expired secrets, and events. */
  retention?: { secretMs?: number | undefined; eventMs?: number | undefined } | undefined;
  /** How grave a line of the log must be; "warn" if left out. */
  logLevel?: LogLevel | undefined;
  /** Where lines of the log go; nowhere if left out. Called later, from the event loop, as listeners of
   * events are: it may be asynchronous. */
  log?: ((level: LogLevel, message: string) => void) | undefined;
  /** Replaces the system's clock, for tests; asked once for each call. */
  clock?: (() => number) | undefined;
}

const logLevels: readonly LogLevel[] = ["debug", "warn", "error", "none"];
const logCodes = { debug: 0, warn: 1, error: 2, none: 3 };
const durabilities = { full: 0, normal: 1 };

const DAY_MS = 24 * 60 * 60 * 1000;
export const DEFAULT_SECRET_RETENTION_MS = 30 * DAY_MS;
export const DEFAULT_EVENT_RETENTION_MS = 180 * DAY_MS;
const DEFAULT_POLICY_MEMORY_BYTES = 8 * 1024 * 1024;
const DEFAULT_POLICY_INSTRUCTIONS = 1_000_000;
const DEFAULT_POLICY_DEADLINE_MS = 50;

type Given<Name extends keyof StoreOptions> = Exclude<StoreOptions[Name], undefined>;

/** What an option does to the native options, if it is given. */
type Setters = {
  readonly [Name in keyof Required<StoreOptions>]: (made: Handle, given: Given<Name>) => void;
};

const defaultsNames = namesOf<Given<"defaults">>({ ttlMs: true });
const limitsNames = namesOf<Given<"policyLimits">>({
  memoryBytes: true,
  instructions: true,
  deadlineMs: true,
});
const maintenanceNames = namesOf<Given<"maintenance">>({ intervalMs: true });
const retentionNames = namesOf<Given<"retention">>({ secretMs: true, eventMs: true });

const checkPart = (part: object, names: Names, label: string): void => {
  checkNames(part, names, label, "option");
};

/** The options there are: what is not in here is unknown. */
const setters: Setters = {
  path() {
    // given when the native options are made
  },
  keys(made, keys) {
    for (const { version, value } of checkedKeys(keys, "keys")) {
      native.options_add_key(made, version, value);
    }
  },
  defaults(made, defaults) {
    checkPart(defaults, defaultsNames, "defaults");
    if (defaults.ttlMs === undefined) return;
    native.options_set_default_ttl_ms(made, integer(defaults.ttlMs, "defaults.ttlMs"));
  },
  maxValueBytes(made, bytes) {
    native.options_set_max_value_bytes(made, integer(bytes, "maxValueBytes"));
  },
  durability(made, durability) {
    native.options_set_durability(made, codeOf(durabilities, durability, "durability"));
  },
  busyTimeoutMs(made, ms) {
    native.options_set_busy_timeout_ms(made, integer(ms, "busyTimeoutMs"));
  },
  create(made, create) {
    native.options_set_create(made, create);
  },
  policy(made, policy) {
    native.options_set_policy(made, policyFields(policy));
  },
  policyHash(made, hash) {
    native.options_set_policy_hash(made, hash === null ? null : checkedText(hash, "policyHash"));
  },
  policyLimits(made, limits) {
    checkPart(limits, limitsNames, "policyLimits");
    native.options_set_policy_limits(
      made,
      integer(limits.memoryBytes ?? DEFAULT_POLICY_MEMORY_BYTES, "policyLimits.memoryBytes"),
      integer(limits.instructions ?? DEFAULT_POLICY_INSTRUCTIONS, "policyLimits.instructions"),
      integer(limits.deadlineMs ?? DEFAULT_POLICY_DEADLINE_MS, "policyLimits.deadlineMs"),
    );
  },
  maintenance(made, maintenance) {
    checkPart(maintenance, maintenanceNames, "maintenance");
    const intervalMs = integer(maintenance.intervalMs, "maintenance.intervalMs");
    native.options_set_maintenance(made, true, intervalMs);
  },
  retention(made, retention) {
    checkPart(retention, retentionNames, "retention");
    native.options_set_retention_ms(
      made,
      integer(retention.secretMs ?? DEFAULT_SECRET_RETENTION_MS, "retention.secretMs"),
      integer(retention.eventMs ?? DEFAULT_EVENT_RETENTION_MS, "retention.eventMs"),
    );
  },
  logLevel(_made, level) {
    codeOf(logCodes, level, "logLevel"); // given when the store is opened
  },
  log(_made, log) {
    checkedFunction(log, "log");
  },
  clock() {
    // given when the store is opened
  },
};

const names: Names = new Set(Object.keys(setters));

function makeOptions(options: StoreOptions): Handle {
  checkNames(options, names, "options", "option");
  const made = native.options_new(options.path);
  for (const [name, set] of Object.entries(setters)) {
    const given = options[name as keyof StoreOptions];
    if (given !== undefined) (set as (made: Handle, given: unknown) => void)(made, given);
  }
  return made;
}

/** Opens a store, and gives its clock as it is to be asked. @internal */
export function openNative(options: StoreOptions): { handle: Handle; clock: StoreOptions["clock"] } {
  try {
    const made = makeOptions(options);
    const { log, logLevel = "warn" } = options;
    const clock = options.clock === undefined ? undefined : calledBack(options.clock, "clock");
    const take =
      log === undefined
        ? null
        : (code: number, message: string) => log(logLevels[code] ?? "error", message);
    const level = codeOf(logCodes, logLevel, "logLevel");
    return { handle: native.store_open(made, level, take, clock?.()), clock };
  } catch (error) {
    throw asOptionError(error);
  }
}
