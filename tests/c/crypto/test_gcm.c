/* AES-256-GCM: known answers, and that no bit of anything can be changed. */
#include "crypto/gcm.h"

#include <limits.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/hex.h"
#include "support/support.h"

enum { LONGEST = 256 };

typedef struct fixture {
  crypto_suite suite;
  gcm_context context;
} fixture;

static int set_up(void **state) {
  static fixture made;
  ss_error error;
  made = (fixture){0};
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  assert_ok(gcm_init(&made.context, &made.suite, &error), &error);
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  gcm_clear(&made->context);
  gcm_clear(&made->context);
  crypto_suite_clear(&made->suite);
  return 0;
}

static void use_key(fixture *with, byte_view key) {
  ss_error error;
  assert_int_equal(key.length, GCM_KEY_BYTES);
  assert_ok(gcm_set_key(&with->context, key.data, &error), &error);
}

typedef struct known_answer {
  const char *key, *iv, *aad, *plaintext, *sealed; /* sealed: ciphertext, then tag */
} known_answer;

/* The first: NIST's CAVP, gcmEncryptExtIV256.rsp, [IVlen 96, PTlen 128, AADlen 128, Taglen 128],
 * Count 0. The others: test cases 13 to 16 of "The Galois/Counter Mode of Operation", as submitted
 * to NIST. */
