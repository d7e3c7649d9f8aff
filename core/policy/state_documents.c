/* JSON texts that Lua gets to see in a call: parsed, kept until its end, and shown as views. */
#include <lauxlib.h>

#include "base/json.h"
#include "policy/state.h"
#include "policy/values.h"

static json_t *parse(policy_state *state, text_view text) {
  lua_State *lua = state->box.lua;
  json_t *document = NULL;
  if (json_parse(text, &document, NULL, NULL) != SS_OK) sandbox_raise_out_of_memory(lua);
  if (document == NULL) (void)luaL_error(lua, "what is stored is no JSON");
  return document;
}

void state_push_json(policy_state *state, text_view text) {
  if (state->document_count == DOCUMENTS) state_forget_documents(state);
  json_t *document = parse(state, text);
  state->documents[state->document_count++] = document; /* an error below must not lose it */
  values_push_json(state->box.lua, document);
}

/* ---- Kept ---------------------------------------------------------------------------------- */

static void forget(kept_view *kept) {
  json_decref(kept->document);
  *kept = (kept_view){.reference = kept->reference};
}

static kept_view *keep(policy_state *state, view_slot slot, text_view text) {
  kept_view *kept = &state->views[slot];
  const bool is_same = kept->text.data == text.data && kept->text.length == text.length;
  if (kept->text.data != NULL && is_same) return kept;
  forget(kept);
  kept->document = parse(state, text);
  kept->text = text;
  return kept;
}

void state_push_copy(policy_state *state, view_slot slot, text_view text) {
  values_push_json(state->box.lua, keep(state, slot, text)->document);
}

static void push_view_of(lua_State *lua, kept_view *kept) {
  if (kept->is_made) {
    (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, kept->reference);
    return;
  }
  values_push_json(lua, kept->document);
  values_make_view(lua);
  lua_pushvalue(lua, -1);
  lua_rawseti(lua, LUA_REGISTRYINDEX, kept->reference);
  kept->is_made = true;
}

void state_push_view(policy_state *state, view_slot slot, text_view text) {
  push_view_of(state->box.lua, keep(state, slot, text));
}

static json_t *hold_or_empty(json_t *context) {
  return context == NULL ? json_object() : json_incref(context);
}

void state_push_context(policy_state *state, json_t *context) {
  kept_view *kept = &state->views[VIEW_CONTEXT];
  if (kept->document == NULL) kept->document = hold_or_empty(context);
  if (kept->document == NULL) sandbox_raise_out_of_memory(state->box.lua);
  push_view_of(state->box.lua, kept);
}

void state_forget_views(policy_state *state) {
  for (int i = 0; i < VIEW_SLOTS; i++) forget(&state->views[i]);
}

void state_forget_documents(policy_state *state) {
  while (state->document_count > 0) json_decref(state->documents[--state->document_count]);
}
