/* The envelope: its AADs to the byte, and what changing any bound field does. */
#include "crypto/envelope.h"

#include <stdio.h>
#include <string.h>

#include "base/expect_text.h"
#include "crypto/hex.h"
#include "support/support.h"

#define WORKED_DIGEST_HEX "55f9d41585ecb6cb002b242be41fb945765b44fbe6b3dd15af0a4787191cd1b0"

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
      .value_digest = hex(WORKED_DIGEST_HEX),
      .metadata = text_view_of("{\"owner\":\"a\"}"),
  };
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
      "[\"dek2\",\"00112233445566778899aabbccddeeff\",\"acme:production\",\"DB_URL\",1,42,3,"
      "1770000000000,1770000000001,1780000000000,\"" WORKED_DIGEST_HEX "\",{\"owner\":\"a\"}]");
  binding.namespace_name = (text_view){0};
  binding.expires_at = SS_NO_EXPIRY;
  binding.metadata = (text_view){0};
  envelope_append_dek_aad(&text, &binding);
  assert_text(&text,
              "[\"dek2\",\"00112233445566778899aabbccddeeff\",null,\"DB_URL\",1,42,3,"
              "1770000000000,1770000000001,null,\"" WORKED_DIGEST_HEX "\",null]");
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

/* ---- The worked example of docs/formats.md, computed with Node's crypto module --------------- */

#define WORKED_KEK "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define WORKED_DEK_HEX "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define WORKED_IV_HEX "404142434445464748494a4b"
#define WORKED_VALUE_HEX "b167def3630214c89609684073b9d86e1396c6c78a9e"
#define WORKED_DEK_IV_HEX "505152535455565758595a5b"
#define WORKED_WRAPPED_HEX                                           \
  "b2061457c0759fc1749f174ee1ccadfad31ecfd81644ac151cb0dae0cc7dab4b" \
  "1e9f144be332ebc9cb6ee96021843b96"
#define WORKED_COMPONENT_WRAPPED_HEX                                 \
  "b2061457c0759fc1749f174ee1ccadfad31ecfd81644ac151cb0dae0cc7dab4b" \
  "2c8764d1f4519552260321d57ad7e5c0"
#define WORKED_EPOCH_KEY_HEX "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
#define WORKED_EPOCH_IV_HEX "808182838485868788898a8b"
#define WORKED_EPOCH_WRAPPED_HEX                                     \
  "00c40c78257787f6f6e27f5b2a1ec44ad72fc78c7ec57b7d5584fab3ca81438b" \
  "2cf8eb139a4751283a6cc5c84665f3cd"

static int set_up_worked(void **state) {
  static fixture made;
  ss_error error;
  made = (fixture){0};
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  assert_ok(keyring_add_text(&made.ring, 1, text_view_of(WORKED_KEK), &error), &error);
  assert_ok(envelope_new(&made.suite, &made.ring, &made.envelope, &error), &error);
  *state = &made;
  return 0;
}

static dek dek_of(const char *text) {
  dek key;
  memcpy(key.bytes, hex(text).data, sizeof key.bytes);
  return key;
}

static wrapped_key with_iv(const char *text) {
  wrapped_key wrapped = {{0}, {0}};
  memcpy(wrapped.iv, hex(text).data, sizeof wrapped.iv);
  return wrapped;
}

static dek_binding worked_binding(void) {
  dek_binding binding = example();
  binding.expires_at = SS_NO_EXPIRY;
  return binding;
}

static void the_worked_value_is_as_documented(void **state) {
  fixture *with = *state;
  const dek key = dek_of(WORKED_DEK_HEX);
  const byte_view value = {(const unsigned char *)"s3cr3t", 6};
  const text_view ns = text_view_of("acme:production");
  const text_view name = text_view_of("DB_URL");
  unsigned char sealed[6 + GCM_TAG_BYTES];
  unsigned char opened[6];
  ss_error error;
  assert_ok(envelope_seal_value(with->envelope, &key, hex(WORKED_IV_HEX).data, ns, name, value,
                                sealed, &error),
            &error);
  assert_hex(sealed, sizeof sealed, WORKED_VALUE_HEX);
  assert_ok(envelope_open_value(with->envelope, &key, hex(WORKED_IV_HEX), ns, name,
                                hex(WORKED_VALUE_HEX), opened, &error),
            &error);
  assert_memory_equal(opened, "s3cr3t", sizeof opened);
}

