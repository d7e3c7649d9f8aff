/* The schema: made once, found again, and not made in what is somebody else's. */
#include "storage/sqlite/schema.h"

#include <stdio.h>
#include <string.h>

#include "support/support.h"

static int set_up(void **state) {
  sqlite3 *database = NULL;
  assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
  *state = database;
  return 0;
}

static int tear_down(void **state) {
  assert_int_equal(sqlite3_close(*state), SQLITE_OK);
  return 0;
}

static void run(sqlite3 *database, const char *sql) {
  assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t number(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  const int64_t found = sqlite3_column_int64(statement, 0);
  assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
  return found;
}

static void an_empty_database_becomes_a_store_with_our_marks(void **state) {
  sqlite3 *database = *state;
  ss_error error;
  assert_ok(sqlite_schema_migrate(database, &error), &error);
  assert_int_equal(number(database, "PRAGMA application_id"), SQLITE_SCHEMA_APPLICATION_ID);
  assert_true(number(database, "PRAGMA user_version") > 0);
  assert_int_equal(number(database, "SELECT count(*) FROM secret"), 0);
  assert_int_equal(sqlite3_get_autocommit(database), 1);
}

static void a_current_store_is_only_read(void **state) {
  sqlite3 *database = *state;
  ss_error error;
  assert_ok(sqlite_schema_migrate(database, &error), &error);
  const int64_t version = number(database, "PRAGMA schema_version");
  run(database, "PRAGMA query_only = 1");
  assert_ok(sqlite_schema_migrate(database, &error), &error);
  assert_int_equal(number(database, "PRAGMA schema_version"), version);
}

static void assert_refused_unchanged(sqlite3 *database, ss_status expected, const char *why) {
  const int64_t version = number(database, "PRAGMA schema_version");
  ss_error error;
  assert_fails(sqlite_schema_migrate(database, &error), expected, &error);
  assert_non_null(strstr(error.message, why));
  assert_int_equal(number(database, "PRAGMA schema_version"), version);
  assert_int_equal(sqlite3_get_autocommit(database), 1);
}

static void another_applications_database_is_left_as_it_is(void **state) {
  run(*state, "CREATE TABLE theirs (a)");
  assert_refused_unchanged(*state, SS_STORAGE_CORRUPT, "another application's SQLite database");
}

static void a_store_of_a_newer_library_is_left_as_it_is(void **state) {
  ss_error error;
  assert_ok(sqlite_schema_migrate(*state, &error), &error);
  run(*state, "PRAGMA user_version = 1000");
  assert_refused_unchanged(*state, SS_UNSUPPORTED, "schema version 1000");
}

static void a_migration_that_fails_half_way_leaves_nothing(void **state) {
  char marks[64];
  (void)snprintf(marks, sizeof marks, "PRAGMA application_id = %d", SQLITE_SCHEMA_APPLICATION_ID);
  run(*state, marks);
  run(*state, "CREATE TABLE event (theirs)"); /* stands where ours is to be */
  ss_error error;
  assert_true(sqlite_schema_migrate(*state, &error) != SS_OK);
  assert_int_equal(number(*state, "SELECT count(*) FROM sqlite_schema"), 1);
  assert_int_equal(number(*state, "PRAGMA user_version"), 0);
  assert_int_equal(sqlite3_get_autocommit(*state), 1);
}

#define ON_A_DATABASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_A_DATABASE(an_empty_database_becomes_a_store_with_our_marks),
      ON_A_DATABASE(a_current_store_is_only_read),
      ON_A_DATABASE(another_applications_database_is_left_as_it_is),
      ON_A_DATABASE(a_store_of_a_newer_library_is_left_as_it_is),
      ON_A_DATABASE(a_migration_that_fails_half_way_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
