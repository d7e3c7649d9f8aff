/* The keyring: what is a key, what is refused and how, and key check values. */
#include "crypto/keyring.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/hex.h"
#include "support/support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes 0, 1, 2 ... 31. */
#define COUNTING_KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define COUNTING_KEY_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static ss_status add(keyring *ring, int64_t version, const char *key, ss_error *error) {
  return keyring_add_text(ring, version, text_view_of(key), error);
}

/* Expects the refusal of version 7, and that its message is that and holds no key. */
static void assert_key_refused(text_view key, const char *message) {
  keyring ring = {0};
  ss_error error;
  assert_fails(keyring_add_text(&ring, 7, key, &error), SS_INVALID_OPTIONS, &error);
  assert_string_equal(error.message, message);
  assert_int_equal(ring.count, 0);
  keyring_clear(&ring);
}

/* ---- Key text ------------------------------------------------------------------------------ */

static void a_key_is_held_as_its_32_bytes(void **state) {
  keyring ring = {0};
  ss_error error;
  assert_ok(add(&ring, 7, COUNTING_KEY, &error), &error);
  assert_int_equal(keyring_find(&ring, 7)->version, 7);
  assert_hex(keyring_find(&ring, 7)->key, GCM_KEY_BYTES, COUNTING_KEY_HEX);
  keyring_clear(&ring);
}

static void white_space_around_a_key_is_ignored(void **state) {
  static const char *const texts[] = {COUNTING_KEY "\n", COUNTING_KEY "\r\n", "  " COUNTING_KEY,
                                      "\t\n\v\f\r " COUNTING_KEY " \t\n\v\f\r"};
  for (size_t i = 0; i < COUNT(texts); i++) {
    keyring ring = {0};
    ss_error error;
    assert_ok(add(&ring, 7, texts[i], &error), &error);
    assert_hex(keyring_find(&ring, 7)->key, GCM_KEY_BYTES, COUNTING_KEY_HEX);
    keyring_clear(&ring);
  }
}

static void what_is_not_padded_standard_base64_is_no_key(void **state) {
  static const char *const texts[] = {
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",        /* without padding */
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",      /* with too much */
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8===",     /* */
      "AAECAwQFBgcICQoL DA0ODxAREhMUFRYXGBkaGxwdHh8=",      /* white space within */
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 =",      /* */
      "-_-_AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",       /* the URL alphabet */
      "000102030405060708090a0b0c0d0e0f101112131415161718", /* hexadecimal, of a length not of 4 */
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh\xc3\xa9", /* foreign bytes */
      "\xc2\xa0" COUNTING_KEY,                              /* white space beyond ASCII */
      "\"" COUNTING_KEY "\"",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    assert_key_refused(text_view_of(texts[i]),
                       "key version 7: expected standard base64 with padding, as `openssl rand "
                       "-base64 32` prints it, got something else");
  }
}

static void a_key_has_exactly_32_bytes(void **state) {
  static const size_t lengths[] = {1, 16, 24, 31, 33, 48, 64};
  for (size_t i = 0; i < COUNT(lengths); i++) {
    unsigned char bytes[64] = {0};
    char expected[128];
    byte_buffer text = {0};
    base64_encode(BASE64_STANDARD, bytes, lengths[i], &text);
    (void)snprintf(expected, sizeof expected,
                   "key version 7: expected base64 of exactly 32 bytes, got %zu bytes", lengths[i]);
    assert_key_refused((text_view){(const char *)text.data, text.length}, expected);
    buffer_clear(&text);
  }
}

static void an_empty_text_is_no_key(void **state) {
  static const char message[] = "key version 7: expected base64 of exactly 32 bytes, got 0 bytes";
  assert_key_refused(text_view_of(""), message);
  assert_key_refused(text_view_of(" \n"), message);
}

static void no_text_is_no_key(void **state) {
  assert_key_refused((text_view){NULL, 0}, "key version 7: expected base64 text, got none");
}

