/* JSON texts that Lua gets to see in a call: parsed, kept until its end, and shown as views. */
#include <lauxlib.h>

#include "base/json.h"
#include "policy/state.h"
#include "policy/values.h"

void state_push_json(policy_state *state, text_view text) {
  lua_State *lua = state->box.lua;
  json_t *document = NULL;
  if (state->document_count == DOCUMENTS) state_forget_documents(state);
  if (json_parse(text, &document, NULL, NULL) != SS_OK) sandbox_raise_out_of_memory(lua);
  if (document == NULL) (void)luaL_error(lua, "what is stored is no JSON");
  state->documents[state->document_count++] = document; /* an error below must not lose it */
  values_push_json(lua, document);
}

void state_push_view(policy_state *state, view_slot slot, text_view text) {
  lua_State *lua = state->box.lua;
  kept_view *kept = &state->views[slot];
  if (kept->text.data != NULL && kept->text.data == text.data && kept->text.length == text.length) {
    (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, kept->reference);
    return;
  }
  kept->text = (text_view){0};
  state_push_json(state, text);
  values_make_view(lua);
  lua_pushvalue(lua, -1);
  lua_rawseti(lua, LUA_REGISTRYINDEX, kept->reference);
  kept->text = text;
}

void state_forget_views(policy_state *state) {
  for (int i = 0; i < VIEW_SLOTS; i++) state->views[i].text = (text_view){0};
}

void state_forget_documents(policy_state *state) {
  while (state->document_count > 0) json_decref(state->documents[--state->document_count]);
}
