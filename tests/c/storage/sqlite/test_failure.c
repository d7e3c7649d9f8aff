/* What SQLite's result codes come to, by their primary code. */
#include "storage/sqlite/failure.h"

#include <string.h>

#include "support/support.h"

static void codes_become_what_a_host_can_act_upon(void **state) {
  static const struct {
    int code;
    ss_status expected;
  } cases[] = {
      {SQLITE_NOMEM, SS_OUT_OF_MEMORY},        {SQLITE_IOERR_NOMEM, SS_OUT_OF_MEMORY},
      {SQLITE_BUSY, SS_STORAGE_BUSY},          {SQLITE_BUSY_SNAPSHOT, SS_STORAGE_BUSY},
      {SQLITE_LOCKED, SS_STORAGE_BUSY},        {SQLITE_INTERRUPT, SS_INTERRUPTED},
      {SQLITE_FULL, SS_STORAGE_FULL},          {SQLITE_CORRUPT_INDEX, SS_STORAGE_CORRUPT},
      {SQLITE_NOTADB, SS_STORAGE_CORRUPT},     {SQLITE_TOOBIG, SS_STORAGE_CORRUPT},
      {SQLITE_IOERR_WRITE, SS_STORAGE_FAILED}, {SQLITE_READONLY, SS_STORAGE_FAILED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ss_error error;
    assert_fails(sqlite_code_failure(cases[i].code, "testing", &error), cases[i].expected, &error);
    assert_non_null(strstr(error.message, "testing"));
  }
}

static void the_sentence_has_sqlites_words_and_its_extended_code(void **state) {
  ss_error error;
  assert_fails(sqlite_code_failure(SQLITE_IOERR_WRITE, "writing", &error), SS_STORAGE_FAILED,
               &error);
  assert_string_equal(error.message, "SQLite failed writing: disk I/O error (code 778)");
}

static void a_connections_last_failure_is_told(void **state) {
  sqlite3 *database = NULL;
  ss_error error;
  assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
  assert_int_equal(sqlite3_exec(database, "SELECT absent", NULL, NULL, NULL), SQLITE_ERROR);
  assert_fails(sqlite_failure(database, "reading", &error), SS_STORAGE_FAILED, &error);
  assert_non_null(strstr(error.message, "no such column: absent"));
  (void)sqlite3_close(database);
}

static void no_connection_means_no_memory_for_one(void **state) {
  ss_error error;
  assert_fails(sqlite_failure(NULL, "opening", &error), SS_OUT_OF_MEMORY, &error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(codes_become_what_a_host_can_act_upon),
      cmocka_unit_test(the_sentence_has_sqlites_words_and_its_extended_code),
      cmocka_unit_test(a_connections_last_failure_is_told),
      cmocka_unit_test(no_connection_means_no_memory_for_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
