/* Rows that the npm package convex-secret-store 0.2.0 wrote: each opens through our envelope, with
 * the component's DEK AAD and the value AAD that we share with it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/expect_text.h"
#include "base/text.h"
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

typedef struct fixture {
  json_t *document;
  crypto_suite suite;
  keyring ring;
  envelope *opener;
} fixture;

static int set_up(void **state) {
  static fixture made;
  ss_error error;
  made = (fixture){.document = load_vectors()};
  made.ring = ring_of(made.document);
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  assert_ok(envelope_new(&made.suite, &made.ring, &made.opener, &error), &error);
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  envelope_free(made->opener);
  keyring_clear(&made->ring);
  crypto_suite_clear(&made->suite);
  json_decref(made->document);
  return 0;
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
  const fixture *with = *state;
  const json_t *rows = json_object_get(with->document, "rows");
  assert_int_equal(json_array_size(rows), 14);
  for (size_t i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const text_view plaintext = text_field(row, "plaintext");
    byte_buffer value = {0};
    assert_int_equal(open_row(with->opener, row, text_field(row, "namespace"), &value), SS_OK);
    assert_int_equal(value.length, plaintext.length);
    if (plaintext.length > 0) assert_memory_equal(value.data, plaintext.data, plaintext.length);
    buffer_clear(&value);
    assert_int_equal(open_row(with->opener, row, text_view_of("elsewhere"), &value),
                     SS_DECRYPTION_FAILED);
    buffer_clear(&value);
  }
}

/* What JSON.stringify gives for ["value", namespace ?? null, name] and
 * ["dek", namespace ?? null, name, keyVersion], in the order of the rows. The row of the longest
 * names is checked apart. */
static const char *const expected_aads[][2] = {
    {"[\"value\",null,\"openai\"]", "[\"dek\",null,\"openai\",0]"},
    {"[\"value\",\"acme:production\",\"stripe\"]", "[\"dek\",\"acme:production\",\"stripe\",1]"},
    {"[\"value\",\"acme:testing\",\"empty-value\"]",
     "[\"dek\",\"acme:testing\",\"empty-value\",2]"},
    {"[\"value\",\"acme:production\",\"quote\\\"and\\\\backslash\"]",
     "[\"dek\",\"acme:production\",\"quote\\\"and\\\\backslash\",7]"},
    {"[\"value\",\"tab\\tnewline\\ncr\\rff\\fbs\\b\",\"ctl\\u0001\\u001f\x7f\"]",
     "[\"dek\",\"tab\\tnewline\\ncr\\rff\\fbs\\b\",\"ctl\\u0001\\u001f\x7f\",20260310]"},
    {"[\"value\",\"na\u00efve/"
     "\u00fcn\u00efcode\",\"\u043a\u043b\u044e\u0447-\u79d8\u5bc6-\U0001F511\"]",
     "[\"dek\",\"na\u00efve/"
     "\u00fcn\u00efcode\",\"\u043a\u043b\u044e\u0447-\u79d8\u5bc6-\U0001F511\",0]"},
    {"[\"value\",\"line\u2028sep\u2029\",\"slash/and</script>\"]",
     "[\"dek\",\"line\u2028sep\u2029\",\"slash/and</script>\",1]"},
    {"[\"value\",\"null\",\"null\"]", "[\"dek\",\"null\",\"null\",2]"},
    {"[\"value\",null,\"null\"]", "[\"dek\",null,\"null\",7]"},
    {"[\"value\",\"ns\",\"embedded\\u0000nul-in-name\"]",
     "[\"dek\",\"ns\",\"embedded\\u0000nul-in-name\",20260310]"},
    {NULL, NULL},
    {"[\"value\",\"acme:production\",\"pem\"]", "[\"dek\",\"acme:production\",\"pem\",1]"},
    {"[\"value\",\"acme:production\",\"64k\"]", "[\"dek\",\"acme:production\",\"64k\",2]"},
    {"[\"value\",\"['value',null]\",\"[\\\"dek\\\",null,\\\"x\\\",1]\"]",
     "[\"dek\",\"['value',null]\",\"[\\\"dek\\\",null,\\\"x\\\",1]\",7]"},
};
enum { LONGEST_NAMES_ROW = 10 };

