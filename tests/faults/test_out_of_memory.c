/* The allocations of each operation fail once in turn: ours, SQLite's, OpenSSL's and
 * jansson's. The call must say out_of_memory (or succeed, where doing without is fine), leak
 * nothing (LeakSanitizer looks at exit), and leave a store that works.
 *
 * Ours are caught by the linker (--wrap); the libraries are given our allocator. */
#include <jansson.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store/store.h"
#include "support/support.h"

void *__real_malloc(size_t length);
void *__real_calloc(size_t count, size_t length);
void *__real_realloc(void *memory, size_t length);
void __real_free(void *memory);
void *__wrap_malloc(size_t length);
void *__wrap_calloc(size_t count, size_t length);
void *__wrap_realloc(void *memory, size_t length);
void __wrap_free(void *memory);

/* ---- The failing allocator ----------------------------------------------------------------- */

static long countdown = 0; /* 0: not injecting; 1: the next allocation fails */
static bool keep_failing = false;
static bool has_failed = false;

static bool fail_now(void) {
  if (has_failed && keep_failing) return true;
  if (countdown == 0 || --countdown > 0) return false;
  has_failed = true;
  return true;
}

void *__wrap_malloc(size_t length) { return fail_now() ? NULL : __real_malloc(length); }
void *__wrap_calloc(size_t count, size_t length) {
  return fail_now() ? NULL : __real_calloc(count, length);
}
void *__wrap_realloc(void *memory, size_t length) {
  return fail_now() ? NULL : __real_realloc(memory, length);
}
void __wrap_free(void *memory) { __real_free(memory); }

static void *crypto_malloc(size_t length, const char *file, int line) {
  (void)file, (void)line;
  return __wrap_malloc(length);
}
static void *crypto_realloc(void *memory, size_t length, const char *file, int line) {
  (void)file, (void)line;
  return __wrap_realloc(memory, length);
}
static void crypto_free(void *memory, const char *file, int line) {
  (void)file, (void)line;
  __real_free(memory);
}

/* SQLite asks for the size of what it holds: it stands in front. */
enum { SIZE_BYTES = 16 };
static void *sqlite_malloc(int length) {
  unsigned char *memory = __wrap_malloc((size_t)length + SIZE_BYTES);
  if (memory == NULL) return NULL;
  memcpy(memory, &length, sizeof length);
  return memory + SIZE_BYTES;
}
static void sqlite_free(void *memory) {
  if (memory != NULL) __real_free((unsigned char *)memory - SIZE_BYTES);
}
static int sqlite_size(void *memory) {
  int length = 0;
  if (memory != NULL) memcpy(&length, (unsigned char *)memory - SIZE_BYTES, sizeof length);
  return length;
}
static void *sqlite_realloc(void *memory, int length) {
  unsigned char *moved =
      __wrap_realloc((unsigned char *)memory - SIZE_BYTES, (size_t)length + SIZE_BYTES);
  if (moved == NULL) return NULL;
  memcpy(moved, &length, sizeof length);
  return moved + SIZE_BYTES;
}
static int sqlite_roundup(int length) { return (length + 7) & ~7; }
static int sqlite_init(void *context) {
  (void)context;
  return SQLITE_OK;
}
static void sqlite_shutdown(void *context) { (void)context; }

static void install_allocator(void) {
  static sqlite3_mem_methods methods = {sqlite_malloc,  sqlite_free, sqlite_realloc,  sqlite_size,
                                        sqlite_roundup, sqlite_init, sqlite_shutdown, NULL};
  assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
  /* Lookaside memory would hide allocations from the countdown. */
  assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
  assert_int_equal(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free), 1);
  json_set_alloc_funcs(__wrap_malloc, __wrap_free);
}

/* ---- The operations ------------------------------------------------------------------------ */

typedef ss_status (*operation)(ss_store *store, ss_error *error);

static ss_status put_again(ss_store *store, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = "A";
  request.value = "new";
  request.value_length = 3;
  request.metadata = SS_SET;
  request.metadata_json = "{\"k\": [1, \"two\"]}";
  return ss_put(store, &request, NULL, error);
}

