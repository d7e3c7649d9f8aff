/* The storage calls themselves, over a back end of nothing: what is passed on, what is not, and how
 * sessions end. */
#include "storage/storage.h"

#include <string.h>

#include "base/status.h"
#include "storage/back_end.h"
#include "support/support.h"

/* A back end that counts. */
typedef struct fake {
  storage storage; /* first: a storage is a fake */
  storage_session session;
  int begun;
  int ended;
  int committed;
  int rolled_back;
  int asked;
} fake;

static fake *fake_of(const storage_session *session) { return (fake *)session->storage; }

static ss_status fake_begin(storage *of, storage_session **session, ss_error *error) {
  fake *self = (fake *)of;
  self->begun++;
  self->session.storage = of;
  *session = &self->session;
  return SS_OK;
}

static void fake_end_read(storage_session *session) { fake_of(session)->ended++; }

static ss_status fake_commit(storage_session *session, ss_error *error) {
  fake_of(session)->committed++;
  return SS_OK;
}

static void fake_rollback(storage_session *session) { fake_of(session)->rolled_back++; }

static ss_status fake_now(storage_session *session, int64_t *now, ss_error *error) {
  fake_of(session)->asked++;
  *now = TEST_NOW;
  return SS_OK;
}

static const storage_operations operations = {
    .begin_read = fake_begin,
    .begin_snapshot = fake_begin,
    .begin_write = fake_begin,
    .end_read = fake_end_read,
    .commit = fake_commit,
    .rollback = fake_rollback,
    .now = fake_now,
};

static ss_status fail_at(void *context, const char *operation, ss_error *error) {
  const bool is_here = strcmp(operation, context) == 0;
  return is_here ? error_set(error, SS_STORAGE_FAILED, "injected") : SS_OK;
}

static fake fake_that_fails(char *operation) {
  return (fake){.storage = {&operations, operation == NULL ? NULL : fail_at, operation}};
}

static void what_scope_exit_ends_of_a_writer_is_rolled_back(void **state) {
  fake self = fake_that_fails(NULL);
  storage_session *session = NULL;
  ss_error error;
  assert_ok(storage_begin_write(&self.storage, &session, &error), &error);
  storage_end(&session);
  assert_null(session);
  assert_int_equal(self.rolled_back, 1);
  assert_ok(storage_begin_read(&self.storage, &session, &error), &error);
  storage_end(&session);
  assert_ok(storage_begin_snapshot(&self.storage, &session, &error), &error);
  storage_end(&session);
  storage_end(&session); /* of none is nothing */
  assert_int_equal(self.ended, 2);
  assert_int_equal(self.rolled_back, 1);
}

static void a_committed_session_is_gone(void **state) {
  fake self = fake_that_fails(NULL);
  storage_session *session = NULL;
  ss_error error;
  assert_ok(storage_begin_write(&self.storage, &session, &error), &error);
  assert_ok(storage_commit(&session, &error), &error);
  assert_null(session);
  assert_int_equal(self.committed, 1);
  assert_int_equal(self.rolled_back, 0);
}

static void a_commit_that_is_made_to_fail_rolls_back(void **state) {
  char at[] = "commit";
  fake self = fake_that_fails(at);
  storage_session *session = NULL;
  ss_error error;
  assert_ok(storage_begin_write(&self.storage, &session, &error), &error);
  assert_fails(storage_commit(&session, &error), SS_STORAGE_FAILED, &error);
  assert_null(session);
  assert_int_equal(self.committed, 0);
  assert_int_equal(self.rolled_back, 1);
}

static void a_begin_that_is_made_to_fail_opens_nothing(void **state) {
  char at[] = "begin_write";
  fake self = fake_that_fails(at);
  storage_session *session = NULL;
  ss_error error;
  assert_fails(storage_begin_write(&self.storage, &session, &error), SS_STORAGE_FAILED, &error);
  assert_null(session);
  assert_int_equal(self.begun, 0);
}

static void a_call_that_is_made_to_fail_does_not_reach_the_back_end(void **state) {
  char at[] = "now";
  fake self = fake_that_fails(at);
  storage_session *session = NULL;
  int64_t now = 0;
  ss_error error;
  assert_ok(storage_begin_read(&self.storage, &session, &error), &error);
  assert_fails(storage_now(session, &now, &error), SS_STORAGE_FAILED, &error);
  assert_int_equal(self.asked, 0);
  self.storage.fault = NULL;
  assert_ok(storage_now(session, &now, &error), &error); /* a reader goes on after a failure */
  assert_int_equal(now, TEST_NOW);
  storage_end(&session);
}

static void only_what_a_back_end_has_can_be_done(void **state) {
  const fake self = fake_that_fails(NULL);
  assert_false(storage_can(&self.storage, STORAGE_CAN_BACK_UP));
  assert_false(storage_can(&self.storage, STORAGE_CAN_COUNT_BYTES));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_scope_exit_ends_of_a_writer_is_rolled_back),
      cmocka_unit_test(a_committed_session_is_gone),
      cmocka_unit_test(a_commit_that_is_made_to_fail_rolls_back),
      cmocka_unit_test(a_begin_that_is_made_to_fail_opens_nothing),
      cmocka_unit_test(a_call_that_is_made_to_fail_does_not_reach_the_back_end),
      cmocka_unit_test(only_what_a_back_end_has_can_be_done),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
