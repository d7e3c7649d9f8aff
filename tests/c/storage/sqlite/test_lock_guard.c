/* The guard of an open store's locks: one for each file, whatever its names, while anybody is in
 * it. */
#include "storage/sqlite/lock_guard.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "support/support.h"

typedef struct fixture {
  test_store store; /* closed */
  char other_name[192];
} fixture;

static int set_up(void **state) {
  static fixture made;
  made = (fixture){.store = test_store_prepare()};
  test_store_open(&made.store);
  test_store_close(&made.store);
  (void)strncpy(made.other_name, test_path(&made.store.folder, "other.db"),
                sizeof made.other_name - 1);
  assert_int_equal(link(made.store.path, made.other_name), 0);
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  test_store_remove(&made->store);
  return 0;
}

static void count_close(void *count) { ++*(int *)count; }

static lock_guard *enter(const char *path) {
  lock_guard *guard = NULL;
  ss_error error;
  assert_ok(lock_guard_enter(path, &guard, &error), &error);
  return guard;
}

static void handles_on_one_file_share_a_guard_until_the_last_leaves(void **state) {
  fixture *self = *state;
  int closed = 0;
  lock_guard *first = enter(self->store.path);
  lock_guard *second = enter(self->other_name);
  const file_identity identity = place_identity(self->store.path);
  const file_identity guarded = lock_guard_identity(first);
  assert_ptr_equal(first, second);
  assert_true(place_is_same(&identity, &guarded));
  lock_guard_leave(first, count_close, &closed);
  assert_true(lock_guard_is_held(&identity));
  lock_guard_leave(second, count_close, &closed);
  assert_false(lock_guard_is_held(&identity));
  assert_int_equal(closed, 2);
}

static void assert_seen_until_left(const char *path, bool from_its_entry) {
  static const log_sink silent = {.level = SS_LOG_NONE};
  int closed = 0;
  const int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  assert_true(descriptor >= 0);
  lock_guard *guard = enter(path);
  assert_int_equal(lock_guard_sees_lock(descriptor), from_its_entry);
  lock_guard_arm(guard, path, &silent);
  assert_true(lock_guard_sees_lock(descriptor));
  lock_guard_leave(guard, count_close, &closed);
  assert_false(lock_guard_sees_lock(descriptor));
  (void)close(descriptor);
}

static void a_store_is_guarded_as_soon_as_it_is_entered(void **state) {
  const fixture *self = *state;
  assert_seen_until_left(self->store.path, true);
}

static void a_store_to_be_is_guarded_once_its_log_is_there(void **state) {
  const fixture *self = *state;
  assert_seen_until_left(test_path(&self->store.folder, "new.db"), false);
}

static void what_is_no_store_gets_no_guard(void **state) {
  fixture *self = *state;
  lock_guard *guard = NULL;
  ss_error error;
  const char *path = test_path(&self->store.folder, "text.db");
  const int made = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_int_equal(write(made, "no store", 8), 8);
  (void)close(made);
  assert_fails(lock_guard_enter(path, &guard, &error), SS_STORAGE_CORRUPT, &error);
  assert_null(guard);
  const file_identity identity = place_identity(path);
  assert_false(lock_guard_is_held(&identity));
}

#define ON_A_STORE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_A_STORE(handles_on_one_file_share_a_guard_until_the_last_leaves),
      ON_A_STORE(a_store_is_guarded_as_soon_as_it_is_entered),
      ON_A_STORE(a_store_to_be_is_guarded_once_its_log_is_there),
      ON_A_STORE(what_is_no_store_gets_no_guard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
