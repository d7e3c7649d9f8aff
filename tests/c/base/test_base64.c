/* Base64: the vectors of RFC 4648, all bytes in both alphabets, and what is refused. */
#include "base/base64.h"

#include <string.h>

#include "base/expect_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool decodes(base64_alphabet alphabet, const char *text) {
  byte_buffer output = {0};
  const bool decoded = base64_decode(alphabet, text_view_of(text), &output);
  assert_false(output.failed);
  buffer_clear(&output);
  return decoded;
}

static void assert_refused(base64_alphabet alphabet, const char *const *texts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (decodes(alphabet, texts[i])) fail_msg("\"%s\" was taken for base64", texts[i]);
  }
}

/* RFC 4648, section 10. */
static void the_vectors_of_the_rfc_encode_and_decode(void **state) {
  static const struct {
    const char *plain, *standard, *url;
  } vectors[] = {
      {"", "", ""},
      {"f", "Zg==", "Zg"},
      {"fo", "Zm8=", "Zm8"},
      {"foo", "Zm9v", "Zm9v"},
      {"foob", "Zm9vYg==", "Zm9vYg"},
      {"fooba", "Zm9vYmE=", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
  };
  for (size_t i = 0; i < COUNT(vectors); i++) {
    const unsigned char *plain = (const unsigned char *)vectors[i].plain;
    byte_buffer output = {0};
    base64_encode(BASE64_STANDARD, plain, strlen(vectors[i].plain), &output);
    assert_text(&output, vectors[i].standard);
    base64_encode(BASE64_URL, plain, strlen(vectors[i].plain), &output);
    assert_text(&output, vectors[i].url);
    assert_true(base64_decode(BASE64_STANDARD, text_view_of(vectors[i].standard), &output));
    assert_text(&output, vectors[i].plain);
    assert_true(base64_decode(BASE64_URL, text_view_of(vectors[i].url), &output));
    assert_text(&output, vectors[i].plain);
  }
}

static void every_byte_survives_at_every_place(void **state) {
  for (int alphabet = BASE64_STANDARD; alphabet <= BASE64_URL; alphabet++) {
    for (size_t i = 0; i < 3 * 256; i++) {
      unsigned char bytes[3] = {0xa5, 0x5a, 0xc3};
      byte_buffer text = {0};
      byte_buffer back = {0};
      bytes[i % 3] = (unsigned char)(i / 3);
      base64_encode((base64_alphabet)alphabet, bytes, sizeof bytes, &text);
      const text_view view = {(const char *)text.data, text.length};
      assert_true(base64_decode((base64_alphabet)alphabet, view, &back));
      assert_int_equal(back.length, sizeof bytes);
      assert_memory_equal(back.data, bytes, sizeof bytes);
      buffer_clear(&text);
      buffer_clear(&back);
    }
  }
}

static void the_alphabets_differ_in_their_last_two_digits(void **state) {
  static const unsigned char bytes[] = {0xfb, 0xff, 0xbf};
  byte_buffer text = {0};
  base64_encode(BASE64_STANDARD, bytes, sizeof bytes, &text);
  assert_text(&text, "+/+/");
  base64_encode(BASE64_URL, bytes, sizeof bytes, &text);
  assert_text(&text, "-_-_");
  assert_false(decodes(BASE64_STANDARD, "-_-_"));
  assert_false(decodes(BASE64_URL, "+/+/"));
}

/* Each of the 256 characters alone in the last place of a group. */
static void only_the_64_digits_of_the_alphabet_are_digits(void **state) {
  for (int alphabet = BASE64_STANDARD; alphabet <= BASE64_URL; alphabet++) {
    size_t digits = 0;
    for (int c = 0; c < 256; c++) {
      const char text[4] = {'A', 'A', 'A', (char)c};
      const bool is_padding = alphabet == BASE64_STANDARD && c == '=';
      byte_buffer output = {0};
      const bool decoded = base64_decode((base64_alphabet)alphabet, (text_view){text, 4}, &output);
      buffer_clear(&output);
      if (decoded && !is_padding) digits++;
    }
    assert_int_equal(digits, 64);
  }
}

static void standard_text_needs_its_padding_where_it_belongs(void **state) {
  static const char *const wrong[] = {"Zg",   "Zg=", "Zm8", "Zg===", "Z===",     "====",  "=Zg=",
                                      "Zg=v", "=",   "==",  "Z",     "Zg==Zg==", "Zm8=Zg"};
  assert_refused(BASE64_STANDARD, wrong, COUNT(wrong));
}

static void white_space_and_foreign_bytes_are_refused(void **state) {
  static const char *const wrong[] = {"Zm9v\n", "Zm 9", "Zm\n9",       "Zm9v\r\n\t ",
                                      "Zm-v",   "Zm_v", "Z\xc3\xa4==", "Zm9v\x80\x80\x80\x80"};
  assert_refused(BASE64_STANDARD, wrong, COUNT(wrong));
}

static void url_text_takes_no_padding_and_no_lone_digit(void **state) {
  static const char *const wrong[] = {"Zg==", "Zm8=", "Z", "Zm9vY", "Zm9v\n"};
  assert_refused(BASE64_URL, wrong, COUNT(wrong));
}

/* Else a cursor with a changed last digit would pass for the one that was given out. */
static void url_text_of_bits_that_no_byte_takes_is_refused(void **state) {
  static const char *const wrong[] = {"Zh", "Zv", "Zm9", "Zm-", "Zm9vYh", "_x"};
  assert_true(decodes(BASE64_URL, "Zg"));
  assert_true(decodes(BASE64_URL, "Zm8"));
  assert_true(decodes(BASE64_URL, "_w"));
  assert_refused(BASE64_URL, wrong, COUNT(wrong));
}

/* Keys typed by hand end in any digit; JavaScript's atob and OpenSSL take them too. */
static void standard_text_may_have_any_last_digit(void **state) {
  byte_buffer output = {0};
  assert_true(base64_decode(BASE64_STANDARD, text_view_of("Zh=="), &output));
  assert_text(&output, "f");
}

static void decoding_appends_to_what_is_there(void **state) {
  byte_buffer output = {0};
  buffer_append_text(&output, "> ");
  assert_true(base64_decode(BASE64_STANDARD, text_view_of("Zm9v"), &output));
  assert_text(&output, "> foo");
}

static void decoding_without_memory_fails_and_tells(void **state) {
  byte_buffer output = {.failed = true};
  assert_false(base64_decode(BASE64_STANDARD, text_view_of("Zm9v"), &output));
  assert_true(output.failed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_vectors_of_the_rfc_encode_and_decode),
      cmocka_unit_test(every_byte_survives_at_every_place),
      cmocka_unit_test(the_alphabets_differ_in_their_last_two_digits),
      cmocka_unit_test(only_the_64_digits_of_the_alphabet_are_digits),
      cmocka_unit_test(standard_text_needs_its_padding_where_it_belongs),
      cmocka_unit_test(white_space_and_foreign_bytes_are_refused),
      cmocka_unit_test(url_text_takes_no_padding_and_no_lone_digit),
      cmocka_unit_test(url_text_of_bits_that_no_byte_takes_is_refused),
      cmocka_unit_test(standard_text_may_have_any_last_digit),
      cmocka_unit_test(decoding_appends_to_what_is_there),
      cmocka_unit_test(decoding_without_memory_fails_and_tells),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
