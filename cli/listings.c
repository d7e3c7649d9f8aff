/* ls, namespaces and events: pages, as tables or as one JSON document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "failure.h"
#include "numbers.h"
#include "output.h"
#include "session.h"

/* ---- What the listings share --------------------------------------------------------------- */

/* What a listing gathers: rows for a person or items for a program. */
typedef struct gathering {
  const arguments *args;
  table *rows;   /* NULL with --json */
  json_t *items; /* NULL without */
  char *cursor;  /* where to go on; NULL: done */
  bool is_done;
} gathering;

/* Reads one page into the gathering, starting at its cursor. */
typedef int (*page_reader)(session *opened, int64_t num_items, gathering *into);

static bool parse_limit(const char *command_name, const arguments *args, int64_t *num_items) {
  *num_items = given(args, OPTION_ALL) ? SS_MAX_PAGE_ITEMS : SS_DEFAULT_PAGE_ITEMS;
  if (!given(args, OPTION_LIMIT)) return true;
  if (given(args, OPTION_ALL))
    return fail_usage(command_name, "expected --limit or --all, got both");
  if (parse_integer(args->text[OPTION_LIMIT], SS_MAX_PAGE_ITEMS, num_items) && *num_items > 0) {
    return true;
  }
  return fail_usage(command_name, "--limit: expected 1 to %d, got \"%s\"", SS_MAX_PAGE_ITEMS,
                    args->text[OPTION_LIMIT]);
}

static bool parse_order(const char *command_name, const arguments *args, ss_order *order) {
  const char *text = args->text[OPTION_ORDER];
  *order = SS_DESCENDING;
  if (text == NULL || strcmp(text, "desc") == 0) return true;
  *order = SS_ASCENDING;
  if (strcmp(text, "asc") == 0) return true;
  return fail_usage(command_name, "--order: expected asc or desc, got \"%s\"", text);
}

static int remember_cursor(gathering *into, bool is_done, const char *continue_cursor) {
  free(into->cursor);
  into->is_done = is_done;
  into->cursor = is_done ? NULL : strdup(continue_cursor);
  return !is_done && into->cursor == NULL ? fail(SS_OUT_OF_MEMORY, "out of memory") : EXIT_OK;
}

static int print_gathering(gathering *gathered) {
  if (gathered->items != NULL) {
    json_t *document = json_object();
    (void)json_object_set(document, "items", gathered->items);
    (void)json_object_set_new(document, "isDone", json_boolean(gathered->is_done));
    json_add_text(document, "continueCursor", gathered->cursor);
    return print_json(document);
  }
  const int code = table_print(gathered->rows);
  if (code == EXIT_OK && !gathered->is_done) {
    (void)fprintf(stderr, "more follows: --cursor %s, or --all\n", gathered->cursor);
  }
  return code;
}

static int gather(session *opened, int64_t num_items, page_reader read_page, gathering *into) {
  int code = EXIT_OK;
  do {
    code = read_page(opened, num_items, into);
  } while (code == EXIT_OK && !into->is_done && given(into->args, OPTION_ALL));
  return code == EXIT_OK ? print_gathering(into) : code;
}

static int run_listing(const char *command_name, const arguments *args, const char *const *headings,
                       page_reader read_page) {
  int64_t num_items = 0;
  ss_order order;
  session opened;
  if (!parse_limit(command_name, args, &num_items) || !parse_order(command_name, args, &order)) {
    return EXIT_USAGE;
  }
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  const bool json = given(args, OPTION_JSON);
  gathering into = {
      .args = args,
      .rows = json ? NULL : table_new(headings),
      .items = json ? json_array() : NULL,
      .cursor = given(args, OPTION_CURSOR) ? strdup(args->text[OPTION_CURSOR]) : NULL,
  };
  code = into.rows == NULL && into.items == NULL ? fail(SS_OUT_OF_MEMORY, "out of memory")
                                                 : gather(&opened, num_items, read_page, &into);
  table_free(into.rows);
  json_decref(into.items);
  free(into.cursor);
  session_close(&opened);
  return code;
}

/* ---- ls ------------------------------------------------------------------------------------ */

static void add_secret_item(json_t *items, const ss_secret_info *secret) {
  json_t *item = json_object();
  json_add_text(item, "secretId", secret->secret_id);
  json_add_text(item, "namespace", secret->namespace_name);
  json_add_text(item, "name", secret->name);
  json_add_metadata(item, secret->metadata_json);
  json_add_time(item, "createdAt", secret->created_at);
  json_add_time(item, "updatedAt", secret->updated_at);
  json_add_time(item, "expiresAt", secret->expires_at);
  json_add_text(item, "effectiveState", secret->is_expired ? "expired" : "active");
  (void)json_object_set_new(item, "keyVersion", json_integer(secret->key_version));
  (void)json_object_set_new(item, "revision", json_integer(secret->revision));
  (void)json_array_append_new(items, item);
}

