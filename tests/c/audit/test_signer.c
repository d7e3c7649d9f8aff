/* The MACs of the worked store are those that another implementation computed. */
#include "audit/signer.h"

#include <string.h>

#include "worked_store.h"

static const unsigned char zeros[MAC_BYTES];

static event_record worked_event(unsigned char digest[SHA256_BYTES]) {
  worked_bytes(WORKED_ROW_DIGEST, digest);
  return (event_record){
      .sequence = 1,
      .type = SS_EVENT_CREATED,
      .secret_id = 42,
      .revision = 3,
      .name = text_view_of("DB_URL"),
      .actor = text_view_of("ops"),
      .created_at = 1770000000001,
      .epoch = 1,
      .attempt = worked_attempt(),
      .row_digest = {digest, SHA256_BYTES},
  };
}

static void the_events_mac_is_as_documented(void **state) {
  worked_store *self = *state;
  unsigned char digest[SHA256_BYTES];
  unsigned char mac[MAC_BYTES];
  const event_record event = worked_event(digest);
  ss_error error;
  assert_ok(signer_event_mac(&self->signer, worked_namespace(), zeros, &event, mac, &error),
            &error);
  assert_worked(mac, WORKED_EVENT_MAC);
}

static void an_event_of_an_epoch_that_the_root_does_not_name_is_a_violation(void **state) {
  worked_store *self = *state;
  unsigned char digest[SHA256_BYTES];
  unsigned char mac[MAC_BYTES];
  event_record event = worked_event(digest);
  ss_error error;
  static const int64_t epochs[] = {0, -1, 2, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof epochs / sizeof epochs[0]; i++) {
    event.epoch = epochs[i];
    assert_fails(signer_event_mac(&self->signer, worked_namespace(), zeros, &event, mac, &error),
                 SS_INTEGRITY_VIOLATION, &error);
  }
}

static namespace_record worked_head(worked_store *self) {
  namespace_record head = {
      .secrets = 1,
      .sequence = 1,
      .epoch = 1,
      .last_event_at = 1770000000001,
      .root_sequence = 1,
      .sealed_sequence = 1,
  };
  const kept_row row = {.row = worked_row()};
  unsigned char digest[SHA256_BYTES];
  ss_error error;
  worked_bytes(WORKED_EVENT_MAC, head.mac);
  memcpy(head.sealed_mac, head.mac, sizeof head.mac);
  worked_bytes(WORKED_ROW_DIGEST, digest);
  assert_ok(
      signer_change_sum(&self->signer, head.sum, SUM_GAINS, ROWS_OF_SECRETS, &row, digest, &error),
      &error);
  return head;
}

static void the_heads_mac_is_as_documented(void **state) {
  worked_store *self = *state;
  const namespace_record head = worked_head(self);
  unsigned char mac[MAC_BYTES];
  ss_error error;
  assert_ok(signer_head_mac(&self->signer, worked_namespace(), &head, mac, &error), &error);
  assert_worked(mac, WORKED_HEAD_MAC);
}

static void the_seals_mac_is_as_documented_and_a_head_goes_as_it_came(void **state) {
  worked_store *self = *state;
  const namespace_record head = worked_head(self);
  seal_record seal = {.epoch = 1, .counter = 2, .root_sequence = 1, .namespaces = 1};
  static const unsigned char nothing[TERM_BYTES];
  unsigned char mac[MAC_BYTES];
  ss_error error;
  worked_bytes(WORKED_ROOT_MAC, seal.root_mac);
  assert_ok(signer_change_seal(&self->signer, &seal, SUM_GAINS, worked_namespace(), &head, &error),
            &error);
  assert_ok(signer_seal_mac(&self->signer, &seal, mac, &error), &error);
  assert_worked(mac, WORKED_SEAL_MAC);
  assert_ok(signer_change_seal(&self->signer, &seal, SUM_LOSES, worked_namespace(), &head, &error),
            &error);
  assert_memory_equal(seal.sum, nothing, sizeof nothing);
}

static void the_store_events_mac_is_as_documented(void **state) {
  worked_store *self = *state;
  const store_event_record event = {
      .sequence = 1,
      .type = SS_EVENT_STORE_CREATED,
      .created_at = 1770000000000,
      .epoch = 1,
      .attempt = worked_attempt(),
  };
  unsigned char mac[MAC_BYTES];
  ss_error error;
  assert_ok(signer_store_event_mac(&self->signer, zeros, &event, mac, &error), &error);
  assert_worked(mac, WORKED_STORE_EVENT_MAC);
}

static void keys_of_one_purpose_are_none_of_another(void **state) {
  worked_store *self = *state;
  const byte_view text = {(const unsigned char *)"text", 4};
  unsigned char head[MAC_BYTES];
  unsigned char anchor[MAC_BYTES];
  ss_error error;
  assert_ok(signer_head_text_mac(&self->signer, 1, text, head, &error), &error);
  assert_ok(signer_anchor_mac(&self->signer, 1, text, anchor, &error), &error);
  assert_memory_not_equal(head, anchor, sizeof head);
}

#define WORKED_TEST(name) \
  cmocka_unit_test_setup_teardown(name, worked_store_set_up, worked_store_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WORKED_TEST(the_events_mac_is_as_documented),
      WORKED_TEST(an_event_of_an_epoch_that_the_root_does_not_name_is_a_violation),
      WORKED_TEST(the_heads_mac_is_as_documented),
      WORKED_TEST(the_seals_mac_is_as_documented_and_a_head_goes_as_it_came),
      WORKED_TEST(the_store_events_mac_is_as_documented),
      WORKED_TEST(keys_of_one_purpose_are_none_of_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
