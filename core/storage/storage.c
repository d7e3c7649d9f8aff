/* The calls of storage.h: each is passed on to the back end, once the rules of sessions are seen to
 * be kept, and a test had its chance to have it fail. */
#include "storage/storage.h"

#include <assert.h>
#include <stddef.h>

#include "base/status.h"
#include "storage/back_end.h"

/* ---- Sessions ------------------------------------------------------------------------------- */

static ss_status inject(const storage *of, const char *operation, ss_error *error) {
  return of->fault == NULL ? SS_OK : of->fault(of->fault_context, operation, error);
}

static ss_status begin(storage *of, session_kind kind,
                       ss_status (*opens)(storage *, storage_session **, ss_error *),
                       const char *operation, storage_session **session, ss_error *error) {
  *session = NULL;
  GUARD(inject(of, operation, error));
  GUARD(opens(of, session, error));
  assert(*session != NULL && (*session)->storage == of);
  (*session)->kind = kind;
  (*session)->has_failed = false;
  (*session)->locks_store = false;
  return SS_OK;
}

ss_status storage_begin_read(storage *of, storage_session **session, ss_error *error) {
  return begin(of, SESSION_READS, of->operations->begin_read, "begin_read", session, error);
}

ss_status storage_begin_snapshot(storage *of, storage_session **session, ss_error *error) {
  return begin(of, SESSION_SNAPSHOT, of->operations->begin_snapshot, "begin_snapshot", session,
               error);
}

ss_status storage_begin_write(storage *of, storage_session **session, ss_error *error) {
  return begin(of, SESSION_WRITES, of->operations->begin_write, "begin_write", session, error);
}

void storage_end_read(storage_session *session) {
  assert(session->kind != SESSION_WRITES);
  session->storage->operations->end_read(session);
}

ss_status storage_commit(storage_session **ended, ss_error *error) {
  storage_session *session = *ended;
  assert(session->kind == SESSION_WRITES && !session->has_failed);
  *ended = NULL;
  const ss_status status = inject(session->storage, "commit", error);
  if (status == SS_OK) return session->storage->operations->commit(session, error);
  session->storage->operations->rollback(session);
  return status;
}

void storage_rollback(storage_session *session) {
  assert(session->kind == SESSION_WRITES);
  session->storage->operations->rollback(session);
}

void storage_end(storage_session **session) {
  if (*session == NULL) return;
  if ((*session)->kind == SESSION_WRITES) {
    storage_rollback(*session);
  } else {
    storage_end_read(*session);
  }
  *session = NULL;
}

ss_status storage_session_check(const storage_session *session, ss_error *error) {
  return cancellation_check(session->cancellation, error);
}

void storage_close(storage *of) { of->operations->close(of); }

void storage_after_fork(storage *of) { of->operations->after_fork(of); }

ss_status storage_take_lease(storage *of, text_view name,
                             const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES], int64_t ms,
                             bool *taken, ss_error *error) {
  assert(ms > 0 && ms <= STORAGE_LONGEST_LEASE_MS);
  *taken = false;
  GUARD(inject(of, "take_lease", error));
  return of->operations->take_lease(of, name, holder, ms, taken, error);
}

ss_status storage_return_lease(storage *of, text_view name,
                               const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES],
                               ss_error *error) {
  GUARD(inject(of, "return_lease", error));
  return of->operations->return_lease(of, name, holder, error);
}

ss_status storage_flush_log(storage *of, ss_error *error) {
  GUARD(inject(of, "flush_log", error));
  return of->operations->flush_log(of, error);
}

/* ---- Calls in a session --------------------------------------------------------------------- */

static ss_status enter(const storage_session *session, const char *operation, ss_error *error) {
  assert(!session->has_failed);
  return inject(session->storage, operation, error);
}

static ss_status leave(storage_session *session, ss_status status) {
  session->has_failed = status != SS_OK && session->kind == SESSION_WRITES;
  return status;
}

