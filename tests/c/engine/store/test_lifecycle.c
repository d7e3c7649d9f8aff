/* Closing and freeing inside of callbacks, on the thread that is in the call: both return at once
 * and take effect when the call returns. Other threads: tests/c/threads/test_closing.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "support/hooks.h"

/* So that the host is asked at every step. */
static hooked_store *eager(void) {
  hooked_store *self = hooked_store_new();
  self->base.store->interrupt_interval_ns = 0;
  return self;
}

static void close_here(hooked_store *self) {
  ss_store_close(self->base.store);
  assert_true(hooked_store_is_held(self)); /* not yet */
  assert_int_equal(self->closed.count, 0);
}

static void close_twice_here(hooked_store *self) {
  close_here(self);
  close_here(self);
}

static void free_here(hooked_store *self) {
  ss_store_free(self->base.store);
  assert_true(hooked_store_is_held(self));
}

static void close_and_free_here(hooked_store *self) {
  close_here(self);
  free_here(self);
}

static ss_status run_with(hooked_store *self, const hooked_call *call,
                          void (*action)(hooked_store *self), ss_error *error) {
  hook_arm(self, call->kind, action);
  const ss_status status = call->run(self, error);
  if (atomic_load(&self->fired) != 1) fail_msg("%s ran no callback", call->name);
  return status;
}

static void assert_nothing_is_half_written(hooked_store *self) {
  const int64_t created = test_store_number(
      &self->base,
      "SELECT count(*) FROM secret JOIN namespace ON namespace.id = secret.namespace "
      "WHERE namespace.name = 'new'");
  assert_true(created == 0 || created == 1 || created == 10);
}

static void check_closed(hooked_store *self) {
  ss_error error;
  assert_fails(hooked_call_named("get", HOOK_LOG)->run(self, &error), SS_CLOSED, &error);
  if (hooked_store_is_held(self)) fail_msg("the store still holds its files");
  assert_int_not_equal(access(test_path(&self->base.folder, "copy.db"), F_OK), 0);
  const char *partial = test_path(&self->base.folder, "copy.db.secretstore-partial");
  assert_int_not_equal(access(partial, F_OK), 0);
}

