/* Rows that the npm package convex-secret-store 0.2.0 wrote: each opens through our envelope, with
 * the component's DEK AAD and the value AAD that we share with it. */
#include <jansson.h>
#include <stdlib.h>

#include "base/base64.h"
#include "crypto/envelope.h"
#include "support/support.h"

static json_t *load_vectors(void) {
  json_error_t error;
  json_t *document =
      json_load_file(SECRETSTORE_SOURCE_DIR "/tests/vectors/convex-secret-store-0.2.0.json",
                     JSON_ALLOW_NUL, &error);
  if (document == NULL) fail_msg("vectors: %s", error.text);
  return document;
}

static keyring ring_of(const json_t *document) {
  keyring ring = {0};
  const char *version;
  json_t *key;
  ss_error error;
  json_object_foreach(json_object_get(document, "keys"), version, key) {
    assert_ok(keyring_add_text(&ring, strtoll(version, NULL, 10),
                               text_view_of(json_string_value(key)), &error),
              &error);
  }
  return ring;
}

static text_view text_field(const json_t *row, const char *name) {
  const json_t *field = json_object_get(row, name);
  return (text_view){json_string_value(field), json_string_length(field)};
}

static byte_buffer bytes_field(const json_t *row, const char *name) {
  byte_buffer decoded = {0};
  assert_true(base64_decode(BASE64_URL, text_field(row, name), &decoded));
  return decoded;
}

/* Opens a row; namespace_name may differ from the row's, to see it fail. */
static ss_status open_row(envelope *opener, const json_t *row, text_view namespace_name,
                          byte_buffer *value) {
  byte_buffer iv ON_SCOPE_EXIT(buffer_clear) = bytes_field(row, "iv");
  byte_buffer dek_iv ON_SCOPE_EXIT(buffer_clear) = bytes_field(row, "dekIv");
  byte_buffer wrapped ON_SCOPE_EXIT(buffer_clear) = bytes_field(row, "wrappedDEK");
  byte_buffer sealed ON_SCOPE_EXIT(buffer_clear) = bytes_field(row, "encryptedValue");
  const text_view name = text_field(row, "name");
  const int64_t version = json_integer_value(json_object_get(row, "keyVersion"));
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  ss_error error;
  GUARD(envelope_unwrap_component_dek(opener, namespace_name, name, version, buffer_view(&dek_iv),
                                      buffer_view(&wrapped), &key, &error));
  unsigned char *output = buffer_extend(value, sealed.length - GCM_TAG_BYTES);
  return envelope_open_value(opener, &key, buffer_view(&iv), namespace_name, name,
                             buffer_view(&sealed), output, &error);
}

static void every_row_of_the_component_opens(void **state) {
  json_t *document = load_vectors();
  const json_t *rows = json_object_get(document, "rows");
  crypto_suite suite;
  keyring ring = ring_of(document);
  envelope *opener = NULL;
  ss_error error;
  assert_ok(crypto_suite_init(&suite, &error), &error);
  assert_ok(envelope_new(&suite, &ring, &opener, &error), &error);
  assert_int_equal(json_array_size(rows), 14);
  for (size_t i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const text_view plaintext = text_field(row, "plaintext");
    byte_buffer value = {0};
    assert_ok(open_row(opener, row, text_field(row, "namespace"), &value), &error);
    assert_int_equal(value.length, plaintext.length);
    if (plaintext.length > 0) assert_memory_equal(value.data, plaintext.data, plaintext.length);
    buffer_clear(&value);
    assert_int_equal(open_row(opener, row, text_view_of("elsewhere"), &value),
                     SS_DECRYPTION_FAILED);
    buffer_clear(&value);
  }
  envelope_free(opener);
  keyring_clear(&ring);
  crypto_suite_clear(&suite);
  json_decref(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_row_of_the_component_opens)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
