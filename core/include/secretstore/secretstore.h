/* secretstore: an embeddable, encrypted secret store. This is the one public header.
 *
 * A store is one database file. Every value in it is encrypted under its own random data
 * encryption key (DEK, AES-256-GCM, NIST SP 800-38D); every DEK is wrapped by a versioned key
 * encryption key (KEK) that only the host holds. Whatever else a row says (names, metadata,
 * times) is stored as plain text and authenticated: it can be read without a key, not changed.
 *
 *     ss_options *options = NULL;
 *     ss_store *store = NULL;
 *     ss_error error;
 *     ss_status status = ss_options_new("secrets.db", &options, &error);
 *     if (status == SS_OK) status = ss_options_add_key(options, 1, base64_key, &error);
 *     if (status == SS_OK) status = ss_store_open(options, &store, &error);
 *     ss_options_free(options);
 *     ...
 *     ss_store_free(store);
 *
 * Conventions, which hold for every function unless its comment says otherwise:
 *
 * - Result. A function that can fail returns an ss_status; SS_OK is 0. The trailing ss_error may
 *   be NULL; else it receives the code and a sentence that says what was expected and what came.
 *   No message ever holds a value, a key or a DEK. Outputs are zeroed on failure.
 * - Text is UTF-8 and NUL-terminated. A namespace of NULL is the default namespace; the empty
 *   string is SS_INVALID_ARGUMENT, never "absent".
 * - Times are milliseconds since the Unix epoch, UTC; durations are milliseconds. Both lie in
 *   0 .. 2^53-1 (SS_MAX_INTEGER), so that every host language can hold them exactly.
 * - Ownership. Inputs are only read during the call. What a result struct points to belongs to
 *   the struct and lives until its _clear function, which wipes secrets before it frees them and
 *   does nothing to a zeroed struct. Opaque handles are freed by their _free function, which takes
 *   NULL.
 * - Requests are structs: set one up with its _init function, which gives every field its default,
 *   then change what you need. They carry their own size so that they can grow.
 * - Threads. A store may be used from any thread at once. Options, requests and results belong to
 *   one thread at a time.
 * - Callbacks. A callback of the host may close or free the store that calls it: ss_store_close
 *   says what that does. Whether it may use it otherwise is said where it is declared. It returns:
 *   it does not jump out (longjmp, a C++ exception), and does not end its thread.
 * - Signals. No function here is safe in a signal handler. A handler sets a flag, which an
 *   interrupt callback reports (ss_options_set_interrupt); or a thread waits for the signal
 *   (sigwait) and calls ss_store_close, which ends the calls of the others.
 * - fork(). A child may go on using a store that its parent opened, if no other thread was inside
 *   a call on it when fork() ran; otherwise the child's calls on it fail with SS_UNSUPPORTED. */
#ifndef SECRETSTORE_SECRETSTORE_H
#define SECRETSTORE_SECRETSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SS_API __attribute__((visibility("default")))
#define SS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SS_API
#define SS_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ------------------------------------------------------------------------------ */

#define SS_VERSION_MAJOR 0
#define SS_VERSION_MINOR 1
#define SS_VERSION_PATCH 0

/* The version of the library that runs, as "major.minor.patch". Static; never fails. */
SS_API const char *ss_version_string(void);

/* The same as major * 1000000 + minor * 1000 + patch, for comparisons. */
SS_API int ss_version_number(void);

/* ---- Limits ------------------------------------------------------------------------------- */

#define SS_MAX_NAME_BYTES 512               /* of a namespace, a secret's name and an actor */
#define SS_MAX_METADATA_BYTES 16384         /* of metadata and caller context, as compact JSON */
#define SS_MAX_METADATA_DEPTH 16            /* nesting of JSON; the outermost object is depth 1 */
#define SS_DEFAULT_MAX_VALUE_BYTES 1048576  /* 1 MiB, unless ss_options_set_max_value_bytes */
#define SS_CEILING_MAX_VALUE_BYTES 16777216 /* 16 MiB, the most that option may ask for */
#define SS_MAX_INTEGER 9007199254740991     /* 2^53-1: times, durations, key versions, revisions */
#define SS_MAX_PAGE_ITEMS 1000              /* of num_items in a list request */
#define SS_DEFAULT_PAGE_ITEMS 100
#define SS_KEY_BYTES 32         /* a KEK, once decoded */
#define SS_KEY_TEXT_CAPACITY 45 /* a KEK as base64, with its NUL */
#define SS_ID_CAPACITY 48       /* secret ids and event ids, with their NUL */

/* ---- Errors ------------------------------------------------------------------------------- */

/* What a call came to. The numbers are stable; ss_status_name gives the names that every host
 * language uses as its error code, such as "key_mismatch". */
typedef enum ss_status {
  SS_OK = 0,
  SS_INVALID_OPTIONS = 1,         /* an option at open is out of its range or missing */
  SS_INVALID_ARGUMENT = 2,        /* an argument of a call is */
  SS_VALUE_TOO_LARGE = 3,         /* the value is longer than max_value_bytes */
  SS_NOT_FOUND = 4,               /* no such secret */
  SS_EXPIRED = 5,                 /* the secret is there, but now >= its expires_at */
  SS_CONFLICT = 6,                /* if_revision named another revision than the stored one */
  SS_KEY_VERSION_UNAVAILABLE = 7, /* the row's KEK version is not among the configured keys */
  SS_KEY_MISMATCH = 8,      /* a configured key is not the one this store knows by that version */
  SS_DECRYPTION_FAILED = 9, /* a row does not authenticate: changed, moved or damaged */
  SS_INTEGRITY_VIOLATION = 10, /* the audit chain's head does not authenticate */
  SS_POLICY_DENIED = 11,       /* the policy said no; the message is the policy's */
  SS_POLICY_INVALID = 12,      /* the policy file does not load */
  SS_POLICY_FAILED = 13,       /* the policy raised or went over its budget; refused */
  SS_STORAGE_BUSY = 14,        /* another process held the write lock longer than the timeout */
  SS_STORAGE_FULL = 15,        /* no space left */
  SS_STORAGE_CORRUPT = 16,     /* the file is not a store, or is damaged */
  SS_STORAGE_FAILED = 17,      /* any other input/output failure */
  SS_UNSUPPORTED = 18,         /* a newer format than this library, or a use that cannot work */
  SS_CLOSED = 19,              /* the store was closed */
  SS_OUT_OF_MEMORY = 20,
  SS_INTERNAL = 21,   /* a fault of this library or of OpenSSL; please report it */
  SS_INTERRUPTED = 22 /* the host's interrupt callback had the call give up */
} ss_status;

/* A failure: its code and a sentence. Plain memory, nothing to free. */
typedef struct ss_error {
  ss_status code;
  char message[512];
  char policy_location[256]; /* "file:line" when a Lua policy failed or refused, else "" */
} ss_error;

/* The name of a status, as in "not_found"; "ok" for SS_OK, "unknown" for no status. Static. */
SS_API const char *ss_status_name(ss_status status);

/* ---- Keys --------------------------------------------------------------------------------- */

/* Makes a fresh random KEK (RAND_priv_bytes, OpenSSL 3) as base64 text with a NUL: what
 * `openssl rand -base64 32` prints. The buffer holds a key afterwards: wipe it with ss_wipe. */
SS_API SS_MUST_CHECK ss_status ss_generate_key(char key[SS_KEY_TEXT_CAPACITY], ss_error *error);

/* Overwrites memory in a way that the compiler does not remove (OPENSSL_cleanse). */
SS_API void ss_wipe(void *memory, size_t length);

/* ---- Text --------------------------------------------------------------------------------- */

/* Whether bytes are well-formed UTF-8 (RFC 3629), as values must be that a host hands out as text.
 * Reads only; thread-safe; never fails. bytes may be NULL if length is 0. */
SS_API bool ss_is_utf8(const void *bytes, size_t length);

/* ---- Options ------------------------------------------------------------------------------ */

/* What a store is opened with. Made by ss_options_new, filled by the setters, read by
 * ss_store_open, which copies what it needs: free the options right after. Holds keys, which
 * lie in locked memory that core dumps leave out, and which ss_options_free wipes. */
typedef struct ss_options ss_options;

/* How much of the library's own log reaches the callback: its level and everything graver. */
typedef enum ss_log_level {
  SS_LOG_DEBUG = 0,
  SS_LOG_WARN = 1, /* the default */
  SS_LOG_ERROR = 2,
  SS_LOG_NONE = 3
} ss_log_level;

/* When an acknowledged write is on the disk. FULL (the default): before the call returns.
 * NORMAL: a power failure may take the last few writes with it, whole and in order; a crash of
 * the process takes none. (SQLite's PRAGMA synchronous in WAL mode.) */
typedef enum ss_durability { SS_DURABILITY_FULL = 0, SS_DURABILITY_NORMAL = 1 } ss_durability;

/* Receives one log line, without a newline. Called from whichever thread caused it, so it must be
 * thread-safe; it must not call the same store, but may close it. message lives only during the
 * call. */
