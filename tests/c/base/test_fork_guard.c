/* The fork guard, in both of its forms: what the child learns, and what the parent does not. */
#include "base/fork_guard.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/support.h"

/* Runs in a child; its result is the exit code. */
typedef int (*child_work)(fork_guard *guard);

static int in_child(child_work work, fork_guard *guard) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(work(guard));
  int result = -1;
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_true(WIFEXITED(result));
  return WEXITSTATUS(result);
}

static int sees_fork(fork_guard *guard) { return fork_guard_has_forked(guard); }

static int sees_fork_until_acknowledged(fork_guard *guard) {
  const bool before = fork_guard_has_forked(guard);
  fork_guard_acknowledge(guard);
  const bool after = fork_guard_has_forked(guard);
  return before && !after;
}

static int acknowledges_and_forks_again(fork_guard *guard) {
  fork_guard_acknowledge(guard);
  return in_child(sees_fork_until_acknowledged, guard) && !fork_guard_has_forked(guard);
}

static void assert_tells_forks(fork_guard *guard) {
  assert_false(fork_guard_has_forked(guard));
  assert_true(in_child(sees_fork, guard));
  assert_false(fork_guard_has_forked(guard));
  assert_true(in_child(sees_fork_until_acknowledged, guard));
  assert_false(fork_guard_has_forked(guard));
  assert_true(in_child(acknowledges_and_forks_again, guard));
  assert_false(fork_guard_has_forked(guard));
}

static void a_guard_tells_child_from_parent(void **state) {
  fork_guard guard;
  fork_guard_init(&guard);
  assert_tells_forks(&guard);
  fork_guard_clear(&guard);
}

static void a_guard_without_a_page_compares_process_ids(void **state) {
  fork_guard guard = {.page = NULL};
  fork_guard_acknowledge(&guard);
  assert_null((const void *)(uintptr_t)guard.page);
  assert_tells_forks(&guard);
  fork_guard_clear(&guard);
}

static void two_guards_do_not_share_what_they_know(void **state) {
  fork_guard first;
  fork_guard second;
  fork_guard_init(&first);
  fork_guard_init(&second);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    fork_guard_acknowledge(&first);
    _exit(!fork_guard_has_forked(&first) && fork_guard_has_forked(&second));
  }
  int result = -1;
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_true(WIFEXITED(result));
  assert_int_equal(WEXITSTATUS(result), 1);
  fork_guard_clear(&first);
  fork_guard_clear(&second);
}

static void clearing_twice_is_fine(void **state) {
  fork_guard guard;
  fork_guard_init(&guard);
  fork_guard_clear(&guard);
  fork_guard_clear(&guard);
  assert_null((const void *)(uintptr_t)guard.page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_guard_tells_child_from_parent),
      cmocka_unit_test(a_guard_without_a_page_compares_process_ids),
      cmocka_unit_test(two_guards_do_not_share_what_they_know),
      cmocka_unit_test(clearing_twice_is_fine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
