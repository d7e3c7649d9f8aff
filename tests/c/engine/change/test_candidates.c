/* What a scan found, sorted for the locks that follow. */
#include "engine/change/candidates.h"

#include <string.h>

#include "engine/store/store.h"
#include "support/support.h"

static ss_status add(candidates *list, int64_t id, int64_t namespace_id, const char *name,
                     ss_error *error) {
  static const unsigned char iv[GCM_IV_BYTES] = {1, 2, 3};
  const secret_record row = {
      .id = id,
      .namespace_id = namespace_id,
      .name = text_view_of(name),
      .dek_iv = {iv, sizeof iv},
  };
  return candidates_add(list, &row, error);
}

static int64_t namespace_id_of(test_store *self, const char *name) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  int64_t id = -1;
  bool found = false;
  ss_error error;
  test_put(self->store, name, "A", "1");
  assert_ok(storage_begin_read(self->store->storage, &session, &error), &error);
  assert_ok(storage_find_namespace(session, text_view_of(name), &id, &found, &error), &error);
  assert_true(found);
  return id;
}

static void resolve(test_store *self, candidates *list) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  ss_error error;
  assert_ok(storage_begin_read(self->store->storage, &session, &error), &error);
  assert_ok(candidates_resolve(list, session, &error), &error);
}

static void they_come_by_their_namespaces_name_then_by_id(void **state) {
  test_store self = test_store_prepare();
  candidates list ON_SCOPE_EXIT(candidates_clear) = {0};
  ss_error error;
  test_store_open(&self);
  const int64_t z = namespace_id_of(&self, "z"); /* made first, locked last */
  const int64_t a = namespace_id_of(&self, "a");
  const int64_t none = namespace_id_of(&self, NULL);
  assert_ok(candidates_init(&list, 4, &error), &error);
  assert_ok(add(&list, 1, z, "one", &error), &error);
  assert_ok(add(&list, 3, a, "three", &error), &error);
  assert_ok(add(&list, 2, a, "two", &error), &error);
  assert_ok(add(&list, 4, none, "four", &error), &error);
  resolve(&self, &list);
  static const int64_t expected[] = {4, 2, 3, 1};
  for (size_t i = 0; i < 4; i++) assert_int_equal(list.items[i].id, expected[i]);
  assert_null(list.items[0].namespace_name.data);
  assert_true(text_view_equals(list.items[1].namespace_name, text_view_of("a")));
  assert_true(text_view_equals(list.items[1].name, text_view_of("two")));
  assert_false(list.items[3].is_lost);
  test_store_remove(&self);
}

static void one_whose_namespace_is_gone_is_lost(void **state) {
  test_store self = test_store_prepare();
  candidates list ON_SCOPE_EXIT(candidates_clear) = {0};
  ss_error error;
  test_store_open(&self);
  assert_ok(candidates_init(&list, 1, &error), &error);
  assert_ok(add(&list, 1, 4711, "A", &error), &error);
  resolve(&self, &list);
  assert_true(list.items[0].is_lost);
  test_store_remove(&self);
}

static void more_rows_than_were_asked_for_are_an_internal_failure(void **state) {
  candidates list ON_SCOPE_EXIT(candidates_clear) = {0};
  ss_error error;
  assert_ok(candidates_init(&list, 1, &error), &error);
  assert_ok(add(&list, 1, 0, "A", &error), &error);
  assert_fails(add(&list, 2, 0, "B", &error), SS_INTERNAL, &error);
  assert_int_equal(list.count, 1);
}

static void an_iv_is_kept_if_it_has_its_length(void **state) {
  static const unsigned char zero[GCM_IV_BYTES];
  static const unsigned char iv[GCM_IV_BYTES + 1] = {9};
  candidates list ON_SCOPE_EXIT(candidates_clear) = {0};
  ss_error error;
  assert_ok(candidates_init(&list, 2, &error), &error);
  secret_record row = {.id = 1, .name = text_view_of("A"), .dek_iv = {iv, GCM_IV_BYTES}};
  assert_ok(candidates_add(&list, &row, &error), &error);
  row.dek_iv.length++;
  assert_ok(candidates_add(&list, &row, &error), &error);
  assert_memory_equal(list.items[0].dek_iv, iv, GCM_IV_BYTES);
  assert_memory_equal(list.items[1].dek_iv, zero, GCM_IV_BYTES);
}

static void keep_line(void *context, ss_log_level level, const char *message) {
  assert_int_equal(level, SS_LOG_ERROR);
  (void)strncpy(context, message, 255);
}

static void the_log_says_which_was_left_and_why(void **state) {
  char line[256] = "";
  const log_sink log = {keep_line, line, SS_LOG_ERROR};
  candidate left = {.id = 7, .name = text_view_of("A")};
  candidate_log_left(&left, "rotation", "it is damaged", &log);
  assert_string_equal(line, "rotation: secret \"A\" (id 7) left as it is: it is damaged");
  left.namespace_name = text_view_of("n");
  candidate_log_left(&left, "cleanup", "it is damaged", &log);
  assert_string_equal(
      line, "cleanup: secret \"A\" of namespace \"n\" (id 7) left as it is: it is damaged");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_come_by_their_namespaces_name_then_by_id),
      cmocka_unit_test(one_whose_namespace_is_gone_is_lost),
      cmocka_unit_test(more_rows_than_were_asked_for_are_an_internal_failure),
      cmocka_unit_test(an_iv_is_kept_if_it_has_its_length),
      cmocka_unit_test(the_log_says_which_was_left_and_why),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
