/* Every statement that reads or changes rows lives on the index that statements.c names: no scan,
 * no sort. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "storage/sqlite/statements.h"
#include "support/support.h"

typedef struct expected_plan {
  statement_id id;
  const char *parts[6]; /* each must appear in the plan */
} expected_plan;

#define EVENTS_BY_TYPE "SEARCH e USING PRIMARY KEY (namespace=? AND type=? AND sequence"

static const expected_plan plans[] = {
    {STATEMENT_FIND_LAST_EVENT,
     {"SEARCH e USING INDEX event_by_secret (secret=?)",
      "SEARCH before USING PRIMARY KEY (namespace=? AND type=? AND sequence=?)"}},
    {STATEMENT_VISIT_SECRET_ROWS,
     {"MERGE (UNION ALL)", "secret_by_update (namespace=? AND updated_at=? AND rowid>?)",
      "secret_by_update (namespace=? AND updated_at>?)"}},
    {STATEMENT_VISIT_VERSION_ROWS,
     {"MERGE (UNION ALL)", "secret_version_by_secret (namespace=? AND secret=? AND revision>?)",
      "secret_version_by_secret (namespace=? AND secret>?)"}},
    {STATEMENT_VISIT_REMOVED_ROWS,
     {"SEARCH removed USING INDEX removed_by_namespace (namespace=? AND rowid>?)"}},
    {STATEMENT_VISIT_STORE_EVENTS_ASCENDING, {"SEARCH store_event USING INTEGER PRIMARY KEY"}},
    {STATEMENT_VISIT_STORE_EVENTS_DESCENDING, {"SEARCH store_event USING INTEGER PRIMARY KEY"}},
    {STATEMENT_FIND_KEK, {"SEARCH kek USING INTEGER PRIMARY KEY"}},
    {STATEMENT_FIND_NAMESPACE, {"SEARCH namespace USING COVERING INDEX", "(name=?)"}},
    {STATEMENT_LOAD_NAMESPACE, {"SEARCH namespace USING INTEGER PRIMARY KEY"}},
    {STATEMENT_LOAD_NAMESPACE_BY_NAME, {"SEARCH namespace USING INDEX", "(name=?)"}},
    {STATEMENT_SAVE_NAMESPACE, {"SEARCH namespace USING INTEGER PRIMARY KEY"}},
    {STATEMENT_VISIT_NAMED_NAMESPACES, {"SEARCH namespace USING INDEX", "(name>?)"}},
    {STATEMENT_FIND_SECRET, {"SEARCH secret USING INDEX secret_by_name (namespace=? AND name=?)"}},
    {STATEMENT_FIND_SECRET_HEADER,
     {"SEARCH secret USING INDEX secret_by_name (namespace=? AND name=?)"}},
    {STATEMENT_NEXT_SECRET_ID, {"SEARCH secret", "SEARCH former_secret"}},
    {STATEMENT_REPLACE_SECRET, {"SEARCH secret USING INTEGER PRIMARY KEY"}},
    {STATEMENT_REWRAP_SECRET, {"SEARCH secret USING INTEGER PRIMARY KEY"}},
    {STATEMENT_DELETE_SECRET, {"SEARCH secret USING INTEGER PRIMARY KEY"}},
    {STATEMENT_VISIT_SECRETS_ASCENDING,
     {"MERGE (UNION ALL)", "secret_by_update (namespace=? AND updated_at=? AND rowid>?)",
      "secret_by_update (namespace=? AND updated_at>?)"}},
    {STATEMENT_VISIT_SECRETS_DESCENDING,
     {"MERGE (UNION ALL)", "secret_by_update (namespace=? AND updated_at=? AND rowid<?)",
      "secret_by_update (namespace=? AND updated_at<?)"}},
    {STATEMENT_VISIT_SECRETS_OF_KEY, {"SEARCH secret USING INTEGER PRIMARY KEY (rowid>?)"}},
    {STATEMENT_VISIT_EXPIRED_SECRETS, {"USING INDEX secret_by_expiry (expires_at<?)"}},
    {STATEMENT_DELETE_EVENTS_OF_TYPE,
     {"USING PRIMARY KEY (namespace=? AND type=? AND sequence<?)"}},
    {STATEMENT_FORGET_FORMER_SECRET, {"SEARCH f USING INTEGER PRIMARY KEY"}},
    {STATEMENT_FORGET_LARGEST_BUT_ONE, {"SEARCH f USING INTEGER PRIMARY KEY"}},
    {STATEMENT_FIND_SECRET_NAMESPACE,
     {"SEARCH secret USING INTEGER PRIMARY KEY", "SEARCH former_secret USING INTEGER PRIMARY KEY"}},
    {STATEMENT_VISIT_EVENTS_ASCENDING, {"MERGE (UNION ALL)", EVENTS_BY_TYPE ">?)"}},
    {STATEMENT_VISIT_EVENTS_DESCENDING, {"MERGE (UNION ALL)", EVENTS_BY_TYPE "<?)"}},
    {STATEMENT_VISIT_EVENTS_OF_TYPE_ASCENDING, {EVENTS_BY_TYPE ">?)"}},
    {STATEMENT_VISIT_EVENTS_OF_TYPE_DESCENDING, {EVENTS_BY_TYPE "<?)"}},
    {STATEMENT_VISIT_EVENTS_OF_SECRET_ASCENDING,
     {"SEARCH e USING INDEX event_by_secret (secret=? AND sequence>?)"}},
    {STATEMENT_VISIT_EVENTS_OF_SECRET_DESCENDING,
     {"SEARCH e USING INDEX event_by_secret (secret=? AND sequence<?)"}},
    {STATEMENT_VISIT_EVENTS_OF_NAME_ASCENDING,
     {"secret_by_name (namespace=? AND name=?", "event_by_secret (secret=? AND sequence>?)"}},
    {STATEMENT_VISIT_EVENTS_OF_NAME_DESCENDING,
     {"secret_by_name (namespace=? AND name=?", "event_by_secret (secret=? AND sequence<?)"}},
    {STATEMENT_VISIT_EVENTS_OF_FORMER_NAME_ASCENDING,
     {"former_secret_by_name (namespace=? AND name=? AND rowid>?)",
      "event_by_secret (secret=? AND sequence>?)"}},
    {STATEMENT_VISIT_EVENTS_OF_FORMER_NAME_DESCENDING,
     {"former_secret_by_name (namespace=? AND name=? AND rowid<?)",
      "event_by_secret (secret=? AND sequence<?)"}},
};

