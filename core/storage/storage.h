/* The storage interface: what the engine asks of a database, in the store's own terms.
 *
 * A back end (SQLite now, PostgreSQL later) fills the table of back_end.h, which storage.c alone
 * calls: there the rules below are asserted, and tests have operations fail. Nothing above this
 * header knows SQL, a database's types, or how many writers it has.
 *
 * Sessions. All work happens in a session, which one thread uses at a time. A read session runs
 * each call on the newest committed state; two calls in it may see different states; a snapshot is
 * a read session that sees one state, at the price of old data being kept while it lasts. A write
 * session is one transaction: it sees its own changes, and commit makes them visible and durable
 * as a whole. Sessions are pooled by the back end; opening one is cheap. A thread holds at most
 * one session at a time (a back end may serve both kinds from one connection).
 *
 * Writers. Several write sessions may run at once, from any number of processes. What serialises
 * them is storage_lock_namespace: after it, and until the transaction ends, no other writer
 * changes that namespace, its secrets or its events. A transaction that locks several namespaces
 * locks them in the order of their names, so that none waits for another in a circle. What belongs
 * to the store as a whole (root, seal, store log, required policy) is written after
 * storage_lock_store: until the transaction ends, no other writer has that lock. It comes before
 * any namespace's; whoever finds out later that he needs it may be refused as SS_STORAGE_BUSY where
 * writers run side by side.
 *
 * Numbers that a back end hands out about keys, audit keys and namespaces are from 0 to 2^53-1, the
 * count of secrets maybe below 0: others, which somebody else stored, are SS_STORAGE_CORRUPT. Those
 * of secrets and events are what is stored.
 *
 * Records are views: the texts and bytes in one that a session handed out live until the next
 * call on that session, or its end. "Found" outputs distinguish a missing row from a failure.
 *
 * Stopping. Waits for a lock or a reader, and calls that read much, ask the session's cancellation
 * whether to go on. So does whoever loops over a session's calls (storage_session_check).
 *
 * Failures: SS_CLOSED and SS_INTERRUPTED (the cancellation said so), SS_STORAGE_BUSY (a lock was
 * not to be had within the busy timeout), SS_STORAGE_FULL, SS_STORAGE_CORRUPT, SS_STORAGE_FAILED,
 * SS_OUT_OF_MEMORY. After a failure in a write session only storage_rollback may follow. */
#ifndef STORAGE_STORAGE_H
#define STORAGE_STORAGE_H

#include <stdint.h>

#include "base/cancellation.h"
#include "base/guard.h"
#include "base/view.h"

enum {
  STORAGE_MAC_BYTES = 32, /* of digests too */
  STORAGE_ATTEMPT_BYTES = 16,
  STORAGE_SUM_BYTES = 256,
  STORAGE_LEASE_HOLDER_BYTES = 16,
  STORAGE_LONGEST_LEASE_MS = 3600000,
  STORAGE_SECRET_FORMAT = 2, /* the only format of a secret's row so far */
  /* No text, blob or row is longer: four times the largest value, which leaves a store's head room
   * for some 800,000 namespaces. Longer ones that somebody else stored are SS_STORAGE_CORRUPT. */
  STORAGE_LONGEST_BYTES = 67108864,
};

/* ---- Records ------------------------------------------------------------------------------- */

/* The root (docs/formats.md): what the store is. */
typedef struct stored_root {
  int64_t sequence;
  text_view text;
  unsigned char mac[STORAGE_MAC_BYTES];
} stored_root;

/* The seal: what the store as a whole holds. */
typedef struct seal_record {
  int64_t epoch;
  int64_t counter;
  int64_t root_sequence;
  int64_t namespaces;
  unsigned char root_mac[STORAGE_MAC_BYTES];
  unsigned char mac[STORAGE_MAC_BYTES];
  unsigned char sum[STORAGE_SUM_BYTES];
} seal_record;

/* How many wraps under a KEK version processes have taken out, used or not. */
typedef struct kek_record {
  int64_t version;
  int64_t wraps_reserved;
} kek_record;