typedef void (*ss_log_callback)(void *context, ss_log_level level, const char *message);

/* Returns the present in milliseconds since the Unix epoch. Thread-safe as above. A result
 * outside 0 .. SS_MAX_INTEGER is taken as the nearer of the two. */
typedef int64_t (*ss_clock_callback)(void *context);

/* New options for the store at path: a file, or ":memory:" for a private store that lives as long
 * as its handle. The path is never taken for a URI ("file:x" names the file of that name), and is
 * resolved once, as the store is opened: neither chdir nor fork changes what a handle names. No
 * keys yet. Errors: SS_INVALID_OPTIONS (path NULL or empty), SS_UNSUPPORTED (the address of a
 * PostgreSQL server), SS_OUT_OF_MEMORY. */
SS_API SS_MUST_CHECK ss_status ss_options_new(const char *path, ss_options **options,
                                              ss_error *error);
SS_API void ss_options_free(ss_options *options);

/* Adds a KEK: version 0 .. SS_MAX_INTEGER, unique; key is standard base64, padding required,
 * surrounding white space ignored, of exactly SS_KEY_BYTES bytes. The first key added is the
 * active one, under which everything new is wrapped; the others only open what they once wrapped.
 * Errors: SS_INVALID_OPTIONS, which names the version and never the key; SS_OUT_OF_MEMORY. */
SS_API SS_MUST_CHECK ss_status ss_options_add_key(ss_options *options, int64_t version,
                                                  const char *key, ss_error *error);

/* The TTL of new secrets whose put names none; absent by default, so that they never expire. */
SS_API SS_MUST_CHECK ss_status ss_options_set_default_ttl_ms(ss_options *options, int64_t ttl_ms,
                                                             ss_error *error);

/* The longest value that put accepts: 0 .. SS_CEILING_MAX_VALUE_BYTES. */
SS_API SS_MUST_CHECK ss_status ss_options_set_max_value_bytes(ss_options *options, size_t length,
                                                              ss_error *error);

SS_API SS_MUST_CHECK ss_status ss_options_set_durability(ss_options *options,
                                                         ss_durability durability, ss_error *error);

#define SS_DEFAULT_BUSY_TIMEOUT_MS 5000

/* How long a call waits for other threads and processes (for the write lock, or for one of the
 * handle's 32 readers) before SS_STORAGE_BUSY: 0 .. 2^31-1, by default
 * SS_DEFAULT_BUSY_TIMEOUT_MS. By the monotonic clock. */
SS_API SS_MUST_CHECK ss_status ss_options_set_busy_timeout_ms(ss_options *options,
                                                              int64_t timeout_ms, ss_error *error);

/* Whether ss_store_open creates a store where there is no file, or one of 0 bytes (the default), or
 * fails with SS_NOT_FOUND. */
SS_API SS_MUST_CHECK ss_status ss_options_set_create(ss_options *options, bool create,
                                                     ss_error *error);

/* Whether the group of the store's file may write to it (by default not). Whoever can write to the
 * file, or turn a link that leads to it, decides what the library reads: so ss_store_open fails with
 * SS_STORAGE_FAILED if the file is not root's or the caller's own (root opens anybody's), if it may be
 * written by others, or if a link on its path could be turned by others. */
SS_API SS_MUST_CHECK ss_status ss_options_set_allow_group(ss_options *options, bool allow,
                                                          ss_error *error);

/* Where log lines go; without a callback they go nowhere. context must live until the store is
 * closed for good, which may be after ss_store_close and ss_store_free have returned: see
 * ss_options_set_closed. */
SS_API SS_MUST_CHECK ss_status ss_options_set_log(ss_options *options, ss_log_level level,
                                                  ss_log_callback callback, void *context,
                                                  ss_error *error);

/* Replaces the system's clock, for tests and simulations; NULL brings it back. context as that of
 * the log. */
SS_API SS_MUST_CHECK ss_status ss_options_set_clock(ss_options *options, ss_clock_callback callback,
                                                    void *context, ss_error *error);

/* Says that a store is closed for good. */
typedef void (*ss_closed_callback)(void *context);

/* Tells the host once, after files were closed and keys wiped, that no callback of the store runs
 * or will run any more: now their contexts may go. Usually that is before the first ss_store_close
 * (or ss_store_free) returns; if a callback was running then, later, and on the thread that left
 * last (ss_store_close says when). It may free the handle, if nobody else does. Not called if the
 * opening fails. NULL, the default: nobody is told. */
SS_API SS_MUST_CHECK ss_status ss_options_set_closed(ss_options *options,
                                                     ss_closed_callback callback, void *context,
                                                     ss_error *error);

#define SS_INTERRUPT_INTERVAL_MS 50

/* Whether the call that runs on this thread is to give up. */
typedef bool (*ss_interrupt_callback)(void *context);

/* Lets the host be heard (a Ctrl-C, a deadline) while a call waits or works long. The callback is
 * asked on the calling thread: not before a call has lasted SS_INTERRUPT_INTERVAL_MS, and then
 * about that often at most, while it waits for a lock or a reader, and between the rows, pages and
 * batches of put_batch, import, export, verify, backup, rotation, cleanup, policy_try,
 * maintenance_step and of whatever else reads the whole store; ss_store_open asks it too. Short
 * calls that wait for nobody do not ask. If it says true, the call fails with SS_INTERRUPTED and is
 * as one that failed half-way: its transaction is rolled back, its side files are removed; batches
 * that were committed before (of a rotation, a partial import) stay. It must not use the store, but
 * may close it. The background thread of maintenance never asks. A callback of NULL, the default,
 * is none. context as that of the log. */
SS_API SS_MUST_CHECK ss_status ss_options_set_interrupt(ss_options *options,
                                                        ss_interrupt_callback callback,
                                                        void *context, ss_error *error);

/* Starts a background thread with the store, which cleans up and drains older keys: off by default.
 * It runs a pass every interval_ms (1000 .. SS_MAX_INTEGER; default 60000), in small batches that
 * let writers through, and stops promptly at close. Of several processes that have it on for one
 * store, one at a time works. A pass that fails is logged and tried again, ever later. A process
 * that forks with it on must open the store in the child. */
SS_API SS_MUST_CHECK ss_status ss_options_set_maintenance(ss_options *options, bool enabled,
                                                          int64_t interval_ms, ss_error *error);

/* What maintenance keeps: secrets for so long after they expired, events for so long after they
 * were made. 1 .. SS_MAX_INTEGER ms; by default SS_DEFAULT_SECRET_RETENTION_MS and
 * SS_DEFAULT_EVENT_RETENTION_MS. */
SS_API SS_MUST_CHECK ss_status ss_options_set_retention_ms(ss_options *options,
                                                           int64_t secret_retention_ms,
                                                           int64_t event_retention_ms,
                                                           ss_error *error);

/* Maintenance rewraps what is under older keys only once the active one has been active in this store
 * for so long (since the first write with it): so that the other processes of a fleet have been given
 * it before its rows are under it. 0 .. SS_MAX_INTEGER ms; by default SS_DEFAULT_DRAIN_AFTER_MS. */
SS_API SS_MUST_CHECK ss_status ss_options_set_drain_after_ms(ss_options *options,
                                                             int64_t duration_ms, ss_error *error);

/* A policy file: Lua 5.4 text that returns a table (docs/policies.md). */
typedef struct ss_policy_source {
  const char *name; /* for messages, as in "policy.lua"; may be NULL */
  const char *text;
  size_t text_length;
} ss_policy_source;

/* The policy that judges every operation from the opening on; the text is copied. It is compiled at
 * ss_store_open, which fails with SS_POLICY_INVALID if it is not well formed. */
SS_API SS_MUST_CHECK ss_status ss_options_set_policy(ss_options *options,
                                                     const ss_policy_source *source,
                                                     ss_error *error);

#define SS_POLICY_HASH_CAPACITY 65 /* SHA-256 in hexadecimal, with its NUL */

/* Opening fails with SS_POLICY_INVALID unless the policy is the one with this hash: for hosts whose
 * types were generated from it. NULL: any. */
SS_API SS_MUST_CHECK ss_status ss_options_set_policy_hash(ss_options *options, const char *hash,
                                                          ss_error *error);

#define SS_DEFAULT_POLICY_MEMORY_BYTES 8388608 /* 8 MiB */
#define SS_DEFAULT_POLICY_INSTRUCTIONS 1000000
#define SS_DEFAULT_POLICY_DEADLINE_MS 50

/* What a policy may take: memory of each of its Lua states (256 KiB .. 1 GiB), and for a call
 * instructions (1000 .. 2^40) and time (1 .. 60000 ms of CPU time of the calling thread). A call
 * that takes more ends with SS_POLICY_FAILED within twice that time, whatever the policy does, on a
 * stack of no more than 256 KiB. */
SS_API SS_MUST_CHECK ss_status ss_options_set_policy_limits(ss_options *options,
                                                            size_t memory_bytes,
                                                            int64_t instructions,
                                                            int64_t deadline_ms, ss_error *error);

