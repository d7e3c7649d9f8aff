/* Whatever is changed in a stored row behind the library's back, get never gives a value. */
#include <stdio.h>
#include <string.h>

#include "support/support.h"

/* A store with two secrets in a namespace, one with everything, and the clock
 * well before expiry. */
static test_store prepared(void) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "acme";
  request.name = "VICTIM";
  request.value = "victim-value";
  request.value_length = strlen("victim-value");
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"a\"}";
  request.ttl = SS_SET;
  request.ttl_ms = 1000000;
  assert_ok(ss_put(self.store, &request, NULL, &error), &error);
  test_put(self.store, "acme", "OTHER", "other-value!");
  return self;
}

typedef struct tampering {
  const char *sql;
  ss_status expected;
} tampering;

/* Changes one byte of a blob. */
#define FLIP_BLOB(column, position)                                        \
  "UPDATE secret SET " column " = CAST(substr(" column ", 1, " position    \
  " - 1) || "                                                              \
  "CASE WHEN substr(" column ", " position                                 \
  ", 1) = x'00' THEN x'01' ELSE x'00' END || substr(" column ", " position \
  " + 1) AS BLOB) WHERE name = 'VICTIM'"

static const tampering tamperings[] = {
    {FLIP_BLOB("value", "1"), SS_DECRYPTION_FAILED},
    {FLIP_BLOB("value", "length(value)"), SS_DECRYPTION_FAILED},
    {FLIP_BLOB("iv", "1"), SS_DECRYPTION_FAILED},
    {FLIP_BLOB("iv", "12"), SS_DECRYPTION_FAILED},
    {FLIP_BLOB("dek_iv", "5"), SS_DECRYPTION_FAILED},
    {FLIP_BLOB("wrapped_dek", "1"), SS_DECRYPTION_FAILED},
    {FLIP_BLOB("wrapped_dek", "48"), SS_DECRYPTION_FAILED},
    {"UPDATE secret SET value = x'' WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET value = substr(value, 2) WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET value = zeroblob(100) WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET iv = x'' WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET iv = zeroblob(16) WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET dek_iv = zeroblob(11) WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET wrapped_dek = zeroblob(47) WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET metadata = '{\"owner\":\"b\"}' WHERE name = 'VICTIM'",
     SS_DECRYPTION_FAILED},
    {"UPDATE secret SET metadata = NULL WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET metadata = '{\"owner\":\"a\"},1' WHERE name = 'VICTIM'",
     SS_DECRYPTION_FAILED},
    {"UPDATE secret SET metadata = 'null' WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET expires_at = expires_at + 1 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET expires_at = NULL WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET expires_at = 1 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET revision = 2 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET created_at = created_at - 1 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET updated_at = updated_at + 1 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET key_version = 2 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET key_version = 3 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET format = 1 WHERE name = 'VICTIM'", SS_UNSUPPORTED},
    {"UPDATE secret SET format = 0 WHERE name = 'VICTIM'", SS_UNSUPPORTED},
    {"UPDATE secret SET id = 77 WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET name = 'VICTIN' WHERE name = 'VICTIM'", SS_NOT_FOUND},
    {"UPDATE secret SET name = 'X' WHERE name = 'VICTIM';"
     "UPDATE secret SET name = 'VICTIM' WHERE name = 'OTHER'",
     SS_DECRYPTION_FAILED},
    {"UPDATE secret SET (iv, dek_iv, wrapped_dek, value) = (SELECT iv, dek_iv, wrapped_dek, value"
     " FROM secret WHERE name = 'OTHER') WHERE name = 'VICTIM'",
     SS_DECRYPTION_FAILED},
    {"UPDATE secret SET (iv, value) = (SELECT iv, value FROM secret WHERE name = 'OTHER')"
     " WHERE name = 'VICTIM'",
     SS_DECRYPTION_FAILED},
    {"UPDATE secret SET value_digest = zeroblob(32) WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
    {"UPDATE secret SET value_digest = x'' WHERE name = 'VICTIM'", SS_DECRYPTION_FAILED},
};

/* With a second key configured, so that another version is known. */
static void get_never_gives_a_value_from_a_changed_row(void **state) {
  for (size_t i = 0; i < sizeof tamperings / sizeof tamperings[0]; i++) {
    test_store self = prepared();
    test_store_close(&self);
    self.keys[1] = 2;
    test_store_sql(&self, tamperings[i].sql);
    test_store_open(&self);
    const ss_status status = test_get_status(self.store, "acme", "VICTIM");
    if (status != tamperings[i].expected) print_error("after: %s\n", tamperings[i].sql);
    assert_string_equal(ss_status_name(status), ss_status_name(tamperings[i].expected));
    test_store_remove(&self);
  }
}

/* OTHER has neither metadata nor expiry: what stands for "none" must be the real thing. */
static void absent_fields_cannot_be_imitated(void **state) {
  static const char *const changes[] = {
      "UPDATE secret SET expires_at = -1 WHERE name = 'OTHER'",
      "UPDATE secret SET expires_at = -9 WHERE name = 'OTHER'",
      "UPDATE secret SET metadata = '' WHERE name = 'OTHER'",
      "UPDATE secret SET metadata = 'null' WHERE name = 'OTHER'",
      "UPDATE secret SET metadata = '{}' WHERE name = 'OTHER'",
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    test_store self = prepared();
    test_store_sql(&self, changes[i]);
    const ss_status status = test_get_status(self.store, "acme", "OTHER");
    if (status != SS_DECRYPTION_FAILED) fail_msg("%s: %s", changes[i], ss_status_name(status));
    test_store_remove(&self);
  }
}

static void rows_moved_to_another_namespace_do_not_open(void **state) {
  test_store self = prepared();
  test_put(self.store, "other", "VICTIM", "x");
  test_store_close(&self);
  test_store_sql(
      &self,
      "DELETE FROM secret WHERE namespace = (SELECT id FROM namespace WHERE name = 'other');"
      "UPDATE secret SET namespace = (SELECT id FROM namespace WHERE name = 'other')"
      " WHERE name = 'VICTIM'");
  test_store_open(&self);
  assert_int_equal(test_get_status(self.store, "other", "VICTIM"), SS_DECRYPTION_FAILED);
  test_store_remove(&self);
}

static void rows_of_another_store_do_not_open(void **state) {
  test_store self = prepared();
  test_store other = prepared();
  char sql[512];
  test_store_close(&self);
  test_store_close(&other);
  (void)snprintf(sql, sizeof sql,
                 "ATTACH '%s' AS o; DELETE FROM secret WHERE name = 'VICTIM';"
                 "INSERT INTO secret SELECT * FROM o.secret WHERE name = 'VICTIM'",
                 other.path);
  test_store_sql(&self, sql);
  test_store_open(&self);
  assert_int_equal(test_get_status(self.store, "acme", "VICTIM"), SS_DECRYPTION_FAILED);
  test_store_remove(&self);
  test_store_remove(&other);
}

static void a_refused_get_leaves_no_output(void **state) {
  test_store self = prepared();
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  test_store_sql(&self, "UPDATE secret SET value = zeroblob(28) WHERE name = 'VICTIM'");
  ss_get_request_init(&request);
  request.namespace_name = "acme";
  request.name = "VICTIM";
  assert_fails(ss_get(self.store, &request, &result, &error), SS_DECRYPTION_FAILED, &error);
  assert_null(result.value);
  assert_int_equal(result.value_length, 0);
  assert_non_null(strstr(error.message, "VICTIM"));
  test_store_remove(&self);
}

/* A put that inherits would otherwise give the forged field a good seal. */
static void put_does_not_inherit_from_a_changed_row(void **state) {
  test_store self = prepared();
  ss_put_request request;
  ss_error error;
  test_store_sql(&self, "UPDATE secret SET metadata = '{\"owner\":\"eve\"}' WHERE name = 'VICTIM'");
  ss_put_request_init(&request);
  request.namespace_name = "acme";
  request.name = "VICTIM";
  request.value = "n";
  request.value_length = 1;
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_DECRYPTION_FAILED, &error);
  test_store_remove(&self);
}

