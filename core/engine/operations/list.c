/* list: the secrets of a namespace, a page at a time. */
#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"
#include "engine/operations/cursor.h"
#include "engine/operations/verified_read.h"
#include "engine/store/beliefs.h"

/* A page being filled. */
typedef struct page_builder {
  ss_secret_page *page;
  arena *memory;
  const char *namespace_name; /* in memory; NULL: the default one */
  size_t capacity;
  int64_t now;
  int64_t last_updated_at; /* of the last row on the page, as stored */
  int64_t last_id;
  verified_read *proof; /* NULL: rows are taken as they are */
} page_builder;

static const char *copy_or_null(arena *memory, text_view text, bool *failed) {
  if (text.data == NULL) return NULL;
  const char *copy = arena_copy_text(memory, text);
  *failed |= copy == NULL;
  return copy;
}

static ss_status add_item(void *context, const secret_record *row, ss_error *error) {
  page_builder *builder = context;
  ss_secret_page *page = builder->page;
  /* One row more than the page holds was asked for, to see whether anything follows. */
  if (page->count == builder->capacity) {
    page->is_done = false;
    return SS_OK;
  }
  if (builder->proof != NULL) GUARD(verified_read_check_row(builder->proof, row, error));
  bool failed = false;
  ss_secret_info *item = &page->items[page->count];
  *item = (ss_secret_info){
      .namespace_name = builder->namespace_name,
      .name = copy_or_null(builder->memory, row->name, &failed),
      .metadata_json = copy_or_null(builder->memory, row->metadata, &failed),
      .created_at = row_plausible(row->created_at),
      .updated_at = row_plausible(row->updated_at),
      .expires_at = row_plausible_expiry(row->expires_at),
      .key_version = row_plausible(row->key_version),
      .revision = row_plausible(row->revision),
      .is_expired = row_is_expired(row, builder->now),
  };
  if (failed) return error_out_of_memory(error);
  row_format_secret_id(row->id, item->secret_id);
  builder->last_updated_at = row->updated_at;
  builder->last_id = row->id;
  page->count++;
  return SS_OK;
}

/* What tells this query from all others, for its cursors. */
static void describe_query(byte_buffer *output, const ss_store *store,
                           const ss_list_request *request) {
  buffer_append_text(output, "[\"list\",");
  json_append_string(output, store->store_id);
  buffer_append_text(output, ",");
  json_append_string(output, text_view_of(request->namespace_name));
  buffer_append_text(output, request->order == SS_ASCENDING ? ",\"asc\"]" : ",\"desc\"]");
}

static ss_status read_position(const ss_store *store, byte_view description,
                               const ss_list_request *request, secrets_query *query,
                               ss_error *error) {
  if (request->cursor == NULL) return SS_OK;
  cursor_position position;
  byte_buffer decoded ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(cursor_decode(&store->suite, description, request->cursor, &position, &decoded, error));
  query->has_position = true;
  query->after_updated_at = position.first;
  query->after_id = position.second;
  return SS_OK;
}

static ss_status prepare_page(page_builder *builder, const ss_list_request *request,
                              text_view namespace_name, ss_error *error) {
  bool failed = false;
  builder->capacity = (size_t)request->num_items;
  builder->namespace_name = copy_or_null(builder->memory, namespace_name, &failed);
  builder->page->items =
      arena_allocate(builder->memory, builder->capacity * sizeof *builder->page->items);
  builder->page->is_done = true;
  return failed || builder->page->items == NULL ? error_out_of_memory(error) : SS_OK;
}

static ss_status find_and_visit(storage_session *session, text_view namespace_name,
                                secrets_query *query, page_builder *builder, ss_error *error) {
  bool found = false;
  GUARD(storage_find_namespace(session, namespace_name, &query->namespace_id, &found, error));
  if (!found) return SS_OK;
  return storage_visit_secrets(session, query, add_item, builder, error);
}

