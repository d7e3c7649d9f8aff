/* Import and export: rows of the component and portable exports, between stores with other keys;
 * all or nothing; every changed byte found; values never rewritten. */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/support.h"

/* ---- Helpers ------------------------------------------------------------------------------- */

static bool append_piece(void *context, const char *text, size_t length) {
  buffer_append(context, text, length);
  return true;
}

static byte_buffer export_store(ss_store *store, ss_export_format format,
                                const ss_keyring *target) {
  byte_buffer text = {0};
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.format = format;
  request.target_keys = target;
  request.write = append_piece;
  request.write_context = &text;
  assert_ok(ss_export(store, &request, &report, &error), &error);
  assert_int_equal(report.failed, 0);
  ss_export_report_clear(&report);
  return text;
}

static ss_import_request request_of(const byte_buffer *text, const ss_keyring *source) {
  ss_import_request request;
  ss_import_request_init(&request);
  request.text = (const char *)text->data;
  request.text_length = text->length;
  request.source_keys = source;
  return request;
}

static ss_keyring *keyring_with(int64_t version) {
  ss_keyring *made = NULL;
  ss_error error;
  assert_ok(ss_keyring_new(&made, &error), &error);
  assert_ok(ss_keyring_add_key(made, version, test_key(version), &error), &error);
  return made;
}

/* A second store, under key 5, which the first does not have. */
static test_store other_store(void) {
  test_store self = test_store_prepare();
  self.keys[0] = 5;
  self.keys[1] = -1;
  test_store_open(&self);
  return self;
}

static void assert_verifies(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  for (size_t i = 0; i < report.faults_described; i++) {
    print_error("%s\n", report.faults[i].message);
  }
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

static test_store with_secrets(void) {
  test_store self = test_store_prepare();
  ss_put_request request;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "A", "2");
  test_put(self.store, NULL, "n", "the default namespace");
  ss_put_request_init(&request);
  request.namespace_name = "m";
  request.name = "B\"\\\xc3\xa4";
  request.value = "\0binary\xff";
  request.value_length = 8;
  request.metadata = SS_SET;
  request.metadata_json = "{\"b\": 1.5, \"a\": {\"deep\": [null, true]}}";
  request.ttl = SS_SET;
  request.ttl_ms = 1000;
  assert_ok(ss_put(self.store, &request, NULL, &error), &error);
  return self;
}

static void assert_binary_secret(ss_store *store) {
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  ss_get_request_init(&request);
  request.namespace_name = "m";
  request.name = "B\"\\\xc3\xa4";
  assert_ok(ss_get_or_throw(store, &request, &result, &error), &error);
  assert_int_equal(result.value_length, 8);
  assert_memory_equal(result.value, "\0binary\xff", 8);
  assert_string_equal(result.metadata_json, "{\"b\":1.5,\"a\":{\"deep\":[null,true]}}");
  assert_int_equal(result.expires_at, TEST_NOW + 1000);
  ss_get_result_clear(&result);
}

/* ---- Portable ------------------------------------------------------------------------------ */

