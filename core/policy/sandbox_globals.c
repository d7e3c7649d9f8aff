/* What a policy finds in its environment, and what makes it read-only. Everything is listed by
 * name: what a later Lua adds does not come in by itself. */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "policy/bundled.h"
#include "policy/sandbox.h"
#include "policy/sandbox_marks.h"

/* Keys of the registry, by address. */
static const char trusted_environment = 't'; /* of the bundled modules */
static const char policy_environment = 'p';
static const char loaded_modules = 'm';
static const char read_only_mark = 'r'; /* in a metatable: its table cannot be changed */

static const char *const base_names[] = {
    "assert", "error",  "getmetatable", "ipairs",   "next",     "pairs", "pcall",    "rawequal",
    "rawget", "rawlen", "select",       "tonumber", "tostring", "type",  "_VERSION", NULL};
static const char *const string_names[] = {
    "byte", "char",     "find", "format",  "gmatch", "gsub",   "len",   "lower", "match",
    "pack", "packsize", "rep",  "reverse", "sub",    "unpack", "upper", NULL};
static const char *const table_names[] = {"concat", "insert", "move",   "pack",
                                          "remove", "sort",   "unpack", NULL};
static const char *const math_names[] = {
    "abs",  "acos", "asin", "atan", "ceil",       "cos",  "deg",        "exp",  "floor",
    "fmod", "huge", "log",  "max",  "maxinteger", "min",  "mininteger", "modf", "pi",
    "rad",  "sin",  "sqrt", "tan",  "tointeger",  "type", "ult",        NULL};
static const char *const utf8_names[] = {"char", "charpattern", "codepoint", "codes",
                                         "len",  "offset",      NULL};

/* ---- Read-only tables ---------------------------------------------------------------------- */

static int refuse_change(lua_State *lua) { return luaL_error(lua, "this table cannot be changed"); }

/* next over the table behind, which is upvalue 1. */
static int next_behind(lua_State *lua) {
  lua_settop(lua, 2);
  if (lua_next(lua, lua_upvalueindex(1)) != 0) return 2;
  lua_pushnil(lua);
  return 1;
}

static int pairs_behind(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_pushcclosure(lua, next_behind, 1);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

static int length_behind(lua_State *lua) {
  lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, lua_upvalueindex(1)));
  return 1;
}

static void set_closure_over(lua_State *lua, const char *event, lua_CFunction function,
                             int behind) {
  lua_pushvalue(lua, behind);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, event);
}

/* Gives the table at index front, which must be empty, a metatable that reads the table at behind.
 */
static void read_through(lua_State *lua, int front, int behind) {
  lua_createtable(lua, 0, 6);
  lua_pushvalue(lua, behind);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_change);
  lua_setfield(lua, -2, "__newindex");
  lua_pushliteral(lua, "read-only");
  lua_setfield(lua, -2, "__metatable");
  set_closure_over(lua, "__pairs", pairs_behind, behind);
  set_closure_over(lua, "__len", length_behind, behind);
  lua_pushboolean(lua, 1);
  lua_rawsetp(lua, -2, &read_only_mark);
  (void)lua_setmetatable(lua, front);
}

void sandbox_make_read_only(lua_State *lua) {
  const int behind = lua_gettop(lua);
  lua_newtable(lua);
  read_through(lua, behind + 1, behind);
  lua_remove(lua, behind);
}

bool sandbox_is_read_only(lua_State *lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  const bool marked = lua_rawgetp(lua, -1, &read_only_mark) != LUA_TNIL;
  lua_pop(lua, 2);
  return marked;
}

void sandbox_mark_read_only(lua_State *lua) {
  lua_pushboolean(lua, 1);
  lua_rawsetp(lua, -2, &read_only_mark);
}

/* ---- Base functions of our own ------------------------------------------------------------- */

static int guarded_rawset(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (lua_getmetatable(lua, 1) != 0) {
    if (lua_getfield(lua, -1, "__metatable") != LUA_TNIL) return refuse_change(lua);
    lua_pop(lua, 2);
  }
  luaL_checkany(lua, 3);
  lua_settop(lua, 3);
  lua_rawset(lua, 1);
  return 1;
}

