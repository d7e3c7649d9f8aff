/* The pool of scratch. */
#include "engine/store/store.h"
#include "support/support.h"

static scratch *take(ss_store *store) {
  scratch *taken = NULL;
  ss_error error;
  assert_ok(scratch_take(store, &taken, &error), &error);
  return taken;
}

static void the_scratch_that_came_back_last_goes_out_first(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  scratch *first = take(self.store);
  scratch *second = take(self.store);
  assert_ptr_not_equal(first, second);
  scratch_return(self.store, first);
  scratch_return(self.store, second);
  assert_ptr_equal(take(self.store), second);
  assert_ptr_equal(take(self.store), first);
  scratch_return(self.store, first);
  scratch_return(self.store, second);
  test_store_remove(&self);
}

static void a_scratch_comes_back_empty_and_without_the_room_of_a_large_value(void **state) {
  static const unsigned char value[1 << 20];
  test_store self = test_store_prepare();
  test_store_open(&self);
  scratch *used = take(self.store);
  buffer_append(&used->sealed, value, sizeof value);
  buffer_append_text(&used->metadata, "{}");
  buffer_append_text(&used->detail, "{}");
  scratch_return(self.store, used);
  assert_ptr_equal(take(self.store), used);
  assert_int_equal(used->metadata.length, 0);
  assert_int_equal(used->detail.length, 0);
  assert_int_equal(used->sealed.length, 0);
  assert_int_equal(used->sealed.capacity, 0);
  scratch_return(self.store, used);
  test_store_remove(&self);
}

static void resetting_leaves_the_row_that_is_there(void **state) {
  scratch self = {0};
  buffer_append_text(&self.current, "row");
  buffer_append_text(&self.sealed, "value");
  scratch_reset(&self);
  assert_int_equal(self.current.length, 3);
  assert_int_equal(self.sealed.length, 0);
  buffer_clear(&self.current);
  buffer_clear(&self.sealed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_scratch_that_came_back_last_goes_out_first),
      cmocka_unit_test(a_scratch_comes_back_empty_and_without_the_room_of_a_large_value),
      cmocka_unit_test(resetting_leaves_the_row_that_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