static void the_worked_wrap_is_as_documented(void **state) {
  fixture *with = *state;
  const dek key = dek_of(WORKED_DEK_HEX);
  const dek_binding binding = worked_binding();
  wrapped_key wrapped = with_iv(WORKED_DEK_IV_HEX);
  dek unwrapped;
  ss_error error;
  assert_ok(envelope_wrap_dek(with->envelope, &binding, &key, &wrapped, &error), &error);
  assert_hex(wrapped.bytes, sizeof wrapped.bytes, WORKED_WRAPPED_HEX);
  assert_ok(envelope_unwrap_dek(with->envelope, &binding, hex(WORKED_DEK_IV_HEX),
                                hex(WORKED_WRAPPED_HEX), &unwrapped, &error),
            &error);
  assert_hex(unwrapped.bytes, sizeof unwrapped.bytes, WORKED_DEK_HEX);
}

static void the_worked_epoch_key_is_as_documented(void **state) {
  fixture *with = *state;
  const dek key = dek_of(WORKED_EPOCH_KEY_HEX);
  const text_view store_id = example().store_id;
  wrapped_key wrapped = with_iv(WORKED_EPOCH_IV_HEX);
  dek unwrapped;
  ss_error error;
  assert_ok(envelope_wrap_epoch_key(with->envelope, store_id, 1, 1, &key, &wrapped, &error),
            &error);
  assert_hex(wrapped.bytes, sizeof wrapped.bytes, WORKED_EPOCH_WRAPPED_HEX);
  assert_ok(envelope_unwrap_epoch_key(with->envelope, store_id, 1, 1, hex(WORKED_EPOCH_IV_HEX),
                                      hex(WORKED_EPOCH_WRAPPED_HEX), &unwrapped, &error),
            &error);
  assert_hex(unwrapped.bytes, sizeof unwrapped.bytes, WORKED_EPOCH_KEY_HEX);
}

/* ---- Wraps of other kinds ------------------------------------------------------------------ */

/* What a failed unwrap leaves in key is checked, too. */
static ss_status unwrap_component(fixture *with, text_view ns, text_view name, int64_t version,
                                  byte_view iv, byte_view wrapped) {
  dek key;
  static const dek nothing = {{0}};
  const dek expected = dek_of(WORKED_DEK_HEX);
  ss_error error;
  memset(&key, 0xaa, sizeof key);
  const ss_status status =
      envelope_unwrap_component_dek(with->envelope, ns, name, version, iv, wrapped, &key, &error);
  assert_memory_equal(&key, status == SS_OK ? &expected : &nothing, sizeof key);
  return status;
}

static void a_components_dek_is_bound_to_its_names_and_version(void **state) {
  const text_view ns = text_view_of("acme:production");
  const text_view name = text_view_of("DB_URL");
  const byte_view iv = hex(WORKED_DEK_IV_HEX);
  const byte_view wrapped = hex(WORKED_COMPONENT_WRAPPED_HEX);
  const byte_view ours = hex(WORKED_WRAPPED_HEX);
  const byte_view short_iv = {iv.data, iv.length - 1};
  const byte_view short_wrap = {wrapped.data, wrapped.length - 1};
  const ss_status refused = SS_DECRYPTION_FAILED;
  assert_int_equal(unwrap_component(*state, ns, name, 1, iv, wrapped), SS_OK);
  assert_int_equal(unwrap_component(*state, (text_view){0}, name, 1, iv, wrapped), refused);
  assert_int_equal(unwrap_component(*state, text_view_of("acme"), name, 1, iv, wrapped), refused);
  assert_int_equal(unwrap_component(*state, ns, text_view_of("DB"), 1, iv, wrapped), refused);
  assert_int_equal(unwrap_component(*state, ns, name, 1, iv, ours), refused);
  assert_int_equal(unwrap_component(*state, ns, name, 1, short_iv, wrapped), refused);
  assert_int_equal(unwrap_component(*state, ns, name, 1, iv, short_wrap), refused);
  assert_int_equal(unwrap_component(*state, ns, name, 2, iv, wrapped), SS_KEY_VERSION_UNAVAILABLE);
}

