/* For tables of other files that are read-only as the sandbox's own are. */
#ifndef POLICY_SANDBOX_MARKS_H
#define POLICY_SANDBOX_MARKS_H

#include <lua.h>

/* Marks the metatable on the top: its table counts as read-only. */
void sandbox_mark_read_only(lua_State *lua);

#endif
