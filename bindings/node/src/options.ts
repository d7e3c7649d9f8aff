/** The options of a store, and their way to the native module. */

import { type Names, calledBack, checkedFunction, checkedText, checkNames, codeOf, integer, namesOf } from "./checks.js";
import { asOptionError } from "./errors.js";
import { type Keys, checkedKeys } from "./keys.js";
import { type Handle, constantsOf, fieldsOf, native } from "./native.js";
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
  /** The file's group may write to it. Without it such a file is refused, as is always one that others may
   * write or own, and one behind a link that others could turn (`storage_failed`): they would decide what
   * the library reads. */
  allowGroup?: boolean | undefined;
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
  /** A background thread that cleans up and rotates every `intervalMs`, from 1000 on; what is under older
   * keys only once the active one has been active in this store for `drainAfterMs`, 24 hours if left out, so
   * that a fleet that is being moved to a new key is not outrun. */
  maintenance?: { intervalMs: number; drainAfterMs?: number | undefined } | undefined;
  /** How long maintenance keeps expired secrets, and events. */
  retention?: { secretMs?: number | undefined; eventMs?: number | undefined } | undefined;
  /** What {@link SecretStore.retireKey} gave: a store of an earlier epoch is an old copy, or forged with a
   * key that was retired (`integrity_violation`, here and later). 1 if left out. */
  leastEpoch?: number | undefined;
  /** The `text` of an {@link Anchor} that was kept elsewhere: a store that was put back to before it was
   * made is refused (`integrity_violation`). */
  anchor?: string | undefined;
  /** "verified": what `get`, `has` and `list` find, or do not find, is proved to be as fresh as the newest
   * state that the store object has seen, for one scan of each namespace at its first read. "plain", which
   * it is if left out: the row that is read authenticates; one that was put back to an older state is found
   * by `verify`. */
  reads?: "plain" | "verified" | undefined;
  /** How grave a line of the log must be; "warn" if left out. */
  logLevel?: LogLevel | undefined;
  /** Where lines of the log go; nowhere if left out. Called later, from the event loop, as listeners of
   * events are: it may be asynchronous. */
  log?: ((level: LogLevel, message: string) => void) | undefined;
  /** Replaces the system's clock, for tests; asked once for each call. */
  clock?: (() => number) | undefined;
}

type Given<Name extends keyof StoreOptions> = Exclude<StoreOptions[Name], undefined>;

/** The names there are: what is not in here is unknown. */
const names: Names = namesOf<StoreOptions>({
  path: true,
  keys: true,
  defaults: true,
  maxValueBytes: true,
  durability: true,
  busyTimeoutMs: true,
  create: true,
  allowGroup: true,
  policy: true,
  policyHash: true,
  policyLimits: true,
  maintenance: true,
  retention: true,
  leastEpoch: true,
  anchor: true,
  reads: true,
  logLevel: true,
  log: true,
  clock: true,
});

/** Of options that have parts. */
const parts: Readonly<Record<string, Names>> = {
  defaults: namesOf<Given<"defaults">>({ ttlMs: true }),
  policyLimits: namesOf<Given<"policyLimits">>({
    memoryBytes: true,
    instructions: true,
    deadlineMs: true,
  }),
  maintenance: namesOf<Given<"maintenance">>({
    intervalMs: true,
    drainAfterMs: true,
  }),
  retention: namesOf<Given<"retention">>({ secretMs: true, eventMs: true }),
};

/** The paths that there are, as the native record of options has them. @internal */
export const optionPaths: readonly string[] = [...names].flatMap((name) =>
  name in parts ? [...parts[name]!].map((part) => `${name}.${part}`) : [name],
);

type Reader = (given: any, path: string) => unknown;

/** Null is as good as nothing: the library's default. */
const optional: Reader = (given) => given ?? undefined;

/** Of the options that do not cross over as they are. */
const readers: Readonly<Record<string, Reader>> = {
  policy: (given) => policyFields(given),
  "policyLimits.memoryBytes": optional,
  "policyLimits.instructions": optional,
  "policyLimits.deadlineMs": optional,
  "defaults.ttlMs": integer,
  policyHash: (given, path) => (given === null ? null : checkedText(given, path)),
  durability: (given, path) => codeOf("ss_durability", given, path),
  "retention.secretMs": optional,
  "retention.eventMs": optional,
  leastEpoch: optional,
  anchor: (given, path) => (given === null ? null : checkedText(given, path)),
  reads: (given, path) => codeOf("ss_reads", given, path),
};

function checkOptions(options: StoreOptions): void {
  checkNames(options, names, "options", "option");
  for (const [name, known] of Object.entries(parts)) {
    const part = options[name as keyof StoreOptions];
    if (part !== undefined) checkNames(part, known, name, "option");
  }
  if (options.maintenance !== undefined) {
    integer(options.maintenance.intervalMs, "maintenance.intervalMs"); // left out, it would be off
  }
}

/** What is at a path into the options; undefined if it is left out. */
function optionAt(options: StoreOptions, path: string): unknown {
  const [name, part] = path.split(".") as [keyof StoreOptions, string | undefined];
  const option: any = options[name];
  const given = part === undefined ? option : option?.[part];
  const read = readers[path];
  return given === undefined || read === undefined ? given : read(given, path);
}

function makeOptions(options: StoreOptions): Handle {
  checkOptions(options);
  const made = native.options_new(options.path);
  if (options.keys !== undefined) {
    for (const { version, value } of checkedKeys(options.keys, "keys")) {
      native.options_add_key(made, version, value);
    }
  }
  native.options_set(made, fieldsOf("ss_open_options").map((path) => optionAt(options, path)));
  return made;
}

const logCodes = constantsOf("ss_log_level");
const logLevels = new Map(Object.entries(logCodes).map(([name, code]) => [code, name as LogLevel]));

/** Opens a store, and gives its clock as it is to be asked. @internal */
export function openNative(options: StoreOptions): { handle: Handle; clock: StoreOptions["clock"] } {
  try {
    const made = makeOptions(options);
    const { log, logLevel = "warn" } = options;
    if (log !== undefined) checkedFunction(log, "log");
    const clock = options.clock === undefined ? undefined : calledBack(options.clock, "clock");
    const take =
      log === undefined
        ? null
        : (code: number, message: string) => log(logLevels.get(code) ?? "error", message);
    const level = codeOf("ss_log_level", logLevel, "logLevel");
    return { handle: native.store_open(made, level, take, clock?.()), clock };
  } catch (error) {
    throw asOptionError(error);
  }
}
