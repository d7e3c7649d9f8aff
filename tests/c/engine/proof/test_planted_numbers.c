/* A file may hold any numbers and lengths: whatever somebody planted there, every operation ends
 * with a result or an error that says so; nothing overflows, hangs or takes memory without end. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/support.h"

/* A store under key 2 and 1, with a row under key 3, which is admitted and not configured. */
static test_store prepared(void) {
  test_store self = test_store_prepare();
  ss_remove_request removal;
  ss_error error;
  self.keys[0] = 3;
  test_store_open(&self);
  test_put(self.store, "old", "A", "1");
  test_store_reopen_with(&self, 1, 3);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "B", "2");
  test_put(self.store, "n", "B", "3");
  test_put(self.store, "n", "GONE", "4");
  ss_remove_request_init(&removal);
  removal.namespace_name = "n";
  removal.name = "GONE";
  assert_ok(ss_remove(self.store, &removal, NULL, &error), &error);
  test_store_close(&self);
  self.keys[0] = 2, self.keys[1] = 1, self.keys[2] = -1;
  return self;
}

/* Opens, or says why not; every failure must have a sentence. */
static bool opens(test_store *self, ss_status *status) {
  ss_error error;
  ss_options *options = test_store_options(self);
  *status = ss_store_open(options, &self->store, &error);
  ss_options_free(options);
  if (*status != SS_OK) assert_int_not_equal(error.message[0], '\0');
  return *status == SS_OK;
}

/* ---- Everything that may be asked ---------------------------------------------------------- */

static bool drop_piece(void *context, const char *text, size_t length) { return true; }

static void check_number(int64_t number) { assert_true(number >= 0 && number <= SS_MAX_INTEGER); }

static void list_all(ss_store *store, const char *namespace_name) {
  ss_list_request request;
  ss_error error;
  char cursor[512] = "";
  bool is_done = false;
  ss_list_request_init(&request);
  request.namespace_name = namespace_name;
  request.num_items = 1;
  for (int pages = 0; !is_done; pages++) {
    ss_secret_page page;
    request.cursor = cursor[0] == '\0' ? NULL : cursor;
    if (ss_list(store, &request, &page, &error) != SS_OK) return;
    assert_true(pages < 10);
    for (size_t i = 0; i < page.count; i++) {
      check_number(page.items[i].revision);
      check_number(page.items[i].updated_at);
    }
    is_done = page.is_done;
    if (!is_done) (void)snprintf(cursor, sizeof cursor, "%s", page.continue_cursor);
    ss_secret_page_clear(&page);
  }
}

static void list_all_events(ss_store *store, const char *namespace_name) {
  ss_events_request request;
  ss_error error;
  char cursor[512] = "";
  bool is_done = false;
  ss_events_request_init(&request);
  request.namespace_given = true;
  request.namespace_name = namespace_name;
  request.num_items = 1;
  for (int pages = 0; !is_done; pages++) {
    ss_event_page page;
    request.cursor = cursor[0] == '\0' ? NULL : cursor;
    if (ss_list_events(store, &request, &page, &error) != SS_OK) return;
    assert_true(pages < 30);
    for (size_t i = 0; i < page.count; i++) check_number(page.items[i].sequence);
    is_done = page.is_done;
    if (!is_done) (void)snprintf(cursor, sizeof cursor, "%s", page.continue_cursor);
    ss_event_page_clear(&page);
  }
}

static void report_on_all(ss_store *store) {
  static const char policy[] = "return { expiry = { default_ms = 1000, max_ms = 5000 } }";
  const ss_policy_source source = {"policy.lua", policy, sizeof policy - 1};
  ss_rotation_status status;
  ss_verify_report report;
  ss_audit_head head;
  ss_stats stats;
  ss_error error;
  (void)!ss_get_stats(store, &stats, &error);
  (void)!ss_get_rotation_status(store, &status, &error);
  ss_rotation_status_clear(&status);
  (void)!ss_verify(store, NULL, &report, &error);
  ss_verify_report_clear(&report);
  (void)!ss_get_audit_head(store, &head, &error);
  ss_audit_head_clear(&head);
  (void)!ss_policy_try(store, &source, NULL, NULL, NULL, &error);
}