/* NAME(ARGUMENTS) with the operation of that name; the names of the arguments follow. */
#define PASS_ON(name, ...)                                                                        \
  do {                                                                                            \
    const ss_status injected = enter(session, #name, error);                                      \
    return leave(session,                                                                         \
                 injected != SS_OK ? injected : session->storage->operations->name(__VA_ARGS__)); \
  } while (0)

ss_status storage_now(storage_session *session, int64_t *now, ss_error *error) {
  PASS_ON(now, session, now, error);
}

static ss_status reserve_within(storage_session *session, const wrap_request *request,
                                wrap_grant *grant, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(reserve_wraps, session->storage, session, request, grant, error);
}

ss_status storage_reserve_wraps(storage *of, storage_session *within, const wrap_request *request,
                                wrap_grant *grant, ss_error *error) {
  assert(request->wanted > 0 && request->limit > 0);
  assert(within == NULL || within->storage == of);
  *grant = (wrap_grant){0};
  if (within != NULL) return reserve_within(within, request, grant, error);
  GUARD(inject(of, "reserve_wraps", error));
  return of->operations->reserve_wraps(of, NULL, request, grant, error);
}

static ss_status lock_store(storage_session *session, ss_error *error) {
  PASS_ON(lock_store, session, error);
}

ss_status storage_lock_store(storage_session *session, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  if (session->locks_store) return SS_OK;
  GUARD(lock_store(session, error));
  session->locks_store = true;
  return SS_OK;
}

ss_status storage_has_moved(storage_session *session, bool *moved, ss_error *error) {
  PASS_ON(has_moved, session, moved, error);
}

void storage_doubt(storage_session *session) { session->storage->operations->doubt(session); }

ss_status storage_load_root(storage_session *session, stored_root *root, seal_record *seal,
                            bool *found, ss_error *error) {
  PASS_ON(load_root, session, root, seal, found, error);
}

ss_status storage_save_root(storage_session *session, const stored_root *root, ss_error *error) {
  assert(session->locks_store);
  PASS_ON(save_root, session, root, error);
}

ss_status storage_save_seal(storage_session *session, const seal_record *seal, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(save_seal, session, seal, error);
}

ss_status storage_load_required_policy(storage_session *session, text_view *text, bool *found,
                                       ss_error *error) {
  PASS_ON(load_required_policy, session, text, found, error);
}

ss_status storage_save_required_policy(storage_session *session, text_view text, ss_error *error) {
  assert(session->locks_store);
  PASS_ON(save_required_policy, session, text, error);
}

ss_status storage_find_kek(storage_session *session, int64_t version, kek_record *kek, bool *found,
                           ss_error *error) {
  PASS_ON(find_kek, session, version, kek, found, error);
}

ss_status storage_visit_keks(storage_session *session, kek_visitor visitor, void *context,
                             ss_error *error) {
  PASS_ON(visit_keks, session, visitor, context, error);
}

ss_status storage_insert_store_event(storage_session *session, const store_event_record *event,
                                     ss_error *error) {
  assert(session->locks_store);
  PASS_ON(insert_store_event, session, event, error);
}

ss_status storage_visit_store_events(storage_session *session, const store_events_query *query,
                                     store_event_visitor visitor, void *context, ss_error *error) {
  PASS_ON(visit_store_events, session, query, visitor, context, error);
}

ss_status storage_find_namespace(storage_session *session, text_view name, int64_t *id, bool *found,
                                 ss_error *error) {
  PASS_ON(find_namespace, session, name, id, found, error);
}

ss_status storage_lock_namespace(storage_session *session, const namespace_lock *lock,
                                 namespace_record *record, bool *found, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  assert(lock->reads != NULL || lock->read_count == 0);
  PASS_ON(lock_namespace, session, lock, record, found, error);
}

ss_status storage_load_namespace(storage_session *session, text_view name, namespace_record *record,
                                 bool *found, ss_error *error) {
  PASS_ON(load_namespace, session, name, record, found, error);
}

ss_status storage_save_namespace(storage_session *session, const namespace_record *record,
                                 ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(save_namespace, session, record, error);
}

ss_status storage_visit_namespaces(storage_session *session, const namespaces_query *query,
                                   namespace_visitor visitor, void *context, ss_error *error) {
  PASS_ON(visit_namespaces, session, query, visitor, context, error);
}

ss_status storage_look_up_secret(storage_session *session, text_view namespace_name, text_view name,
                                 secret_part part, secret_record *secret, bool *found,
                                 ss_error *error) {
  PASS_ON(look_up_secret, session, namespace_name, name, part, secret, found, error);
}

ss_status storage_find_secret(storage_session *session, int64_t namespace_id, text_view name,
                              secret_record *secret, bool *found, ss_error *error) {
  PASS_ON(find_secret, session, namespace_id, name, secret, found, error);
}

ss_status storage_find_secret_header(storage_session *session, int64_t namespace_id, text_view name,
                                     secret_record *secret, bool *found, ss_error *error) {
  PASS_ON(find_secret_header, session, namespace_id, name, secret, found, error);
}

ss_status storage_next_secret_id(storage_session *session, int64_t *id, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(next_secret_id, session, id, error);
}

ss_status storage_insert_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(insert_secret, session, secret, error);
}

ss_status storage_replace_secret(storage_session *session, const secret_record *secret,
                                 ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(replace_secret, session, secret, error);
}

ss_status storage_rewrap_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(rewrap_secret, session, secret, error);
}

ss_status storage_delete_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(delete_secret, session, secret, error);
}

