/* Rows of secrets: found, written, and walked. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

static void assert_row(const secret_record *row, const secret_record *expected) {
  assert_int_equal(row->id, expected->id);
  assert_int_equal(row->namespace_id, expected->namespace_id);
  assert_true(text_view_equals(row->name, expected->name));
  assert_int_equal(row->format, expected->format);
  assert_int_equal(row->revision, expected->revision);
  assert_int_equal(row->key_version, expected->key_version);
  assert_int_equal(row->created_at, expected->created_at);
  assert_int_equal(row->updated_at, expected->updated_at);
  assert_int_equal(row->expires_at, expected->expires_at);
  assert_true(text_view_equals(row->metadata, expected->metadata));
  assert_int_equal(row->iv.length, expected->iv.length);
  assert_memory_equal(row->iv.data, expected->iv.data, expected->iv.length);
  assert_int_equal(row->wrapped_dek.length, expected->wrapped_dek.length);
  assert_memory_equal(row->wrapped_dek.data, expected->wrapped_dek.data,
                      expected->wrapped_dek.length);
}

static void assert_value(const secret_record *row, byte_view value) {
  assert_int_equal(row->value.length, value.length);
  assert_memory_equal(row->value.data, value.data, value.length);
}

/* Found in "n", and not looked for beyond it. */
static bool look_up(storage *of, const char *name, secret_part part, secret_record *row,
                    storage_session **session) {
  bool found = false;
  ss_error error;
  *session = begin_read(of);
  assert_ok(
      storage_look_up_secret(*session, VIEW("n"), text_view_of(name), part, row, &found, &error),
      &error);
  return found;
}

static secret_record insert_one(storage *of, const char *name) {
  storage_session *session = begin_write(of);
  const namespace_record record = lock_namespace(session, VIEW("n"), NULL);
  const secret_record made = insert_secret(session, record.id, name);
  commit(session);
  return made;
}

static void a_row_is_found_as_it_was_written(void **state) {
  fixture *self = *state;
  const secret_record made = insert_one(self->first, "A");
  storage_session *session = NULL;
  secret_record row;
  bool found = false;
  ss_error error;
  assert_true(look_up(self->second, "A", SECRET_WHOLE, &row, &session));
  assert_row(&row, &made);
  assert_value(&row, made.value);
  assert_ok(storage_find_secret(session, made.namespace_id, VIEW("A"), &row, &found, &error),
            &error);
  assert_row(&row, &made);
  assert_value(&row, made.value);
  assert_ok(storage_find_secret_header(session, made.namespace_id, VIEW("A"), &row, &found, &error),
            &error);
  assert_row(&row, &made);
  storage_end(&session);
  assert_true(look_up(self->second, "A", SECRET_HEADER, &row, &session));
  assert_row(&row, &made);
  storage_end(&session);
}

static void what_is_not_there_is_not_found(void **state) {
  fixture *self = *state;
  storage_session *session = NULL;
  secret_record row;
  assert_false(look_up(self->first, "A", SECRET_WHOLE, &row, &session)); /* no such namespace */
  storage_end(&session);
  (void)insert_one(self->first, "A");
  assert_false(look_up(self->second, "B", SECRET_WHOLE, &row, &session));
  storage_end(&session);
  assert_false(look_up(self->second, "a", SECRET_HEADER, &row, &session)); /* bytes, no letters */
  storage_end(&session);
}

/* What a write may change, changed. */
static secret_record changed(const secret_record *made) {
  static const unsigned char iv[GCM_IV_BYTES] = {7};
  static const unsigned char wrapped[WRAPPED_KEY_BYTES] = {8};
  static const unsigned char value[] = {9};
  secret_record row = *made;
  row.revision = 2, row.key_version = 2, row.updated_at = TEST_NOW + 1;
  row.expires_at = TEST_NOW + 2;
  row.metadata = (text_view){0};
  row.iv = row.dek_iv = (byte_view){iv, sizeof iv};
  row.wrapped_dek = (byte_view){wrapped, sizeof wrapped};
  row.value = (byte_view){value, sizeof value};
  return row;
}

