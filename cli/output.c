/* JSON documents and aligned tables. Column widths count code points, so wide characters (CJK,
 * emoji) may stand a little out of line. */
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

/* ---- JSON ---------------------------------------------------------------------------------- */

int print_json(json_t *document) {
  char *text = document == NULL ? NULL : json_dumps(document, JSON_COMPACT);
  json_decref(document);
  if (text == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  (void)printf("%s\n", text);
  free(text);
  return EXIT_OK;
}

void json_add_text(json_t *object, const char *name, const char *text) {
  (void)json_object_set_new(object, name, text == NULL ? json_null() : json_string(text));
}

void json_add_time(json_t *object, const char *name, int64_t time) {
  (void)json_object_set_new(object, name, time == SS_NO_EXPIRY ? json_null() : json_integer(time));
}

void json_add_metadata(json_t *object, const char *metadata_json) {
  json_t *metadata =
      metadata_json == NULL ? json_null() : json_loads(metadata_json, JSON_ALLOW_NUL, NULL);
  (void)json_object_set_new(object, "metadata", metadata == NULL ? json_null() : metadata);
}

/* ---- Tables -------------------------------------------------------------------------------- */

typedef struct table_row {
  struct table_row *next;
  bool dim;
  char *cells[TABLE_COLUMNS_MAX];
} table_row;

struct table {
  size_t columns;
  size_t widths[TABLE_COLUMNS_MAX];
  table_row *first;
  table_row *last;
  bool failed;
};

static size_t code_points(const char *text) {
  size_t count = 0;
  for (; *text != '\0'; text++) count += ((unsigned char)*text & 0xc0) != 0x80;
  return count;
}

/* C0 and DEL, and C1 as UTF-8 (0xC2 0x80 to 0xC2 0x9F). */
static char *printable_copy(const char *text) {
  char *copy = strdup(text);
  for (char *c = copy; copy != NULL && *c != '\0'; c++) {
    const unsigned char byte = (unsigned char)*c;
    if (byte < 0x20 || byte == 0x7f) *c = '?';
    if (byte == 0xc2 && ((unsigned char)c[1] & 0xe0) == 0x80) c[0] = '?', c[1] = '?';
  }
  return copy;
}

void table_add(table *self, const char *const *cells) {
  table_row *row = calloc(1, sizeof *row);
  if (row == NULL) {
    self->failed = true;
    return;
  }
  for (size_t i = 0; i < self->columns; i++) {
    row->cells[i] = printable_copy(cells[i]);
    if (row->cells[i] == NULL) {
      self->failed = true;
      continue;
    }
    const size_t width = code_points(row->cells[i]);
    if (width > self->widths[i]) self->widths[i] = width;
  }
  if (self->last == NULL) {
    self->first = row;
  } else {
    self->last->next = row;
  }
  self->last = row;
}

table *table_new(const char *const *headings) {
  table *made = calloc(1, sizeof *made);
  if (made == NULL) return NULL;
  while (headings[made->columns] != NULL) made->columns++;
  table_add(made, headings);
  return made;
}

void table_dim_last_row(table *self) { self->last->dim = true; }

static bool use_colour(void) {
  const char *no_colour = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
}

static void print_row(const table *self, const table_row *row, const char *style) {
  (void)printf("%s", style);
  for (size_t i = 0; i < self->columns; i++) {
    const bool last = i + 1 == self->columns;
    const size_t padding = last ? 0 : self->widths[i] - code_points(row->cells[i]) + 2;
    (void)printf("%s%*s", row->cells[i], (int)padding, "");
  }
  (void)printf("%s\n", style[0] == '\0' ? "" : "\033[0m");
}

int table_print(const table *self) {
  if (self->failed) return fail(SS_OUT_OF_MEMORY, "out of memory");
  const bool colour = use_colour();
  for (const table_row *row = self->first; row != NULL; row = row->next) {
    const char *style = row == self->first ? "\033[1m" : row->dim ? "\033[2m" : "";
    print_row(self, row, colour ? style : "");
  }
  return EXIT_OK;
}

void table_free(table *self) {
  if (self == NULL) return;
  while (self->first != NULL) {
    table_row *row = self->first;
    self->first = row->next;
    for (size_t i = 0; i < self->columns; i++) free(row->cells[i]);
    free(row);
  }
  free(self);
}