/* A finalizer would run outside every budget. */
static int guarded_setmetatable(lua_State *lua) {
  const int type = lua_type(lua, 2);
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argexpected(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (lua_getmetatable(lua, 1) != 0) {
    lua_pushliteral(lua, "__metatable");
    if (lua_rawget(lua, -2) != LUA_TNIL)
      return luaL_error(lua, "cannot change a protected metatable");
    lua_pop(lua, 2);
  }
  if (type == LUA_TTABLE) {
    lua_pushliteral(lua, "__gc");
    if (lua_rawget(lua, 2) != LUA_TNIL)
      return luaL_error(lua, "setmetatable: __gc is not allowed here");
    lua_pop(lua, 1);
  }
  lua_settop(lua, 2);
  (void)lua_setmetatable(lua, 1);
  return 1;
}

/* Lua runs a message handler before the stack unwinds; if the error came from the budget's hook,
 * hooks are off then, and the handler would have no end. Here it runs after. */
static int guarded_xpcall(lua_State *lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushvalue(lua, 2);
  lua_insert(lua, 1); /* handler, function, handler, arguments */
  lua_remove(lua, 3);
  const int outcome = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
  lua_pushboolean(lua, outcome == LUA_OK);
  if (outcome == LUA_OK) {
    lua_replace(lua, 1);
    return lua_gettop(lua);
  }
  lua_insert(lua, 1);                      /* false, handler, what was raised */
  (void)lua_pcall(lua, 1, LUA_MULTRET, 0); /* a handler that raises: that is what was raised */
  return lua_gettop(lua);
}

/* To the log at debug, as one line. */
static int print_to_log(lua_State *lua) {
  const int count = lua_gettop(lua);
  luaL_Buffer line;
  luaL_buffinit(lua, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    (void)luaL_tolstring(lua, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  const log_sink *log = sandbox_of(lua)->log;
  if (log == NULL) return 0;
  char text[512];
  size_t length = 0;
  const char *printed = lua_tolstring(lua, -1, &length);
  if (length >= sizeof text) length = sizeof text - 1;
  for (size_t i = 0; i < length; i++) {
    text[i] = printed[i];
    if ((unsigned char)printed[i] < 0x20 || printed[i] == 0x7f) text[i] = ' ';
  }
  text[length] = '\0';
  log_write(log, SS_LOG_DEBUG, "policy: %s", text);
  return 0;
}

/* ---- Modules ------------------------------------------------------------------------------- */

static const bundled_module *find_module(const char *name) {
  for (const bundled_module *module = bundled_modules; module->name != NULL; module++) {
    if (strcmp(module->name, name) == 0) return module;
  }
  return NULL;
}

static void load_module(lua_State *lua, const bundled_module *module) {
  char chunk_name[64];
  (void)strcpy(chunk_name, "=");
  (void)strncat(chunk_name, module->name, sizeof chunk_name - 2);
  if (luaL_loadbufferx(lua, module->text, module->length, chunk_name, "t") != LUA_OK) {
    (void)lua_error(lua);
  }
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &trusted_environment);
  (void)lua_setupvalue(lua, -2, 1);
  lua_call(lua, 0, 1);
}

void sandbox_require(lua_State *lua, const char *name) {
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &loaded_modules);
  if (lua_getfield(lua, -1, name) == LUA_TNIL) {
    lua_pop(lua, 1);
    const bundled_module *module = find_module(name);
    if (module == NULL) {
      (void)luaL_error(lua, "there is no module \"%s\" here", name);
      return;
    }
    load_module(lua, module);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, name);
  }
  lua_remove(lua, -2);
}

static int require_any(lua_State *lua) {
  sandbox_require(lua, luaL_checkstring(lua, 1));
  return 1;
}

/* The schema module without what is for the library alone. */
static void push_public_schema(lua_State *lua) {
  static const char *const internal[] = {"inspect", "list_metatable", "quote",
                                         "kind_of", "sorted_keys",    NULL};
  sandbox_require(lua, "schema");
  lua_newtable(lua);
  lua_pushnil(lua);
  while (lua_next(lua, -3) != 0) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, -4);
  }
  for (const char *const *name = internal; *name != NULL; name++) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, *name);
  }
  lua_remove(lua, -2);
  sandbox_make_read_only(lua);
}