static void export_all(ss_store *store) {
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.write = drop_piece;
  request.skip_failed = true;
  (void)!ss_export(store, &request, &report, &error);
  ss_export_report_clear(&report);
}

static void write_all(ss_store *store, const char *namespace_name) {
  static const char *const names[] = {"A", "B", "NEW"};
  ss_update_request update;
  ss_remove_request removal;
  ss_update_result updated;
  ss_error error;
  for (int i = 0; i < 3; i++) {
    ss_put_request put;
    ss_put_request_init(&put);
    put.namespace_name = namespace_name;
    put.name = names[i];
    (void)!ss_put(store, &put, NULL, &error);
    put.metadata = SS_CLEAR;
    put.ttl = SS_CLEAR;
    (void)!ss_put(store, &put, NULL, &error);
  }
  ss_update_request_init(&update);
  update.namespace_name = namespace_name;
  update.name = "A";
  update.ttl = SS_SET;
  update.ttl_ms = 1;
  (void)!ss_update(store, &update, &updated, &error);
  ss_remove_request_init(&removal);
  removal.namespace_name = namespace_name;
  removal.name = "B";
  (void)!ss_remove(store, &removal, NULL, &error);
}

enum { MANY_BATCHES = 200 };

static bool give_up_after_many_batches(void *context, int64_t done, int64_t total) {
  int *batches = context;
  return ++*batches < MANY_BATCHES;
}

static void maintain(test_store *self) {
  int batches = 0;
  ss_rotate_all_result rotated;
  ss_cleanup_result cleaned;
  ss_error error;
  bool more = true;
  (void)!ss_rotate_all(self->store, NULL, give_up_after_many_batches, &batches, &rotated, &error);
  assert_true(batches < MANY_BATCHES);
  self->clock->now_ms += 100000;
  (void)!ss_cleanup_secrets(self->store, 1, NULL, &cleaned, &error);
  (void)!ss_cleanup_events(self->store, 1, NULL, &cleaned, &error);
  for (int i = 0; more && i < 50; i++) {
    if (ss_maintenance_step(self->store, &more, &error) != SS_OK) break;
    assert_true(i < 49);
  }
}

static void ask_for_everything(test_store *self) {
  static const char *const namespaces[] = {"n", "old", NULL, "new"};
  for (int i = 0; i < 4; i++) {
    (void)test_get_status(self->store, namespaces[i], "A");
    list_all(self->store, namespaces[i]);
    list_all_events(self->store, namespaces[i]);
  }
  report_on_all(self->store);
  export_all(self->store);
  for (int i = 0; i < 4; i++) write_all(self->store, namespaces[i]);
  maintain(self);
}

/* ---- Every number, at its extremes --------------------------------------------------------- */

