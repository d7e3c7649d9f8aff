/* What must not stay behind: plaintext, DEKs and KEKs in memory after the calls and after close, in
 * the files, in log lines, in error messages.
 *
 * The scan reads every writable page of this process. Needles are kept masked, so that the search
 * does not find itself. Each check is preceded by one that the scan does find what is there. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "crypto/envelope.h"
#include "engine/change/row.h"
#include "support/support.h"

enum { MASK = 0x5a, NEEDLE_BYTES = 32, REGION_MAX = 1 << 29 };

/* ---- Needles ------------------------------------------------------------------------------- */

typedef struct needle {
  unsigned char masked[NEEDLE_BYTES];
} needle;

static needle hide(unsigned char *bytes) {
  needle hidden;
  for (size_t i = 0; i < NEEDLE_BYTES; i++) hidden.masked[i] = bytes[i] ^ MASK;
  ss_wipe(bytes, NEEDLE_BYTES);
  return hidden;
}

static bool is_at(const needle *sought, const unsigned char *bytes) {
  for (size_t i = 0; i < NEEDLE_BYTES; i++) {
    if (bytes[i] != (unsigned char)(sought->masked[i] ^ MASK)) return false;
  }
  return true;
}

__attribute__((no_sanitize("address"))) static size_t count_in(const needle *sought,
                                                               const unsigned char *start,
                                                               size_t length) {
  const unsigned char first = sought->masked[0] ^ MASK;
  size_t count = 0;
  for (size_t i = 0; i + NEEDLE_BYTES <= length; i++) {
    if (start[i] == first && is_at(sought, start + i)) count++;
  }
  return count;
}

/* ---- Memory -------------------------------------------------------------------------------- */

/* Reads through /proc/self/mem into one buffer, since a sanitizer watches direct reads; the
 * buffer itself is left out, and wiped. Sanitizers' shadow regions are huge: left out too. */
static size_t count_in_memory(const needle *sought) {
  static unsigned char window[1 << 16];
  FILE *maps = fopen("/proc/self/maps", "r");
  FILE *memory = fopen("/proc/self/mem", "rb");
  char line[512];
  size_t count = 0;
  assert_non_null(maps);
  assert_non_null(memory);
  (void)setvbuf(memory, NULL, _IONBF, 0);
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from = 0;
    unsigned long to = 0;
    char rights[8];
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3) continue;
    if (rights[0] != 'r' || rights[1] != 'w' || to - from > REGION_MAX) continue;
    for (unsigned long at = from; at < to; at += sizeof window - NEEDLE_BYTES) {
      const size_t wanted = to - at < sizeof window ? to - at : sizeof window;
      const bool is_window = at < (unsigned long)(uintptr_t)(window + sizeof window) &&
                             at + wanted > (unsigned long)(uintptr_t)window;
      if (is_window) continue;
      if (fseeko(memory, (off_t)at, SEEK_SET) != 0) break;
      const size_t got = fread(window, 1, wanted, memory);
      count += count_in(sought, window, got);
      if (got < wanted) break;
    }
  }
  ss_wipe(window, sizeof window);
  (void)fclose(memory);
  (void)fclose(maps);
  return count;
}

static size_t count_in_file(const needle *sought, const char *path) {
  static unsigned char contents[1 << 20];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  const size_t length = fread(contents, 1, sizeof contents, file);
  (void)fclose(file);
  assert_true(length < sizeof contents);
  const size_t count = count_in(sought, contents, length);
  ss_wipe(contents, sizeof contents);
  return count;
}

/* ---- The store under test ------------------------------------------------------------------ */

/* Distinct bytes per purpose; made at run time, so that no constant holds them. */
static void make_bytes(unsigned char bytes[NEEDLE_BYTES], unsigned int seed) {
  for (size_t i = 0; i < NEEDLE_BYTES; i++) {
    seed = seed * 1103515245u + 12345u;
    bytes[i] = (unsigned char)('A' + (seed >> 16) % 26);
  }
}

static char log_text[1 << 16];
static void keep_line(void *context, ss_log_level level, const char *message) {
  (void)context, (void)level;
  if (strlen(log_text) + strlen(message) + 2 < sizeof log_text) {
    (void)strcat(strcat(log_text, message), "\n");
  }
}

