/* A sandbox: one Lua 5.4 state with a memory limit, and for each run a budget of steps and time
 * (budget.h). Nothing in it reaches files, processes, other states or the host's memory; nothing it
 * does reaches lua_atpanic.
 *
 * Every entry is sandbox_run: a C function in protected mode. Lua's errors are longjmps, which pass
 * over ON_SCOPE_EXIT: what runs inside owns nothing but Lua values and what its context owns.
 *
 * A run ends within twice its time, whatever the policy does:
 * - A hook takes the instructions from the budget. Once nothing is left it raises at every further
 *   instruction, so that a pcall in the policy cannot go on.
 * - A C function is not interrupted by hooks, so each takes what it touches from the budget
 *   (sandbox_charge), and raises once nothing is left. Those that could search, sort or move for
 *   long are our own, and do so while they work.
 * - What one instruction can take is bounded by the size of strings, tables and the stack, which
 *   the allocator bounds (sandbox_memory.c).
 * - What Lua calls by itself (finalizers, closing values, weak tables' convergence) is kept out by
 *   our setmetatable (sandbox_metatables.c).
 * - Reading a text takes from the budget too, piece by piece.
 *
 * It needs no more than half of a 256 KiB stack: functions that call back into Lua keep their
 * buffers in Lua's memory, since 200 of them may be nested. */
#ifndef POLICY_SANDBOX_H
#define POLICY_SANDBOX_H

#include <lua.h>
#include <stdint.h>

#include "base/guard.h"
#include "base/log.h"
#include "base/view.h"
#include "policy/budget.h"

typedef struct policy_limits {
  size_t memory_bytes;  /* of a state */
  int64_t instructions; /* of a run */
  int64_t deadline_ms;  /* of a run, in CPU time of its thread */
} policy_limits;

/* How large one thing may get within a run. */
typedef struct run_limits {
  size_t block_bytes; /* of a string, an array, the stack */
  size_t table_keys;  /* of a table, beside its sequence */
} run_limits;

typedef struct sandbox {
  lua_State *lua;
  const log_sink *log; /* for print */
  policy_limits limits;
  run_limits run;
  size_t memory_used;
  budget budget;
  int look_interval; /* instructions between two looks at the budget */
  bool is_running;
  bool writes_tables;        /* a C function is about to write a table of the policy */
  bool ran_out_of_memory;    /* malloc failed; Lua may have got by after collecting */
  bool raised_out_of_memory; /* our own code gave up for that reason */
} sandbox;

/* An empty state; its environment is made by sandbox_open_libraries. */
ss_status sandbox_init(sandbox *self, const policy_limits *limits, const log_sink *log,
                       ss_error *error) MUST_CHECK;
void sandbox_clear(sandbox *self);

/* Runs body with context as a light userdata at index 1, under a fresh budget. What it raises
 * becomes SS_POLICY_FAILED with the Lua message and its location; memory that runs out beyond the
 * limit, too; below it, SS_OUT_OF_MEMORY. */
ss_status sandbox_run(sandbox *self, lua_CFunction body, void *context, ss_error *error) MUST_CHECK;
/* The same with larger limits, for what happens once and not at every call: loading, tools. */
ss_status sandbox_run_long(sandbox *self, lua_CFunction body, void *context,
                           ss_error *error) MUST_CHECK;

/* The sandbox of a state, within a run. */
sandbox *sandbox_of(lua_State *lua);

/* Copies a message that Lua made: control characters become spaces, and the location before it is
 * kept apart. */
void sandbox_describe_failure(text_view message, ss_status code, ss_error *error);

enum { NEXT_STEPS = 16 }; /* of one item of a walk: it may pass over many that are nil */

/* sandbox_steps.c. As a run begins: from now on, instructions are taken from its budget. */
void sandbox_watch(sandbox *self);
/* Takes steps from the run's budget; the second also raises if nothing is left. */
void sandbox_note(sandbox *self, int64_t steps);
void sandbox_charge(lua_State *lua, int64_t steps);
/* From now on, the budget is looked at after no more instructions than these. */
void sandbox_look_each(sandbox *self, int instructions);

/* Within a run: raises, and the run comes to SS_OUT_OF_MEMORY. */
void sandbox_raise_out_of_memory(lua_State *lua);

/* ---- Within a run -------------------------------------------------------------------------- */

/* Makes the two environments: the bundled modules' own, and the one for policies. */
void sandbox_open_libraries(lua_State *lua);

/* Pushes a bundled module's table, loading it if need be. */
void sandbox_require(lua_State *lua, const char *name);

/* Compiles text (never bytecode) with the policies' environment, and pushes it; raises what is
 * wrong with it. name is shown in messages. */
void sandbox_load(lua_State *lua, text_view text, const char *name);

/* From then on, the policies' globals cannot be changed. */
void sandbox_freeze_globals(lua_State *lua);

/* Each sets its functions into the library's table on the top, over what Lua's own has there. */
void sandbox_set_base(lua_State *lua);
void sandbox_set_metatables(lua_State *lua);
void sandbox_set_strings(lua_State *lua);
void sandbox_set_patterns(lua_State *lua);
void sandbox_set_tables(lua_State *lua);

/* Replaces the named functions in the table on the top by ones that take their arguments and
 * results from the budget; readers, the bytes of their first argument too. names ends with NULL. */
void sandbox_charge_functions(lua_State *lua, const char *const *names, bool are_readers);

/* Sorts the table at index 1 by the Lua function at index 2, or by `<` if that is nil. */
int sandbox_sort(lua_State *lua);

/* Pushes what tostring says of the value at index: as luaL_tolstring, but without addresses. */
const char *sandbox_tostring(lua_State *lua, int index, size_t *length);

#endif