/* The least epoch from which a store's heads must count: what ss_retire_key gave. A root by which
 * earlier ones count is an old copy (of before that retirement was complete), or forged with a key
 * that was retired: SS_INTEGRITY_VIOLATION at ss_store_open and later. 1 .. SS_MAX_INTEGER, by default 1. */
SS_API SS_MUST_CHECK ss_status ss_options_set_least_epoch(ss_options *options, int64_t epoch,
                                                          ss_error *error);

/* The text of an anchor (ss_make_anchor) that the store must contain: else ss_store_open fails with
 * SS_INTEGRITY_VIOLATION. Copied. NULL, the default: none. */
SS_API SS_MUST_CHECK ss_status ss_options_set_anchor(ss_options *options, const char *text,
                                                     ss_error *error);

/* How far get, has and list are proved. PLAIN (the default): the row that is read authenticates, and
 * with it root and seal. An authentic row that was put back to an older state is found by verify, and by
 * the next change of it; a secret that was taken away, by verify. VERIFIED: the first read of a
 * namespace proves its state by one scan of its rows, and reads answer from what its authenticated
 * events say since: what they find, or do not find, is as fresh as the newest head that the handle
 * has seen; else SS_INTEGRITY_VIOLATION. */
typedef enum ss_reads { SS_READS_PLAIN = 0, SS_READS_VERIFIED = 1 } ss_reads;

SS_API SS_MUST_CHECK ss_status ss_options_set_reads(ss_options *options, ss_reads reads,
                                                    ss_error *error);

/* ---- The store ---------------------------------------------------------------------------- */

typedef struct ss_store ss_store;

/* Opens the store, and creates it (mode 0600) if need be. Several processes, and several handles
 * of one, may have one file open. While it is open, others in the process may open, read and close
 * the file (but not write to it: docs/security.md); whoever removes or replaces it, or its log, is
 * noticed: later calls fail with SS_STORAGE_FAILED. Any file but a store, or one of 0 bytes, is
 * refused and left as it is; so is a store that has lost its rows, unless create is on and nothing at
 * all is left. Opening a store that is there only reads, as every reading operation
 * does; an active key version that is new to it is recorded by the first write, which fails with
 * SS_KEY_MISMATCH if somebody else has recorded another key by that version meanwhile. Errors:
 * SS_INVALID_OPTIONS (no key), SS_NOT_FOUND (no store there and create is off), SS_KEY_MISMATCH (a
 * key differs from the one the store knows by that version), SS_UNSUPPORTED (a newer schema),
 * SS_STORAGE_CORRUPT (not a store), SS_STORAGE_BUSY, SS_STORAGE_FAILED. */
SS_API SS_MUST_CHECK ss_status ss_store_open(const ss_options *options, ss_store **store,
                                             ss_error *error);

/* Closes the store: its files are closed and its keys wiped before this returns, with the
 * exceptions below. From its beginning on, every new call on the store is SS_CLOSED at once. Calls
 * that run are waited for, but not for long: a wait for a lock or a reader, and whatever works row
 * by row or page by page, ends with SS_CLOSED, its transaction rolled back and its side files
 * removed; other calls end as they would.
 *
 * It never waits for the host's own code, which may be waiting for it:
 * - Inside a callback of the same store (log, clock, progress, write, interrupt, a policy's
 *   refusal) it returns at once.
 * - A call of another thread, or the background thread, that is inside a callback is not waited
 *   for.
 *
 * In both cases the closing takes effect when the last of those calls has returned from its
 * callback and ends (with SS_CLOSED, where it had more to do): the last to leave closes files and
 * wipes keys.
 *
 * Any thread may close, several at once, and again: each returns when the above holds. The handle
 * stays valid until ss_store_free. Not to be called by a signal handler (see Signals above). In the
 * child of a fork it waits for no thread of the parent. */
SS_API void ss_store_close(ss_store *store);

/* Closes, if that was not done, under the same rules, and frees the handle: at once, or where the
 * closing is still to take effect, with it. No call may begin on the handle any more, nor another
 * close or free. Calls that are inside a callback may end after this returns: what the callbacks'
 * contexts point to must last until then (ss_options_set_closed). */
SS_API void ss_store_free(ss_store *store);

/* ---- Common parts of requests ------------------------------------------------------------- */

/* On whose behalf a call is made. Policies see both fields; audit events record the actor.
 * actor: NULL, or text under the same rules as a name. context_json: NULL, or a JSON object of
 * at most SS_MAX_METADATA_BYTES. */
typedef struct ss_caller {
  const char *actor;
  const char *context_json;
} ss_caller;

/* What becomes of an optional field. */
typedef enum ss_change {
  SS_KEEP = 0,  /* omitted: what is stored stays; on create, the default */
  SS_CLEAR = 1, /* null: none from now on */
  SS_SET = 2    /* the value given beside it */
} ss_change;

typedef enum ss_order { SS_DESCENDING = 0, SS_ASCENDING = 1 } ss_order;

#define SS_ANY_REVISION (-1) /* if_revision: do not compare */
#define SS_NO_EXPIRY (-1)    /* an expires_at in a result: never */

/* ---- put ---------------------------------------------------------------------------------- */

/* Stores a value under (namespace, name): creates the secret or replaces its value. */
typedef struct ss_put_request {
  size_t struct_size;
  const char *namespace_name; /* NULL: the default namespace */
  const char *name;           /* 1 .. SS_MAX_NAME_BYTES bytes, no control characters */
  const void *value;          /* any bytes; may be NULL if value_length is 0 */
  size_t value_length;
  ss_change metadata;        /* SS_SET: metadata_json */
  const char *metadata_json; /* a JSON object; plain text in the store: never put a secret there */
  /* SS_SET: expires at now + ttl_ms. SS_CLEAR: never expires. SS_KEEP: the default TTL on create,
   * the stored expiry on overwrite; a secret that has already expired counts as created. */
  ss_change ttl;
  int64_t ttl_ms;
  int64_t if_revision; /* SS_ANY_REVISION; 0: only create; n: only replace revision n */
  const ss_caller *caller;
} ss_put_request;

static inline void ss_put_request_init(ss_put_request *request) {
  const ss_put_request defaults = {
      sizeof(ss_put_request), NULL, NULL, NULL, 0, SS_KEEP, NULL, SS_KEEP, 0,
      SS_ANY_REVISION,        NULL};
  *request = defaults;
}

typedef struct ss_put_result {
  char secret_id[SS_ID_CAPACITY]; /* opaque; a secret removed and created again gets a new one */
  int64_t created_at;
  int64_t updated_at;
  int64_t expires_at; /* or SS_NO_EXPIRY */
  int64_t revision;   /* 1 for a new secret */
  bool is_new;
} ss_put_result;

/* Errors: SS_INVALID_ARGUMENT, SS_VALUE_TOO_LARGE, SS_CONFLICT, SS_POLICY_*, SS_STORAGE_*;
 * SS_DECRYPTION_FAILED if the row to be replaced does not authenticate, since what it says about
 * itself would live on; SS_KEY_VERSION_UNAVAILABLE if metadata or expiry is to be kept from a row
 * whose key is not configured (give both, or SS_CLEAR, to replace such a row);
 * SS_KEY_VERSION_UNAVAILABLE too if the active key has used up its wraps (2^32, NIST SP 800-38D
 * section 8.3): rotate. result may be NULL. */
SS_API SS_MUST_CHECK ss_status ss_put(ss_store *store, const ss_put_request *request,
                                      ss_put_result *result, ss_error *error);

/* Puts count secrets in one transaction: all of them, or none. In turn, as if by ss_put: a secret
 * may stand among them twice (the turn is that of the array within a namespace). results may be
 * NULL; else it has room for count. Errors: as ss_put; the message says which request, from 0. */
SS_API SS_MUST_CHECK ss_status ss_put_batch(ss_store *store, const ss_put_request *requests,
                                            size_t count, ss_put_result *results, ss_error *error);

/* ---- get, has ----------------------------------------------------------------------------- */

/* Names one secret, for ss_get, ss_get_or_throw and ss_has. */
typedef struct ss_get_request {
  size_t struct_size;
  const char *namespace_name;
  const char *name;
  const ss_caller *caller;
} ss_get_request;

static inline void ss_get_request_init(ss_get_request *request) {
  const ss_get_request defaults = {sizeof(ss_get_request), NULL, NULL, NULL};
  *request = defaults;
}

/* Free with ss_get_result_clear, which wipes the value. */
typedef struct ss_get_result {
  /* SS_OK: the rest is filled. Else SS_NOT_FOUND, SS_EXPIRED or SS_KEY_VERSION_UNAVAILABLE, and the
   * rest is zero. */
  ss_status reason;
  unsigned char *value; /* owned; one NUL follows the last byte, beyond value_length */
  size_t value_length;
  const char *metadata_json; /* owned; NULL if the secret has none */
  int64_t expires_at;        /* or SS_NO_EXPIRY */
  int64_t created_at;
  int64_t updated_at;
  int64_t revision;
  int64_t key_version;
  size_t allocated_length; /* the library's own */
} ss_get_result;