/* Each with %s for the number; planted alone, in a store of its own. */
static const char *const places[] = {
    "UPDATE root SET sequence = %s",
    "UPDATE seal SET counter = %s",
    "UPDATE seal SET epoch = %s",
    "UPDATE seal SET root_sequence = %s",
    "UPDATE seal SET namespaces = %s",
    "UPDATE kek SET wraps_reserved = %s",
    "UPDATE kek SET version = %s WHERE version = 1",
    "INSERT INTO lease VALUES ('maintenance', zeroblob(16), %s)",
    "UPDATE store_event SET sequence = %s WHERE sequence = 2",
    "UPDATE store_event SET type = %s",
    "UPDATE store_event SET created_at = %s",
    "UPDATE store_event SET epoch = %s",
    "UPDATE namespace SET secrets = %s",
    "UPDATE namespace SET versions = %s",
    "UPDATE namespace SET removed = %s",
    "UPDATE namespace SET sequence = %s",
    "UPDATE namespace SET sealed_sequence = %s, sequence = %s",
    "UPDATE namespace SET epoch = %s",
    "UPDATE namespace SET root_sequence = %s",
    "UPDATE namespace SET last_event_at = %s",
    "UPDATE namespace SET checkpoint_sequence = %s",
    "PRAGMA ignore_check_constraints = ON; UPDATE namespace SET id = %s WHERE name = 'n'",
    "UPDATE secret SET id = %s WHERE name = 'B'",
    "UPDATE secret SET revision = %s",
    "UPDATE secret SET revision = %s, key_version = 3",
    "UPDATE secret SET key_version = %s",
    "UPDATE secret SET format = %s",
    "UPDATE secret SET created_at = %s",
    "UPDATE secret SET updated_at = %s",
    "UPDATE secret SET updated_at = %s, created_at = %s, key_version = 3",
    "UPDATE secret SET expires_at = %s",
    "UPDATE secret SET expires_at = %s, key_version = 3",
    "UPDATE former_secret SET id = %s",
    "INSERT INTO former_secret VALUES (%s, 0, 'X')",
    "UPDATE event SET sequence = %s WHERE sequence = 2",
    "UPDATE event SET secret = %s",
    "UPDATE event SET revision = %s",
    "UPDATE event SET created_at = %s",
    "UPDATE event SET epoch = %s",
    "UPDATE OR IGNORE event SET type = %s",
    /* The same sequence twice, under two types. */
    "UPDATE event SET sequence = %s WHERE type = 1 AND sequence = 1;"
    " UPDATE event SET sequence = %s WHERE type = 2",
};

static const char *const numbers[] = {
    "-9223372036854775808",
    "9223372036854775807",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740992",
    "-1",
    "0",
};

static void plant(const test_store *self, const char *place, const char *number) {
  char sql[1024];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  (void)snprintf(sql, sizeof sql, place, number, number);
#pragma GCC diagnostic pop
  test_store_sql(self, sql);
}

/* Like another one, in a folder of its own. */
static test_store copy_of(const test_store *original) {
  test_store self = test_store_prepare();
  char bytes[65536];
  FILE *from = fopen(original->path, "rb");
  FILE *to = fopen(self.path, "wb");
  assert_true(from != NULL && to != NULL);
  for (size_t length; (length = fread(bytes, 1, sizeof bytes, from)) > 0;) {
    assert_int_equal(fwrite(bytes, 1, length, to), length);
  }
  assert_int_equal(fclose(from) | fclose(to), 0);
  memcpy(self.keys, original->keys, sizeof self.keys);
  return self;
}

static void no_number_anywhere_overflows_or_hangs(void **state) {
  test_store original = prepared();
  for (size_t place = 0; place < sizeof places / sizeof places[0]; place++) {
    for (size_t number = 0; number < sizeof numbers / sizeof numbers[0]; number++) {
      test_store self = copy_of(&original);
      ss_status status = SS_OK;
      plant(&self, places[place], numbers[number]);
      if (opens(&self, &status)) {
        ask_for_everything(&self);
      } else if (status != SS_STORAGE_CORRUPT && status != SS_INTEGRITY_VIOLATION) {
        fail_msg("%s with %s: %s", places[place], numbers[number], ss_status_name(status));
      }
      test_store_remove(&self);
    }
  }
  test_store_remove(&original);
}

/* ---- What comes of each -------------------------------------------------------------------- */

static ss_status put_new(ss_store *store, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = "NEW";
  return ss_put(store, &request, NULL, error);
}

