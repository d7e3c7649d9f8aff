/* A policy's state: a sandbox with the compiled policy in it. Shared by the
 * files of this folder. */
#ifndef POLICY_STATE_H
#define POLICY_STATE_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "policy/policy.h"

typedef struct expiry_rule {
  bool has_default;
  bool has_max;
  bool required;
  int64_t default_ms;
  int64_t max_ms;
} expiry_rule;

enum { AFFIX_CAPACITY = 256 };
typedef enum value_kind { VALUE_ANY, VALUE_TEXT, VALUE_BINARY } value_kind;

typedef struct value_rule {
  bool has_min;
  bool has_max;
  int64_t min_length;
  int64_t max_length;
  value_kind kind;
  size_t prefix_length;
  size_t suffix_length;
  char prefix[AFFIX_CAPACITY];
  char suffix[AFFIX_CAPACITY];
} value_rule;

/* References into the registry; LUA_NOREF: the policy has none. */
typedef struct compiled_parts {
  int check_target;
  int check_metadata;
  int authorize;
  int normalize;
  int enrich;
  int compiled; /* the whole table */
  int request;  /* the one object that functions get */
} compiled_parts;

enum { DOCUMENTS = 4 };

/* A text as it was parsed, and the view that was made of it, kept for the rest of the call:
 * functions ask for the same fields. */
typedef struct kept_view {
  text_view text; /* absent: none is kept */
  json_t *document;
  bool is_made;  /* the view is */
  int reference; /* to it, into the registry; made once per state */
} kept_view;

typedef enum view_slot { VIEW_METADATA, VIEW_CONTEXT, VIEW_SLOTS } view_slot;

typedef struct policy_state {
  sandbox box; /* first: sandbox_of gives it */
  struct policy_state *next_idle;
  compiled_parts parts;
  bool has_metadata_schema;
  expiry_rule *expiry_rules; /* rule_count + 1 of each; 0 is the base */
  value_rule *value_rules;
  size_t rule_count;

  /* Of the call that runs. */
  const policy_subject *subject;
  json_t *documents[DOCUMENTS]; /* parsed for the call, and let go at its end */
  size_t document_count;
  kept_view views[VIEW_SLOTS];
} policy_state;

struct policy {
  atomic_int users;
  char *name;
  char *text;
  size_t length;
  char hash[POLICY_HASH_CAPACITY];
  policy_limits limits;
  const log_sink *log;
  pthread_mutex_t lock;
  policy_state *idle;
};

struct policy_call {
  policy *policy;
  policy_state *state;
  byte_buffer metadata; /* what normalize and defaults made of it */
  byte_buffer fields;   /* what enrich added */
  bool spoilt;          /* something went wrong: the state is not used again */
};

ss_status state_new(const policy *of, policy_state **made, ss_error *error) MUST_CHECK;
void state_free(policy_state *state);

/* state_documents.c. Within a run: parses JSON text that was checked before, keeps it until the
 * call's end, and pushes it. */
void state_push_json(policy_state *state, text_view text);
void state_forget_documents(policy_state *state);
/* A table of the caller's own, of a text that functions may look at too: it is parsed once. */
void state_push_copy(policy_state *state, view_slot slot, text_view text);
/* A read-only view; the same one for the same text within a call. */
void state_push_view(policy_state *state, view_slot slot, text_view text);
/* The context's view; an empty one for NULL. */
void state_push_context(policy_state *state, json_t *context);
/* At the end of a call. */
void state_forget_views(policy_state *state);

/* request.c: makes the request object and pushes it. */
void request_make(lua_State *lua);

#endif
