/* A sandbox: one Lua 5.4 state with a memory limit, and for each run a budget of instructions and a
 * deadline. Nothing in it reaches files, processes, other states or the host's memory; nothing it
 * does reaches lua_atpanic.
 *
 * Every entry is sandbox_run: a C function in protected mode. Lua's errors are longjmps, which pass
 * over ON_SCOPE_EXIT: what runs inside owns nothing but Lua values and what its context owns.
 *
 * Instructions alone bound no time, since one can be a C call or an error that unwinds a deep
 * stack; so the clock is looked at too. Past either, every further instruction raises, so that a
 * pcall in the policy cannot go on. What a single C call can take is bounded by the guards in
 * sandbox_strings.c and sandbox_tables.c. */
#ifndef POLICY_SANDBOX_H
#define POLICY_SANDBOX_H

#include <lua.h>
#include <stdint.h>

#include "base/guard.h"
#include "base/log.h"
#include "base/view.h"

typedef struct policy_limits {
  size_t memory_bytes;  /* of a state */
  int64_t instructions; /* of a run */
  int64_t deadline_ms;  /* of a run, on the monotonic clock */
} policy_limits;

typedef struct sandbox {
  lua_State *lua;
  const log_sink *log; /* for print */
  policy_limits limits;
  size_t memory_used;
  int64_t instructions_left;
  int64_t deadline_ns;
  const char *exhausted;     /* which budget is; NULL: none */
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

/* The sandbox of a state, within a run. */
sandbox *sandbox_of(lua_State *lua);

/* Copies a message that Lua made: control characters become spaces, and the location before it is
 * kept apart. */
void sandbox_describe_failure(text_view message, ss_status code, ss_error *error);

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

/* Replaces the table on the top by one that reads through to it and cannot be changed. */
void sandbox_make_read_only(lua_State *lua);
/* Whether the value at index is such a table, or a view (see values.h). */
bool sandbox_is_read_only(lua_State *lua, int index);

/* Guarded parts of the string and table libraries, set into the table on the top. */
void sandbox_guard_strings(lua_State *lua);
void sandbox_guard_tables(lua_State *lua);

#endif
