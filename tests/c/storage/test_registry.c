/* Which back end serves a path. */
#include "storage/registry.h"

#include <string.h>

#include "support/support.h"

static const char *const servers[] = {
    "postgresql://eve:hunter2@db/secrets",
    "postgres://eve:hunter2@db/secrets",
};

static void a_server_is_refused_and_its_address_not_shown(void **state) {
  for (size_t i = 0; i < 2; i++) {
    ss_error error;
    const storage_options options = {.path = servers[i], .create = true};
    storage *opened = NULL;
    assert_fails(storage_open(&options, &opened, &error), SS_UNSUPPORTED, &error);
    assert_null(opened);
    assert_non_null(strstr(error.message, "PostgreSQL server, which this build cannot use"));
    assert_null(strstr(error.message, "hunter2"));
  }
}

static void a_server_is_refused_before_any_other_option_is_given(void **state) {
  ss_options *options = NULL;
  ss_error error;
  assert_fails(ss_options_new(servers[0], &options, &error), SS_UNSUPPORTED, &error);
  assert_null(options);
}

static void any_other_text_names_a_file(void **state) {
  static const char *const names[] = {"postgresql:/a", "postgres", "file:a.db", "mysql://a", "a"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    ss_error error;
    assert_ok(storage_check_path(names[i], &error), &error);
  }
}

static void a_file_is_opened_with_what_the_options_say(void **state) {
  test_folder folder = test_folder_new();
  const storage_options options = {.path = test_path(&folder, "file:a.db")};
  storage *opened = NULL;
  ss_error error;
  assert_fails(storage_open(&options, &opened, &error), SS_NOT_FOUND, &error);
  assert_null(opened);
  test_folder_remove(&folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_server_is_refused_and_its_address_not_shown),
      cmocka_unit_test(a_server_is_refused_before_any_other_option_is_given),
      cmocka_unit_test(any_other_text_names_a_file),
      cmocka_unit_test(a_file_is_opened_with_what_the_options_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
