/* Gathering pages and printing them. */
#include "commands/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

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

bool parse_order(const char *command_name, const arguments *args, ss_order *order) {
  const char *text = args->text[OPTION_ORDER];
  *order = SS_DESCENDING;
  if (text == NULL || strcmp(text, "desc") == 0) return true;
  *order = SS_ASCENDING;
  if (strcmp(text, "asc") == 0) return true;
  return fail_usage(command_name, "--order: expected asc or desc, got \"%s\"", text);
}

int remember_cursor(gathering *into, bool is_done, const char *continue_cursor) {
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

int run_listing(const char *command_name, const arguments *args, const char *const *headings,
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