static void update_does_not_rewrap_a_changed_row(void **state) {
  test_store self = prepared();
  ss_update_request request;
  ss_update_result result;
  ss_error error;
  test_store_sql(&self, "UPDATE secret SET expires_at = expires_at + 5 WHERE name = 'VICTIM'");
  ss_update_request_init(&request);
  request.namespace_name = "acme";
  request.name = "VICTIM";
  request.metadata = SS_CLEAR;
  assert_fails(ss_update(self.store, &request, &result, &error), SS_DECRYPTION_FAILED, &error);
  test_store_remove(&self);
}

static ss_status remove_victim(test_store *self, bool purge, bool *removed, ss_error *error) {
  ss_remove_request request;
  ss_remove_request_init(&request);
  request.namespace_name = "acme";
  request.name = "VICTIM";
  request.purge = purge;
  return ss_remove(self->store, &request, removed, error);
}

/* A plain removal would bury the evidence under an authentic event. */
static void a_changed_row_is_removed_by_purge_alone(void **state) {
  test_store self = prepared();
  ss_error error;
  bool removed = false;
  test_store_sql(&self, "UPDATE secret SET revision = 5 WHERE name = 'VICTIM'");
  assert_fails(remove_victim(&self, false, &removed, &error), SS_DECRYPTION_FAILED, &error);
  assert_false(removed);
  assert_ok(remove_victim(&self, true, &removed, &error), &error);
  assert_true(removed);
  assert_int_equal(
      test_store_number(&self, "SELECT count(*) FROM event WHERE detail LIKE '%\"purge\"%'"), 1);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void a_deleted_row_that_is_back_is_removed_by_purge_alone(void **state) {
  test_store self = prepared();
  ss_error error;
  bool removed = false;
  test_store_sql(&self, "CREATE TABLE aside.older AS SELECT * FROM secret WHERE name = 'VICTIM'");
  assert_ok(remove_victim(&self, false, &removed, &error), &error);
  test_store_sql(&self, "INSERT INTO secret SELECT * FROM older; DROP TABLE older");
  assert_fails(remove_victim(&self, false, &removed, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_ok(remove_victim(&self, true, &removed, &error), &error);
  assert_true(removed);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* Whoever knows a DEK can seal another value under it: the digest says which one was meant. */
static void a_value_sealed_anew_under_the_rows_own_dek_is_refused(void **state) {
  test_store self = prepared();
  test_store_sql(&self, "UPDATE secret SET value_digest = randomblob(32) WHERE name = 'VICTIM'");
  assert_int_equal(test_get_status(self.store, "acme", "VICTIM"), SS_DECRYPTION_FAILED);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(get_never_gives_a_value_from_a_changed_row),
      cmocka_unit_test(absent_fields_cannot_be_imitated),
      cmocka_unit_test(rows_moved_to_another_namespace_do_not_open),
      cmocka_unit_test(rows_of_another_store_do_not_open),
      cmocka_unit_test(a_refused_get_leaves_no_output),
      cmocka_unit_test(put_does_not_inherit_from_a_changed_row),
      cmocka_unit_test(update_does_not_rewrap_a_changed_row),
      cmocka_unit_test(a_changed_row_is_removed_by_purge_alone),
      cmocka_unit_test(a_deleted_row_that_is_back_is_removed_by_purge_alone),
      cmocka_unit_test(a_value_sealed_anew_under_the_rows_own_dek_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
