/* Opening and closing: what is refused and why, options, life cycle, files. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/support.h"

static ss_status open_with(const test_store *self, ss_error *error) {
  ss_options *options = test_store_options(self);
  ss_store *store = NULL;
  const ss_status status = ss_store_open(options, &store, error);
  ss_options_free(options);
  assert_true((status == SS_OK) == (store != NULL));
  ss_store_free(store);
  return status;
}

static void write_file(const char *path, const void *data, size_t length) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

static void open_without_keys_is_invalid_options(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  self.keys[0] = -1;
  assert_fails(open_with(&self, &error), SS_INVALID_OPTIONS, &error);
  test_store_remove(&self);
}

static void open_of_a_missing_store_without_create_is_not_found(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_store *store = NULL;
  ss_options *options = test_store_options(&self);
  assert_ok(ss_options_set_create(options, false, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_NOT_FOUND, &error);
  assert_int_not_equal(access(self.path, F_OK), 0);
  write_file(self.path, "", 0);
  assert_fails(ss_store_open(options, &store, &error), SS_NOT_FOUND, &error);
  ss_options_free(options);
  test_store_remove(&self);
}

static void open_in_a_missing_folder_is_storage_failed(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  (void)snprintf(self.path, sizeof self.path, "%s/no/store.db", self.folder.path);
  assert_fails(open_with(&self, &error), SS_STORAGE_FAILED, &error);
  test_store_remove(&self);
}

static void open_of_a_folder_is_storage_failed(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  (void)snprintf(self.path, sizeof self.path, "%s", self.folder.path);
  assert_fails(open_with(&self, &error), SS_STORAGE_FAILED, &error);
  test_store_remove(&self);
}

static void open_of_a_file_that_is_no_database_is_storage_corrupt(void **state) {
  static const char text[] = "This is not a database, but it is long enough to look like a file.";
  test_store self = test_store_prepare();
  ss_error error;
  write_file(self.path, text, sizeof text);
  assert_fails(open_with(&self, &error), SS_STORAGE_CORRUPT, &error);
  test_store_remove(&self);
}

static void open_of_another_applications_database_is_storage_corrupt(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_sql(&self, "CREATE TABLE theirs (x); PRAGMA application_id = 42");
  assert_fails(open_with(&self, &error), SS_STORAGE_CORRUPT, &error);
  assert_non_null(strstr(error.message, "another application"));
  test_store_remove(&self);
}

static void open_of_a_newer_schema_is_unsupported(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  assert_ok(open_with(&self, &error), &error);
  test_store_sql(&self, "PRAGMA user_version = 99");
  assert_fails(open_with(&self, &error), SS_UNSUPPORTED, &error);
  assert_non_null(strstr(error.message, "99"));
  test_store_remove(&self);
}

static void a_key_mismatch_names_the_version_and_no_key(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_store *store = NULL;
  ss_options *options = NULL;
  assert_ok(open_with(&self, &error), &error);
  assert_ok(ss_options_new(self.path, &options, &error), &error);
  assert_ok(ss_options_add_key(options, 1, TEST_OTHER_KEY, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_KEY_MISMATCH, &error);
  assert_non_null(strstr(error.message, "version 1"));
  assert_null(strstr(error.message, "q83v"));
  ss_options_free(options);
  test_store_remove(&self);
}

static void new_files_belong_to_their_owner_alone(void **state) {
  test_store self = test_store_prepare();
  struct stat information;
  const mode_t before = umask(0);
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  (void)umask(before);
  static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(stat(test_path(&self.folder, names[i]), &information), 0);
    assert_int_equal(information.st_mode & 07777, 0600);
  }
  test_store_remove(&self);
}

static void a_store_in_memory_works_and_leaves_no_file(void **state) {
  test_store self = test_store_prepare();
  (void)snprintf(self.path, sizeof self.path, ":memory:");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "A", "2");
  assert_secret(self.store, "n", "A", "2");
  assert_true(test_store_is_intact(self.store));
  test_store_close(&self);
  assert_int_not_equal(access(":memory:", F_OK), 0);
  test_store_remove(&self);
}

static void opening_an_unchanged_store_writes_nothing(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  assert_ok(open_with(&self, &error), &error);
  const int64_t before = test_store_number(&self, "SELECT sum(wraps_reserved) FROM kek");
  for (int i = 0; i < 3; i++) assert_ok(open_with(&self, &error), &error);
  assert_int_equal(test_store_number(&self, "SELECT sum(wraps_reserved) FROM kek"), before);
  assert_int_equal(test_store_number(&self, "SELECT sequence FROM root"), 1);
  test_store_remove(&self);
}

static void every_call_on_a_closed_store_is_closed(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_get_request get;
  ss_put_request put;
  ss_update_request update;
  ss_remove_request remove_request;
  ss_list_request list;
  ss_namespaces_request namespaces;
  ss_events_request events;
  ss_get_result got;
  ss_update_result updated;
  ss_secret_page secrets;
  ss_namespace_page namespace_page;
  ss_event_page event_page;
  bool found = true;
  test_store_open(&self);
  ss_store_close(self.store);
  ss_store_close(self.store);
  ss_get_request_init(&get);
  ss_put_request_init(&put);
  ss_update_request_init(&update);
  ss_remove_request_init(&remove_request);
  ss_list_request_init(&list);
  ss_namespaces_request_init(&namespaces);
  ss_events_request_init(&events);
  get.name = put.name = update.name = remove_request.name = "A";
  assert_fails(ss_get(self.store, &get, &got, &error), SS_CLOSED, &error);
  assert_fails(ss_get_or_throw(self.store, &get, &got, &error), SS_CLOSED, &error);
  assert_fails(ss_has(self.store, &get, &found, &error), SS_CLOSED, &error);
  assert_false(found);
  assert_fails(ss_put(self.store, &put, NULL, &error), SS_CLOSED, &error);
  assert_fails(ss_update(self.store, &update, &updated, &error), SS_CLOSED, &error);
  assert_fails(ss_remove(self.store, &remove_request, NULL, &error), SS_CLOSED, &error);
  assert_fails(ss_list(self.store, &list, &secrets, &error), SS_CLOSED, &error);
  assert_fails(ss_list_namespaces(self.store, &namespaces, &namespace_page, &error), SS_CLOSED,
               &error);
  assert_fails(ss_list_events(self.store, &events, &event_page, &error), SS_CLOSED, &error);
  test_store_remove(&self);
}

static void requests_that_were_not_initialised_are_refused(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_get_result got;
  ss_get_request get = {0};
  ss_put_request put = {0};
  get.name = put.name = "A";
  test_store_open(&self);
  assert_fails(ss_get(self.store, &get, &got, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(ss_put(self.store, &put, NULL, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(ss_put(self.store, NULL, NULL, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(ss_get(NULL, &get, &got, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(ss_get(self.store, &get, NULL, &error), SS_INVALID_ARGUMENT, &error);
  test_store_remove(&self);
}

static void a_value_of_length_without_bytes_is_refused(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_put_request put;
  ss_put_request_init(&put);
  put.name = "A";
  put.value_length = 5;
  test_store_open(&self);
  assert_fails(ss_put(self.store, &put, NULL, &error), SS_INVALID_ARGUMENT, &error);
  test_store_remove(&self);
}

static void changes_out_of_their_enumeration_are_refused(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_put_request put;
  ss_list_request list;
  ss_events_request events;
  ss_secret_page secrets;
  ss_event_page event_page;
  test_store_open(&self);
  ss_put_request_init(&put);
  put.name = "A";
  put.metadata = (ss_change)7;
  assert_fails(ss_put(self.store, &put, NULL, &error), SS_INVALID_ARGUMENT, &error);
  put.metadata = SS_SET; /* and no text */
  assert_fails(ss_put(self.store, &put, NULL, &error), SS_INVALID_ARGUMENT, &error);
  ss_list_request_init(&list);
  list.order = (ss_order)2;
  assert_fails(ss_list(self.store, &list, &secrets, &error), SS_INVALID_ARGUMENT, &error);
  ss_events_request_init(&events);
  events.namespace_given = true;
  events.type = (ss_event_type)10;
  assert_fails(ss_list_events(self.store, &events, &event_page, &error), SS_INVALID_ARGUMENT,
               &error);
  test_store_remove(&self);
}

