/* The comparison with our schema: nothing may be missing, added or changed. */
#include "storage/sqlite/schema_check.h"

#include <string.h>

#include "storage/sqlite/schema.h"
#include "support/support.h"

static void run(sqlite3 *database, const char *sql) {
  assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int set_up(void **state) {
  sqlite3 *database = NULL;
  ss_error error;
  assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
  assert_ok(sqlite_schema_migrate(database, &error), &error);
  *state = database;
  return 0;
}

static int tear_down(void **state) {
  assert_int_equal(sqlite3_close(*state), SQLITE_OK);
  return 0;
}

static void assert_refused(sqlite3 *database, ss_status expected, const char *why) {
  ss_error error;
  assert_fails(sqlite_schema_check(database, &error), expected, &error);
  if (strstr(error.message, why) == NULL) fail_msg("expected %s, got %s", why, error.message);
}

static void what_was_made_is_ours(void **state) {
  ss_error error;
  assert_ok(sqlite_schema_check(*state, &error), &error);
}

/* What is listed is what SQLite keeps, text by text, and in the same order. */
static void the_list_says_all_that_there_is(void **state) {
  size_t count = 0;
  const schema_object *objects = sqlite_schema_objects(&count);
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(*state,
                                      "SELECT name, type, tbl_name, sql FROM sqlite_schema"
                                      " ORDER BY name, type",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), objects[i].name);
    assert_string_equal((const char *)sqlite3_column_text(statement, 1), objects[i].type);
    assert_string_equal((const char *)sqlite3_column_text(statement, 2), objects[i].table);
    const char *sql = (const char *)sqlite3_column_text(statement, 3);
    if (objects[i].sql == NULL) {
      assert_null(sql);
    } else {
      assert_string_equal(sql, objects[i].sql);
    }
  }
  assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
  assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
}

static void a_database_without_our_tables_is_no_store(void **state) {
  run(*state, "DROP TABLE event");
  assert_refused(*state, SS_STORAGE_CORRUPT, "without a store's tables");
}

static void each_missing_index_is_named(void **state) {
  run(*state, "DROP INDEX secret_by_name");
  assert_refused(*state, SS_INTEGRITY_VIOLATION, "index \"secret_by_name\" is missing");
}

static void the_last_one_that_is_missing_is_named(void **state) {
  size_t count = 0;
  const schema_object *objects = sqlite_schema_objects(&count);
  run(*state, "PRAGMA writable_schema = ON");
  char sql[200];
  (void)sqlite3_snprintf(sizeof sql, sql, "DELETE FROM sqlite_schema WHERE name = %Q",
                         objects[count - 1].name);
  run(*state, sql);
  assert_refused(*state, SS_INTEGRITY_VIOLATION, objects[count - 1].name);
}

static void whatever_was_planted_is_named(void **state) {
  static const struct {
    const char *sql;
    const char *name;
  } plants[] = {
      {"CREATE TABLE aaa (x)", "table \"aaa\" is none"},
      {"CREATE TABLE zzz (x)", "table \"zzz\" is none"},
      {"CREATE VIEW heads AS SELECT * FROM namespace", "view \"heads\" is none"},
      {"CREATE TRIGGER t AFTER INSERT ON secret BEGIN SELECT RAISE(IGNORE); END",
       "trigger \"t\" is none"},
      {"CREATE INDEX i ON event (mac)", "index \"i\" is none"},
  };
  for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
    run(*state, "SAVEPOINT before");
    run(*state, plants[i].sql);
    assert_refused(*state, SS_INTEGRITY_VIOLATION, plants[i].name);
    run(*state, "ROLLBACK TO before");
  }
}

static void a_column_more_is_a_change(void **state) {
  run(*state, "ALTER TABLE secret ADD COLUMN more TEXT");
  assert_refused(*state, SS_INTEGRITY_VIOLATION, "table \"secret\" is not as it was made");
}

static void an_index_that_says_it_is_anothers_is_a_change(void **state) {
  run(*state, "PRAGMA writable_schema = ON");
  run(*state, "UPDATE sqlite_schema SET tbl_name = 'secret' WHERE name = 'event_by_secret'");
  assert_refused(*state, SS_INTEGRITY_VIOLATION, "\"event_by_secret\" is not as it was made");
}

#define ON_A_STORE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_A_STORE(what_was_made_is_ours),
      ON_A_STORE(the_list_says_all_that_there_is),
      ON_A_STORE(a_database_without_our_tables_is_no_store),
      ON_A_STORE(each_missing_index_is_named),
      ON_A_STORE(the_last_one_that_is_missing_is_named),
      ON_A_STORE(whatever_was_planted_is_named),
      ON_A_STORE(a_column_more_is_a_change),
      ON_A_STORE(an_index_that_says_it_is_anothers_is_a_change),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