/* The key of those bytes, to be cleared; every other copy is wiped. */
static byte_buffer key_text(unsigned int seed) {
  unsigned char key[NEEDLE_BYTES];
  byte_buffer text = {0};
  make_bytes(key, seed);
  base64_encode(BASE64_STANDARD, key, sizeof key, &text);
  buffer_append(&text, "", 1);
  ss_wipe(key, sizeof key);
  return text;
}

static void open_with_key(test_store *self, unsigned int seed) {
  byte_buffer text = key_text(seed);
  ss_options *options = NULL;
  ss_error error;
  assert_ok(ss_options_new(self->path, &options, &error), &error);
  assert_ok(ss_options_add_key(options, 1, (const char *)text.data, &error), &error);
  assert_ok(ss_options_set_log(options, SS_LOG_DEBUG, keep_line, NULL, &error), &error);
  buffer_clear(&text);
  assert_ok(ss_store_open(options, &self->store, &error), &error);
  ss_options_free(options);
}

static void put_bytes(ss_store *store, const char *name, unsigned int seed) {
  unsigned char value[NEEDLE_BYTES];
  ss_put_request request;
  ss_error error;
  make_bytes(value, seed);
  ss_put_request_init(&request);
  request.name = name;
  request.value = value;
  request.value_length = sizeof value;
  assert_ok(ss_put(store, &request, NULL, &error), &error);
  ss_wipe(value, sizeof value);
}

static void read_and_clear(ss_store *store, const char *name, const needle *value) {
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  ss_get_request_init(&request);
  request.name = name;
  assert_ok(ss_get(store, &request, &result, &error), &error);
  assert_true(is_at(value, result.value));
  assert_true(count_in_memory(value) > 0); /* the scan sees what is there */
  ss_get_result_clear(&result);
}

static void update_metadata(ss_store *store, const char *name) {
  ss_update_request request;
  ss_update_result result;
  ss_error error;
  ss_update_request_init(&request);
  request.name = name;
  request.metadata = SS_SET;
  request.metadata_json = "{\"a\":1}";
  assert_ok(ss_update(store, &request, &result, &error), &error);
}

/* The DEK of a secret, through internal functions that wipe after themselves. */
static needle dek_of(ss_store *store, const char *name) {
  scratch *with = NULL;
  storage_session *session = NULL;
  secret_record row;
  bool found = false;
  dek key;
  ss_error error;
  assert_ok(scratch_take(store, &with, &error), &error);
  assert_ok(storage_begin_read(store->storage, &session, &error), &error);
  assert_ok(storage_find_secret(session, 0, text_view_of(name), &row, &found, &error), &error);
  assert_ok(row_unwrap_dek(store, with, (text_view){0}, text_view_of(name), &row, &key, &error),
            &error);
  storage_end_read(session);
  scratch_return(store, with);
  return hide(key.bytes);
}

/* ---- Tests --------------------------------------------------------------------------------- */

enum { KEY_SEED = 11, VALUE_SEED = 22, OTHER_SEED = 33 };

static needle hidden_bytes(unsigned int seed) {
  unsigned char bytes[NEEDLE_BYTES];
  make_bytes(bytes, seed);
  return hide(bytes);
}

static char exported[16384];
static size_t exported_length;
static bool keep_piece(void *context, const char *text, size_t length) {
  (void)context;
  assert_true(exported_length + length <= sizeof exported);
  memcpy(exported + exported_length, text, length);
  exported_length += length;
  return true;
}

/* Out, in over itself, and everything checked. */
static void transfer_and_verify(ss_store *store) {
  ss_export_request request;
  ss_export_report report;
  ss_import_request import;
  ss_import_report import_report;
  ss_verify_report verified;
  ss_error error;
  ss_export_request_init(&request);
  request.write = keep_piece;
  exported_length = 0;
  assert_ok(ss_export(store, &request, &report, &error), &error);
  ss_export_report_clear(&report);
  ss_import_request_init(&import);
  import.text = exported;
  import.text_length = exported_length;
  import.existing = SS_EXISTING_REPLACE;
  assert_ok(ss_import(store, &import, &import_report, &error), &error);
  assert_int_equal(import_report.replaced, 2);
  ss_import_report_clear(&import_report);
  assert_ok(ss_verify(store, NULL, &verified, &error), &error);
  assert_true(verified.is_intact);
  ss_verify_report_clear(&verified);
}

