/* Asking the store's policy. */
#include "engine/change/gate.h"

#include "engine/store/policies.h"

ss_status gate_begin(gate *self, ss_store *store, const char *operation, const ss_caller *caller,
                     ss_error *error) {
  *self = (gate){0};
  policy *current = policies_take(&store->policies);
  if (current == NULL) return SS_OK;
  const ss_status status = policy_call_begin(current, &self->call, error);
  policy_release(current);
  GUARD(status);
  self->is_background = caller == &maintenance_caller;
  self->subject = (policy_subject){
      .operation = operation,
      .actor = text_view_of(caller == NULL ? NULL : caller->actor),
      .context_json = text_view_of(caller == NULL ? NULL : caller->context_json),
      .expires_at = SS_NO_EXPIRY,
      .now = clock_now_ms(&store->clock),
  };
  return SS_OK;
}

void gate_end(gate *self) {
  policy_call_end(self->call);
  buffer_clear(&self->detail);
  buffer_clear(&self->current_metadata);
  *self = (gate){0};
}

void gate_set_target(gate *self, text_view namespace_name, text_view name,
                     const secret_record *current) {
  self->subject.has_target = true;
  self->subject.namespace_name = namespace_name;
  self->subject.name = name;
  self->subject.current = (policy_current){.expires_at = SS_NO_EXPIRY};
  buffer_reset(&self->current_metadata);
  if (current == NULL || gate_is_open(self)) return;
  buffer_append(&self->current_metadata, current->metadata.data, current->metadata.length);
  const bool has_metadata = current->metadata.data != NULL;
  self->subject.current = (policy_current){
      .found = true,
      .metadata = {has_metadata ? (const char *)self->current_metadata.data : NULL,
                   self->current_metadata.length},
      .revision = current->revision,
      .expires_at = current->expires_at,
  };
}

void gate_clear_target(gate *self) {
  gate_set_target(self, (text_view){0}, (text_view){0}, NULL);
  self->subject.has_target = false;
}

ss_status gate_judge(gate *self, ss_error *error) {
  if (gate_is_open(self)) return SS_OK;
  GUARD(buffer_status(&self->current_metadata, error));
  return self->is_background ? policy_judge_background(self->call, &self->subject, error)
                             : policy_judge(self->call, &self->subject, error);
}

ss_status gate_pass(gate *self, text_view namespace_name, text_view name,
                    const secret_record *current, ss_error *error) {
  if (gate_is_open(self)) return SS_OK;
  gate_set_target(self, namespace_name, name, current);
  return gate_judge(self, error);
}

ss_status gate_enrich(gate *self, ss_event_type type, text_view *detail, ss_error *error) {
  if (gate_is_open(self)) return SS_OK;
  buffer_reset(&self->detail);
  GUARD(buffer_status(&self->current_metadata, error));
  GUARD(policy_enrich(self->call, &self->subject, ss_event_type_name(type), *detail, &self->detail,
                      error));
  *detail = (text_view){(const char *)self->detail.data, self->detail.length};
  return SS_OK;
}
