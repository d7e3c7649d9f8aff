/* Two writers at once, on a handle each: they wait for each other, and lose nothing. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

enum { ROUNDS = 60, WRAPS = 3, BRIEFLY_MS = 20 };

/* What one of the two threads does, ROUNDS times, and what it found. */
typedef struct writer {
  storage *storage;
  void (*round)(struct writer *self, int number);
  int64_t seen[ROUNDS];
} writer;

static void *run(void *context) {
  writer *self = context;
  for (int i = 0; i < ROUNDS; i++) self->round(self, i);
  return NULL;
}

static void run_both(fixture *of, writer writers[2], void (*round)(writer *self, int number)) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    writers[i] = (writer){.storage = i == 0 ? of->first : of->second, .round = round};
    assert_int_equal(pthread_create(&threads[i], NULL, run, &writers[i]), 0);
  }
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* ---- Wraps --------------------------------------------------------------------------------- */

static wrap_grant reserve(storage *of, storage_session *within, int64_t wanted, int64_t limit) {
  const wrap_request request = {1, wanted, limit};
  wrap_grant grant;
  ss_error error;
  assert_ok(storage_reserve_wraps(of, within, &request, &grant, &error), &error);
  return grant;
}

static void reserve_some(writer *self, int number) {
  const wrap_grant grant = reserve(self->storage, NULL, WRAPS, INT64_C(1) << 32);
  assert_int_equal(grant.count, WRAPS);
  self->seen[number] = grant.before;
}

static void no_wrap_is_granted_twice(void **state) {
  fixture *self = *state;
  writer writers[2];
  bool taken[2 * ROUNDS] = {0};
  run_both(self, writers, reserve_some);
  for (int i = 0; i < 2 * ROUNDS; i++) {
    const int64_t before = writers[i / ROUNDS].seen[i % ROUNDS];
    assert_int_equal(before % WRAPS, 0);
    assert_in_range(before / WRAPS, 0, 2 * ROUNDS - 1);
    assert_false(taken[before / WRAPS]);
    taken[before / WRAPS] = true;
  }
  assert_int_equal(wraps_reserved(self->first, 1), 2 * ROUNDS * WRAPS);
}

static void wraps_are_granted_up_to_the_limit(void **state) {
  fixture *self = *state;
  take_wraps(self->first, 1, 6);
  wrap_grant grant = reserve(self->second, NULL, 8, 10);
  assert_int_equal(grant.before, 6);
  assert_int_equal(grant.count, 4);
  grant = reserve(self->first, NULL, 1, 10);
  assert_int_equal(grant.before, 10);
  assert_int_equal(grant.count, 0);
  assert_int_equal(wraps_reserved(self->first, 1), 10);
}

static void wraps_reserved_within_a_session_are_counted_once_it_committed(void **state) {
  fixture *self = *state;
  storage_session *session = begin_write(self->first);
  assert_int_equal(reserve(self->first, session, 5, 100).count, 5);
  assert_int_equal(reserve(self->first, session, 5, 100).before, 5);
  commit(session);
  assert_int_equal(wraps_reserved(self->second, 1), 10);
}

/* ---- Leases -------------------------------------------------------------------------------- */

static bool take(storage *of, const char *holder, int64_t ms) {
  bool taken = false;
  ss_error error;
  assert_ok(
      storage_take_lease(of, VIEW("chore"), (const unsigned char *)holder, ms, &taken, &error),
      &error);
  return taken;
}

static void give_back(storage *of, const char *holder) {
  ss_error error;
  assert_ok(storage_return_lease(of, VIEW("chore"), (const unsigned char *)holder, &error), &error);
}

static const char one[] = "holder number 1";
static const char other[] = "holder number 2";

static void a_lease_is_one_holders_until_it_is_returned(void **state) {
  fixture *self = *state;
  assert_true(take(self->first, one, 1000));
  assert_false(take(self->second, other, 1000));
  assert_true(take(self->first, one, 1000)); /* renewed */
  give_back(self->second, other);            /* who has none returns none */
  assert_false(take(self->second, other, 1000));
  give_back(self->first, one);
  assert_true(take(self->second, other, 1000));
}

static void try_lease(writer *self, int number) {
  static int64_t holders;
  unsigned char holder[STORAGE_LEASE_HOLDER_BYTES] = {0};
  memcpy(holder, &self, sizeof self);
  if (!take(self->storage, (const char *)holder, 1000)) return;
  self->seen[number] = __atomic_add_fetch(&holders, 1, __ATOMIC_SEQ_CST);
  (void)__atomic_sub_fetch(&holders, 1, __ATOMIC_SEQ_CST);
  give_back(self->storage, (const char *)holder);
}