static void use(test_store *self, const needle *value) {
  open_with_key(self, KEY_SEED);
  put_bytes(self->store, "A", VALUE_SEED);
  put_bytes(self->store, "B", OTHER_SEED);
  read_and_clear(self->store, "A", value);
  update_metadata(self->store, "A");
  put_bytes(self->store, "A", VALUE_SEED);
  transfer_and_verify(self->store);
}

static void no_plaintext_stays_in_memory_after_the_calls(void **state) {
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  use(&self, &value);
  assert_int_equal(count_in_memory(&value), 0);
  test_store_remove(&self);
}

/* A policy that keeps whatever it can get hold of: the scan covers its states, which live on. */
static void no_plaintext_enters_a_policys_state(void **state) {
  static const char curious[] =
      "local kept = {}\n"
      "local function keep(value, depth)\n"
      "  kept[#kept + 1] = value\n"
      "  if type(value) ~= 'table' or depth > 6 then return end\n"
      "  for k, v in pairs(value) do keep(k, depth + 1) keep(v, depth + 1) end\n"
      "end\n"
      "return {\n"
      "  value = { min_length = 1, prefix = '' },\n"
      "  normalize = function(request) keep(request, 0) end,\n"
      "  authorize = function(request) keep(request, 0) return true end,\n"
      "  enrich = function(event, request) keep(event, 0) keep(request, 0) end,\n"
      "}\n";
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  const ss_policy_source source = {"curious.lua", curious, sizeof curious - 1};
  ss_error error;
  open_with_key(&self, KEY_SEED);
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  put_bytes(self.store, "A", VALUE_SEED);
  assert_int_equal(count_in_memory(&value), 0);
  read_and_clear(self.store, "A", &value);
  put_bytes(self.store, "A", VALUE_SEED);
  assert_int_equal(count_in_memory(&value), 0);
  test_store_remove(&self);
}

static void failed_calls_leave_no_plaintext_either(void **state) {
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  use(&self, &value);
  test_store_sql(
      &self,
      "UPDATE secret SET value = CAST(substr(value, 1, length(value) - 1) || x'00' AS BLOB)"
      " WHERE name = 'A'");
  ss_get_request_init(&request);
  request.name = "A";
  assert_fails(ss_get(self.store, &request, &result, &error), SS_DECRYPTION_FAILED, &error);
  assert_int_equal(count_in_memory(&value), 0);
  test_store_remove(&self);
}

static void no_key_stays_in_memory_after_close(void **state) {
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  const needle kek = hidden_bytes(KEY_SEED);
  use(&self, &value);
  const needle first_dek = dek_of(self.store, "A");
  const needle second_dek = dek_of(self.store, "B");
  assert_true(count_in_memory(&kek) > 0); /* while the store is open */
  test_store_close(&self);
  assert_int_equal(count_in_memory(&kek), 0);
  assert_int_equal(count_in_memory(&first_dek), 0);
  assert_int_equal(count_in_memory(&second_dek), 0);
  assert_int_equal(count_in_memory(&value), 0);
  test_store_remove(&self);
}

/* Keys 1 and 2, of those seeds; 0: not that one. Key 2 is the active one if it is there. */
static ss_status reload(ss_store *store, unsigned int first, unsigned int second, ss_error *error) {
  ss_keyring *keys = NULL;
  assert_ok(ss_keyring_new(&keys, error), error);
  for (int64_t version = 2; version >= 1; version--) {
    const unsigned int seed = version == 1 ? first : second;
    if (seed == 0) continue;
    byte_buffer text = key_text(seed);
    assert_ok(ss_keyring_add_key(keys, version, (const char *)text.data, error), error);
    buffer_clear(&text);
  }
  const ss_status status = ss_reload_keys(store, keys, error);
  ss_keyring_free(keys);
  return status;
}

