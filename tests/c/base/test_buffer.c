/* The growing buffer: what it holds, and what becomes of it when memory runs out. */
#include "base/buffer.h"

#include <string.h>

#include "base/expect_text.h"

static void appended_pieces_stand_in_order(void **state) {
  byte_buffer text = {0};
  buffer_append_text(&text, "ab");
  buffer_append(&text, "cde", 2);
  buffer_append_text(&text, "");
  buffer_append(&text, NULL, 0);
  buffer_append_integer(&text, -7);
  assert_int_equal(buffer_view(&text).length, 6);
  assert_text(&text, "abcd-7");
}

static void integers_are_written_to_their_limits(void **state) {
  byte_buffer text = {0};
  buffer_append_integer(&text, INT64_MIN);
  buffer_append_text(&text, " ");
  buffer_append_integer(&text, INT64_MAX);
  buffer_append_text(&text, " ");
  buffer_append_integer(&text, 0);
  assert_text(&text, "-9223372036854775808 9223372036854775807 0");
}

static void hexadecimal_is_lower_case_and_two_digits_a_byte(void **state) {
  static const unsigned char bytes[] = {0x00, 0x09, 0x0a, 0x7f, 0x80, 0xff};
  byte_buffer text = {0};
  buffer_append_hex(&text, bytes, sizeof bytes);
  assert_text(&text, "00090a7f80ff");
}

static void a_buffer_grows_and_keeps_its_bytes(void **state) {
  byte_buffer bytes = {0};
  ss_error error;
  for (int i = 0; i < 100000; i++) {
    const unsigned char byte = (unsigned char)i;
    buffer_append(&bytes, &byte, 1);
  }
  assert_ok(buffer_status(&bytes, &error), &error);
  assert_int_equal(bytes.length, 100000);
  for (int i = 0; i < 100000; i++) assert_int_equal(bytes.data[i], (unsigned char)i);
  buffer_clear(&bytes);
}

static void a_piece_that_just_fits_does_not_move_the_buffer(void **state) {
  byte_buffer bytes = {0};
  buffer_append_text(&bytes, "x");
  const unsigned char *before = bytes.data;
  const size_t room = bytes.capacity - bytes.length;
  assert_non_null(buffer_extend(&bytes, room));
  assert_ptr_equal(bytes.data, before);
  assert_int_equal(bytes.length, bytes.capacity);
  assert_non_null(buffer_extend(&bytes, 1));
  assert_int_equal(bytes.length, room + 2);
  buffer_clear(&bytes);
}

static void a_reset_buffer_is_empty_and_keeps_its_memory(void **state) {
  byte_buffer bytes = {0};
  buffer_append_text(&bytes, "hello");
  const unsigned char *before = bytes.data;
  buffer_reset(&bytes);
  assert_int_equal(bytes.length, 0);
  buffer_append_text(&bytes, "bye");
  assert_ptr_equal(bytes.data, before);
  assert_text(&bytes, "bye");
}

static void clearing_an_empty_buffer_does_nothing(void **state) {
  byte_buffer bytes = {0};
  buffer_clear(&bytes);
  buffer_clear(&bytes);
  assert_null(bytes.data);
  assert_int_equal(bytes.capacity, 0);
}

static void a_buffer_that_cannot_grow_says_so_and_stays_failed(void **state) {
  byte_buffer bytes = {0};
  ss_error error;
  buffer_append_text(&bytes, "x");
  assert_null(buffer_extend(&bytes, SIZE_MAX - 4)); /* no such memory */
  buffer_append_text(&bytes, "y");
  buffer_append_integer(&bytes, 1);
  buffer_append_hex(&bytes, (const unsigned char *)"z", 1);
  assert_null(buffer_extend(&bytes, 0));
  assert_int_equal(bytes.length, 1);
  assert_fails(buffer_status(&bytes, &error), SS_OUT_OF_MEMORY, &error);
  buffer_reset(&bytes);
  assert_ok(buffer_status(&bytes, &error), &error);
  buffer_clear(&bytes);
}

static void a_length_beyond_all_addresses_is_out_of_memory(void **state) {
  byte_buffer bytes = {0};
  ss_error error;
  buffer_append_text(&bytes, "xyz");
  assert_null(buffer_extend(&bytes, SIZE_MAX)); /* the sum would wrap around */
  assert_fails(buffer_status(&bytes, &error), SS_OUT_OF_MEMORY, &error);
  assert_int_equal(bytes.length, 3);
  buffer_clear(&bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(appended_pieces_stand_in_order),
      cmocka_unit_test(integers_are_written_to_their_limits),
      cmocka_unit_test(hexadecimal_is_lower_case_and_two_digits_a_byte),
      cmocka_unit_test(a_buffer_grows_and_keeps_its_bytes),
      cmocka_unit_test(a_piece_that_just_fits_does_not_move_the_buffer),
      cmocka_unit_test(a_reset_buffer_is_empty_and_keeps_its_memory),
      cmocka_unit_test(clearing_an_empty_buffer_does_nothing),
      cmocka_unit_test(a_buffer_that_cannot_grow_says_so_and_stays_failed),
      cmocka_unit_test(a_length_beyond_all_addresses_is_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