static void two_that_ask_at_once_do_not_both_have_a_lease(void **state) {
  fixture *self = *state;
  writer writers[2];
  run_both(self, writers, try_lease);
  for (int i = 0; i < 2 * ROUNDS; i++) {
    assert_in_range(writers[i / ROUNDS].seen[i % ROUNDS], 0, 1);
  }
}

/* ---- Locks --------------------------------------------------------------------------------- */

static void count_up(writer *self, int number) {
  ss_error error;
  storage_session *session = begin_write(self->storage);
  namespace_record record = lock_namespace(session, VIEW("n"), NULL);
  record.secrets++;
  self->seen[number] = record.id;
  assert_ok(storage_save_namespace(session, &record, &error), &error);
  commit(session);
}

static void a_namespace_made_by_two_at_once_is_one_and_loses_no_update(void **state) {
  fixture *self = *state;
  writer writers[2];
  run_both(self, writers, count_up);
  for (int i = 0; i < 2 * ROUNDS; i++) {
    assert_int_equal(writers[i / ROUNDS].seen[i % ROUNDS], writers[0].seen[0]);
  }
  storage_session *session = begin_write(self->first);
  assert_int_equal(lock_namespace(session, VIEW("n"), NULL).secrets, 2 * ROUNDS);
  storage_rollback(session);
}

static int64_t read_counter(storage_session *session) {
  stored_root root = {0};
  seal_record seal = {0};
  bool found = false;
  ss_error error;
  assert_ok(storage_load_root(session, &root, &seal, &found, &error), &error);
  return found ? seal.counter : 0;
}

static void renew_seal(writer *self, int number) {
  const stored_root root = {.sequence = 1, .text = VIEW("root")};
  seal_record seal = {0};
  ss_error error;
  storage_session *session = begin_store_write(self->storage);
  assert_ok(storage_lock_store(session, &error), &error); /* again is nothing */
  seal.counter = read_counter(session) + 1;
  assert_ok(storage_save_root(session, &root, &error), &error);
  assert_ok(storage_save_seal(session, &seal, &error), &error);
  self->seen[number] = seal.counter;
  commit(session);
}

static void two_that_lock_the_store_read_what_the_other_wrote(void **state) {
  fixture *self = *state;
  writer writers[2];
  run_both(self, writers, renew_seal);
  storage_session *session = begin_read(self->first);
  assert_int_equal(read_counter(session), 2 * ROUNDS);
  storage_end(&session);
}

static void add_secret(writer *self, int number) {
  static const text_view names[] = {{"a", 1}, {"b", 1}};
  storage_session *session = begin_write(self->storage);
  char name[32];
  (void)snprintf(name, sizeof name, "%p.%d", (void *)self, number);
  for (size_t i = 0; i < 2; i++) { /* in the order of their names */
    const namespace_record record = lock_namespace(session, names[i], NULL);
    self->seen[number] = insert_secret(session, record.id, name).id;
  }
  commit(session);
}

static void two_that_lock_namespaces_in_order_do_not_wait_in_a_circle(void **state) {
  fixture *self = *state;
  writer writers[2];
  run_both(self, writers, add_secret);
  for (int i = 0; i < ROUNDS; i++) {
    for (int j = 0; j < ROUNDS; j++) assert_true(writers[0].seen[i] != writers[1].seen[j]);
  }
}

