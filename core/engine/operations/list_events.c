/* list_events: the audit events of a namespace, a name, a type or a secret, a page at a time. */
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"
#include "engine/operations/cursor.h"
#include "engine/store/beliefs.h"

/* ---- The request --------------------------------------------------------------------------- */

typedef struct events_plan {
  events_query query;
  bool is_store_log;
  text_view namespace_name; /* of the events; for a secret id, found out later */
} events_plan;

static ss_status refuse(const char *message, ss_error *error) {
  return error_set(error, SS_INVALID_ARGUMENT, "%s", message);
}

static ss_status plan_by_secret(const ss_events_request *request, events_plan *plan,
                                ss_error *error) {
  if (request->namespace_given || request->name != NULL || request->type != SS_EVENT_ANY) {
    return refuse("secret_id: expected no other filter beside it", error);
  }
  plan->query.filter = EVENTS_OF_SECRET;
  if (row_parse_secret_id(request->secret_id, &plan->query.secret_id)) return SS_OK;
  return refuse("secret_id: expected an id that this store gave out, got something else", error);
}

static ss_status plan_store_log(const ss_events_request *request, events_plan *plan,
                                ss_error *error) {
  if (request->namespace_given || request->name != NULL || request->type != SS_EVENT_ANY ||
      request->secret_id != NULL) {
    return refuse("store_log: expected no other filter beside it", error);
  }
  plan->is_store_log = true;
  return SS_OK;
}

static ss_status plan_by_namespace(const ss_events_request *request, events_plan *plan,
                                   ss_error *error) {
  const bool by_name = request->name != NULL;
  const bool by_type = request->type != SS_EVENT_ANY;
  if ((by_name || by_type) && !request->namespace_given) {
    return refuse(
        "name and type: expected the namespace to be given with them (null names the "
        "default one)",
        error);
  }
  if (by_name && by_type) return refuse("expected name or type, got both", error);
  const char *namespace_name = request->namespace_given ? request->namespace_name : NULL;
  GUARD(request_check_namespace(namespace_name, &plan->namespace_name, error));
  plan->query.filter = EVENTS_OF_NAMESPACE;
  if (by_type) {
    plan->query.filter = EVENTS_OF_TYPE;
    plan->query.type = request->type;
  }
  if (by_name) {
    plan->query.filter = EVENTS_OF_NAME;
    GUARD(request_check_name(request->name, &plan->query.name, error));
  }
  return SS_OK;
}

static ss_status check_request(const ss_events_request *request, events_plan *plan,
                               ss_error *error) {
  text_view actor;
  *plan = (events_plan){0};
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_page(request->order, request->num_items, error));
  GUARD(request_check_caller(request->caller, &actor, error));
  if (request->type < SS_EVENT_ANY || request->type > SS_EVENT_REWRAPPED) {
    return refuse("type: expected one of a namespace's events, such as created or deleted", error);
  }
  plan->query.order = request->order;
  plan->query.limit = request->num_items + 1;
  if (request->store_log) return plan_store_log(request, plan, error);
  return request->secret_id != NULL ? plan_by_secret(request, plan, error)
                                    : plan_by_namespace(request, plan, error);
}

/* What tells this query from all others, for its cursors. */
static void describe_query(byte_buffer *output, const ss_store *store, const events_plan *plan) {
  const events_query *query = &plan->query;
  buffer_append_text(output, plan->is_store_log ? "[\"storeevents\"," : "[\"events\",");
  json_append_string(output, store->store_id);
  buffer_append_text(output, ",");
  buffer_append_integer(output, query->filter);
  buffer_append_text(output, ",");
  json_append_string(output, plan->namespace_name);
  buffer_append_text(output, ",");
  json_append_string(output, query->name);
  buffer_append_text(output, ",");
  buffer_append_integer(output, query->type);
  buffer_append_text(output, ",");
  buffer_append_integer(output, query->secret_id);
  buffer_append_text(output, query->order == SS_ASCENDING ? ",\"asc\"]" : ",\"desc\"]");
}