/* Reads a secret. A secret that is missing, expired or sealed under a key that is not configured
 * is a result (SS_OK with a reason), not an error. A row that does not authenticate is
 * SS_DECRYPTION_FAILED; keys are never tried in turn. Other errors: SS_INVALID_ARGUMENT,
 * SS_POLICY_*, SS_STORAGE_*, SS_UNSUPPORTED (a row of a newer format). */
SS_API SS_MUST_CHECK ss_status ss_get(ss_store *store, const ss_get_request *request,
                                      ss_get_result *result, ss_error *error);

/* The same, but the reason is the status: anything but a value is a failure. */
SS_API SS_MUST_CHECK ss_status ss_get_or_throw(ss_store *store, const ss_get_request *request,
                                               ss_get_result *result, ss_error *error);

SS_API void ss_get_result_clear(ss_get_result *result);

/* Whether the secret is there and not expired. Needs no key and decrypts nothing. */
SS_API SS_MUST_CHECK ss_status ss_has(ss_store *store, const ss_get_request *request, bool *found,
                                      ss_error *error);

/* ---- update ------------------------------------------------------------------------------- */

/* Changes metadata, expiry or both, and not the value: its ciphertext stays as it is. */
typedef struct ss_update_request {
  size_t struct_size;
  const char *namespace_name;
  const char *name;
  ss_change metadata;
  const char *metadata_json;
  ss_change expires_at_change; /* SS_SET: expires_at. SS_CLEAR: never expires. */
  int64_t expires_at;
  ss_change ttl; /* SS_SET: now + ttl_ms. SS_CLEAR: never expires. Not together with the former. */
  int64_t ttl_ms;
  int64_t if_revision; /* SS_ANY_REVISION, or the stored revision; 0 matches only a missing one */
  const ss_caller *caller;
} ss_update_request;

static inline void ss_update_request_init(ss_update_request *request) {
  const ss_update_request defaults = {
      sizeof(ss_update_request), NULL, NULL, SS_KEEP, NULL, SS_KEEP, 0, SS_KEEP, 0,
      SS_ANY_REVISION,           NULL};
  *request = defaults;
}

typedef struct ss_update_result {
  bool updated; /* false: no such secret, and the rest is zero */
  int64_t updated_at;
  int64_t expires_at; /* or SS_NO_EXPIRY */
  int64_t revision;
} ss_update_result;

/* The DEK is wrapped anew, under the active key, since it authenticates what changes. Errors:
 * SS_INVALID_ARGUMENT (neither field given, or both forms of expiry), SS_CONFLICT,
 * SS_KEY_VERSION_UNAVAILABLE, SS_DECRYPTION_FAILED, SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_update(ss_store *store, const ss_update_request *request,
                                         ss_update_result *result, ss_error *error);

/* ---- remove ------------------------------------------------------------------------------- */

typedef struct ss_remove_request {
  size_t struct_size;
  const char *namespace_name;
  const char *name;
  int64_t if_revision;
  bool purge; /* also a row that is not authentic, or not what was last written; no trace is kept */
  const ss_caller *caller;
} ss_remove_request;

static inline void ss_remove_request_init(ss_remove_request *request) {
  const ss_remove_request defaults = {sizeof(ss_remove_request), NULL,  NULL,
                                      SS_ANY_REVISION,           false, NULL};
  *request = defaults;
}

/* Deletes a secret for good; its events stay. removed (may be NULL): whether it was there.
 * Errors: SS_INVALID_ARGUMENT, SS_CONFLICT, SS_DECRYPTION_FAILED and SS_INTEGRITY_VIOLATION (the row
 * was changed, or put back: see verify, and remove it with purge), SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_remove(ss_store *store, const ss_remove_request *request,
                                         bool *removed, ss_error *error);

/* ---- list --------------------------------------------------------------------------------- */

/* The secrets of one namespace, ordered by updated_at, ties by id. Pages cost the same at any
 * depth. A secret that is written while you page moves to the newest end. */
typedef struct ss_list_request {
  size_t struct_size;
  const char *namespace_name;
  ss_order order;
  int64_t num_items;  /* 1 .. SS_MAX_PAGE_ITEMS, default SS_DEFAULT_PAGE_ITEMS */
  const char *cursor; /* NULL: from the start; else a continue_cursor of this very query */
  const ss_caller *caller;
} ss_list_request;

static inline void ss_list_request_init(ss_list_request *request) {
  const ss_list_request defaults = {sizeof(ss_list_request), NULL, SS_DESCENDING,
                                    SS_DEFAULT_PAGE_ITEMS,   NULL, NULL};
  *request = defaults;
}

/* One secret without its value. Not authenticated: listing needs no key (ss_get authenticates). */
typedef struct ss_secret_info {
  char secret_id[SS_ID_CAPACITY];
  const char *namespace_name; /* NULL: the default namespace */
  const char *name;
  const char *metadata_json; /* or NULL */
  int64_t created_at;
  int64_t updated_at;
  int64_t expires_at; /* or SS_NO_EXPIRY */
  int64_t key_version;
  int64_t revision;
  bool is_expired; /* the effective state: true is "expired", false is "active" */
} ss_secret_info;

typedef struct ss_secret_page {
  ss_secret_info *items; /* count of them; they and their texts are owned by the page */
  size_t count;
  bool is_done;                /* nothing follows */
  const char *continue_cursor; /* owned; opaque; NULL if is_done */
  void *memory;                /* the library's own */
} ss_secret_page;

/* Errors: SS_INVALID_ARGUMENT (also: a cursor that is damaged or of another query), SS_POLICY_*,
 * SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_list(ss_store *store, const ss_list_request *request,
                                       ss_secret_page *page, ss_error *error);
SS_API void ss_secret_page_clear(ss_secret_page *page);

/* ---- list_namespaces ---------------------------------------------------------------------- */

/* Every namespace that holds or has held a secret: the default one first, then by name (bytes). */
typedef struct ss_namespaces_request {
  size_t struct_size;
  int64_t num_items;
  const char *cursor;
  const ss_caller *caller;
} ss_namespaces_request;

static inline void ss_namespaces_request_init(ss_namespaces_request *request) {
  const ss_namespaces_request defaults = {sizeof(ss_namespaces_request), SS_DEFAULT_PAGE_ITEMS,
                                          NULL, NULL};
  *request = defaults;
}

typedef struct ss_namespace_info {
  const char *namespace_name; /* NULL: the default namespace */
  int64_t secret_count;       /* expired ones included; 0 once all were removed */
} ss_namespace_info;

typedef struct ss_namespace_page {
  ss_namespace_info *items;
  size_t count;
  bool is_done;
  const char *continue_cursor;
  void *memory;
} ss_namespace_page;

SS_API SS_MUST_CHECK ss_status ss_list_namespaces(ss_store *store,
                                                  const ss_namespaces_request *request,
                                                  ss_namespace_page *page, ss_error *error);
SS_API void ss_namespace_page_clear(ss_namespace_page *page);

/* ---- list_events -------------------------------------------------------------------------- */

typedef enum ss_event_type {
  SS_EVENT_ANY = 0, /* in a request: no filter */
  SS_EVENT_CREATED = 1,
  SS_EVENT_UPDATED = 2,
  SS_EVENT_DELETED = 3,
  SS_EVENT_ROTATED = 4,   /* moved to another key */
  SS_EVENT_READ = 5,      /* its value was read */
  SS_EVENT_EXPUNGED = 6,  /* earlier or removed rows are gone for good */
  SS_EVENT_PRUNED = 7,    /* older events of the namespace are gone */
  SS_EVENT_ACCEPTED = 8,  /* the namespace's rows were taken as they are */
  SS_EVENT_REWRAPPED = 9, /* an earlier or removed row was moved to another key */

  /* In the store log. */
  SS_EVENT_STORE_CREATED = 101,
  SS_EVENT_KEY_ADDED = 102,
  SS_EVENT_KEY_ACTIVATED = 103,
  SS_EVENT_KEY_RETIRING = 104,
  SS_EVENT_KEY_RETIRED = 105,
  SS_EVENT_POLICY_REQUIRED = 106,
  SS_EVENT_SETTINGS_CHANGED = 107,
  SS_EVENT_NAMESPACE_ACCEPTED = 108,
  SS_EVENT_ANCHORED = 109,
  SS_EVENT_RESTORED = 110,
  SS_EVENT_IMPORTED = 111
} ss_event_type;

/* "created", "key_added" and so on; "any" for SS_EVENT_ANY, "unknown" otherwise. */
SS_API const char *ss_event_type_name(ss_event_type type);

