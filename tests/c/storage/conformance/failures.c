/* A failure at any call of a transaction, the commit among them, leaves nothing behind, and the
 * next transaction begins as if it had not been. */
#include <string.h>

#include "base/status.h"
#include "conformance.h"
#include "storage/back_end.h"

/* Fails one call, counted from 0; negative: none any more. */
typedef struct fault {
  int calls_left;
  char failed[32]; /* which it was */
} fault;

static ss_status count_down(void *context, const char *operation, ss_error *error) {
  fault *self = context;
  if (self->calls_left-- != 0) return SS_OK;
  (void)strncpy(self->failed, operation, sizeof self->failed - 1);
  return error_set(error, SS_STORAGE_FAILED, "a test had %s fail", operation);
}

static ss_status write_secret(storage_session *session, ss_error *error) {
  const wrap_request request = {1, 1, 100};
  wrap_grant grant;
  namespace_record record;
  bool found = false;
  secret_record row = {.name = VIEW("A"),
                       .format = STORAGE_SECRET_FORMAT,
                       .iv = {(const unsigned char *)"", 0},
                       .value_digest = {(const unsigned char *)"v", 1},
                       .dek_iv = {(const unsigned char *)"", 0},
                       .wrapped_dek = {(const unsigned char *)"", 0},
                       .value = {(const unsigned char *)"v", 1}};
  GUARD(storage_lock_store(session, error));
  GUARD(storage_lock_namespace(session, &(namespace_lock){.name = VIEW("n"), .create = true},
                               &record, &found, error));
  GUARD(storage_reserve_wraps(session->storage, session, &request, &grant, error));
  GUARD(storage_next_secret_id(session, &row.id, error));
  row.namespace_id = record.id;
  row.iv = row.dek_iv = row.wrapped_dek = row.value;
  GUARD(storage_insert_secret(session, &row, error));
  record.secrets = 1;
  return storage_save_namespace(session, &record, error);
}

static ss_status write_all(storage *of, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_write(of, &session, error));
  GUARD(write_secret(session, error));
  return storage_commit(&session, error);
}

static void assert_nothing_is_there(storage *of) {
  storage_session *session = begin_read(of);
  kek_record kek;
  secret_record row;
  int64_t id = 0;
  bool found = true;
  ss_error error;
  assert_ok(storage_find_kek(session, 1, &kek, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_find_namespace(session, VIEW("n"), &id, &found, &error), &error);
  assert_false(found);
  assert_ok(
      storage_look_up_secret(session, VIEW("n"), VIEW("A"), SECRET_WHOLE, &row, &found, &error),
      &error);
  assert_false(found);
  storage_end(&session);
}

static void a_failure_at_any_call_leaves_nothing_behind(void **state) {
  fixture *self = *state;
  fault late = {0};
  ss_error error;
  ss_status status = SS_STORAGE_FAILED;
  for (int calls = 0; status != SS_OK; calls++) {
    const char *last = late.failed;
    late.calls_left = calls;
    self->first->fault = count_down, self->first->fault_context = &late;
    status = write_all(self->first, &error);
    self->first->fault = NULL;
    if (status == SS_OK) {
      assert_string_equal(last, "commit"); /* which is the latest that can fail */
    } else {
      assert_int_equal(status, SS_STORAGE_FAILED);
      assert_nothing_is_there(self->first);
      assert_nothing_is_there(self->second);
    }
  }
  assert_int_equal(wraps_reserved(self->second, 1), 1);
}

static void a_step_of_its_own_that_fails_has_not_been(void **state) {
  fixture *self = *state;
  static const unsigned char one[STORAGE_LEASE_HOLDER_BYTES] = {1};
  static const unsigned char other[STORAGE_LEASE_HOLDER_BYTES] = {2};
  const wrap_request request = {1, 1, 100};
  wrap_grant grant;
  bool taken = false;
  ss_error error;
  take_wraps(self->first, 1, 1);
  for (int calls = 0; calls < 2; calls++) {
    fault late = {.calls_left = calls};
    self->first->fault = count_down, self->first->fault_context = &late;
    assert_fails(storage_reserve_wraps(self->first, NULL, &request, &grant, &error),
                 SS_STORAGE_FAILED, &error);
    late.calls_left = calls;
    assert_fails(storage_take_lease(self->first, VIEW("chore"), one, 1000, &taken, &error),
                 SS_STORAGE_FAILED, &error);
    assert_false(taken);
    self->first->fault = NULL;
  }
  assert_int_equal(wraps_reserved(self->second, 1), 1);
  assert_ok(storage_take_lease(self->second, VIEW("chore"), other, 1000, &taken, &error), &error);
  assert_true(taken);
}

const struct CMUnitTest failure_tests[] = {
    CONFORMANCE_TEST(a_failure_at_any_call_leaves_nothing_behind),
    CONFORMANCE_TEST(a_step_of_its_own_that_fails_has_not_been),
};
const size_t failure_test_count = sizeof failure_tests / sizeof failure_tests[0];
