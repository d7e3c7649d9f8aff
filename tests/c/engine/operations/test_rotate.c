/* Rotation: batches, cursors, compare-and-swap, orphans, events, interruption, load. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "support/support.h"

static void put_many(ss_store *store, const char *namespace_name, int first, int count) {
  for (int i = first; i < first + count; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%05d", i);
    test_put(store, namespace_name, name, name);
  }
}

static void check_many(ss_store *store, const char *namespace_name, int first, int count) {
  for (int i = first; i < first + count; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%05d", i);
    assert_secret(store, namespace_name, name, name);
  }
}

static ss_status rotate(ss_store *store, int64_t from, int64_t batch_size, const char *cursor,
                        ss_rotate_result *result, ss_error *error) {
  ss_rotate_request request;
  ss_rotate_request_init(&request);
  request.from_version = from;
  request.batch_size = batch_size;
  request.cursor = cursor;
  return ss_rotate_keys(store, &request, result, error);
}

/* A store with count secrets under key 1, opened with key 2 active. */
static test_store ready_to_rotate(int count) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  put_many(self.store, "n", 0, count);
  test_store_reopen_with(&self, 2, 1);
  return self;
}

static int64_t under(const test_store *self, int64_t version) {
  char sql[96];
  (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM secret WHERE key_version = %lld",
                 (long long)version);
  return test_store_number(self, sql);
}

static int64_t rotated_events(const test_store *self) {
  return test_store_number(self, "SELECT count(*) FROM event WHERE type = 4");
}

static void batches_follow_the_cursor_until_done(void **state) {
  test_store self = ready_to_rotate(25);
  ss_rotate_result result;
  ss_error error;
  assert_ok(rotate(self.store, 1, 10, NULL, &result, &error), &error);
  assert_int_equal(result.from_version, 1);
  assert_int_equal(result.to_version, 2);
  assert_int_equal(result.processed, 10);
  assert_int_equal(result.rotated, 10);
  assert_false(result.is_done);
  assert_string_not_equal(result.continue_cursor, "");
  char cursor[SS_CURSOR_CAPACITY];
  memcpy(cursor, result.continue_cursor, sizeof cursor);
  assert_ok(rotate(self.store, 1, 10, cursor, &result, &error), &error);
  assert_int_equal(result.rotated, 10);
  assert_false(result.is_done);
  memcpy(cursor, result.continue_cursor, sizeof cursor);
  assert_ok(rotate(self.store, 1, 10, cursor, &result, &error), &error);
  assert_int_equal(result.rotated, 5);
  assert_true(result.is_done);
  assert_string_equal(result.continue_cursor, "");
  assert_int_equal(under(&self, 1), 0);
  assert_int_equal(rotated_events(&self), 25);
  assert_true(test_store_is_intact(self.store));
  test_store_reopen_with(&self, 2, -1);
  check_many(self.store, "n", 0, 25);
  test_store_remove(&self);
}

static void values_revisions_and_times_stay(void **state) {
  test_store self = ready_to_rotate(5);
  ss_error error;
  test_store_sql(
      &self,
      "CREATE TABLE aside.before AS SELECT id, value, iv, revision, created_at, updated_at,"
      " expires_at, metadata, wrapped_dek, dek_iv FROM secret");
  self.clock->now_ms += 1000;
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  assert_int_equal(test_store_number(&self,
                                     "SELECT count(*) FROM secret JOIN before USING (id, value, iv,"
                                     " revision, created_at, updated_at)"),
                   5);
  assert_int_equal(test_store_number(&self,
                                     "SELECT count(*) FROM secret JOIN before USING (id)"
                                     " WHERE secret.wrapped_dek = before.wrapped_dek"
                                     " OR secret.dek_iv = before.dek_iv"),
                   0);
  test_store_remove(&self);
}

static void metadata_and_expiry_stay_bound(void **state) {
  test_store self = test_store_prepare();
  ss_put_request put;
  ss_get_request get;
  ss_get_result got;
  ss_error error;
  test_store_open(&self);
  ss_put_request_init(&put);
  put.name = "A";
  put.metadata = SS_SET;
  put.metadata_json = "{\"owner\":\"x\"}";
  put.ttl = SS_SET;
  put.ttl_ms = 100000;
  assert_ok(ss_put(self.store, &put, NULL, &error), &error);
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  ss_get_request_init(&get);
  get.name = "A";
  assert_ok(ss_get_or_throw(self.store, &get, &got, &error), &error);
  assert_string_equal(got.metadata_json, "{\"owner\":\"x\"}");
  assert_int_equal(got.expires_at, TEST_NOW + 100000);
  assert_int_equal(got.key_version, 2);
  ss_get_result_clear(&got);
  test_store_remove(&self);
}