/* ---- The page ------------------------------------------------------------------------------ */

typedef struct page_builder {
  ss_event_page *page;
  arena *memory;
  const char *namespace_name; /* in memory; NULL: the default one */
  size_t capacity;
  int64_t last_sequence; /* of the last event on the page, as stored */
  int64_t last_secret_id;
  gate gate;
} page_builder;

static const char *copy_or_null(arena *memory, text_view text, bool *failed) {
  if (text.data == NULL) return NULL;
  const char *copy = arena_copy_text(memory, text);
  *failed |= copy == NULL;
  return copy;
}

static ss_status add_item(void *context, const event_record *event, ss_error *error) {
  page_builder *builder = context;
  ss_event_page *page = builder->page;
  if (page->count == builder->capacity) {
    page->is_done = false;
    return SS_OK;
  }
  bool failed = false;
  ss_event *item = &page->items[page->count];
  *item = (ss_event){
      .namespace_name = builder->namespace_name,
      .name = copy_or_null(builder->memory, event->name, &failed),
      .type = event->type,
      .sequence = row_plausible(event->sequence),
      .actor = copy_or_null(builder->memory, event->actor, &failed),
      .metadata_json = copy_or_null(builder->memory, event->detail, &failed),
      .created_at = row_plausible(event->created_at),
  };
  if (failed) return error_out_of_memory(error);
  if (event->secret_id != 0) row_format_secret_id(event->secret_id, item->secret_id);
  (void)snprintf(item->event_id, sizeof item->event_id, "%lld-%lld", (long long)event->namespace_id,
                 (long long)event->sequence);
  builder->last_sequence = event->sequence;
  builder->last_secret_id = event->secret_id;
  page->count++;
  return SS_OK;
}

static ss_status find_namespace(storage_session *session, events_plan *plan, page_builder *builder,
                                bool *found, ss_error *error) {
  events_query *query = &plan->query;
  text_view name = plan->namespace_name;
  if (query->filter == EVENTS_OF_SECRET) {
    GUARD(storage_find_secret_namespace(session, query->secret_id, &query->namespace_id, found,
                                        error));
    if (!*found) return SS_OK;
    GUARD(storage_find_namespace_name(session, query->namespace_id, &name, found, error));
  } else {
    GUARD(storage_find_namespace(session, name, &query->namespace_id, found, error));
  }
  bool failed = false;
  builder->namespace_name = copy_or_null(builder->memory, name, &failed);
  return failed ? error_out_of_memory(error) : SS_OK;
}

/* By secret id, the namespace is the one that the secret is or was in; for an unknown id there is
 * none to judge. Whoever may not see that namespace is answered as for an unknown id, so that ids
 * cannot be tried. found becomes whether there is anything to list. */
static ss_status pass_gate_by_secret(page_builder *builder, bool *found, ss_error *error) {
  if (*found) {
    const text_view namespace_name = text_view_of(builder->namespace_name);
    const ss_status status = gate_pass(&builder->gate, namespace_name, (text_view){0}, NULL, error);
    if (status != SS_POLICY_DENIED) return status;
    error_clear(error);
    gate_clear_target(&builder->gate);
    *found = false;
  }
  return gate_judge(&builder->gate, error);
}

static ss_status pass_gate(page_builder *builder, const events_plan *plan, bool *found,
                           ss_error *error) {
  if (plan->query.filter == EVENTS_OF_SECRET) return pass_gate_by_secret(builder, found, error);
  return gate_pass(&builder->gate, plan->namespace_name, plan->query.name, NULL, error);
}

static ss_status find_and_visit(storage_session *session, events_plan *plan, page_builder *builder,
                                ss_error *error) {
  bool found = false;
  GUARD(find_namespace(session, plan, builder, &found, error));
  GUARD(pass_gate(builder, plan, &found, error));
  if (!found) return SS_OK;
  return storage_visit_events(session, &plan->query, add_item, builder, error);
}

