/* Where a database is, whatever leads there. */
#include "storage/sqlite/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "support/support.h"

static void touch(const char *path) {
  const int made = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(made >= 0);
  (void)close(made);
}

static void assert_resolves(const char *path, const char *expected) {
  char *resolved = NULL;
  ss_error error;
  assert_ok(place_resolve(path, &resolved, &error), &error);
  assert_string_equal(resolved, expected);
  memory_free(resolved);
}

static void assert_unresolved(const char *path) {
  char *resolved = NULL;
  ss_error error;
  assert_fails(place_resolve(path, &resolved, &error), SS_STORAGE_FAILED, &error);
  assert_null(resolved);
}

static void links_are_followed_to_the_file(void **state) {
  const test_folder *folder = *state;
  char file[192];
  char *real = realpath(folder->path, NULL);
  (void)snprintf(file, sizeof file, "%s/a.db", real);
  free(real);
  touch(file);
  assert_int_equal(symlink("a.db", test_path(folder, "link.db")), 0);
  assert_resolves(test_path(folder, "link.db"), file);
  assert_resolves(test_path(folder, "./a.db"), file);
}

static void a_file_that_is_not_there_yet_has_its_place(void **state) {
  const test_folder *folder = *state;
  char file[192];
  char *real = realpath(folder->path, NULL);
  (void)snprintf(file, sizeof file, "%s/new.db", real);
  free(real);
  assert_int_equal(symlink(".", test_path(folder, "here")), 0);
  assert_resolves(test_path(folder, "here/new.db"), file);
}

static void what_names_no_file_is_refused(void **state) {
  const test_folder *folder = *state;
  assert_int_equal(symlink("nothing", test_path(folder, "dangling")), 0);
  assert_unresolved(test_path(folder, "dangling"));
  assert_unresolved(test_path(folder, "no/such/folder.db"));
  assert_unresolved(test_path(folder, "missing/"));
}

static void assert_folder(const char *path, const char *expected) {
  char *found = place_folder(path);
  assert_string_equal(found, expected);
  memory_free(found);
}

static void folders_and_suffixes_are_of_the_text_alone(void **state) {
  assert_folder("/a/b.db", "/a");
  assert_folder("/b.db", "/");
  assert_folder("b.db", ".");
  char *log = place_with_suffix("/a/b.db", "-wal");
  assert_string_equal(log, "/a/b.db-wal");
  memory_free(log);
}

static void a_file_is_the_same_under_all_its_names(void **state) {
  const test_folder *folder = *state;
  touch(test_path(folder, "a.db"));
  touch(test_path(folder, "b.db"));
  assert_int_equal(link(test_path(folder, "a.db"), test_path(folder, "hard.db")), 0);
  const file_identity a = place_identity(test_path(folder, "a.db"));
  const file_identity hard = place_identity(test_path(folder, "hard.db"));
  const file_identity b = place_identity(test_path(folder, "b.db"));
  const file_identity none = place_identity(test_path(folder, "none.db"));
  assert_true(place_is_same(&a, &hard));
  assert_false(place_is_same(&a, &b));
  assert_true(place_is_none(&none));
  assert_false(place_is_none(&a));
}

#define IN_A_FOLDER(name) \
  cmocka_unit_test_setup_teardown(name, test_folder_set_up, test_folder_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_A_FOLDER(links_are_followed_to_the_file),
      IN_A_FOLDER(a_file_that_is_not_there_yet_has_its_place),
      IN_A_FOLDER(what_names_no_file_is_refused),
      IN_A_FOLDER(a_file_is_the_same_under_all_its_names),
      cmocka_unit_test(folders_and_suffixes_are_of_the_text_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