/* In an open store, too. */
static void a_key_that_was_dropped_is_gone(void **state) {
  enum { SECOND_KEY_SEED = 44 };
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  const needle dropped = hidden_bytes(KEY_SEED);
  const needle kept = hidden_bytes(SECOND_KEY_SEED);
  const needle wrong = hidden_bytes(OTHER_SEED);
  ss_error error;
  use(&self, &value);
  assert_ok(reload(self.store, KEY_SEED, SECOND_KEY_SEED, &error), &error);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  read_and_clear(self.store, "A", &value);
  assert_true(count_in_memory(&dropped) > 0);
  assert_ok(reload(self.store, 0, SECOND_KEY_SEED, &error), &error);
  assert_int_equal(count_in_memory(&dropped), 0);
  assert_true(count_in_memory(&kept) > 0);
  assert_fails(reload(self.store, 0, OTHER_SEED, &error), SS_KEY_MISMATCH, &error);
  assert_int_equal(count_in_memory(&wrong), 0);
  read_and_clear(self.store, "A", &value);
  test_store_remove(&self);
}

static void a_refused_key_leaves_nothing(void **state) {
  test_store self = test_store_prepare();
  const needle other = hidden_bytes(OTHER_SEED);
  ss_options *options = NULL;
  ss_store *store = NULL;
  ss_error error;
  open_with_key(&self, KEY_SEED);
  test_store_close(&self);
  byte_buffer text = key_text(OTHER_SEED);
  assert_ok(ss_options_new(self.path, &options, &error), &error);
  assert_ok(ss_options_add_key(options, 1, (const char *)text.data, &error), &error);
  assert_fails(ss_store_open(options, &store, &error), SS_KEY_MISMATCH, &error);
  buffer_clear(&text);
  ss_options_free(options);
  assert_int_equal(count_in_memory(&other), 0);
  test_store_remove(&self);
}

static void files_and_log_hold_no_value_and_no_key(void **state) {
  static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  const needle kek = hidden_bytes(KEY_SEED);
  unsigned char visible[NEEDLE_BYTES];
  log_text[0] = '\0';
  use(&self, &value);
  make_bytes(visible, 77);
  const needle name = hide(visible);
  make_bytes(visible, 77);
  char text[NEEDLE_BYTES + 1] = {0};
  memcpy(text, visible, NEEDLE_BYTES);
  test_put(self.store, NULL, text, "v");
  const needle dek_of_a = dek_of(self.store, "A");
  size_t names_found = 0;
  for (int closed = 0; closed < 2; closed++) {
    for (size_t i = 0; i < 3; i++) {
      const char *path = test_path(&self.folder, names[i]);
      names_found += count_in_file(&name, path);
      assert_int_equal(count_in_file(&value, path), 0);
      assert_int_equal(count_in_file(&kek, path), 0);
      assert_int_equal(count_in_file(&dek_of_a, path), 0);
    }
    test_store_close(&self);
  }
  assert_true(names_found > 0); /* names are plain text: the scan sees what is there */
  assert_true(strlen(log_text) > 0);
  assert_int_equal(count_in(&value, (unsigned char *)log_text, strlen(log_text)), 0);
  assert_int_equal(count_in(&kek, (unsigned char *)log_text, strlen(log_text)), 0);
  test_store_remove(&self);
}

static void error_messages_hold_no_value(void **state) {
  test_store self = test_store_prepare();
  const needle value = hidden_bytes(VALUE_SEED);
  unsigned char bytes[NEEDLE_BYTES];
  ss_put_request request;
  ss_error error;
  open_with_key(&self, KEY_SEED);
  make_bytes(bytes, VALUE_SEED);
  ss_put_request_init(&request);
  request.name = "A";
  request.value = bytes;
  request.value_length = sizeof bytes;
  request.if_revision = 9;
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_CONFLICT, &error);
  assert_int_equal(count_in(&value, (unsigned char *)&error, sizeof error), 0);
  ss_wipe(bytes, sizeof bytes);
  assert_int_equal(count_in_memory(&value), 0);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_plaintext_stays_in_memory_after_the_calls),
      cmocka_unit_test(no_plaintext_enters_a_policys_state),
      cmocka_unit_test(failed_calls_leave_no_plaintext_either),
      cmocka_unit_test(no_key_stays_in_memory_after_close),
      cmocka_unit_test(a_key_that_was_dropped_is_gone),
      cmocka_unit_test(a_refused_key_leaves_nothing),
      cmocka_unit_test(files_and_log_hold_no_value_and_no_key),
      cmocka_unit_test(error_messages_hold_no_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
