/* Anchors: a store is the one that they were made of, or a later state of it, or is not opened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

static char *make_anchor(ss_store *store) {
  ss_anchor made;
  ss_error error;
  assert_ok(ss_make_anchor(store, NULL, &made, &error), &error);
  char *text = strdup(made.text);
  assert_non_null(text);
  ss_anchor_clear(&made);
  return text;
}

static ss_status open_with(test_store *self, const char *anchor, ss_error *error) {
  ss_options *options = test_store_options(self);
  assert_ok(ss_options_set_anchor(options, anchor, error), error);
  const ss_status status = ss_store_open(options, &self->store, error);
  ss_options_free(options);
  test_store_close(self);
  return status;
}

static test_store with_secret(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  return self;
}

static void the_store_and_what_it_becomes_contain_it(void **state) {
  test_store self = with_secret();
  ss_error error;
  char *anchor = make_anchor(self.store);
  test_put(self.store, "n", "A", "2");
  free(make_anchor(self.store));
  test_store_close(&self);
  assert_ok(open_with(&self, anchor, &error), &error);
  char padded[1024];
  (void)snprintf(padded, sizeof padded, " %s\n", anchor);
  assert_ok(open_with(&self, padded, &error), &error);
  free(anchor);
  test_store_remove(&self);
}

static void an_older_copy_does_not_though_it_went_on(void **state) {
  test_store self = with_secret();
  ss_error error;
  test_store older = self;
  (void)snprintf(older.path, sizeof older.path, "%s", test_path(&self.folder, "older.db"));
  older.store = NULL;
  test_backup(self.store, older.path);
  char *anchor = make_anchor(self.store);
  assert_fails(open_with(&older, anchor, &error), SS_INTEGRITY_VIOLATION, &error);
  test_store_open(&older);
  for (int i = 0; i < 3; i++) free(make_anchor(older.store));
  test_store_close(&older);
  assert_fails(open_with(&older, anchor, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_non_null(strstr(error.message, "does not contain the anchor"));
  free(anchor);
  test_store_remove(&self);
}

static void another_stores_or_no_store_at_all_is_refused(void **state) {
  test_store self = with_secret();
  test_store other = with_secret();
  ss_error error;
  char *anchor = make_anchor(other.store);
  test_store_close(&self);
  assert_fails(open_with(&self, anchor, &error), SS_INTEGRITY_VIOLATION, &error);
  (void)snprintf(self.path, sizeof self.path, "%s", test_path(&self.folder, "none.db"));
  assert_fails(open_with(&self, anchor, &error), SS_INTEGRITY_VIOLATION, &error);
  free(anchor);
  test_store_remove(&self);
  test_store_remove(&other);
}

static void a_changed_one_is_refused(void **state) {
  test_store self = with_secret();
  ss_error error;
  char *anchor = make_anchor(self.store);
  test_store_close(&self);
  for (size_t i = 0; anchor[i] != '\0'; i++) {
    anchor[i] ^= 1;
    const ss_status status = open_with(&self, anchor, &error);
    if (status != SS_INTEGRITY_VIOLATION && status != SS_INVALID_OPTIONS) {
      fail_msg("byte %zu may be changed: %s", i, ss_status_name(status));
    }
    anchor[i] ^= 1;
  }
  assert_fails(open_with(&self, "", &error), SS_INVALID_OPTIONS, &error);
  free(anchor);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_store_and_what_it_becomes_contain_it),
      cmocka_unit_test(an_older_copy_does_not_though_it_went_on),
      cmocka_unit_test(another_stores_or_no_store_at_all_is_refused),
      cmocka_unit_test(a_changed_one_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