/* The audit events of a namespace, or of one name or one type within it, or of one secret. */
typedef struct ss_events_request {
  size_t struct_size;
  bool namespace_given; /* whether namespace_name is a filter; name and type need it */
  const char *namespace_name;
  const char *name;      /* NULL: any; also finds the events of removed secrets of that name */
  ss_event_type type;    /* not together with name */
  const char *secret_id; /* NULL: any; not together with any other filter */
  bool store_log;        /* those about the store as a whole; not together with any filter */
  ss_order order;        /* by sequence, which is commit order */
  int64_t num_items;
  const char *cursor;
  const ss_caller *caller;
} ss_events_request;

static inline void ss_events_request_init(ss_events_request *request) {
  const ss_events_request defaults = {
      sizeof(ss_events_request), false, NULL, NULL, SS_EVENT_ANY, NULL, false, SS_DESCENDING,
      SS_DEFAULT_PAGE_ITEMS,     NULL,  NULL};
  *request = defaults;
}

typedef struct ss_event {
  char event_id[SS_ID_CAPACITY];
  char secret_id[SS_ID_CAPACITY]; /* "": it is about the namespace, or the store */
  const char *namespace_name;     /* NULL: the default namespace */
  const char *name;               /* or NULL, likewise */
  ss_event_type type;
  int64_t sequence;          /* 1, 2, 3 ... within the namespace, in commit order, without gaps */
  const char *actor;         /* or NULL */
  const char *metadata_json; /* or NULL; what changed, why it was deleted, between which keys */
  int64_t created_at;        /* never runs backwards within a namespace */
} ss_event;

typedef struct ss_event_page {
  ss_event *items;
  size_t count;
  bool is_done;
  const char *continue_cursor;
  void *memory;
} ss_event_page;

/* Errors: SS_INVALID_ARGUMENT (filters that do not go together, a bad cursor or secret id),
 * SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_list_events(ss_store *store, const ss_events_request *request,
                                              ss_event_page *page, ss_error *error);
SS_API void ss_event_page_clear(ss_event_page *page);

/* ---- Rotation ----------------------------------------------------------------------------- */

/* Rotating rewraps DEKs from an older key version to the active one. Values are not touched: their
 * ciphertext stays byte for byte, and so do revision and times. Each rewrapped secret leaves an
 * event `rotated`. */

#define SS_DEFAULT_ROTATE_BATCH 100
#define SS_MAX_ROTATE_BATCH 1000
#define SS_CURSOR_CAPACITY 128 /* a cursor in a result struct, with its NUL */

/* One batch, which is one transaction. */
typedef struct ss_rotate_request {
  size_t struct_size;
  int64_t from_version;
  int64_t batch_size; /* 1 .. SS_MAX_ROTATE_BATCH, default SS_DEFAULT_ROTATE_BATCH */
  const char *cursor; /* NULL: from the start; else the continue_cursor of the batch before */
  const ss_caller *caller;
} ss_rotate_request;

static inline void ss_rotate_request_init(ss_rotate_request *request) {
  const ss_rotate_request defaults = {sizeof(ss_rotate_request), 0, SS_DEFAULT_ROTATE_BATCH, NULL,
                                      NULL};
  *request = defaults;
}

typedef struct ss_rotate_result {
  int64_t from_version;
  int64_t to_version; /* the active one */
  int64_t processed;  /* secrets of from_version that this batch came upon */
  int64_t rotated;
  int64_t skipped; /* changed by somebody else between scan and swap; a restart looks again */
  int64_t failed;  /* do not authenticate: logged, and left as they are */
  bool is_done;    /* the whole store was scanned, and nothing is left but failed ones */
  char continue_cursor[SS_CURSOR_CAPACITY]; /* "": start again from the beginning, or done */
} ss_rotate_result;

/* Calls until is_done drain a key version; ss_rotate_all does that. Readers are never blocked,
 * writers wait no longer than one batch. Errors: SS_INVALID_ARGUMENT (from_version is the active
 * one; a bad cursor or batch size), SS_KEY_VERSION_UNAVAILABLE (from_version is not configured, or
 * the active key has used up its wraps), SS_INTEGRITY_VIOLATION, SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_rotate_keys(ss_store *store, const ss_rotate_request *request,
                                              ss_rotate_result *result, ss_error *error);

/* Told of progress between batches of a long operation: how many of about how many are done.
 * Returns false to stop there. Called on the calling thread; it may use the store. */
typedef bool (*ss_progress_callback)(void *context, int64_t done, int64_t total);

typedef struct ss_rotate_all_result {
  int64_t rotated;
  int64_t failed; /* do not authenticate: logged, and left as they are */
  bool is_done;   /* false: the progress callback stopped it */
} ss_rotate_all_result;

/* Drains every configured older version, batch after batch. progress may be NULL; result may be.
 * What was rotated before an error or a stop stays rotated; calling again goes on. */
SS_API SS_MUST_CHECK ss_status ss_rotate_all(ss_store *store, const ss_caller *caller,
                                             ss_progress_callback progress, void *context,
                                             ss_rotate_all_result *result, ss_error *error);

/* What the store and the configuration know of a key version. */
/* What a store has to do with a key version. */
typedef enum ss_key_state {
  SS_KEY_UNKNOWN = 1,  /* nothing: a configured key that no write has admitted yet */
  SS_KEY_ADMITTED = 2, /* it opens the store, and may be written with */
  SS_KEY_RETIRING = 3, /* nothing is written with it any more */
  SS_KEY_RETIRED = 4   /* it opens nothing any more */
} ss_key_state;

/* The name of a state, as in "admitted". Static. */
SS_API const char *ss_key_state_name(ss_key_state state);

typedef struct ss_key_info {
  int64_t version;
  ss_key_state state;
  bool is_active;
  bool is_configured;
  /* Configured, not active, no secret under it, and the active key opens all that it opens. */
  bool is_safe_to_remove;
  int64_t secret_count;  /* secrets whose DEK it wraps */
  int64_t wraps_used;    /* of SS_WRAP_LIMIT; counted in blocks, so rather too high */
  int64_t first_seen_at; /* when it was admitted; SS_NO_EXPIRY: it is not */
} ss_key_info;

#define SS_WRAP_LIMIT INT64_C(4294967296) /* 2^32: NIST SP 800-38D, section 8.3 */

typedef struct ss_rotation_status {
  ss_key_info *keys; /* count of them, by version; owned by the struct */
  size_t count;
  bool is_complete;          /* every secret is under the active key */
  int64_t unavailable_count; /* secrets whose key is not configured */
  void *memory;              /* the library's own */
} ss_rotation_status;

/* Counts secrets by key version; reads the whole table. Free with ss_rotation_status_clear. */
SS_API SS_MUST_CHECK ss_status ss_get_rotation_status(ss_store *store, ss_rotation_status *status,
                                                      ss_error *error);
SS_API void ss_rotation_status_clear(ss_rotation_status *status);

/* ---- Cleanup ------------------------------------------------------------------------------ */

#define SS_CLEANUP_BATCH 100                               /* the most that one call deletes */
#define SS_DEFAULT_SECRET_RETENTION_MS INT64_C(2592000000) /* 30 days */
#define SS_DEFAULT_EVENT_RETENTION_MS INT64_C(15552000000) /* 180 days */
#define SS_DEFAULT_DRAIN_AFTER_MS INT64_C(86400000)        /* 24 hours */

typedef struct ss_cleanup_result {
  int64_t deleted;
  bool is_done; /* false: call again, there is more */
} ss_cleanup_result;

/* Deletes for good at most SS_CLEANUP_BATCH secrets that expired more than retention_ms ago
 * (expires_at < now - retention_ms), the longest expired first. Each leaves an event `deleted` with
 * deletedReason "expired_cleanup". A row that does not authenticate is logged and left: its expiry
 * may be forged. retention_ms: 1 .. SS_MAX_INTEGER. caller may be NULL, result too. Errors:
 * SS_INVALID_ARGUMENT, SS_INTEGRITY_VIOLATION, SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_cleanup_secrets(ss_store *store, int64_t retention_ms,
                                                  const ss_caller *caller,
                                                  ss_cleanup_result *result, ss_error *error);

/* Prunes at most SS_CLEANUP_BATCH audit events that are older than retention_ms (created_at < now -
 * retention_ms), from the beginning of each chain, never its newest event. A checkpoint keeps the
 * rest of the chain verifiable. Events that do not verify are not pruned: SS_INTEGRITY_VIOLATION.
 * Otherwise as above. */
SS_API SS_MUST_CHECK ss_status ss_cleanup_events(ss_store *store, int64_t retention_ms,
                                                 const ss_caller *caller, ss_cleanup_result *result,
                                                 ss_error *error);

/* One bounded slice of maintenance, for hosts with a scheduler of their own: a batch of
 * ss_cleanup_secrets, ss_cleanup_events or ss_rotate_keys, whichever has work, with the retentions
 * of the options and the actor "maintenance". more (may be NULL): whether to call again soon.
 * Thread-safe, and independent of the background thread. Errors: as theirs. */
SS_API SS_MUST_CHECK ss_status ss_maintenance_step(ss_store *store, bool *more, ss_error *error);

