/* The audit keys of a store: which open, which epoch is current, and what a load replaces. */
#include "audit/epochs.h"

#include <string.h>

#include "engine/store/store.h"
#include "support/support.h"

/* A store, and its epochs as a process with other keys sees them. */
typedef struct fixture {
  test_store store;
  keyring ring;
  envelope *envelope;
  audit_epochs epochs;
} fixture;

static void use_keys(fixture *self, int64_t first, int64_t second) {
  ss_error error;
  envelope_free(self->envelope);
  keyring_clear(&self->ring);
  self->ring = (keyring){0};
  assert_ok(keyring_add_text(&self->ring, first, text_view_of(test_key(first)), &error), &error);
  if (second >= 0) {
    assert_ok(keyring_add_text(&self->ring, second, text_view_of(test_key(second)), &error),
              &error);
  }
  assert_ok(envelope_new(&self->store.store->suite, &self->ring, &self->envelope, &error), &error);
}

static int set_up(void **state) {
  static fixture made;
  made = (fixture){.store = test_store_prepare()};
  test_store_open(&made.store);
  audit_epochs_init(&made.epochs);
  use_keys(&made, 1, -1);
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  audit_epochs_clear(&made->epochs);
  envelope_free(made->envelope);
  keyring_clear(&made->ring);
  test_store_remove(&made->store);
  return 0;
}

typedef ss_status (*epochs_step)(audit_epochs *epochs, storage_session *session, envelope *sealer,
                                 const keyring *ring, text_view store_id, int64_t now,
                                 ss_error *error);

static void load(fixture *self) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  ss_error error;
  ss_store *store = self->store.store;
  assert_ok(storage_begin_read(store->storage, &session, &error), &error);
  assert_ok(audit_epochs_load(&self->epochs, session, self->envelope, &self->ring, store->store_id,
                              &error),
            &error);
}

static void write_keys(fixture *self, epochs_step step) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  ss_error error;
  ss_store *store = self->store.store;
  assert_ok(storage_begin_write(store->storage, &session, &error), &error);
  assert_ok(storage_lock_store(session, &error), &error);
  assert_ok(
      step(&self->epochs, session, self->envelope, &self->ring, store->store_id, TEST_NOW, &error),
      &error);
  assert_ok(storage_commit(&session, &error), &error);
}

static void a_key_opens_with_a_configured_kek_and_is_sealed_without(void **state) {
  fixture *self = *state;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  assert_int_equal(audit_epochs_current(&self->epochs), 0);
  load(self);
  assert_int_equal(audit_epochs_current(&self->epochs), 1);
  assert_int_equal(audit_epochs_key(&self->epochs, 1, &key), AUDIT_KEY_OPEN);
  assert_int_equal(audit_epochs_key(&self->epochs, 2, &key), AUDIT_KEY_UNKNOWN);
  use_keys(self, 2, -1);
  load(self);
  assert_int_equal(audit_epochs_current(&self->epochs), 0);
  assert_int_equal(audit_epochs_key(&self->epochs, 1, &key), AUDIT_KEY_SEALED);
}

static void a_new_kek_needs_a_wrap_of_every_open_key_once(void **state) {
  fixture *self = *state;
  load(self);
  assert_int_equal(audit_epochs_missing_wraps(&self->epochs), 0);
  use_keys(self, 2, 1);
  load(self);
  assert_int_equal(audit_epochs_missing_wraps(&self->epochs), 1);
  write_keys(self, audit_epochs_add_wraps);
  use_keys(self, 2, -1); /* opens by that wrap alone */
  load(self);
  assert_int_equal(audit_epochs_missing_wraps(&self->epochs), 0);
  assert_int_equal(audit_epochs_current(&self->epochs), 1);
}

static void a_new_epoch_is_current_once_loaded_and_has_another_key(void **state) {
  fixture *self = *state;
  dek first ON_SCOPE_EXIT(dek_clear) = {0};
  dek second ON_SCOPE_EXIT(dek_clear) = {0};
  load(self);
  write_keys(self, audit_epochs_start);
  assert_int_equal(audit_epochs_current(&self->epochs), 1);
  load(self);
  assert_int_equal(audit_epochs_current(&self->epochs), 2);
  assert_int_equal(audit_epochs_key(&self->epochs, 1, &first), AUDIT_KEY_OPEN);
  assert_int_equal(audit_epochs_key(&self->epochs, 2, &second), AUDIT_KEY_OPEN);
  assert_memory_not_equal(first.bytes, second.bytes, sizeof first.bytes);
}

static void an_older_snapshot_does_not_take_back_a_newer_epoch(void **state) {
  fixture *self = *state;
  storage_session *snapshot ON_SCOPE_EXIT(storage_end) = NULL;
  ss_store *store = self->store.store;
  int64_t id = 0;
  bool found = false;
  ss_error error;
  assert_ok(storage_begin_snapshot(store->storage, &snapshot, &error), &error);
  assert_ok(storage_find_namespace(snapshot, (text_view){0}, &id, &found, &error), &error);
  load(self);
  write_keys(self, audit_epochs_start);
  load(self);
  assert_ok(audit_epochs_load(&self->epochs, snapshot, self->envelope, &self->ring, store->store_id,
                              &error),
            &error);
  assert_int_equal(audit_epochs_current(&self->epochs), 2);
}

static void an_epoch_that_was_rolled_back_is_forgotten_if_it_is_the_newest(void **state) {
  fixture *self = *state;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  load(self);
  write_keys(self, audit_epochs_start);
  load(self);
  audit_epochs_forget(&self->epochs, 1);
  assert_int_equal(audit_epochs_current(&self->epochs), 2);
  audit_epochs_forget(&self->epochs, 2);
  assert_int_equal(audit_epochs_current(&self->epochs), 1);
  assert_int_equal(audit_epochs_key(&self->epochs, 2, &key), AUDIT_KEY_UNKNOWN);
}

static void a_damaged_wrap_is_as_good_as_none(void **state) {
  fixture *self = *state;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  test_store_sql(&self->store, "UPDATE audit_key SET wrapped = zeroblob(48)");
  load(self);
  assert_int_equal(audit_epochs_key(&self->epochs, 1, &key), AUDIT_KEY_SEALED);
}

#define ON_A_STORE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_A_STORE(a_key_opens_with_a_configured_kek_and_is_sealed_without),
      ON_A_STORE(a_new_kek_needs_a_wrap_of_every_open_key_once),
      ON_A_STORE(a_new_epoch_is_current_once_loaded_and_has_another_key),
      ON_A_STORE(an_older_snapshot_does_not_take_back_a_newer_epoch),
      ON_A_STORE(an_epoch_that_was_rolled_back_is_forgotten_if_it_is_the_newest),
      ON_A_STORE(a_damaged_wrap_is_as_good_as_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
