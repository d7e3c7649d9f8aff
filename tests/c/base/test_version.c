/* The version functions against the header's numbers. */
#include <stdio.h>

#include "support/support.h"

static void text_and_number_are_those_of_the_header(void **state) {
  char expected[32];
  (void)snprintf(expected, sizeof expected, "%d.%d.%d", SS_VERSION_MAJOR, SS_VERSION_MINOR,
                 SS_VERSION_PATCH);
  assert_string_equal(ss_version_string(), expected);
  assert_int_equal(ss_version_number(),
                   SS_VERSION_MAJOR * 1000000 + SS_VERSION_MINOR * 1000 + SS_VERSION_PATCH);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(text_and_number_are_those_of_the_header)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
