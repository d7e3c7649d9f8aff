/* What ls, namespaces and events share: pages, as a table or as one JSON document. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "session/session.h"
#include "terminal/output.h"

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

/* Opens the store and prints the page that the options ask for, or with --all every one. headings
 * ends with NULL. Gives an exit code. */
int run_listing(const char *command_name, const arguments *args, const char *const *headings,
                page_reader read_page);

/* The order of --order. False after printing what was wrong. */
bool parse_order(const char *command_name, const arguments *args, ss_order *order);

/* Where a page ended. Gives an exit code. */
int remember_cursor(gathering *into, bool is_done, const char *continue_cursor);

#endif
