/* Asking the store's policy. */
#include "engine/change/gate.h"

#include "base/json.h"
#include "engine/store/policies.h"

static ss_status take_context(gate *self, const ss_caller *caller, ss_error *error) {
  if (caller == NULL || caller->context_json == NULL) return SS_OK;
  GUARD(json_parse_object("context", text_view_of(caller->context_json), &self->context, error));
  self->subject.context = self->context;
  return SS_OK;
}

ss_status gate_begin(gate *self, ss_store *store, const char *operation, const ss_caller *caller,
                     ss_error *error) {
  *self = (gate){
      .is_background = caller == &maintenance_caller,
      .subject =
          {
              .operation = operation,
              .actor = text_view_of(caller == NULL ? NULL : caller->actor),
              .expires_at = SS_NO_EXPIRY,
          },
  };
  GUARD(take_context(self, caller, error));
  policy *current = policies_take(&store->policies);
  if (current == NULL) return SS_OK;
  self->subject.now = clock_now_ms(&store->clock);
  const ss_status status = policy_call_begin(current, &self->call, error);
  policy_release(current);
  return status;
}

void gate_end(gate *self) {
  policy_call_end(self->call);
  buffer_clear(&self->detail);
  json_decref(self->context);
  *self = (gate){0};
}

static policy_current describe_current(const secret_record *row) {
  if (row == NULL) return (policy_current){.expires_at = SS_NO_EXPIRY};
  return (policy_current){
      .found = true,
      .metadata = row->metadata,
      .revision = row->revision,
      .expires_at = row->expires_at,
  };
}

void gate_set_target(gate *self, text_view namespace_name, text_view name,
                     const secret_record *current) {
  self->subject = (policy_subject){
      .operation = self->subject.operation,
      .actor = self->subject.actor,
      .context = self->subject.context,
      .now = self->subject.now,
      .has_target = true,
      .namespace_name = namespace_name,
      .name = name,
      .current = describe_current(current),
      .expires_at = SS_NO_EXPIRY,
  };
}

void gate_clear_target(gate *self) {
  gate_set_target(self, (text_view){0}, (text_view){0}, NULL);
  self->subject.has_target = false;
}

ss_status gate_judge(gate *self, ss_error *error) {
  if (gate_is_open(self)) return SS_OK;
  return self->is_background ? policy_judge_background(self->call, &self->subject, error)
                             : policy_judge(self->call, &self->subject, error);
}

ss_status gate_pass(gate *self, text_view namespace_name, text_view name,
                    const secret_record *current, ss_error *error) {
  if (gate_is_open(self)) return SS_OK;
  gate_set_target(self, namespace_name, name, current);
  return gate_judge(self, error);
}

static ss_status ask_to_configure(gate *self, ss_error *error) {
  const policy_subject kept = self->subject;
  gate_clear_target(self);
  self->subject.operation = "configure";
  const ss_status status = gate_judge(self, error);
  self->subject = kept;
  return status;
}

ss_status gate_judge_configure(gate *self, ss_error *error) {
  if (self->configure != CONFIGURE_UNASKED) return SS_OK;
  const ss_status status = ask_to_configure(self, &self->configure_refusal);
  self->configure = status == SS_OK ? CONFIGURE_ALLOWED : CONFIGURE_DENIED;
  if (status == SS_OK || status == SS_POLICY_DENIED) return SS_OK;
  self->configure = CONFIGURE_UNASKED;
  if (error != NULL) *error = self->configure_refusal;
  return status;
}

ss_status gate_enrich(gate *self, ss_event_type type, text_view *detail, ss_error *error) {
  if (gate_is_open(self)) return SS_OK;
  buffer_reset(&self->detail);
  GUARD(policy_enrich(self->call, &self->subject, ss_event_type_name(type), *detail, &self->detail,
                      error));
  *detail = (text_view){(const char *)self->detail.data, self->detail.length};
  return SS_OK;
}