static void an_audit_key_is_bound_to_store_epoch_and_version(void **state) {
  fixture *with = *state;
  const dek key = {{5, 6, 7}};
  const text_view store_id = example().store_id;
  const text_view other_store = text_view_of("ff112233445566778899aabbccddeeff");
  wrapped_key wrapped = {{1}, {0}};
  dek unwrapped;
  ss_error error;
  assert_ok(envelope_wrap_epoch_key(with->envelope, store_id, 3, 1, &key, &wrapped, &error),
            &error);
  const byte_view iv = {wrapped.iv, sizeof wrapped.iv};
  const byte_view bytes = {wrapped.bytes, sizeof wrapped.bytes};
  assert_ok(
      envelope_unwrap_epoch_key(with->envelope, store_id, 3, 1, iv, bytes, &unwrapped, &error),
      &error);
  assert_memory_equal(&unwrapped, &key, sizeof key);
  const struct {
    text_view store_id;
    int64_t epoch, version;
    ss_status status;
  } others[] = {{other_store, 3, 1, SS_DECRYPTION_FAILED},
                {store_id, 4, 1, SS_DECRYPTION_FAILED},
                {store_id, 3, 2, SS_DECRYPTION_FAILED},
                {store_id, 3, 9, SS_KEY_VERSION_UNAVAILABLE}};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    static const dek nothing = {{0}};
    assert_fails(envelope_unwrap_epoch_key(with->envelope, others[i].store_id, others[i].epoch,
                                           others[i].version, iv, bytes, &unwrapped, &error),
                 others[i].status, &error);
    assert_memory_equal(&unwrapped, &nothing, sizeof unwrapped);
  }
}

/* ---- Corners ------------------------------------------------------------------------------- */

static void wrapping_under_a_key_that_is_not_there_is_unavailable(void **state) {
  fixture *with = *state;
  dek_binding binding = example();
  wrapped_key wrapped = {{0}, {0}};
  ss_error error;
  binding.key_version = 3;
  assert_fails(envelope_wrap_dek(with->envelope, &binding, &test_dek, &wrapped, &error),
               SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_string_equal(error.message, "key version 3 is not among the configured keys");
}

static void each_version_wraps_under_its_own_key(void **state) {
  fixture *with = *state;
  for (int round = 0; round < 2; round++) { /* the second finds both ciphers keyed */
    for (int64_t version = 1; version <= 2; version++) {
      dek_binding binding = example();
      wrapped_key wrapped = {.iv = {9, 8, 7}};
      ss_error error;
      binding.key_version = version;
      assert_ok(envelope_wrap_dek(with->envelope, &binding, &test_dek, &wrapped, &error), &error);
      assert_int_equal(unwrap(with, &binding, &wrapped), SS_OK);
    }
  }
}

/* Quotes and commas of a name cannot imitate the fields around it. */
static void names_that_look_like_fields_stay_names(void **state) {
  fixture *with = *state;
  static const unsigned char iv[GCM_IV_BYTES] = {1};
  const byte_view iv_view = {iv, sizeof iv};
  const byte_view value = {(const unsigned char *)"x", 1};
  unsigned char sealed[1 + GCM_TAG_BYTES];
  unsigned char opened[1];
  ss_error error;
  assert_ok(envelope_seal_value(with->envelope, &test_dek, iv, text_view_of("a\",\"b"),
                                text_view_of("c"), value, sealed, &error),
            &error);
  const byte_view ciphertext = {sealed, sizeof sealed};
  assert_fails(envelope_open_value(with->envelope, &test_dek, iv_view, text_view_of("a"),
                                   text_view_of("b\",\"c"), ciphertext, opened, &error),
               SS_DECRYPTION_FAILED, &error);
  assert_ok(envelope_seal_value(with->envelope, &test_dek, iv, text_view_of("null"),
                                text_view_of("c"), value, sealed, &error),
            &error);
  assert_fails(envelope_open_value(with->envelope, &test_dek, iv_view, (text_view){0},
                                   text_view_of("c"), ciphertext, opened, &error),
               SS_DECRYPTION_FAILED, &error);
}

static void an_empty_value_is_authenticated_too(void **state) {
  fixture *with = *state;
  static const unsigned char iv[GCM_IV_BYTES] = {1};
  const byte_view iv_view = {iv, sizeof iv};
  const text_view name = text_view_of("A");
  unsigned char sealed[GCM_TAG_BYTES];
  unsigned char opened[1] = {0x5a};
  ss_error error;
  assert_ok(envelope_seal_value(with->envelope, &test_dek, iv, (text_view){0}, name, (byte_view){0},
                                sealed, &error),
            &error);
  assert_ok(envelope_open_value(with->envelope, &test_dek, iv_view, (text_view){0}, name,
                                (byte_view){sealed, sizeof sealed}, opened, &error),
            &error);
  sealed[3] ^= 1;
  assert_fails(envelope_open_value(with->envelope, &test_dek, iv_view, (text_view){0}, name,
                                   (byte_view){sealed, sizeof sealed}, opened, &error),
               SS_DECRYPTION_FAILED, &error);
  assert_int_equal(opened[0], 0x5a);
}

static void a_value_with_an_iv_of_another_length_is_refused_and_wiped(void **state) {
  fixture *with = *state;
  const unsigned char sealed[6 + GCM_TAG_BYTES] = {0};
  const unsigned char iv[GCM_IV_BYTES + 4] = {0};
  ss_error error;
  for (size_t length = 0; length <= sizeof iv; length++) {
    unsigned char opened[6];
    static const unsigned char wiped[6] = {0};
    if (length == GCM_IV_BYTES) continue;
    memset(opened, 0xaa, sizeof opened);
    assert_fails(
        envelope_open_value(with->envelope, &test_dek, (byte_view){iv, length}, (text_view){0},
                            text_view_of("A"), (byte_view){sealed, sizeof sealed}, opened, &error),
        SS_DECRYPTION_FAILED, &error);
    assert_memory_equal(opened, wiped, sizeof opened);
  }
}

static void a_value_shorter_than_its_tag_is_refused(void **state) {
  fixture *with = *state;
  const unsigned char sealed[GCM_TAG_BYTES] = {0};
  const unsigned char iv[GCM_IV_BYTES] = {0};
  ss_error error;
  for (size_t length = 0; length < sizeof sealed; length++) {
    unsigned char opened[1] = {0x5a};
    assert_fails(
        envelope_open_value(with->envelope, &test_dek, (byte_view){iv, sizeof iv}, (text_view){0},
                            text_view_of("A"), (byte_view){sealed, length}, opened, &error),
        SS_DECRYPTION_FAILED, &error);
    assert_fails(
        envelope_open_value(with->envelope, &test_dek, (byte_view){iv, 1}, (text_view){0},
                            text_view_of("A"), (byte_view){sealed, length}, opened, &error),
        SS_DECRYPTION_FAILED, &error);
    assert_int_equal(opened[0], 0x5a);
  }
}

static void a_failed_unwrap_wipes_what_was_in_the_key(void **state) {
  fixture *with = *state;
  const wrapped_key wrapped = wrap_example(with);
  const dek_binding binding = example();
  const byte_view iv = {wrapped.iv, sizeof wrapped.iv};
  const byte_view bytes = {wrapped.bytes, sizeof wrapped.bytes};
  const struct {
    byte_view iv, bytes;
    int64_t version;
  } faults[] = {{{iv.data, iv.length - 1}, bytes, 1},
                {iv, {bytes.data, bytes.length - 1}, 1},
                {iv, {0}, 1},
                {iv, bytes, 2},
                {iv, bytes, 3}};
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    static const dek nothing = {{0}};
    dek_binding changed = binding;
    dek key;
    ss_error error;
    changed.key_version = faults[i].version;
    memset(&key, 0xaa, sizeof key);
    assert_int_not_equal(
        envelope_unwrap_dek(with->envelope, &changed, faults[i].iv, faults[i].bytes, &key, &error),
        SS_OK);
    assert_memory_equal(&key, &nothing, sizeof key);
  }
}

