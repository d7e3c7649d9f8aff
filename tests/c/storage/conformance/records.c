/* Root, seal and store log, KEK versions, namespaces, and what adds up. */
#include <string.h>

#include "conformance.h"

static stored_root root_of(int64_t sequence, const char *text) {
  stored_root made = {.sequence = sequence, .text = text_view_of(text)};
  memset(made.mac, (int)sequence, sizeof made.mac);
  return made;
}

static seal_record seal_of(int64_t counter) {
  seal_record made = {.epoch = 1, .counter = counter, .root_sequence = 2, .namespaces = 3};
  memset(made.root_mac, 4, sizeof made.root_mac);
  memset(made.mac, 5, sizeof made.mac);
  memset(made.sum, 6, sizeof made.sum);
  return made;
}

static void root_and_seal_are_those_saved_last_and_come_together(void **state) {
  fixture *self = *state;
  stored_root root = root_of(1, "one");
  seal_record seal = seal_of(1);
  bool found = true;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  assert_ok(storage_load_root(session, &root, &seal, &found, &error), &error);
  assert_false(found);
  for (int64_t i = 1; i <= 2; i++) {
    root = root_of(i, i == 1 ? "one" : "two");
    seal = seal_of(i);
    assert_ok(storage_save_root(session, &root, &error), &error);
    assert_ok(storage_save_seal(session, &seal, &error), &error);
  }
  commit(session);
  stored_root read_root = {0};
  seal_record read_seal = {0};
  session = begin_read(self->second);
  assert_ok(storage_load_root(session, &read_root, &read_seal, &found, &error), &error);
  assert_true(found);
  assert_int_equal(read_root.sequence, 2);
  assert_view(read_root.text, "two");
  assert_memory_equal(read_root.mac, root.mac, sizeof root.mac);
  assert_memory_equal(&read_seal, &seal, sizeof seal);
  storage_end(&session);
}

static void a_root_without_a_seal_is_damage(void **state) {
  fixture *self = *state;
  const stored_root made = root_of(1, "one");
  stored_root root = {0};
  seal_record seal = {0};
  bool found = false;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  assert_ok(storage_save_root(session, &made, &error), &error);
  commit(session);
  session = begin_read(self->second);
  assert_fails(storage_load_root(session, &root, &seal, &found, &error), SS_STORAGE_CORRUPT,
               &error);
  storage_end(&session);
}