/* Of a namespace whose head moves with each revision of the row. */
static namespace_record lock_with_row(storage_session *session, secret_record *row) {
  static const text_view reads[] = {{"A", 1}, {"none such", 9}};
  const namespace_lock lock = {.name = VIEW("n"), .reads = reads, .read_count = 2};
  namespace_record record;
  bool found = false;
  ss_error error;
  assert_ok(storage_lock_namespace(session, &lock, &record, &found, &error), &error);
  assert_true(found);
  assert_ok(storage_find_secret_header(session, record.id, reads[1], row, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_find_secret_header(session, record.id, reads[0], row, &found, &error), &error);
  assert_true(found);
  return record;
}

static void rewrap(storage_session *session, const secret_record *row, int64_t revision) {
  static const unsigned char iv[GCM_IV_BYTES] = {5};
  static const unsigned char wrapped[WRAPPED_KEY_BYTES] = {6};
  const secret_record next = {
      .id = row->id,
      .namespace_id = row->namespace_id,
      .format = STORAGE_SECRET_FORMAT,
      .revision = revision,
      .expires_at = SS_NO_EXPIRY,
      .dek_iv = {iv, sizeof iv},
      .wrapped_dek = {wrapped, sizeof wrapped},
  };
  ss_error error;
  assert_ok(storage_rewrap_secret(session, &next, &error), &error);
}

static void revise(writer *self, int number) {
  ss_error error;
  secret_record row;
  storage_session *session = begin_write(self->storage);
  namespace_record record = lock_with_row(session, &row);
  self->seen[number] = record.sequence - row.revision;
  record.sequence++;
  rewrap(session, &row, row.revision + 1);
  assert_ok(storage_save_namespace(session, &record, &error), &error);
  commit(session);
}

static void a_row_that_comes_with_the_lock_is_as_new_as_the_head(void **state) {
  fixture *self = *state;
  writer writers[2];
  ss_error error;
  storage_session *session = begin_write(self->first);
  namespace_record record = lock_namespace(session, VIEW("n"), NULL);
  record.sequence = insert_secret(session, record.id, "A").revision;
  assert_ok(storage_save_namespace(session, &record, &error), &error);
  commit(session);
  run_both(self, writers, revise);
  for (int i = 0; i < 2 * ROUNDS; i++) {
    assert_int_equal(writers[i / ROUNDS].seen[i % ROUNDS], 0);
  }
}

static void a_row_that_came_with_the_lock_is_as_the_session_changed_it(void **state) {
  fixture *self = *state;
  secret_record row;
  bool found = false;
  ss_error error;
  storage_session *session = begin_write(self->first);
  (void)insert_secret(session, lock_namespace(session, VIEW("n"), NULL).id, "A");
  commit(session);
  session = begin_write(self->second);
  const int64_t namespace_id = lock_with_row(session, &row).id;
  rewrap(session, &row, 7);
  assert_ok(storage_find_secret_header(session, namespace_id, VIEW("A"), &row, &found, &error),
            &error);
  assert_int_equal(row.revision, 7);
  row.name = VIEW("A"); /* the view ends with the next call */
  assert_ok(storage_delete_secret(session, &row, &error), &error);
  assert_ok(storage_find_secret_header(session, namespace_id, VIEW("A"), &row, &found, &error),
            &error);
  assert_false(found);
  storage_rollback(session);
}

static void who_waits_too_long_for_a_lock_is_told_that_it_is_busy(void **state) {
  fixture *self = *state;
  storage_session *held = begin_write(self->first);
  (void)lock_namespace(held, VIEW("n"), NULL);
  storage *hasty = fixture_open(self, BRIEFLY_MS);
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  namespace_record record;
  bool found = false;
  ss_error error;
  ss_status status = storage_begin_write(hasty, &session, &error);
  if (status == SS_OK) {
    status = storage_lock_namespace(session, &(namespace_lock){.name = VIEW("n"), .create = true},
                                    &record, &found, &error);
  }
  assert_int_equal(status, SS_STORAGE_BUSY);
  storage_end(&session);
  storage_rollback(held);
  storage_close(hasty);
}

const struct CMUnitTest writer_tests[] = {
    CONFORMANCE_TEST(no_wrap_is_granted_twice),
    CONFORMANCE_TEST(wraps_are_granted_up_to_the_limit),
    CONFORMANCE_TEST(wraps_reserved_within_a_session_are_counted_once_it_committed),
    CONFORMANCE_TEST(a_lease_is_one_holders_until_it_is_returned),
    CONFORMANCE_TEST(two_that_ask_at_once_do_not_both_have_a_lease),
    CONFORMANCE_TEST(a_namespace_made_by_two_at_once_is_one_and_loses_no_update),
    CONFORMANCE_TEST(two_that_lock_the_store_read_what_the_other_wrote),
    CONFORMANCE_TEST(two_that_lock_namespaces_in_order_do_not_wait_in_a_circle),
    CONFORMANCE_TEST(a_row_that_comes_with_the_lock_is_as_new_as_the_head),
    CONFORMANCE_TEST(a_row_that_came_with_the_lock_is_as_the_session_changed_it),
    CONFORMANCE_TEST(who_waits_too_long_for_a_lock_is_told_that_it_is_busy),
};
const size_t writer_test_count = sizeof writer_tests / sizeof writer_tests[0];