/* Wraps of a KEK version that a process wants to take out, */
typedef struct wrap_request {
  int64_t key_version;
  int64_t wanted;
  int64_t limit; /* which the count never passes */
} wrap_request;

/* and what it got: fewer where the limit is near, none where it is reached. */
typedef struct wrap_grant {
  int64_t before; /* how many had been taken out; 0 of a version that nobody took any of */
  int64_t count;
} wrap_grant;

/* A namespace and the head of its chain. Never deleted. */
typedef struct namespace_record {
  int64_t id;
  int64_t secrets; /* rows of the three tables */
  int64_t versions;
  int64_t removed;
  int64_t sequence; /* of the newest event; 0 before the first */
  int64_t epoch;    /* whose key made head_mac */
  int64_t last_event_at;
  int64_t checkpoint_sequence;          /* of the newest event that was pruned; 0: none was */
  int64_t root_sequence;                /* as the head was made */
  int64_t sealed_sequence;              /* what the seal has of it */
  unsigned char mac[STORAGE_MAC_BYTES]; /* of the newest event */
  unsigned char checkpoint_mac[STORAGE_MAC_BYTES];
  unsigned char sealed_mac[STORAGE_MAC_BYTES];
  unsigned char head_mac[STORAGE_MAC_BYTES];
  unsigned char sum[STORAGE_SUM_BYTES]; /* of the terms of its rows */
} namespace_record;

/* A secret's row. The blobs are views of whatever length is stored: a damaged row must come out
 * as it is, for the crypto to refuse. */
typedef struct secret_record {
  int64_t id;
  int64_t namespace_id;
  text_view name;
  int64_t format;
  int64_t revision;
  int64_t key_version;
  int64_t created_at;
  int64_t updated_at;
  int64_t expires_at; /* or SS_NO_EXPIRY */
  byte_view iv;
  byte_view value_digest; /* of IV and sealed value */
  byte_view dek_iv;
  byte_view wrapped_dek;
  text_view metadata; /* JSON text, or absent */
  byte_view value;    /* sealed; absent where a call says that it does not load it */
} secret_record;

/* The three tables that hold rows of secrets. */
typedef enum row_table {
  ROWS_OF_SECRETS,  /* the living ones */
  ROWS_OF_VERSIONS, /* what they were earlier */
  ROWS_OF_REMOVED   /* those that were removed and are kept */
} row_table;

/* A row of one of them, as it was when it lived. */
typedef struct kept_row {
  secret_record row;
  int64_t replaced_at; /* a version's; else SS_NO_EXPIRY */
  int64_t removed_at;  /* a removed row's; else SS_NO_EXPIRY */
} kept_row;

/* The id and name of a secret that is gone, which its events name it by. */
typedef struct former_secret {
  int64_t id;
  int64_t namespace_id;
  text_view name;
  bool is_needed; /* by an event, or a row that is kept */
  bool is_living; /* there is a secret of that id, which makes it none */
} former_secret;

/* How much of a secret's row a call loads. */
typedef enum secret_part { SECRET_HEADER, SECRET_WHOLE } secret_part;

/* An event of a namespace. */
typedef struct event_record {
  int64_t namespace_id;
  int64_t sequence;
  ss_event_type type;
  int64_t secret_id; /* 0: it is about the namespace */
  int64_t revision;  /* of the secret; 0 with it */
  text_view name;    /* resolved through the secret; not stored with the event */
  text_view actor;
  text_view detail; /* JSON text, or absent */
  int64_t created_at;
  int64_t epoch;
  byte_view attempt;         /* STORAGE_ATTEMPT_BYTES: random, of its transaction */
  byte_view previous_digest; /* of the row that it found; or absent */
  byte_view row_digest;      /* of the row that it left; or absent */
  byte_view mac;
} event_record;

/* An event of the store log. */
typedef struct store_event_record {
  int64_t sequence;
  ss_event_type type;
  int64_t created_at;
  int64_t epoch;
  text_view actor;
  text_view detail;
  byte_view attempt;
  byte_view mac;
} store_event_record;

