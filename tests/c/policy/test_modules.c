/* tests/policy/specs, which busted runs under the system's Lua, inside the sandbox too: the modules
 * must need nothing that is not there. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/sandbox.h"
#include "policy/values.h"
#include "support/support.h"

typedef struct spec_run {
  const char *shim;
  const char *spec;
  const char *name;
  int passed;
  char failures[4096];
} spec_run;

static char *read_file(const char *name) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/tests/policy/%s", SECRETSTORE_SOURCE_DIR, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  char *text = calloc(1, 1 << 20);
  assert_non_null(text);
  assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
  (void)fclose(file);
  return text;
}

static int require_any(lua_State *lua) {
  sandbox_require(lua, luaL_checkstring(lua, 1));
  return 1;
}

/* Loads text into the policies' environment, where require gives every module for once. */
static void load_with_modules(lua_State *lua, const char *text, const char *name) {
  sandbox_load(lua, text_view_of(text), name);
  (void)lua_getupvalue(lua, -1, 1);
  lua_pushcfunction(lua, require_any);
  lua_setfield(lua, -2, "require");
  lua_pop(lua, 1);
}

static int run_spec(lua_State *lua) {
  spec_run *self = lua_touserdata(lua, 1);
  sandbox_open_libraries(lua);
  values_setup(lua);
  load_with_modules(lua, self->shim, "in_sandbox.lua");
  lua_call(lua, 0, 1);
  load_with_modules(lua, self->spec, self->name);
  lua_call(lua, 0, 0);
  lua_call(lua, 0, 2);
  self->passed = (int)lua_tointeger(lua, -2);
  (void)snprintf(self->failures, sizeof self->failures, "%s", lua_tostring(lua, -1));
  return 0;
}

static void run_inside(const char *name, int least) {
  static const policy_limits limits = {
      .memory_bytes = 64 << 20, .instructions = 1000000000, .deadline_ms = 60000};
  char *shim = read_file("in_sandbox.lua");
  char path[64];
  (void)snprintf(path, sizeof path, "specs/%s", name);
  char *text = read_file(path);
  spec_run run = {.shim = shim, .spec = text, .name = name};
  sandbox box;
  ss_error error;
  assert_ok(sandbox_init(&box, &limits, NULL, &error), &error);
  assert_ok(sandbox_run(&box, run_spec, &run, &error), &error);
  if (run.failures[0] != '\0') fail_msg("%s", run.failures);
  print_message("%s: %d passed\n", name, run.passed);
  assert_true(run.passed >= least);
  sandbox_clear(&box);
  free(shim);
  free(text);
}

static void the_schema_module(void **state) { run_inside("schema_spec.lua", 18); }
static void the_policy_module(void **state) { run_inside("policy_spec.lua", 8); }
static void the_generators(void **state) { run_inside("generators_spec.lua", 6); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_schema_module),
      cmocka_unit_test(the_policy_module),
      cmocka_unit_test(the_generators),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
