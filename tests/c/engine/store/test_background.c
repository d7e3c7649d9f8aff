/* The background thread, on a store of nothing. */
#include "engine/store/background.h"

#include "support/support.h"

enum { FOR_EVER_MS = 3600000 };

typedef struct work {
  background thread;
  test_latch began;
  bool was_told;
} work;

static void wait_to_be_told(void *context) {
  work *self = context;
  test_latch_open(&self->began);
  self->was_told = background_wait(&self->thread, FOR_EVER_MS);
}

static void a_thread_that_waits_is_woken_to_end(void **state) {
  work self = {.began = TEST_LATCH};
  background_init(&self.thread);
  assert_true(background_start(&self.thread, wait_to_be_told, &self));
  test_latch_await(&self.began, 1);
  background_end(&self.thread);
  background_await_end(&self.thread);
  assert_true(self.was_told);
  background_await_end(&self.thread); /* again is nothing */
  background_clear(&self.thread);
}

static void one_that_is_told_before_it_waits_does_not_wait(void **state) {
  work self = {.began = TEST_LATCH};
  background_init(&self.thread);
  background_end(&self.thread);
  assert_true(background_start(&self.thread, wait_to_be_told, &self));
  background_await_end(&self.thread);
  assert_true(self.was_told);
  background_clear(&self.thread);
}

static void a_wait_that_nobody_ends_is_over_after_its_time(void **state) {
  background self;
  background_init(&self);
  assert_false(background_wait(&self, 1));
  background_clear(&self);
}

static void ending_none_is_fine(void **state) {
  background self;
  background_init(&self);
  background_end(&self);
  background_await_end(&self);
  background_clear(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_thread_that_waits_is_woken_to_end),
      cmocka_unit_test(one_that_is_told_before_it_waits_does_not_wait),
      cmocka_unit_test(a_wait_that_nobody_ends_is_over_after_its_time),
      cmocka_unit_test(ending_none_is_fine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
