/* Sums of terms: what comes goes, in any order. */
#include "audit/terms.h"

#include <string.h>

#include "worked_store.h"

static term term_of(unsigned char low, unsigned char rest) {
  term made;
  memset(made.bytes, rest, sizeof made.bytes);
  made.bytes[0] = low;
  return made;
}

static void a_carry_goes_all_the_way_and_out(void **state) {
  unsigned char sum[TERM_BYTES];
  const unsigned char zero[TERM_BYTES] = {0};
  const term one = term_of(1, 0);
  memset(sum, 0xff, sizeof sum);
  term_add(sum, &one);
  assert_memory_equal(sum, zero, sizeof sum);
  term_subtract(sum, &one);
  for (size_t i = 0; i < sizeof sum; i++) assert_int_equal(sum[i], 0xff);
}

static void what_was_added_is_taken_away_again_in_any_order(void **state) {
  unsigned char sum[TERM_BYTES] = {9};
  unsigned char start[TERM_BYTES] = {9};
  const term terms[] = {term_of(3, 0xfe), term_of(0xff, 0xff), term_of(0, 0x80)};
  for (size_t i = 0; i < 3; i++) term_add(sum, &terms[i]);
  assert_memory_not_equal(sum, start, sizeof sum);
  term_subtract(sum, &terms[1]);
  term_subtract(sum, &terms[0]);
  term_subtract(sum, &terms[2]);
  assert_memory_equal(sum, start, sizeof sum);
}

static void sums_do_not_depend_on_the_order(void **state) {
  unsigned char one[TERM_BYTES] = {0};
  unsigned char other[TERM_BYTES] = {0};
  const term terms[] = {term_of(200, 0xff), term_of(100, 0x7f), term_of(5, 1)};
  for (size_t i = 0; i < 3; i++) term_add(one, &terms[i]);
  for (size_t i = 3; i > 0; i--) term_add(other, &terms[i - 1]);
  assert_memory_equal(one, other, sizeof one);
}

static void the_worked_rows_term_is_as_documented(void **state) {
  worked_store *self = *state;
  unsigned char sum[TERM_BYTES] = {0};
  unsigned char digest[SHA256_BYTES];
  const kept_row row = {.row = worked_row()};
  ss_error error;
  assert_ok(signer_row_digest(&self->signer, worked_namespace(), &row.row, digest, &error), &error);
  assert_worked(digest, WORKED_ROW_DIGEST);
  assert_ok(signer_change_sum(&self->signer, sum, SUM_GAINS, ROWS_OF_SECRETS, &row, digest, &error),
            &error);
  assert_worked(sum, WORKED_TERM_FIRST_BYTES);
  assert_ok(sha256_digest(&self->suite, (byte_view){sum, sizeof sum}, digest, &error), &error);
  assert_worked(digest, WORKED_TERM_SHA_256);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_carry_goes_all_the_way_and_out),
      cmocka_unit_test(what_was_added_is_taken_away_again_in_any_order),
      cmocka_unit_test(sums_do_not_depend_on_the_order),
      cmocka_unit_test_setup_teardown(the_worked_rows_term_is_as_documented, worked_store_set_up,
                                      worked_store_tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
