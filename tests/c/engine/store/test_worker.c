/* The pool of workers. */
#include "engine/store/store.h"
#include "support/support.h"

static worker *take(ss_store *store) {
  worker *taken = NULL;
  ss_error error;
  assert_ok(worker_take(store, &taken, &error), &error);
  return taken;
}

static void the_worker_that_came_back_last_goes_out_first(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  worker *first = take(self.store);
  worker *second = take(self.store);
  assert_ptr_not_equal(first, second);
  worker_return(self.store, first);
  worker_return(self.store, second);
  assert_ptr_equal(take(self.store), second);
  assert_ptr_equal(take(self.store), first);
  worker_return(self.store, first);
  worker_return(self.store, second);
  test_store_remove(&self);
}

static void a_worker_comes_back_empty_and_without_the_room_of_a_large_value(void **state) {
  static const unsigned char value[1 << 20];
  test_store self = test_store_prepare();
  test_store_open(&self);
  worker *used = take(self.store);
  buffer_append(&used->sealed, value, sizeof value);
  buffer_append_text(&used->metadata, "{}");
  buffer_append_text(&used->detail, "{}");
  worker_return(self.store, used);
  assert_ptr_equal(take(self.store), used);
  assert_int_equal(used->metadata.length, 0);
  assert_int_equal(used->detail.length, 0);
  assert_int_equal(used->sealed.length, 0);
  assert_int_equal(used->sealed.capacity, 0);
  worker_return(self.store, used);
  test_store_remove(&self);
}

static void resetting_leaves_the_row_that_is_there(void **state) {
  worker self = {0};
  buffer_append_text(&self.current, "row");
  buffer_append_text(&self.sealed, "value");
  worker_reset(&self);
  assert_int_equal(self.current.length, 3);
  assert_int_equal(self.sealed.length, 0);
  buffer_clear(&self.current);
  buffer_clear(&self.sealed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_worker_that_came_back_last_goes_out_first),
      cmocka_unit_test(a_worker_comes_back_empty_and_without_the_room_of_a_large_value),
      cmocka_unit_test(resetting_leaves_the_row_that_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
