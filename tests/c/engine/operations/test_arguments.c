/* The checks that operations share, at their limits, and the sentences of their refusals. */
#include "engine/operations/arguments.h"

#include <string.h>

#include "base/expect_text.h"
#include "support/support.h"

#define assert_refused(call, part)                     \
  do {                                                 \
    assert_fails((call), SS_INVALID_ARGUMENT, &error); \
    assert_non_null(strstr(error.message, (part)));    \
  } while (0)

static void a_request_is_as_its_init_function_made_it(void **state) {
  ss_get_request request;
  ss_error error;
  ss_get_request_init(&request);
  assert_ok(request_check(&request, sizeof request, &error), &error);
  request.struct_size--;
  assert_refused(request_check(&request, sizeof request, &error), "expected struct_size");
  assert_refused(request_check(NULL, sizeof request, &error), "expected one, got none");
}

static void a_namespace_may_be_absent_and_a_name_may_not(void **state) {
  text_view checked;
  ss_error error;
  assert_ok(request_check_namespace(NULL, &checked, &error), &error);
  assert_null(checked.data);
  assert_refused(request_check_namespace("", &checked, &error), "namespace");
  assert_refused(request_check_name(NULL, &checked, &error), "name");
  assert_refused(request_check_name("", &checked, &error), "name");
}

static void a_caller_is_absent_or_has_a_name(void **state) {
  ss_caller caller = {.actor = "eve"};
  text_view actor;
  ss_error error;
  assert_ok(request_check_caller(NULL, &actor, &error), &error);
  assert_null(actor.data);
  assert_ok(request_check_caller(&caller, &actor, &error), &error);
  assert_true(text_view_equals(actor, text_view_of("eve")));
  caller.actor = "";
  assert_refused(request_check_caller(&caller, &actor, &error), "actor");
}

static void revisions_are_any_or_0_to_the_largest(void **state) {
  ss_error error;
  assert_ok(request_check_revision(SS_ANY_REVISION, &error), &error);
  assert_ok(request_check_revision(0, &error), &error);
  assert_ok(request_check_revision(SS_MAX_INTEGER, &error), &error);
  assert_refused(request_check_revision(SS_ANY_REVISION - 1, &error), "got -2");
  assert_refused(request_check_revision(SS_MAX_INTEGER + 1, &error), "if_revision");
}

static void a_number_counts_only_where_it_is_set(void **state) {
  ss_error error;
  assert_ok(request_check_ms("ttl_ms", SS_KEEP, -1, &error), &error);
  assert_ok(request_check_ms("ttl_ms", SS_CLEAR, -1, &error), &error);
  assert_ok(request_check_ms("ttl_ms", SS_SET, 0, &error), &error);
  assert_refused(request_check_ms("ttl_ms", SS_SET, -1, &error), "ttl_ms: expected 0 to 2^53-1");
  assert_refused(request_check_ms("ttl_ms", (ss_change)9, 0, &error), "as the change, got 9");
}

static void metadata_comes_out_compact(void **state) {
  byte_buffer compact = {0};
  ss_error error;
  assert_ok(request_check_metadata(SS_SET, " { \"a\" : 1 } ", &compact, &error), &error);
  assert_text(&compact, "{\"a\":1}");
  assert_ok(request_check_metadata(SS_KEEP, "no JSON", &compact, &error), &error);
  assert_text(&compact, "");
  assert_refused(request_check_metadata(SS_SET, NULL, &compact, &error), "metadata");
  buffer_clear(&compact);
}

static void pages_have_an_order_and_1_to_the_most_items(void **state) {
  ss_error error;
  assert_ok(request_check_page(SS_ASCENDING, 1, &error), &error);
  assert_ok(request_check_page(SS_DESCENDING, SS_MAX_PAGE_ITEMS, &error), &error);
  assert_refused(request_check_page(SS_ASCENDING, 0, &error), "num_items");
  assert_refused(request_check_page(SS_ASCENDING, SS_MAX_PAGE_ITEMS + 1, &error), "num_items");
  assert_refused(request_check_page((ss_order)7, 1, &error), "got 7");
}

static void nothing_is_retained_for_no_time(void **state) {
  ss_error error;
  assert_ok(request_check_retention(1, &error), &error);
  assert_ok(request_check_retention(SS_MAX_INTEGER, &error), &error);
  assert_refused(request_check_retention(0, &error), "retention_ms");
}

static void an_expiry_beyond_the_last_time_is_refused(void **state) {
  int64_t expires_at = 0;
  ss_error error;
  assert_ok(request_expiry(TEST_NOW, SS_MAX_INTEGER - TEST_NOW, &expires_at, &error), &error);
  assert_int_equal(expires_at, SS_MAX_INTEGER);
  assert_refused(request_expiry(TEST_NOW, SS_MAX_INTEGER - TEST_NOW + 1, &expires_at, &error),
                 "ttl_ms");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_as_its_init_function_made_it),
      cmocka_unit_test(a_namespace_may_be_absent_and_a_name_may_not),
      cmocka_unit_test(a_caller_is_absent_or_has_a_name),
      cmocka_unit_test(revisions_are_any_or_0_to_the_largest),
      cmocka_unit_test(a_number_counts_only_where_it_is_set),
      cmocka_unit_test(metadata_comes_out_compact),
      cmocka_unit_test(pages_have_an_order_and_1_to_the_most_items),
      cmocka_unit_test(nothing_is_retained_for_no_time),
      cmocka_unit_test(an_expiry_beyond_the_last_time_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
