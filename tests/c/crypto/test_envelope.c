/* The envelope: its AADs to the byte, and what changing any bound field does. */
#include "crypto/envelope.h"

#include <string.h>

#include "crypto/mac.h"
#include "support/support.h"

typedef struct fixture {
  crypto_suite suite;
  keyring ring;
  envelope *envelope;
} fixture;

static int set_up(void **state) {
  static fixture made;
  ss_error error;
  made = (fixture){0};
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  assert_ok(keyring_add_text(&made.ring, 1, text_view_of(test_key(1)), &error), &error);
  assert_ok(keyring_add_text(&made.ring, 2, text_view_of(test_key(2)), &error), &error);
  assert_ok(envelope_new(&made.suite, &made.ring, &made.envelope, &error), &error);
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  envelope_free(made->envelope);
  keyring_clear(&made->ring);
  crypto_suite_clear(&made->suite);
  return 0;
}

static dek_binding example(void) {
  return (dek_binding){
      .store_id = text_view_of("00112233445566778899aabbccddeeff"),
      .namespace_name = text_view_of("acme:production"),
      .name = text_view_of("DB_URL"),
      .key_version = 1,
      .secret_id = 42,
      .revision = 3,
      .created_at = 1770000000000,
      .updated_at = 1770000000001,
      .expires_at = 1780000000000,
      .metadata = text_view_of("{\"owner\":\"a\"}"),
  };
}

static void assert_text(byte_buffer *text, const char *expected) {
  buffer_append(text, "", 1);
  assert_string_equal((const char *)text->data, expected);
  buffer_clear(text);
}

static void the_value_aad_is_what_json_stringify_gives(void **state) {
  byte_buffer text = {0};
  envelope_append_value_aad(&text, text_view_of("acme:production"), text_view_of("stripe"));
  assert_text(&text, "[\"value\",\"acme:production\",\"stripe\"]");
  envelope_append_value_aad(&text, (text_view){0}, text_view_of("null"));
  assert_text(&text, "[\"value\",null,\"null\"]");
  envelope_append_value_aad(&text, text_view_of("q\"b\\s/"),
                            text_view_of("t\tn\nr\rf\fb\bx\x01\x1f\x7f"));
  assert_text(&text, "[\"value\",\"q\\\"b\\\\s/\",\"t\\tn\\nr\\rf\\fb\\bx\\u0001\\u001f\x7f\"]");
  envelope_append_value_aad(&text, text_view_of("line\u2028sep"), text_view_of("\u043a\U0001F511"));
  assert_text(&text, "[\"value\",\"line\u2028sep\",\"\u043a\U0001F511\"]");
}

static void the_dek_aad_names_everything_in_the_row(void **state) {
  byte_buffer text = {0};
  dek_binding binding = example();
  envelope_append_dek_aad(&text, &binding);
  assert_text(
      &text,
      "[\"dek1\",\"00112233445566778899aabbccddeeff\",\"acme:production\",\"DB_URL\",1,42,3,"
      "1770000000000,1770000000001,1780000000000,{\"owner\":\"a\"}]");
  binding.namespace_name = (text_view){0};
  binding.expires_at = SS_NO_EXPIRY;
  binding.metadata = (text_view){0};
  envelope_append_dek_aad(&text, &binding);
  assert_text(&text,
              "[\"dek1\",\"00112233445566778899aabbccddeeff\",null,\"DB_URL\",1,42,3,"
              "1770000000000,1770000000001,null,null]");
  envelope_append_component_dek_aad(&text, (text_view){0}, text_view_of("x"), 20260310);
  assert_text(&text, "[\"dek\",null,\"x\",20260310]");
}

static const dek test_dek = {{1, 2, 3, 4, 5, 6, 7, 8, 9}};

static wrapped_key wrap_example(fixture *with) {
  wrapped_key wrapped = {.iv = {9, 8, 7}};
  const dek_binding binding = example();
  ss_error error;
  assert_ok(envelope_wrap_dek(with->envelope, &binding, &test_dek, &wrapped, &error), &error);
  return wrapped;
}

