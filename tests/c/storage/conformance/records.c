/* The store's row and head, KEK versions, audit keys, namespaces, and what adds up. */
#include <string.h>

#include "conformance.h"

static void the_stores_row_is_there_once_it_was_inserted(void **state) {
  fixture *self = *state;
  store_record made = {.store_id = "0123456789abcde", .created_at = TEST_NOW};
  store_record read = {0};
  bool found = true;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  assert_ok(storage_load_store(session, &read, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_insert_store(session, &made, &error), &error);
  commit(session);
  session = begin_read(self->second);
  assert_ok(storage_load_store(session, &read, &found, &error), &error);
  assert_true(found);
  assert_memory_equal(read.store_id, made.store_id, sizeof made.store_id);
  assert_int_equal(read.created_at, TEST_NOW);
  storage_end(&session);
}

/* A visitor that adds what it sees to a number, a decimal digit each. */
static ss_status add_kek(void *context, const kek_record *kek, ss_error *error) {
  *(int64_t *)context = 10 * *(int64_t *)context + kek->version;
  return SS_OK;
}

static void key_versions_come_in_their_order(void **state) {
  fixture *self = *state;
  int64_t seen = 0;
  bool found = true;
  kek_record kek;
  ss_error error;
  insert_kek(self->first, 3, 0);
  insert_kek(self->second, 1, 7);
  storage_session *session = begin_read(self->first);
  assert_ok(storage_visit_keks(session, add_kek, &seen, &error), &error);
  assert_int_equal(seen, 13);
  assert_ok(storage_find_kek(session, 2, &kek, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_find_kek(session, 1, &kek, &found, &error), &error);
  assert_true(found);
  assert_int_equal(kek.wraps_reserved, 7);
  assert_int_equal(kek.check[0], 1);
  storage_end(&session);
}

static ss_status add_audit_key(void *context, const audit_key_record *key, ss_error *error) {
  *(int64_t *)context = 100 * *(int64_t *)context + 10 * key->epoch + key->key_version;
  return SS_OK;
}

static void audit_keys_come_by_epoch_and_key_version(void **state) {
  fixture *self = *state;
  static const audit_key_record keys[] = {{.epoch = 2, .key_version = 1},
                                          {.epoch = 1, .key_version = 2},
                                          {.epoch = 1, .key_version = 1}};
  int64_t seen = 0;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  for (size_t i = 0; i < 3; i++) {
    assert_ok(storage_insert_audit_key(session, &keys[i], &error), &error);
  }
  commit(session);
  session = begin_read(self->second);
  assert_ok(storage_visit_audit_keys(session, add_audit_key, &seen, &error), &error);
  assert_int_equal(seen, 111221);
  storage_end(&session);
}

static void the_stores_head_is_the_last_one_saved(void **state) {
  fixture *self = *state;
  text_view text;
  bool found = true;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  assert_ok(storage_load_store_head(session, &text, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_save_store_head(session, VIEW("one"), &error), &error);
  assert_ok(storage_save_store_head(session, VIEW("two"), &error), &error);
  commit(session);
  session = begin_read(self->second);
  assert_ok(storage_load_store_head(session, &text, &found, &error), &error);
  assert_true(found);
  assert_view(text, "two");
  storage_end(&session);
}

/* ---- Namespaces ---------------------------------------------------------------------------- */

static void a_namespace_is_made_by_its_first_lock(void **state) {
  fixture *self = *state;
  static const text_view names[] = {{NULL, 0}, {"n", 1}, {"", 0}};
  for (size_t i = 0; i < 3; i++) {
    bool found = true;
    storage_session *session = begin_write(self->first);
    namespace_record made = lock_namespace(session, names[i], &found);
    assert_false(found);
    made.secret_count = 5, made.head_sequence = 6, made.head_epoch = 1, made.last_event_at = 8;
    memset(made.head_mac, 9, sizeof made.head_mac);
    ss_error error;
    assert_ok(storage_save_namespace(session, &made, &error), &error);
    commit(session);
    session = begin_write(self->second);
    const namespace_record again = lock_namespace(session, names[i], &found);
    assert_true(found);
    assert_memory_equal(&again, &made, sizeof made);
    storage_rollback(session);
  }
}

static void a_lock_that_may_not_make_a_namespace_makes_none(void **state) {
  fixture *self = *state;
  namespace_record record;
  int64_t id = 0;
  bool found = true;
  ss_error error;
  storage_session *session = begin_write(self->first);
  assert_ok(storage_lock_namespace(session, &(namespace_lock){.name = VIEW("n")}, &record, &found,
                                   &error),
            &error);
  assert_false(found);
  commit(session);
  session = begin_read(self->first);
  assert_ok(storage_find_namespace(session, VIEW("n"), &id, &found, &error), &error);
  assert_false(found);
  storage_end(&session);
}

static void make_namespaces(storage *of, size_t count, const char *const names[]) {
  storage_session *session = begin_write(of);
  for (size_t i = 0; i < count; i++) {
    ss_error error;
    namespace_record made = lock_namespace(session, text_view_of(names[i]), NULL);
    made.head_sequence = 4, made.secret_count = 2, made.checkpoint_sequence = 1;
    assert_ok(storage_save_namespace(session, &made, &error), &error);
  }
  commit(session);
}

static void a_namespaces_id_leads_to_its_name(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"n"};
  int64_t id = 0;
  text_view name;
  bool found = false;
  ss_error error;
  make_namespaces(self->first, 1, names);
  storage_session *session = begin_read(self->second);
  for (int i = 0; i < 2; i++) { /* the second may be remembered */
    assert_ok(storage_find_namespace(session, VIEW("n"), &id, &found, &error), &error);
    assert_true(found);
  }
  assert_ok(storage_find_namespace_name(session, id, &name, &found, &error), &error);
  assert_true(found);
  assert_view(name, "n");
  assert_ok(storage_find_namespace_name(session, id + 1, &name, &found, &error), &error);
  assert_false(found);
  storage_end(&session);
}

typedef struct seen_names {
  char text[64];
  int64_t stop_after; /* 0: never */
  int64_t count;
} seen_names;

static ss_status add_name(void *context, text_view name, const namespace_record *record,
                          ss_error *error) {
  seen_names *seen = context;
  (void)strncat(seen->text, name.data == NULL ? "-" : name.data,
                name.data == NULL ? 1 : name.length);
  seen->count++;
  return seen->count == seen->stop_after ? SS_INTERRUPTED : SS_OK;
}

static void namespaces_come_by_name_the_default_one_first(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"c", NULL, "a", "b"};
  seen_names all = {0}, page = {0}, rest = {0};
  ss_error error;
  make_namespaces(self->first, 4, names);
  storage_session *session = begin_read(self->first);
  namespaces_query query = {.limit = 10};
  assert_ok(storage_visit_namespaces(session, &query, add_name, &all, &error), &error);
  assert_string_equal(all.text, "-abc");
  query.limit = 2;
  assert_ok(storage_visit_namespaces(session, &query, add_name, &page, &error), &error);
  assert_string_equal(page.text, "-a");
  query.has_position = true, query.after_name = VIEW("a");
  assert_ok(storage_visit_namespaces(session, &query, add_name, &rest, &error), &error);
  assert_string_equal(rest.text, "bc");
  storage_end(&session);
}

static void a_visitor_ends_its_walk(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"a", "b", "c"};
  seen_names seen = {.stop_after = 2};
  ss_error error;
  make_namespaces(self->first, 3, names);
  storage_session *session = begin_read(self->first);
  const namespaces_query query = {.limit = 10};
  assert_int_equal(storage_visit_namespaces(session, &query, add_name, &seen, &error),
                   SS_INTERRUPTED);
  assert_string_equal(seen.text, "ab");
  storage_end(&session);
}

