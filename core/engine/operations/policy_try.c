/* policy_try: what another policy would have refused of what the store holds and what was done in
 * it. */
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/status.h"
#include "engine/change/row.h"
#include "engine/operations/walk.h"
#include "engine/store/store.h"

enum { EVENTS_PER_PAGE = 200 };

typedef struct trial {
  ss_store *store;
  scratch *scratch;
  storage_session *session;
  policy *policy;
  policy_call *call; /* NULL: to be begun; what raised may have left the former half way */
  ss_policy_refusal_callback callback;
  void *context;
  ss_policy_trial counted;
  bool stopped;
  arena *memory;            /* of the names of namespaces */
  text_view namespace_name; /* of the namespace at hand */
  int64_t namespace_id;
} trial;

/* ---- Judging ------------------------------------------------------------------------------- */

static bool is_refusal(ss_status status) {
  return status == SS_POLICY_DENIED || status == SS_POLICY_FAILED;
}

static ss_status report_refusal(trial *self, const ss_policy_refusal *refusal, ss_error *error) {
  host_visit visit;
  if (self->callback == NULL) return SS_OK;
  host_enter(self->store, &visit);
  self->stopped = !self->callback(self->context, refusal);
  host_return(&visit);
  return storage_session_check(self->session, error);
}

static void end_call(trial *self) {
  policy_call_end(self->call);
  self->call = NULL;
}

static ss_status judge(trial *self, policy_subject *subject, int64_t sequence, ss_error *error) {
  ss_error why = {0};
  if (self->call == NULL) GUARD(policy_call_begin(self->policy, &self->call, error));
  const ss_status status = policy_judge(self->call, subject, &why);
  if (status == SS_OK) return SS_OK;
  if (status != SS_POLICY_DENIED) end_call(self);
  if (!is_refusal(status)) return error_set(error, status, "%s", why.message);
  self->counted.refused++;
  const ss_policy_refusal refusal = {
      .namespace_name = subject->namespace_name.data,
      .name = subject->name.data,
      .sequence = sequence,
      .operation = subject->operation,
      .actor = subject->actor.data,
      .code = status,
      .message = why.message,
  };
  return report_refusal(self, &refusal, error);
}

/* ---- Secrets ------------------------------------------------------------------------------- */

/* NULL if the value cannot be read; the rules about values are passed over then. */
static ss_status open_value(trial *self, text_view name, const secret_record *row,
                            unsigned char **value, ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  envelope *opener = self->scratch->envelope;
  *value = NULL;
  ss_status status =
      row_unwrap_dek(self->store, self->scratch, self->namespace_name, name, row, &key, error);
  if (status == SS_OK) {
    *value = memory_new_unfilled(row->value.length);
    if (*value == NULL) return error_out_of_memory(error);
    status = envelope_open_value(opener, &key, row->iv, self->namespace_name, name, row->value,
                                 *value, error);
  }
  if (status == SS_OK) return SS_OK;
  memory_wipe_and_free(*value, *value == NULL ? 0 : row->value.length);
  *value = NULL;
  error_clear(error);
  return status == SS_OUT_OF_MEMORY ? status : SS_OK;
}

static ss_status try_row(trial *self, text_view name, const secret_record *row, ss_error *error) {
  unsigned char *value = NULL;
  policy_subject subject = {
      .operation = "put",
      .has_target = true,
      .namespace_name = self->namespace_name,
      .name = name,
      .current = {.expires_at = SS_NO_EXPIRY},
      .now = row_plausible(row->updated_at),
      .writes_expiry = true,
      .expires_at = row_plausible_expiry(row->expires_at),
      .writes_metadata = true,
      .metadata = row->metadata,
  };
  GUARD(open_value(self, name, row, &value, error));
  const size_t sealed_length = row->value.length;
  if (value != NULL) {
    subject.has_value = true;
    subject.value = (byte_view){value, sealed_length - GCM_TAG_BYTES};
  }
  self->counted.secrets_tried++;
  const ss_status status = judge(self, &subject, 0, error);
  memory_wipe_and_free(value, value == NULL ? 0 : sealed_length);
  return status;
}

static ss_status try_secret(void *context, text_view name, bool *stop, ss_error *error) {
  trial *self = context;
  secret_record row = {0};
  bool found = false;
  GUARD(storage_find_secret(self->session, self->namespace_id, name, &row, &found, error));
  if (found) GUARD(try_row(self, name, &row, error));
  *stop = self->stopped;
  return SS_OK;
}

/* ---- Events -------------------------------------------------------------------------------- */

