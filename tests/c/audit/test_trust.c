/* Opening a root: with which keys, and what is none. */
#include "audit/trust.h"

#include <string.h>

#include "worked_store.h"

static shared_keyring *ring_of(int64_t version, const char *key) {
  keyring keys = {0};
  shared_keyring *made = NULL;
  ss_error error;
  assert_ok(keyring_add_text(&keys, version, text_view_of(key), &error), &error);
  assert_ok(shared_keyring_new(&keys, &made, &error), &error);
  keyring_clear(&keys);
  return made;
}

static ss_status open_with(worked_store *self, shared_keyring *ring, const stored_root *root,
                           ss_error *error) {
  envelope *opener = NULL;
  trust *opened = NULL;
  assert_ok(envelope_new(&self->suite, &ring->keys, &opener, error), error);
  const trust_tools tools = {&self->suite, opener, ring};
  const ss_status status = trust_open(&tools, root, &opened, error);
  trust_release(opened);
  envelope_free(opener);
  return status;
}

static void the_worked_root_gives_the_documented_keys(void **state) {
  worked_store *self = *state;
  const epoch_keys *keys = trust_epoch(self->trust, 1);
  assert_worked(keys->event, WORKED_EVENT_KEY);
  assert_worked(keys->head, WORKED_HEAD_KEY);
  assert_worked(keys->root, WORKED_ROOT_KEY);
  assert_worked(keys->seal, WORKED_SEAL_KEY);
  assert_worked(keys->state, WORKED_STATE_KEY);
  assert_null(trust_epoch(self->trust, 0));
  assert_null(trust_epoch(self->trust, 2));
  assert_true(trust_admits(self->trust, 1));
  assert_false(trust_admits(self->trust, 2));
}

static void keys_that_are_none_of_the_stores_open_nothing(void **state) {
  worked_store *self = *state;
  ss_error error;
  shared_keyring *stranger = ring_of(9, test_key(9));
  shared_keyring *impostor = ring_of(1, test_key(9));
  assert_fails(open_with(self, stranger, &self->root, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_non_null(strstr(error.message, "key version 1"));
  assert_fails(open_with(self, impostor, &self->root, &error), SS_KEY_MISMATCH, &error);
  shared_keyring_release(stranger);
  shared_keyring_release(impostor);
}

/* Whatever byte is another one: of what a key authenticates nothing passes. */
static void a_changed_root_is_not_opened(void **state) {
  worked_store *self = *state;
  char text[] = WORKED_ROOT;
  for (size_t i = 0; i < sizeof text - 1; i++) {
    const stored_root changed = {.sequence = 1, .text = text_view_of(text)};
    stored_root row = changed;
    ss_error error;
    memcpy(row.mac, self->root.mac, sizeof row.mac);
    text[i] ^= 1;
    const ss_status status = open_with(self, self->ring, &row, &error);
    if (status == SS_OK) fail_msg("byte %zu may be changed", i);
    text[i] ^= 1;
  }
}

static void a_roots_mac_and_sequence_are_its_own(void **state) {
  worked_store *self = *state;
  stored_root changed = self->root;
  ss_error error;
  changed.mac[5] ^= 1;
  assert_fails(open_with(self, self->ring, &changed, &error), SS_INTEGRITY_VIOLATION, &error);
  changed = self->root;
  changed.sequence = 2;
  assert_fails(open_with(self, self->ring, &changed, &error), SS_INTEGRITY_VIOLATION, &error);
}

/* ---- The next root --------------------------------------------------------------------------- */

static keyring_entry *entry_of(shared_keyring *ring) { return &ring->keys.entries[0]; }

static void an_admitted_key_opens_all_epochs(void **state) {
  worked_store *self = *state;
  keyring keys = {0};
  shared_keyring *both = NULL;
  envelope *sealer = NULL;
  trust *next = NULL;
  ss_error error;
  assert_ok(keyring_add_text(&keys, 1, text_view_of(WORKED_KEK), &error), &error);
  assert_ok(keyring_add_text(&keys, 2, text_view_of(test_key(2)), &error), &error);
  assert_ok(shared_keyring_new(&keys, &both, &error), &error);
  assert_ok(envelope_new(&self->suite, &both->keys, &sealer, &error), &error);
  const trust_tools tools = {&self->suite, sealer, both};
  trust *opened = NULL;
  assert_ok(trust_open(&tools, &self->root, &opened, &error), &error);
  assert_int_equal(trust_unknown_key(opened)->version, 2);
  assert_ok(trust_copy(opened, &next, &error), &error);
  assert_ok(trust_admit(next, &tools, trust_unknown_key(next), TEST_NOW, &error), &error);
  assert_ok(trust_begin_epoch(next, &tools, TEST_NOW, &error), &error);
  assert_ok(trust_seal(next, &self->suite, &error), &error);
  assert_null(trust_unknown_key(next));
  stored_root row = {.sequence = 2, .text = {(const char *)next->text.data, next->text.length}};
  memcpy(row.mac, next->mac, sizeof row.mac);
  shared_keyring *only_new = ring_of(2, test_key(2));
  assert_ok(open_with(self, only_new, &row, &error), &error);
  assert_ok(open_with(self, self->ring, &row, &error), &error);
  assert_int_equal(entry_of(only_new)->version, 2);
  shared_keyring_release(only_new);
  trust_release(next);
  trust_release(opened);
  envelope_free(sealer);
  shared_keyring_release(both);
  keyring_clear(&keys);
}

static void an_epoch_is_begun_with_all_keys_or_not_at_all(void **state) {
  worked_store *self = *state;
  trust *next = NULL;
  ss_error error;
  assert_ok(trust_copy(self->trust, &next, &error), &error);
  assert_non_null(root_add_kek(&next->root, 7));
  assert_fails(trust_begin_epoch(next, &self->tools, TEST_NOW, &error), SS_KEY_VERSION_UNAVAILABLE,
               &error);
  assert_non_null(strstr(error.message, "key version 7"));
  trust_release(next);
}

#define WORKED_TEST(name) \
  cmocka_unit_test_setup_teardown(name, worked_store_set_up, worked_store_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WORKED_TEST(the_worked_root_gives_the_documented_keys),
      WORKED_TEST(keys_that_are_none_of_the_stores_open_nothing),
      WORKED_TEST(a_changed_root_is_not_opened),
      WORKED_TEST(a_roots_mac_and_sequence_are_its_own),
      WORKED_TEST(an_admitted_key_opens_all_epochs),
      WORKED_TEST(an_epoch_is_begun_with_all_keys_or_not_at_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