static void numbers_of_keys_and_namespaces_out_of_range_are_refused(void **state) {
  static const struct {
    const char *sql;
    ss_status expected;
  } plantings[] = {
      {"UPDATE kek SET wraps_reserved = -9223372036854775808", SS_STORAGE_CORRUPT},
      {"UPDATE kek SET wraps_reserved = 9223372036854775807", SS_STORAGE_CORRUPT},
      {"UPDATE namespace SET sequence = 9223372036854775807", SS_STORAGE_CORRUPT},
      {"UPDATE namespace SET sequence = 9007199254740991", SS_INTEGRITY_VIOLATION},
      {"UPDATE namespace SET secrets = -9223372036854775808", SS_STORAGE_CORRUPT},
      {"UPDATE seal SET counter = 9223372036854775807", SS_STORAGE_CORRUPT},
      {"UPDATE seal SET counter = 9007199254740991", SS_INTEGRITY_VIOLATION},
      {"UPDATE root SET sequence = 9007199254740991", SS_INTEGRITY_VIOLATION},
  };
  for (size_t i = 0; i < sizeof plantings / sizeof plantings[0]; i++) {
    test_store self = prepared();
    ss_status status = SS_OK;
    ss_error error;
    self.keys[0] = 1, self.keys[1] = -1;
    test_store_sql(&self, plantings[i].sql);
    if (opens(&self, &status)) status = put_new(self.store, &error);
    if (status != plantings[i].expected) {
      fail_msg("%s: %s", plantings[i].sql, ss_status_name(status));
    }
    test_store_remove(&self);
  }
}

/* Ids count up; a planted one that none can follow must not keep secrets from being made. */
static void a_planted_id_blocks_nothing_and_is_found(void **state) {
  static const char *const plantings[] = {
      "INSERT INTO former_secret VALUES (9007199254740991, 0, 'X')",
      "INSERT INTO former_secret VALUES (9223372036854775807, 0, 'X')",
      "INSERT INTO former_secret VALUES (9223372036854775806, 0, 'X')",
      "INSERT INTO former_secret VALUES (-7, 0, 'X')",
  };
  for (size_t i = 0; i < sizeof plantings / sizeof plantings[0]; i++) {
    test_store self = prepared();
    ss_error error;
    test_store_sql(&self, plantings[i]);
    test_store_open(&self);
    assert_ok(put_new(self.store, &error), &error);
    assert_secret(self.store, "n", "NEW", "");
    assert_false(test_store_is_intact(self.store));
    test_store_remove(&self);
  }
}

/* Whose walk begins behind the least number there is would not come across these. */
static void rows_below_all_numbers_are_found(void **state) {
  static const char *const plantings[] = {
      "INSERT INTO former_secret VALUES (%s, 0, 'X')",
      "INSERT INTO former_secret VALUES (0, 0, 'X')",
      "INSERT INTO store_event SELECT %s, type, created_at, epoch, attempt, mac, actor, detail"
      " FROM store_event LIMIT 1",
      "INSERT INTO removed SELECT %s, namespace, name, 1, revision, key_version, format,"
      " expires_at, created_at, updated_at, iv, value_digest, dek_iv, wrapped_dek, metadata, value"
      " FROM secret LIMIT 1",
      "INSERT INTO secret_version SELECT %s, %s, namespace, name, 1, key_version, format,"
      " expires_at, created_at, updated_at, iv, value_digest, dek_iv, wrapped_dek, metadata, value"
      " FROM secret LIMIT 1",
      "INSERT INTO secret SELECT %s, namespace, 'PLANTED', revision, key_version, format,"
      " expires_at, created_at, %s, iv, value_digest, dek_iv, wrapped_dek, metadata, value"
      " FROM secret LIMIT 1",
      "INSERT INTO event SELECT namespace, type, %s, secret, revision, created_at, epoch, attempt,"
      " previous_digest, row_digest, mac, actor, detail FROM event LIMIT 1",
  };
  static const char least[] = "-9223372036854775808";
  (void)state;
  for (size_t i = 0; i < sizeof plantings / sizeof plantings[0]; i++) {
    test_store self = prepared();
    char *sql = sqlite3_mprintf(plantings[i], least, least);
    test_store_sql(&self, sql);
    test_store_open(&self);
    if (test_store_is_intact(self.store)) fail_msg("%s: intact", sql);
    sqlite3_free(sql);
    test_store_remove(&self);
  }
}