static void aads_are_what_json_stringify_gives(void **state) {
  const fixture *with = *state;
  const json_t *rows = json_object_get(with->document, "rows");
  assert_int_equal(json_array_size(rows), sizeof expected_aads / sizeof expected_aads[0]);
  for (size_t i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const text_view ns = text_field(row, "namespace");
    const text_view name = text_field(row, "name");
    byte_buffer aad = {0};
    if (i == LONGEST_NAMES_ROW) continue;
    envelope_append_value_aad(&aad, ns, name);
    assert_text(&aad, expected_aads[i][0]);
    envelope_append_component_dek_aad(&aad, ns, name,
                                      json_integer_value(json_object_get(row, "keyVersion")));
    assert_text(&aad, expected_aads[i][1]);
  }
}

static void the_longest_names_stand_whole_in_the_aads(void **state) {
  const fixture *with = *state;
  const json_t *row = json_array_get(json_object_get(with->document, "rows"), LONGEST_NAMES_ROW);
  const text_view ns = text_field(row, "namespace");
  const text_view name = text_field(row, "name");
  char expected[2048];
  byte_buffer aad = {0};
  assert_int_equal(strspn(ns.data, "a"), ns.length);
  assert_int_equal(strspn(name.data, "n"), name.length);
  assert_true(ns.length >= 200 && name.length >= 200);
  (void)snprintf(expected, sizeof expected, "[\"value\",\"%s\",\"%s\"]", ns.data, name.data);
  envelope_append_value_aad(&aad, ns, name);
  assert_text(&aad, expected);
  (void)snprintf(expected, sizeof expected, "[\"dek\",\"%s\",\"%s\",0]", ns.data, name.data);
  envelope_append_component_dek_aad(&aad, ns, name, 0);
  assert_text(&aad, expected);
}

/* Both kinds are there, and both opened above: import refuses names, not ciphertexts. */
static void rows_that_are_not_importable_are_among_them(void **state) {
  const fixture *with = *state;
  const json_t *rows = json_object_get(with->document, "rows");
  size_t importable = 0;
  for (size_t i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    ss_error error;
    const bool is_importable = json_is_true(json_object_get(row, "importable"));
    const text_view ns = text_field(row, "namespace");
    const bool is_acceptable =
        (ns.data == NULL || text_check_name("namespace", ns, &error) == SS_OK) &&
        text_check_name("name", text_field(row, "name"), &error) == SS_OK;
    assert_int_equal(is_acceptable, is_importable);
    importable += is_importable;
  }
  assert_int_equal(importable, 12);
}

static void a_row_does_not_open_as_another(void **state) {
  const fixture *with = *state;
  const json_t *rows = json_object_get(with->document, "rows");
  for (size_t i = 0; i < json_array_size(rows); i++) {
    const json_t *other = json_array_get(rows, (i + 1) % json_array_size(rows));
    json_t *moved = json_copy(json_array_get(rows, i));
    byte_buffer value = {0};
    assert_int_equal(json_object_set(moved, "name", json_object_get(other, "name")), 0);
    assert_int_equal(open_row(with->opener, moved, text_field(other, "namespace"), &value),
                     SS_DECRYPTION_FAILED);
    buffer_clear(&value);
    json_decref(moved);
  }
}

static void a_row_under_another_key_version_does_not_open(void **state) {
  const fixture *with = *state;
  const json_t *rows = json_object_get(with->document, "rows");
  for (size_t i = 0; i < json_array_size(rows); i++) {
    json_t *moved = json_copy(json_array_get(rows, i));
    const bool is_seven = json_integer_value(json_object_get(moved, "keyVersion")) == 7;
    byte_buffer value = {0};
    assert_int_equal(json_object_set_new(moved, "keyVersion", json_integer(is_seven ? 1 : 7)), 0);
    assert_int_equal(open_row(with->opener, moved, text_field(moved, "namespace"), &value),
                     SS_DECRYPTION_FAILED);
    assert_int_equal(json_object_set_new(moved, "keyVersion", json_integer(3)), 0);
    assert_int_equal(open_row(with->opener, moved, text_field(moved, "namespace"), &value),
                     SS_KEY_VERSION_UNAVAILABLE);
    buffer_clear(&value);
    json_decref(moved);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_of_the_component_opens),
      cmocka_unit_test(aads_are_what_json_stringify_gives),
      cmocka_unit_test(the_longest_names_stand_whole_in_the_aads),
      cmocka_unit_test(rows_that_are_not_importable_are_among_them),
      cmocka_unit_test(a_row_does_not_open_as_another),
      cmocka_unit_test(a_row_under_another_key_version_does_not_open),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