static void rotated_events_name_both_versions_and_the_actor(void **state) {
  test_store self = ready_to_rotate(1);
  const ss_caller caller = {"ops", NULL};
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  assert_ok(ss_rotate_all(self.store, &caller, NULL, NULL, NULL, &error), &error);
  ss_events_request_init(&request);
  request.namespace_given = true;
  request.namespace_name = "n";
  request.type = SS_EVENT_ROTATED;
  assert_ok(ss_list_events(self.store, &request, &page, &error), &error);
  assert_int_equal(page.count, 1);
  assert_string_equal(page.items[0].metadata_json,
                      "{\"previousKeyVersion\":1,\"newKeyVersion\":2}");
  assert_string_equal(page.items[0].actor, "ops");
  ss_event_page_clear(&page);
  test_store_remove(&self);
}

static void many_namespaces_rotate_in_one_batch(void **state) {
  test_store self = test_store_prepare();
  static const char *const names[] = {NULL, "b", "a", "c"};
  ss_rotate_result result;
  ss_error error;
  test_store_open(&self);
  for (int i = 0; i < 12; i++) put_many(self.store, names[i % 4], i, 1);
  test_store_reopen_with(&self, 2, 1);
  assert_ok(rotate(self.store, 1, 100, NULL, &result, &error), &error);
  assert_int_equal(result.rotated, 12);
  assert_true(result.is_done);
  assert_true(test_store_is_intact(self.store));
  for (int i = 0; i < 12; i++) check_many(self.store, names[i % 4], i, 1);
  test_store_remove(&self);
}

