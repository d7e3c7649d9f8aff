/* The worked audit event of docs/formats.md: canonical texts, row digest, MAC and head check,
 * computed with Node's crypto module. */
#include "audit/chain.h"

#include <string.h>

#include "base/expect_text.h"

#define STORE_ID "00112233445566778899aabbccddeeff"
#define ROW_DIGEST_HEX "7b98af6c37254465b5e931eeb34d975748f2043fca78d97058c0758bf5d7f4cc"
#define EVENT_MAC_HEX "4cd9305507ace8f1daa6844a60afc87aa011b1b5800cffdcd272e54c52ff81a4"
#define HEAD_CHECK_HEX "0d2cdddf540b02d40360536703c8681c985dfa81251090f382b1678e2bd34771"

typedef struct fixture {
  crypto_suite suite;
  chain_signer signer;
} fixture;

/* The audit key 0x60 ... 0x7f, without a store around it. */
static int set_up(void **state) {
  static fixture made;
  unsigned char key[MAC_KEY_BYTES];
  ss_error error;
  made = (fixture){0};
  for (size_t i = 0; i < sizeof key; i++) key[i] = (unsigned char)(0x60 + i);
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  chain_signer_init(&made.signer, &made.suite, NULL, text_view_of(STORE_ID));
  assert_ok(mac_init(&made.signer.mac, &made.suite, key, &error), &error);
  made.signer.keyed_epoch = 1;
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  chain_signer_clear(&made->signer);
  crypto_suite_clear(&made->suite);
  return 0;
}

static void fill(unsigned char *bytes, size_t length, unsigned char first) {
  for (size_t i = 0; i < length; i++) bytes[i] = (unsigned char)(first + i);
}

/* Views into static bytes. */
static secret_record worked_row(void) {
  static unsigned char iv[STORAGE_IV_BYTES];
  static unsigned char dek_iv[STORAGE_IV_BYTES];
  static const unsigned char wrapped[STORAGE_WRAPPED_KEY_BYTES] = {
      0xb2, 0x06, 0x14, 0x57, 0xc0, 0x75, 0x9f, 0xc1, 0x74, 0x9f, 0x17, 0x4e,
      0xe1, 0xcc, 0xad, 0xfa, 0xd3, 0x1e, 0xcf, 0xd8, 0x16, 0x44, 0xac, 0x15,
      0x1c, 0xb0, 0xda, 0xe0, 0xcc, 0x7d, 0xab, 0x4b, 0x9b, 0xd8, 0x06, 0xb6,
      0x11, 0xec, 0xf9, 0xb9, 0xf6, 0xf1, 0x9f, 0x37, 0xd2, 0x18, 0xd5, 0x79};
  fill(iv, sizeof iv, 0x40);
  fill(dek_iv, sizeof dek_iv, 0x50);
  return (secret_record){
      .id = 42,
      .format = STORAGE_SECRET_FORMAT,
      .revision = 3,
      .key_version = 1,
      .created_at = 1770000000000,
      .updated_at = 1770000000001,
      .expires_at = SS_NO_EXPIRY,
      .iv = {iv, sizeof iv},
      .dek_iv = {dek_iv, sizeof dek_iv},
      .wrapped_dek = {wrapped, sizeof wrapped},
      .metadata = text_view_of("{\"owner\":\"a\"}"),
  };
}

static event_record worked_event(byte_view row_digest) {
  return (event_record){
      .sequence = 1,
      .type = SS_EVENT_CREATED,
      .secret_id = 42,
      .name = text_view_of("DB_URL"),
      .actor = text_view_of("ops"),
      .created_at = 1770000000001,
      .epoch = 1,
      .row_digest = row_digest,
  };
}

static void assert_hex_text(const unsigned char *bytes, const char *expected) {
  byte_buffer text = {0};
  buffer_append_hex(&text, bytes, MAC_BYTES);
  assert_text(&text, expected);
}

static void digest_mac_and_head_check_are_as_documented(void **state) {
  fixture *with = *state;
  const text_view ns = text_view_of("acme:production");
  const secret_record row = worked_row();
  static const unsigned char zero[MAC_BYTES] = {0};
  unsigned char digest[SHA256_BYTES];
  unsigned char mac[MAC_BYTES];
  byte_buffer text = {0};
  ss_error error;

  chain_append_canonical_row(&text, &row);
  assert_text(&text,
              "[\"row1\",42,1,3,1,1770000000000,1770000000001,null,\"404142434445464748494a4b\","
              "\"505152535455565758595a5b\",\"b2061457c0759fc1749f174ee1ccadfad31ecfd81644ac151cb0"
              "dae0cc7dab4b9bd806b611ecf9b9f6f19f37d218d579\",{\"owner\":\"a\"}]");
  assert_ok(chain_row_digest(&with->signer, &row, digest, &error), &error);
  assert_hex_text(digest, ROW_DIGEST_HEX);

  const event_record event = worked_event((byte_view){digest, sizeof digest});
  chain_append_canonical_event(&text, text_view_of(STORE_ID), ns, &event);
  assert_text(
      &text,
      "[\"event1\",\"" STORE_ID
      "\",\"acme:production\",1,\"created\",42,\"DB_URL\",\"ops\",1770000000001,1,\"" ROW_DIGEST_HEX
      "\",null]");
  assert_ok(chain_event_mac(&with->signer, ns, zero, &event, mac, &error), &error);
  assert_hex_text(mac, EVENT_MAC_HEX);

  namespace_record head = {
      .secret_count = 1, .head_sequence = 1, .head_epoch = 1, .last_event_at = 1770000000001};
  memcpy(head.head_mac, mac, sizeof mac);
  chain_append_canonical_head(&text, text_view_of(STORE_ID), ns, &head);
  assert_text(&text, "[\"head1\",\"" STORE_ID "\",\"acme:production\",1,\"" EVENT_MAC_HEX
                     "\",1,1770000000001,1]");
  assert_ok(chain_seal_head(&with->signer, ns, &head, &error), &error);
  assert_hex_text(head.head_check, HEAD_CHECK_HEX);
}

static void absent_fields_of_an_event_are_null(void **state) {
  event_record event = worked_event((byte_view){0});
  byte_buffer text = {0};
  event.type = SS_EVENT_DELETED;
  event.actor = (text_view){0};
  event.detail = text_view_of("{\"deletedReason\":\"explicit_remove\"}");
  chain_append_canonical_event(&text, text_view_of(STORE_ID), (text_view){0}, &event);
  assert_text(&text, "[\"event1\",\"" STORE_ID
                     "\",null,1,\"deleted\",42,\"DB_URL\",null,1770000000001,1,null,"
                     "{\"deletedReason\":\"explicit_remove\"}]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digest_mac_and_head_check_are_as_documented),
      cmocka_unit_test(absent_fields_of_an_event_are_null),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