static void text_beyond_the_views_length_is_not_read(void **state) {
  keyring ring = {0};
  ss_error error;
  const text_view key = {COUNTING_KEY "AAAA", strlen(COUNTING_KEY)};
  assert_ok(keyring_add_text(&ring, 7, key, &error), &error);
  keyring_clear(&ring);
}

/* ---- Versions ------------------------------------------------------------------------------ */

static void versions_reach_from_0_to_2_to_the_53_less_1(void **state) {
  keyring ring = {0};
  ss_error error;
  assert_ok(add(&ring, 0, COUNTING_KEY, &error), &error);
  assert_ok(add(&ring, SS_MAX_INTEGER, COUNTING_KEY, &error), &error);
  assert_fails(add(&ring, -1, COUNTING_KEY, &error), SS_INVALID_OPTIONS, &error);
  assert_string_equal(error.message, "key version: expected an integer from 0 to 2^53-1, got -1");
  assert_fails(add(&ring, SS_MAX_INTEGER + 1, COUNTING_KEY, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(add(&ring, INT64_MIN, COUNTING_KEY, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(add(&ring, INT64_MAX, COUNTING_KEY, &error), SS_INVALID_OPTIONS, &error);
  assert_int_equal(ring.count, 2);
  keyring_clear(&ring);
}

static void a_version_is_there_once(void **state) {
  keyring ring = {0};
  ss_error error;
  assert_ok(add(&ring, 1, COUNTING_KEY, &error), &error);
  assert_fails(add(&ring, 1, TEST_OTHER_KEY, &error), SS_INVALID_OPTIONS, &error);
  assert_string_equal(error.message, "key version 1: expected each version once, got it twice");
  assert_hex(keyring_find(&ring, 1)->key, GCM_KEY_BYTES, COUNTING_KEY_HEX);
  keyring_clear(&ring);
}

static void a_ring_holds_a_thousand_keys_and_no_more(void **state) {
  keyring ring = {0};
  ss_error error;
  for (int64_t version = 0; version < KEYRING_MAX_KEYS; version++) {
    assert_ok(add(&ring, version, test_key(version), &error), &error);
  }
  assert_fails(add(&ring, KEYRING_MAX_KEYS, COUNTING_KEY, &error), SS_INVALID_OPTIONS, &error);
  assert_string_equal(error.message, "keys: expected at most 1000, got more");
  for (int64_t version = 0; version < KEYRING_MAX_KEYS; version++) {
    assert_int_equal(keyring_find(&ring, version)->key[0], (unsigned char)(version * 31 + 1));
  }
  keyring_clear(&ring);
}

static void the_first_key_is_the_active_one(void **state) {
  keyring ring = {0};
  ss_error error;
  assert_ok(add(&ring, 5, COUNTING_KEY, &error), &error);
  assert_ok(add(&ring, 9, TEST_OTHER_KEY, &error), &error);
  assert_ok(add(&ring, 1, TEST_OTHER_KEY, &error), &error);
  assert_int_equal(keyring_active(&ring)->version, 5);
  keyring_clear(&ring);
}

static void a_version_that_was_not_added_is_not_found(void **state) {
  keyring ring = {0};
  ss_error error;
  assert_null(keyring_find(&ring, 1));
  assert_ok(add(&ring, 1, COUNTING_KEY, &error), &error);
  assert_null(keyring_find(&ring, 2));
  keyring_clear(&ring);
}

/* ---- Copies -------------------------------------------------------------------------------- */

static void a_copy_has_the_same_keys_in_the_same_order_and_lives_on(void **state) {
  keyring original = {0};
  keyring copy = {0};
  ss_error error;
  for (int64_t version = 20; version > 10; version--) {
    assert_ok(add(&original, version, test_key(version), &error), &error);
  }
  assert_ok(keyring_copy(&copy, &original, &error), &error);
  keyring_clear(&original);
  assert_int_equal(copy.count, 10);
  assert_int_equal(keyring_active(&copy)->version, 20);
  for (int64_t version = 11; version <= 20; version++) {
    assert_int_equal(keyring_find(&copy, version)->key[0], (unsigned char)(version * 31 + 1));
  }
  keyring_clear(&copy);
}

static void a_copy_of_an_empty_ring_is_empty(void **state) {
  const keyring original = {0};
  keyring copy;
  ss_error error;
  assert_ok(keyring_copy(&copy, &original, &error), &error);
  assert_int_equal(copy.count, 0);
  keyring_clear(&copy);
  keyring_clear(&copy);
}

/* ---- Check values -------------------------------------------------------------------------- */

/* Computed with Python's hmac module over "secretstore key check 1". */
static void check_values_are_hmacs_of_the_label(void **state) {
  static const char *const cases[][2] = {
      {COUNTING_KEY, "3653dceb433fbb7484cd4d18791e8dc605b46158bb1c4a7cd340c37af4b0698a"},
      {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
       "46c89932a64895bc2cbb3be4c457fbe44241556b74f400d7f8d3fa5897e7a91b"},
      {"//////////////////////////////////////////8=",
       "29ed4c293d0c11a802ff7175f17e4f3181145804c3edbb327f064c46730e7816"},
  };
  crypto_suite suite;
  ss_error error;
  assert_ok(crypto_suite_init(&suite, &error), &error);
  for (size_t i = 0; i < COUNT(cases); i++) {
    keyring ring = {0};
    unsigned char check[KEY_CHECK_BYTES];
    assert_ok(add(&ring, 3, cases[i][0], &error), &error);
    assert_ok(keyring_check_value(&suite, keyring_active(&ring), check, &error), &error);
    assert_hex(check, sizeof check, cases[i][1]);
    keyring_clear(&ring);
  }
  crypto_suite_clear(&suite);
}

/* ---- Fresh keys ---------------------------------------------------------------------------- */

static void generated_keys_differ_and_are_keys(void **state) {
  char first[SS_KEY_TEXT_CAPACITY];
  char second[SS_KEY_TEXT_CAPACITY];
  keyring ring = {0};
  ss_error error;
  assert_ok(ss_generate_key(first, &error), &error);
  assert_ok(ss_generate_key(second, &error), &error);
  assert_int_equal(strlen(first), SS_KEY_TEXT_CAPACITY - 1);
  assert_int_equal(strlen(second), SS_KEY_TEXT_CAPACITY - 1);
  assert_ok(add(&ring, 1, first, &error), &error);
  assert_ok(add(&ring, 2, second, &error), &error);
  assert_memory_not_equal(keyring_find(&ring, 1)->key, keyring_find(&ring, 2)->key, GCM_KEY_BYTES);
  keyring_clear(&ring);
}

static void a_key_needs_a_place_to_go(void **state) {
  ss_error error;
  assert_fails(ss_generate_key(NULL, &error), SS_INVALID_ARGUMENT, &error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_key_is_held_as_its_32_bytes),
      cmocka_unit_test(white_space_around_a_key_is_ignored),
      cmocka_unit_test(what_is_not_padded_standard_base64_is_no_key),
      cmocka_unit_test(a_key_has_exactly_32_bytes),
      cmocka_unit_test(an_empty_text_is_no_key),
      cmocka_unit_test(no_text_is_no_key),
      cmocka_unit_test(text_beyond_the_views_length_is_not_read),
      cmocka_unit_test(versions_reach_from_0_to_2_to_the_53_less_1),
      cmocka_unit_test(a_version_is_there_once),
      cmocka_unit_test(a_ring_holds_a_thousand_keys_and_no_more),
      cmocka_unit_test(the_first_key_is_the_active_one),
      cmocka_unit_test(a_version_that_was_not_added_is_not_found),
      cmocka_unit_test(a_copy_has_the_same_keys_in_the_same_order_and_lives_on),
      cmocka_unit_test(a_copy_of_an_empty_ring_is_empty),
      cmocka_unit_test(check_values_are_hmacs_of_the_label),
      cmocka_unit_test(generated_keys_differ_and_are_keys),
      cmocka_unit_test(a_key_needs_a_place_to_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
