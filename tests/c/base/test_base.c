/* The base layer where scenarios do not reach it: buffers, base64, UTF-8, arenas, names of codes.
 */
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "support/support.h"

static void assert_text(byte_buffer *text, const char *expected) {
  buffer_append(text, "", 1);
  assert_string_equal((const char *)text->data, expected);
  buffer_clear(text);
}

static void integers_are_written_to_their_limits(void **state) {
  byte_buffer text = {0};
  buffer_append_integer(&text, INT64_MIN);
  buffer_append_text(&text, " ");
  buffer_append_integer(&text, INT64_MAX);
  buffer_append_text(&text, " ");
  buffer_append_integer(&text, 0);
  buffer_append_text(&text, " ");
  buffer_append_integer(&text, -7);
  assert_text(&text, "-9223372036854775808 9223372036854775807 0 -7");
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
  buffer_clear(&bytes);
}

static void a_buffer_that_cannot_grow_says_so_and_stays_failed(void **state) {
  byte_buffer bytes = {0};
  ss_error error;
  buffer_append_text(&bytes, "x");
  assert_null(buffer_extend(&bytes, SIZE_MAX - 4));
  buffer_append_text(&bytes, "y");
  assert_int_equal(bytes.length, 1);
  assert_fails(buffer_status(&bytes, &error), SS_OUT_OF_MEMORY, &error);
  buffer_clear(&bytes);
}

/* RFC 4648, section 10. */
static void base64_gives_the_test_vectors_of_the_rfc(void **state) {
  static const char *const pairs[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    byte_buffer text = {0};
    byte_buffer back = {0};
    base64_encode(BASE64_STANDARD, (const unsigned char *)pairs[i][0], strlen(pairs[i][0]), &text);
    assert_true(base64_decode(BASE64_STANDARD, text_view_of(pairs[i][1]), &back));
    assert_text(&text, pairs[i][1]);
    assert_text(&back, pairs[i][0]);
  }
}

static void base64_refuses_what_is_not_of_its_alphabet(void **state) {
  static const char *const wrong[] = {"Zg",     "Zg=",  "Zg===", "=Zg=", "Z===",        "Zg==Zg==",
                                      "Zm9v\n", "Zm 9", "Zm-v",  "Zm_v", "Z\xc3\xa4==", "===="};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    byte_buffer output = {0};
    if (base64_decode(BASE64_STANDARD, text_view_of(wrong[i]), &output)) fail_msg("%s", wrong[i]);
    buffer_clear(&output);
  }
  byte_buffer output = {0};
  assert_true(base64_decode(BASE64_URL, text_view_of("_-8"), &output));
  assert_int_equal(output.length, 2);
  assert_false(base64_decode(BASE64_URL, text_view_of("_-8="), &output));
  assert_false(base64_decode(BASE64_URL, text_view_of("/+8"), &output));
  assert_false(base64_decode(BASE64_URL, text_view_of("A"), &output));
  buffer_clear(&output);
}

static void utf8_is_valid_up_to_the_first_malformed_sequence(void **state) {
  static const struct {
    const char *text;
    size_t valid;
  } cases[] = {{"abc", 3},
               {"a\xc3\xa9", 3},
               {"\xf0\x9f\x94\x91", 4},
               {"a\x80", 1},
               {"\xc0\x80", 0},
               {"\xe0\x80\x80", 0},
               {"\xed\xa0\x80", 0},
               {"\xed\x9f\xbf", 3},
               {"\xf4\x8f\xbf\xbf", 4},
               {"\xf4\x90\x80\x80", 0},
               {"\xf8\x88\x80\x80\x80", 0},
               {"\xe2\x82", 0},
               {"ab\xff", 2}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(text_valid_utf8_length(text_view_of(cases[i].text)), cases[i].valid);
  }
}

static void arena_pieces_are_zeroed_aligned_and_stay_in_place(void **state) {
  arena *memory = arena_new();
  unsigned char *pieces[200];
  for (size_t i = 0; i < 200; i++) {
    pieces[i] = arena_allocate(memory, i * 37 + 1);
    assert_non_null(pieces[i]);
    assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
    for (size_t j = 0; j < i * 37 + 1; j++) assert_int_equal(pieces[i][j], 0);
    memset(pieces[i], (int)i, i * 37 + 1);
  }
  for (size_t i = 0; i < 200; i++) assert_int_equal(pieces[i][i * 37], i);
  assert_string_equal(arena_copy_text(memory, (text_view){"abcdef", 3}), "abc");
  assert_null(arena_allocate(memory, SIZE_MAX - 2));
  arena_free(memory);
  arena_free(NULL);
}