static void add_secret_row(table *rows, const ss_secret_info *secret) {
  char revision[24];
  char updated[TIME_TEXT_CAPACITY];
  char expires[TIME_TEXT_CAPACITY];
  char key[24];
  (void)snprintf(revision, sizeof revision, "%lld", (long long)secret->revision);
  (void)snprintf(key, sizeof key, "%lld", (long long)secret->key_version);
  format_time(secret->updated_at, updated);
  if (secret->expires_at == SS_NO_EXPIRY) {
    format_time(SS_NO_EXPIRY, expires);
  } else {
    format_relative(secret->expires_at, now_in_ms(), expires);
  }
  const char *metadata = secret->metadata_json == NULL ? "" : secret->metadata_json;
  const char *const cells[] = {
      secret->name, revision, updated, expires, secret->is_expired ? "expired" : "active",
      key,          metadata};
  table_add(rows, cells);
  if (secret->is_expired) table_dim_last_row(rows);
}

static int read_secrets(session *opened, int64_t num_items, gathering *into) {
  ss_list_request request;
  ss_secret_page page;
  ss_error error;
  ss_list_request_init(&request);
  (void)parse_order("ls", into->args, &request.order);
  request.namespace_name = opened->namespace_name;
  request.num_items = num_items;
  request.cursor = into->cursor;
  request.caller = &opened->caller;
  if (ss_list(opened->store, &request, &page, &error) != SS_OK) return fail_with(&error);
  for (size_t i = 0; i < page.count; i++) {
    if (into->items != NULL) {
      add_secret_item(into->items, &page.items[i]);
    } else {
      add_secret_row(into->rows, &page.items[i]);
    }
  }
  const int code = remember_cursor(into, page.is_done, page.continue_cursor);
  ss_secret_page_clear(&page);
  return code;
}

int run_ls(const arguments *args) {
  static const char *const headings[] = {"NAME",  "REVISION", "UPDATED",  "EXPIRES",
                                         "STATE", "KEY",      "METADATA", NULL};
  return run_listing("ls", args, headings, read_secrets);
}

/* ---- namespaces ---------------------------------------------------------------------------- */

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

int run_namespaces(const arguments *args) {
  static const char *const headings[] = {"NAMESPACE", "SECRETS", NULL};
  return run_listing("namespaces", args, headings, read_namespaces);
}

/* ---- events -------------------------------------------------------------------------------- */

static void add_event_item(json_t *items, const ss_event *event) {
  json_t *item = json_object();
  json_add_text(item, "eventId", event->event_id);
  json_add_text(item, "secretId", event->secret_id);
  json_add_text(item, "namespace", event->namespace_name);
  json_add_text(item, "name", event->name);
  json_add_text(item, "type", ss_event_type_name(event->type));
  (void)json_object_set_new(item, "sequence", json_integer(event->sequence));
  json_add_text(item, "actor", event->actor);
  json_add_metadata(item, event->metadata_json);
  json_add_time(item, "createdAt", event->created_at);
  (void)json_array_append_new(items, item);
}

static void add_event_row(table *rows, const ss_event *event) {
  char sequence[24];
  char time[TIME_TEXT_CAPACITY];
  (void)snprintf(sequence, sizeof sequence, "%lld", (long long)event->sequence);
  format_time(event->created_at, time);
  const char *const cells[] = {sequence,
                               time,
                               ss_event_type_name(event->type),
                               event->name == NULL ? "?" : event->name,
                               event->actor == NULL ? "-" : event->actor,
                               event->metadata_json == NULL ? "" : event->metadata_json};
  table_add(rows, cells);
}

static bool parse_type(const arguments *args, ss_event_type *type) {
  const char *text = args->text[OPTION_TYPE];
  *type = SS_EVENT_ANY;
  if (text == NULL) return true;
  for (int known = SS_EVENT_CREATED; known <= SS_EVENT_ROTATED; known++) {
    if (strcmp(ss_event_type_name((ss_event_type)known), text) != 0) continue;
    *type = (ss_event_type)known;
    return true;
  }
  return fail_usage("events", "--type: expected created, updated, deleted or rotated, got \"%s\"",
                    text);
}

static int read_events(session *opened, int64_t num_items, gathering *into) {
  const arguments *args = into->args;
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  ss_events_request_init(&request);
  (void)parse_order("events", args, &request.order);
  (void)parse_type(args, &request.type);
  request.name = args->text[OPTION_NAME];
  request.secret_id = args->text[OPTION_SECRET_ID];
  /* A name or a type without --namespace is one of the default namespace. */
  request.namespace_given = request.secret_id == NULL || given(args, OPTION_NAMESPACE);
  request.namespace_name = opened->namespace_name;
  request.num_items = num_items;
  request.cursor = into->cursor;
  request.caller = &opened->caller;
  if (ss_list_events(opened->store, &request, &page, &error) != SS_OK) return fail_with(&error);
  for (size_t i = 0; i < page.count; i++) {
    if (into->items != NULL) {
      add_event_item(into->items, &page.items[i]);
    } else {
      add_event_row(into->rows, &page.items[i]);
    }
  }
  const int code = remember_cursor(into, page.is_done, page.continue_cursor);
  ss_event_page_clear(&page);
  return code;
}

int run_events(const arguments *args) {
  static const char *const headings[] = {"#", "TIME", "TYPE", "NAME", "ACTOR", "METADATA", NULL};
  ss_event_type type;
  if (!parse_type(args, &type)) return EXIT_USAGE;
  return run_listing("events", args, headings, read_events);
}
