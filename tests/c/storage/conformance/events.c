/* Events: walked by each filter, and pruned. */
#include <string.h>

#include "conformance.h"

typedef struct seen_events {
  int64_t sequences; /* a decimal digit each */
  int64_t last_sequence;
  int64_t last_secret_id;
  char names[32];
} seen_events;

static ss_status add_event(void *context, const event_record *event, ss_error *error) {
  seen_events *seen = context;
  seen->sequences = 10 * seen->sequences + event->sequence;
  seen->last_sequence = event->sequence;
  seen->last_secret_id = event->secret_id;
  (void)strncat(seen->names, event->name.data, event->name.length);
  assert_view(event->actor, "eve");
  assert_null(event->detail.data);
  assert_null(event->row_digest.data);
  assert_int_equal(event->mac.length, STORAGE_MAC_BYTES);
  assert_int_equal(event->created_at, TEST_NOW + event->sequence);
  return SS_OK;
}

/* In "n": A was made (1), B was made (2), A updated (3) and deleted (4), and made anew (5). */
typedef struct history {
  int64_t namespace_id;
  int64_t first_a;
  int64_t b;
  int64_t second_a;
} history;

static history write_history(storage *of) {
  storage_session *session = begin_write(of);
  namespace_record record = lock_namespace(session, VIEW("n"), NULL);
  const secret_record a = insert_secret(session, record.id, "A");
  const secret_record b = insert_secret(session, record.id, "B");
  ss_error error;
  insert_event(session, record.id, 1, SS_EVENT_CREATED, a.id);
  insert_event(session, record.id, 2, SS_EVENT_CREATED, b.id);
  insert_event(session, record.id, 3, SS_EVENT_UPDATED, a.id);
  assert_ok(storage_delete_secret(session, &a, &error), &error);
  insert_event(session, record.id, 4, SS_EVENT_DELETED, a.id);
  const secret_record again = insert_secret(session, record.id, "A");
  insert_event(session, record.id, 5, SS_EVENT_CREATED, again.id);
  record.sequence = 5;
  assert_ok(storage_save_namespace(session, &record, &error), &error);
  commit(session);
  return (history){record.id, a.id, b.id, again.id};
}

static seen_events visit(storage *of, const events_query *query) {
  seen_events seen = {0};
  storage_session *session = begin_read(of);
  ss_error error;
  assert_ok(storage_visit_events(session, query, add_event, &seen, &error), &error);
  storage_end(&session);
  return seen;
}

static void a_namespaces_events_come_in_their_order_in_pages(void **state) {
  fixture *self = *state;
  const history of = write_history(self->first);
  events_query query = {EVENTS_OF_NAMESPACE, .namespace_id = of.namespace_id, .limit = 3};
  query.order = SS_ASCENDING;
  seen_events seen = visit(self->second, &query);
  assert_int_equal(seen.sequences, 123);
  assert_string_equal(seen.names, "ABA"); /* a removed secret's name too */
  query.has_position = true, query.after_sequence = 3;
  assert_int_equal(visit(self->second, &query).sequences, 45);
  query.order = SS_DESCENDING;
  assert_int_equal(visit(self->second, &query).sequences, 21);
  query.has_position = false;
  assert_int_equal(visit(self->second, &query).sequences, 543);
}

static void events_are_filtered_by_type_and_secret(void **state) {
  fixture *self = *state;
  const history of = write_history(self->first);
  events_query by_type = {EVENTS_OF_TYPE, .namespace_id = of.namespace_id, .limit = 9};
  by_type.type = SS_EVENT_CREATED, by_type.order = SS_ASCENDING;
  assert_int_equal(visit(self->second, &by_type).sequences, 125);
  by_type.order = SS_DESCENDING;
  assert_int_equal(visit(self->second, &by_type).sequences, 521);
  events_query by_secret = {EVENTS_OF_SECRET, .secret_id = of.first_a, .limit = 9};
  by_secret.order = SS_ASCENDING;
  assert_int_equal(visit(self->second, &by_secret).sequences, 134);
  by_secret.order = SS_DESCENDING;
  assert_int_equal(visit(self->second, &by_secret).sequences, 431);
}

