/* Allocation, wiping, and memory for keys. All of the library's own allocations go through here,
 * so that tests can make each of them fail. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory, or NULL. */
void *memory_new(size_t length);
/* Memory that the caller fills whole, or NULL. */
void *memory_new_unfilled(size_t length);
void memory_free(void *memory);

/* Overwrites in a way the compiler keeps (OPENSSL_cleanse). NULL with length 0 is fine. */
void memory_wipe(void *memory, size_t length);
void memory_wipe_and_free(void *memory, size_t length);

/* Whole pages for keys: kept out of swap where the process may lock memory (mlock), and out of
 * core dumps (MADV_DONTDUMP). Zeroed, or NULL. Freeing wipes. */
void *memory_new_locked(size_t length);
void memory_free_locked(void *memory, size_t length);

#endif
