/* The allocator of a sandbox's state. */
#ifndef POLICY_SANDBOX_MEMORY_H
#define POLICY_SANDBOX_MEMORY_H

#include "policy/sandbox.h"

/* A lua_Alloc whose context is the sandbox. */
void *sandbox_allocate(void *context, void *block, size_t old_size, size_t new_size);

#endif