static const known_answer known_answers[] = {
    {"92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b", "ac93a1a6145299bde902f21a",
     "1e0889016f67601c8ebea4943bc23ad6", "2d71bcfa914e4ac045b2aa60955fad24",
     "8995ae2e6df3dbf96fac7b7137bae67feca5aa77d51d4a0a14d9c51e1da474ab"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

/* One context for all: each set key and IV starts afresh, after a seal as after an open. */
static void sealing_and_opening_give_the_known_answers(void **state) {
  fixture *with = *state;
  for (size_t i = 0; i < sizeof known_answers / sizeof known_answers[0]; i++) {
    const known_answer *answer = &known_answers[i];
    const byte_view iv = hex(answer->iv);
    const byte_view aad = hex(answer->aad);
    const byte_view plaintext = hex(answer->plaintext);
    const byte_view expected = hex(answer->sealed);
    unsigned char sealed[LONGEST];
    unsigned char opened[LONGEST];
    ss_error error;
    use_key(with, hex(answer->key));
    assert_ok(gcm_seal(&with->context, iv.data, aad, plaintext, sealed, &error), &error);
    assert_int_equal(expected.length, plaintext.length + GCM_TAG_BYTES);
    assert_memory_equal(sealed, expected.data, expected.length);
    assert_ok(gcm_open(&with->context, iv.data, aad, expected, opened, &error), &error);
    assert_memory_equal(opened, plaintext.data, plaintext.length);
  }
}

/* A message of 20 bytes under the last known answer's key. */
typedef struct sample {
  unsigned char key[GCM_KEY_BYTES];
  unsigned char iv[GCM_IV_BYTES];
  unsigned char aad[20];
  unsigned char sealed[20 + GCM_TAG_BYTES];
} sample;

static const unsigned char sample_plaintext[20] = "twenty bytes of text";

static sample make_sample(fixture *with) {
  sample made = {.iv = {1, 2, 3}, .aad = "and twenty beside it"};
  ss_error error;
  for (size_t i = 0; i < sizeof made.key; i++) made.key[i] = (unsigned char)(i * 5 + 1);
  use_key(with, (byte_view){made.key, sizeof made.key});
  assert_ok(gcm_seal(&with->context, made.iv, (byte_view){made.aad, sizeof made.aad},
                     (byte_view){sample_plaintext, sizeof sample_plaintext}, made.sealed, &error),
            &error);
  return made;
}

/* The output is checked, too: the plaintext, or nothing of it. */
static ss_status open_sample(fixture *with, const sample *given) {
  unsigned char opened[sizeof sample_plaintext];
  static const unsigned char wiped[sizeof sample_plaintext] = {0};
  ss_error error;
  memset(opened, 0xaa, sizeof opened);
  use_key(with, (byte_view){given->key, sizeof given->key});
  const ss_status status =
      gcm_open(&with->context, given->iv, (byte_view){given->aad, sizeof given->aad},
               (byte_view){given->sealed, sizeof given->sealed}, opened, &error);
  assert_memory_equal(opened, status == SS_OK ? sample_plaintext : wiped, sizeof opened);
  return status;
}

static void assert_every_bit_counts(fixture *with, size_t offset, size_t length) {
  sample given = make_sample(with);
  unsigned char *bytes = (unsigned char *)&given + offset;
  assert_int_equal(open_sample(with, &given), SS_OK);
  for (size_t bit = 0; bit < 8 * length; bit++) {
    bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
    assert_int_equal(open_sample(with, &given), SS_DECRYPTION_FAILED);
    bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
  }
  assert_int_equal(open_sample(with, &given), SS_OK);
}

static void every_bit_of_the_key_counts(void **state) {
  assert_every_bit_counts(*state, offsetof(sample, key), GCM_KEY_BYTES);
}

static void every_bit_of_the_iv_counts(void **state) {
  assert_every_bit_counts(*state, offsetof(sample, iv), GCM_IV_BYTES);
}

static void every_bit_of_the_aad_counts(void **state) {
  assert_every_bit_counts(*state, offsetof(sample, aad), sizeof(((sample *)0)->aad));
}

static void every_bit_of_the_ciphertext_counts(void **state) {
  assert_every_bit_counts(*state, offsetof(sample, sealed), sizeof sample_plaintext);
}

static void every_bit_of_the_tag_counts(void **state) {
  assert_every_bit_counts(*state, offsetof(sample, sealed) + sizeof sample_plaintext,
                          GCM_TAG_BYTES);
}

static void a_sealed_text_cut_anywhere_does_not_open(void **state) {
  fixture *with = *state;
  const sample given = make_sample(with);
  for (size_t length = 0; length < sizeof given.sealed; length++) {
    unsigned char opened[sizeof sample_plaintext];
    ss_error error;
    assert_int_equal(gcm_open(&with->context, given.iv, (byte_view){given.aad, sizeof given.aad},
                              (byte_view){given.sealed, length}, opened, &error),
                     SS_DECRYPTION_FAILED);
  }
}

static void an_aad_cut_anywhere_does_not_open(void **state) {
  fixture *with = *state;
  const sample given = make_sample(with);
  for (size_t length = 0; length < sizeof given.aad; length++) {
    unsigned char opened[sizeof sample_plaintext];
    ss_error error;
    assert_int_equal(gcm_open(&with->context, given.iv, (byte_view){given.aad, length},
                              (byte_view){given.sealed, sizeof given.sealed}, opened, &error),
                     SS_DECRYPTION_FAILED);
  }
}

/* A host that uses OpenSSL itself must not find our failed decryption as its own. */
static void a_refused_text_leaves_nothing_in_the_error_queue(void **state) {
  sample given = make_sample(*state);
  given.sealed[0] ^= 1;
  assert_int_equal(open_sample(*state, &given), SS_DECRYPTION_FAILED);
  assert_int_equal(ERR_peek_error(), 0);
}

/* OpenSSL counts in int. The views are never read. */
static void lengths_beyond_an_int_are_refused(void **state) {
  fixture *with = *state;
  static const unsigned char iv[GCM_IV_BYTES] = {9};
  unsigned char nowhere[1] = {0x5a};
  const byte_view huge = {nowhere, (size_t)INT_MAX - GCM_TAG_BYTES + 1};
  const byte_view small = {nowhere, 1};
  ss_error error;
  use_key(with, hex(known_answers[0].key));
  assert_fails(gcm_seal(&with->context, iv, small, huge, nowhere, &error), SS_INTERNAL, &error);
  assert_fails(gcm_seal(&with->context, iv, huge, small, nowhere, &error), SS_INTERNAL, &error);
  assert_int_equal(gcm_open(&with->context, iv, small, huge, nowhere, &error),
                   SS_DECRYPTION_FAILED);
  assert_int_equal(nowhere[0], 0x5a);
}

static void a_large_text_opens_whole(void **state) {
  fixture *with = *state;
  enum { LARGE = 1048576 + 7 };
  unsigned char *plaintext = test_malloc(LARGE);
  unsigned char *sealed = test_malloc(LARGE + GCM_TAG_BYTES);
  unsigned char *opened = test_malloc(LARGE);
  static const unsigned char iv[GCM_IV_BYTES] = {9};
  ss_error error;
  use_key(with, hex(known_answers[0].key));
  for (size_t i = 0; i < LARGE; i++) plaintext[i] = (unsigned char)(i * i >> 3);
  assert_ok(
      gcm_seal(&with->context, iv, (byte_view){0}, (byte_view){plaintext, LARGE}, sealed, &error),
      &error);
  assert_ok(gcm_open(&with->context, iv, (byte_view){0}, (byte_view){sealed, LARGE + GCM_TAG_BYTES},
                     opened, &error),
            &error);
  assert_memory_equal(opened, plaintext, LARGE);
  test_free(plaintext);
  test_free(sealed);
  test_free(opened);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sealing_and_opening_give_the_known_answers),
      cmocka_unit_test(every_bit_of_the_key_counts),
      cmocka_unit_test(every_bit_of_the_iv_counts),
      cmocka_unit_test(every_bit_of_the_aad_counts),
      cmocka_unit_test(every_bit_of_the_ciphertext_counts),
      cmocka_unit_test(every_bit_of_the_tag_counts),
      cmocka_unit_test(a_sealed_text_cut_anywhere_does_not_open),
      cmocka_unit_test(an_aad_cut_anywhere_does_not_open),
      cmocka_unit_test(a_refused_text_leaves_nothing_in_the_error_queue),
      cmocka_unit_test(lengths_beyond_an_int_are_refused),
      cmocka_unit_test(a_large_text_opens_whole),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