static void every_status_has_its_own_name(void **state) {
  for (int i = SS_OK; i <= SS_INTERNAL; i++) {
    assert_string_not_equal(ss_status_name((ss_status)i), "unknown");
    for (int j = SS_OK; j < i; j++) {
      assert_string_not_equal(ss_status_name((ss_status)i), ss_status_name((ss_status)j));
    }
  }
  assert_string_equal(ss_status_name(SS_KEY_VERSION_UNAVAILABLE), "key_version_unavailable");
  assert_string_equal(ss_status_name((ss_status)(SS_INTERNAL + 1)), "unknown");
  assert_string_equal(ss_status_name((ss_status)-1), "unknown");
}

static void long_messages_are_cut_and_terminated(void **state) {
  char text[2000];
  ss_error error;
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  assert_int_equal(error_set(&error, SS_CONFLICT, "%s", text), SS_CONFLICT);
  assert_int_equal(strlen(error.message), sizeof error.message - 1);
  assert_int_equal(error_set(NULL, SS_CONFLICT, "%s", text), SS_CONFLICT);
}

static int64_t give(void *context) { return *(int64_t *)context; }

static void the_clock_stays_within_its_range(void **state) {
  int64_t now = -5;
  const clock_source clock = {give, &now};
  const clock_source system = {NULL, NULL};
  assert_int_equal(clock_now_ms(&clock), 0);
  now = INT64_MAX;
  assert_int_equal(clock_now_ms(&clock), SS_MAX_INTEGER);
  now = 12;
  assert_int_equal(clock_now_ms(&clock), 12);
  assert_true(clock_now_ms(&system) > INT64_C(1700000000000));
}

static void count_line(void *context, ss_log_level level, const char *message) {
  int *lines = context;
  (void)level;
  assert_string_equal(message, "hello 7");
  (*lines)++;
}

static void the_log_passes_its_level_and_graver(void **state) {
  static const int expected[][4] = {{1, 1, 1}, {0, 1, 1}, {0, 0, 1}, {0, 0, 0}};
  for (int level = SS_LOG_DEBUG; level <= SS_LOG_NONE; level++) {
    for (int written = SS_LOG_DEBUG; written <= SS_LOG_ERROR; written++) {
      int lines = 0;
      const log_sink log = {count_line, &lines, (ss_log_level)level};
      log_write(&log, (ss_log_level)written, "hello %d", 7);
      assert_int_equal(lines, expected[level][written]);
    }
  }
}

static void generated_keys_differ_and_are_accepted(void **state) {
  char first[SS_KEY_TEXT_CAPACITY];
  char second[SS_KEY_TEXT_CAPACITY];
  ss_options *options = NULL;
  ss_error error;
  assert_ok(ss_generate_key(first, &error), &error);
  assert_ok(ss_generate_key(second, &error), &error);
  assert_int_equal(strlen(first), SS_KEY_TEXT_CAPACITY - 1);
  assert_string_not_equal(first, second);
  assert_ok(ss_options_new("x", &options, &error), &error);
  assert_ok(ss_options_add_key(options, 1, first, &error), &error);
  ss_options_free(options);
  assert_fails(ss_generate_key(NULL, &error), SS_INVALID_ARGUMENT, &error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers_are_written_to_their_limits),
      cmocka_unit_test(a_buffer_grows_and_keeps_its_bytes),
      cmocka_unit_test(a_buffer_that_cannot_grow_says_so_and_stays_failed),
      cmocka_unit_test(base64_gives_the_test_vectors_of_the_rfc),
      cmocka_unit_test(base64_refuses_what_is_not_of_its_alphabet),
      cmocka_unit_test(utf8_is_valid_up_to_the_first_malformed_sequence),
      cmocka_unit_test(arena_pieces_are_zeroed_aligned_and_stay_in_place),
      cmocka_unit_test(every_status_has_its_own_name),
      cmocka_unit_test(long_messages_are_cut_and_terminated),
      cmocka_unit_test(the_clock_stays_within_its_range),
      cmocka_unit_test(the_log_passes_its_level_and_graver),
      cmocka_unit_test(generated_keys_differ_and_are_accepted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
