/* Allocation, wiping, and pages for keys as the kernel sees them. */
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "support/support.h"

static bool is_all(const unsigned char *bytes, unsigned char expected, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != expected) return false;
  }
  return true;
}

static void new_memory_is_zeroed_and_never_null_for_nothing(void **state) {
  unsigned char *memory = memory_new(4000);
  void *none = memory_new(0);
  void *none_unfilled = memory_new_unfilled(0);
  assert_non_null(memory);
  assert_true(is_all(memory, 0, 4000));
  assert_non_null(none);
  assert_non_null(none_unfilled);
  memory_free(memory);
  memory_free(none);
  memory_free(none_unfilled);
  memory_free(NULL);
}

static void wiping_zeroes_that_many_bytes_and_no_more(void **state) {
  unsigned char bytes[64];
  memset(bytes, 0xaa, sizeof bytes);
  memory_wipe(bytes, 32);
  assert_true(is_all(bytes, 0, 32));
  assert_true(is_all(bytes + 32, 0xaa, 32));
  memory_wipe(bytes + 40, 0);
  assert_true(is_all(bytes + 32, 0xaa, 32));
  ss_wipe(bytes + 32, 32);
  assert_true(is_all(bytes, 0, 64));
}

static void wiping_nothing_is_fine(void **state) {
  memory_wipe(NULL, 0);
  memory_wipe_and_free(NULL, 0);
  memory_free_locked(NULL, 32);
  ss_wipe(NULL, 32);
}

/* Whether the kernel's flags (proc(5), smaps, VmFlags) of the mapping hold the two letters. */
static bool has_mapping_flag(const void *memory, const char *flag) {
  char line[1024];
  bool is_ours = false;
  bool found = false;
  FILE *mappings = fopen("/proc/self/smaps", "r");
  assert_non_null(mappings);
  while (fgets(line, sizeof line, mappings) != NULL) {
    uintptr_t first = 0;
    uintptr_t end = 0;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2) {
      is_ours = (uintptr_t)memory >= first && (uintptr_t)memory < end;
    }
    if (is_ours && strncmp(line, "VmFlags:", 8) == 0) found = strstr(line + 8, flag) != NULL;
  }
  (void)fclose(mappings);
  return found;
}

static void pages_for_keys_are_zeroed_and_stay_out_of_core_dumps(void **state) {
  unsigned char *key = memory_new_locked(32);
  assert_non_null(key);
  assert_true(is_all(key, 0, 32));
  memset(key, 0xaa, 32);
  assert_true(has_mapping_flag(key, " dd"));
  memory_free_locked(key, 32);
}

/* A page that this test locks itself tells whether the process may lock at all; sanitizers, too,
 * turn mlock into nothing. */
static void pages_for_keys_are_locked_wherever_locking_works(void **state) {
  void *control = mmap(NULL, 32, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(control != MAP_FAILED);
  (void)mlock(control, 32);
  void *key = memory_new_locked(32);
  assert_non_null(key);
  assert_int_equal(has_mapping_flag(key, " lo"), has_mapping_flag(control, " lo"));
  memory_free_locked(key, 32);
  (void)munmap(control, 32);
}

static void freed_key_pages_are_given_back(void **state) {
  void *key = memory_new_locked(32);
  assert_non_null(key);
  memory_free_locked(key, 32);
  assert_false(has_mapping_flag(key, " dd"));
}

static void pages_that_cannot_be_had_are_null(void **state) {
  assert_null(memory_new_locked(SIZE_MAX / 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(new_memory_is_zeroed_and_never_null_for_nothing),
      cmocka_unit_test(wiping_zeroes_that_many_bytes_and_no_more),
      cmocka_unit_test(wiping_nothing_is_fine),
      cmocka_unit_test(pages_for_keys_are_zeroed_and_stay_out_of_core_dumps),
      cmocka_unit_test(pages_for_keys_are_locked_wherever_locking_works),
      cmocka_unit_test(freed_key_pages_are_given_back),
      cmocka_unit_test(pages_that_cannot_be_had_are_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
