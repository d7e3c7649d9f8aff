/* The chain as the engine keeps it: built upon only if its head is authentic; faults of every kind are
 * seen. */
#include <string.h>

#include "support/support.h"

static test_store with_five_events(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "B", "2");
  test_put(self.store, "n", "A", "3");
  test_put(self.store, "n", "C", "4");
  test_put(self.store, "n", "B", "5");
  return self;
}

static bool intact_after(const char *sql) {
  test_store self = with_five_events();
  test_store_close(&self);
  if (sql != NULL) test_store_sql(&self, sql);
  test_store_open(&self);
  const bool intact = test_store_is_intact(self.store);
  test_store_remove(&self);
  return intact;
}

static void an_honest_chain_is_intact(void **state) { assert_true(intact_after(NULL)); }

static void every_change_to_an_event_breaks_the_chain(void **state) {
  static const char *const changes[] = {
      "UPDATE event SET actor = 'eve' WHERE sequence = 2",
      "UPDATE event SET detail = '{\"changed\":[]}' WHERE sequence = 3",
      "UPDATE event SET detail = NULL WHERE sequence = 3",
      "UPDATE event SET detail = 'null' WHERE sequence = 1",
      "UPDATE event SET detail = '' WHERE sequence = 1",
      "UPDATE event SET actor = '' WHERE sequence = 1",
      "UPDATE event SET created_at = created_at + 1 WHERE sequence = 1",
      "UPDATE event SET secret = 3 WHERE sequence = 1",
      "UPDATE event SET type = 4 WHERE sequence = 3",
      "UPDATE event SET row_digest = zeroblob(32) WHERE sequence = 2",
      "UPDATE event SET row_digest = NULL WHERE sequence = 2",
      "UPDATE event SET mac = zeroblob(32) WHERE sequence = 2",
      "UPDATE event SET mac = x'' WHERE sequence = 5",
      "UPDATE event SET epoch = 2 WHERE sequence = 2",
      "UPDATE event SET revision = 2 WHERE sequence = 1",
      "UPDATE event SET attempt = randomblob(16) WHERE sequence = 2",
      "UPDATE event SET previous_digest = NULL WHERE sequence = 3",
      "UPDATE event SET sequence = 9 WHERE sequence = 5",
      "UPDATE secret SET name = 'Z' WHERE name = 'B'",
      "UPDATE namespace SET name = 'm' WHERE name = 'n'",
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    if (intact_after(changes[i])) fail_msg("not noticed: %s", changes[i]);
  }
}

static void missing_added_and_swapped_events_break_the_chain(void **state) {
  static const char *const changes[] = {
      "DELETE FROM event WHERE sequence = 1",
      "DELETE FROM event WHERE sequence = 3",
      "DELETE FROM event WHERE sequence = 5",
      "DELETE FROM event",
      "INSERT INTO event SELECT namespace, 3, 6, secret, revision, created_at, epoch, attempt,"
      " row_digest, NULL, mac, NULL, NULL FROM event WHERE sequence = 5",
      "INSERT INTO event SELECT namespace, 77, 6, secret, revision, created_at, epoch, attempt,"
      " previous_digest, row_digest, mac, NULL, NULL FROM event WHERE sequence = 5",
      "UPDATE event SET sequence = 99 WHERE sequence = 1;"
      "UPDATE event SET sequence = 1 WHERE sequence = 2;"
      "UPDATE event SET sequence = 2 WHERE sequence = 99",
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    if (intact_after(changes[i])) fail_msg("not noticed: %s", changes[i]);
  }
}

/* The head says how long the chain is; putting it back to an earlier event needs its MAC. */
static const char cut_tail[] =
    "DELETE FROM event WHERE sequence > 3;"
    "UPDATE namespace SET sequence = 3,"
    " mac = (SELECT mac FROM event WHERE sequence = 3)";

static void a_cut_tail_with_a_forged_head_is_noticed(void **state) {
  test_store self = with_five_events();
  test_store_sql(&self, cut_tail);
  assert_false(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void every_field_of_the_head_is_authentic(void **state) {
  static const char *const changes[] = {
      "UPDATE namespace SET secrets = 7",
      "UPDATE namespace SET versions = 1",
      "UPDATE namespace SET removed = 1",
      "UPDATE namespace SET last_event_at = last_event_at - 1",
      "UPDATE namespace SET epoch = 5",
      "UPDATE namespace SET root_sequence = 0",
      "UPDATE namespace SET sealed_sequence = 4",
      "UPDATE namespace SET sealed_mac = zeroblob(32)",
      "UPDATE namespace SET checkpoint_mac = randomblob(32)",
      "UPDATE namespace SET sum = zeroblob(256)",
      "UPDATE namespace SET head_mac = zeroblob(32)",
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    if (intact_after(changes[i])) fail_msg("not noticed: %s", changes[i]);
  }
}

/* Building on a forged head would give it a good MAC. */
static void writes_refuse_to_build_on_a_forged_head(void **state) {
  test_store self = with_five_events();
  ss_put_request put;
  ss_update_request update;
  ss_remove_request remove_request;
  ss_update_result updated;
  ss_error error;
  test_store_sql(&self, cut_tail);
  ss_put_request_init(&put);
  put.namespace_name = "n";
  put.name = "NEW";
  assert_fails(ss_put(self.store, &put, NULL, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_non_null(strstr(error.message, "namespace n"));
  ss_update_request_init(&update);
  update.namespace_name = "n";
  update.name = "A";
  update.ttl = SS_CLEAR;
  assert_fails(ss_update(self.store, &update, &updated, &error), SS_INTEGRITY_VIOLATION, &error);
  ss_remove_request_init(&remove_request);
  remove_request.namespace_name = "n";
  remove_request.name = "A";
  assert_fails(ss_remove(self.store, &remove_request, NULL, &error), SS_INTEGRITY_VIOLATION,
               &error);
  assert_secret(self.store, "n", "A", "3");
  test_put(self.store, "other", "A", "unharmed");
  test_store_remove(&self);
}

static void a_forged_checkpoint_is_noticed(void **state) {
  test_store self = with_five_events();
  test_store_sql(&self,
                 "UPDATE namespace SET checkpoint_sequence = 2,"
                 " checkpoint_mac = (SELECT mac FROM event WHERE sequence = 2);"
                 "DELETE FROM event WHERE sequence <= 2");
  assert_false(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* ---- Epochs -------------------------------------------------------------------------------- */

static void the_chain_goes_on_under_a_new_active_key(void **state) {
  test_store self = with_five_events();
  test_store_reopen_with(&self, 2, 1);
  test_put(self.store, "n", "D", "6");
  test_store_reopen_with(&self, 2, -1);
  test_put(self.store, "n", "E", "7");
  assert_true(test_store_is_intact(self.store));
  assert_int_equal(test_store_number(&self, "SELECT count(DISTINCT epoch) FROM event"), 1);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_honest_chain_is_intact),
      cmocka_unit_test(every_change_to_an_event_breaks_the_chain),
      cmocka_unit_test(missing_added_and_swapped_events_break_the_chain),
      cmocka_unit_test(a_cut_tail_with_a_forged_head_is_noticed),
      cmocka_unit_test(every_field_of_the_head_is_authentic),
      cmocka_unit_test(writes_refuse_to_build_on_a_forged_head),
      cmocka_unit_test(a_forged_checkpoint_is_noticed),
      cmocka_unit_test(the_chain_goes_on_under_a_new_active_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
