/* Values between JSON and Lua, and read-only views of them.
 *
 * Nothing is lost on the way: null is schema.null, an array is marked so that an empty one is no
 * empty object, integers keep 64 bits, a real stays one. On the way back what JSON cannot say is
 * refused: NaN and infinities, keys that are not strings, text that is not UTF-8, functions. Tables
 * are read raw: no metamethod runs. */
#ifndef POLICY_VALUES_H
#define POLICY_VALUES_H

#include <jansson.h>
#include <lua.h>

#include "base/buffer.h"

/* Once per state, after its libraries are open. */
void values_setup(lua_State *lua);

/* Pushes a value. Its depth is bounded by whoever parsed it. */
void values_push_json(lua_State *lua, const json_t *value);

/* Replaces the table on the top by a view of it: reads go through, at any depth; writes are
 * refused. */
void values_make_view(lua_State *lua);

/* Pushes the table behind a view, or the table itself. */
void values_push_behind(lua_State *lua, int index);

/* Appends the value at index as JSON text, an object's keys in order. Raises, with what as the
 * value's name, if it cannot be said in JSON, is nested deeper than SS_MAX_METADATA_DEPTH or longer
 * than SS_MAX_METADATA_BYTES. The buffer belongs to the caller, who clears it. */
void values_append_json(lua_State *lua, int index, const char *what, byte_buffer *output);

#endif
