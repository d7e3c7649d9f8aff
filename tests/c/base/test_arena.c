/* The arena: pieces that stay where they are until all go. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "support/support.h"

static void pieces_are_zeroed_aligned_and_stay_in_place(void **state) {
  arena *memory = arena_new();
  unsigned char *pieces[200];
  for (size_t i = 0; i < 200; i++) {
    pieces[i] = arena_allocate(memory, i * 137 + 1);
    assert_non_null(pieces[i]);
    assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
    for (size_t j = 0; j < i * 137 + 1; j++) assert_int_equal(pieces[i][j], 0);
    memset(pieces[i], (int)i, i * 137 + 1);
  }
  for (size_t i = 0; i < 200; i++) {
    for (size_t j = 0; j < i * 137 + 1; j++) assert_int_equal(pieces[i][j], i);
  }
  arena_free(memory);
}

static void a_copy_of_text_ends_where_the_view_ends(void **state) {
  arena *memory = arena_new();
  assert_string_equal(arena_copy_text(memory, (text_view){"abcdef", 3}), "abc");
  assert_string_equal(arena_copy_text(memory, (text_view){"", 0}), "");
  assert_string_equal(arena_copy_text(memory, (text_view){NULL, 0}), "");
  arena_free(memory);
}

static void a_piece_of_impossible_length_is_null_and_the_rest_stays(void **state) {
  arena *memory = arena_new();
  const char *kept = arena_copy_text(memory, text_view_of("kept"));
  assert_null(arena_allocate(memory, SIZE_MAX));
  assert_null(arena_allocate(memory, SIZE_MAX - 2));
  assert_null(arena_allocate(memory, SIZE_MAX - 16));
  assert_string_equal(kept, "kept");
  assert_non_null(arena_allocate(memory, 1));
  arena_free(memory);
}

static void freeing_no_arena_is_fine(void **state) { arena_free(NULL); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_zeroed_aligned_and_stay_in_place),
      cmocka_unit_test(a_copy_of_text_ends_where_the_view_ends),
      cmocka_unit_test(a_piece_of_impossible_length_is_null_and_the_rest_stays),
      cmocka_unit_test(freeing_no_arena_is_fine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