static void replacing_changes_all_but_what_a_row_is(void **state) {
  fixture *self = *state;
  const secret_record made = insert_one(self->first, "A");
  const secret_record next = changed(&made);
  storage_session *session = begin_write(self->second);
  secret_record row;
  ss_error error;
  assert_ok(storage_replace_secret(session, &next, &error), &error);
  commit(session);
  assert_true(look_up(self->first, "A", SECRET_WHOLE, &row, &session));
  assert_row(&row, &next);
  assert_value(&row, next.value);
  storage_end(&session);
}

static void rewrapping_leaves_the_sealed_value(void **state) {
  fixture *self = *state;
  const secret_record made = insert_one(self->first, "A");
  secret_record next = changed(&made);
  storage_session *session = begin_write(self->second);
  secret_record row;
  ss_error error;
  assert_ok(storage_rewrap_secret(session, &next, &error), &error);
  commit(session);
  next.iv = made.iv;
  assert_true(look_up(self->first, "A", SECRET_WHOLE, &row, &session));
  assert_row(&row, &next);
  assert_value(&row, made.value);
  storage_end(&session);
}

static void ids_are_never_used_again(void **state) {
  fixture *self = *state;
  int64_t last = 0;
  for (int i = 0; i < 4; i++) {
    storage *of = i % 2 == 0 ? self->first : self->second;
    const secret_record made = insert_one(of, "A");
    storage_session *session = begin_write(of);
    ss_error error;
    assert_true(made.id != last);
    last = made.id;
    assert_ok(storage_delete_secret(session, &made, &error), &error);
    commit(session);
  }
}

static void a_deleted_secret_is_remembered_until_it_is_forgotten(void **state) {
  fixture *self = *state;
  const secret_record made = insert_one(self->first, "A");
  storage_session *session = begin_write(self->first);
  secret_record row;
  int64_t namespace_id = -1;
  bool found = false;
  ss_error error;
  assert_ok(storage_delete_secret(session, &made, &error), &error);
  commit(session);
  assert_false(look_up(self->second, "A", SECRET_WHOLE, &row, &session));
  assert_ok(storage_find_secret_namespace(session, made.id, &namespace_id, &found, &error), &error);
  assert_true(found);
  assert_int_equal(namespace_id, made.namespace_id);
  storage_end(&session);
  session = begin_write(self->second);
  assert_ok(storage_forget_former_secret(session, made.id, &error), &error);
  commit(session);
}

/* ---- Walks --------------------------------------------------------------------------------- */

typedef struct seen_rows {
  char names[32];
  int64_t last_updated_at;
  int64_t last_id;
} seen_rows;

static ss_status add_row(void *context, const secret_record *row, ss_error *error) {
  seen_rows *seen = context;
  (void)strncat(seen->names, row->name.data, row->name.length);
  seen->last_updated_at = row->updated_at;
  seen->last_id = row->id;
  return SS_OK;
}

/* A to D in "n": B and C were written at the same time, D before all; C is under key 2, and A and D
 * expire, D first. */
static int64_t insert_four(storage *of) {
  static const int64_t times[] = {TEST_NOW + 9, TEST_NOW + 5, TEST_NOW + 5, TEST_NOW + 1};
  static const int64_t expiries[] = {TEST_NOW + 20, SS_NO_EXPIRY, SS_NO_EXPIRY, TEST_NOW + 10};
  static const char *const names[] = {"A", "B", "C", "D"};
  storage_session *session = begin_write(of);
  const namespace_record record = lock_namespace(session, VIEW("n"), NULL);
  for (size_t i = 0; i < 4; i++) {
    ss_error error;
    secret_record row = insert_secret(session, record.id, names[i]);
    row.updated_at = times[i], row.expires_at = expiries[i];
    row.key_version = i == 2 ? 2 : 1;
    assert_ok(storage_replace_secret(session, &row, &error), &error);
  }
  commit(session);
  return record.id;
}

