/* What a policy finds in its environment. Everything is listed by name: what a later Lua adds does
 * not come in by itself. */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "policy/bundled.h"
#include "policy/sandbox.h"
#include "policy/sandbox_read_only.h"

/* Keys of the registry, by address. */
static const char trusted_environment = 't'; /* of the bundled modules */
static const char policy_environment = 'p';
static const char loaded_modules = 'm';

static const char *const base_names[] = {
    "assert",   "error",    "getmetatable", "ipairs", "next",     "pairs",  "pcall",
    "print",    "rawequal", "rawget",       "rawlen", "rawset",   "select", "setmetatable",
    "tonumber", "tostring", "type",         "xpcall", "_VERSION", NULL};
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

typedef struct library {
  const char *name;
  const char *const *functions;
  const char *const *charged; /* see sandbox_charge_functions */
  const char *const *readers;
  void (*set)(lua_State *); /* what is our own; or NULL */
} library;

static void copy_library(lua_State *lua, const library *from) {
  lua_newtable(lua);
  (void)lua_getglobal(lua, from->name);
  lua_insert(lua, -2);
  copy_fields(lua, lua_gettop(lua) - 1, from->functions);
  lua_remove(lua, -2);
  sandbox_charge_functions(lua, from->charged, false);
  sandbox_charge_functions(lua, from->readers, true);
  if (from->set != NULL) from->set(lua);
}

static void set_strings(lua_State *lua) {
  sandbox_set_strings(lua);
  sandbox_set_patterns(lua);
}

static void push_libraries(lua_State *lua) {
  static const char *const none[] = {NULL};
  static const char *const base_charged[] = {"select", NULL};
  static const char *const base_readers[] = {"tonumber", NULL};
  static const char *const string_charged[] = {"byte", "char", NULL};
  static const char *const string_readers[] = {"lower",    "upper",  "reverse", "pack",
                                               "packsize", "unpack", NULL};
  static const char *const math_charged[] = {"max", "min", NULL};
  static const char *const utf8_charged[] = {"char", "codepoint", NULL};
  static const char *const utf8_readers[] = {"len", "offset", NULL};
  static const library base = {LUA_GNAME, base_names, base_charged, base_readers, sandbox_set_base};
  static const library libraries[] = {
      {LUA_STRLIBNAME, string_names, string_charged, string_readers, set_strings},
      {LUA_TABLIBNAME, table_names, none, none, sandbox_set_tables},
      {LUA_MATHLIBNAME, math_names, math_charged, none, NULL},
      {LUA_UTF8LIBNAME, utf8_names, utf8_charged, utf8_readers, NULL},
  };
  copy_library(lua, &base);
  for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
    copy_library(lua, &libraries[i]);
    sandbox_make_read_only(lua);
    lua_setfield(lua, -2, libraries[i].name);
  }
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

  push_libraries(lua);
  protect_string_metatable(lua);
  lua_pushcfunction(lua, require_any);
  lua_setfield(lua, -2, "require");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &trusted_environment);

  push_libraries(lua);
  sandbox_set_metatables(lua);
  push_public_schema(lua);
  lua_pushcclosure(lua, require_schema, 1);
  lua_setfield(lua, -2, "require");
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "_G");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &policy_environment);
}

/* ---- Texts --------------------------------------------------------------------------------- */

/* A text on its way to Lua's parser, which takes its square in time where a chain of `or` or
 * `elseif` is long: in pieces, so that the budget is looked at meanwhile. */
typedef struct reading {
  const char *position;
  size_t left;
} reading;

enum { PIECE_BYTES = 64 };

static const char *read_piece(lua_State *lua, void *context, size_t *length) {
  reading *self = context;
  const char *piece = self->position;
  *length = self->left < PIECE_BYTES ? self->left : PIECE_BYTES;
  self->position += *length;
  self->left -= *length;
  sandbox_charge(lua, STEPS_PER_LOOK);
  return piece;
}

static void compile(lua_State *lua, const char *text, size_t length, const char *name) {
  reading from = {text, length};
  sandbox_of(lua)->writes_tables = true; /* the parser's, of constants */
  const int outcome = lua_load(lua, read_piece, &from, name, "t");
  sandbox_of(lua)->writes_tables = false;
  if (outcome != LUA_OK) (void)lua_error(lua);
}

void sandbox_load(lua_State *lua, text_view text, const char *name) {
  lua_pushfstring(lua, "@%s", name);
  compile(lua, text.data, text.length, lua_tostring(lua, -1));
  lua_remove(lua, -2);
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, &policy_environment);
  if (lua_setupvalue(lua, -2, 1) == NULL) lua_pop(lua, 1);
}

/* ---- Freezing ------------------------------------------------------------------------------ */

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
  sandbox_read_through(lua, front, behind);
  lua_settop(lua, front - 1);
}