static void events_of_a_name_are_those_of_all_that_had_it(void **state) {
  fixture *self = *state;
  const history of = write_history(self->first);
  events_query query = {EVENTS_OF_NAME, .namespace_id = of.namespace_id, .limit = 9};
  query.name = VIEW("A"), query.order = SS_ASCENDING;
  assert_int_equal(visit(self->second, &query).sequences, 1345);
  query.order = SS_DESCENDING;
  assert_int_equal(visit(self->second, &query).sequences, 5431);
  query.limit = 2;
  const seen_events page = visit(self->second, &query);
  assert_int_equal(page.sequences, 54);
  query.has_position = true;
  query.after_sequence = page.last_sequence, query.after_secret_id = page.last_secret_id;
  assert_int_equal(visit(self->second, &query).sequences, 31);
}

static void events_are_pruned_up_to_a_sequence(void **state) {
  fixture *self = *state;
  const history of = write_history(self->first);
  const events_query query = {EVENTS_OF_NAMESPACE, .namespace_id = of.namespace_id,
                              .order = SS_ASCENDING, .limit = 9};
  ss_error error;
  storage_session *session = begin_write(self->first);
  assert_ok(storage_delete_events(session, of.namespace_id, 2, &error), &error);
  commit(session);
  assert_int_equal(visit(self->second, &query).sequences, 345);
}

static void events_are_counted_with_all_that_were_planted(void **state) {
  fixture *self = *state;
  const history of = write_history(self->first);
  int64_t count = 0;
  ss_error error;
  storage_session *session = begin_write(self->first);
  insert_event(session, of.namespace_id, 3, (ss_event_type)77, of.b);
  assert_ok(storage_count_events(session, of.namespace_id, &count, &error), &error);
  assert_int_equal(count, 6);
  storage_rollback(session);
}

static void a_secrets_last_event_is_one_that_says_what_its_row_is(void **state) {
  fixture *self = *state;
  const history of = write_history(self->first);
  event_record last;
  byte_view previous_mac = {0};
  bool found = false;
  ss_error error;
  storage_session *session = begin_write(self->first);
  insert_event(session, of.namespace_id, 6, SS_EVENT_READ, of.b);
  insert_event(session, of.namespace_id, 7, (ss_event_type)77, of.b);
  assert_ok(storage_find_last_event(session, of.b, &last, &previous_mac, &found, &error), &error);
  assert_true(found);
  assert_int_equal(last.sequence, 2);
  assert_int_equal(last.revision, 7);
  assert_int_equal(last.attempt.length, STORAGE_ATTEMPT_BYTES);
  assert_int_equal(previous_mac.length, STORAGE_MAC_BYTES);
  assert_ok(storage_find_last_event(session, of.first_a, &last, &previous_mac, &found, &error),
            &error);
  assert_int_equal(last.type, SS_EVENT_DELETED);
  assert_ok(storage_delete_events(session, of.namespace_id, 1, &error), &error);
  assert_ok(storage_find_last_event(session, of.b, &last, &previous_mac, &found, &error), &error);
  assert_null(previous_mac.data); /* the event before it is gone */
  assert_ok(storage_find_last_event(session, 4711, &last, &previous_mac, &found, &error), &error);
  assert_false(found);
  storage_rollback(session);
}

const struct CMUnitTest event_tests[] = {
    CONFORMANCE_TEST(a_namespaces_events_come_in_their_order_in_pages),
    CONFORMANCE_TEST(events_are_filtered_by_type_and_secret),
    CONFORMANCE_TEST(events_of_a_name_are_those_of_all_that_had_it),
    CONFORMANCE_TEST(events_are_pruned_up_to_a_sequence),
    CONFORMANCE_TEST(events_are_counted_with_all_that_were_planted),
    CONFORMANCE_TEST(a_secrets_last_event_is_one_that_says_what_its_row_is),
};
const size_t event_test_count = sizeof event_tests / sizeof event_tests[0];
