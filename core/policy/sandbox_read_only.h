/* Tables that a policy cannot change. */
#ifndef POLICY_SANDBOX_READ_ONLY_H
#define POLICY_SANDBOX_READ_ONLY_H

#include <lua.h>
#include <stdbool.h>

/* Replaces the table on the top by one that reads through to it and cannot be changed. */
void sandbox_make_read_only(lua_State *lua);
/* Gives the table at index front, which must be empty, a metatable that reads
 * the table at behind. */
void sandbox_read_through(lua_State *lua, int front, int behind);
/* Marks the metatable on the top: its table counts as read-only. */
void sandbox_mark_read_only(lua_State *lua);
/* Whether the value at index is such a table, or a view (see values.h). */
bool sandbox_is_read_only(lua_State *lua, int index);

#endif