static void secrets_come_by_their_last_write_in_pages(void **state) {
  fixture *self = *state;
  static const char *const expected[][2] = {
      [SS_ASCENDING] = {"DB", "CA"}, [SS_DESCENDING] = {"AC", "BD"}};
  const int64_t id = insert_four(self->first);
  storage_session *session = begin_read(self->second);
  for (int order = 0; order < 2; order++) {
    secrets_query query = {.namespace_id = id, .order = (ss_order)order, .limit = 2};
    for (int page = 0; page < 2; page++) {
      seen_rows seen = {0};
      ss_error error;
      assert_ok(storage_visit_secrets(session, &query, add_row, &seen, &error), &error);
      assert_string_equal(seen.names, expected[order][page]);
      query.has_position = true;
      query.after_updated_at = seen.last_updated_at, query.after_id = seen.last_id;
    }
  }
  storage_end(&session);
}

static void secrets_of_a_key_come_by_id(void **state) {
  fixture *self = *state;
  seen_rows all = {0}, page = {0}, rest = {0};
  ss_error error;
  (void)insert_four(self->first);
  storage_session *session = begin_read(self->second);
  assert_ok(storage_visit_secrets_of_key(session, 1, 0, 9, add_row, &all, &error), &error);
  assert_string_equal(all.names, "ABD");
  assert_ok(storage_visit_secrets_of_key(session, 1, 0, 2, add_row, &page, &error), &error);
  assert_string_equal(page.names, "AB");
  assert_ok(storage_visit_secrets_of_key(session, 1, page.last_id, 9, add_row, &rest, &error),
            &error);
  assert_string_equal(rest.names, "D");
  storage_end(&session);
}

static void expired_secrets_come_longest_expired_first(void **state) {
  fixture *self = *state;
  seen_rows none = {0}, both = {0}, first = {0};
  ss_error error;
  (void)insert_four(self->first);
  storage_session *session = begin_read(self->second);
  assert_ok(storage_visit_expired_secrets(session, TEST_NOW + 10, 9, add_row, &none, &error),
            &error);
  assert_string_equal(none.names, "");
  assert_ok(storage_visit_expired_secrets(session, TEST_NOW + 21, 9, add_row, &both, &error),
            &error);
  assert_string_equal(both.names, "DA");
  assert_ok(storage_visit_expired_secrets(session, TEST_NOW + 21, 1, add_row, &first, &error),
            &error);
  assert_string_equal(first.names, "D");
  storage_end(&session);
}

static ss_status add_count(void *context, int64_t key_version, int64_t count, ss_error *error) {
  *(int64_t *)context = 100 * *(int64_t *)context + 10 * key_version + count;
  return SS_OK;
}

static void secrets_are_counted_by_key(void **state) {
  fixture *self = *state;
  int64_t seen = 0;
  ss_error error;
  (void)insert_four(self->first);
  storage_session *session = begin_read(self->second);
  assert_ok(storage_count_secrets_by_key(session, add_count, &seen, &error), &error);
  assert_int_equal(seen, 1321);
  storage_end(&session);
}

const struct CMUnitTest secret_tests[] = {
    CONFORMANCE_TEST(a_row_is_found_as_it_was_written),
    CONFORMANCE_TEST(what_is_not_there_is_not_found),
    CONFORMANCE_TEST(replacing_changes_all_but_what_a_row_is),
    CONFORMANCE_TEST(rewrapping_leaves_the_sealed_value),
    CONFORMANCE_TEST(ids_are_never_used_again),
    CONFORMANCE_TEST(a_deleted_secret_is_remembered_until_it_is_forgotten),
    CONFORMANCE_TEST(secrets_come_by_their_last_write_in_pages),
    CONFORMANCE_TEST(secrets_of_a_key_come_by_id),
    CONFORMANCE_TEST(expired_secrets_come_longest_expired_first),
    CONFORMANCE_TEST(secrets_are_counted_by_key),
};
const size_t secret_test_count = sizeof secret_tests / sizeof secret_tests[0];