static void stats_of_impossible_counts_are_storage_corrupt(void **state) {
  static const char *const plantings[] = {
      "UPDATE namespace SET secrets = 9223372036854775807",
      "UPDATE namespace SET sequence = 9223372036854775807, checkpoint_sequence = -5",
  };
  for (size_t i = 0; i < 2; i++) {
    test_store self = prepared();
    ss_stats stats;
    ss_error error;
    test_store_sql(&self, plantings[i]);
    test_store_open(&self);
    assert_fails(ss_get_stats(self.store, &stats, &error), SS_STORAGE_CORRUPT, &error);
    test_store_remove(&self);
  }
}

/* Nothing authenticates a row whose key is not configured, and a put may go over it. */
static void a_row_with_impossible_numbers_is_not_put_over(void **state) {
  static const char *const columns[] = {"revision", "created_at", "updated_at", "expires_at"};
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
    test_store self = prepared();
    char sql[256];
    ss_put_request request;
    ss_error error;
    (void)snprintf(sql, sizeof sql,
                   "UPDATE secret SET %s = 9223372036854775807 WHERE key_version = 3", columns[i]);
    test_store_sql(&self, sql);
    test_store_open(&self);
    ss_put_request_init(&request);
    request.namespace_name = "old";
    request.name = "A";
    request.metadata = SS_CLEAR;
    request.ttl = SS_CLEAR;
    assert_fails(ss_put(self.store, &request, NULL, &error), SS_DECRYPTION_FAILED, &error);
    assert_non_null(strstr(error.message, "out of its range"));
    test_store_remove(&self);
  }
}

static void a_planted_last_revision_is_not_believed(void **state) {
  test_store self = prepared();
  ss_put_request request;
  ss_error error;
  test_store_sql(&self, "UPDATE secret SET revision = 9007199254740991 WHERE key_version = 3");
  test_store_open(&self);
  ss_put_request_init(&request);
  request.namespace_name = "old";
  request.name = "A";
  request.metadata = SS_CLEAR;
  request.ttl = SS_CLEAR;
  /* Nor would it be believed: no event of the log left it so. */
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_INTEGRITY_VIOLATION, &error);
  test_store_remove(&self);
}

/* ---- Lengths ------------------------------------------------------------------------------- */

/* Else a blob of 900 MB would be read into memory as soon as somebody asks for its row. */
static void what_is_longer_than_anything_that_a_store_writes_is_refused_unread(void **state) {
  static const char *const columns[] = {"value", "iv", "wrapped_dek", "metadata"};
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
    test_store self = prepared();
    char sql[256];
    ss_verify_report report;
    ss_error error;
    const bool is_text = strcmp(columns[i], "metadata") == 0;
    (void)snprintf(sql, sizeof sql, "UPDATE secret SET %s = %szeroblob(%d)%s WHERE name = 'B'",
                   columns[i], is_text ? "CAST(" : "", 100 << 20, is_text ? " AS TEXT)" : "");
    test_store_sql(&self, sql);
    test_store_open(&self);
    assert_int_equal(test_get_status(self.store, "n", "B"), SS_STORAGE_CORRUPT);
    assert_int_equal(test_get_status(self.store, "n", "A"), SS_OK);
    assert_ok(ss_verify(self.store, NULL, &report, &error), &error);
    assert_int_equal(report.verdict, SS_VERDICT_TAMPERED);
    ss_verify_report_clear(&report);
    test_store_remove(&self);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_number_anywhere_overflows_or_hangs),
      cmocka_unit_test(numbers_of_keys_and_namespaces_out_of_range_are_refused),
      cmocka_unit_test(a_planted_id_blocks_nothing_and_is_found),
      cmocka_unit_test(rows_below_all_numbers_are_found),
      cmocka_unit_test(stats_of_impossible_counts_are_storage_corrupt),
      cmocka_unit_test(a_row_with_impossible_numbers_is_not_put_over),
      cmocka_unit_test(a_planted_last_revision_is_not_believed),
      cmocka_unit_test(what_is_longer_than_anything_that_a_store_writes_is_refused_unread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
