/* What a page of list owns, which only C sees. */
#include <string.h>

#include "support/support.h"

static ss_status list(test_store *self, int64_t num_items, const char *cursor, ss_secret_page *page,
                      ss_error *error) {
  ss_list_request request;
  ss_list_request_init(&request);
  request.order = SS_ASCENDING;
  request.num_items = num_items;
  request.cursor = cursor;
  return ss_list(self->store, &request, page, error);
}

static void a_page_owns_its_texts_when_the_store_is_gone(void **state) {
  test_store self = test_store_prepare();
  ss_secret_page page;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, NULL, "B", "1");
  assert_ok(list(&self, 1, NULL, &page, &error), &error);
  test_store_remove(&self);
  assert_int_equal(page.count, 1);
  assert_false(page.is_done);
  assert_string_equal(page.items[0].name, "A");
  assert_null(page.items[0].namespace_name);
  assert_null(page.items[0].metadata_json);
  assert_true(strlen(page.continue_cursor) > 0);
  ss_secret_page_clear(&page);
  assert_null(page.items);
  ss_secret_page_clear(&page); /* again is nothing */
}

static void a_page_that_holds_exactly_the_rest_is_the_last(void **state) {
  test_store self = test_store_prepare();
  ss_secret_page first;
  ss_secret_page last;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, NULL, "B", "1");
  assert_ok(list(&self, 1, NULL, &first, &error), &error);
  assert_ok(list(&self, 1, first.continue_cursor, &last, &error), &error);
  assert_string_equal(last.items[0].name, "B");
  assert_true(last.is_done);
  assert_null(last.continue_cursor);
  ss_secret_page_clear(&first);
  ss_secret_page_clear(&last);
  test_store_remove(&self);
}

static void a_refused_request_leaves_an_empty_page(void **state) {
  test_store self = test_store_prepare();
  ss_secret_page page;
  ss_error error;
  memset(&page, 0xff, sizeof page);
  test_store_open(&self);
  assert_fails(list(&self, 0, NULL, &page, &error), SS_INVALID_ARGUMENT, &error);
  assert_null(page.items);
  assert_null(page.memory);
  assert_int_equal(page.count, 0);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_page_owns_its_texts_when_the_store_is_gone),
      cmocka_unit_test(a_page_that_holds_exactly_the_rest_is_the_last),
      cmocka_unit_test(a_refused_request_leaves_an_empty_page),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
