/* What others in the process do to the file, and to the process's working directory, while a store
 * is open: closing the file drops the process's POSIX locks, and no acknowledged write may be lost
 * by it. The others that write are processes of their own: children forked before any store opens,
 * which do one thing each when they are told to. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/support.h"

enum { PUTS = 50 };

/* ---- Another process ----------------------------------------------------------------------- */

/* Opens the store, does one thing, closes it. */
typedef enum deed { DEED_PUT, DEED_GET, DEED_VERIFY, DEED_QUIT } deed;

typedef struct other {
  pid_t process;
  int channel;
} other;

static void verify_intact(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

static void do_deed(test_store *self, deed what) {
  test_store_open(self);
  if (what == DEED_PUT) test_put(self->store, "n", "FROM_OTHER", "other");
  if (what == DEED_GET) (void)test_get_status(self->store, "n", "FROM_OTHER");
  if (what == DEED_VERIFY) verify_intact(self->store);
  test_store_close(self);
}

static void serve(test_store *self, int channel) {
  for (;;) {
    unsigned char what = DEED_QUIT;
    if (read(channel, &what, 1) != 1 || what == DEED_QUIT) _exit(0);
    do_deed(self, (deed)what);
    if (write(channel, &what, 1) != 1) _exit(1);
  }
}

static other other_new(test_store *self) {
  int channels[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, channels), 0);
  const pid_t process = fork();
  assert_true(process >= 0);
  if (process == 0) {
    (void)close(channels[0]);
    serve(self, channels[1]);
  }
  (void)close(channels[1]);
  return (other){process, channels[0]};
}

/* An assertion that failed there ends that process, and the answer does not come. */
static void other_does(const other *them, deed what) {
  unsigned char byte = (unsigned char)what;
  assert_int_equal(write(them->channel, &byte, 1), 1);
  assert_int_equal(read(them->channel, &byte, 1), 1);
}

static void other_end(other *them) {
  int status = 0;
  (void)close(them->channel);
  assert_int_equal(waitpid(them->process, &status, 0), them->process);
  assert_int_equal(status, 0);
}

/* ---- Others in this process ---------------------------------------------------------------- */

/* As open(path).read() does. */
static void read_and_close(const test_store *self, const char *suffix) {
  char path[256];
  char bytes[64];
  (void)snprintf(path, sizeof path, "%s%s", self->path, suffix);
  const int descriptor = open(path, O_RDONLY);
  assert_true(descriptor >= 0);
  assert_true(read(descriptor, bytes, sizeof bytes) >= 0);
  assert_int_equal(close(descriptor), 0);
}

static void put_many(ss_store *store, const char *prefix) {
  for (int i = 0; i < PUTS; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "%s%d", prefix, i);
    test_put(store, "n", name, "value");
  }
}

static void assert_all(ss_store *store, const char *prefix) {
  for (int i = 0; i < PUTS; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "%s%d", prefix, i);
    assert_secret(store, "n", name, "value");
  }
}

static bool exists(const test_store *self, const char *suffix) {
  char path[256];
  (void)snprintf(path, sizeof path, "%s%s", self->path, suffix);
  return access(path, F_OK) == 0;
}

/* A writer that crashes: in a child, which ends without closing. */
static void write_with_locks_dropped(test_store *self, const other *them, bool closes) {
  test_store_open(self);
  put_many(self->store, "OLD");
  read_and_close(self, "");
  other_does(them, DEED_PUT);
  put_many(self->store, "NEW");
  if (closes) test_store_close(self);
  _exit(0);
}

static void assert_nothing_lost(bool closes) {
  test_store self = test_store_prepare();
  int status = 0;
  other them = other_new(&self);
  const pid_t writer = fork();
  if (writer == 0) write_with_locks_dropped(&self, &them, closes);
  assert_int_equal(waitpid(writer, &status, 0), writer);
  assert_int_equal(status, 0);
  other_does(&them, DEED_VERIFY);
  other_end(&them);
  test_store_open(&self);
  assert_all(self.store, "OLD");
  assert_all(self.store, "NEW");
  assert_secret(self.store, "n", "FROM_OTHER", "other");
  verify_intact(self.store);
  test_store_remove(&self);
}

