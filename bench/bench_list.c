/* list: a page at depth 10,000 against the first page. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

enum { DEPTH = 10000, PAGE_ITEMS = 100, OPERATIONS = 500, SLICES = 15, CURSOR_CAPACITY = 1024 };

typedef struct list_subject {
  bench_store *store;
  const char *cursor;
} list_subject;

static void list_page(const list_subject *subject, ss_secret_page *page) {
  ss_list_request request;
  ss_error error;
  ss_list_request_init(&request);
  request.namespace_name = BENCH_NAMESPACE;
  request.num_items = PAGE_ITEMS;
  request.cursor = subject->cursor;
  bench_require_ok(ss_list(subject->store->store, &request, page, &error), &error, "list");
  bench_require(page->count == PAGE_ITEMS, "list: a short page");
}

static void run(void *context, int64_t operations) {
  for (int64_t i = 0; i < operations; i++) {
    ss_secret_page page;
    list_page(context, &page);
    ss_secret_page_clear(&page);
  }
}

void bench_list(bench_store *store) {
  static char cursor[CURSOR_CAPACITY];
  list_subject deep = {.store = store};
  list_subject first = {.store = store};
  const int64_t last_page = store->rows - PAGE_ITEMS;
  for (int depth = 0; depth < DEPTH && depth < last_page; depth += PAGE_ITEMS) {
    ss_secret_page page;
    list_page(&deep, &page);
    bench_require(strlen(page.continue_cursor) < sizeof cursor, "a long cursor");
    (void)snprintf(cursor, sizeof cursor, "%s", page.continue_cursor);
    deep.cursor = cursor;
    ss_secret_page_clear(&page);
  }
  bench_print(
      "list page of 100 at depth 10,000 (floor: first)",
      bench_compare((bench_subject){run, &deep}, (bench_subject){run, &first}, OPERATIONS, SLICES));
}