static void assert_verifies_when_opened_again(hooked_store *self) {
  ss_verify_report report;
  ss_error error;
  test_store_open(&self->base);
  assert_ok(ss_verify(self->base.store, NULL, &report, &error), &error);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

static void close_inside(void (*action)(hooked_store *self)) {
  for (size_t i = 0; i < hooked_call_count; i++) {
    const hooked_call *call = &hooked_calls[i];
    hooked_store *self = eager();
    ss_error error;
    const ss_status status = run_with(self, call, action, &error);
    if (status != call->when_closed) {
      fail_msg("%s (callback %d): expected %s, got %s", call->name, (int)call->kind,
               ss_status_name(call->when_closed), ss_status_name(status));
    }
    check_closed(self);
    assert_int_equal(self->closed.count, 1);
    test_store_close(&self->base);
    assert_int_equal(self->closed.count, 1);
    assert_verifies_when_opened_again(self);
    assert_nothing_is_half_written(self);
    hooked_store_remove(self);
  }
}

static void a_close_inside_a_callback_takes_effect_when_the_call_returns(void **state) {
  close_inside(close_here);
}

static void a_second_close_inside_a_callback_changes_nothing(void **state) {
  close_inside(close_twice_here);
}

static void free_inside(void (*action)(hooked_store *self)) {
  for (size_t i = 0; i < hooked_call_count; i++) {
    const hooked_call *call = &hooked_calls[i];
    hooked_store *self = eager();
    ss_error error;
    assert_int_equal(run_with(self, call, action, &error), call->when_closed);
    self->base.store = NULL;
    assert_false(hooked_store_is_held(self));
    assert_int_equal(self->closed.count, 1);
    assert_verifies_when_opened_again(self);
    hooked_store_remove(self);
  }
}

static void a_free_inside_a_callback_frees_the_handle_when_the_call_returns(void **state) {
  free_inside(free_here);
}

static void a_close_and_a_free_inside_one_callback_are_fine(void **state) {
  free_inside(close_and_free_here);
}

/* rotate_all's progress callback may use the store: there, a get's log callback closes it. */
static void close_inside_a_get(hooked_store *self) {
  ss_error error;
  const hooked_call *get = hooked_call_named("get", HOOK_LOG);
  hook_arm(self, HOOK_LOG, self->context == NULL ? close_here : free_here);
  assert_ok(get->run(self, &error), &error);
  assert_true(hooked_store_is_held(self));
}

static void the_outermost_call_is_the_one_that_counts(void **state) {
  for (int frees = 0; frees < 2; frees++) {
    hooked_store *self = hooked_store_new();
    ss_error error;
    self->context = frees != 0 ? self : NULL;
    hook_arm(self, HOOK_PROGRESS, close_inside_a_get);
    const hooked_call *rotate = hooked_call_named("rotate_all", HOOK_PROGRESS);
    assert_fails(rotate->run(self, &error), SS_CLOSED, &error);
    assert_int_equal(atomic_load(&self->fired), 2);
    assert_false(hooked_store_is_held(self));
    if (frees != 0) self->base.store = NULL;
    hooked_store_remove(self);
  }
}

static void close_the_other(hooked_store *self) {
  hooked_store *other = self->context;
  ss_store_close(other->base.store);
  assert_false(hooked_store_is_held(other));
}

static void inside_another_stores_callback_a_close_is_like_any_other(void **state) {
  hooked_store *self = hooked_store_new();
  hooked_store *other = hooked_store_new();
  ss_error error;
  self->context = other;
  hook_arm(self, HOOK_WRITE, close_the_other);
  assert_ok(hooked_call_named("export", HOOK_WRITE)->run(self, &error), &error);
  assert_int_equal(atomic_load(&self->fired), 1);
  hooked_store_remove(other);
  hooked_store_remove(self);
}

static void close_me(hooked_store *self) {
  hooked_store *outer = self->context;
  ss_store_close(outer->base.store);
  assert_true(hooked_store_is_held(outer)); /* its call is not over */
}

static void run_other_which_closes_me(hooked_store *self) {
  hooked_store *other = self->context;
  ss_error error;
  hook_arm(other, HOOK_WRITE, close_me);
  assert_ok(hooked_call_named("export", HOOK_WRITE)->run(other, &error), &error);
}

static void a_store_closed_from_deep_inside_closes_when_its_own_call_returns(void **state) {
  hooked_store *self = hooked_store_new();
  hooked_store *other = hooked_store_new();
  ss_error error;
  self->context = other;
  other->context = self;
  hook_arm(self, HOOK_WRITE, run_other_which_closes_me);
  assert_fails(hooked_call_named("export", HOOK_WRITE)->run(self, &error), SS_CLOSED, &error);
  assert_false(hooked_store_is_held(self));
  assert_true(hooked_store_is_held(other));
  hooked_store_remove(other);
  hooked_store_remove(self);
}

static void a_closed_store_can_be_closed_and_freed(void **state) {
  hooked_store *self = hooked_store_new();
  for (int i = 0; i < 3; i++) ss_store_close(self->base.store);
  assert_false(hooked_store_is_held(self));
  hooked_store_remove(self);
  ss_store_close(NULL);
  ss_store_free(NULL);
}

static const char no_policys_hash[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

static void a_store_that_did_not_open_is_not_told_to_be_closed(void **state) {
  hooked_store *self = hooked_store_new();
  ss_store *opened = NULL;
  ss_error error;
  ss_options *options = hooked_store_options(self);
  assert_ok(ss_options_set_policy_hash(options, no_policys_hash, &error), &error);
  assert_fails(ss_store_open(options, &opened, &error), SS_POLICY_INVALID, &error);
  assert_int_equal(self->closed.count, 0);
  ss_options_free(options);
  hooked_store_remove(self);
}

/* The callback of the closing may free the handle. */
static void free_it(void *store) { ss_store_free(*(ss_store **)store); }

static void the_handle_may_be_freed_as_soon_as_it_is_closed(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_options *options = test_store_options(&self);
  assert_ok(ss_options_set_closed(options, free_it, &self.store, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  ss_store_close(self.store);
  self.store = NULL;
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_close_inside_a_callback_takes_effect_when_the_call_returns),
      cmocka_unit_test(a_second_close_inside_a_callback_changes_nothing),
      cmocka_unit_test(a_free_inside_a_callback_frees_the_handle_when_the_call_returns),
      cmocka_unit_test(a_close_and_a_free_inside_one_callback_are_fine),
      cmocka_unit_test(the_outermost_call_is_the_one_that_counts),
      cmocka_unit_test(inside_another_stores_callback_a_close_is_like_any_other),
      cmocka_unit_test(a_store_closed_from_deep_inside_closes_when_its_own_call_returns),
      cmocka_unit_test(a_closed_store_can_be_closed_and_freed),
      cmocka_unit_test(a_store_that_did_not_open_is_not_told_to_be_closed),
      cmocka_unit_test(the_handle_may_be_freed_as_soon_as_it_is_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
