/* Walks over a store that has more than a page of everything. */
#include "engine/operations/walk.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "engine/store/store.h"
#include "support/support.h"

enum { SECRETS = 401, NAMESPACES = 201 }; /* two full pages, and one more */

typedef struct walked {
  int count;
  int stop_after; /* 0: never */
  int fail_after;
  char last[32];
} walked;

static ss_status take(walked *self, text_view name, bool *stop, ss_error *error) {
  self->count++;
  (void)snprintf(self->last, sizeof self->last, "%.*s", (int)name.length,
                 name.data == NULL ? "" : name.data);
  *stop = self->count == self->stop_after;
  return self->count == self->fail_after ? error_set(error, SS_INTERNAL, "enough") : SS_OK;
}

static ss_status take_secret(void *context, text_view name, bool *stop, ss_error *error) {
  return take(context, name, stop, error);
}

static ss_status take_namespace(void *context, text_view name, const namespace_record *record,
                                bool *stop, ss_error *error) {
  assert_int_equal(record->secrets, 1);
  return take(context, name, stop, error);
}

static void put_many(test_store *self, size_t count, bool in_namespaces) {
  static char names[SECRETS][24];
  static ss_put_request requests[SECRETS];
  ss_error error;
  for (size_t i = 0; i < count; i++) {
    (void)snprintf(names[i], sizeof names[i], "n%03zu", i);
    ss_put_request_init(&requests[i]);
    requests[i].name = in_namespaces ? "A" : names[i];
    requests[i].namespace_name = in_namespaces ? names[i] : NULL;
    requests[i].value = "v";
    requests[i].value_length = 1;
  }
  assert_ok(ss_put_batch(self->store, requests, count, NULL, &error), &error);
}

static ss_status walk_default_namespace(test_store *self, walked *seen, int64_t *count,
                                        ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  int64_t id = 0;
  bool found = false;
  assert_ok(storage_begin_read(self->store->storage, &session, error), error);
  assert_ok(storage_find_namespace(session, (text_view){0}, &id, &found, error), error);
  return walk_secrets(session, id, take_secret, seen, count, error);
}

static void every_secret_is_visited_once_over_all_pages(void **state) {
  test_store self = test_store_prepare();
  walked all = {0};
  walked some = {.stop_after = 250};
  walked failed = {.fail_after = 7};
  int64_t count = 0;
  ss_error error;
  test_store_open(&self);
  put_many(&self, SECRETS, false);
  assert_ok(walk_default_namespace(&self, &all, &count, &error), &error);
  assert_int_equal(all.count, SECRETS);
  assert_int_equal(count, SECRETS);
  assert_string_equal(all.last, "n400");
  assert_ok(walk_default_namespace(&self, &some, NULL, &error), &error);
  assert_int_equal(some.count, 250);
  assert_fails(walk_default_namespace(&self, &failed, NULL, &error), SS_INTERNAL, &error);
  assert_int_equal(failed.count, 7);
  test_store_remove(&self);
}

static ss_status walk_all_namespaces(test_store *self, walked *seen, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  arena *memory = arena_new();
  assert_non_null(memory);
  assert_ok(storage_begin_read(self->store->storage, &session, error), error);
  const ss_status status = walk_namespaces(session, memory, take_namespace, seen, error);
  arena_free(memory);
  return status;
}

static void every_namespace_is_visited_once_the_default_one_first(void **state) {
  test_store self = test_store_prepare();
  walked all = {0};
  walked first = {.stop_after = 1};
  walked failed = {.fail_after = 150};
  ss_error error;
  test_store_open(&self);
  put_many(&self, NAMESPACES - 1, true);
  test_put(self.store, NULL, "A", "v");
  assert_ok(walk_all_namespaces(&self, &all, &error), &error);
  assert_int_equal(all.count, NAMESPACES);
  assert_string_equal(all.last, "n199");
  assert_ok(walk_all_namespaces(&self, &first, &error), &error);
  assert_int_equal(first.count, 1);
  assert_string_equal(first.last, "");
  assert_fails(walk_all_namespaces(&self, &failed, &error), SS_INTERNAL, &error);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_secret_is_visited_once_over_all_pages),
      cmocka_unit_test(every_namespace_is_visited_once_the_default_one_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
