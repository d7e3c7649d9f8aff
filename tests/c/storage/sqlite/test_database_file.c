/* The file behind a storage: found or made, and noticed when it is another one. */
#include "storage/sqlite/database_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/support.h"

static ss_status find(database_file *file, const char *path, bool create, ss_error *error) {
  const storage_options options = {.path = path, .create = create};
  return database_file_find(file, &options, error);
}

static void a_new_file_is_empty_and_its_owners_alone(void **state) {
  database_file file ON_SCOPE_EXIT(database_file_clear) = {0};
  struct stat information;
  ss_error error;
  const char *path = test_path(*state, "a.db");
  assert_ok(find(&file, path, true, &error), &error);
  assert_int_equal(stat(path, &information), 0);
  assert_int_equal(information.st_mode & 0777, 0600);
  assert_int_equal(information.st_size, 0);
}

static void none_or_an_empty_one_is_not_found_unless_it_may_be_made(void **state) {
  database_file file ON_SCOPE_EXIT(database_file_clear) = {0};
  database_file empty ON_SCOPE_EXIT(database_file_clear) = {0};
  database_file made ON_SCOPE_EXIT(database_file_clear) = {0};
  ss_error error;
  const char *path = test_path(*state, "a.db");
  assert_fails(find(&file, path, false, &error), SS_NOT_FOUND, &error);
  assert_int_equal(access(path, F_OK), -1);
  assert_ok(find(&made, path, true, &error), &error);
  assert_fails(find(&empty, path, false, &error), SS_NOT_FOUND, &error);
}

static void one_that_others_may_write_is_refused_and_so_are_its_side_files(void **state) {
  static const char *const names[] = {"a.db", "a.db-wal", "a.db-shm", "a.db-journal"};
  char path[192];
  (void)snprintf(path, sizeof path, "%s", test_path(*state, "a.db"));
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    database_file file ON_SCOPE_EXIT(database_file_clear) = {0};
    database_file refused ON_SCOPE_EXIT(database_file_clear) = {0};
    ss_error error;
    assert_ok(find(&file, path, true, &error), &error);
    const char *other = test_path(*state, names[i]);
    FILE *side = fopen(other, "a");
    assert_non_null(side);
    assert_int_equal(fclose(side), 0);
    assert_int_equal(chmod(other, 0666), 0);
    assert_fails(find(&refused, path, true, &error), SS_STORAGE_FAILED, &error);
    assert_non_null(strstr(error.message, "may be written by everybody"));
    assert_int_equal(chmod(other, 0600), 0);
  }
}

static void nothing_applies_to_a_database_in_memory(void **state) {
  database_file none = {0};
  ss_error error;
  assert_ok(database_file_enter(&none, &error), &error);
  assert_ok(database_file_check(&none, &error), &error);
  assert_null(none.guard);
}

static void count_close(void *count) { ++*(int *)count; }

static void another_file_in_its_place_is_refused(void **state) {
  database_file file ON_SCOPE_EXIT(database_file_clear) = {0};
  database_file other ON_SCOPE_EXIT(database_file_clear) = {0};
  ss_error error;
  int closed = 0;
  char path[192];
  (void)snprintf(path, sizeof path, "%s", test_path(*state, "a.db"));
  assert_ok(find(&file, path, true, &error), &error);
  assert_ok(find(&other, test_path(*state, "b.db"), true, &error), &error);
  assert_ok(database_file_enter(&file, &error), &error);
  database_file_leave(&file, count_close, &closed);
  assert_int_equal(rename(test_path(*state, "b.db"), path), 0);
  assert_fails(database_file_enter(&file, &error), SS_STORAGE_FAILED, &error);
  assert_fails(database_file_check(&file, &error), SS_STORAGE_FAILED, &error);
  database_file_leave(&file, count_close, &closed);
}

static void a_file_is_left_with_its_last_connection(void **state) {
  database_file file ON_SCOPE_EXIT(database_file_clear) = {0};
  int closed = 0;
  ss_error error;
  assert_ok(find(&file, test_path(*state, "a.db"), true, &error), &error);
  assert_ok(database_file_enter(&file, &error), &error);
  assert_ok(database_file_enter(&file, &error), &error); /* again is nothing */
  assert_true(lock_guard_is_held(&file.database));
  database_file_leave(&file, count_close, &closed);
  assert_false(lock_guard_is_held(&file.database));
  assert_int_equal(closed, 1);
}

#define IN_A_FOLDER(name) \
  cmocka_unit_test_setup_teardown(name, test_folder_set_up, test_folder_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_A_FOLDER(a_new_file_is_empty_and_its_owners_alone),
      IN_A_FOLDER(none_or_an_empty_one_is_not_found_unless_it_may_be_made),
      IN_A_FOLDER(one_that_others_may_write_is_refused_and_so_are_its_side_files),
      IN_A_FOLDER(nothing_applies_to_a_database_in_memory),
      IN_A_FOLDER(another_file_in_its_place_is_refused),
      IN_A_FOLDER(a_file_is_left_with_its_last_connection),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