static ss_status unwrap(fixture *with, const dek_binding *binding, const wrapped_key *wrapped) {
  const byte_view iv = {wrapped->iv, sizeof wrapped->iv};
  const byte_view bytes = {wrapped->bytes, sizeof wrapped->bytes};
  dek key = {0};
  ss_error error;
  const ss_status status = envelope_unwrap_dek(with->envelope, binding, iv, bytes, &key, &error);
  const dek nothing = {0};
  assert_memory_equal(&key, status == SS_OK ? &test_dek : &nothing, sizeof key);
  return status;
}

static void a_dek_unwraps_under_its_own_binding(void **state) {
  const wrapped_key wrapped = wrap_example(*state);
  const dek_binding binding = example();
  assert_int_equal(unwrap(*state, &binding, &wrapped), SS_OK);
}

#define ASSERT_BOUND(change)                                                    \
  do {                                                                          \
    dek_binding binding = example();                                            \
    change;                                                                     \
    assert_int_equal(unwrap(*state, &binding, &wrapped), SS_DECRYPTION_FAILED); \
  } while (0)

static void a_dek_is_bound_to_every_field(void **state) {
  const wrapped_key wrapped = wrap_example(*state);
  ASSERT_BOUND(binding.store_id = text_view_of("00112233445566778899aabbccddeef0"));
  ASSERT_BOUND(binding.namespace_name = text_view_of("acme:testing"));
  ASSERT_BOUND(binding.namespace_name = (text_view){0});
  ASSERT_BOUND(binding.name = text_view_of("DB_URM"));
  ASSERT_BOUND(binding.key_version = 2);
  ASSERT_BOUND(binding.secret_id = 43);
  ASSERT_BOUND(binding.revision = 4);
  ASSERT_BOUND(binding.created_at++);
  ASSERT_BOUND(binding.updated_at++);
  ASSERT_BOUND(binding.expires_at++);
  ASSERT_BOUND(binding.expires_at = SS_NO_EXPIRY);
  ASSERT_BOUND(binding.metadata = text_view_of("{\"owner\":\"b\"}"));
  ASSERT_BOUND(binding.metadata = (text_view){0});
}

static void every_bit_of_a_wrapped_dek_counts(void **state) {
  const dek_binding binding = example();
  for (size_t bit = 0; bit < 8 * (GCM_IV_BYTES + WRAPPED_KEY_BYTES); bit++) {
    wrapped_key wrapped = wrap_example(*state);
    unsigned char *byte =
        bit / 8 < GCM_IV_BYTES ? &wrapped.iv[bit / 8] : &wrapped.bytes[bit / 8 - GCM_IV_BYTES];
    *byte ^= (unsigned char)(1u << (bit % 8));
    assert_int_equal(unwrap(*state, &binding, &wrapped), SS_DECRYPTION_FAILED);
  }
}

static void an_unknown_key_version_is_unavailable(void **state) {
  const wrapped_key wrapped = wrap_example(*state);
  dek_binding binding = example();
  binding.key_version = 3;
  assert_int_equal(unwrap(*state, &binding, &wrapped), SS_KEY_VERSION_UNAVAILABLE);
}

static void blobs_of_other_lengths_do_not_open(void **state) {
  fixture *with = *state;
  const wrapped_key wrapped = wrap_example(with);
  const dek_binding binding = example();
  dek key = {0};
  ss_error error;
  for (size_t length = 0; length <= GCM_IV_BYTES + 4; length++) {
    if (length == GCM_IV_BYTES) continue;
    unsigned char iv[GCM_IV_BYTES + 4] = {0};
    assert_fails(
        envelope_unwrap_dek(with->envelope, &binding, (byte_view){iv, length},
                            (byte_view){wrapped.bytes, sizeof wrapped.bytes}, &key, &error),
        SS_DECRYPTION_FAILED, &error);
  }
  for (size_t length = 0; length < sizeof wrapped.bytes; length++) {
    assert_fails(
        envelope_unwrap_dek(with->envelope, &binding, (byte_view){wrapped.iv, sizeof wrapped.iv},
                            (byte_view){wrapped.bytes, length}, &key, &error),
        SS_DECRYPTION_FAILED, &error);
  }
}