static void the_totals_add_up_the_namespaces(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"a", "b"};
  storage_totals totals;
  storage_bytes bytes;
  ss_error error;
  make_namespaces(self->first, 2, names);
  storage_session *session = begin_read(self->second);
  assert_ok(storage_measure(session, &totals, &error), &error);
  assert_int_equal(totals.namespace_count, 2);
  assert_int_equal(totals.secret_count, 4);
  assert_int_equal(totals.event_count, 6);
  const ss_status status = storage_count_bytes(session, &bytes, &error);
  assert_int_equal(status,
                   storage_can(self->second, STORAGE_CAN_COUNT_BYTES) ? SS_OK : SS_UNSUPPORTED);
  if (status == SS_OK) assert_true(bytes.file > 0);
  storage_end(&session);
}

static void the_present_is_the_shared_clocks(void **state) {
  fixture *self = *state;
  int64_t before = 0, after = 0;
  ss_error error;
  storage_session *session = begin_write(self->first);
  assert_ok(storage_now(session, &before, &error), &error);
  storage_rollback(session);
  self->clock.now_ms += 5;
  session = begin_write(self->second);
  assert_ok(storage_now(session, &after, &error), &error);
  assert_true(after >= before);
  storage_rollback(session);
}

const struct CMUnitTest record_tests[] = {
    CONFORMANCE_TEST(the_stores_row_is_there_once_it_was_inserted),
    CONFORMANCE_TEST(key_versions_come_in_their_order),
    CONFORMANCE_TEST(audit_keys_come_by_epoch_and_key_version),
    CONFORMANCE_TEST(the_stores_head_is_the_last_one_saved),
    CONFORMANCE_TEST(a_namespace_is_made_by_its_first_lock),
    CONFORMANCE_TEST(a_lock_that_may_not_make_a_namespace_makes_none),
    CONFORMANCE_TEST(a_namespaces_id_leads_to_its_name),
    CONFORMANCE_TEST(namespaces_come_by_name_the_default_one_first),
    CONFORMANCE_TEST(a_visitor_ends_its_walk),
    CONFORMANCE_TEST(the_totals_add_up_the_namespaces),
    CONFORMANCE_TEST(the_present_is_the_shared_clocks),
};
const size_t record_test_count = sizeof record_tests / sizeof record_tests[0];
