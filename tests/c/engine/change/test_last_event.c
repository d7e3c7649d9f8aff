/* What a secret's last event says of its row. */
#include "engine/change/last_event.h"

#include <stdlib.h>
#include <string.h>

#include "engine/store/store.h"
#include "support/support.h"

static last_event find(test_store *self, int64_t secret_id) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  last_event last;
  ss_error error;
  assert_ok(storage_begin_read(self->store->storage, &session, &error), &error);
  assert_ok(last_event_find(session, secret_id, &last, &error), &error);
  return last;
}

static void remove_secret(test_store *self, const char *name) {
  ss_remove_request request;
  ss_error error;
  ss_remove_request_init(&request);
  request.name = name;
  assert_ok(ss_remove(self->store, &request, NULL, &error), &error);
}

static void the_newest_event_of_that_secret_is_found(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  const ss_put_result made = test_put(self.store, NULL, "A", "1");
  test_put(self.store, NULL, "A", "2");
  test_put(self.store, NULL, "B", "1");
  const int64_t id = strtoll(made.secret_id, NULL, 10);
  last_event last = find(&self, id);
  assert_true(last.found && last.has_digest);
  assert_int_equal(last.type, SS_EVENT_UPDATED);
  assert_int_equal(last.sequence, 2);
  remove_secret(&self, "A");
  last = find(&self, id);
  assert_int_equal(last.type, SS_EVENT_DELETED);
  assert_false(last.has_digest);
  assert_false(find(&self, 4711).found);
  test_store_remove(&self);
}

static void only_the_digest_that_it_names_was_left(void **state) {
  unsigned char digest[SHA256_BYTES] = {1};
  last_event last = {.found = true, .type = SS_EVENT_CREATED, .has_digest = true};
  memcpy(last.row_digest, digest, sizeof digest);
  assert_true(last_event_left(&last, digest));
  digest[SHA256_BYTES - 1] = 1;
  assert_false(last_event_left(&last, digest));
}

static void a_deletion_or_an_event_without_digest_left_no_row(void **state) {
  static const unsigned char digest[SHA256_BYTES];
  const last_event deleted = {.found = true, .type = SS_EVENT_DELETED, .has_digest = true};
  const last_event damaged = {.found = true, .type = SS_EVENT_UPDATED};
  assert_false(last_event_left(&deleted, digest));
  assert_false(last_event_left(&damaged, digest));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_newest_event_of_that_secret_is_found),
      cmocka_unit_test(only_the_digest_that_it_names_was_left),
      cmocka_unit_test(a_deletion_or_an_event_without_digest_left_no_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