static int require_schema(lua_State *lua) {
  const char *name = luaL_checkstring(lua, 1);
  if (strcmp(name, "schema") != 0) {
    return luaL_error(lua, "require: a policy has the module \"schema\" and no others");
  }
  lua_pushvalue(lua, lua_upvalueindex(1));
  return 1;
}

/* ---- Environments -------------------------------------------------------------------------- */

/* Copies the named fields of the table at from into the table on the top. */
static void copy_fields(lua_State *lua, int from, const char *const *names) {
  for (; *names != NULL; names++) {
    (void)lua_getfield(lua, from, *names);
    lua_setfield(lua, -2, *names);
  }
}

static void copy_library(lua_State *lua, const char *name, const char *const *names,
                         void (*guard)(lua_State *)) {
  lua_newtable(lua);
  (void)lua_getglobal(lua, name);
  lua_insert(lua, -2);
  copy_fields(lua, lua_gettop(lua) - 1, names);
  lua_remove(lua, -2);
  if (guard != NULL) guard(lua);
  sandbox_make_read_only(lua);
  lua_setfield(lua, -2, name);
}

static void copy_libraries(lua_State *lua) {
  static const luaL_Reg own[] = {{"print", print_to_log},
                                 {"rawset", guarded_rawset},
                                 {"setmetatable", guarded_setmetatable},
                                 {"xpcall", guarded_xpcall},
                                 {NULL, NULL}};
  lua_pushglobaltable(lua);
  lua_insert(lua, -2);
  copy_fields(lua, lua_gettop(lua) - 1, base_names);
  lua_remove(lua, -2);
  luaL_setfuncs(lua, own, 0);
  copy_library(lua, "string", string_names, sandbox_guard_strings);
  copy_library(lua, "table", table_names, sandbox_guard_tables);
  copy_library(lua, "math", math_names, NULL);
  copy_library(lua, "utf8", utf8_names, NULL);
}

/* Methods of strings are the guarded ones, and their metatable is out of reach. */
static void protect_string_metatable(lua_State *lua) {
  lua_pushliteral(lua, "");
  if (lua_getmetatable(lua, -1) == 0) (void)luaL_error(lua, "strings have no metatable");
  (void)lua_getfield(lua, -3, "string");
  lua_setfield(lua, -2, "__index");
  lua_pushliteral(lua, "string");
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

void sandbox_open_libraries(lua_State *lua) {
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
  luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
  luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  lua_settop(lua, 0);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &loaded_modules);

  lua_newtable(lua);
  copy_libraries(lua);
  protect_string_metatable(lua);
  lua_pushcfunction(lua, require_any);
  lua_setfield(lua, -2, "require");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &trusted_environment);

  lua_newtable(lua);
  copy_libraries(lua);
  push_public_schema(lua);
  lua_pushcclosure(lua, require_schema, 1);
  lua_setfield(lua, -2, "require");
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "_G");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &policy_environment);
}

void sandbox_load(lua_State *lua, text_view text, const char *name) {
  lua_pushfstring(lua, "@%s", name);
  if (luaL_loadbufferx(lua, text.data, text.length, lua_tostring(lua, -1), "t") != LUA_OK) {
    (void)lua_error(lua);
  }
  lua_remove(lua, -2);
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &policy_environment);
  if (lua_setupvalue(lua, -2, 1) == NULL) lua_pop(lua, 1);
}

/* The functions of the policy hold this very table: what is in it moves behind it. */
void sandbox_freeze_globals(lua_State *lua) {
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &policy_environment);
  const int front = lua_gettop(lua);
  if (sandbox_is_read_only(lua, front)) {
    lua_pop(lua, 1);
    return;
  }
  if (lua_getmetatable(lua, front) != 0) {
    (void)luaL_error(lua, "a policy's globals must not have a metatable");
  }
  lua_newtable(lua);
  const int behind = lua_gettop(lua);
  lua_pushnil(lua);
  while (lua_next(lua, front) != 0) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, behind);
    lua_pushvalue(lua, -1);
    lua_pushnil(lua);
    lua_rawset(lua, front); /* clearing a field is allowed while walking */
  }
  read_through(lua, front, behind);
  lua_settop(lua, front - 1);
}