static void a_closed_descriptor_loses_no_write_of_a_process_that_crashes(void **state) {
  assert_nothing_lost(false);
}

static void a_closed_descriptor_loses_no_write_of_a_process_that_closes(void **state) {
  assert_nothing_lost(true);
}

static ino_t log_inode(const test_store *self) {
  char path[256];
  struct stat information;
  (void)snprintf(path, sizeof path, "%s-wal", self->path);
  return stat(path, &information) == 0 ? information.st_ino : 0;
}

static void the_log_in_use_outlives_the_close_of_another_process(void **state) {
  test_store self = test_store_prepare();
  other them = other_new(&self);
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  const ino_t log = log_inode(&self);
  assert_true(log != 0);
  read_and_close(&self, "");
  read_and_close(&self, "-wal");
  other_does(&them, DEED_GET);
  assert_int_equal(log_inode(&self), log);
  test_put(self.store, "n", "A", "2");
  other_does(&them, DEED_VERIFY);
  other_end(&them);
  test_store_remove(&self);
}

static void another_handle_that_is_closed_takes_no_lock_along(void **state) {
  test_store self = test_store_prepare();
  other them = other_new(&self);
  test_store second = self;
  test_store_open(&self);
  test_store_open(&second);
  test_put(second.store, "n", "A", "1");
  const ino_t log = log_inode(&self);
  test_store_close(&second);
  read_and_close(&self, "");
  other_does(&them, DEED_PUT);
  assert_int_equal(log_inode(&self), log);
  put_many(self.store, "NEW");
  other_does(&them, DEED_VERIFY);
  assert_secret(self.store, "n", "FROM_OTHER", "other");
  other_end(&them);
  test_store_close(&self);
  assert_false(exists(&self, "-wal"));
  test_store_remove(&self);
}

static void the_last_close_empties_and_removes_the_log(void **state) {
  test_store self = test_store_prepare();
  struct stat information;
  test_store second = self;
  test_store_open(&self);
  test_store_open(&second);
  put_many(self.store, "A");
  read_and_close(&self, "");
  read_and_close(&self, "-shm");
  test_store_close(&self);
  assert_true(exists(&self, "-wal"));
  assert_all(second.store, "A");
  test_store_close(&second);
  assert_false(exists(&self, "-wal"));
  assert_false(exists(&self, "-shm"));
  assert_int_equal(stat(self.path, &information), 0);
  assert_true(information.st_size > 2 * 4096);
  test_store_remove(&self);
}

/* How many descriptors this process has. */
static int count_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  int count = 0;
  assert_non_null(folder);
  while (readdir(folder) != NULL) count++;
  (void)closedir(folder);
  return count;
}

static void closing_leaves_no_descriptor(void **state) {
  test_store self = test_store_prepare();
  const int before = count_descriptors();
  for (int i = 0; i < 3; i++) {
    test_store second = self;
    test_store_open(&self);
    test_store_open(&second);
    test_put(self.store, "n", "A", "1");
    test_store_close(&self);
    test_store_close(&second);
  }
  assert_int_equal(count_descriptors(), before);
  test_store_remove(&self);
}

/* ---- Fork ---------------------------------------------------------------------------------- */

static void in_child(test_store *self, const char *prefix, void (*then)(test_store *)) {
  put_many(self->store, prefix);
  if (then != NULL) then(self);
  _exit(0);
}

static void close_it(test_store *self) { test_store_close(self); }