/* ---- Keys' lives -------------------------------------------------------------------------- */

/* A key version that is to open nothing any more. */
typedef struct ss_retire_request {
  size_t struct_size;
  int64_t version;
  /* Also if secrets are still under it: they cannot be read any more. For a key that was lost. */
  bool abandon;
  const ss_caller *caller;
} ss_retire_request;

static inline void ss_retire_request_init(ss_retire_request *request) {
  const ss_retire_request defaults = {sizeof(ss_retire_request), -1, false, NULL};
  *request = defaults;
}

typedef struct ss_retire_result {
  int64_t epoch; /* which began with it: keep it with the keys, for ss_options_set_least_epoch */
  int64_t namespaces; /* whose heads were sealed anew */
  int64_t faulty;     /* of these: rows are not those that the head says; see ss_verify */
} ss_retire_result;

/* Retires a key version, which must be neither the active one nor the only one: from then on whoever
 * knows it, and older copies of the file, can forge nothing that ss_verify passes; what such a copy
 * holds it still opens. A new epoch begins, for which every other admitted key must be configured.
 * May be called again after a crash, and goes on. Asks the policy as "retire_key". result may be
 * NULL. Thread-safe. Errors: SS_INVALID_ARGUMENT, SS_CONFLICT (secrets are still under it: rotate
 * first), SS_KEY_VERSION_UNAVAILABLE, SS_INTEGRITY_VIOLATION, SS_POLICY_*, SS_STORAGE_*. Source: NIST
 * SP 800-57 Part 1, 8.3 (deactivated and destroyed keys). */
SS_API SS_MUST_CHECK ss_status ss_retire_key(ss_store *store, const ss_retire_request *request,
                                             ss_retire_result *result, ss_error *error);

/* Admits the configured keys that the store does not know, as the first write would: how many
 * (admitted may be NULL). Asks the policy as "configure". Thread-safe. Errors: SS_POLICY_*,
 * SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_admit_keys(ss_store *store, const ss_caller *caller,
                                             int64_t *admitted, ss_error *error);

typedef struct ss_keyring ss_keyring;

/* Gives an open store other keys, the first of which is active. They are checked first: if one does
 * not fit (as at ss_store_open), the old ones stay. Calls that run end with the keys that they began
 * with, which are wiped after the last of them. The keyring stays the caller's. Thread-safe. Errors:
 * SS_INVALID_ARGUMENT, SS_KEY_MISMATCH, SS_KEY_VERSION_UNAVAILABLE, SS_INTEGRITY_VIOLATION,
 * SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_reload_keys(ss_store *store, const ss_keyring *keys,
                                              ss_error *error);

/* ---- Settings of the store ---------------------------------------------------------------- */

#define SS_DEFAULT_EVENTS_MIN_RETENTION_MS INT64_C(2592000000) /* 30 days */

/* What holds for whoever opens the store: kept in it, authenticated. */
typedef struct ss_store_settings {
  int64_t events_min_retention_ms; /* pruning never takes younger events, whatever a call says */
} ss_store_settings;

typedef struct ss_settings_request {
  size_t struct_size;
  ss_change events_min_retention;  /* SS_KEEP, or SS_SET */
  int64_t events_min_retention_ms; /* 0 .. SS_MAX_INTEGER */
  const ss_caller *caller;
} ss_settings_request;

static inline void ss_settings_request_init(ss_settings_request *request) {
  const ss_settings_request defaults = {sizeof(ss_settings_request), SS_KEEP, 0, NULL};
  *request = defaults;
}

/* Thread-safe. Errors: SS_INTEGRITY_VIOLATION, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_get_store_settings(ss_store *store, ss_store_settings *settings,
                                                     ss_error *error);

/* Changes them, and tells what they are then (settings may be NULL). Asks the policy as "configure",
 * and leaves an event in the store log. Thread-safe. Errors: SS_INVALID_ARGUMENT, SS_POLICY_*,
 * SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_change_store_settings(ss_store *store,
                                                        const ss_settings_request *request,
                                                        ss_store_settings *settings,
                                                        ss_error *error);

/* ---- Verification ------------------------------------------------------------------------- */

typedef enum ss_fault_kind {
  SS_FAULT_EVENT_MISSING = 1,      /* an event was removed, added or moved */
  SS_FAULT_EVENT_CHANGED = 2,      /* an event, or its MAC, was changed */
  SS_FAULT_EVENT_UNLINKED = 3,     /* an event did not find the row that the one before it left */
  SS_FAULT_HEAD_WRONG = 4,         /* the chain does not end where its head says: a cut tail */
  SS_FAULT_HEAD_NOT_AUTHENTIC = 5, /* the head was replaced, or is of a key that was retired */
  SS_FAULT_ROW_NOT_AUTHENTIC = 6,  /* a secret's row or value was changed, moved or damaged */
  /* a row is not as its last event left it: put back to an older state, or brought back after its
   * deletion */
  SS_FAULT_ROW_OUTDATED = 7,
  SS_FAULT_ROW_WITHOUT_EVENT = 8, /* a row that the log does not know */
  SS_FAULT_SECRET_MISSING = 9,    /* a secret that the log knows, and nobody deleted, is gone */
  /* the rows of a namespace, all together, are not those that its head says */
  SS_FAULT_STATE_WRONG = 10,
  SS_FAULT_BEHIND_STORE_HEAD = 11, /* a chain lacks, or has rewritten, what expected_head covers */
  /* root, seal, store log, or what hangs on them: the store as a whole was changed, or put together
   * of parts of different times */
  SS_FAULT_STORE_CHANGED = 12,
  SS_FAULT_FILE_DAMAGED = 13 /* the database finds its own file unsound */
} ss_fault_kind;

/* The name of a kind, as in "event_changed". Static. */
SS_API const char *ss_fault_kind_name(ss_fault_kind kind);

typedef struct ss_fault {
  ss_fault_kind kind;
  const char *namespace_name; /* NULL: the default namespace */
  const char *name;           /* of the secret, where it is about one and it is known; or NULL */
  int64_t sequence;           /* of the event, where it is about one; or 0 */
  const char *message;        /* one sentence */
} ss_fault;

#define SS_MAX_FAULTS 100 /* that a report describes; it counts all */

typedef struct ss_verify_request {
  size_t struct_size;
  /* NULL, or the text of an ss_audit_head of this store: every chain must still contain what that
   * head covers. */
  const char *expected_head;
  /* NULL, or told how many secrets are done; may stop it (SS_OK, with what was checked until
   * then). */
  ss_progress_callback progress;
  void *progress_context;
} ss_verify_request;

static inline void ss_verify_request_init(ss_verify_request *request) {
  const ss_verify_request defaults = {sizeof(ss_verify_request), NULL, NULL, NULL};
  *request = defaults;
}

/* What a verification comes to. */
typedef enum ss_verdict {
  SS_VERDICT_INTACT = 1,
  SS_VERDICT_UNPROVABLE = 2, /* no fault, but something could not be checked */
  SS_VERDICT_TAMPERED = 3
} ss_verdict;

/* The name of a verdict, as in "intact". Static. */
SS_API const char *ss_verdict_name(ss_verdict verdict);

typedef struct ss_verify_report {
  ss_verdict verdict;
  bool is_intact;                /* the verdict is SS_VERDICT_INTACT */
  const char *unprovable_reason; /* what could not be checked, and why; or NULL */
  int64_t namespaces_checked;
  int64_t events_checked;
  int64_t store_events_checked;
  int64_t rows_checked;     /* of secrets, earlier versions and removed secrets */
  int64_t rows_uncheckable; /* of these: proved by the state, but their keys not configured */
  int64_t heads_compared;   /* chains found to contain what expected_head says */
  int64_t heads_pruned;     /* chains pruned beyond it since: nothing to compare with */
  int64_t acceptances;      /* times that a namespace's rows were accepted as they were */
  int64_t faults_accepted;  /* with how many faults, all together */
  int64_t seal_acceptances; /* times that the seal was accepted as it was; see ss_accept */
  int64_t last_accepted_at; /* SS_NO_EXPIRY: never */
  int64_t fault_count;
  ss_fault *faults; /* the first SS_MAX_FAULTS of them; owned by the report */
  size_t faults_described;
  void *memory; /* the library's own */
} ss_verify_report;

/* Checks that the store is, as a whole, one state that the library committed: root and seal, the
 * store log, every chain from its checkpoint to its head, every row (that it authenticates, value
 * included), and that all of them together are what the heads and the seal say. Believes nothing
 * that it has not authenticated. Sees one state of the store; others may write meanwhile. Faults are
 * the report, not errors. Which state it is, of those that were ever committed, is for an
 * expected_head, kept elsewhere, to prove: without one, the whole file may have been put back.
 * request may be NULL. Free the report with ss_verify_report_clear. Thread-safe. Errors:
 * SS_INVALID_ARGUMENT (expected_head is malformed, of another store, or not authentic),
 * SS_CLOSED, SS_INTERRUPTED, SS_STORAGE_*. How it is done: docs/security.md. */
