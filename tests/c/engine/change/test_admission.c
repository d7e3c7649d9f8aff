/* Reading leaves the file as it is, whatever keys it is given; a new key is admitted by the first
 * write of a handle that has one of the store's, in its transaction or not at all. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/support.h"

static const char keys_known[] = "SELECT json_array_length(text, '$[6]') FROM root";
static const char wraps_of_two[] =
    "SELECT count(*) FROM root, json_each(root.text, '$[7]') AS epoch,"
    " json_each(epoch.value, '$[3]') AS wrap WHERE json_extract(wrap.value, '$[0]') = 2";

/* ---- Reading ------------------------------------------------------------------------------- */

typedef struct file_bytes {
  char *data;
  size_t length;
} file_bytes;

static file_bytes read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  file_bytes read = {.length = (size_t)ftell(file)};
  read.data = malloc(read.length);
  assert_non_null(read.data);
  rewind(file);
  assert_int_equal(fread(read.data, 1, read.length, file), read.length);
  assert_int_equal(fclose(file), 0);
  return read;
}

static void read_get(const test_store *self, ss_error *error) {
  assert_secret(self->store, "n", "A", "1");
  assert_int_equal(test_get_status(self->store, "n", "MISSING"), SS_NOT_FOUND);
}

static void read_has(const test_store *self, ss_error *error) {
  ss_get_request request;
  bool found = false;
  ss_get_request_init(&request);
  request.name = "A";
  assert_ok(ss_has(self->store, &request, &found, error), error);
}

static void read_list(const test_store *self, ss_error *error) {
  ss_list_request request;
  ss_secret_page page;
  ss_list_request_init(&request);
  request.namespace_name = "n";
  assert_ok(ss_list(self->store, &request, &page, error), error);
  assert_int_equal(page.count, 1);
  ss_secret_page_clear(&page);
}

static void read_namespaces(const test_store *self, ss_error *error) {
  ss_namespaces_request request;
  ss_namespace_page page;
  ss_namespaces_request_init(&request);
  assert_ok(ss_list_namespaces(self->store, &request, &page, error), error);
  ss_namespace_page_clear(&page);
}

static void read_events(const test_store *self, ss_error *error) {
  ss_events_request request;
  ss_event_page page;
  ss_events_request_init(&request);
  assert_ok(ss_list_events(self->store, &request, &page, error), error);
  ss_event_page_clear(&page);
}

static void read_rotation_status(const test_store *self, ss_error *error) {
  ss_rotation_status status;
  assert_ok(ss_get_rotation_status(self->store, &status, error), error);
  ss_rotation_status_clear(&status);
}

static void read_stats(const test_store *self, ss_error *error) {
  ss_stats stats;
  assert_ok(ss_get_stats(self->store, &stats, error), error);
}

static void read_verify(const test_store *self, ss_error *error) {
  ss_verify_report report;
  assert_ok(ss_verify(self->store, NULL, &report, error), error);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

static void read_audit_head(const test_store *self, ss_error *error) {
  ss_audit_head head;
  assert_ok(ss_get_audit_head(self->store, &head, error), error);
  ss_audit_head_clear(&head);
}

static void read_backup(const test_store *self, ss_error *error) {
  const char *copy = test_path(&self->folder, "copy.db");
  (void)unlink(copy);
  test_backup(self->store, copy);
}

static bool drop_piece(void *context, const char *text, size_t length) { return true; }

static void read_export(const test_store *self, ss_error *error) {
  static const ss_export_format formats[] = {SS_EXPORT_PORTABLE, SS_EXPORT_COMPONENT};
  for (int i = 0; i < 2; i++) {
    ss_export_request request;
    ss_export_report report;
    ss_export_request_init(&request);
    request.format = formats[i];
    request.write = drop_piece;
    assert_ok(ss_export(self->store, &request, &report, error), error);
    assert_int_equal(report.exported, 2);
    ss_export_report_clear(&report);
  }
}

static void read_policy_try(const test_store *self, ss_error *error) {
  const ss_policy_source source = {"policy.lua", "return {}", strlen("return {}")};
  assert_ok(ss_policy_try(self->store, &source, NULL, NULL, NULL, error), error);
}

/* Writes that come to nothing. */
static void read_by_writing_nothing(const test_store *self, ss_error *error) {
  ss_remove_request remove;
  ss_update_request update;
  ss_update_result updated;
  bool removed = false;
  ss_remove_request_init(&remove);
  remove.name = "MISSING";
  assert_ok(ss_remove(self->store, &remove, &removed, error), error);
  ss_update_request_init(&update);
  update.name = "MISSING";
  update.ttl = SS_CLEAR;
  assert_ok(ss_update(self->store, &update, &updated, error), error);
}

static void reading_leaves_the_file_as_it_is_byte_for_byte(void **state) {
  static void (*const reads[])(const test_store *, ss_error *) = {
      read_get,
      read_has,
      read_list,
      read_namespaces,
      read_events,
      read_rotation_status,
      read_stats,
      read_verify,
      read_backup,
      read_export,
      read_policy_try,
      read_audit_head,
      read_by_writing_nothing,
  };
  static const int64_t rings[][2] = {{1, -1}, {2, 1}, {1, 2}, {3, 1}};
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, "n", "A", "1");
  test_store_close(&self);
  const file_bytes before = read_file(self.path);
  for (size_t ring = 0; ring < sizeof rings / sizeof rings[0]; ring++) {
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
      ss_error error;
      test_store_reopen_with(&self, rings[ring][0], rings[ring][1]);
      reads[i](&self, &error);
      test_store_close(&self);
      const file_bytes after = read_file(self.path);
      if (after.length != before.length || memcmp(after.data, before.data, after.length) != 0) {
        fail_msg("read %zu with keys %d changed the file", i, (int)ring);
      }
      free(after.data);
    }
  }
  free(before.data);
  test_store_remove(&self);
}

