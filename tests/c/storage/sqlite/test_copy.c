/* Which paths are unfinished copies; the copies themselves are tested as backups. */
#include "storage/sqlite/copy.h"

#include "support/support.h"

static void only_a_name_with_something_before_the_suffix_is_unfinished(void **state) {
  assert_true(copy_is_unfinished("/a/b.db.secretstore-partial"));
  assert_true(copy_is_unfinished("b.secretstore-partial"));
  assert_false(copy_is_unfinished(".secretstore-partial"));
  assert_false(copy_is_unfinished("/a/b.db.secretstore-partial-wal"));
  assert_false(copy_is_unfinished("/a/b.db"));
  assert_false(copy_is_unfinished(""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_a_name_with_something_before_the_suffix_is_unfinished),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