SS_API SS_MUST_CHECK ss_status ss_verify(ss_store *store, const ss_verify_request *request,
                                         ss_verify_report *report, ss_error *error);
SS_API void ss_verify_report_clear(ss_verify_report *report);

/* ---- Accepting ---------------------------------------------------------------------------- */

typedef struct ss_accept_request {
  size_t struct_size;
  const char *namespace_name;
  const ss_caller *caller;
} ss_accept_request;

static inline void ss_accept_request_init(ss_accept_request *request) {
  const ss_accept_request defaults = {sizeof(ss_accept_request), NULL, NULL};
  *request = defaults;
}

typedef struct ss_accept_result {
  int64_t rows;     /* that it holds from now on */
  int64_t faults;   /* of it, and of the store as a whole, that were accepted; with more than
                       SS_MAX_FAULTS in the store, all beyond these */
  int64_t sequence; /* of the event that says so; earlier ones are gone. 0: there was nothing to
                       accept, and nothing was changed */
} ss_accept_result;

/* Takes the rows of a namespace as they are, after tampering that was looked into: ss_verify proves
 * it from then on, and says since when, and with how many faults accepted. Its earlier events go
 * (keep a copy of the file as evidence); so does what the store knew of namespaces that are gone. Where
 * neither the namespace nor the store as a whole has a fault, nothing is changed. Where the seal does
 * not cover the namespaces as they are, it is taken as it is too, for all of them, and
 * seal_acceptances tells of that ever after: any of them may have been put back before. Look into
 * each of them first.
 * A row that does not authenticate stands in the way: remove it with purge. Asks the policy as
 * "configure". result may be NULL. Thread-safe. Errors: SS_INVALID_ARGUMENT, SS_NOT_FOUND,
 * SS_DECRYPTION_FAILED, SS_INTEGRITY_VIOLATION, SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_accept(ss_store *store, const ss_accept_request *request,
                                         ss_accept_result *result, ss_error *error);

/* ---- Anchors ------------------------------------------------------------------------------ */

/* A line to be kept where whoever writes to the store's file cannot write: a store that is opened
 * with it (ss_options_set_anchor) is none that was put back to before it was made. */
typedef struct ss_anchor {
  const char *text; /* one line of JSON (docs/formats.md); no secret; owned by the struct */
  int64_t made_at;
  void *memory; /* the library's own */
} ss_anchor;

/* Makes a new one: notes it in the store log, then hands it out. Whoever has an older one replaces it
 * only if the store was opened with that one. Asks the policy as "configure". Free with
 * ss_anchor_clear. Thread-safe. Errors: SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_make_anchor(ss_store *store, const ss_caller *caller,
                                              ss_anchor *anchor, ss_error *error);
SS_API void ss_anchor_clear(ss_anchor *anchor);

/* ---- Store heads -------------------------------------------------------------------------- */

/* The heads of all audit chains at one moment, under one MAC (HMAC-SHA256, RFC 2104). Kept where an
 * intruder cannot reach it, it lets ss_verify prove that no event it covers was cut or changed. */
typedef struct ss_audit_head {
  const char *text; /* one line of JSON (docs/formats.md); no secret; owned by the struct */
  int64_t made_at;
  int64_t namespace_count;
  void *memory; /* the library's own */
} ss_audit_head;

/* Makes the store's head, and writes nothing. Free with ss_audit_head_clear. Thread-safe. Errors:
 * SS_INTEGRITY_VIOLATION (a head is not authentic: nothing is made, so that the evidence stays),
 * SS_KEY_VERSION_UNAVAILABLE, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_get_audit_head(ss_store *store, ss_audit_head *head,
                                                 ss_error *error);
SS_API void ss_audit_head_clear(ss_audit_head *head);

/* ---- Backup ------------------------------------------------------------------------------- */

typedef struct ss_backup_request {
  size_t struct_size;
  const char *path;              /* a file's name; its folder must exist */
  bool overwrite;                /* replace a file of that name, and the log of a store there that
                                    was not closed; never a store that is open */
  bool unverified;               /* also of a store that is not intact: as evidence */
  ss_progress_callback progress; /* NULL, or told how many pages are done; may stop the backup */
  void *progress_context;
} ss_backup_request;

static inline void ss_backup_request_init(ss_backup_request *request) {
  const ss_backup_request defaults = {sizeof(ss_backup_request), NULL, false, false, NULL, NULL};
  *request = defaults;
}

/* Writes a consistent copy of the store (mode 0600), while others read and write, once that state was
 * verified (ss_verify): unless it is intact there is no backup, but one that is asked to be
 * unverified. The copy is a store: it opens with the same keys. It is written beside its target,
 * under a name that no store may have, checked by SQLite, synced and renamed: at no moment does
 * less than a whole copy stand under the path. stopped (which may be NULL) tells whether progress
 * stopped it. Then, and after an error, no file is left; what a crash leaves, the next backup to
 * that path removes. Errors: SS_INVALID_ARGUMENT (no path), SS_INTEGRITY_VIOLATION (the store was
 * tampered with), SS_KEY_VERSION_UNAVAILABLE (that it was not cannot be proved), SS_STORAGE_FAILED (there is a file at
 * path and overwrite is off, or it cannot be written), SS_STORAGE_BUSY (a store that is open, or
 * was not closed, is at path; or another backup to it is running), SS_STORAGE_CORRUPT (this store's
 * file is damaged), SS_STORAGE_FULL. */
SS_API SS_MUST_CHECK ss_status ss_backup(ss_store *store, const ss_backup_request *request,
                                         bool *stopped, ss_error *error);

/* Notes in a store that was put in place from a backup that it was: an event `restored` in its log,
 * and a new incarnation in its root, so that it and the store that it was a copy of are two from then
 * on. Asks the policy as "configure". Thread-safe. Errors: SS_POLICY_*, SS_INTEGRITY_VIOLATION,
 * SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_note_restored(ss_store *store, const ss_caller *caller,
                                                ss_error *error);

/* ---- Import and export --------------------------------------------------------------------- */

/* Keys that a store's rows do not stand under: those of another store, or of a transfer. Like the
 * keys in options: in locked memory, wiped by ss_keyring_free. One thread at a time. */

SS_API SS_MUST_CHECK ss_status ss_keyring_new(ss_keyring **keyring, ss_error *error);
SS_API void ss_keyring_free(ss_keyring *keyring);
/* As ss_options_add_key; the first key wraps what is exported under this keyring. */
SS_API SS_MUST_CHECK ss_status ss_keyring_add_key(ss_keyring *keyring, int64_t version,
                                                  const char *key, ss_error *error);

/* A row that was not transferred, and why. */
typedef struct ss_transfer_fault {
  int64_t line;               /* of the imported text, from 1; 0 in an export */
  const char *namespace_name; /* NULL: the default namespace, or unknown */
  const char *name;           /* NULL: unknown */
  ss_status code;
  const char *message;
} ss_transfer_fault;

/* What becomes of a secret that is there already. */
typedef enum ss_existing {
  SS_EXISTING_REFUSE = 0, /* the row is refused, as SS_CONFLICT */
  SS_EXISTING_SKIP = 1,
  SS_EXISTING_REPLACE = 2 /* as if by a put: it keeps its id and creation time */
} ss_existing;

/* Imports rows in JSON lines: those of the Convex component (convex-secret-store: its table's rows,
 * or the documents.jsonl of a snapshot export), or a portable export of ss_export; the text says
 * which. Values stay encrypted as they are; each row is authenticated, value included, before it is
 * stored, and its DEK is wrapped anew under the store's active key. Creation and update times are
 * kept (those in the future become now), the revision of a portable row too. */
typedef struct ss_import_request {
  size_t struct_size;
  const char *text; /* all of it; the rows are held in memory, encrypted */
  size_t text_length;
  const ss_keyring *source_keys; /* the keys that wrap the rows' DEKs; NULL: the store's own */
  ss_existing existing;
  bool dry_run; /* stores nothing, and only reports what would become of each row */
  /* Stores what can be stored, in batches; else all rows in one transaction, or none if one is
   * refused. */
  bool partial;
  const ss_caller *caller;
} ss_import_request;

static inline void ss_import_request_init(ss_import_request *request) {
  const ss_import_request defaults = {sizeof(ss_import_request), NULL,  0,     NULL,
                                      SS_EXISTING_REFUSE,        false, false, NULL};
  *request = defaults;
}

#define SS_MAX_TRANSFER_FAULTS 100 /* that a report describes; it counts all */

typedef struct ss_import_report {
  bool is_stored; /* what is counted as imported and replaced is in the store */
  int64_t imported;
  int64_t replaced;
  int64_t skipped; /* were there already, with SS_EXISTING_SKIP */
  int64_t
      refused; /* malformed, not authentic, under a missing key, against a limit, there already */
  ss_transfer_fault *faults; /* of refused rows, in order of lines; owned by the report */
  size_t faults_described;
  void *memory; /* the library's own */
} ss_import_report;

