/* Pages of names and of namespaces. */
#include "engine/operations/walk.h"

#include "base/memory.h"
#include "base/status.h"

enum { NAMES_PER_PAGE = 200, NAMESPACES_PER_PAGE = 100 };

/* ---- Secrets ------------------------------------------------------------------------------- */

typedef struct name_page {
  arena *memory;
  text_view names[NAMES_PER_PAGE];
  size_t count;
  int64_t last_updated_at;
  int64_t last_id;
} name_page;

static ss_status take_name(void *context, const secret_record *row, ss_error *error) {
  name_page *page = context;
  GUARD(arena_keep_text(page->memory, row->name, &page->names[page->count], error));
  page->count++;
  page->last_updated_at = row->updated_at;
  page->last_id = row->id;
  return SS_OK;
}

static ss_status read_page(storage_session *session, int64_t namespace_id, name_page *page,
                           bool is_first, ss_error *error) {
  const secrets_query query = {
      .namespace_id = namespace_id,
      .order = SS_ASCENDING,
      .has_position = !is_first,
      .after_updated_at = page->last_updated_at,
      .after_id = page->last_id,
      .limit = NAMES_PER_PAGE,
  };
  page->count = 0;
  return storage_visit_secrets(session, &query, take_name, page, error);
}

static ss_status visit_page(storage_session *session, int64_t namespace_id, name_page *page,
                            bool is_first, name_visit visit, void *context, bool *stop,
                            ss_error *error) {
  page->memory = arena_new();
  if (page->memory == NULL) return error_out_of_memory(error);
  ss_status status = read_page(session, namespace_id, page, is_first, error);
  for (size_t i = 0; status == SS_OK && i < page->count && !*stop; i++) {
    status = storage_session_check(session, error);
    if (status == SS_OK) status = visit(context, page->names[i], stop, error);
  }
  arena_free(page->memory);
  return status;
}

ss_status walk_secrets(storage_session *session, int64_t namespace_id, name_visit visit,
                       void *context, int64_t *count, ss_error *error) {
  name_page page = {0};
  bool is_first = true;
  bool stop = false;
  int64_t visited = 0;
  do {
    GUARD(visit_page(session, namespace_id, &page, is_first, visit, context, &stop, error));
    visited += (int64_t)page.count;
    is_first = false;
  } while (page.count == NAMES_PER_PAGE && !stop);
  if (count != NULL) *count = visited;
  return SS_OK;
}

/* ---- Namespaces ---------------------------------------------------------------------------- */

typedef struct namespace_page {
  arena *memory;
  text_view names[NAMESPACES_PER_PAGE];
  namespace_record records[NAMESPACES_PER_PAGE];
  size_t count;
} namespace_page;

static ss_status take_namespace(void *context, text_view name, const namespace_record *record,
                                ss_error *error) {
  namespace_page *page = context;
  GUARD(arena_keep_text(page->memory, name, &page->names[page->count], error));
  page->records[page->count++] = *record;
  return SS_OK;
}

static ss_status visit_namespaces(storage_session *session, namespace_page *page,
                                  namespace_visit visit, void *context, ss_error *error) {
  namespaces_query query = {.limit = NAMESPACES_PER_PAGE};
  bool stop = false;
  do {
    page->count = 0;
    GUARD(storage_visit_namespaces(session, &query, take_namespace, page, error));
    for (size_t i = 0; i < page->count && !stop; i++) {
      GUARD(storage_session_check(session, error));
      GUARD(visit(context, page->names[i], &page->records[i], &stop, error));
    }
    query.has_position = true;
    if (page->count > 0) query.after_name = page->names[page->count - 1];
  } while (page->count == NAMESPACES_PER_PAGE && !stop);
  return SS_OK;
}

ss_status walk_namespaces(storage_session *session, arena *memory, namespace_visit visit,
                          void *context, ss_error *error) {
  namespace_page *page = memory_new(sizeof *page); /* too large for a stack */
  if (page == NULL) return error_out_of_memory(error);
  page->memory = memory;
  const ss_status status = visit_namespaces(session, page, visit, context, error);
  memory_free(page);
  return status;
}