/* The page is the whole of a stretch of the namespace, from its query's position to its last row. */
static ss_status check_stretch(verified_read *proof, const secrets_query *query,
                               const page_builder *builder, ss_error *error) {
  proved_position low = {INT64_MIN, INT64_MIN};
  proved_position high = {INT64_MAX, INT64_MAX};
  const proved_position begin = {query->after_updated_at, query->after_id};
  const proved_position end = {builder->last_updated_at, builder->last_id};
  const bool ascends = query->order == SS_ASCENDING;
  if (query->has_position) *(ascends ? &low : &high) = begin;
  if (!builder->page->is_done) *(ascends ? &high : &low) = end;
  if (!ascends) {
    /* From begin, which the page does not hold, down to end, which it does. */
    if (query->has_position && high.secret_id > INT64_MIN) high.secret_id--;
    if (!builder->page->is_done) low.secret_id--;
  }
  return verified_read_check_stretch(proof, &low, &high, builder->page->count, error);
}

static ss_status fill_proved(store_call *call, text_view namespace_name, secrets_query *query,
                             page_builder *builder) {
  verified_read proof ON_SCOPE_EXIT(verified_read_end) = {0};
  GUARD(verified_read_begin(call, namespace_name, &proof));
  if (proof.names == NULL) return SS_OK;
  query->namespace_id = proof.namespace_id;
  builder->proof = &proof;
  GUARD(storage_visit_secrets(proof.session.session, query, add_item, builder, call->error));
  builder->proof = NULL;
  return check_stretch(&proof, query, builder, call->error);
}

static ss_status fill_page(store_call *call, text_view namespace_name, secrets_query *query,
                           page_builder *builder) {
  if (call->store->verifies_reads) return fill_proved(call, namespace_name, query, builder);
  reading session ON_SCOPE_EXIT(reading_end) = {0};
  GUARD(reading_begin_checked(call, &session));
  return find_and_visit(session.session, namespace_name, query, builder, call->error);
}

static ss_status write_cursor(const ss_store *store, byte_view description, page_builder *builder,
                              ss_error *error) {
  ss_secret_page *page = builder->page;
  if (page->is_done) return SS_OK;
  const cursor_position position = {
      .first = builder->last_updated_at,
      .second = builder->last_id,
  };
  return cursor_encode(&store->suite, description, &position, builder->memory,
                       &page->continue_cursor, error);
}

static ss_status list_in(store_call *call, const ss_list_request *request, page_builder *builder) {
  ss_store *store = call->store;
  ss_error *error = call->error;
  text_view namespace_name;
  text_view actor;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &namespace_name, error));
  GUARD(request_check_page(request->order, request->num_items, error));
  GUARD(request_check_caller(request->caller, &actor, error));

  byte_buffer description ON_SCOPE_EXIT(buffer_clear) = {0};
  describe_query(&description, store, request);
  GUARD(buffer_status(&description, error));
  secrets_query query = {.order = request->order, .limit = request->num_items + 1};
  GUARD(read_position(store, buffer_view(&description), request, &query, error));
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  GUARD(gate_begin(&passed, store, "list", request->caller, error));
  GUARD(gate_pass(&passed, namespace_name, (text_view){0}, NULL, error));
  GUARD(prepare_page(builder, request, namespace_name, error));
  GUARD(fill_page(call, namespace_name, &query, builder));
  return write_cursor(store, buffer_view(&description), builder, error);
}

ss_status ss_list(ss_store *store, const ss_list_request *request, ss_secret_page *page,
                  ss_error *error) {
  if (page == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "page: expected a place for it, got none");
  }
  *page = (ss_secret_page){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_LIST, &call, error));
  arena *memory = arena_new();
  page_builder builder = {.page = page, .memory = memory, .now = clock_now_ms(&store->clock)};
  page->memory = memory;
  const ss_status status =
      memory == NULL ? error_out_of_memory(call.error) : list_in(&call, request, &builder);
  if (status != SS_OK) ss_secret_page_clear(page);
  return store_leave(&call, status);
}

void ss_secret_page_clear(ss_secret_page *page) {
  if (page == NULL) return;
  arena_free(page->memory);
  *page = (ss_secret_page){0};
}