static ss_status put_new(ss_store *store, ss_error *error) {
  ss_put_request request;
  ss_caller caller = {"actor", "{\"a\":1}"};
  ss_put_request_init(&request);
  request.namespace_name = "fresh";
  request.name = "B";
  request.value = "fresh";
  request.value_length = 5;
  request.caller = &caller;
  return ss_put(store, &request, NULL, error);
}

static ss_status get_it(ss_store *store, ss_error *error) {
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = "A";
  const ss_status status = ss_get_or_throw(store, &request, &result, error);
  if (status == SS_OK) assert_string_equal((const char *)result.value, "old");
  if (status != SS_OK) assert_null(result.value);
  ss_get_result_clear(&result);
  return status;
}

static ss_status list_them(ss_store *store, ss_error *error) {
  ss_list_request request;
  ss_secret_page page;
  ss_list_request_init(&request);
  request.namespace_name = "n";
  request.num_items = 2;
  const ss_status status = ss_list(store, &request, &page, error);
  if (status == SS_OK) assert_true(page.count == 2 && page.continue_cursor != NULL);
  if (status != SS_OK) assert_true(page.items == NULL && page.memory == NULL);
  ss_secret_page_clear(&page);
  return status;
}

static ss_status update_it(ss_store *store, ss_error *error) {
  ss_update_request request;
  ss_update_result result;
  ss_update_request_init(&request);
  request.namespace_name = "n";
  request.name = "C";
  request.ttl = SS_SET;
  request.ttl_ms = 5;
  return ss_update(store, &request, &result, error);
}

static ss_status list_events_of_it(ss_store *store, ss_error *error) {
  ss_events_request request;
  ss_event_page page;
  ss_events_request_init(&request);
  request.namespace_given = true;
  request.namespace_name = "n";
  request.name = "A";
  const ss_status status = ss_list_events(store, &request, &page, error);
  ss_event_page_clear(&page);
  return status;
}

/* ---- Transfers: what is exported is imported over itself ----------------------------------- */

static char exported[4096];
static size_t exported_length;

static bool keep_piece(void *context, const char *text, size_t length) {
  (void)context;
  if (exported_length + length > sizeof exported) return false;
  memcpy(exported + exported_length, text, length);
  exported_length += length;
  return true;
}

static ss_status export_all(ss_store *store, ss_error *error) {
  ss_export_request request;
  ss_export_report report;
  ss_export_request_init(&request);
  request.write = keep_piece;
  exported_length = 0;
  const ss_status status = ss_export(store, &request, &report, error);
  if (status != SS_OK) assert_null(report.memory);
  ss_export_report_clear(&report);
  return status;
}

/* What the last export_all wrote, which was whole; from a store with the same key. */
static ss_status import_all(ss_store *store, ss_error *error) {
  ss_import_request request;
  ss_import_report report;
  ss_import_request_init(&request);
  request.text = exported;
  request.text_length = exported_length;
  request.existing = SS_EXISTING_REPLACE;
  const ss_status status = ss_import(store, &request, &report, error);
  if (status == SS_OK) assert_true(report.is_stored && report.replaced > 0);
  ss_import_report_clear(&report);
  return status;
}

static ss_status make_head(ss_store *store, ss_error *error) {
  ss_audit_head head;
  const ss_status status = ss_get_audit_head(store, &head, error);
  ss_audit_head_clear(&head);
  return status;
}

/* Loading a policy and putting under it; jansson's strings here are short. */
static ss_status put_under_policy(ss_store *store, ss_error *error) {
  static const char text[] =
      "local s = require 'schema'\n"
      "return { metadata = s.record{}:open():optional(),\n"
      "  normalize = function(r) return { n = 1 } end,\n"
      "  authorize = function(r) return r.operation ~= 'never' end,\n"
      "  enrich = function(e, r) return { t = e.type } end }\n";
  const ss_policy_source source = {"p.lua", text, sizeof text - 1};
  const ss_policy_source none = {"none.lua", "return {}", 9};
  ss_status status = ss_policy_reload(store, &source, error);
  if (status == SS_OK) status = put_again(store, error);
  if (status == SS_OK) status = ss_policy_reload(store, &none, error);
  return status;
}

static ss_status verify_it(ss_store *store, ss_error *error) {
  ss_verify_report report;
  const ss_status status = ss_verify(store, NULL, &report, error);
  if (status == SS_OK && !report.is_intact) fail_msg("%s", report.faults[0].message);
  ss_verify_report_clear(&report);
  return status;
}

