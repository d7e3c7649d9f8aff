/* What a secret's last event says of its row. */
#include "engine/change/last_event.h"

#include <stdlib.h>
#include <string.h>

#include "engine/store/store.h"
#include "support/support.h"

static ss_status find_in(test_store *self, int64_t secret_id, last_event *last, ss_error *error) {
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  scratch *with = NULL;
  gate open = {0};
  bool found = false;
  assert_ok(scratch_take(self->store, &with, error), error);
  assert_ok(transaction_begin(self->store, with, &open, &tx, error), error);
  assert_ok(transaction_lock(&tx, &(namespace_lock){0}, &found, error), error);
  const ss_status status = last_event_find(&tx, text_view_of("A"), secret_id, last, error);
  transaction_clear(&tx);
  scratch_return(self->store, with);
  return status;
}

static last_event find(test_store *self, int64_t secret_id) {
  last_event last;
  ss_error error;
  assert_ok(find_in(self, secret_id, &last, &error), &error);
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

/* A later event that nobody with a key wrote would make an older row the last one. */
static void a_planted_event_is_a_violation(void **state) {
  static const char *const planted[] = {
      "INSERT INTO event SELECT namespace, 2, 9, secret, revision, created_at, epoch, attempt,"
      " previous_digest, row_digest, zeroblob(32), actor, detail FROM event WHERE sequence = 1",
      "INSERT INTO event SELECT namespace, 4, 3, secret, revision, created_at, epoch, attempt,"
      " previous_digest, row_digest, mac, actor, detail FROM event WHERE sequence = 1",
      "UPDATE event SET row_digest = zeroblob(32) WHERE sequence = 2",
      "UPDATE event SET epoch = 7 WHERE sequence = 2",
      "UPDATE event SET mac = x'' WHERE sequence = 1",
  };
  for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
    test_store self = test_store_prepare();
    last_event last;
    ss_error error;
    test_store_open(&self);
    const ss_put_result made = test_put(self.store, NULL, "A", "1");
    test_put(self.store, NULL, "A", "2");
    test_store_sql(&self, planted[i]);
    const ss_status status = find_in(&self, strtoll(made.secret_id, NULL, 10), &last, &error);
    if (status != SS_INTEGRITY_VIOLATION) fail_msg("%s: %s", planted[i], ss_status_name(status));
    test_store_remove(&self);
  }
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
      cmocka_unit_test(a_planted_event_is_a_violation),
      cmocka_unit_test(only_the_digest_that_it_names_was_left),
      cmocka_unit_test(a_deletion_or_an_event_without_digest_left_no_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
