/* Collecting, naming and sorting candidates. */
#include "engine/change/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

ss_status candidates_init(candidates *list, size_t capacity, ss_error *error) {
  *list = (candidates){.memory = arena_new(), .capacity = capacity};
  if (list->memory == NULL) return error_out_of_memory(error);
  list->items = arena_allocate(list->memory, capacity * sizeof *list->items);
  return list->items == NULL ? error_out_of_memory(error) : SS_OK;
}

void candidates_clear(candidates *list) {
  arena_free(list->memory);
  *list = (candidates){0};
}

ss_status candidates_add(candidates *list, const secret_record *row, ss_error *error) {
  if (list->count == list->capacity) {
    return error_set(error, SS_INTERNAL, "a scan found more rows than it asked for");
  }
  candidate *added = &list->items[list->count];
  *added = (candidate){.id = row->id, .namespace_id = row->namespace_id};
  GUARD(arena_keep_text(list->memory, row->name, &added->name, error));
  if (row->dek_iv.length == sizeof added->dek_iv) {
    memcpy(added->dek_iv, row->dek_iv.data, sizeof added->dek_iv);
  }
  list->count++;
  return SS_OK;
}

static int compare_candidates(const void *a, const void *b) {
  const candidate *x = a;
  const candidate *y = b;
  const int by_namespace = text_view_compare(x->namespace_name, y->namespace_name);
  return by_namespace != 0 ? by_namespace : (x->id > y->id) - (x->id < y->id);
}

static ss_status name_namespace(candidates *list, candidate *named, storage_session *session,
                                ss_error *error) {
  text_view name;
  bool found = false;
  GUARD(storage_find_namespace_name(session, named->namespace_id, &name, &found, error));
  named->is_lost = !found;
  return arena_keep_text(list->memory, name, &named->namespace_name, error);
}

ss_status candidates_resolve(candidates *list, storage_session *session, ss_error *error) {
  for (size_t i = 0; i < list->count; i++) {
    GUARD(name_namespace(list, &list->items[i], session, error));
  }
  if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, compare_candidates);
  return SS_OK;
}

void candidate_log_left(const candidate *left, const char *operation, const char *why,
                        const log_sink *log) {
  const text_view in = left->namespace_name;
  log_write(log, SS_LOG_ERROR, "%s: secret \"%.*s\"%s%.*s%s (id %lld) left as it is: %s", operation,
            QUOTED_LENGTH(left->name.length), left->name.data,
            in.data == NULL ? "" : " of namespace \"", QUOTED_LENGTH(in.length),
            in.data == NULL ? "" : in.data, in.data == NULL ? "" : "\"", (long long)left->id, why);
}