static void a_portable_export_goes_to_a_store_with_other_keys(void **state) {
  test_store self = with_secrets();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  byte_buffer text = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  ss_import_request request = request_of(&text, transfer);
  ss_import_report report;
  ss_error error;
  assert_ok(ss_import(other.store, &request, &report, &error), &error);
  assert_true(report.is_stored);
  assert_int_equal(report.imported, 3);
  ss_import_report_clear(&report);
  assert_secret(other.store, "n", "A", "2");
  assert_secret(other.store, NULL, "n", "the default namespace");
  assert_binary_secret(other.store);
  assert_int_equal(test_store_number(&other, "SELECT revision FROM secret WHERE name = 'A'"), 2);
  assert_verifies(other.store);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

/* Both stores are closed files to this connection, joined by name. */
static void assert_same_ciphertexts(const test_store *self, const test_store *other) {
  char sql[512];
  sqlite3 *database = NULL;
  sqlite3_stmt *statement = NULL;
  (void)snprintf(sql, sizeof sql, "ATTACH '%s' AS other", other->path);
  assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
  assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(database,
                                      "SELECT count(*) FROM secret AS s JOIN other.secret AS o"
                                      " ON s.name = o.name AND s.value = o.value AND s.iv = o.iv"
                                      " AND s.wrapped_dek <> o.wrapped_dek",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int64(statement, 0), 3);
  assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
  assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void values_are_not_encrypted_anew(void **state) {
  test_store self = with_secrets();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  ss_error error;
  for (int format = SS_EXPORT_PORTABLE; format <= SS_EXPORT_COMPONENT; format++) {
    byte_buffer text = export_store(self.store, (ss_export_format)format, transfer);
    ss_import_request request = request_of(&text, transfer);
    ss_import_report report;
    request.existing = SS_EXISTING_REPLACE;
    assert_ok(ss_import(other.store, &request, &report, &error), &error);
    assert_int_equal(report.imported + report.replaced, 3);
    ss_import_report_clear(&report);
    buffer_clear(&text);
    assert_same_ciphertexts(&self, &other);
    assert_binary_secret(other.store);
  }
  assert_verifies(other.store);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

/* Whatever single byte is changed, nothing is imported. */
static void a_portable_export_shows_every_change(void **state) {
  test_store self = test_store_prepare();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  ss_error error;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "B", "2");
  byte_buffer text = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  for (size_t i = 0; i < text.length - 1; i++) {
    ss_import_report report;
    const unsigned char kept = text.data[i];
    text.data[i] ^= 1;
    ss_import_request request = request_of(&text, transfer);
    if (ss_import(other.store, &request, &report, &error) == SS_OK) {
      fail_msg("byte %zu of %zu may be changed", i, text.length);
    }
    ss_import_report_clear(&report);
    text.data[i] = kept;
  }
  assert_int_equal(test_store_number(&other, "SELECT count(*) FROM secret"), 0);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

static void refuse_lines(ss_store *store, const byte_buffer *text, const ss_keyring *source,
                         ss_status expected) {
  ss_import_request request = request_of(text, source);
  ss_import_report report;
  ss_error error;
  request.partial = true;
  assert_fails(ss_import(store, &request, &report, &error), expected, &error);
  ss_import_report_clear(&report);
}

static void lines_cannot_be_cut_or_moved(void **state) {
  test_store self = test_store_prepare();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  char *lines[8];
  size_t count = 0;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "B", "2");
  byte_buffer text = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  buffer_append(&text, "", 1);
  for (char *line = strtok((char *)text.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    lines[count++] = line;
  }
  assert_int_equal(count, 4);
  static const int orders[][5] = {
      {0, 1, 2, -1}, {0, 1, 3, -1}, {0, 3, -1}, {0, 2, 1, 3, -1}, {0, 1, 2, 3, 1}};
  for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
    byte_buffer other_text = {0};
    for (size_t j = 0; j < 5 && orders[i][j] >= 0; j++) {
      buffer_append_text(&other_text, lines[orders[i][j]]);
      buffer_append_text(&other_text, "\n");
    }
    refuse_lines(other.store, &other_text, transfer, SS_DECRYPTION_FAILED);
    buffer_clear(&other_text);
  }
  ss_keyring *wrong = NULL;
  ss_error error;
  assert_ok(ss_keyring_new(&wrong, &error), &error);
  assert_ok(ss_keyring_add_key(wrong, 9, TEST_OTHER_KEY, &error), &error);
  byte_buffer whole = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  refuse_lines(other.store, &whole, wrong, SS_DECRYPTION_FAILED);
  refuse_lines(other.store, &whole, NULL, SS_KEY_VERSION_UNAVAILABLE);
  ss_keyring_free(wrong);
  buffer_clear(&whole);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

/* ---- The component ------------------------------------------------------------------------- */

static json_t *load_vectors(void) {
  json_error_t error;
  json_t *document =
      json_load_file(SECRETSTORE_SOURCE_DIR "/tests/vectors/convex-secret-store-0.2.0.json",
                     JSON_ALLOW_NUL, &error);
  if (document == NULL) fail_msg("vectors: %s", error.text);
  return document;
}

static ss_keyring *keyring_of(const json_t *document) {
  ss_keyring *made = NULL;
  const char *version;
  json_t *key;
  ss_error error;
  assert_ok(ss_keyring_new(&made, &error), &error);
  json_object_foreach(json_object_get(document, "keys"), version, key) {
    assert_ok(ss_keyring_add_key(made, strtoll(version, NULL, 10), json_string_value(key), &error),
              &error);
  }
  return made;
}

/* A line per row, as a snapshot export has it; snapshots write numbers with a fraction. */
static byte_buffer lines_of(const json_t *document, size_t *importable) {
  byte_buffer text = {0};
  size_t index;
  json_t *row;
  *importable = 0;
  json_array_foreach(json_object_get(document, "rows"), index, row) {
    json_t *copy = json_copy(row);
    json_object_del(copy, "plaintext");
    json_object_del(copy, "importable");
    json_object_set_new(copy, "_id", json_string("j57"));
    json_object_set_new(copy, "_creationTime", json_real((double)(TEST_NOW - 5000) + 0.25));
    json_object_set_new(copy, "updatedAt", json_real((double)(TEST_NOW - 1000)));
    char *line = json_dumps(copy, JSON_COMPACT);
    buffer_append_text(&text, line);
    buffer_append_text(&text, "\n");
    free(line);
    json_decref(copy);
    *importable += json_is_true(json_object_get(row, "importable"));
  }
  return text;
}

static void assert_rows_read_back(ss_store *store, const json_t *document) {
  size_t index;
  json_t *row;
  json_array_foreach(json_object_get(document, "rows"), index, row) {
    if (!json_is_true(json_object_get(row, "importable"))) continue;
    ss_get_request request;
    ss_get_result result;
    ss_error error;
    const json_t *plaintext = json_object_get(row, "plaintext");
    ss_get_request_init(&request);
    request.namespace_name = json_string_value(json_object_get(row, "namespace"));
    request.name = json_string_value(json_object_get(row, "name"));
    assert_ok(ss_get_or_throw(store, &request, &result, &error), &error);
    assert_int_equal(result.value_length, json_string_length(plaintext));
    assert_memory_equal(result.value, json_string_value(plaintext), result.value_length);
    assert_int_equal(result.created_at, TEST_NOW - 5000);
    assert_int_equal(result.updated_at, TEST_NOW - 1000);
    ss_get_result_clear(&result);
  }
}

static void the_components_rows_come_in_and_the_others_are_reported(void **state) {
  json_t *document = load_vectors();
  ss_keyring *source = keyring_of(document);
  test_store self = other_store();
  size_t importable = 0;
  const size_t rows = json_array_size(json_object_get(document, "rows"));
  byte_buffer text = lines_of(document, &importable);
  ss_import_request request = request_of(&text, source);
  ss_import_report report;
  ss_error error;
  assert_true(importable > 0 && importable < rows);

  request.dry_run = true;
  assert_ok(ss_import(self.store, &request, &report, &error), &error);
  assert_false(report.is_stored);
  assert_int_equal(report.imported, importable);
  assert_int_equal(report.refused, rows - importable);
  ss_import_report_clear(&report);

  request.dry_run = false;
  assert_fails(ss_import(self.store, &request, &report, &error), SS_INVALID_ARGUMENT, &error);
  assert_false(report.is_stored);
  assert_int_equal(report.refused, rows - importable);
  assert_int_equal(report.imported, 0);
  ss_import_report_clear(&report);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 0);

  request.partial = true;
  assert_ok(ss_import(self.store, &request, &report, &error), &error);
  assert_true(report.is_stored);
  assert_int_equal(report.imported, importable);
  assert_int_equal(report.refused, rows - importable);
  for (size_t i = 0; i < report.faults_described; i++) {
    assert_int_equal(report.faults[i].code, SS_INVALID_ARGUMENT);
    assert_non_null(strstr(report.faults[i].message, "control character"));
  }
  ss_import_report_clear(&report);
  assert_rows_read_back(self.store, document);
  assert_verifies(self.store);

  /* And out again, into a third store with other keys. */
  ss_keyring *transfer = keyring_with(9);
  test_store third = with_secrets();
  byte_buffer exported = export_store(self.store, SS_EXPORT_COMPONENT, transfer);
  request = request_of(&exported, transfer);
  assert_ok(ss_import(third.store, &request, &report, &error), &error);
  assert_int_equal(report.imported, importable);
  ss_import_report_clear(&report);
  assert_rows_read_back(third.store, document);
  assert_verifies(third.store);
  buffer_clear(&exported);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  ss_keyring_free(source);
  json_decref(document);
  test_store_remove(&self);
  test_store_remove(&third);
}

/* A row of the component with one field replaced (JSON text; NULL removes it). */
static void assert_refused(test_store *self, const char *field, const char *json,
                           ss_status expected, const char *message_part) {
  json_t *document = load_vectors();
  ss_keyring *source = keyring_of(document);
  json_t *row = json_copy(json_array_get(json_object_get(document, "rows"), 0));
  json_object_set_new(row, "updatedAt", json_integer(TEST_NOW));
  if (field != NULL && json == NULL) json_object_del(row, field);
  if (json != NULL) json_object_set_new(row, field, json_loads(json, JSON_DECODE_ANY, NULL));
  char *line = json_dumps(row, JSON_COMPACT);
  byte_buffer text = {0};
  buffer_append_text(&text, line);
  ss_import_request request = request_of(&text, source);
  ss_import_report report;
  ss_error error;
  assert_fails(ss_import(self->store, &request, &report, &error), expected, &error);
  assert_int_equal(report.refused, 1);
  assert_int_equal(report.faults[0].line, 1);
  assert_int_equal(report.faults[0].code, expected);
  if (strstr(report.faults[0].message, message_part) == NULL) {
    fail_msg("%s: %s", field, report.faults[0].message);
  }
  ss_import_report_clear(&report);
  buffer_clear(&text);
  free(line);
  json_decref(row);
  ss_keyring_free(source);
  json_decref(document);
}

static void each_bad_field_is_named(void **state) {
  test_store self = other_store();
  assert_refused(&self, "name", NULL, SS_INVALID_ARGUMENT, "name: expected a string");
  assert_refused(&self, "name", "\"\"", SS_INVALID_ARGUMENT, "name");
  assert_refused(&self, "name", "\"other\"", SS_DECRYPTION_FAILED, "does not authenticate");
  assert_refused(&self, "namespace", "\"n\"", SS_DECRYPTION_FAILED, "does not authenticate");
  assert_refused(&self, "namespace", "7", SS_INVALID_ARGUMENT, "namespace: expected a string");
  assert_refused(&self, "keyVersion", "1", SS_DECRYPTION_FAILED, "does not authenticate");
  assert_refused(&self, "keyVersion", "3", SS_KEY_VERSION_UNAVAILABLE, "key version 3");
  assert_refused(&self, "keyVersion", "0.5", SS_INVALID_ARGUMENT, "keyVersion: expected a whole");
  assert_refused(&self, "keyVersion", "-1", SS_INVALID_ARGUMENT, "keyVersion");
  assert_refused(&self, "iv", "\"AAAA\"", SS_INVALID_ARGUMENT, "iv: expected unpadded base64url");
  assert_refused(&self, "iv", "\"AAAAAAAAAAAAAAAA\"", SS_DECRYPTION_FAILED, "authenticate");
  assert_refused(&self, "dekIv", "\"AAAAAAAAAAAAAAA=\"", SS_INVALID_ARGUMENT, "dekIv");
  assert_refused(&self, "wrappedDEK", "\"AAAA\"", SS_INVALID_ARGUMENT, "wrappedDEK");
  assert_refused(&self, "encryptedValue", "\"AAAA\"", SS_INVALID_ARGUMENT, "encryptedValue");
  assert_refused(&self, "updatedAt", NULL, SS_INVALID_ARGUMENT, "updatedAt");
  assert_refused(&self, "expiresAt", "-5", SS_INVALID_ARGUMENT, "expiresAt");
  assert_refused(&self, "expiresAt", "1e300", SS_INVALID_ARGUMENT, "expiresAt");
  assert_refused(&self, "metadata", "[1]", SS_INVALID_ARGUMENT, "metadata: expected a JSON object");
  test_store_remove(&self);
}

/* ---- Existing secrets ---------------------------------------------------------------------- */

static ss_import_report import_over(test_store *self, const byte_buffer *text,
                                    const ss_keyring *source, ss_existing existing, bool partial,
                                    ss_status expected) {
  ss_import_request request = request_of(text, source);
  ss_import_report report;
  ss_error error;
  request.existing = existing;
  request.partial = partial;
  assert_fails(ss_import(self->store, &request, &report, &error), expected, &error);
  return report;
}

/* How many events of that type the store log has; the newest one must say that. */
static void assert_imports_logged(const test_store *self, int64_t events, const char *newest) {
  char sql[200];
  (void)snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM store_event WHERE type = %d AND (detail = '%s' OR sequence <"
                 " (SELECT max(sequence) FROM store_event))",
                 SS_EVENT_IMPORTED, newest);
  assert_int_equal(test_store_number(self, sql), events);
}

static void existing_secrets_are_refused_skipped_or_replaced(void **state) {
  test_store self = with_secrets();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  byte_buffer text = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  test_put(other.store, "n", "A", "mine");

  ss_import_report report =
      import_over(&other, &text, transfer, SS_EXISTING_REFUSE, false, SS_CONFLICT);
  assert_int_equal(report.refused, 1);
  assert_string_equal(report.faults[0].name, "A");
  assert_int_equal(report.faults[0].code, SS_CONFLICT);
  ss_import_report_clear(&report);
  assert_int_equal(test_store_number(&other, "SELECT count(*) FROM secret"), 1);
  assert_imports_logged(&other, 0, "");

  report = import_over(&other, &text, transfer, SS_EXISTING_SKIP, false, SS_OK);
  assert_int_equal(report.skipped, 1);
  assert_int_equal(report.imported, 2);
  ss_import_report_clear(&report);
  assert_secret(other.store, "n", "A", "mine");
  assert_imports_logged(&other, 1, "{\"rows\":2}");

  report = import_over(&other, &text, transfer, SS_EXISTING_REFUSE, true, SS_OK);
  assert_int_equal(report.refused, 3);
  ss_import_report_clear(&report);
  assert_imports_logged(&other, 1, "{\"rows\":2}"); /* nothing came in */

  report = import_over(&other, &text, transfer, SS_EXISTING_REPLACE, false, SS_OK);
  assert_int_equal(report.replaced, 3);
  ss_import_report_clear(&report);
  assert_secret(other.store, "n", "A", "2");
  assert_imports_logged(&other, 2, "{\"rows\":3}");
  assert_int_equal(test_store_number(&other, "SELECT revision FROM secret WHERE name = 'A'"), 2);
  assert_verifies(other.store);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

static void a_secret_that_stands_in_two_lines_is_refused(void **state) {
  test_store self = test_store_prepare();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  byte_buffer text = export_store(self.store, SS_EXPORT_COMPONENT, transfer);
  const size_t length = text.length;
  buffer_append(&text, "\r\n \n", 4);
  (void)buffer_extend(&text, length);
  memcpy(text.data + length + 4, text.data, length);
  ss_import_report report = import_over(&other, &text, transfer, SS_EXISTING_REFUSE, true, SS_OK);
  assert_int_equal(report.imported, 1);
  assert_int_equal(report.refused, 1);
  assert_int_equal(report.faults[0].line, 4);
  ss_import_report_clear(&report);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

static void times_in_the_future_become_now(void **state) {
  test_store self = test_store_prepare();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  test_store_open(&self);
  self.clock->now_ms = TEST_NOW + 100000;
  test_put(self.store, "n", "A", "1");
  byte_buffer text = export_store(self.store, SS_EXPORT_COMPONENT, transfer);
  ss_import_report report = import_over(&other, &text, transfer, SS_EXISTING_REFUSE, false, SS_OK);
  ss_import_report_clear(&report);
  assert_int_equal(test_store_number(&other, "SELECT updated_at FROM secret"), TEST_NOW);
  assert_int_equal(test_store_number(&other, "SELECT created_at FROM secret"), TEST_NOW);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

/* ---- Many, and faults of an export --------------------------------------------------------- */

static void many_rows_in_many_namespaces(void **state) {
  enum { NAMESPACES = 120, SECRETS = 5 };
  test_store self = test_store_prepare();
  test_store other = other_store();
  ss_keyring *transfer = keyring_with(9);
  test_store_open(&self);
  for (int i = 0; i < NAMESPACES * SECRETS; i++) {
    char namespace_name[16];
    char name[16];
    (void)snprintf(namespace_name, sizeof namespace_name, "n%d", i % NAMESPACES);
    (void)snprintf(name, sizeof name, "s%d", i);
    test_put(self.store, namespace_name, name, name);
  }
  for (int i = 0; i < 150; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "m%d", i);
    test_put(self.store, "many", name, name);
  }
  byte_buffer text = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  ss_import_report report = import_over(&other, &text, transfer, SS_EXISTING_REFUSE, true, SS_OK);
  assert_int_equal(report.imported, NAMESPACES * SECRETS + 150);
  ss_import_report_clear(&report);
  assert_verifies(other.store);
  assert_secret(other.store, "n7", "s127", "s127");
  assert_secret(other.store, "many", "m149", "m149");
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&other);
}

static ss_status export_damaged(ss_store *store, bool skip_failed, ss_export_report *report) {
  byte_buffer text = {0};
  ss_export_request request;
  ss_error error;
  ss_export_request_init(&request);
  request.skip_failed = skip_failed;
  request.write = append_piece;
  request.write_context = &text;
  const ss_status status = ss_export(store, &request, report, &error);
  buffer_clear(&text);
  return status;
}

static void an_export_names_what_it_cannot_read(void **state) {
  test_store self = with_secrets();
  ss_export_report report;
  test_store_sql(&self, "UPDATE secret SET value = zeroblob(17) WHERE name = 'A'");
  assert_int_equal(export_damaged(self.store, false, &report), SS_DECRYPTION_FAILED);
  assert_int_equal(export_damaged(self.store, true, &report), SS_OK);
  assert_int_equal(report.exported, 2);
  assert_int_equal(report.failed, 1);
  assert_string_equal(report.faults[0].name, "A");
  assert_string_equal(report.faults[0].namespace_name, "n");
  ss_export_report_clear(&report);
  test_store_reopen_with(&self, 2, 1);
  test_put(self.store, "n", "admits the new key", "v");
  test_store_reopen_with(&self, 2, -1);
  assert_int_equal(export_damaged(self.store, false, &report), SS_KEY_VERSION_UNAVAILABLE);
  test_store_remove(&self);
}

static bool refuse_piece(void *context, const char *text, size_t length) {
  (void)context, (void)text, (void)length;
  return false;
}

static void bad_requests(void **state) {
  test_store self = with_secrets();
  ss_export_request request;
  ss_export_report report;
  ss_import_request import;
  ss_import_report import_report;
  ss_keyring *empty = NULL;
  ss_error error;
  assert_ok(ss_keyring_new(&empty, &error), &error);
  assert_fails(ss_keyring_add_key(empty, 1, "short", &error), SS_INVALID_OPTIONS, &error);
  ss_export_request_init(&request);
  assert_fails(ss_export(self.store, &request, &report, &error), SS_INVALID_ARGUMENT, &error);
  request.write = refuse_piece;
  assert_fails(ss_export(self.store, &request, &report, &error), SS_STORAGE_FAILED, &error);
  request.target_keys = empty;
  assert_fails(ss_export(self.store, &request, &report, &error), SS_INVALID_ARGUMENT, &error);
  ss_import_request_init(&import);
  assert_fails(ss_import(self.store, &import, &import_report, &error), SS_INVALID_ARGUMENT, &error);
  import.text = " \n\n";
  import.text_length = 3;
  assert_fails(ss_import(self.store, &import, &import_report, &error), SS_INVALID_ARGUMENT, &error);
  import.text = "not JSON";
  import.text_length = 8;
  assert_fails(ss_import(self.store, &import, &import_report, &error), SS_INVALID_ARGUMENT, &error);
  assert_int_equal(import_report.refused, 1);
  ss_import_report_clear(&import_report);
  ss_keyring_free(empty);
  test_store_remove(&self);
}

static void assert_imported_metadata(const char *given, const char *expected) {
  test_store self = test_store_prepare();
  test_store other = other_store();
  ss_keyring *source = keyring_with(1);
  char row[2048];
  ss_get_request get;
  ss_get_result result;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "v");
  byte_buffer text = export_store(self.store, SS_EXPORT_COMPONENT, NULL);
  const int body = (int)text.length - 2; /* without the brace and the newline */
  (void)snprintf(row, sizeof row, "%.*s,\"metadata\":%s}\n", body, (const char *)text.data, given);
  buffer_reset(&text);
  buffer_append_text(&text, row);
  const ss_status status = expected == NULL ? SS_INVALID_ARGUMENT : SS_OK;
  ss_import_report report = import_over(&other, &text, source, SS_EXISTING_REFUSE, false, status);
  ss_import_report_clear(&report);
  ss_get_request_init(&get);
  get.name = "A";
  assert_ok(ss_get(other.store, &get, &result, &error), &error);
  assert_true((result.reason == SS_OK) == (expected != NULL));
  if (expected != NULL) assert_string_equal(result.metadata_json, expected);
  ss_get_result_clear(&result);
  buffer_clear(&text);
  ss_keyring_free(source);
  test_store_remove(&self);
  test_store_remove(&other);
}

/* As JavaScript prints them, and as a snapshot does; each is the same number afterwards. */
static void numbers_in_the_components_metadata_stay_the_same(void **state) {
  assert_imported_metadata("{\"a\":100000000000000000000,\"b\":[9223372036854776000]}",
                           "{\"a\":1e+20,\"b\":[9.223372036854776e+18]}");
  assert_imported_metadata("{\"z\":0.1,\"a\":5.0,\"m\":-0.30000000000000004}",
                           "{\"z\":0.1,\"a\":5.0,\"m\":-0.30000000000000004}");
  assert_imported_metadata("{\"a\":9223372036854775807, \"b\":\"x\\u0000\\ud83d\\udd11\"}",
                           "{\"a\":9223372036854775807,\"b\":\"x\\u0000\xf0\x9f\x94\x91\"}");
  assert_imported_metadata("{\"a\":18446744073709551615}", NULL);
  assert_imported_metadata("{\"a\":0.1000000000000000000001}", NULL);
  assert_imported_metadata("{\"a\":\"\\ud800\"}", NULL);
}

/* It takes no wraps out of the budget, since it writes nothing; but it needs as many to be left. */
static void an_export_needs_wraps_left_under_the_stores_own_key(void **state) {
  test_store self = with_secrets();
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_keyring *transfer = keyring_with(9);
  test_store_sql(&self, "UPDATE kek SET wraps_reserved = 4294967296 - 4");
  byte_buffer text = export_store(self.store, SS_EXPORT_PORTABLE, NULL);
  buffer_clear(&text);
  assert_int_equal(test_store_number(&self, "SELECT wraps_reserved FROM kek WHERE version = 1"),
                   INT64_C(4294967296) - 4);
  test_store_sql(&self, "UPDATE kek SET wraps_reserved = 4294967296 - 3");
  ss_export_request_init(&request);
  request.write = refuse_piece;
  assert_fails(ss_export(self.store, &request, &report, &error), SS_KEY_VERSION_UNAVAILABLE,
               &error);
  text = export_store(self.store, SS_EXPORT_PORTABLE, transfer);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
}

/* Rotation, expiry, cleanup, pruning, a store head, import over it, backup and restore. */
static void an_eventful_life_leaves_nothing_to_report(void **state) {
  test_store self = with_secrets();
  test_store source = with_secrets();
  ss_keyring *transfer = keyring_with(9);
  ss_audit_head head;
  ss_cleanup_result cleaned;
  ss_error error;
  const char *copy = test_path(&self.folder, "copy.db");
  test_put(source.store, "from elsewhere", "X", "x");
  byte_buffer text = export_store(source.store, SS_EXPORT_PORTABLE, transfer);
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  self.clock->now_ms += 5000;
  assert_ok(ss_cleanup_secrets(self.store, 1, NULL, &cleaned, &error), &error);
  assert_int_equal(cleaned.deleted, 1);
  test_put(self.store, "n", "A", "3");
  assert_ok(ss_get_audit_head(self.store, &head, &error), &error);
  self.clock->now_ms += 2 * SS_DEFAULT_SECRET_RETENTION_MS;
  test_put(self.store, "n", "A", "4");
  assert_ok(ss_cleanup_events(self.store, 1000, NULL, &cleaned, &error), &error);
  assert_true(cleaned.deleted > 3);
  ss_import_report report = import_over(&self, &text, transfer, SS_EXISTING_REPLACE, false, SS_OK);
  ss_import_report_clear(&report);
  test_store_reopen_with(&self, 2, -1);
  test_backup(self.store, copy);
  test_store restored = self;
  restored.store = NULL;
  (void)snprintf(restored.path, sizeof restored.path, "%s", copy);
  test_store_open(&restored);
  test_put(restored.store, "n", "A", "5");
  ss_verify_request request;
  ss_verify_report verified;
  ss_verify_request_init(&request);
  request.expected_head = head.text;
  assert_ok(ss_verify(restored.store, &request, &verified, &error), &error);
  assert_true(verified.is_intact);
  assert_true(verified.heads_compared + verified.heads_pruned == 3);
  ss_verify_report_clear(&verified);
  assert_verifies(self.store);
  test_store_close(&restored);
  ss_audit_head_clear(&head);
  buffer_clear(&text);
  ss_keyring_free(transfer);
  test_store_remove(&self);
  test_store_remove(&source);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_portable_export_goes_to_a_store_with_other_keys),
      cmocka_unit_test(values_are_not_encrypted_anew),
      cmocka_unit_test(a_portable_export_shows_every_change),
      cmocka_unit_test(lines_cannot_be_cut_or_moved),
      cmocka_unit_test(the_components_rows_come_in_and_the_others_are_reported),
      cmocka_unit_test(each_bad_field_is_named),
      cmocka_unit_test(existing_secrets_are_refused_skipped_or_replaced),
      cmocka_unit_test(a_secret_that_stands_in_two_lines_is_refused),
      cmocka_unit_test(times_in_the_future_become_now),
      cmocka_unit_test(many_rows_in_many_namespaces),
      cmocka_unit_test(an_export_names_what_it_cannot_read),
      cmocka_unit_test(bad_requests),
      cmocka_unit_test(numbers_in_the_components_metadata_stay_the_same),
      cmocka_unit_test(an_export_needs_wraps_left_under_the_stores_own_key),
      cmocka_unit_test(an_eventful_life_leaves_nothing_to_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