/* How much there is. */
typedef struct storage_totals {
  int64_t namespace_count; /* that have events */
  int64_t secret_count;
  int64_t event_count; /* without the pruned ones */
} storage_totals;

/* How long the files are that a storage has to itself. */
typedef struct storage_bytes {
  int64_t file;
  int64_t free; /* of it, which the next rows fill */
  int64_t log;  /* not yet part of the file */
} storage_bytes;

/* Where a copy goes, as in ss_backup. */
typedef struct storage_copy {
  const char *path;
  bool overwrite;
  ss_progress_callback progress; /* may be NULL */
  void *progress_context;
} storage_copy;

/* ---- Queries ------------------------------------------------------------------------------- */

/* Keyset pagination: a page starts after the position of the last row of the page before. */
typedef struct secrets_query {
  int64_t namespace_id;
  ss_order order;
  bool has_position;
  int64_t after_updated_at;
  int64_t after_id;
  int64_t limit;
} secrets_query;

/* Whole rows of one table, in an order of the back end's that does not change. */
typedef struct rows_query {
  row_table table;
  int64_t namespace_id;
  bool has_position;
  int64_t after_first; /* what the last row's visit was told */
  int64_t after_second;
  int64_t limit;
} rows_query;

typedef struct namespaces_query {
  bool has_position;
  text_view after_name; /* absent: after the default namespace, which comes first */
  int64_t limit;
} namespaces_query;

/* What a writer locks, and what it goes on to read. */
typedef struct namespace_lock {
  text_view name;
  bool create;            /* if it does not exist */
  const text_view *reads; /* names of secrets in it; may be NULL if there are none */
  size_t read_count;
} namespace_lock;

/* Which events: of the namespace; or those of one type, one name, or one secret in it. */
typedef enum events_filter {
  EVENTS_OF_NAMESPACE,
  EVENTS_OF_TYPE,
  EVENTS_OF_NAME,
  EVENTS_OF_SECRET
} events_filter;

typedef struct events_query {
  events_filter filter;
  int64_t namespace_id; /* not for EVENTS_OF_SECRET */
  ss_event_type type;
  text_view name;
  int64_t secret_id;
  ss_order order;
  bool has_position;
  int64_t after_sequence;
  int64_t after_secret_id; /* EVENTS_OF_NAME: whose event after_sequence is */
  int64_t limit;
} events_query;

/* Called once per row, in order; a status other than SS_OK ends the walk and becomes its result.
 * The visitor must not call the session. */
typedef ss_status (*secret_visitor)(void *context, const secret_record *secret, ss_error *error);
/* first and second: the row's position, for the query of the next page. */
typedef ss_status (*row_visitor)(void *context, const kept_row *row, int64_t first, int64_t second,
                                 ss_error *error);
typedef ss_status (*former_secret_visitor)(void *context, const former_secret *secret,
                                           ss_error *error);
typedef ss_status (*event_visitor)(void *context, const event_record *event, ss_error *error);
typedef ss_status (*store_event_visitor)(void *context, const store_event_record *event,
                                         ss_error *error);
typedef ss_status (*namespace_visitor)(void *context, text_view name,
                                       const namespace_record *record, ss_error *error);
typedef ss_status (*kek_visitor)(void *context, const kek_record *kek, ss_error *error);
typedef ss_status (*key_count_visitor)(void *context, int64_t key_version, int64_t secret_count,
                                       ss_error *error);
typedef ss_status (*fault_visitor)(void *context, text_view fault, ss_error *error);

/* ---- Operations ----------------------------------------------------------------------------- */

typedef struct storage storage;
typedef struct storage_session storage_session;

/* What not every back end can do. Asked for nevertheless, it fails with SS_UNSUPPORTED. */
typedef enum storage_capability {
  STORAGE_CAN_BACK_UP,    /* storage_backup */
  STORAGE_CAN_COUNT_BYTES /* storage_count_bytes */
} storage_capability;
bool storage_can(const storage *of, storage_capability what);

void storage_close(storage *of);