static void await_child(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void child_and_parent_lose_nothing(void (*then)(test_store *)) {
  test_store self = test_store_prepare();
  other them = other_new(&self);
  test_store_open(&self);
  put_many(self.store, "BEFORE");
  read_and_close(&self, "");
  const pid_t child = fork();
  if (child == 0) in_child(&self, "CHILD", then);
  put_many(self.store, "PARENT");
  await_child(child);
  other_does(&them, DEED_PUT);
  put_many(self.store, "AFTER");
  other_does(&them, DEED_VERIFY);
  assert_all(self.store, "BEFORE");
  assert_all(self.store, "CHILD");
  assert_all(self.store, "PARENT");
  assert_secret(self.store, "n", "FROM_OTHER", "other");
  other_end(&them);
  test_store_close(&self);
  assert_false(exists(&self, "-wal"));
  test_store_open(&self);
  assert_all(self.store, "AFTER");
  test_store_remove(&self);
}

static void a_forked_child_that_closes_takes_no_lock_of_its_parent(void **state) {
  child_and_parent_lose_nothing(close_it);
}

static void a_forked_child_that_crashes_takes_no_lock_of_its_parent(void **state) {
  child_and_parent_lose_nothing(NULL);
}

/* The child reads the file, goes on alone, and another process comes and goes. */
static void a_forked_child_is_guarded_by_itself(void **state) {
  test_store self = test_store_prepare();
  int hold[2];
  other them = other_new(&self); /* before the pipe, which it must not keep open */
  assert_int_equal(pipe(hold), 0);
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    (void)close(hold[1]);
    put_many(self.store, "FIRST");
    read_and_close(&self, "");
    assert_int_equal(read(hold[0], &byte, 1), 0); /* the parent has closed */
    other_does(&them, DEED_PUT);
    in_child(&self, "SECOND", NULL);
  }
  (void)close(hold[0]);
  test_store_close(&self);
  (void)close(hold[1]);
  await_child(child);
  other_does(&them, DEED_VERIFY);
  other_end(&them);
  test_store_open(&self);
  assert_all(self.store, "FIRST");
  assert_all(self.store, "SECOND");
  assert_secret(self.store, "n", "FROM_OTHER", "other");
  test_store_remove(&self);
}

static void a_child_of_two_handles_uses_both(void **state) {
  test_store self = test_store_prepare();
  test_store second = self;
  test_store_open(&self);
  test_store_open(&second);
  test_put(self.store, "n", "A", "1");
  const pid_t child = fork();
  if (child == 0) {
    put_many(second.store, "SECOND");
    put_many(self.store, "FIRST");
    test_store_close(&second);
    put_many(self.store, "THIRD");
    test_store_close(&self);
    _exit(0);
  }
  await_child(child);
  assert_all(second.store, "FIRST");
  assert_all(self.store, "SECOND");
  test_store_close(&self);
  assert_all(second.store, "THIRD");
  test_store_close(&second);
  assert_false(exists(&self, "-wal"));
  test_store_remove(&self);
}

/* ---- Paths --------------------------------------------------------------------------------- */

static void *read_secret(void *context) {
  assert_secret(context, "n", "A", "right");
  return NULL;
}

/* More readers than the first, which opened with the store. */
static void read_in_new_threads(ss_store *store) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, read_secret, store), 0);
  }
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void make_wrong_store(const test_store *self, const char *path) {
  test_store wrong = *self;
  (void)snprintf(wrong.path, sizeof wrong.path, "%s", path);
  test_store_open(&wrong);
  test_put(wrong.store, "n", "A", "wrong");
  test_store_close(&wrong);
}

