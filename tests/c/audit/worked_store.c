/* Making the worked store. */
#include "worked_store.h"

#include <string.h>

#include "base/hex.h"

void worked_bytes(const char *hex, unsigned char bytes[MAC_BYTES]) {
  assert_true(hex_decode(text_view_of(hex), bytes, MAC_BYTES));
}

void assert_worked_(const unsigned char *bytes, const char *expected, const char *file, int line) {
  char text[2 * MAC_BYTES + 1];
  hex_encode(bytes, MAC_BYTES, text);
  _assert_string_equal(text, expected, file, line);
}

static void open_ring(worked_store *self) {
  keyring keys = {0};
  ss_error error;
  assert_ok(keyring_add_text(&keys, 1, text_view_of(WORKED_KEK), &error), &error);
  assert_ok(shared_keyring_new(&keys, &self->ring, &error), &error);
  keyring_clear(&keys);
}

int worked_store_set_up(void **state) {
  static worked_store made;
  ss_error error;
  made = (worked_store){0};
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  open_ring(&made);
  assert_ok(envelope_new(&made.suite, &made.ring->keys, &made.envelope, &error), &error);
  made.tools = (trust_tools){&made.suite, made.envelope, made.ring};
  made.root = (stored_root){.sequence = 1, .text = text_view_of(WORKED_ROOT)};
  worked_bytes(WORKED_ROOT_MAC, made.root.mac);
  assert_ok(trust_open(&made.tools, &made.root, &made.trust, &error), &error);
  signer_init(&made.signer, &made.suite);
  signer_bind(&made.signer, made.trust);
  *state = &made;
  return 0;
}

int worked_store_tear_down(void **state) {
  worked_store *made = *state;
  signer_clear(&made->signer);
  trust_release(made->trust);
  envelope_free(made->envelope);
  shared_keyring_release(made->ring);
  crypto_suite_clear(&made->suite);
  return 0;
}

text_view worked_namespace(void) { return text_view_of("acme:production"); }

static byte_view run_of(unsigned char *bytes, size_t length, unsigned char first) {
  for (size_t i = 0; i < length; i++) bytes[i] = (unsigned char)(first + i);
  return (byte_view){bytes, length};
}

byte_view worked_attempt(void) {
  static unsigned char attempt[STORAGE_ATTEMPT_BYTES];
  return run_of(attempt, sizeof attempt, 0x90);
}

secret_record worked_row(void) {
  static unsigned char iv[GCM_IV_BYTES];
  static unsigned char dek_iv[GCM_IV_BYTES];
  static unsigned char digest[SHA256_BYTES];
  static unsigned char wrapped[WRAPPED_KEY_BYTES];
  worked_bytes(WORKED_VALUE_DIGEST, digest);
  assert_true(hex_decode(text_view_of(WORKED_WRAPPED_DEK), wrapped, sizeof wrapped));
  return (secret_record){
      .id = 42,
      .name = text_view_of("DB_URL"),
      .format = STORAGE_SECRET_FORMAT,
      .revision = 3,
      .key_version = 1,
      .created_at = 1770000000000,
      .updated_at = 1770000000001,
      .expires_at = SS_NO_EXPIRY,
      .iv = run_of(iv, sizeof iv, 0x40),
      .value_digest = {digest, sizeof digest},
      .dek_iv = run_of(dek_iv, sizeof dek_iv, 0x50),
      .wrapped_dek = {wrapped, sizeof wrapped},
      .metadata = text_view_of("{\"owner\":\"a\"}"),
  };
}
