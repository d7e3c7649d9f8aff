/* Telling a store from other files by its first bytes. */
#include "storage/sqlite/header.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "support/support.h"

/* The fields of sqlite.org/fileformat2.html, 1.3, that matter here. */
typedef struct first_bytes {
  unsigned char bytes[100];
  size_t length;
} first_bytes;

static first_bytes of_a_store(void) {
  first_bytes made = {.length = sizeof made.bytes};
  memcpy(made.bytes, "SQLite format 3", 16);
  made.bytes[18] = made.bytes[19] = 2;
  made.bytes[63] = 1;
  memcpy(made.bytes + 68, "SSst", 4);
  return made;
}

static ss_status read_back(const first_bytes *written, database_header *header, ss_error *error) {
  test_folder folder = test_folder_new();
  const char *path = test_path(&folder, "a.db");
  const int descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  assert_true(descriptor >= 0);
  assert_int_equal(write(descriptor, written->bytes, written->length), written->length);
  const ss_status status = header_read(descriptor, path, header, error);
  (void)close(descriptor);
  test_folder_remove(&folder);
  return status;
}

static void assert_no_store(const first_bytes *written, const char *got) {
  database_header header;
  ss_error error;
  assert_fails(read_back(written, &header, &error), SS_STORAGE_CORRUPT, &error);
  assert_non_null(strstr(error.message, got));
  assert_non_null(strstr(error.message, "it was left as it is"));
}

static void a_store_says_whether_it_has_a_log(void **state) {
  first_bytes written = of_a_store();
  database_header header;
  ss_error error;
  assert_ok(read_back(&written, &header, &error), &error);
  assert_false(header.is_empty);
  assert_true(header.has_log);
  written.bytes[18] = written.bytes[19] = 1;
  assert_ok(read_back(&written, &header, &error), &error);
  assert_false(header.has_log);
}

static void an_empty_file_is_a_store_to_be(void **state) {
  const first_bytes written = {.length = 0};
  database_header header;
  ss_error error;
  assert_ok(read_back(&written, &header, &error), &error);
  assert_true(header.is_empty);
}

static void other_files_are_told_apart(void **state) {
  first_bytes written = of_a_store();
  written.length--;
  assert_no_store(&written, "a file that is no SQLite database");
  written = of_a_store();
  written.bytes[0] = 's';
  assert_no_store(&written, "a file that is no SQLite database");
  written = of_a_store();
  memset(written.bytes + 68, 0, 4);
  assert_no_store(&written, "a SQLite database that is no store");
  written = of_a_store();
  written.bytes[68] = 'X';
  assert_no_store(&written, "another application's SQLite database");
  written = of_a_store();
  written.bytes[63] = 0;
  assert_no_store(&written, "a SQLite database that is no store");
}

static void a_journal_is_seen_beside_the_file(void **state) {
  test_folder folder = test_folder_new();
  assert_false(header_has_journal(test_path(&folder, "a.db")));
  const int made = open(test_path(&folder, "a.db-journal"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(made >= 0);
  (void)close(made);
  assert_true(header_has_journal(test_path(&folder, "a.db")));
  test_folder_remove(&folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_store_says_whether_it_has_a_log),
      cmocka_unit_test(an_empty_file_is_a_store_to_be),
      cmocka_unit_test(other_files_are_told_apart),
      cmocka_unit_test(a_journal_is_seen_beside_the_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
