/* The allocator: limits what a state holds, wipes what it lets go, and takes from the run's budget,
 * since what Lua does in one instruction is bounded by nothing but the size of what it does it to.
 *
 * Three such sizes are limited here, where they arise:
 * - A block (a string, an array, the stack) has at most LARGEST_BLOCK bytes: `..`, `==` and varargs
 *   copy or compare one at an instruction.
 * - `<` on two strings takes 10 ns a byte where they are full of NULs. So the longer the longest
 *   string is, the fewer instructions pass between two looks at the clock.
 * - Integers are hashed without a seed: n keys that collide, found with a pencil, make Lua take
 *   n * n / 2 steps in the one instruction that grows their table. So a table's hash part is
 *   limited. It is told from other blocks by its size, 24 bytes times a power of two, and by who
 *   asks for it: Lua code, or a function that writes tables.
 *
 * Lua answers a refusal by collecting all garbage, which takes as long as the state is full. */
#include "policy/sandbox_memory.h"

#include <string.h>

#include "base/memory.h"

enum { KEY_BYTES = 24, SHORT_STRING_BYTES = 4096, BYTES_COLLECTED_PER_STEP = 64 };

static bool is_power_of_two(size_t number) { return (number & (number - 1)) == 0; }

/* Asked while Lua is within an instruction: nothing may be pushed. */
static bool is_lua_code_running(lua_State *lua) {
  lua_Debug activation;
  if (lua_getstack(lua, 0, &activation) == 0) return false;
  (void)lua_getinfo(lua, "S", &activation);
  return activation.what[0] != 'C';
}

static bool is_hash_part(sandbox *self, const void *block, size_t kind, size_t size) {
  if (block != NULL || kind != 0) return false;
  if (size % KEY_BYTES != 0 || !is_power_of_two(size / KEY_BYTES)) return false;
  return self->writes_tables || is_lua_code_running(self->lua);
}

static bool is_within_limits(sandbox *self, const void *block, size_t kind, size_t old_size,
                             size_t new_size) {
  const run_limits *limits = &self->run;
  if (new_size - old_size > self->limits.memory_bytes - self->memory_used) return false;
  if (self->lua == NULL) return true;
  if (new_size > limits->block_bytes) return false;
  return new_size <= limits->table_keys * KEY_BYTES || !is_hash_part(self, block, kind, new_size);
}

static void *refuse(sandbox *self) {
  sandbox_note(self, (int64_t)(self->memory_used / BYTES_COLLECTED_PER_STEP));
  return NULL;
}

static void note_string(sandbox *self, size_t size) {
  if (size <= SHORT_STRING_BYTES) return;
  int interval = STEPS_PER_LOOK;
  for (size_t doubled = SHORT_STRING_BYTES; doubled < size; doubled *= 2) interval /= 2;
  sandbox_look_each(self, interval > 0 ? interval : 1);
}

/* What shrinks stays where it is, since Lua relies on that to succeed. */
static void *shrink(sandbox *self, void *block, size_t old_size, size_t new_size) {
  memory_wipe((unsigned char *)block + new_size, old_size - new_size);
  self->memory_used -= old_size - new_size;
  if (new_size > 0) return block;
  memory_free(block);
  return NULL;
}

static void *grow(sandbox *self, void *block, size_t old_size, size_t new_size) {
  void *grown = memory_new_unfilled(new_size);
  if (grown == NULL) {
    self->ran_out_of_memory = true;
    return NULL;
  }
  if (old_size > 0) memcpy(grown, block, old_size);
  if (block != NULL) memory_wipe_and_free(block, old_size);
  self->memory_used += new_size - old_size;
  return grown;
}

void *sandbox_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  sandbox *self = context;
  const size_t kind = block == NULL ? old_size : 0; /* of the object to be; 0: it is none */
  if (block == NULL) old_size = 0;
  if (block == NULL && new_size == 0) return NULL;
  if (new_size <= old_size) return shrink(self, block, old_size, new_size);
  if (!is_within_limits(self, block, kind, old_size, new_size)) return refuse(self);
  sandbox_note(self, steps_for_bytes(new_size));
  if (kind == LUA_TSTRING) note_string(self, new_size);
  return grow(self, block, old_size, new_size);
}