static void messages_name_the_secret_and_stay_bounded(void **state) {
  fixture *with = *state;
  char name[SS_MAX_NAME_BYTES + 1];
  char expected[300];
  const wrapped_key wrapped = wrap_example(with);
  dek_binding binding = example();
  dek key;
  ss_error error;
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  binding.name = text_view_of(name);
  assert_fails(
      envelope_unwrap_dek(with->envelope, &binding, (byte_view){wrapped.iv, sizeof wrapped.iv},
                          (byte_view){wrapped.bytes, sizeof wrapped.bytes}, &key, &error),
      SS_DECRYPTION_FAILED, &error);
  (void)snprintf(expected, sizeof expected,
                 "secret \"%.80s\": its row does not authenticate under its key; it was changed, "
                 "moved or damaged",
                 name);
  assert_string_equal(error.message, expected);
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
      cmocka_unit_test_setup_teardown(the_worked_value_is_as_documented, set_up_worked, tear_down),
      cmocka_unit_test_setup_teardown(the_worked_wrap_is_as_documented, set_up_worked, tear_down),
      cmocka_unit_test_setup_teardown(the_worked_epoch_key_is_as_documented, set_up_worked,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_components_dek_is_bound_to_its_names_and_version,
                                      set_up_worked, tear_down),
      cmocka_unit_test(an_audit_key_is_bound_to_store_epoch_and_version),
      cmocka_unit_test(wrapping_under_a_key_that_is_not_there_is_unavailable),
      cmocka_unit_test(each_version_wraps_under_its_own_key),
      cmocka_unit_test(names_that_look_like_fields_stay_names),
      cmocka_unit_test(an_empty_value_is_authenticated_too),
      cmocka_unit_test(a_value_with_an_iv_of_another_length_is_refused_and_wiped),
      cmocka_unit_test(a_value_shorter_than_its_tag_is_refused),
      cmocka_unit_test(a_failed_unwrap_wipes_what_was_in_the_key),
      cmocka_unit_test(messages_name_the_secret_and_stay_bounded),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