static void the_required_policy_is_the_one_saved_last_or_none(void **state) {
  fixture *self = *state;
  text_view text;
  bool found = true;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  assert_ok(storage_load_required_policy(session, &text, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_save_required_policy(session, VIEW("one"), &error), &error);
  assert_ok(storage_save_required_policy(session, VIEW("two"), &error), &error);
  commit(session);
  session = begin_store_write(self->second);
  assert_ok(storage_load_required_policy(session, &text, &found, &error), &error);
  assert_true(found);
  assert_view(text, "two");
  assert_ok(storage_save_required_policy(session, (text_view){0}, &error), &error);
  assert_ok(storage_load_required_policy(session, &text, &found, &error), &error);
  assert_false(found);
  storage_rollback(session);
}

/* A visitor that adds what it sees to a number, a decimal digit each. */
static ss_status add_kek(void *context, const kek_record *kek, ss_error *error) {
  *(int64_t *)context = 10 * *(int64_t *)context + kek->version;
  return SS_OK;
}

static void key_versions_come_in_their_order(void **state) {
  fixture *self = *state;
  int64_t seen = 0;
  bool found = true;
  kek_record kek;
  ss_error error;
  take_wraps(self->first, 3, 1);
  take_wraps(self->second, 1, 7);
  storage_session *session = begin_read(self->first);
  assert_ok(storage_visit_keks(session, add_kek, &seen, &error), &error);
  assert_int_equal(seen, 13);
  assert_ok(storage_find_kek(session, 2, &kek, &found, &error), &error);
  assert_false(found);
  assert_ok(storage_find_kek(session, 1, &kek, &found, &error), &error);
  assert_true(found);
  assert_int_equal(kek.wraps_reserved, 7);
  storage_end(&session);
}

/* ---- The store log ------------------------------------------------------------------------- */

static ss_status add_store_event(void *context, const store_event_record *event, ss_error *error) {
  static const unsigned char bytes[STORAGE_MAC_BYTES] = {8};
  assert_int_equal(event->type, SS_EVENT_KEY_ADDED);
  assert_int_equal(event->created_at, TEST_NOW);
  assert_int_equal(event->epoch, 9);
  assert_view(event->actor, "ops");
  assert_null(event->detail.data);
  assert_int_equal(event->attempt.length, STORAGE_ATTEMPT_BYTES);
  assert_memory_equal(event->mac.data, bytes, sizeof bytes);
  *(int64_t *)context = 10 * *(int64_t *)context + event->sequence;
  return SS_OK;
}

static void the_store_log_comes_in_its_order_in_pages(void **state) {
  fixture *self = *state;
  static const unsigned char bytes[STORAGE_MAC_BYTES] = {8};
  store_events_query query = {.order = SS_ASCENDING, .limit = 2};
  int64_t seen = 0;
  ss_error error;
  storage_session *session = begin_store_write(self->first);
  for (int64_t i = 1; i <= 3; i++) {
    const store_event_record event = {.sequence = i,
                                      .type = SS_EVENT_KEY_ADDED,
                                      .created_at = TEST_NOW,
                                      .epoch = 9,
                                      .actor = VIEW("ops"),
                                      .attempt = {bytes, STORAGE_ATTEMPT_BYTES},
                                      .mac = {bytes, sizeof bytes}};
    assert_ok(storage_insert_store_event(session, &event, &error), &error);
  }
  commit(session);
  session = begin_read(self->second);
  assert_ok(storage_visit_store_events(session, &query, add_store_event, &seen, &error), &error);
  assert_int_equal(seen, 12);
  query.has_position = true, query.after_sequence = 2, seen = 0;
  assert_ok(storage_visit_store_events(session, &query, add_store_event, &seen, &error), &error);
  assert_int_equal(seen, 3);
  query.order = SS_DESCENDING, seen = 0;
  assert_ok(storage_visit_store_events(session, &query, add_store_event, &seen, &error), &error);
  assert_int_equal(seen, 1);
  storage_end(&session);
}

/* ---- What moved ---------------------------------------------------------------------------- */

static bool has_moved(storage_session *session) {
  bool moved = false;
  ss_error error;
  storage_totals totals;
  assert_ok(storage_measure(session, &totals, &error), &error); /* a read sees the newest state */
  assert_ok(storage_has_moved(session, &moved, &error), &error);
  return moved;
}

static void a_change_is_told_to_whoever_reads_after_it(void **state) {
  fixture *self = *state;
  storage_session *reader = begin_read(self->first);
  assert_true(has_moved(reader)); /* the first time */
  assert_false(has_moved(reader));
  storage_session *session = begin_write(self->second);
  (void)lock_namespace(session, VIEW("n"), NULL);
  commit(session);
  assert_true(has_moved(reader));
  assert_false(has_moved(reader));
  storage_end(&reader);
}

/* ---- Namespaces ---------------------------------------------------------------------------- */

static void a_namespace_is_made_by_its_first_lock(void **state) {
  fixture *self = *state;
  static const text_view names[] = {{NULL, 0}, {"n", 1}, {"", 0}};
  for (size_t i = 0; i < 3; i++) {
    bool found = true;
    storage_session *session = begin_write(self->first);
    namespace_record made = lock_namespace(session, names[i], &found);
    assert_false(found);
    made.secrets = 5, made.sequence = 6, made.epoch = 1, made.last_event_at = 8;
    memset(made.mac, 9, sizeof made.mac);
    ss_error error;
    assert_ok(storage_save_namespace(session, &made, &error), &error);
    commit(session);
    session = begin_write(self->second);
    const namespace_record again = lock_namespace(session, names[i], &found);
    assert_true(found);
    assert_memory_equal(&again, &made, sizeof made);
    storage_rollback(session);
  }
}

static void a_lock_that_may_not_make_a_namespace_makes_none(void **state) {
  fixture *self = *state;
  namespace_record record;
  int64_t id = 0;
  bool found = true;
  ss_error error;
  storage_session *session = begin_write(self->first);
  assert_ok(storage_lock_namespace(session, &(namespace_lock){.name = VIEW("n")}, &record, &found,
                                   &error),
            &error);
  assert_false(found);
  commit(session);
  session = begin_read(self->first);
  assert_ok(storage_find_namespace(session, VIEW("n"), &id, &found, &error), &error);
  assert_false(found);
  storage_end(&session);
}

static void make_namespaces(storage *of, size_t count, const char *const names[]) {
  storage_session *session = begin_write(of);
  for (size_t i = 0; i < count; i++) {
    ss_error error;
    namespace_record made = lock_namespace(session, text_view_of(names[i]), NULL);
    made.sequence = 4, made.secrets = 2, made.checkpoint_sequence = 1;
    assert_ok(storage_save_namespace(session, &made, &error), &error);
  }
  commit(session);
}

static void a_namespaces_id_leads_to_its_name(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"n"};
  int64_t id = 0;
  text_view name;
  bool found = false;
  ss_error error;
  make_namespaces(self->first, 1, names);
  storage_session *session = begin_read(self->second);
  for (int i = 0; i < 2; i++) { /* the second may be remembered */
    assert_ok(storage_find_namespace(session, VIEW("n"), &id, &found, &error), &error);
    assert_true(found);
  }
  assert_ok(storage_find_namespace_name(session, id, &name, &found, &error), &error);
  assert_true(found);
  assert_view(name, "n");
  assert_ok(storage_find_namespace_name(session, id + 1, &name, &found, &error), &error);
  assert_false(found);
  storage_end(&session);
}