static void a_relative_path_names_one_file_wherever_the_process_goes(void **state) {
  test_store self = test_store_prepare();
  char before[512];
  char elsewhere[160];
  (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", self.folder.path);
  assert_int_equal(mkdir(elsewhere, 0700), 0);
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(elsewhere), 0);
  make_wrong_store(&self, "s.db");
  assert_int_equal(chdir(self.folder.path), 0);
  (void)snprintf(self.path, sizeof self.path, "s.db");
  test_store_open(&self);
  test_put(self.store, "n", "A", "right");
  assert_int_equal(chdir("elsewhere"), 0);
  read_in_new_threads(self.store);
  const pid_t child = fork();
  if (child == 0) {
    test_put(self.store, "n", "FROM_CHILD", "child");
    _exit(0);
  }
  await_child(child);
  assert_secret(self.store, "n", "FROM_CHILD", "child");
  test_store_close(&self);
  assert_int_equal(chdir(before), 0);
  test_store_remove(&self);
}

static void a_link_that_is_set_anew_does_not_move_an_open_store(void **state) {
  test_store self = test_store_prepare();
  const char *link_path = test_path(&self.folder, "link.db");
  const char *wrong = test_path(&self.folder, "wrong.db");
  make_wrong_store(&self, wrong);
  make_wrong_store(&self, self.path);
  assert_int_equal(symlink(self.path, link_path), 0);
  test_store linked = self;
  (void)snprintf(linked.path, sizeof linked.path, "%s", link_path);
  test_store_open(&linked);
  test_put(linked.store, "n", "A", "right");
  assert_int_equal(unlink(link_path), 0);
  assert_int_equal(symlink(wrong, link_path), 0);
  read_in_new_threads(linked.store);
  test_store_close(&linked);
  test_store_remove(&self);
}

/* ---- Files in place of others -------------------------------------------------------------- */

static ss_status try_put(ss_store *store, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = "LATE";
  request.value = "late";
  request.value_length = 4;
  return ss_put(store, &request, NULL, error);
}

static void assert_put_notices(test_store *self, const char *suffix) {
  char path[256];
  ss_error error;
  (void)snprintf(path, sizeof path, "%s%s", self->path, suffix);
  assert_fails(try_put(self->store, &error), SS_STORAGE_FAILED, &error);
  assert_non_null(strstr(error.message, "removed or replaced"));
  assert_non_null(strstr(error.message, path));
}

static void a_file_that_was_replaced_is_not_written_past(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  const char *copy = test_path(&self.folder, "copy.db");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_backup(self.store, copy);
  assert_int_equal(rename(copy, self.path), 0);
  assert_put_notices(&self, "");
  assert_fails(try_put(self.store, &error), SS_STORAGE_FAILED, &error);
  test_store_close(&self);
  test_store_remove(&self);
}

static void a_file_that_was_removed_is_not_written_past(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  assert_int_equal(unlink(self.path), 0);
  assert_put_notices(&self, "");
  test_store_close(&self);
  test_store_remove(&self);
}

static void a_log_that_was_removed_is_not_written_past(void **state) {
  test_store self = test_store_prepare();
  char log[256];
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  (void)snprintf(log, sizeof log, "%s-wal", self.path);
  assert_int_equal(unlink(log), 0);
  assert_put_notices(&self, "-wal");
  test_store_close(&self);
  test_store_remove(&self);
}

/* Two processes that map different -shm files would write over each other's log. */
static void a_shared_memory_file_that_was_removed_is_not_written_past(void **state) {
  test_store self = test_store_prepare();
  char path[256];
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  (void)snprintf(path, sizeof path, "%s-shm", self.path);
  assert_int_equal(unlink(path), 0);
  assert_put_notices(&self, "-shm");
  test_store_close(&self);
  test_store_remove(&self);
}

/* ---- What is no store ---------------------------------------------------------------------- */

static void write_bytes(const char *path, const void *bytes, size_t length) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

static size_t read_bytes(const char *path, void *bytes, size_t capacity) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t length = fread(bytes, 1, capacity, file);
  assert_int_equal(fclose(file), 0);
  return length;
}

static int count_files(const test_store *self) {
  DIR *folder = opendir(self->folder.path);
  int count = 0;
  assert_non_null(folder);
  while (readdir(folder) != NULL) count++;
  (void)closedir(folder);
  return count - 2; /* . and .. */
}

