/* Rows on their way in, field by field. */
#include "engine/transfer/import_row.h"

#include <stdio.h>
#include <string.h>

#include "support/support.h"

#define IV "AAAAAAAAAAAAAAAA"
#define DEK "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define TAG "AAAAAAAAAAAAAAAAAAAAAA"
#define SEALED(iv)                                                                \
  "\"keyVersion\":3,\"iv\":\"" iv "\",\"dekIv\":\"" IV "\",\"wrappedDEK\":\"" DEK \
  "\","                                                                           \
  "\"encryptedValue\":\"" TAG "\""
#define ROW(rest) "{\"name\":\"A\"," SEALED(IV) "," rest "}"

static const crypto_suite *suite(void) {
  static crypto_suite made;
  ss_error error;
  if (made.sha256 == NULL) assert_ok(crypto_suite_init(&made, &error), &error);
  return &made;
}

static int set_up(void **state) {
  *state = arena_new();
  return *state == NULL ? -1 : 0;
}

static int tear_down(void **state) {
  arena_free(*state);
  return 0;
}

static import_row read_row(arena *memory, import_format format, const char *line) {
  import_row row = {0};
  ss_error error;
  assert_ok(import_row_read(&row, suite(), format, text_view_of(line), memory, &error), &error);
  return row;
}

static void assert_refused(arena *memory, import_format format, const char *line, const char *why) {
  import_row row = {0};
  ss_error error;
  assert_fails(import_row_read(&row, suite(), format, text_view_of(line), memory, &error),
               SS_INVALID_ARGUMENT, &error);
  if (strstr(error.message, why) == NULL) fail_msg("%s: %s", line, error.message);
}

static void the_components_row_has_javascripts_numbers_and_an_object(void **state) {
  const import_row row =
      read_row(*state, IMPORT_COMPONENT,
               ROW("\"updatedAt\":1700000000000.0,\"_creationTime\":1690000000000.75,"
                   "\"metadata\":{\"a\": [1, 2]}"));
  assert_true(text_view_equals(row.name, text_view_of("A")));
  assert_null(row.namespace_name.data);
  assert_int_equal(row.key_version, 3);
  assert_int_equal(row.revision, 0);
  assert_int_equal(row.updated_at, 1700000000000);
  assert_int_equal(row.created_at, 1690000000000);
  assert_int_equal(row.expires_at, SS_NO_EXPIRY);
  assert_int_equal(row.wrapped_dek.length, WRAPPED_KEY_BYTES);
  assert_true(text_view_equals(row.metadata, text_view_of("{\"a\":[1,2]}")));
}

static void a_portable_row_has_its_revision_and_metadata_as_text(void **state) {
  const import_row row =
      read_row(*state, IMPORT_PORTABLE,
               ROW("\"namespace\":\"n\",\"revision\":7,\"createdAt\":1,\"updatedAt\":2,"
                   "\"expiresAt\":3,\"metadata\":\"{\\\"a\\\":1}\""));
  assert_true(text_view_equals(row.namespace_name, text_view_of("n")));
  assert_int_equal(row.revision, 7);
  assert_int_equal(row.created_at, 1);
  assert_int_equal(row.expires_at, 3);
  assert_true(text_view_equals(row.metadata, text_view_of("{\"a\":1}")));
}

static void a_row_without_its_creation_was_created_as_it_was_updated(void **state) {
  const import_row row = read_row(*state, IMPORT_COMPONENT, ROW("\"updatedAt\":5"));
  assert_int_equal(row.created_at, 5);
}

static void metadata_that_its_key_does_not_cover_to_the_byte_is_refused(void **state) {
  assert_refused(*state, IMPORT_PORTABLE,
                 ROW("\"revision\":1,\"updatedAt\":2,\"metadata\":\"{ \\\"a\\\":1}\""),
                 "metadata: expected compact JSON text");
  assert_refused(*state, IMPORT_PORTABLE,
                 ROW("\"revision\":1,\"updatedAt\":2,\"metadata\":{\"a\":1}"),
                 "metadata: expected JSON text in a string");
  assert_refused(*state, IMPORT_COMPONENT, ROW("\"updatedAt\":2,\"metadata\":\"{}\""),
                 "metadata: expected a JSON object");
}

static void numbers_out_of_range_or_broken_are_refused(void **state) {
  assert_refused(*state, IMPORT_PORTABLE, ROW("\"revision\":0,\"updatedAt\":2"),
                 "revision: expected a number from 1");
  assert_refused(*state, IMPORT_PORTABLE, ROW("\"revision\":1.5,\"updatedAt\":2"),
                 "revision: expected a whole number");
  assert_refused(*state, IMPORT_COMPONENT, ROW("\"updatedAt\":-1"), "updatedAt: expected a number");
  assert_refused(*state, IMPORT_COMPONENT, ROW("\"updatedAt\":\"1\""),
                 "updatedAt: expected a number");
  assert_refused(*state, IMPORT_COMPONENT, ROW("\"revision\":1"), "updatedAt: expected a number");
}

static void bytes_have_their_length(void **state) {
  assert_refused(*state, IMPORT_COMPONENT, "{\"name\":\"A\"," SEALED("AAAA") ",\"updatedAt\":1}",
                 "iv: expected unpadded base64url of 12 bytes");
  assert_refused(*state, IMPORT_COMPONENT, "{\"name\":\"A\"," SEALED("????????????????") "}",
                 "iv: expected unpadded base64url of 12 bytes");
}

static void a_refused_row_is_named_as_far_as_it_was_read(void **state) {
  import_row row = {0};
  ss_error error;
  assert_fails(
      import_row_read(&row, suite(), IMPORT_COMPONENT,
                      text_view_of("{\"name\":\"A\",\"namespace\":\"n\"}"), *state, &error),
      SS_INVALID_ARGUMENT, &error);
  assert_true(text_view_equals(row.name, text_view_of("A")));
  assert_true(text_view_equals(row.namespace_name, text_view_of("n")));
}

static void a_line_that_is_no_object_is_no_row(void **state) {
  static const char *const lines[] = {"", "[]", "1", "{", "{} {}"};
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    assert_refused(*state, IMPORT_COMPONENT, lines[i], "expected a JSON object in one line");
  }
}

#define WITH_MEMORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_MEMORY(the_components_row_has_javascripts_numbers_and_an_object),
      WITH_MEMORY(a_portable_row_has_its_revision_and_metadata_as_text),
      WITH_MEMORY(a_row_without_its_creation_was_created_as_it_was_updated),
      WITH_MEMORY(metadata_that_its_key_does_not_cover_to_the_byte_is_refused),
      WITH_MEMORY(numbers_out_of_range_or_broken_are_refused),
      WITH_MEMORY(bytes_have_their_length),
      WITH_MEMORY(a_refused_row_is_named_as_far_as_it_was_read),
      WITH_MEMORY(a_line_that_is_no_object_is_no_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