typedef struct seen_names {
  char text[64];
  int64_t stop_after; /* 0: never */
  int64_t count;
} seen_names;

static ss_status add_name(void *context, text_view name, const namespace_record *record,
                          ss_error *error) {
  seen_names *seen = context;
  (void)strncat(seen->text, name.data == NULL ? "-" : name.data,
                name.data == NULL ? 1 : name.length);
  seen->count++;
  return seen->count == seen->stop_after ? SS_INTERRUPTED : SS_OK;
}

static void namespaces_come_by_name_the_default_one_first(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"c", NULL, "a", "b"};
  seen_names all = {0}, page = {0}, rest = {0};
  ss_error error;
  make_namespaces(self->first, 4, names);
  storage_session *session = begin_read(self->first);
  namespaces_query query = {.limit = 10};
  assert_ok(storage_visit_namespaces(session, &query, add_name, &all, &error), &error);
  assert_string_equal(all.text, "-abc");
  query.limit = 2;
  assert_ok(storage_visit_namespaces(session, &query, add_name, &page, &error), &error);
  assert_string_equal(page.text, "-a");
  query.has_position = true, query.after_name = VIEW("a");
  assert_ok(storage_visit_namespaces(session, &query, add_name, &rest, &error), &error);
  assert_string_equal(rest.text, "bc");
  storage_end(&session);
}

static void a_visitor_ends_its_walk(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"a", "b", "c"};
  seen_names seen = {.stop_after = 2};
  ss_error error;
  make_namespaces(self->first, 3, names);
  storage_session *session = begin_read(self->first);
  const namespaces_query query = {.limit = 10};
  assert_int_equal(storage_visit_namespaces(session, &query, add_name, &seen, &error),
                   SS_INTERRUPTED);
  assert_string_equal(seen.text, "ab");
  storage_end(&session);
}

static void the_totals_add_up_the_namespaces(void **state) {
  fixture *self = *state;
  static const char *const names[] = {"a", "b"};
  storage_totals totals;
  storage_bytes bytes;
  ss_error error;
  make_namespaces(self->first, 2, names);
  storage_session *session = begin_read(self->second);
  assert_ok(storage_measure(session, &totals, &error), &error);
  assert_int_equal(totals.namespace_count, 2);
  assert_int_equal(totals.secret_count, 4);
  assert_int_equal(totals.event_count, 6);
  const ss_status status = storage_count_bytes(session, &bytes, &error);
  assert_int_equal(status,
                   storage_can(self->second, STORAGE_CAN_COUNT_BYTES) ? SS_OK : SS_UNSUPPORTED);
  if (status == SS_OK) assert_true(bytes.file > 0);
  storage_end(&session);
}

static void the_present_is_the_shared_clocks(void **state) {
  fixture *self = *state;
  int64_t before = 0, after = 0;
  ss_error error;
  storage_session *session = begin_write(self->first);
  assert_ok(storage_now(session, &before, &error), &error);
  storage_rollback(session);
  self->clock.now_ms += 5;
  session = begin_write(self->second);
  assert_ok(storage_now(session, &after, &error), &error);
  assert_true(after >= before);
  storage_rollback(session);
}

const struct CMUnitTest record_tests[] = {
    CONFORMANCE_TEST(root_and_seal_are_those_saved_last_and_come_together),
    CONFORMANCE_TEST(a_root_without_a_seal_is_damage),
    CONFORMANCE_TEST(the_required_policy_is_the_one_saved_last_or_none),
    CONFORMANCE_TEST(the_store_log_comes_in_its_order_in_pages),
    CONFORMANCE_TEST(a_change_is_told_to_whoever_reads_after_it),
    CONFORMANCE_TEST(key_versions_come_in_their_order),
    CONFORMANCE_TEST(a_namespace_is_made_by_its_first_lock),
    CONFORMANCE_TEST(a_lock_that_may_not_make_a_namespace_makes_none),
    CONFORMANCE_TEST(a_namespaces_id_leads_to_its_name),
    CONFORMANCE_TEST(namespaces_come_by_name_the_default_one_first),
    CONFORMANCE_TEST(a_visitor_ends_its_walk),
    CONFORMANCE_TEST(the_totals_add_up_the_namespaces),
    CONFORMANCE_TEST(the_present_is_the_shared_clocks),
};
const size_t record_test_count = sizeof record_tests / sizeof record_tests[0];
