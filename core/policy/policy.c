/* Policies and their pools of states. */
#include "policy/policy.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "policy/state.h"

enum { MAX_TEXT_BYTES = 1 << 20 };

static char *copy_bytes(const char *data, size_t length) {
  char *copy = memory_new(length + 1);
  if (copy != NULL && length > 0) memcpy(copy, data, length);
  return copy;
}

static void policy_free(policy *self) {
  while (self->idle != NULL) {
    policy_state *state = self->idle;
    self->idle = state->next_idle;
    state_free(state);
  }
  (void)pthread_mutex_destroy(&self->lock);
  memory_free(self->name);
  memory_free(self->text);
  memory_free(self);
}

policy *policy_retain(policy *self) {
  if (self != NULL) (void)atomic_fetch_add(&self->users, 1);
  return self;
}

void policy_release(policy *self) {
  if (self != NULL && atomic_fetch_sub(&self->users, 1) == 1) policy_free(self);
}

const char *policy_hash(const policy *self) { return self->hash; }

text_view policy_text(const policy *self) { return (text_view){self->text, self->length}; }

static ss_status compile_first_state(policy *self, ss_error *error) {
  if (self->length > MAX_TEXT_BYTES) {
    return error_set(error, SS_POLICY_INVALID, "policy \"%s\": expected at most %d bytes, got %zu",
                     self->name, MAX_TEXT_BYTES, self->length);
  }
  return state_new(self, &self->idle, error);
}

ss_status policy_compile(const char *name, text_view text, const char hash[POLICY_HASH_CAPACITY],
                         const policy_limits *limits, const log_sink *log, policy **compiled,
                         ss_error *error) {
  *compiled = NULL;
  policy *self = memory_new(sizeof *self);
  if (self == NULL) return error_out_of_memory(error);
  atomic_init(&self->users, 1);
  (void)pthread_mutex_init(&self->lock, NULL);
  self->name = copy_bytes(name, strlen(name));
  self->text = copy_bytes(text.data, text.length);
  self->length = text.length;
  memcpy(self->hash, hash, sizeof self->hash);
  self->limits = *limits;
  self->log = log;
  const ss_status status = self->name == NULL || self->text == NULL
                               ? error_out_of_memory(error)
                               : compile_first_state(self, error);
  if (status != SS_OK) {
    policy_free(self);
    return status;
  }
  *compiled = self;
  return SS_OK;
}

/* ---- Calls --------------------------------------------------------------------------------- */

static policy_state *take_idle(policy *self) {
  (void)pthread_mutex_lock(&self->lock);
  policy_state *state = self->idle;
  if (state != NULL) self->idle = state->next_idle;
  (void)pthread_mutex_unlock(&self->lock);
  return state;
}

/* The text compiled before: if it does not now, that is a failure like any other. */
static ss_status make_another(policy *self, policy_state **state, ss_error *error) {
  const ss_status status = state_new(self, state, error);
  if (status != SS_POLICY_INVALID) return status;
  if (error != NULL) error->code = SS_POLICY_FAILED;
  return SS_POLICY_FAILED;
}

ss_status policy_call_begin(policy *self, policy_call **begun, ss_error *error) {
  *begun = NULL;
  policy_call *call = memory_new(sizeof *call);
  if (call == NULL) return error_out_of_memory(error);
  call->state = take_idle(self);
  if (call->state == NULL) {
    const ss_status status = make_another(self, &call->state, error);
    if (status != SS_OK) {
      memory_free(call);
      return status;
    }
  }
  call->policy = policy_retain(self);
  *begun = call;
  return SS_OK;
}

void policy_call_end(policy_call *call) {
  if (call == NULL) return;
  policy *self = call->policy;
  policy_state *state = call->state;
  state->subject = NULL;
  state_forget_documents(state);
  state_forget_views(state);
  if (call->spoilt) {
    state_free(state);
  } else {
    (void)pthread_mutex_lock(&self->lock);
    state->next_idle = self->idle;
    self->idle = state;
    (void)pthread_mutex_unlock(&self->lock);
  }
  buffer_clear(&call->metadata);
  buffer_clear(&call->fields);
  memory_free(call);
  policy_release(self);
}
