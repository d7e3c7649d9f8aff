/* namespaces: each with its count. */
#include <stdio.h>

#include "commands/commands.h"
#include "commands/listing.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/output.h"

static int read_namespaces(session *opened, int64_t num_items, gathering *into) {
  ss_namespaces_request request;
  ss_namespace_page page;
  ss_error error;
  ss_namespaces_request_init(&request);
  request.num_items = num_items;
  request.cursor = into->cursor;
  request.caller = &opened->caller;
  if (ss_list_namespaces(opened->store, &request, &page, &error) != SS_OK) {
    return fail_with(&error);
  }
  for (size_t i = 0; i < page.count; i++) {
    const ss_namespace_info *item = &page.items[i];
    char count[24];
    (void)snprintf(count, sizeof count, "%lld", (long long)item->secret_count);
    const char *const cells[] = {item->namespace_name == NULL ? "(default)" : item->namespace_name,
                                 count};
    if (into->items == NULL) {
      table_add(into->rows, cells);
      continue;
    }
    json_t *object = json_object();
    json_add_text(object, "namespace", item->namespace_name);
    (void)json_object_set_new(object, "secretCount", json_integer(item->secret_count));
    (void)json_array_append_new(into->items, object);
  }
  const int code = remember_cursor(into, page.is_done, page.continue_cursor);
  ss_namespace_page_clear(&page);
  return code;
}

static int run_namespaces(const arguments *args) {
  static const char *const headings[] = {"NAMESPACE", "SECRETS", NULL};
  return run_listing("namespaces", args, headings, read_namespaces);
}

const command command_namespaces = {
    .name = "namespaces",
    .summary = "list the namespaces",
    .details = "Each with how many secrets it holds. The default namespace comes first.",
    .examples = "secretstore namespaces\n",
    .options = ON_A_STORE | PAGES,
    .run = run_namespaces,
};