/* The report is filled too when rows were refused and therefore nothing was stored; the status is
 * then that of the first refused row. (A dry run and a partial import do not fail for refused
 * rows.) Free it with ss_import_report_clear in any case. Errors: SS_INVALID_ARGUMENT (no rows at
 * all; a portable export that was cut or changed is SS_DECRYPTION_FAILED),
 * SS_KEY_VERSION_UNAVAILABLE, SS_CONFLICT, SS_VALUE_TOO_LARGE, SS_POLICY_*, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_import(ss_store *store, const ss_import_request *request,
                                         ss_import_report *report, ss_error *error);
SS_API void ss_import_report_clear(ss_import_report *report);

typedef enum ss_export_format {
  SS_EXPORT_PORTABLE = 0, /* keeps everything but ids and events, and shows any change or cut */
  SS_EXPORT_COMPONENT = 1 /* rows as the Convex component keeps them */
} ss_export_format;

/* Takes the next piece of an export: whole lines. Returns false to stop. Called on the calling
 * thread; must not use the store, but may close it. */
typedef bool (*ss_write_callback)(void *context, const char *text, size_t length);

typedef struct ss_export_request {
  size_t struct_size;
  ss_export_format format;
  bool namespace_given;          /* only namespace_name; else every namespace */
  const char *namespace_name;    /* NULL: the default one */
  const ss_keyring *target_keys; /* its first key wraps the exported DEKs; NULL: the active key */
  bool
      skip_failed; /* leaves out rows that cannot be read, and reports them; else they are errors */
  ss_write_callback write;
  void *write_context;
  const ss_caller *caller;
} ss_export_request;

static inline void ss_export_request_init(ss_export_request *request) {
  const ss_export_request defaults = {
      sizeof(ss_export_request), SS_EXPORT_PORTABLE, false, NULL, NULL, false, NULL, NULL, NULL};
  *request = defaults;
}

typedef struct ss_export_report {
  int64_t exported;
  int64_t failed;
  ss_transfer_fault *faults; /* of failed rows; owned by the report */
  size_t faults_described;
  void *memory; /* the library's own */
} ss_export_report;

/* Writes secrets as JSON lines, still encrypted: the state of one moment, while others write. What
 * was written before an error is not a whole export. Errors: SS_DECRYPTION_FAILED and
 * SS_KEY_VERSION_UNAVAILABLE (a row that cannot be read), SS_STORAGE_FAILED (write said false),
 * SS_POLICY_*, SS_STORAGE_*. Free the report with ss_export_report_clear. */
SS_API SS_MUST_CHECK ss_status ss_export(ss_store *store, const ss_export_request *request,
                                         ss_export_report *report, ss_error *error);
SS_API void ss_export_report_clear(ss_export_report *report);

/* ---- Policies ----------------------------------------------------------------------------- */

/* Exchanges the store's policy, or gives it its first: compiled whole before anything changes.
 * Calls that run end on the policy that they began with. Errors: SS_POLICY_INVALID (the former one
 * stays), SS_INVALID_ARGUMENT. */
SS_API SS_MUST_CHECK ss_status ss_policy_reload(ss_store *store, const ss_policy_source *source,
                                                ss_error *error);

/* The hash of the store's policy at this moment; "" if it has none. It stands in every event, as
 * policyHash in its metadata. */
SS_API SS_MUST_CHECK ss_status ss_get_policy_hash(ss_store *store,
                                                  char hash[SS_POLICY_HASH_CAPACITY],
                                                  ss_error *error);

/* Text that a call made. Free with ss_text_clear. */
typedef struct ss_text {
  char *text; /* owned; NUL-terminated */
  size_t length;
} ss_text;
SS_API void ss_text_clear(ss_text *text);

/* Compiles a policy without a store, and says in words what it allows. Errors:
 * SS_POLICY_INVALID. */
SS_API SS_MUST_CHECK ss_status ss_policy_check(const ss_policy_source *source, ss_text *description,
                                               ss_error *error);

/* Its namespaces, names and metadata as types: language is "typescript", "python" or "json-schema".
 * Errors: SS_POLICY_INVALID, SS_INVALID_ARGUMENT. */
SS_API SS_MUST_CHECK ss_status ss_policy_types(const ss_policy_source *source, const char *language,
                                               ss_text *types, ss_error *error);

/* Told of each case of a test file: its line, whether it came out as expected,
 * and else what came. */
typedef void (*ss_policy_case_callback)(void *context, int64_t line, bool passed,
                                        const char *message);

/* Runs a test file of a policy (docs/policies.md). Errors: SS_POLICY_INVALID, SS_POLICY_FAILED (the
 * test file raised), SS_INVALID_ARGUMENT (a case that is none). */
SS_API SS_MUST_CHECK ss_status ss_policy_test(const ss_policy_source *source,
                                              const ss_policy_source *cases,
                                              ss_policy_case_callback callback, void *context,
                                              ss_error *error);

/* Something that the store holds and a policy would have refused. */
typedef struct ss_policy_refusal {
  const char *namespace_name; /* NULL: the default namespace */
  const char *name;
  int64_t sequence; /* of the event; 0: the secret as it stands */
  const char *operation;
  const char *actor; /* of the event, or NULL */
  ss_status code;    /* SS_POLICY_DENIED or SS_POLICY_FAILED */
  const char *message;
} ss_policy_refusal;

/* What is pointed to lives during the call. Returns false to stop there. */
typedef bool (*ss_policy_refusal_callback)(void *context, const ss_policy_refusal *refusal);

typedef struct ss_policy_trial {
  int64_t secrets_tried;
  int64_t events_tried;
  int64_t refused;
} ss_policy_trial;

/* Replays a store against another policy: each secret as if it were put as it stands (its value is
 * decrypted for the rules about values, and never shown to Lua), and each event as the operation
 * that made it, without the metadata of then, which the log does not hold. Nothing is changed.
 * Errors: SS_POLICY_INVALID, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_policy_try(ss_store *store, const ss_policy_source *source,
                                             ss_policy_refusal_callback callback, void *context,
                                             ss_policy_trial *trial, ss_error *error);

/* ---- Statistics --------------------------------------------------------------------------- */

/* The public operations, for statistics. */
typedef enum ss_operation {
  SS_OPERATION_PUT = 0,
  SS_OPERATION_PUT_BATCH,
  SS_OPERATION_GET, /* ss_get_or_throw too */
  SS_OPERATION_HAS,
  SS_OPERATION_UPDATE,
  SS_OPERATION_REMOVE,
  SS_OPERATION_LIST,
  SS_OPERATION_LIST_NAMESPACES,
  SS_OPERATION_LIST_EVENTS,
  SS_OPERATION_ROTATE_KEYS, /* each batch of ss_rotate_all too */
  SS_OPERATION_ROTATION_STATUS,
  SS_OPERATION_CLEANUP_SECRETS,
  SS_OPERATION_CLEANUP_EVENTS,
  SS_OPERATION_MAINTENANCE_STEP, /* the background thread's too; the batches in it also count */
  SS_OPERATION_VERIFY,
  SS_OPERATION_AUDIT_HEAD,
  SS_OPERATION_BACKUP,
  SS_OPERATION_IMPORT,
  SS_OPERATION_EXPORT,
  SS_OPERATION_STATS,
  SS_OPERATION_RETIRE_KEY,
  SS_OPERATION_ADMIT_KEYS,
  SS_OPERATION_RELOAD_KEYS,
  SS_OPERATION_SETTINGS, /* reading and changing them; ss_note_restored too */
  SS_OPERATION_ACCEPT,
  SS_OPERATION_ANCHOR,
  SS_OPERATION_COUNT /* how many there are */
} ss_operation;

/* The name of an operation, as in "list_events"; "unknown" for none. Static. */
SS_API const char *ss_operation_name(ss_operation operation);

/* Since the store was opened, through this handle. Times are wall clock, waiting for locks and
 * disks included, in nanoseconds. */
typedef struct ss_operation_stats {
  int64_t calls;
  int64_t failures; /* of them; a get that finds nothing is no failure */
  int64_t total_ns;
  int64_t longest_ns;
} ss_operation_stats;

typedef struct ss_stats {
  int64_t namespace_count; /* those that hold or held secrets */
  int64_t secret_count;    /* expired ones included */
  int64_t event_count;     /* without the pruned ones */
  int64_t file_bytes;      /* of the database */
  int64_t free_bytes;      /* of them, which the next secrets fill */
  int64_t log_bytes;       /* of the write-ahead log beside it */
  ss_operation_stats operations[SS_OPERATION_COUNT];
} ss_stats;

/* Counts and timings, for metrics. Reads one row per namespace and no secret. Plain memory: nothing
 * to free. Errors: SS_INVALID_ARGUMENT, SS_STORAGE_*. */
SS_API SS_MUST_CHECK ss_status ss_get_stats(ss_store *store, ss_stats *stats, ss_error *error);

#ifdef __cplusplus
}
#endif

#endif