/* In a child process, before its first session, when none was open as it forked: lets go of what
 * the parent still uses. */
void storage_after_fork(storage *of);
ss_status storage_begin_read(storage *of, storage_session **session, ss_error *error) MUST_CHECK;
ss_status storage_begin_snapshot(storage *of, storage_session **session,
                                 ss_error *error) MUST_CHECK;
void storage_end_read(storage_session *session);

/* Waits for its turn up to the busy timeout. Ends with commit or rollback; after either, and
 * after a commit that failed, the session is gone (commit sets it to NULL). A commit may be the
 * first to tell of a failure that an earlier call caused. */
ss_status storage_begin_write(storage *of, storage_session **session, ss_error *error) MUST_CHECK;
ss_status storage_commit(storage_session **session, ss_error *error) MUST_CHECK;
void storage_rollback(storage_session *session);
/* For ON_SCOPE_EXIT: ends what was begun, without a writer's changes. NULL is no session. */
void storage_end(storage_session **session);

/* The present, by the clock that all writers of the store share: the host's where it has
 * all of them on one machine, else the database's. Read it after the lock that what it
 * dates waited for. */
ss_status storage_now(storage_session *session, int64_t *now, ss_error *error) MUST_CHECK;

/* ---- Atomic steps: each is a transaction of its own ------------------------------------------ */

/* Counts wraps as taken out, and tells how many had been: two that call at once never share one.
 *
 * within: a write session that is at hand, or NULL. Where it keeps all others from writing, or has
 * itself inserted the version, the count is part of it, and rolled back with it. Otherwise it is
 * apart: the lock on the count is not kept until the session ends, since two writers that hold a
 * namespace each would wait for each other. So wraps taken within a session may be used up by it,
 * or kept once it committed, and are lost if it did not. */
ss_status storage_reserve_wraps(storage *of, storage_session *within, const wrap_request *request,
                                wrap_grant *grant, ss_error *error) MUST_CHECK;

/* Who does a chore that one process at a time should do, by name of the chore: taken (or renewed)
 * for 1 to STORAGE_LONGEST_LEASE_MS from now, by the clock of storage_now, unless another holder
 * has it. A lease is a courtesy: one that cannot be any, or lasts longer than any, was written by
 * somebody else, and stops nobody. */
ss_status storage_take_lease(storage *of, text_view name,
                             const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES], int64_t ms,
                             bool *taken, ss_error *error) MUST_CHECK;
/* Ends it if this holder has it. Asks no clock: the host's may be gone. */
ss_status storage_return_lease(storage *of, text_view name,
                               const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES],
                               ss_error *error) MUST_CHECK;

/* Leaves nothing of what was overwritten in the database's log, as far as no reader needs it. */
ss_status storage_flush_log(storage *of, ss_error *error) MUST_CHECK;

/* ---- Within a session ------------------------------------------------------------------------ */

/* Locks what belongs to the store as a whole; also before there is a store. Again is nothing. What
 * was read of it before must be read anew. */
ss_status storage_lock_store(storage_session *session, ss_error *error) MUST_CHECK;

/* Whether the store may have changed since this was last asked of the same connection to it; true
 * the first time. Costs nothing that a read would not. Asked after a read of the session, it tells
 * of all that the read saw. */
ss_status storage_has_moved(storage_session *session, bool *moved, ss_error *error) MUST_CHECK;
/* What it was asked for did not come out: the next one says again that it has moved. */
void storage_doubt(storage_session *session);

/* The root and the seal, one row each, as they stand at one moment. found is false where there is
 * neither: no store yet. SS_STORAGE_CORRUPT where one of them is missing. */
ss_status storage_load_root(storage_session *session, stored_root *root, seal_record *seal,
                            bool *found, ss_error *error) MUST_CHECK;
ss_status storage_save_root(storage_session *session, const stored_root *root,
                            ss_error *error) MUST_CHECK;
/* Where writers run side by side, the seal is locked before it is loaded to be saved. */
ss_status storage_save_seal(storage_session *session, const seal_record *seal,
                            ss_error *error) MUST_CHECK;

