/* Verified reads: what get, has and list say of a store that somebody writes to behind the library's
 * back is true, or an error; and what honest writers do is seen, whoever they are. */
#include <stdio.h>
#include <string.h>

#include "support/support.h"

static void open_verified(test_store *self) {
  ss_error error;
  ss_options *options = test_store_options(self);
  assert_ok(ss_options_set_reads(options, SS_READS_VERIFIED, &error), &error);
  assert_ok(ss_store_open(options, &self->store, &error), &error);
  ss_options_free(options);
}

/* Another handle of the same file, as another process would have. */
static test_store another(const test_store *self) {
  test_store other = *self;
  test_store_open(&other);
  return other;
}

static test_store prepared(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 10; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "S%d", i);
    test_put(self.store, "n", name, "old");
    self.clock->now_ms += 10;
  }
  test_put(self.store, "m", "A", "1");
  test_store_close(&self);
  open_verified(&self);
  return self;
}

static void remove_secret(ss_store *store, const char *namespace_name, const char *name) {
  ss_remove_request request;
  ss_error error;
  ss_remove_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  assert_ok(ss_remove(store, &request, NULL, &error), &error);
}

static ss_status has_status(ss_store *store, const char *name, bool *found) {
  ss_get_request request;
  ss_error error;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  return ss_has(store, &request, found, &error);
}

/* The number of secrets on all pages; -1: a page was refused as not proved. */
static int list_all(ss_store *store, ss_order order, int64_t page_size) {
  ss_list_request request;
  char cursor[512] = "";
  bool is_done = false;
  int count = 0;
  ss_list_request_init(&request);
  request.namespace_name = "n";
  request.order = order;
  request.num_items = page_size;
  while (!is_done) {
    ss_secret_page page;
    ss_error error;
    request.cursor = cursor[0] == '\0' ? NULL : cursor;
    const ss_status status = ss_list(store, &request, &page, &error);
    if (status == SS_INTEGRITY_VIOLATION) return -1;
    assert_ok(status, &error);
    count += (int)page.count;
    is_done = page.is_done;
    if (!is_done) (void)snprintf(cursor, sizeof cursor, "%s", page.continue_cursor);
    ss_secret_page_clear(&page);
  }
  return count;
}

/* ---- Honest stores --------------------------------------------------------------------------- */

static void an_honest_store_reads_as_ever(void **state) {
  test_store self = prepared();
  bool found = false;
  assert_secret(self.store, "n", "S3", "old");
  assert_int_equal(test_get_status(self.store, "n", "NONE"), SS_NOT_FOUND);
  assert_int_equal(test_get_status(self.store, "nowhere", "S3"), SS_NOT_FOUND);
  assert_int_equal(has_status(self.store, "S3", &found), SS_OK);
  assert_true(found);
  for (int64_t size = 1; size <= 11; size++) {
    assert_int_equal(list_all(self.store, SS_ASCENDING, size), 10);
    assert_int_equal(list_all(self.store, SS_DESCENDING, size), 10);
  }
  test_store_remove(&self);
}

static void what_others_write_is_seen(void **state) {
  test_store self = prepared();
  assert_secret(self.store, "n", "S3", "old");
  test_store other = another(&self);
  test_put(other.store, "n", "S3", "new");
  test_put(other.store, "n", "NEW", "1");
  remove_secret(other.store, "n", "S4");
  test_put(other.store, "n", "S5", "gone");
  remove_secret(other.store, "n", "S5");
  test_put(other.store, "n", "S5", "again");
  assert_secret(self.store, "n", "S3", "new");
  assert_secret(self.store, "n", "NEW", "1");
  assert_int_equal(test_get_status(self.store, "n", "S4"), SS_NOT_FOUND);
  assert_secret(self.store, "n", "S5", "again");
  assert_int_equal(list_all(self.store, SS_ASCENDING, 3), 10);
  assert_int_equal(list_all(self.store, SS_DESCENDING, 3), 10);
  test_put(other.store, "fresh", "A", "1");
  assert_secret(self.store, "fresh", "A", "1");
  test_store_close(&other);
  test_store_remove(&self);
}

static void rotation_pruning_and_acceptance_are_followed(void **state) {
  test_store self = prepared();
  ss_rotate_all_result rotated;
  ss_accept_request accepted;
  ss_error error;
  assert_secret(self.store, "n", "S3", "old");
  test_store other = another(&self);
  test_store_reopen_with(&other, 2, 1);
  assert_ok(ss_admit_keys(other.store, NULL, NULL, &error), &error);
  ss_store_free(self.store);
  self.keys[1] = 2, self.keys[2] = -1;
  open_verified(&self);
  assert_secret(self.store, "n", "S3", "old");
  assert_ok(ss_rotate_all(other.store, NULL, NULL, NULL, &rotated, &error), &error);
  assert_secret(self.store, "n", "S3", "old");
  other.clock->now_ms += 3 * SS_DEFAULT_EVENTS_MIN_RETENTION_MS;
  test_put(other.store, "n", "S1", "much later");
  assert_ok(ss_cleanup_events(other.store, SS_DEFAULT_EVENTS_MIN_RETENTION_MS, NULL, NULL, &error),
            &error);
  assert_secret(self.store, "n", "S1", "much later");
  assert_secret(self.store, "n", "S3", "old");
  ss_accept_request_init(&accepted);
  accepted.namespace_name = "n";
  assert_ok(ss_accept(other.store, &accepted, NULL, &error), &error);
  assert_secret(self.store, "n", "S1", "much later");
  assert_int_equal(list_all(self.store, SS_ASCENDING, 4), 10);
  test_store_close(&other);
  test_store_remove(&self);
}