static ss_status add_store_event(void *context, const store_event_record *event, ss_error *error) {
  const event_record item = {
      .sequence = event->sequence,
      .type = event->type,
      .actor = event->actor,
      .detail = event->detail,
      .created_at = event->created_at,
  };
  GUARD(add_item(context, &item, error));
  page_builder *builder = context;
  ss_event *added = &builder->page->items[builder->page->count - 1];
  (void)snprintf(added->event_id, sizeof added->event_id, "store-%lld", (long long)added->sequence);
  return SS_OK;
}

static ss_status visit_store_log(storage_session *session, const events_plan *plan,
                                 page_builder *builder, ss_error *error) {
  const store_events_query query = {
      .order = plan->query.order,
      .has_position = plan->query.has_position,
      .after_sequence = plan->query.after_sequence,
      .limit = plan->query.limit,
  };
  GUARD(gate_judge(&builder->gate, error));
  return storage_visit_store_events(session, &query, add_store_event, builder, error);
}

static ss_status fill_page(store_call *call, events_plan *plan, page_builder *builder) {
  reading session ON_SCOPE_EXIT(reading_end) = {0};
  GUARD(reading_begin_checked(call, &session));
  return plan->is_store_log ? visit_store_log(session.session, plan, builder, call->error)
                            : find_and_visit(session.session, plan, builder, call->error);
}

/* ---- The cursor and the call --------------------------------------------------------------- */

static ss_status read_position(const ss_store *store, byte_view description, const char *cursor,
                               events_query *query, ss_error *error) {
  if (cursor == NULL) return SS_OK;
  cursor_position position;
  byte_buffer decoded ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(cursor_decode(&store->suite, description, cursor, &position, &decoded, error));
  query->has_position = true;
  query->after_sequence = position.first;
  query->after_secret_id = position.second;
  return SS_OK;
}

static ss_status write_cursor(const ss_store *store, byte_view description, page_builder *builder,
                              ss_error *error) {
  ss_event_page *page = builder->page;
  if (page->is_done) return SS_OK;
  const cursor_position position = {
      .first = builder->last_sequence,
      .second = builder->last_secret_id,
  };
  return cursor_encode(&store->suite, description, &position, builder->memory,
                       &page->continue_cursor, error);
}

static ss_status list_in(store_call *call, const ss_events_request *request,
                         page_builder *builder) {
  ss_store *store = call->store;
  ss_error *error = call->error;
  events_plan plan;
  GUARD(check_request(request, &plan, error));
  byte_buffer description ON_SCOPE_EXIT(buffer_clear) = {0};
  describe_query(&description, store, &plan);
  GUARD(buffer_status(&description, error));
  GUARD(read_position(store, buffer_view(&description), request->cursor, &plan.query, error));

  ss_event_page *page = builder->page;
  builder->capacity = (size_t)request->num_items;
  page->items = arena_allocate(builder->memory, builder->capacity * sizeof *page->items);
  if (page->items == NULL) return error_out_of_memory(error);
  page->is_done = true;
  GUARD(gate_begin(&builder->gate, store, "list_events", request->caller, error));
  GUARD(fill_page(call, &plan, builder));
  return write_cursor(store, buffer_view(&description), builder, error);
}

ss_status ss_list_events(ss_store *store, const ss_events_request *request, ss_event_page *page,
                         ss_error *error) {
  if (page == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "page: expected a place for it, got none");
  }
  *page = (ss_event_page){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_LIST_EVENTS, &call, error));
  arena *memory = arena_new();
  page_builder builder = {.page = page, .memory = memory};
  page->memory = memory;
  const ss_status status =
      memory == NULL ? error_out_of_memory(call.error) : list_in(&call, request, &builder);
  gate_end(&builder.gate);
  if (status != SS_OK) ss_event_page_clear(page);
  return store_leave(&call, status);
}

void ss_event_page_clear(ss_event_page *page) {
  if (page == NULL) return;
  arena_free(page->memory);
  *page = (ss_event_page){0};
}