/* The text of the policy that the store requires. */
ss_status storage_load_required_policy(storage_session *session, text_view *text, bool *found,
                                       ss_error *error) MUST_CHECK;
/* An absent text: none is required any more. */
ss_status storage_save_required_policy(storage_session *session, text_view text,
                                       ss_error *error) MUST_CHECK;

/* How many wraps of a KEK version were taken out, and all versions in order. */
ss_status storage_find_kek(storage_session *session, int64_t version, kek_record *kek, bool *found,
                           ss_error *error) MUST_CHECK;
ss_status storage_visit_keks(storage_session *session, kek_visitor visitor, void *context,
                             ss_error *error) MUST_CHECK;

/* The store log: appending to it, and its events in order of sequence, after one. */
ss_status storage_insert_store_event(storage_session *session, const store_event_record *event,
                                     ss_error *error) MUST_CHECK;
typedef struct store_events_query {
  ss_order order;
  bool has_position;
  int64_t after_sequence;
  int64_t limit;
} store_events_query;
ss_status storage_visit_store_events(storage_session *session, const store_events_query *query,
                                     store_event_visitor visitor, void *context,
                                     ss_error *error) MUST_CHECK;

/* The id of a namespace (absent name: the default one). Committed namespaces never change
 * theirs, so a back end may remember them. */
ss_status storage_find_namespace(storage_session *session, text_view name, int64_t *id, bool *found,
                                 ss_error *error) MUST_CHECK;

/* Locks a namespace for this transaction, and reads it. If it does not exist, create makes it
 * (found is false then, and record has only its id; it is to be saved before the commit).
 *
 * Secrets that lock->reads names are found by storage_find_secret_header without another question
 * to the database, where a question takes long: a back end may fetch them with the lock. They are
 * as they stand under the lock, and as this session changed them since. Naming none, or others
 * than are looked for, costs time and nothing else. */
ss_status storage_lock_namespace(storage_session *session, const namespace_lock *lock,
                                 namespace_record *record, bool *found, ss_error *error) MUST_CHECK;
/* The same without the lock. */
ss_status storage_load_namespace(storage_session *session, text_view name, namespace_record *record,
                                 bool *found, ss_error *error) MUST_CHECK;
ss_status storage_save_namespace(storage_session *session, const namespace_record *record,
                                 ss_error *error) MUST_CHECK;
ss_status storage_visit_namespaces(storage_session *session, const namespaces_query *query,
                                   namespace_visitor visitor, void *context,
                                   ss_error *error) MUST_CHECK;

/* A secret by the names of its namespace and of itself, in one question to the database. found is
 * false too if there is no such namespace. */
ss_status storage_look_up_secret(storage_session *session, text_view namespace_name, text_view name,
                                 secret_part part, secret_record *secret, bool *found,
                                 ss_error *error) MUST_CHECK;

/* The same in a namespace whose id is known: whole, or without its value. */
ss_status storage_find_secret(storage_session *session, int64_t namespace_id, text_view name,
                              secret_record *secret, bool *found, ss_error *error) MUST_CHECK;
ss_status storage_find_secret_header(storage_session *session, int64_t namespace_id, text_view name,
                                     secret_record *secret, bool *found,
                                     ss_error *error) MUST_CHECK;

/* An id that no secret has or had. */
ss_status storage_next_secret_id(storage_session *session, int64_t *id, ss_error *error) MUST_CHECK;
ss_status storage_insert_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) MUST_CHECK;

/* Replaces everything but id, namespace, name and created_at. */
ss_status storage_replace_secret(storage_session *session, const secret_record *secret,
                                 ss_error *error) MUST_CHECK;

/* Replaces what a new wrap changes: revision, key_version, times, metadata, dek_iv and
 * wrapped_dek; never value and iv. */
ss_status storage_rewrap_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) MUST_CHECK;

/* Whole rows of a namespace. */
ss_status storage_visit_rows(storage_session *session, const rows_query *query, row_visitor visitor,
                             void *context, ss_error *error) MUST_CHECK;

