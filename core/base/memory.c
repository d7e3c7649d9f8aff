/* Allocation, wiping, and page-locked memory for keys. */
#include "base/memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "secretstore/secretstore.h"

void *memory_new(size_t length) { return calloc(1, length == 0 ? 1 : length); }

void *memory_new_unfilled(size_t length) { return malloc(length == 0 ? 1 : length); }

void memory_free(void *memory) { free(memory); }

void memory_wipe(void *memory, size_t length) {
  if (length > 0) OPENSSL_cleanse(memory, length);
}

void memory_wipe_and_free(void *memory, size_t length) {
  if (memory == NULL) return;
  memory_wipe(memory, length);
  free(memory);
}

void *memory_new_locked(size_t length) {
  void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  /* Best effort: RLIMIT_MEMLOCK may be small, and a store must still open then. */
  (void)mlock(memory, length);
  (void)madvise(memory, length, MADV_DONTDUMP);
  return memory;
}

void memory_free_locked(void *memory, size_t length) {
  if (memory == NULL) return;
  memory_wipe(memory, length);
  (void)munmap(memory, length);
}

void ss_wipe(void *memory, size_t length) {
  if (memory != NULL) memory_wipe(memory, length);
}
