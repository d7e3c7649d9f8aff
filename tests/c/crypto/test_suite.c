/* Digests, randomness, and what a failure inside OpenSSL becomes. */
#include "crypto/suite.h"

#include <openssl/err.h>
#include <string.h>

#include "crypto/hex.h"
#include "support/support.h"

static int set_up(void **state) {
  static crypto_suite suite;
  ss_error error;
  assert_ok(crypto_suite_init(&suite, &error), &error);
  *state = &suite;
  return 0;
}

static int tear_down(void **state) {
  crypto_suite_clear(*state);
  crypto_suite_clear(*state);
  return 0;
}

/* NIST's examples for FIPS 180-4. */
static void digests_are_those_of_fips_180_4(void **state) {
  static const char *const cases[][2] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const byte_view text = {(const unsigned char *)cases[i][0], strlen(cases[i][0])};
    unsigned char digest[SHA256_BYTES];
    ss_error error;
    assert_ok(sha256_digest(*state, text, digest, &error), &error);
    assert_hex(digest, sizeof digest, cases[i][1]);
  }
}

typedef ss_status (*random_source)(unsigned char *output, size_t length, ss_error *error);

/* Each byte of 64 stays zero in all of 16 draws once in 2^128 runs. */
static void assert_fills_and_repeats_nothing(random_source draw) {
  unsigned char seen[64] = {0};
  unsigned char last[64] = {0};
  ss_error error;
  for (int i = 0; i < 16; i++) {
    unsigned char drawn[64 + 1] = {0};
    drawn[64] = 0x5a;
    assert_ok(draw(drawn, 64, &error), &error);
    assert_int_equal(drawn[64], 0x5a);
    assert_memory_not_equal(drawn, last, 64);
    for (size_t j = 0; j < 64; j++) seen[j] |= drawn[j];
    memcpy(last, drawn, 64);
  }
  for (size_t j = 0; j < 64; j++) assert_int_not_equal(seen[j], 0);
}

static void random_bytes_fill_their_room_and_do_not_repeat(void **state) {
  assert_fills_and_repeats_nothing(random_public);
  assert_fills_and_repeats_nothing(random_private);
}

static void a_failed_allocation_in_openssl_is_out_of_memory(void **state) {
  ss_error error;
  ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
  assert_fails(crypto_failure("EVP_Something", &error), SS_OUT_OF_MEMORY, &error);
  ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
  ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
  assert_fails(crypto_failure("EVP_Something", &error), SS_OUT_OF_MEMORY, &error);
}

static void a_failure_without_any_entry_is_out_of_memory(void **state) {
  ss_error error;
  ERR_clear_error();
  assert_fails(crypto_failure("EVP_Something", &error), SS_OUT_OF_MEMORY, &error);
}

static void any_other_failure_in_openssl_is_internal_and_named(void **state) {
  ss_error error;
  ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
  assert_fails(crypto_failure("EVP_Something", &error), SS_INTERNAL, &error);
  assert_non_null(strstr(error.message, "EVP_Something"));
  assert_non_null(strstr(error.message, "internal error"));
}

static void a_failure_empties_the_error_queue(void **state) {
  ss_error error;
  ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
  ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
  assert_fails(crypto_failure("EVP_Something", &error), SS_INTERNAL, &error);
  assert_int_equal(ERR_peek_error(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digests_are_those_of_fips_180_4),
      cmocka_unit_test(random_bytes_fill_their_room_and_do_not_repeat),
      cmocka_unit_test(a_failed_allocation_in_openssl_is_out_of_memory),
      cmocka_unit_test(a_failure_without_any_entry_is_out_of_memory),
      cmocka_unit_test(any_other_failure_in_openssl_is_internal_and_named),
      cmocka_unit_test(a_failure_empties_the_error_queue),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