static const char *operation_of(const event_record *event) {
  switch (event->type) {
    case SS_EVENT_CREATED: return "put";
    case SS_EVENT_DELETED: return "remove";
    case SS_EVENT_ROTATED: return "rotate_keys";
    default:
      return event->detail.data != NULL &&
                     memmem(event->detail.data, event->detail.length, "\"value\"", 7) != NULL
                 ? "put"
                 : "update";
  }
}

typedef struct past_event {
  const char *operation;
  text_view name;
  text_view actor;
  int64_t sequence;
  int64_t created_at;
} past_event;

typedef struct event_page {
  arena *memory;
  past_event items[EVENTS_PER_PAGE];
  size_t count;
} event_page;

static ss_status take_event(void *context, const event_record *event, ss_error *error) {
  event_page *page = context;
  past_event *item = &page->items[page->count];
  *item = (past_event){
      .operation = operation_of(event),
      .sequence = event->sequence,
      .created_at = event->created_at,
  };
  GUARD(arena_keep_text(page->memory, event->name, &item->name, error));
  GUARD(arena_keep_text(page->memory, event->actor, &item->actor, error));
  page->count++;
  return SS_OK;
}

/* Name, namespace and authorize: what the log knows. */
static ss_status try_event(trial *self, const past_event *event, ss_error *error) {
  policy_subject subject = {
      .operation = event->operation,
      .has_target = true,
      .namespace_name = self->namespace_name,
      .name = event->name,
      .actor = event->actor,
      .current = {.expires_at = SS_NO_EXPIRY},
      .now = row_plausible(event->created_at),
      .expires_at = SS_NO_EXPIRY,
  };
  self->counted.events_tried++;
  return judge(self, &subject, event->sequence, error);
}

static ss_status try_event_page(trial *self, event_page *page, int64_t *after, ss_error *error) {
  const events_query query = {
      .filter = EVENTS_OF_NAMESPACE,
      .namespace_id = self->namespace_id,
      .order = SS_ASCENDING,
      .has_position = true,
      .after_sequence = *after,
      .limit = EVENTS_PER_PAGE,
  };
  page->count = 0;
  page->memory = arena_new();
  if (page->memory == NULL) return error_out_of_memory(error);
  ss_status status = storage_visit_events(self->session, &query, take_event, page, error);
  for (size_t i = 0; status == SS_OK && i < page->count && !self->stopped; i++) {
    status = storage_session_check(self->session, error);
    if (status == SS_OK) status = try_event(self, &page->items[i], error);
    *after = page->items[i].sequence;
  }
  arena_free(page->memory);
  return status;
}

static ss_status try_events(trial *self, ss_error *error) {
  int64_t after = 0;
  event_page *page = memory_new(sizeof *page);
  if (page == NULL) return error_out_of_memory(error);
  ss_status status = SS_OK;
  do {
    status = try_event_page(self, page, &after, error);
  } while (status == SS_OK && page->count == EVENTS_PER_PAGE && !self->stopped);
  memory_free(page);
  return status;
}

/* ---- The call ------------------------------------------------------------------------------ */

static ss_status try_namespace(void *context, text_view name, const namespace_record *record,
                               bool *stop, ss_error *error) {
  trial *self = context;
  self->namespace_name = name;
  self->namespace_id = record->id;
  GUARD(walk_secrets(self->session, record->id, try_secret, self, NULL, error));
  if (!self->stopped) GUARD(try_events(self, error));
  *stop = self->stopped;
  return SS_OK;
}

static void trial_clear(trial *self) {
  storage_end(&self->session);
  end_call(self);
  policy_release(self->policy);
  arena_free(self->memory);
}

static ss_status try_in(trial *self, store_call *call, const ss_policy_source *source) {
  ss_store *store = call->store;
  ss_error *error = call->error;
  GUARD(policies_compile(&store->suite, source, &store->policy_limits, &store->log, &self->policy,
                         error));
  GUARD(store_call_scratch(call, &self->scratch));
  self->memory = arena_new();
  if (self->memory == NULL) return error_out_of_memory(error);
  GUARD(storage_begin_snapshot(store->storage, &self->session, error));
  return walk_namespaces(self->session, self->memory, try_namespace, self, error);
}

ss_status ss_policy_try(ss_store *store, const ss_policy_source *source,
                        ss_policy_refusal_callback callback, void *context,
                        ss_policy_trial *trial_result, ss_error *error) {
  store_call call;
  if (trial_result != NULL) *trial_result = (ss_policy_trial){0};
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  trial self = {.store = store, .callback = callback, .context = context};
  const ss_status status = try_in(&self, &call, source);
  trial_clear(&self);
  if (status == SS_OK && trial_result != NULL) *trial_result = self.counted;
  return store_leave(&call, status);
}