static void a_value_opens_only_under_its_names_dek_and_iv(void **state) {
  fixture *with = *state;
  static const unsigned char iv[GCM_IV_BYTES] = {1};
  static const unsigned char other_iv[GCM_IV_BYTES] = {2};
  const byte_view value = {(const unsigned char *)"secret", 6};
  const text_view ns = text_view_of("n");
  const text_view name = text_view_of("A");
  const dek other_dek = {{7}};
  unsigned char sealed[6 + GCM_TAG_BYTES];
  unsigned char opened[6];
  ss_error error;
  envelope *self = with->envelope;
  assert_ok(envelope_seal_value(self, &test_dek, iv, ns, name, value, sealed, &error), &error);
  const byte_view ciphertext = {sealed, sizeof sealed};
  const byte_view iv_view = {iv, sizeof iv};
  assert_ok(envelope_open_value(self, &test_dek, iv_view, ns, name, ciphertext, opened, &error),
            &error);
  assert_memory_equal(opened, "secret", 6);
  assert_fails(envelope_open_value(self, &test_dek, iv_view, ns, text_view_of("B"), ciphertext,
                                   opened, &error),
               SS_DECRYPTION_FAILED, &error);
  static const unsigned char wiped[6] = {0};
  assert_memory_equal(opened, wiped, 6);
  assert_fails(envelope_open_value(self, &test_dek, iv_view, (text_view){0}, name, ciphertext,
                                   opened, &error),
               SS_DECRYPTION_FAILED, &error);
  assert_fails(envelope_open_value(self, &other_dek, iv_view, ns, name, ciphertext, opened, &error),
               SS_DECRYPTION_FAILED, &error);
  assert_fails(envelope_open_value(self, &test_dek, (byte_view){other_iv, sizeof other_iv}, ns,
                                   name, ciphertext, opened, &error),
               SS_DECRYPTION_FAILED, &error);
}

/* NIST CAVP gcmEncryptExtIV256: Keylen 256, IVlen 96, PTlen 128, AADlen 128, Taglen 128, Count 0.
 */
static void gcm_gives_the_known_answer_of_nist(void **state) {
  fixture *with = *state;
  static const unsigned char key[GCM_KEY_BYTES] = {0x92, 0xe1, 0x1d, 0xcd, 0xaa, 0x86, 0x6f, 0x5c,
                                                   0xe7, 0x90, 0xfd, 0x24, 0x50, 0x1f, 0x92, 0x50,
                                                   0x9a, 0xac, 0xf4, 0xcb, 0x8b, 0x13, 0x39, 0xd5,
                                                   0x0c, 0x9c, 0x12, 0x40, 0x93, 0x5d, 0xd0, 0x8b};
  static const unsigned char iv[GCM_IV_BYTES] = {0xac, 0x93, 0xa1, 0xa6, 0x14, 0x52,
                                                 0x99, 0xbd, 0xe9, 0x02, 0xf2, 0x1a};
  static const unsigned char plaintext[16] = {0x2d, 0x71, 0xbc, 0xfa, 0x91, 0x4e, 0x4a, 0xc0,
                                              0x45, 0xb2, 0xaa, 0x60, 0x95, 0x5f, 0xad, 0x24};
  static const unsigned char aad[16] = {0x1e, 0x08, 0x89, 0x01, 0x6f, 0x67, 0x60, 0x1c,
                                        0x8e, 0xbe, 0xa4, 0x94, 0x3b, 0xc2, 0x3a, 0xd6};
  static const unsigned char expected[32] = {0x89, 0x95, 0xae, 0x2e, 0x6d, 0xf3, 0xdb, 0xf9,
                                             0x6f, 0xac, 0x7b, 0x71, 0x37, 0xba, 0xe6, 0x7f,
                                             0xec, 0xa5, 0xaa, 0x77, 0xd5, 0x1d, 0x4a, 0x0a,
                                             0x14, 0xd9, 0xc5, 0x1e, 0x1d, 0xa4, 0x74, 0xab};
  gcm_context context = {0};
  unsigned char sealed[32];
  ss_error error;
  assert_ok(gcm_init(&context, &with->suite, &error), &error);
  assert_ok(gcm_set_key(&context, key, &error), &error);
  assert_ok(gcm_seal(&context, iv, (byte_view){aad, sizeof aad},
                     (byte_view){plaintext, sizeof plaintext}, sealed, &error),
            &error);
  assert_memory_equal(sealed, expected, sizeof expected);
  gcm_clear(&context);
}

