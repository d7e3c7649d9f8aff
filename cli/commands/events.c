/* events: the audit log. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/listing.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

static void add_event_item(json_t *items, const ss_event *event) {
  json_t *item = json_object();
  json_add_text(item, "eventId", event->event_id);
  json_add_text(item, "secretId", event->secret_id[0] == '\0' ? NULL : event->secret_id);
  json_add_text(item, "namespace", event->namespace_name);
  json_add_text(item, "name", event->name);
  json_add_text(item, "type", ss_event_type_name(event->type));
  (void)json_object_set_new(item, "sequence", json_integer(event->sequence));
  json_add_text(item, "actor", event->actor);
  json_add_metadata(item, event->metadata_json);
  json_add_time(item, "createdAt", event->created_at);
  (void)json_array_append_new(items, item);
}

/* In the store log no event is about a name. */
static void add_event_row(table *rows, const ss_event *event, bool is_store_log) {
  char sequence[24];
  char time[TIME_TEXT_CAPACITY];
  (void)snprintf(sequence, sizeof sequence, "%lld", (long long)event->sequence);
  format_time(event->created_at, time);
  const char *cells[6] = {sequence, time, ss_event_type_name(event->type)};
  size_t count = 3;
  if (!is_store_log) cells[count++] = event->name == NULL ? "-" : event->name;
  cells[count++] = event->actor == NULL ? "-" : event->actor;
  cells[count] = event->metadata_json == NULL ? "" : event->metadata_json;
  table_add(rows, cells);
}

static bool refuse_type(const char *text) {
  char names[256] = "";
  size_t length = 0;
  for (int known = SS_EVENT_CREATED; known <= SS_EVENT_REWRAPPED; known++) {
    const int written = snprintf(names + length, sizeof names - length, "%s%s",
                                 known == SS_EVENT_CREATED     ? ""
                                 : known == SS_EVENT_REWRAPPED ? " or "
                                                               : ", ",
                                 ss_event_type_name((ss_event_type)known));
    if (written > 0 && length + (size_t)written < sizeof names) length += (size_t)written;
  }
  return fail_usage("events", "--type: expected %s, got \"%s\"", names, text);
}

static bool parse_type(const arguments *args, ss_event_type *type) {
  const char *text = args->text[OPTION_TYPE];
  *type = SS_EVENT_ANY;
  if (text == NULL) return true;
  for (int known = SS_EVENT_CREATED; known <= SS_EVENT_REWRAPPED; known++) {
    if (strcmp(ss_event_type_name((ss_event_type)known), text) != 0) continue;
    *type = (ss_event_type)known;
    return true;
  }
  return refuse_type(text);
}

/* The store log is one chain, with types of its own. */
static bool check_store_log(const arguments *args) {
  static const option_id filters[] = {OPTION_NAMESPACE, OPTION_NAME, OPTION_TYPE, OPTION_SECRET_ID};
  for (size_t i = 0; given(args, OPTION_STORE_LOG) && i < sizeof filters / sizeof *filters; i++) {
    if (!given(args, filters[i])) continue;
    return fail_usage("events", "expected --store-log or --%s, got both",
                      option_descriptions[filters[i]].name);
  }
  return true;
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
  request.store_log = given(args, OPTION_STORE_LOG);
  request.namespace_given =
      !request.store_log && (request.secret_id == NULL || given(args, OPTION_NAMESPACE));
  request.namespace_name = opened->namespace_name;
  request.num_items = num_items;
  request.cursor = into->cursor;
  request.caller = &opened->caller;
  if (ss_list_events(opened->store, &request, &page, &error) != SS_OK) return fail_with(&error);
  for (size_t i = 0; i < page.count; i++) {
    if (into->items != NULL) {
      add_event_item(into->items, &page.items[i]);
    } else {
      add_event_row(into->rows, &page.items[i], request.store_log);
    }
  }
  const int code = remember_cursor(into, page.is_done, page.continue_cursor);
  ss_event_page_clear(&page);
  return code;
}

static int run_events(const arguments *args) {
  static const char *const headings[] = {"#", "TIME", "TYPE", "NAME", "ACTOR", "METADATA", NULL};
  static const char *const of_store[] = {"#", "TIME", "TYPE", "ACTOR", "METADATA", NULL};
  ss_event_type type;
  if (!parse_type(args, &type) || !check_store_log(args)) return EXIT_USAGE;
  return run_listing("events", args, given(args, OPTION_STORE_LOG) ? of_store : headings,
                     read_events);
}

const command command_events = {
    .name = "events",
    .summary = "print the audit log",
    .details =
        "The events of a namespace, or those of one name or type in it, or those of one\n"
        "secret by its id. With --store-log, those about the store as a whole.",
    .examples =
        "secretstore events --namespace acme:ci\n"
        "secretstore events --name DB_URL --order asc\n"
        "secretstore events --type deleted --all --json\n"
        "secretstore events --store-log --order asc\n",
    .options = IN_A_NAMESPACE | PAGES | OPTION_BIT(OPTION_ORDER) | OPTION_BIT(OPTION_NAME) |
               OPTION_BIT(OPTION_TYPE) | OPTION_BIT(OPTION_SECRET_ID) |
               OPTION_BIT(OPTION_STORE_LOG),
    .run = run_events,
};