static void options_refuse_what_is_out_of_range(void **state) {
  ss_options *options = NULL;
  ss_error error;
  assert_fails(ss_options_new(NULL, &options, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_new("", &options, &error), SS_INVALID_OPTIONS, &error);
  assert_ok(ss_options_new("x", &options, &error), &error);
  assert_fails(ss_options_set_busy_timeout_ms(options, -1, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_set_busy_timeout_ms(options, INT64_C(1) << 31, &error),
               SS_INVALID_OPTIONS, &error);
  assert_ok(ss_options_set_busy_timeout_ms(options, (INT64_C(1) << 31) - 1, &error), &error);
  assert_fails(ss_options_set_durability(options, (ss_durability)2, &error), SS_INVALID_OPTIONS,
               &error);
  assert_fails(ss_options_set_log(options, (ss_log_level)4, NULL, NULL, &error), SS_INVALID_OPTIONS,
               &error);
  assert_fails(ss_options_add_key(NULL, 1, test_key(1), &error), SS_INVALID_ARGUMENT, &error);
  ss_options_free(options);
  ss_options_free(NULL);
}

static void two_handles_on_one_file_see_each_others_writes(void **state) {
  test_store a = test_store_prepare();
  test_store_open(&a);
  test_store b = a;
  b.store = NULL;
  test_store_open(&b);
  test_put(a.store, "n", "A", "1");
  assert_secret(b.store, "n", "A", "1");
  test_put(b.store, "n", "A", "2");
  assert_secret(a.store, "n", "A", "2");
  test_store_close(&b);
  test_put(a.store, "n", "A", "3");
  assert_secret(a.store, "n", "A", "3");
  assert_true(test_store_is_intact(a.store));
  test_store_remove(&a);
}

static void the_version_is_that_of_the_header(void **state) {
  char expected[32];
  (void)snprintf(expected, sizeof expected, "%d.%d.%d", SS_VERSION_MAJOR, SS_VERSION_MINOR,
                 SS_VERSION_PATCH);
  assert_string_equal(ss_version_string(), expected);
  assert_int_equal(ss_version_number(),
                   SS_VERSION_MAJOR * 1000000 + SS_VERSION_MINOR * 1000 + SS_VERSION_PATCH);
}

/* Whoever empties a store's tables does not get a new one made in its place unseen. */
static void an_emptied_store_is_not_founded_anew(void **state) {
  static const char emptied[] =
      "DELETE FROM event; DELETE FROM secret; DELETE FROM namespace WHERE id <> 0;"
      "DELETE FROM seal; DELETE FROM root";
  test_store self = test_store_prepare();
  ss_store *store = NULL;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_store_close(&self);
  test_store_sql(&self, emptied);
  ss_options *options = test_store_options(&self);
  assert_fails(ss_store_open(options, &store, &error), SS_INTEGRITY_VIOLATION, &error);
  test_store_sql(&self, "DELETE FROM kek; DELETE FROM store_event");
  assert_ok(ss_options_set_create(options, false, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_ok(ss_options_set_create(options, true, &error), &error);
  assert_ok(ss_options_set_least_epoch(options, 2, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM root"), 0);
  ss_options_free(options);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(open_without_keys_is_invalid_options),
      cmocka_unit_test(open_of_a_missing_store_without_create_is_not_found),
      cmocka_unit_test(open_in_a_missing_folder_is_storage_failed),
      cmocka_unit_test(open_of_a_folder_is_storage_failed),
      cmocka_unit_test(open_of_a_file_that_is_no_database_is_storage_corrupt),
      cmocka_unit_test(open_of_another_applications_database_is_storage_corrupt),
      cmocka_unit_test(open_of_a_newer_schema_is_unsupported),
      cmocka_unit_test(a_key_mismatch_names_the_version_and_no_key),
      cmocka_unit_test(new_files_belong_to_their_owner_alone),
      cmocka_unit_test(a_store_in_memory_works_and_leaves_no_file),
      cmocka_unit_test(opening_an_unchanged_store_writes_nothing),
      cmocka_unit_test(every_call_on_a_closed_store_is_closed),
      cmocka_unit_test(requests_that_were_not_initialised_are_refused),
      cmocka_unit_test(a_value_of_length_without_bytes_is_refused),
      cmocka_unit_test(changes_out_of_their_enumeration_are_refused),
      cmocka_unit_test(options_refuse_what_is_out_of_range),
      cmocka_unit_test(two_handles_on_one_file_see_each_others_writes),
      cmocka_unit_test(an_emptied_store_is_not_founded_anew),
      cmocka_unit_test(the_version_is_that_of_the_header),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
