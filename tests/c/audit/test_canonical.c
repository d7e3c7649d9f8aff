/* The canonical texts of docs/formats.md, to the byte. */
#include "audit/canonical.h"

#include <string.h>

#include "base/expect_text.h"
#include "worked_store.h"

static void a_rows_text_is_as_documented(void **state) {
  byte_buffer text = {0};
  const secret_record row = worked_row();
  canonical_row(&text, worked_namespace(), &row);
  assert_text(&text, WORKED_ROW);
}

static void absent_names_and_metadata_are_null(void **state) {
  byte_buffer text = {0};
  secret_record row = worked_row();
  row.metadata = (text_view){0};
  row.expires_at = 7;
  canonical_row(&text, (text_view){0}, &row);
  buffer_append(&text, "", 1);
  assert_non_null(strstr((const char *)text.data, "[\"row2\",null,\"DB_URL\",42,"));
  assert_non_null(strstr((const char *)text.data, ",7,\"4041"));
  assert_non_null(strstr((const char *)text.data, "\",null]"));
  buffer_clear(&text);
}

static void a_namespaces_own_event_has_no_secret(void **state) {
  byte_buffer text = {0};
  const event_record event = {
      .sequence = 9,
      .type = SS_EVENT_PRUNED,
      .detail = text_view_of("{\"upTo\":8}"),
      .created_at = 5,
      .epoch = 2,
      .attempt = worked_attempt(),
  };
  canonical_event(&text, text_view_of("id"), (text_view){0}, &event);
  assert_text(&text,
              "[\"event2\",\"id\",null,9,\"pruned\",null,null,null,null,5,2,"
              "\"909192939495969798999a9b9c9d9e9f\",null,null,{\"upTo\":8}]");
}

static void what_a_store_event_says_is_as_documented(void **state) {
  byte_buffer text = {0};
  const store_event_record event = {
      .sequence = 1,
      .type = SS_EVENT_STORE_CREATED,
      .created_at = 1770000000000,
      .epoch = 1,
      .attempt = worked_attempt(),
  };
  canonical_store_event(&text, text_view_of(WORKED_STORE_ID), &event);
  assert_text(&text, WORKED_STORE_EVENT);
}

static void terms_are_of_their_table_and_times(void **state) {
  byte_buffer text = {0};
  const unsigned char digest[STORAGE_MAC_BYTES] = {0};
  canonical_row_term(&text, ROWS_OF_VERSIONS, 7, SS_NO_EXPIRY, digest);
  assert_text(&text,
              "[\"term1\",\"version\",7,null,"
              "\"0000000000000000000000000000000000000000000000000000000000000000\"]");
  canonical_row_term(&text, ROWS_OF_REMOVED, SS_NO_EXPIRY, 8, digest);
  assert_text(&text,
              "[\"term1\",\"removed\",null,8,"
              "\"0000000000000000000000000000000000000000000000000000000000000000\"]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rows_text_is_as_documented),
      cmocka_unit_test(absent_names_and_metadata_are_null),
      cmocka_unit_test(a_namespaces_own_event_has_no_secret),
      cmocka_unit_test(what_a_store_event_says_is_as_documented),
      cmocka_unit_test(terms_are_of_their_table_and_times),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