static void bad_requests_are_refused(void **state) {
  test_store self = ready_to_rotate(3);
  ss_rotate_result result;
  ss_error error;
  assert_fails(rotate(self.store, 2, 10, NULL, &result, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(rotate(self.store, 7, 10, NULL, &result, &error), SS_KEY_VERSION_UNAVAILABLE,
               &error);
  assert_fails(rotate(self.store, 1, 0, NULL, &result, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(rotate(self.store, 1, 1001, NULL, &result, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(rotate(self.store, 1, 10, "nonsense", &result, &error), SS_INVALID_ARGUMENT, &error);
  assert_int_equal(under(&self, 1), 3);
  assert_ok(rotate(self.store, 1, 1000, NULL, &result, &error), &error);
  test_store_remove(&self);
}

static void nothing_to_rotate_is_done_at_once(void **state) {
  test_store self = ready_to_rotate(0);
  ss_rotate_result result;
  ss_error error;
  assert_ok(rotate(self.store, 1, 10, NULL, &result, &error), &error);
  assert_int_equal(result.processed, 0);
  assert_true(result.is_done);
  test_store_remove(&self);
}

/* ---- Rows that change, and rows that do not open ------------------------------------------- */

static void overwrite_first(void *context) {
  test_store *self = context;
  self->store->after_rotation_scan = NULL;
  test_put(self->store, "n", "S00000", "overwritten");
}

static void rewrap_first_under_the_same_key(void *context) {
  test_store *self = context;
  self->store->after_rotation_scan = NULL;
  /* Another process, for which key 1 is still active, updates the secret. */
  test_store other = *self;
  ss_update_request update;
  ss_update_result updated;
  ss_error error;
  other.store = NULL;
  other.keys[0] = 1;
  other.keys[1] = -1;
  test_store_open(&other);
  ss_update_request_init(&update);
  update.namespace_name = "n";
  update.name = "S00000";
  update.metadata = SS_SET;
  update.metadata_json = "{}";
  assert_ok(ss_update(other.store, &update, &updated, &error), &error);
  test_store_close(&other);
}

static void a_row_changed_between_scan_and_swap_is_skipped_and_done_by_the_restart(void **state) {
  test_store self = ready_to_rotate(4);
  ss_rotate_result result;
  ss_error error;
  self.store->after_rotation_scan = rewrap_first_under_the_same_key;
  self.store->after_rotation_scan_context = &self;
  assert_ok(rotate(self.store, 1, 10, NULL, &result, &error), &error);
  assert_int_equal(result.processed, 4);
  assert_int_equal(result.rotated, 3);
  assert_int_equal(result.skipped, 1);
  assert_false(result.is_done);
  assert_string_equal(result.continue_cursor, "");
  assert_ok(rotate(self.store, 1, 10, NULL, &result, &error), &error);
  assert_int_equal(result.rotated, 1);
  assert_true(result.is_done);
  assert_int_equal(under(&self, 1), 0);
  test_store_reopen_with(&self, 2, -1);
  check_many(self.store, "n", 0, 4);
  test_store_remove(&self);
}

static void an_overwritten_row_is_not_overwritten_back(void **state) {
  test_store self = ready_to_rotate(4);
  ss_rotate_all_result result;
  ss_error error;
  self.store->after_rotation_scan = overwrite_first;
  self.store->after_rotation_scan_context = &self;
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  assert_true(result.is_done);
  assert_int_equal(result.rotated, 3);
  assert_int_equal(rotated_events(&self), 3);
  assert_secret(self.store, "n", "S00000", "overwritten");
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void a_skip_in_one_batch_restarts_the_scan_at_its_end(void **state) {
  test_store self = ready_to_rotate(6);
  ss_rotate_result result;
  ss_error error;
  char cursor[SS_CURSOR_CAPACITY];
  self.store->after_rotation_scan = rewrap_first_under_the_same_key;
  self.store->after_rotation_scan_context = &self;
  assert_ok(rotate(self.store, 1, 4, NULL, &result, &error), &error);
  assert_int_equal(result.skipped, 1);
  memcpy(cursor, result.continue_cursor, sizeof cursor);
  assert_ok(rotate(self.store, 1, 4, cursor, &result, &error), &error);
  assert_int_equal(result.rotated, 2);
  assert_int_equal(result.skipped, 0);
  assert_false(result.is_done); /* the first batch skipped one */
  assert_string_equal(result.continue_cursor, "");
  test_store_remove(&self);
}

static void a_row_that_does_not_open_is_left_and_the_rest_goes_on(void **state) {
  test_store self = ready_to_rotate(6);
  ss_rotate_all_result result;
  ss_error error;
  test_store_sql(&self,
                 "UPDATE secret SET revision = 9 WHERE name = 'S00001';"
                 "UPDATE secret SET dek_iv = x'00' WHERE name = 'S00002';"
                 "UPDATE secret SET format = 1 WHERE name = 'S00003'");
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  assert_true(result.is_done);
  assert_int_equal(result.rotated, 3);
  assert_int_equal(result.failed, 3);
  assert_int_equal(under(&self, 1), 3);
  assert_int_equal(rotated_events(&self), 3);
  test_store_remove(&self);
}

/* ---- Status -------------------------------------------------------------------------------- */

static void the_status_counts_by_key(void **state) {
  test_store self = ready_to_rotate(3);
  ss_rotation_status status;
  ss_error error;
  put_many(self.store, "n", 10, 2);
  assert_ok(ss_get_rotation_status(self.store, &status, &error), &error);
  assert_int_equal(status.count, 2);
  assert_int_equal(status.keys[0].version, 1);
  assert_int_equal(status.keys[0].secret_count, 3);
  assert_true(status.keys[0].is_configured && !status.keys[0].is_active);
  assert_false(status.keys[0].is_safe_to_remove);
  assert_int_equal(status.keys[0].first_seen_at, TEST_NOW);
  assert_true(status.keys[0].wraps_used >= 4);
  assert_int_equal(status.keys[1].version, 2);
  assert_int_equal(status.keys[1].secret_count, 2);
  assert_true(status.keys[1].is_active);
  assert_false(status.is_complete);
  assert_int_equal(status.unavailable_count, 0);
  ss_rotation_status_clear(&status);

  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  assert_ok(ss_get_rotation_status(self.store, &status, &error), &error);
  assert_true(status.is_complete);
  assert_true(status.keys[0].is_safe_to_remove);
  ss_rotation_status_clear(&status);
  test_store_reopen_with(&self, 2, -1);
  check_many(self.store, "n", 0, 3);
  check_many(self.store, "n", 10, 2);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void secrets_of_an_unconfigured_key_are_told_and_left(void **state) {
  test_store self = ready_to_rotate(3);
  ss_rotation_status status;
  ss_rotate_all_result result;
  ss_error error;
  test_put(self.store, "other", "A", "admits the new key");
  test_store_reopen_with(&self, 2, -1);
  assert_ok(ss_get_rotation_status(self.store, &status, &error), &error);
  assert_false(status.is_complete);
  assert_int_equal(status.unavailable_count, 3);
  assert_false(status.keys[0].is_configured);
  ss_rotation_status_clear(&status);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  assert_int_equal(result.rotated, 0);
  assert_true(result.is_done);
  test_store_remove(&self);
}

/* ---- Progress, interruption, load ---------------------------------------------------------- */

typedef struct watched {
  int calls;
  int64_t last_done;
  int stop_after;
} watched;

static bool watch(void *context, int64_t done, int64_t total) {
  watched *of = context;
  assert_true(done >= of->last_done && done <= total);
  assert_int_equal(total, 250);
  of->last_done = done;
  return ++of->calls != of->stop_after;
}

static void progress_is_told_and_may_stop(void **state) {
  test_store self = ready_to_rotate(250);
  watched stopping = {.stop_after = 1};
  ss_rotate_all_result result;
  ss_error error;
  assert_ok(ss_rotate_all(self.store, NULL, watch, &stopping, &result, &error), &error);
  assert_false(result.is_done);
  assert_int_equal(result.rotated, 100);
  assert_int_equal(under(&self, 1), 150);
  ss_rotate_all_result rest;
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &rest, &error), &error);
  assert_int_equal(rest.rotated, 150);
  assert_true(rest.is_done);
  assert_int_equal(rotated_events(&self), 250);
  test_store_remove(&self);
}

static void a_killed_rotation_is_resumed(void **state) {
  test_store self = test_store_prepare();
  unsigned int seed = 7;
  ss_error error;
  test_store_open(&self);
  put_many(self.store, "n", 0, 400);
  test_store_close(&self);
  self.keys[0] = 2;
  self.keys[1] = 1;
  for (int i = 0; i < 6; i++) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
      ss_rotate_result result;
      char cursor[SS_CURSOR_CAPACITY] = "";
      test_store_open(&self);
      do {
        if (rotate(self.store, 1, 5, cursor[0] == '\0' ? NULL : cursor, &result, NULL) != SS_OK) {
          _exit(1);
        }
        memcpy(cursor, result.continue_cursor, sizeof cursor);
      } while (!result.is_done);
      _exit(0);
    }
    (void)nanosleep(&(struct timespec){0, (long)(5 + rand_r(&seed) % 20) * 1000000}, NULL);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  }
  test_store_open(&self);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  assert_int_equal(under(&self, 1), 0);
  assert_int_equal(rotated_events(&self), 400);
  assert_true(test_store_is_intact(self.store));
  test_store_reopen_with(&self, 2, -1);
  check_many(self.store, "n", 0, 400);
  test_store_remove(&self);
}

typedef struct load {
  ss_store *store;
  atomic_bool stop;
  atomic_int failures;
  atomic_long puts;
} load;

static void *read_and_write(void *context) {
  load *of = context;
  unsigned int seed = (unsigned int)(uintptr_t)&seed;
  while (!atomic_load(&of->stop)) {
    char name[32];
    ss_get_request get;
    ss_get_result got;
    ss_put_request put;
    (void)snprintf(name, sizeof name, "S%05d", rand_r(&seed) % 2000);
    ss_get_request_init(&get);
    get.namespace_name = "n";
    get.name = name;
    const bool read = ss_get(of->store, &get, &got, NULL) == SS_OK && got.reason == SS_OK;
    const bool whole = read && strcmp((const char *)got.value, name) == 0;
    if (!whole) atomic_fetch_add(&of->failures, 1);
    ss_get_result_clear(&got);
    ss_put_request_init(&put);
    put.namespace_name = "n";
    put.name = name;
    put.value = name;
    put.value_length = strlen(name);
    if (rand_r(&seed) % 4 == 0) {
      if (ss_put(of->store, &put, NULL, NULL) != SS_OK) atomic_fetch_add(&of->failures, 1);
      atomic_fetch_add(&of->puts, 1);
    }
  }
  return NULL;
}

static void rotation_under_load_loses_nothing(void **state) {
  test_store self = ready_to_rotate(2000);
  load of = {.store = self.store};
  pthread_t threads[3];
  ss_rotate_all_result result;
  ss_error error;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, read_and_write, &of), 0);
  }
  while (atomic_load(&of.puts) == 0) (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  atomic_store(&of.stop, true);
  for (int i = 0; i < 3; i++) (void)pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&of.failures), 0);
  assert_true(result.is_done);
  assert_int_equal(under(&self, 1), 0);
  assert_int_equal(rotated_events(&self), result.rotated);
  assert_true(test_store_is_intact(self.store));
  test_store_reopen_with(&self, 2, -1);
  check_many(self.store, "n", 0, 2000);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batches_follow_the_cursor_until_done),
      cmocka_unit_test(values_revisions_and_times_stay),
      cmocka_unit_test(metadata_and_expiry_stay_bound),
      cmocka_unit_test(rotated_events_name_both_versions_and_the_actor),
      cmocka_unit_test(many_namespaces_rotate_in_one_batch),
      cmocka_unit_test(bad_requests_are_refused),
      cmocka_unit_test(nothing_to_rotate_is_done_at_once),
      cmocka_unit_test(a_row_changed_between_scan_and_swap_is_skipped_and_done_by_the_restart),
      cmocka_unit_test(an_overwritten_row_is_not_overwritten_back),
      cmocka_unit_test(a_skip_in_one_batch_restarts_the_scan_at_its_end),
      cmocka_unit_test(a_row_that_does_not_open_is_left_and_the_rest_goes_on),
      cmocka_unit_test(the_status_counts_by_key),
      cmocka_unit_test(secrets_of_an_unconfigured_key_are_told_and_left),
      cmocka_unit_test(progress_is_told_and_may_stop),
      cmocka_unit_test(a_killed_rotation_is_resumed),
      cmocka_unit_test(rotation_under_load_loses_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
