/* list_namespaces: the default namespace first, then the others by name. */
#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/operations/arguments.h"
#include "engine/operations/cursor.h"
#include "engine/store/store.h"

typedef struct page_builder {
  ss_namespace_page *page;
  arena *memory;
  size_t capacity;
} page_builder;

static ss_status add_item(void *context, text_view name, const namespace_record *record,
                          ss_error *error) {
  page_builder *builder = context;
  ss_namespace_page *page = builder->page;
  if (page->count == builder->capacity) {
    page->is_done = false;
    return SS_OK;
  }
  ss_namespace_info *item = &page->items[page->count];
  item->secret_count = record->secrets < 0 ? 0 : record->secrets;
  item->namespace_name = NULL;
  if (name.data != NULL) {
    item->namespace_name = arena_copy_text(builder->memory, name);
    if (item->namespace_name == NULL) return error_out_of_memory(error);
  }
  page->count++;
  return SS_OK;
}

static void describe_query(byte_buffer *output, const ss_store *store) {
  buffer_append_text(output, "[\"namespaces\",");
  json_append_string(output, store->store_id);
  buffer_append_text(output, "]");
}

static ss_status fill_page(ss_store *store, const namespaces_query *query, page_builder *builder,
                           ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_read(store->storage, &session, error));
  return storage_visit_namespaces(session, query, add_item, builder, error);
}

static ss_status write_cursor(const ss_store *store, byte_view description, page_builder *builder,
                              ss_error *error) {
  ss_namespace_page *page = builder->page;
  if (page->is_done) return SS_OK;
  const cursor_position position = {
      .name = text_view_of(page->items[page->count - 1].namespace_name),
  };
  return cursor_encode(&store->suite, description, &position, builder->memory,
                       &page->continue_cursor, error);
}

static ss_status list_in(store_call *call, const ss_namespaces_request *request,
                         page_builder *builder) {
  ss_store *store = call->store;
  ss_error *error = call->error;
  text_view actor;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_page(SS_ASCENDING, request->num_items, error));
  GUARD(request_check_caller(request->caller, &actor, error));

  byte_buffer description ON_SCOPE_EXIT(buffer_clear) = {0};
  byte_buffer decoded ON_SCOPE_EXIT(buffer_clear) = {0};
  describe_query(&description, store);
  GUARD(buffer_status(&description, error));
  namespaces_query query = {.limit = request->num_items + 1};
  if (request->cursor != NULL) {
    cursor_position position;
    GUARD(cursor_decode(&store->suite, buffer_view(&description), request->cursor, &position,
                        &decoded, error));
    query.has_position = true;
    query.after_name = position.name;
  }
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  GUARD(gate_begin(&passed, store, "list_namespaces", request->caller, error));
  GUARD(gate_judge(&passed, error));
  ss_namespace_page *page = builder->page;
  builder->capacity = (size_t)request->num_items;
  page->items = arena_allocate(builder->memory, builder->capacity * sizeof *page->items);
  if (page->items == NULL) return error_out_of_memory(error);
  page->is_done = true;
  GUARD(fill_page(store, &query, builder, error));
  return write_cursor(store, buffer_view(&description), builder, error);
}

ss_status ss_list_namespaces(ss_store *store, const ss_namespaces_request *request,
                             ss_namespace_page *page, ss_error *error) {
  if (page == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "page: expected a place for it, got none");
  }
  *page = (ss_namespace_page){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_LIST_NAMESPACES, &call, error));
  arena *memory = arena_new();
  page_builder builder = {.page = page, .memory = memory};
  page->memory = memory;
  const ss_status status =
      memory == NULL ? error_out_of_memory(call.error) : list_in(&call, request, &builder);
  if (status != SS_OK) ss_namespace_page_clear(page);
  return store_leave(&call, status);
}

void ss_namespace_page_clear(ss_namespace_page *page) {
  if (page == NULL) return;
  arena_free(page->memory);
  *page = (ss_namespace_page){0};
}