/* ---- What changes the root ------------------------------------------------------------------- */

static ss_status change_settings(ss_store *store, ss_error *error) {
  ss_settings_request request;
  ss_settings_request_init(&request);
  request.events_min_retention = SS_SET;
  request.events_min_retention_ms = 1;
  return ss_change_store_settings(store, &request, NULL, error);
}

static ss_status make_anchor(ss_store *store, ss_error *error) {
  ss_anchor anchor;
  const ss_status status = ss_make_anchor(store, NULL, &anchor, error);
  ss_anchor_clear(&anchor);
  return status;
}

static ss_status accept_it(ss_store *store, ss_error *error) {
  ss_accept_request request;
  ss_accept_request_init(&request);
  request.namespace_name = "n";
  return ss_accept(store, &request, NULL, error);
}

/* The second key of the store; again, once it is retired. */
static ss_status retire_key(ss_store *store, ss_error *error) {
  ss_retire_request request;
  ss_retire_request_init(&request);
  request.version = 2;
  return ss_retire_key(store, &request, NULL, error);
}

/* Made before anything fails. */
static char key_texts[3][SS_KEY_TEXT_CAPACITY];

static ss_status reload_keys(ss_store *store, ss_error *error) {
  ss_keyring *keys = NULL;
  ss_status status = ss_keyring_new(&keys, error);
  for (int64_t version = 1; version <= 2 && status == SS_OK; version++) {
    status = ss_keyring_add_key(keys, version, key_texts[version], error);
  }
  if (status == SS_OK) status = ss_reload_keys(store, keys, error);
  ss_keyring_free(keys);
  return status;
}

/* ---- Verified reads -------------------------------------------------------------------------- */

static ss_status get_verified(ss_store *store, ss_error *error) {
  store->verifies_reads = true;
  return get_it(store, error);
}

static ss_status list_verified(ss_store *store, ss_error *error) {
  store->verifies_reads = true;
  return list_them(store, error);
}

/* ---- The loop ------------------------------------------------------------------------------ */

static test_store prepared(void) {
  test_store self = test_store_prepare();
  self.keys[1] = 2, self.keys[2] = -1;
  test_store_open(&self);
  test_put(self.store, "n", "A", "old");
  test_put(self.store, "n", "C", "c");
  test_put(self.store, "n", "D", "d");
  test_store_close(&self);
  return self;
}

static void check_store(test_store *self) {
  assert_secret(self->store, "n", "C", "c");
  assert_true(test_store_is_intact(self->store));
}

/* Fails the nth allocation of run; false once run makes fewer than that. */
static bool fail_nth(operation run, long nth) {
  test_store self = prepared();
  ss_error error;
  test_store_open(&self);
  has_failed = false;
  countdown = nth;
  const ss_status status = run(self.store, &error);
  countdown = 0;
  const bool injected = has_failed;
  has_failed = false;
  if (status != SS_OK && status != SS_OUT_OF_MEMORY) {
    fail_msg("allocation %ld: %s: %s", nth, ss_status_name(status), error.message);
  }
  assert_true(injected || status == SS_OK);
  check_store(&self);
  assert_ok(run(self.store, &error), &error);
  test_store_remove(&self);
  return injected;
}

/* Every 13th allocation in turn, where SECRETSTORE_FAULTS_EVERY does not say otherwise: 1 takes them
 * all, and a quarter of an hour (script/soak). */
static long sampled_every(void) {
  const char *every = getenv("SECRETSTORE_FAULTS_EVERY");
  const long step = every == NULL ? 13 : strtol(every, NULL, 10);
  if (step < 1) fail_msg("SECRETSTORE_FAULTS_EVERY: expected a number from 1, got %s", every);
  return step;
}

static void fail_every(operation run, bool and_all_after, long step) {
  long failed = 0;
  keep_failing = and_all_after;
  for (long nth = 1; fail_nth(run, nth); nth += step) failed++;
  keep_failing = false;
  print_message("%ld allocations failed, each %ld. in turn\n", failed, step);
  assert_true(failed > 3);
}

static void fail_each(operation run, bool and_all_after) {
  fail_every(run, and_all_after, sampled_every());
}

