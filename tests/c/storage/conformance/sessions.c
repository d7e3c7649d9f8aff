/* What a session sees, of its own changes and of others'. */
#include "conformance.h"

static bool has_namespace(storage_session *session, const char *name) {
  int64_t id = 0;
  bool found = false;
  ss_error error;
  assert_ok(storage_find_namespace(session, text_view_of(name), &id, &found, &error), &error);
  return found;
}

static void make_namespace(storage *of, const char *name) {
  storage_session *session = begin_write(of);
  (void)lock_namespace(session, text_view_of(name), NULL);
  commit(session);
}

static bool is_there(storage *of, const char *name) {
  storage_session *session = begin_read(of);
  const bool found = has_namespace(session, name);
  storage_end(&session);
  return found;
}

static void a_writer_alone_sees_what_it_did_not_commit(void **state) {
  fixture *self = *state;
  storage_session *session = begin_write(self->first);
  (void)lock_namespace(session, VIEW("n"), NULL);
  assert_true(has_namespace(session, "n"));
  assert_false(is_there(self->second, "n"));
  commit(session);
  assert_true(is_there(self->second, "n"));
  assert_true(is_there(self->first, "n"));
}

static void what_was_rolled_back_was_never_there(void **state) {
  fixture *self = *state;
  storage_session *session = begin_write(self->first);
  (void)lock_namespace(session, VIEW("n"), NULL);
  storage_rollback(session);
  session = begin_write(self->first);
  assert_false(has_namespace(session, "n"));
  (void)lock_namespace(session, VIEW("n"), NULL);
  storage_end(&session); /* without its changes */
  assert_null(session);
  assert_false(is_there(self->first, "n"));
  assert_false(is_there(self->second, "n"));
}

static void a_read_session_sees_the_newest_state_with_each_call(void **state) {
  fixture *self = *state;
  storage_session *session = begin_read(self->second);
  assert_false(has_namespace(session, "n"));
  make_namespace(self->first, "n");
  assert_true(has_namespace(session, "n"));
  storage_end(&session);
}

static void a_snapshot_sees_one_state(void **state) {
  fixture *self = *state;
  storage_session *session = NULL;
  ss_error error;
  assert_ok(storage_begin_snapshot(self->second, &session, &error), &error);
  assert_false(has_namespace(session, "n"));
  make_namespace(self->first, "n");
  assert_false(has_namespace(session, "n"));
  storage_end(&session);
  session = begin_read(self->second);
  assert_true(has_namespace(session, "n"));
  storage_end(&session);
}

static void many_readers_are_served_beside_a_writer(void **state) {
  enum { READERS = 8 };
  fixture *self = *state;
  storage_session *readers[READERS];
  storage_session *writer = begin_write(self->first);
  (void)lock_namespace(writer, VIEW("n"), NULL);
  for (int i = 0; i < READERS; i++) {
    readers[i] = begin_read(i % 2 == 0 ? self->first : self->second);
    assert_false(has_namespace(readers[i], "n"));
  }
  commit(writer);
  for (int i = 0; i < READERS; i++) {
    assert_true(has_namespace(readers[i], "n"));
    storage_end(&readers[i]);
  }
}

static void the_end_of_no_session_is_nothing(void **state) {
  storage_session *none = NULL;
  storage_end(&none);
  assert_null(none);
}

const struct CMUnitTest session_tests[] = {
    CONFORMANCE_TEST(a_writer_alone_sees_what_it_did_not_commit),
    CONFORMANCE_TEST(what_was_rolled_back_was_never_there),
    CONFORMANCE_TEST(a_read_session_sees_the_newest_state_with_each_call),
    CONFORMANCE_TEST(a_snapshot_sees_one_state),
    CONFORMANCE_TEST(many_readers_are_served_beside_a_writer),
    CONFORMANCE_TEST(the_end_of_no_session_is_nothing),
};
const size_t session_test_count = sizeof session_tests / sizeof session_tests[0];
