/* Names of namespaces: found as they were set last, in whatever order they came and went; a bounded
 * number of namespaces. */
#include "engine/store/proved_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

enum { NAMES = 500, STEPS = 20000 };

typedef struct fixture {
  crypto_suite suite;
  proved_shelves shelves;
} fixture;

static fixture *fixture_new(void) {
  fixture *self = calloc(1, sizeof *self);
  ss_error error;
  assert_non_null(self);
  assert_ok(crypto_suite_init(&self->suite, &error), &error);
  proved_shelves_init(&self->shelves, &self->suite);
  return self;
}

static void fixture_free(fixture *self) {
  proved_shelves_clear(&self->shelves);
  crypto_suite_clear(&self->suite);
  free(self);
}

static text_view name_of(int i, char text[16]) {
  (void)snprintf(text, 16, "N%d", i);
  return text_view_of(text);
}

static void digest_of(int64_t number, unsigned char digest[STORAGE_MAC_BYTES]) {
  memset(digest, (int)(number % 251), STORAGE_MAC_BYTES);
}

/* Against an array that does the same. */
static void names_come_and_go(void **state) {
  fixture *self = fixture_new();
  proved_names names = {0};
  int64_t expected[NAMES] = {0};
  size_t count = 0;
  unsigned int seed = 1;
  ss_error error;
  for (int step = 1; step <= STEPS; step++) {
    char text[16];
    unsigned char digest[STORAGE_MAC_BYTES];
    bool was_there = false;
    const int i = rand_r(&seed) % NAMES;
    const text_view name = name_of(i, text);
    if (rand_r(&seed) % 2 == 0) {
      digest_of(step, digest);
      assert_ok(
          proved_names_set(&names, &self->suite, name, step, digest, 2 * step, &was_there, &error),
          &error);
      assert_int_equal(was_there, expected[i] != 0);
      count += expected[i] == 0;
      expected[i] = step;
    } else {
      assert_ok(proved_names_take(&names, &self->suite, name, &error), &error);
      count -= expected[i] != 0;
      expected[i] = 0;
    }
    assert_int_equal(names.count, count);
  }
  for (int i = 0; i < NAMES; i++) {
    char text[16];
    unsigned char digest[STORAGE_MAC_BYTES];
    proved_entry *entry = NULL;
    assert_ok(proved_names_find(&names, &self->suite, name_of(i, text), &entry, &error), &error);
    assert_int_equal(entry != NULL, expected[i] != 0);
    if (entry == NULL) continue;
    digest_of(expected[i], digest);
    assert_true(proved_entry_is(entry, expected[i], digest));
    assert_false(proved_entry_is(entry, expected[i] + 1, digest));
    digest[15] ^= 1;
    assert_false(proved_entry_is(entry, expected[i], digest));
    assert_int_equal(entry->updated_at, 2 * expected[i]);
  }
  proved_names_clear(&names);
  fixture_free(self);
}

static void a_secret_without_an_id_is_none(void **state) {
  fixture *self = fixture_new();
  proved_names names = {0};
  unsigned char digest[STORAGE_MAC_BYTES] = {0};
  bool was_there = false;
  ss_error error;
  assert_fails(
      proved_names_set(&names, &self->suite, text_view_of("A"), 0, digest, 0, &was_there, &error),
      SS_INTEGRITY_VIOLATION, &error);
  fixture_free(self);
}

static void stretches_are_counted(void **state) {
  fixture *self = fixture_new();
  proved_names names = {0};
  unsigned char digest[STORAGE_MAC_BYTES] = {0};
  bool was_there = false;
  ss_error error;
  const proved_position lowest = {INT64_MIN, INT64_MIN};
  const proved_position highest = {INT64_MAX, INT64_MAX};
  const proved_position middle = {5, 5};
  for (int i = 1; i <= 9; i++) {
    char text[16];
    /* Two of one time, in order of id. */
    assert_ok(proved_names_set(&names, &self->suite, name_of(i, text), i, digest, i == 6 ? 5 : i,
                               &was_there, &error),
              &error);
  }
  assert_int_equal(proved_names_between(&names, &lowest, &highest), 9);
  assert_int_equal(proved_names_between(&names, &lowest, &middle), 5);
  assert_int_equal(proved_names_between(&names, &middle, &highest), 4);
  assert_int_equal(proved_names_between(&names, &middle, &middle), 0);
  proved_names_clear(&names);
  fixture_free(self);
}

static void the_least_recently_used_namespace_goes_first(void **state) {
  fixture *self = fixture_new();
  proved_shelf *shelf = NULL;
  ss_error error;
  assert_ok(proved_shelves_find(&self->shelves, text_view_of("n"), &shelf, &error), &error);
  proved_shelf_lock(shelf);
  for (int64_t id = 1; id <= PROVED_PER_SHELF; id++) proved_shelf_names(shelf, id)->sequence = id;
  assert_int_equal(proved_shelf_names(shelf, 1)->sequence, 1);
  assert_int_equal(proved_shelf_names(shelf, 99)->sequence, 0); /* in the place of 2 */
  assert_int_equal(proved_shelf_names(shelf, 1)->sequence, 1);
  assert_int_equal(proved_shelf_names(shelf, 3)->sequence, 3);
  assert_int_equal(proved_shelf_names(shelf, 2)->sequence, 0);
  proved_shelf_unlock(&shelf);
  assert_null(shelf);
  proved_shelves_forget(&self->shelves);
  fixture_free(self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_come_and_go),
      cmocka_unit_test(a_secret_without_an_id_is_none),
      cmocka_unit_test(stretches_are_counted),
      cmocka_unit_test(the_least_recently_used_namespace_goes_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
