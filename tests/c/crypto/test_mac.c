/* HMAC-SHA256: the vectors of RFC 4231, prefixes, reuse, comparison. */
#include "crypto/mac.h"

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
  return 0;
}

static byte_view view_of(const char *text) {
  return (byte_view){(const unsigned char *)text, strlen(text)};
}

static mac_context keyed(const crypto_suite *suite, const unsigned char key[MAC_KEY_BYTES]) {
  mac_context mac = {0};
  ss_error error;
  assert_ok(mac_init(&mac, suite, key, &error), &error);
  return mac;
}

static void assert_mac(mac_context *mac, byte_view prefix, byte_view data, const char *expected) {
  unsigned char computed[MAC_BYTES];
  ss_error error;
  assert_ok(mac_compute(mac, prefix, data, computed, &error), &error);
  assert_hex(computed, sizeof computed, expected);
}

/* HMAC fills a short key up with zeros and replaces one longer than its block by its digest
 * (RFC 2104, section 2), so each key of the RFC has a form of 32 bytes. Case 5 cuts the MAC. */
static void rfc_4231_key(const crypto_suite *suite, const char *bytes, size_t repeat,
                         unsigned char key[MAC_KEY_BYTES]) {
  const byte_view unit = hex(bytes);
  unsigned char whole[256] = {0};
  ss_error error;
  for (size_t i = 0; i < repeat; i++) memcpy(whole + i * unit.length, unit.data, unit.length);
  const size_t length = repeat * unit.length;
  assert_true(length <= MAC_KEY_BYTES || length > 64);
  if (length <= MAC_KEY_BYTES) {
    memcpy(key, whole, MAC_KEY_BYTES);
  } else {
    assert_ok(sha256_digest(suite, (byte_view){whole, length}, key, &error), &error);
  }
}

static void macs_are_those_of_rfc_4231(void **state) {
  static const struct {
    const char *key;
    size_t key_repeat;
    const char *data, *mac;
  } cases[] = {
      {"0b", 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"4a656665", 1, "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"aa", 20,
       "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
       "\xdd"
       "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
       "\xdd"
       "\xdd\xdd\xdd\xdd",
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"0102030405060708090a0b0c0d0e0f10111213141516171819", 1,
       "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
       "\xcd"
       "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
       "\xcd"
       "\xcd\xcd\xcd\xcd",
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {"aa", 131, "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"aa", 131,
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    unsigned char key[MAC_KEY_BYTES];
    rfc_4231_key(*state, cases[i].key, cases[i].key_repeat, key);
    mac_context mac = keyed(*state, key);
    assert_mac(&mac, (byte_view){0}, view_of(cases[i].data), cases[i].mac);
    mac_clear(&mac);
  }
}

static const unsigned char jefe[MAC_KEY_BYTES] = "Jefe";
static const char jefe_mac[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

static void prefix_and_data_count_as_one_text(void **state) {
  static const char text[] = "what do ya want for nothing?";
  mac_context mac = keyed(*state, jefe);
  for (size_t cut = 0; cut < sizeof text; cut++) {
    const byte_view prefix = {(const unsigned char *)text, cut};
    assert_mac(&mac, prefix, view_of(text + cut), jefe_mac);
  }
  mac_clear(&mac);
}

static void a_context_keeps_its_key_and_nothing_of_what_it_saw(void **state) {
  mac_context mac = keyed(*state, jefe);
  unsigned char other[MAC_BYTES];
  ss_error error;
  assert_mac(&mac, (byte_view){0}, view_of("what do ya want for nothing?"), jefe_mac);
  assert_ok(mac_compute(&mac, view_of("something"), view_of(" else"), other, &error), &error);
  assert_mac(&mac, (byte_view){0}, view_of("what do ya want for nothing?"), jefe_mac);
  mac_clear(&mac);
}

/* Computed with Python's hmac module. */
static void the_empty_text_has_a_mac(void **state) {
  mac_context mac = keyed(*state, jefe);
  assert_mac(&mac, (byte_view){0}, (byte_view){0},
             "923598ca6d64af2a5dba79dcd021a8a0fe5c5f557519adaaf0ad532d4506dd30");
  mac_clear(&mac);
}

static void macs_are_equal_only_if_every_bit_is(void **state) {
  unsigned char a[MAC_BYTES];
  unsigned char b[MAC_BYTES];
  memset(a, 0x5a, sizeof a);
  memset(b, 0x5a, sizeof b);
  assert_true(mac_equals(a, b, sizeof a));
  for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
    b[bit / 8] ^= (unsigned char)(1u << (bit % 8));
    assert_false(mac_equals(a, b, sizeof a));
    b[bit / 8] ^= (unsigned char)(1u << (bit % 8));
  }
  b[MAC_BYTES - 1] ^= 1;
  assert_true(mac_equals(a, b, MAC_BYTES - 1));
}

static void clearing_an_empty_context_does_nothing(void **state) {
  mac_context mac = {0};
  mac_clear(&mac);
  mac_clear(&mac);
  assert_null(mac.mac);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(macs_are_those_of_rfc_4231),
      cmocka_unit_test(prefix_and_data_count_as_one_text),
      cmocka_unit_test(a_context_keeps_its_key_and_nothing_of_what_it_saw),
      cmocka_unit_test(the_empty_text_has_a_mac),
      cmocka_unit_test(macs_are_equal_only_if_every_bit_is),
      cmocka_unit_test(clearing_an_empty_context_does_nothing),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