/* ---- Admitting ----------------------------------------------------------------------------- */

static test_store opened_with_a_new_key(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_store_reopen_with(&self, 2, 1);
  return self;
}

static ss_status put_if(ss_store *store, const char *name, int64_t if_revision, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.name = name;
  request.value = "v";
  request.value_length = 1;
  request.if_revision = if_revision;
  return ss_put(store, &request, NULL, error);
}

static void the_first_write_admits_a_new_key(void **state) {
  test_store self = opened_with_a_new_key();
  assert_int_equal(test_store_number(&self, keys_known), 1);
  self.clock->now_ms += 7;
  test_put(self.store, NULL, "B", "2");
  assert_int_equal(test_store_number(&self, keys_known), 2);
  assert_int_equal(test_store_number(&self, wraps_of_two), 1);
  assert_int_equal(test_store_number(&self, "SELECT json_extract(text, '$[6][1][2]') FROM root"),
                   TEST_NOW + 7);
  test_store_reopen_with(&self, 2, -1);
  assert_secret(self.store, NULL, "B", "2");
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static bool old_key_is_safe_to_remove(ss_store *store) {
  ss_rotation_status status;
  ss_error error;
  assert_ok(ss_get_rotation_status(store, &status, &error), &error);
  const bool safe = status.keys[0].version == 1 && status.keys[0].is_safe_to_remove;
  ss_rotation_status_clear(&status);
  return safe;
}

static void an_aborted_write_admits_nothing_and_the_next_one_does(void **state) {
  test_store self = opened_with_a_new_key();
  ss_remove_request remove;
  ss_error error;
  bool removed = false;
  for (int i = 0; i < 3; i++) {
    assert_fails(put_if(self.store, "A", 7, &error), SS_CONFLICT, &error);
    assert_int_equal(test_store_number(&self, keys_known), 1);
  }
  ss_remove_request_init(&remove);
  remove.name = "A";
  assert_ok(ss_remove(self.store, &remove, &removed, &error), &error);
  assert_int_equal(test_store_number(&self, keys_known), 2);
  assert_int_equal(test_store_number(&self, wraps_of_two), 1);
  assert_true(old_key_is_safe_to_remove(self.store));
  test_store_remove(&self);
}

static void a_key_is_not_safe_to_remove_before_the_active_one_is_admitted(void **state) {
  test_store self = test_store_prepare();
  ss_remove_request remove;
  ss_error error;
  bool removed = false;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  ss_remove_request_init(&remove);
  remove.name = "A";
  assert_ok(ss_remove(self.store, &remove, &removed, &error), &error);
  test_store_reopen_with(&self, 2, 1);
  assert_false(old_key_is_safe_to_remove(self.store));
  assert_fails(put_if(self.store, "A", 7, &error), SS_CONFLICT, &error);
  assert_false(old_key_is_safe_to_remove(self.store));
  /* No secret is left under the old key, and yet there is something to move. */
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  assert_true(old_key_is_safe_to_remove(self.store));
  test_store_reopen_with(&self, 2, -1);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void two_handles_admit_a_key_once(void **state) {
  test_store self = opened_with_a_new_key();
  test_store other = self;
  test_store_open(&other);
  test_put(self.store, NULL, "A", "2");
  test_put(other.store, NULL, "B", "1");
  test_put(self.store, NULL, "B", "2");
  assert_int_equal(test_store_number(&self, keys_known), 2);
  assert_int_equal(test_store_number(&self, wraps_of_two), 1);
  assert_true(test_store_is_intact(other.store));
  test_store_close(&other);
  test_store_remove(&self);
}

static void a_key_that_another_handle_admitted_otherwise_is_refused(void **state) {
  test_store self = opened_with_a_new_key();
  ss_options *options = NULL;
  ss_store *other = NULL;
  ss_error error;
  assert_ok(ss_options_new(self.path, &options, &error), &error);
  assert_ok(ss_options_add_key(options, 2, TEST_OTHER_KEY, &error), &error);
  assert_ok(ss_options_add_key(options, 1, test_key(1), &error), &error);
  assert_ok(ss_store_open(options, &other, &error), &error);
  ss_options_free(options);
  test_put(self.store, NULL, "A", "2");
  assert_fails(put_if(other, "A", -1, &error), SS_KEY_MISMATCH, &error);
  ss_store_free(other);
  assert_secret(self.store, NULL, "A", "2");
  test_store_remove(&self);
}

static void a_forked_child_admits_what_its_parent_did_not(void **state) {
  test_store self = opened_with_a_new_key();
  ss_error error;
  int status = 0;
  const pid_t child = fork();
  if (child == 0) _exit(put_if(self.store, "B", 0, &error) == SS_OK ? 0 : 1);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(test_store_number(&self, keys_known), 2);
  test_put(self.store, NULL, "A", "2");
  assert_int_equal(test_store_number(&self, wraps_of_two), 1);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

enum { WRITERS = 4 };

static void *write_once(void *context) {
  ss_error error;
  return put_if(context, "A", SS_ANY_REVISION, &error) == SS_OK ? context : NULL;
}

static void threads_that_write_first_at_once_admit_a_key_once(void **state) {
  test_store self = opened_with_a_new_key();
  pthread_t threads[WRITERS];
  for (int i = 0; i < WRITERS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, write_once, self.store), 0);
  }
  for (int i = 0; i < WRITERS; i++) {
    void *succeeded = NULL;
    assert_int_equal(pthread_join(threads[i], &succeeded), 0);
    assert_non_null(succeeded);
  }
  assert_int_equal(test_store_number(&self, keys_known), 2);
  assert_int_equal(test_store_number(&self, wraps_of_two), 1);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* ---- Who may ------------------------------------------------------------------------------- */

static void a_strangers_key_opens_nothing(void **state) {
  test_store self = opened_with_a_new_key();
  ss_options *options = NULL;
  ss_store *stranger = NULL;
  ss_error error;
  test_store_close(&self);
  assert_ok(ss_options_new(self.path, &options, &error), &error);
  assert_ok(ss_options_add_key(options, 9, test_key(9), &error), &error);
  assert_fails(ss_store_open(options, &stranger, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_null(stranger);
  ss_options_free(options);
  test_store_remove(&self);
}

static const char only_ops_configures[] =
    "return { authorize = function(request)\n"
    "  if request.operation == 'configure' then return request.actor == 'ops', 'only ops' end\n"
    "  return true\n"
    "end }";

static void put_as(ss_store *store, const char *actor, ss_status expected) {
  const ss_caller caller = {.actor = actor};
  ss_put_request request;
  ss_error error;
  ss_put_request_init(&request);
  request.name = "A";
  request.caller = &caller;
  assert_fails(ss_put(store, &request, NULL, &error), expected, &error);
  if (expected == SS_POLICY_DENIED) assert_non_null(strstr(error.message, "only ops"));
}

static void open_with_policy(test_store *self, int64_t first, int64_t second) {
  const ss_policy_source source = {"p.lua", only_ops_configures, strlen(only_ops_configures)};
  ss_error error;
  test_store_reopen_with(self, first, second);
  assert_ok(ss_policy_reload(self->store, &source, &error), &error);
}

static void the_policy_decides_who_admits_a_key(void **state) {
  test_store self = opened_with_a_new_key();
  open_with_policy(&self, 1, 2); /* the active key is admitted: the write goes on without */
  put_as(self.store, "eve", SS_OK);
  assert_int_equal(test_store_number(&self, keys_known), 1);
  open_with_policy(&self, 2, 1);
  put_as(self.store, "eve", SS_POLICY_DENIED);
  assert_int_equal(test_store_number(&self, keys_known), 1);
  put_as(self.store, "ops", SS_OK);
  assert_int_equal(test_store_number(&self, keys_known), 2);
  put_as(self.store, "eve", SS_OK);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void the_store_log_tells_of_keys(void **state) {
  test_store self = opened_with_a_new_key();
  test_put(self.store, NULL, "A", "2");
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM store_event"), 5);
  assert_int_equal(
      test_store_number(&self,
                        "SELECT type FROM store_event WHERE detail = '{\"keyVersions\":[2]}'"),
      SS_EVENT_KEY_ADDED);
  assert_int_equal(
      test_store_number(&self, "SELECT type FROM store_event WHERE detail = '{\"keyVersion\":2}'"),
      SS_EVENT_KEY_ACTIVATED);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reading_leaves_the_file_as_it_is_byte_for_byte),
      cmocka_unit_test(the_first_write_admits_a_new_key),
      cmocka_unit_test(an_aborted_write_admits_nothing_and_the_next_one_does),
      cmocka_unit_test(a_key_is_not_safe_to_remove_before_the_active_one_is_admitted),
      cmocka_unit_test(two_handles_admit_a_key_once),
      cmocka_unit_test(a_key_that_another_handle_admitted_otherwise_is_refused),
      cmocka_unit_test(a_forked_child_admits_what_its_parent_did_not),
      cmocka_unit_test(threads_that_write_first_at_once_admit_a_key_once),
      cmocka_unit_test(a_strangers_key_opens_nothing),
      cmocka_unit_test(the_policy_decides_who_admits_a_key),
      cmocka_unit_test(the_store_log_tells_of_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
