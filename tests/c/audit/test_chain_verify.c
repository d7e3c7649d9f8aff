/* Walking a chain: each way in which it can be broken is another fault, and the first one counts. */
#include "audit/chain_verify.h"

#include "engine/store/store.h"
#include "support/support.h"

/* Three events, of two secrets. */
static test_store with_three_events(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, NULL, "A", "2");
  test_put(self.store, NULL, "B", "1");
  return self;
}

static chain_report walk(test_store *self) {
  storage_session *snapshot ON_SCOPE_EXIT(storage_end) = NULL;
  chain_report report;
  namespace_record record;
  scratch *with = NULL;
  bool found = false;
  ss_error error;
  ss_store *store = self->store;
  assert_ok(scratch_take(store, &with, &error), &error);
  assert_ok(storage_begin_write(store->storage, &snapshot, &error), &error);
  assert_ok(storage_lock_namespace(snapshot, &(namespace_lock){0}, &record, &found, &error),
            &error);
  assert_true(found);
  assert_ok(
      chain_verify_namespace(&with->signer, snapshot, (text_view){0}, &record, &report, &error),
      &error);
  scratch_return(store, with);
  return report;
}

static void an_honest_chain_is_checked_to_its_head(void **state) {
  test_store self = with_three_events();
  const chain_report report = walk(&self);
  assert_int_equal(report.fault, CHAIN_INTACT);
  assert_int_equal(report.events_checked, 3);
  assert_int_equal(report.events_uncheckable, 0);
  test_store_remove(&self);
}

static void each_way_of_breaking_it_is_a_fault_of_its_own(void **state) {
#define FREE_UPDATES "DROP TRIGGER event_is_append_only_update; "
#define FREE_DELETES "DROP TRIGGER event_is_append_only_delete; "
  static const struct {
    const char *damage;
    chain_fault fault;
    int64_t sequence;
  } cases[] = {
      {FREE_UPDATES "UPDATE event SET actor = 'eve' WHERE sequence = 2", CHAIN_MAC_WRONG, 2},
      {FREE_DELETES "DELETE FROM event WHERE sequence = 2", CHAIN_SEQUENCE_BROKEN, 3},
      {FREE_DELETES "DELETE FROM event WHERE sequence = 3", CHAIN_HEAD_WRONG, 3},
      {"UPDATE namespace SET head_check = zeroblob(32)", CHAIN_HEAD_NOT_AUTHENTIC, 3},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    test_store self = with_three_events();
    test_store_sql(&self, cases[i].damage);
    const chain_report report = walk(&self);
    if (report.fault != cases[i].fault || report.fault_sequence != cases[i].sequence) {
      fail_msg("%s: got fault %d at %lld", cases[i].damage, (int)report.fault,
               (long long)report.fault_sequence);
    }
    test_store_remove(&self);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_honest_chain_is_checked_to_its_head),
      cmocka_unit_test(each_way_of_breaking_it_is_a_fault_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