/* Byte for byte as it was, and nothing beside it. */
static void assert_refused_untouched(test_store *self, bool create) {
  static unsigned char before[65536];
  static unsigned char after[65536];
  ss_store *store = NULL;
  ss_error error;
  const int files = count_files(self);
  const size_t length = read_bytes(self->path, before, sizeof before);
  ss_options *options = test_store_options(self);
  assert_ok(ss_options_set_create(options, create, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_STORAGE_CORRUPT, &error);
  assert_non_null(strstr(error.message, self->path));
  ss_options_free(options);
  assert_int_equal(read_bytes(self->path, after, sizeof after), length);
  assert_memory_equal(before, after, length);
  assert_int_equal(count_files(self), files);
}

static void a_database_that_is_no_store_is_left_as_it_is(void **state) {
  static const char *const databases[] = {
      "VACUUM",
      "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)",
      "PRAGMA application_id = 42; CREATE TABLE theirs (x)",
      "PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)",
      "PRAGMA application_id = 0x53537374; CREATE TABLE theirs (x)",
      "PRAGMA application_id = 0x53537374; PRAGMA user_version = 1; CREATE TABLE theirs (x)",
  };
  for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
    test_store self = test_store_prepare();
    test_store_sql(&self, databases[i]);
    assert_refused_untouched(&self, true);
    assert_refused_untouched(&self, false);
    test_store_remove(&self);
  }
}

static void a_file_that_is_no_database_is_left_as_it_is(void **state) {
  static const char text[] = "x";
  static char zeros[8192];
  test_store self = test_store_prepare();
  write_bytes(self.path, text, 1);
  assert_refused_untouched(&self, true);
  write_bytes(self.path, zeros, sizeof zeros);
  assert_refused_untouched(&self, true);
  test_store_remove(&self);
}

static void a_file_of_no_bytes_is_a_store_to_be(void **state) {
  test_store self = test_store_prepare();
  ss_store *store = NULL;
  ss_error error;
  write_bytes(self.path, "", 0);
  ss_options *options = test_store_options(&self);
  assert_ok(ss_options_set_create(options, false, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_NOT_FOUND, &error);
  ss_options_free(options);
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_closed_descriptor_loses_no_write_of_a_process_that_crashes),
      cmocka_unit_test(a_closed_descriptor_loses_no_write_of_a_process_that_closes),
      cmocka_unit_test(the_log_in_use_outlives_the_close_of_another_process),
      cmocka_unit_test(another_handle_that_is_closed_takes_no_lock_along),
      cmocka_unit_test(the_last_close_empties_and_removes_the_log),
      cmocka_unit_test(closing_leaves_no_descriptor),
      cmocka_unit_test(a_forked_child_that_closes_takes_no_lock_of_its_parent),
      cmocka_unit_test(a_forked_child_that_crashes_takes_no_lock_of_its_parent),
      cmocka_unit_test(a_forked_child_is_guarded_by_itself),
      cmocka_unit_test(a_child_of_two_handles_uses_both),
      cmocka_unit_test(a_relative_path_names_one_file_wherever_the_process_goes),
      cmocka_unit_test(a_link_that_is_set_anew_does_not_move_an_open_store),
      cmocka_unit_test(a_file_that_was_replaced_is_not_written_past),
      cmocka_unit_test(a_file_that_was_removed_is_not_written_past),
      cmocka_unit_test(a_log_that_was_removed_is_not_written_past),
      cmocka_unit_test(a_shared_memory_file_that_was_removed_is_not_written_past),
      cmocka_unit_test(a_database_that_is_no_store_is_left_as_it_is),
      cmocka_unit_test(a_file_that_is_no_database_is_left_as_it_is),
      cmocka_unit_test(a_file_of_no_bytes_is_a_store_to_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
