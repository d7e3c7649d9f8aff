/* The suite's fixture, and the rows that its tests write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

enum { PATIENCE_MS = 600000 }; /* no test waits for that */

static const conformance_back_end *back_end_under_test;

storage *fixture_open(fixture *self, int busy_timeout_ms) {
  static const log_sink silent = {.level = SS_LOG_NONE};
  const storage_options options = {
      .path = self->path,
      .create = true,
      .durability = SS_DURABILITY_NORMAL,
      .busy_timeout_ms = busy_timeout_ms,
      .clock = {test_clock_read, &self->clock},
      .log = &silent,
  };
  storage *opened = NULL;
  ss_error error;
  assert_ok(storage_open(&options, &opened, &error), &error);
  return opened;
}

int fixture_set_up(void **state) {
  fixture *self = calloc(1, sizeof *self);
  assert_non_null(self);
  self->back_end = back_end_under_test;
  self->clock.now_ms = TEST_NOW;
  self->back_end->prepare(&self->folder, self->path, sizeof self->path);
  self->first = fixture_open(self, PATIENCE_MS);
  self->second = fixture_open(self, PATIENCE_MS);
  *state = self;
  return 0;
}

int fixture_tear_down(void **state) {
  fixture *self = *state;
  storage_close(self->second);
  storage_close(self->first);
  self->back_end->remove(&self->folder);
  free(self);
  return 0;
}

int conformance_run(const conformance_back_end *back_end) {
  back_end_under_test = back_end;
  const struct {
    const char *name;
    const struct CMUnitTest *tests;
    size_t count;
  } groups[] = {
      {"records", record_tests, record_test_count}, {"secrets", secret_tests, secret_test_count},
      {"events", event_tests, event_test_count},    {"sessions", session_tests, session_test_count},
      {"writers", writer_tests, writer_test_count}, {"failures", failure_tests, failure_test_count},
  };
  int failed = 0;
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    failed += _cmocka_run_group_tests(groups[i].name, groups[i].tests, groups[i].count, NULL, NULL);
  }
  return failed;
}

/* ---- Sessions ------------------------------------------------------------------------------ */

storage_session *begin_read(storage *of) {
  storage_session *session = NULL;
  ss_error error;
  assert_ok(storage_begin_read(of, &session, &error), &error);
  return session;
}

storage_session *begin_write(storage *of) {
  storage_session *session = NULL;
  ss_error error;
  assert_ok(storage_begin_write(of, &session, &error), &error);
  return session;
}

storage_session *begin_store_write(storage *of) {
  storage_session *session = begin_write(of);
  ss_error error;
  assert_ok(storage_lock_store(session, &error), &error);
  return session;
}

void commit(storage_session *session) {
  ss_error error;
  assert_ok(storage_commit(&session, &error), &error);
  assert_null(session);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

namespace_record lock_namespace(storage_session *session, text_view name, bool *found) {
  namespace_record record;
  bool was_found = false;
  ss_error error;
  assert_ok(storage_lock_namespace(session, &(namespace_lock){.name = name, .create = true},
                                   &record, &was_found, &error),
            &error);
  if (!was_found) assert_ok(storage_save_namespace(session, &record, &error), &error);
  if (found != NULL) *found = was_found;
  return record;
}

secret_record insert_secret(storage_session *session, int64_t namespace_id, const char *name) {
  static const unsigned char iv[GCM_IV_BYTES] = {1};
  static const unsigned char wrapped[WRAPPED_KEY_BYTES] = {2};
  static const unsigned char value[] = {3, 0, 3};
  static const unsigned char digest[STORAGE_MAC_BYTES] = {5};
  secret_record made = {
      .namespace_id = namespace_id,
      .name = text_view_of(name),
      .format = STORAGE_SECRET_FORMAT,
      .revision = 1,
      .key_version = 1,
      .created_at = TEST_NOW,
      .updated_at = TEST_NOW,
      .expires_at = SS_NO_EXPIRY,
      .iv = {iv, sizeof iv},
      .value_digest = {digest, sizeof digest},
      .dek_iv = {iv, sizeof iv},
      .wrapped_dek = {wrapped, sizeof wrapped},
      .metadata = VIEW("{\"a\":1}"),
      .value = {value, sizeof value},
  };
  ss_error error;
  assert_ok(storage_next_secret_id(session, &made.id, &error), &error);
  assert_ok(storage_insert_secret(session, &made, &error), &error);
  return made;
}

void insert_event(storage_session *session, int64_t namespace_id, int64_t sequence,
                  ss_event_type type, int64_t secret_id) {
  static const unsigned char mac[STORAGE_MAC_BYTES] = {4};
  static const unsigned char attempt[STORAGE_ATTEMPT_BYTES] = {6};
  const event_record event = {
      .namespace_id = namespace_id,
      .sequence = sequence,
      .type = type,
      .secret_id = secret_id,
      .revision = secret_id == 0 ? 0 : 7,
      .attempt = {attempt, sizeof attempt},
      .actor = VIEW("eve"),
      .created_at = TEST_NOW + sequence,
      .epoch = 1,
      .mac = {mac, sizeof mac},
  };
  ss_error error;
  assert_ok(storage_insert_event(session, &event, &error), &error);
}

void take_wraps(storage *of, int64_t version, int64_t wraps) {
  const wrap_request request = {version, wraps, INT64_C(1) << 40};
  wrap_grant grant;
  ss_error error;
  assert_ok(storage_reserve_wraps(of, NULL, &request, &grant, &error), &error);
  assert_int_equal(grant.count, wraps);
}

int64_t wraps_reserved(storage *of, int64_t version) {
  storage_session *session = begin_read(of);
  kek_record kek;
  bool found = false;
  ss_error error;
  assert_ok(storage_find_kek(session, version, &kek, &found, &error), &error);
  assert_true(found);
  storage_end(&session);
  return kek.wraps_reserved;
}