/* Secrets that are gone, in order of id, after one. */
ss_status storage_visit_former_secrets(storage_session *session, int64_t after_id, int64_t limit,
                                       former_secret_visitor visitor, void *context,
                                       ss_error *error) MUST_CHECK;

/* Deletes the row, and remembers its id and name for its events. */
ss_status storage_delete_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) MUST_CHECK;

/* Without values. */
ss_status storage_visit_secrets(storage_session *session, const secrets_query *query,
                                secret_visitor visitor, void *context, ss_error *error) MUST_CHECK;

/* The secrets of a key version, without values, in order of id, beginning after one. May read
 * the whole table to find few. */
ss_status storage_visit_secrets_of_key(storage_session *session, int64_t key_version,
                                       int64_t after_id, int64_t limit, secret_visitor visitor,
                                       void *context, ss_error *error) MUST_CHECK;

/* Those that expired before a time, without values, the longest expired first. */
ss_status storage_visit_expired_secrets(storage_session *session, int64_t before, int64_t limit,
                                        secret_visitor visitor, void *context,
                                        ss_error *error) MUST_CHECK;

/* How many secrets each key version has, in order of version; reads the whole table. */
ss_status storage_count_secrets_by_key(storage_session *session, key_count_visitor visitor,
                                       void *context, ss_error *error) MUST_CHECK;

/* The namespace of a secret that exists or existed, and a namespace's name by its id. */
ss_status storage_find_secret_namespace(storage_session *session, int64_t secret_id,
                                        int64_t *namespace_id, bool *found,
                                        ss_error *error) MUST_CHECK;
ss_status storage_find_namespace_name(storage_session *session, int64_t namespace_id,
                                      text_view *name, bool *found, ss_error *error) MUST_CHECK;
ss_status storage_insert_event(storage_session *session, const event_record *event,
                               ss_error *error) MUST_CHECK;

/* The newest event of a secret that says what its row is: created, updated, deleted, rotated or
 * none of these (found is false). Whoever asks knows the secret's name: the event's is absent.
 * previous_mac: the MAC of the event before it in the namespace's chain; absent if that event is not
 * there. */
ss_status storage_find_last_event(storage_session *session, int64_t secret_id, event_record *event,
                                  byte_view *previous_mac, bool *found, ss_error *error) MUST_CHECK;

/* How many events a namespace has, of whatever type; reads them. */
ss_status storage_count_events(storage_session *session, int64_t namespace_id, int64_t *count,
                               ss_error *error) MUST_CHECK;

/* Deletes every event of a namespace, of whatever type. */
ss_status storage_drop_events(storage_session *session, int64_t namespace_id,
                              ss_error *error) MUST_CHECK;

/* Prunes a namespace's events up to a sequence. */
ss_status storage_delete_events(storage_session *session, int64_t namespace_id,
                                int64_t up_to_sequence, ss_error *error) MUST_CHECK;

/* Forgets a secret that is gone and has no events any more. A back end may keep some. */
ss_status storage_forget_former_secret(storage_session *session, int64_t secret_id,
                                       ss_error *error) MUST_CHECK;

/* Adds up; reads the namespaces. */
ss_status storage_measure(storage_session *session, storage_totals *totals,
                          ss_error *error) MUST_CHECK;

ss_status storage_count_bytes(storage_session *session, storage_bytes *bytes,
                              ss_error *error) MUST_CHECK;

/* Has the database check itself: each fault that it finds in its file. */
ss_status storage_check_medium(storage_session *snapshot, fault_visitor visitor, void *context,
                               ss_error *error) MUST_CHECK;

/* Copies the state that a snapshot sees into a file. */
ss_status storage_backup(storage_session *snapshot, const storage_copy *request, bool *stopped,
                         ss_error *error) MUST_CHECK;
ss_status storage_visit_events(storage_session *session, const events_query *query,
                               event_visitor visitor, void *context, ss_error *error) MUST_CHECK;

/* Between the steps of a loop: whether the work is to end here. */
ss_status storage_session_check(const storage_session *session, ss_error *error) MUST_CHECK;

#endif