ss_status storage_visit_secrets(storage_session *session, const secrets_query *query,
                                secret_visitor visitor, void *context, ss_error *error) {
  PASS_ON(visit_secrets, session, query, visitor, context, error);
}

ss_status storage_visit_rows(storage_session *session, const rows_query *query, row_visitor visitor,
                             void *context, ss_error *error) {
  PASS_ON(visit_rows, session, query, visitor, context, error);
}

ss_status storage_visit_former_secrets(storage_session *session, int64_t after_id, int64_t limit,
                                       former_secret_visitor visitor, void *context,
                                       ss_error *error) {
  PASS_ON(visit_former_secrets, session, after_id, limit, visitor, context, error);
}

ss_status storage_visit_secrets_of_key(storage_session *session, int64_t key_version,
                                       int64_t after_id, int64_t limit, secret_visitor visitor,
                                       void *context, ss_error *error) {
  PASS_ON(visit_secrets_of_key, session, key_version, after_id, limit, visitor, context, error);
}

ss_status storage_visit_expired_secrets(storage_session *session, int64_t before, int64_t limit,
                                        secret_visitor visitor, void *context, ss_error *error) {
  PASS_ON(visit_expired_secrets, session, before, limit, visitor, context, error);
}

ss_status storage_count_secrets_by_key(storage_session *session, key_count_visitor visitor,
                                       void *context, ss_error *error) {
  PASS_ON(count_secrets_by_key, session, visitor, context, error);
}

ss_status storage_find_secret_namespace(storage_session *session, int64_t secret_id,
                                        int64_t *namespace_id, bool *found, ss_error *error) {
  PASS_ON(find_secret_namespace, session, secret_id, namespace_id, found, error);
}

ss_status storage_find_namespace_name(storage_session *session, int64_t namespace_id,
                                      text_view *name, bool *found, ss_error *error) {
  PASS_ON(find_namespace_name, session, namespace_id, name, found, error);
}

ss_status storage_insert_event(storage_session *session, const event_record *event,
                               ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(insert_event, session, event, error);
}

ss_status storage_find_last_event(storage_session *session, int64_t secret_id, event_record *event,
                                  byte_view *previous_mac, bool *found, ss_error *error) {
  PASS_ON(find_last_event, session, secret_id, event, previous_mac, found, error);
}

ss_status storage_count_events(storage_session *session, int64_t namespace_id, int64_t *count,
                               ss_error *error) {
  PASS_ON(count_events, session, namespace_id, count, error);
}

ss_status storage_drop_events(storage_session *session, int64_t namespace_id, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(drop_events, session, namespace_id, error);
}

ss_status storage_delete_events(storage_session *session, int64_t namespace_id,
                                int64_t up_to_sequence, ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(delete_events, session, namespace_id, up_to_sequence, error);
}

ss_status storage_forget_former_secret(storage_session *session, int64_t secret_id,
                                       ss_error *error) {
  assert(session->kind == SESSION_WRITES);
  PASS_ON(forget_former_secret, session, secret_id, error);
}

ss_status storage_check_medium(storage_session *session, fault_visitor visitor, void *context,
                               ss_error *error) {
  PASS_ON(check_medium, session, visitor, context, error);
}

ss_status storage_measure(storage_session *session, storage_totals *totals, ss_error *error) {
  PASS_ON(measure, session, totals, error);
}

ss_status storage_visit_events(storage_session *session, const events_query *query,
                               event_visitor visitor, void *context, ss_error *error) {
  PASS_ON(visit_events, session, query, visitor, context, error);
}

/* ---- What not every back end can do --------------------------------------------------------- */

bool storage_can(const storage *of, storage_capability what) {
  switch (what) {
    case STORAGE_CAN_BACK_UP: return of->operations->backup != NULL;
    case STORAGE_CAN_COUNT_BYTES: return of->operations->count_bytes != NULL;
  }
  return false;
}

ss_status storage_count_bytes(storage_session *session, storage_bytes *bytes, ss_error *error) {
  if (!storage_can(session->storage, STORAGE_CAN_COUNT_BYTES)) {
    return error_set(error, SS_UNSUPPORTED,
                     "this store has no files of its own whose bytes could be counted");
  }
  PASS_ON(count_bytes, session, bytes, error);
}

ss_status storage_backup(storage_session *session, const storage_copy *request, bool *stopped,
                         ss_error *error) {
  assert(session->kind == SESSION_SNAPSHOT);
  if (!storage_can(session->storage, STORAGE_CAN_BACK_UP)) {
    return error_set(error, SS_UNSUPPORTED,
                     "this store's database cannot be copied into a file: back it up by the "
                     "database's own means, or export the secrets");
  }
  PASS_ON(backup, session, request, stopped, error);
}