static void read_plan(sqlite3 *database, statement_id id, char *plan, size_t capacity) {
  char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_sql(id));
  sqlite3_stmt *statement = NULL;
  size_t length = 0;
  assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
  plan[0] = '\0';
  while (sqlite3_step(statement) == SQLITE_ROW && length < capacity) {
    length += (size_t)snprintf(plan + length, capacity - length, "%s\n",
                               (const char *)sqlite3_column_text(statement, 3));
  }
  (void)sqlite3_finalize(statement);
  sqlite3_free(sql);
}

static void check_plan(sqlite3 *database, const expected_plan *expected) {
  char plan[4096];
  read_plan(database, expected->id, plan, sizeof plan);
  for (size_t i = 0; expected->parts[i] != NULL; i++) {
    if (strstr(plan, expected->parts[i]) == NULL) {
      fail_msg("%s\nexpected %s in\n%s", statement_sql(expected->id), expected->parts[i], plan);
    }
  }
  /* A constant row is what a SELECT without FROM walks. */
  const char *scan = strstr(plan, "SCAN");
  const bool scans = scan != NULL && strncmp(scan, "SCAN CONSTANT ROW", 17) != 0;
  if (scans || strstr(plan, "TEMP B-TREE") != NULL) {
    fail_msg("%s\nscans or sorts:\n%s", statement_sql(expected->id), plan);
  }
}

static void every_statement_lives_on_its_index(void **state) {
  test_store self = test_store_prepare();
  sqlite3 *database = NULL;
  test_store_open(&self);
  assert_int_equal(sqlite3_open(self.path, &database), SQLITE_OK);
  for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) check_plan(database, &plans[i]);
  (void)sqlite3_close(database);
  test_store_remove(&self);
}

static void every_statement_prepares(void **state) {
  test_store self = test_store_prepare();
  sqlite3 *database = NULL;
  test_store_open(&self);
  assert_int_equal(sqlite3_open(self.path, &database), SQLITE_OK);
  for (int id = 0; id < STATEMENT_COUNT; id++) {
    sqlite3_stmt *statement = NULL;
    assert_non_null(statement_sql((statement_id)id));
    const int code =
        sqlite3_prepare_v2(database, statement_sql((statement_id)id), -1, &statement, NULL);
    if (code != SQLITE_OK)
      fail_msg("%s: %s", statement_sql((statement_id)id), sqlite3_errmsg(database));
    (void)sqlite3_finalize(statement);
  }
  (void)sqlite3_close(database);
  test_store_remove(&self);
}

static void the_file_has_the_settings_of_the_design(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  assert_int_equal(test_store_number(&self, "PRAGMA page_size"), 4096);
  assert_int_equal(test_store_number(&self, "PRAGMA application_id"), 0x53537374);
  assert_int_equal(test_store_number(&self, "PRAGMA user_version"), 1);
  assert_int_equal(test_store_number(&self, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"),
                   1);
  assert_int_equal(test_store_number(&self,
                                     "SELECT count(*) FROM pragma_table_list"
                                     " WHERE schema = 'main' AND type = 'table' AND NOT strict"
                                     " AND name NOT LIKE 'sqlite%'"),
                   0);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_statement_lives_on_its_index),
      cmocka_unit_test(every_statement_prepares),
      cmocka_unit_test(the_file_has_the_settings_of_the_design),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