/* ---- Tampering ------------------------------------------------------------------------------- */

static void an_older_row_is_found_out(void **state) {
  test_store self = prepared();
  test_store_sql(&self, "CREATE TABLE aside.old AS SELECT * FROM secret WHERE name = 'S3'");
  test_put(self.store, "n", "S3", "new");
  test_store_sql(&self,
                 "DELETE FROM secret WHERE name = 'S3';"
                 "INSERT INTO secret SELECT * FROM aside.old");
  /* Whether the namespace was read before or not. */
  assert_int_equal(test_get_status(self.store, "n", "S3"), SS_INTEGRITY_VIOLATION);
  assert_int_equal(list_all(self.store, SS_ASCENDING, 100), -1);
  ss_store_free(self.store);
  open_verified(&self);
  assert_int_equal(test_get_status(self.store, "n", "S3"), SS_INTEGRITY_VIOLATION);
  /* Plain reads trust an authentic row. */
  test_store plain = another(&self);
  assert_secret(plain.store, "n", "S3", "old");
  test_store_close(&plain);
  test_store_remove(&self);
}

static void a_missing_row_is_found_out(void **state) {
  test_store self = prepared();
  bool found = false;
  assert_secret(self.store, "n", "S3", "old");
  test_store_sql(&self, "DELETE FROM secret WHERE name = 'S3'");
  assert_int_equal(test_get_status(self.store, "n", "S3"), SS_INTEGRITY_VIOLATION);
  assert_int_equal(has_status(self.store, "S3", &found), SS_INTEGRITY_VIOLATION);
  assert_secret(self.store, "n", "S4", "old");
  assert_int_equal(list_all(self.store, SS_ASCENDING, 2), -1);
  assert_int_equal(list_all(self.store, SS_DESCENDING, 2), -1);
  test_store_remove(&self);
}

/* A row that is moved off the page where it belongs leaves a gap there. */
static void a_row_moved_in_the_order_is_found_out(void **state) {
  test_store self = prepared();
  ss_list_request request;
  ss_secret_page page;
  ss_error error;
  assert_secret(self.store, "n", "S1", "old");
  test_store_sql(&self, "UPDATE secret SET updated_at = updated_at + 1000 WHERE name = 'S1'");
  ss_list_request_init(&request);
  request.namespace_name = "n";
  request.order = SS_ASCENDING;
  request.num_items = 3;
  assert_fails(ss_list(self.store, &request, &page, &error), SS_INTEGRITY_VIOLATION, &error);
  test_store_remove(&self);
}

/* Everything of a namespace, authentic in itself, as it was. */
static void a_namespace_put_back_is_found_out(void **state) {
  test_store self = prepared();
  static const char keep[] =
      "CREATE TABLE aside.n AS SELECT * FROM namespace WHERE name = 'n';"
      "CREATE TABLE aside.s AS SELECT * FROM secret WHERE namespace = (SELECT id FROM aside.n);"
      "CREATE TABLE aside.e AS SELECT * FROM event WHERE namespace = (SELECT id FROM aside.n)";
  static const char put_back[] =
      "DELETE FROM event WHERE namespace = (SELECT id FROM aside.n);"
      "DELETE FROM secret WHERE namespace = (SELECT id FROM aside.n);"
      "DELETE FROM namespace WHERE name = 'n';"
      "INSERT INTO namespace SELECT * FROM aside.n;"
      "INSERT INTO secret SELECT * FROM aside.s; INSERT INTO event SELECT * FROM aside.e";
  test_store_sql(&self, keep);
  test_put(self.store, "n", "S3", "new");
  test_store_sql(&self, put_back);
  assert_int_equal(test_get_status(self.store, "n", "S3"), SS_INTEGRITY_VIOLATION);
  ss_store_free(self.store);
  open_verified(&self); /* and by a handle that never saw the newer state */
  assert_int_equal(test_get_status(self.store, "n", "S3"), SS_INTEGRITY_VIOLATION);
  assert_int_equal(list_all(self.store, SS_ASCENDING, 100), -1);
  test_store_remove(&self);
}

static void a_namespace_taken_away_is_found_out(void **state) {
  test_store self = prepared();
  test_store_sql(&self,
                 "DELETE FROM event WHERE namespace IN (SELECT id FROM namespace WHERE name ="
                 " 'm'); DELETE FROM secret WHERE name = 'A';"
                 "DELETE FROM namespace WHERE name = 'm'");
  assert_int_equal(test_get_status(self.store, "m", "A"), SS_INTEGRITY_VIOLATION);
  test_store plain = another(&self);
  assert_int_equal(test_get_status(plain.store, "m", "A"), SS_NOT_FOUND);
  test_store_close(&plain);
  test_store_remove(&self);
}

/* ---- The option ------------------------------------------------------------------------------ */

static void the_option_takes_what_there_is(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_options *options = test_store_options(&self);
  assert_fails(ss_options_set_reads(options, (ss_reads)7, &error), SS_INVALID_OPTIONS, &error);
  assert_ok(ss_options_set_reads(options, SS_READS_PLAIN, &error), &error);
  ss_options_free(options);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_honest_store_reads_as_ever),
      cmocka_unit_test(what_others_write_is_seen),
      cmocka_unit_test(rotation_pruning_and_acceptance_are_followed),
      cmocka_unit_test(an_older_row_is_found_out),
      cmocka_unit_test(a_missing_row_is_found_out),
      cmocka_unit_test(a_row_moved_in_the_order_is_found_out),
      cmocka_unit_test(a_namespace_put_back_is_found_out),
      cmocka_unit_test(a_namespace_taken_away_is_found_out),
      cmocka_unit_test(the_option_takes_what_there_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
