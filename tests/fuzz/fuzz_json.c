/* Fuzzing JSON on its way into Lua and back: what can be said in both comes out equal. */
#include <jansson.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "fuzz.h"
#include "policy/sandbox.h"
#include "policy/values.h"

typedef struct trip {
  const json_t *document;
  byte_buffer text;
} trip;

static int prepare(lua_State *lua) {
  sandbox_open_libraries(lua);
  values_setup(lua);
  return 0;
}

static int there_and_back(lua_State *lua) {
  trip *self = lua_touserdata(lua, 1);
  values_push_json(lua, self->document);
  values_append_json(lua, -1, "value", &self->text);
  lua_pop(lua, 1);
  values_push_json(lua, self->document);
  if (lua_istable(lua, -1)) {
    values_make_view(lua);
    byte_buffer again = {0};
    again = self->text; /* the view says the same */
    const size_t length = again.length;
    values_append_json(lua, -1, "view", &self->text);
    if (self->text.length != 2 * length ||
        memcmp(self->text.data, self->text.data + length, length) != 0) {
      abort();
    }
    self->text.length = length;
  }
  return 0;
}

static void compare(const trip *self) {
  json_t *back = NULL;
  const text_view text = {(const char *)self->text.data, self->text.length};
  if (json_parse(text, &back, NULL, NULL) != SS_OK || back == NULL) abort();
  if (json_equal(self->document, back) != 1) abort();
  json_decref(back);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t length) {
  static sandbox box;
  static const policy_limits limits = {
      .memory_bytes = 16 << 20, .instructions = 1000000, .deadline_ms = 1000};
  byte_buffer compact = {0};
  json_t *document = NULL;
  const text_view text = {(const char *)data, length};
  if (box.lua == NULL) {
    if (sandbox_init(&box, &limits, NULL, NULL) != SS_OK) abort();
    if (sandbox_run(&box, prepare, NULL, NULL) != SS_OK) abort();
  }
  /* What the store accepts as metadata. */
  if (length > 0 && json_append_compact_object(&compact, "fuzz", text, NULL) == SS_OK &&
      json_parse(text, &document, NULL, NULL) == SS_OK && document != NULL) {
    trip self = {.document = document};
    if (sandbox_run(&box, there_and_back, &self, NULL) == SS_OK) compare(&self);
    buffer_clear(&self.text);
    json_decref(document);
  }
  buffer_clear(&compact);
  return 0;
}