/* Computed with Python's hmac: key 32 times 0x0b, message "Hi There" (after RFC 4231, case 1). */
static void the_mac_is_that_of_prefix_and_data(void **state) {
  fixture *with = *state;
  static const unsigned char expected[MAC_BYTES] = {0x19, 0x8a, 0x60, 0x7e, 0xb4, 0x4b, 0xfb, 0xc6,
                                                    0x99, 0x03, 0xa0, 0xf1, 0xcf, 0x2b, 0xbd, 0xc5,
                                                    0xba, 0x0a, 0xa3, 0xf3, 0xd9, 0xae, 0x3c, 0x1c,
                                                    0x7a, 0x3b, 0x16, 0x96, 0xa0, 0xb6, 0x8c, 0xf7};
  unsigned char key[MAC_KEY_BYTES];
  unsigned char whole[MAC_BYTES];
  unsigned char parts[MAC_BYTES];
  mac_context mac = {0};
  ss_error error;
  memset(key, 0x0b, sizeof key);
  assert_ok(mac_init(&mac, &with->suite, key, &error), &error);
  assert_ok(mac_compute(&mac, (byte_view){0}, (byte_view){(const unsigned char *)"Hi There", 8},
                        whole, &error),
            &error);
  assert_ok(mac_compute(&mac, (byte_view){(const unsigned char *)"Hi ", 3},
                        (byte_view){(const unsigned char *)"There", 5}, parts, &error),
            &error);
  assert_memory_equal(whole, expected, MAC_BYTES);
  assert_memory_equal(parts, expected, MAC_BYTES);
  mac_clear(&mac);
}

/* Computed with Python's hmac over "secretstore key check 1". */
static void the_key_check_is_a_cut_hmac(void **state) {
  fixture *with = *state;
  static const unsigned char expected[KEY_CHECK_BYTES] = {0x2f, 0xb1, 0xc8, 0x8f, 0xe2, 0xd6,
                                                          0x0e, 0x61, 0x4d, 0x0d, 0xf7, 0x5a,
                                                          0x18, 0x4e, 0xdf, 0x30};
  unsigned char check[KEY_CHECK_BYTES];
  ss_error error;
  assert_ok(keyring_check_value(&with->suite, keyring_find(&with->ring, 1), check, &error), &error);
  assert_memory_equal(check, expected, sizeof expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_value_aad_is_what_json_stringify_gives),
      cmocka_unit_test(the_dek_aad_names_everything_in_the_row),
      cmocka_unit_test(a_dek_unwraps_under_its_own_binding),
      cmocka_unit_test(a_dek_is_bound_to_every_field),
      cmocka_unit_test(every_bit_of_a_wrapped_dek_counts),
      cmocka_unit_test(an_unknown_key_version_is_unavailable),
      cmocka_unit_test(blobs_of_other_lengths_do_not_open),
      cmocka_unit_test(a_value_opens_only_under_its_names_dek_and_iv),
      cmocka_unit_test(gcm_gives_the_known_answer_of_nist),
      cmocka_unit_test(the_mac_is_that_of_prefix_and_data),
      cmocka_unit_test(the_key_check_is_a_cut_hmac),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
