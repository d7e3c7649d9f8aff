/* Rotation interrupted at random points, by kill -9 and by closing the store, and resumed: the end
 * state is the same as without, and no secret is rewrapped twice. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/support.h"

enum { SECRETS = 2000, INTERRUPTIONS = 12 };

static void sleep_us(long us) {
  const struct timespec pause = {us / 1000000, us % 1000000 * 1000};
  (void)nanosleep(&pause, NULL);
}

static test_store filled(void) {
  test_store self = test_store_prepare();
  static ss_put_request requests[SECRETS];
  static char names[SECRETS][16];
  static char namespaces[SECRETS][16];
  ss_error error;
  self.durability = SS_DURABILITY_NORMAL;
  test_store_open(&self);
  for (int i = 0; i < SECRETS; i++) {
    (void)snprintf(names[i], sizeof names[i], "s%d", i);
    (void)snprintf(namespaces[i], sizeof namespaces[i], "n%d", i % 7);
    ss_put_request_init(&requests[i]);
    requests[i].namespace_name = namespaces[i];
    requests[i].name = names[i];
    requests[i].value = names[i];
    requests[i].value_length = strlen(names[i]);
  }
  assert_ok(ss_put_batch(self.store, requests, SECRETS, NULL, &error), &error);
  test_store_sql(&self, "CREATE TABLE aside.before AS SELECT id, iv, value FROM secret");
  test_store_close(&self);
  return self;
}

static int64_t rotated_so_far(const test_store *self) {
  return test_store_number(self, "SELECT count(*) FROM event WHERE type = 4");
}

/* Small batches, so that there is a middle to be interrupted in. */
static ss_status rotate(ss_store *store, ss_error *error) {
  ss_rotate_request request;
  ss_rotate_result result = {0};
  char cursor[SS_CURSOR_CAPACITY] = "";
  ss_rotate_request_init(&request);
  request.from_version = 1;
  request.batch_size = 10;
  do {
    request.cursor = cursor[0] == '\0' ? NULL : cursor;
    const ss_status status = ss_rotate_keys(store, &request, &result, error);
    if (status != SS_OK) return status;
    memcpy(cursor, result.continue_cursor, sizeof cursor);
  } while (!result.is_done);
  return SS_OK;
}

static void assert_drained(test_store *self) {
  ss_error error;
  ss_verify_report report;
  self->keys[0] = 2, self->keys[1] = 1, self->keys[2] = -1;
  test_store_open(self);
  assert_ok(rotate(self->store, &error), &error);
  assert_int_equal(rotated_so_far(self), SECRETS);
  assert_int_equal(test_store_number(self, "SELECT count(*) FROM secret WHERE key_version = 2"),
                   SECRETS);
  assert_int_equal(
      test_store_number(self,
                        "SELECT count(*) FROM secret JOIN before USING (id)"
                        " WHERE secret.value = before.value AND secret.iv = before.iv"),
      SECRETS);
  test_store_reopen_with(self, 2, -1);
  assert_ok(ss_verify(self->store, NULL, &report, &error), &error);
  assert_true(report.is_intact);
  assert_int_equal(report.rows_checked, SECRETS);
  ss_verify_report_clear(&report);
  assert_secret(self->store, "n3", "s129", "s129");
}

static void rotate_in_child(test_store *self, int begun) {
  ss_error error;
  self->keys[0] = 2, self->keys[1] = 1, self->keys[2] = -1;
  test_store_open(self);
  if (write(begun, "b", 1) != 1) _exit(2);
  for (;;) {
    if (rotate(self->store, &error) != SS_OK) _exit(1);
  }
}

static void killed_rotations_are_resumed(void **state) {
  test_store self = filled();
  int interrupted = 0;
  for (int i = 0; i < INTERRUPTIONS; i++) {
    int begun[2];
    char byte;
    int ended = 0;
    assert_int_equal(pipe(begun), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) rotate_in_child(&self, begun[1]);
    (void)close(begun[1]);
    assert_int_equal(read(begun[0], &byte, 1), 1);
    (void)close(begun[0]);
    sleep_us(1000 + random() % 30000);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended));
    const int64_t rotated = rotated_so_far(&self);
    assert_int_equal(rotated % 10, 0); /* whole batches only */
    interrupted += rotated > 0 && rotated < SECRETS;
  }
  print_message("%d of %d kills came in the middle\n", interrupted, INTERRUPTIONS);
  assert_true(interrupted > 0);
  assert_drained(&self);
  test_store_remove(&self);
}

static void *rotate_until_closed(void *context) {
  ss_store *store = context;
  ss_error error;
  ss_status status = SS_OK;
  while (status == SS_OK) status = rotate(store, &error);
  return (void *)(uintptr_t)status;
}

static void closed_rotations_are_resumed(void **state) {
  test_store self = filled();
  for (int i = 0; i < INTERRUPTIONS; i++) {
    pthread_t thread;
    void *outcome = NULL;
    self.keys[0] = 2, self.keys[1] = 1, self.keys[2] = -1;
    test_store_open(&self);
    assert_int_equal(pthread_create(&thread, NULL, rotate_until_closed, self.store), 0);
    sleep_us(500 + random() % 30000);
    ss_store_close(self.store);
    assert_int_equal(pthread_join(thread, &outcome), 0);
    assert_int_equal((ss_status)(uintptr_t)outcome, SS_CLOSED);
    test_store_close(&self);
    assert_int_equal(rotated_so_far(&self) % 10, 0);
  }
  assert_drained(&self);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(killed_rotations_are_resumed),
      cmocka_unit_test(closed_rotations_are_resumed),
  };
  srandom((unsigned int)time(NULL));
  return cmocka_run_group_tests(tests, NULL, NULL);
}