static void put_survives_each_failure_on_overwrite(void **state) { fail_each(put_again, false); }
static void put_survives_each_failure_on_create(void **state) { fail_each(put_new, false); }
static void get_survives_each_failure(void **state) { fail_each(get_it, false); }
static void list_survives_each_failure(void **state) { fail_each(list_them, false); }
static void update_survives_each_failure(void **state) { fail_each(update_it, false); }
static void list_events_survives_each_failure(void **state) { fail_each(list_events_of_it, false); }
static void export_survives_each_failure(void **state) { fail_each(export_all, false); }
/* jansson 2.14 does not survive its own failures in long strings (see base/json.c): its allocations
 * are spared here, those of everybody else are not. */
static void import_survives_each_failure(void **state) {
  json_set_alloc_funcs(__real_malloc, __real_free);
  fail_each(import_all, false);
  json_set_alloc_funcs(__wrap_malloc, __wrap_free);
}
static void audit_head_survives_each_failure(void **state) { fail_each(make_head, false); }
static void verify_survives_each_failure(void **state) { fail_each(verify_it, false); }
static void settings_survive_each_failure(void **state) { fail_each(change_settings, false); }
static void anchors_survive_each_failure(void **state) { fail_each(make_anchor, false); }
static void accept_survives_each_failure(void **state) { fail_each(accept_it, false); }
static void retirement_survives_each_failure(void **state) { fail_each(retire_key, false); }
static void reloading_survives_each_failure(void **state) { fail_each(reload_keys, false); }
static void verified_get_survives_each_failure(void **state) { fail_each(get_verified, false); }
static void verified_list_survives_each_failure(void **state) { fail_each(list_verified, false); }
/* Compiling a policy takes some 6,000 allocations, most of them alike. */
static void a_policy_survives_failures(void **state) {
  fail_every(put_under_policy, false, 13 * sampled_every());
}
static void put_survives_memory_that_stays_short(void **state) { fail_each(put_again, true); }
static void get_survives_memory_that_stays_short(void **state) { fail_each(get_it, true); }

static void open_survives_each_failure(void **state) {
  for (long nth = 1;; nth += sampled_every()) {
    test_store self = prepared();
    ss_options *options = test_store_options(&self);
    ss_store *store = NULL;
    ss_error error;
    has_failed = false;
    countdown = nth;
    const ss_status status = ss_store_open(options, &store, &error);
    countdown = 0;
    if (status != SS_OK && status != SS_OUT_OF_MEMORY) {
      fail_msg("allocation %ld: %s: %s", nth, ss_status_name(status), error.message);
    }
    ss_store_free(store);
    ss_options_free(options);
    test_store_open(&self);
    check_store(&self);
    test_store_remove(&self);
    if (!has_failed) break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(put_survives_each_failure_on_overwrite),
      cmocka_unit_test(put_survives_each_failure_on_create),
      cmocka_unit_test(get_survives_each_failure),
      cmocka_unit_test(list_survives_each_failure),
      cmocka_unit_test(update_survives_each_failure),
      cmocka_unit_test(list_events_survives_each_failure),
      cmocka_unit_test(export_survives_each_failure),
      cmocka_unit_test(import_survives_each_failure),
      cmocka_unit_test(audit_head_survives_each_failure),
      cmocka_unit_test(verify_survives_each_failure),
      cmocka_unit_test(settings_survive_each_failure),
      cmocka_unit_test(anchors_survive_each_failure),
      cmocka_unit_test(accept_survives_each_failure),
      cmocka_unit_test(retirement_survives_each_failure),
      cmocka_unit_test(reloading_survives_each_failure),
      cmocka_unit_test(verified_get_survives_each_failure),
      cmocka_unit_test(verified_list_survives_each_failure),
      cmocka_unit_test(a_policy_survives_failures),
      cmocka_unit_test(put_survives_memory_that_stays_short),
      cmocka_unit_test(get_survives_memory_that_stays_short),
      cmocka_unit_test(open_survives_each_failure),
  };
  for (int64_t version = 1; version <= 2; version++) {
    (void)snprintf(key_texts[version], sizeof key_texts[version], "%s", test_key(version));
  }
  const char *only = getenv("SECRETSTORE_FAULTS_TESTS");
  if (only != NULL) cmocka_set_test_filter(only);
  install_allocator();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
