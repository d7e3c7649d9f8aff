/* JSON documents and aligned tables. Column widths count code points, so wide characters (CJK,
 * emoji) may stand a little out of line. */
#include "terminal/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal/failure.h"

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

/* Where a number of the text ends, if it is an integer of so many digits that 64 bits may not hold
 * it; NULL otherwise. */
static const char *end_of_long_integer(const char *number) {
  enum { DIGITS_THAT_FIT = 18 };
  const char *digits = number + (*number == '-');
  const size_t length = strspn(digits, "0123456789");
  const char *end = digits + length;
  return length > DIGITS_THAT_FIT && strchr(".eE", *end) == NULL ? end : NULL;
}

static bool fits_integer(const char *number) {
  errno = 0;
  (void)strtoll(number, NULL, 10);
  return errno == 0;
}

/* jansson refuses integers beyond 64 bits. The store holds such as are doubles, and they are read
 * as doubles once they end with ".0". NULL when out of memory; to be freed. */
static char *with_long_integers_as_reals(const char *json) {
  char *copy = NULL;
  size_t size = 0;
  bool in_string = false;
  FILE *stream = open_memstream(&copy, &size);
  if (stream == NULL) return NULL;
  for (const char *c = json; *c != '\0'; c++) {
    const bool is_number = !in_string && strchr("-0123456789", *c) != NULL;
    const char *end = is_number ? c + strspn(c, "-+.eE0123456789") : c + 1;
    if (in_string && *c == '\\' && c[1] != '\0') end++;
    if (*c == '"') in_string = !in_string;
    (void)fwrite(c, 1, (size_t)(end - c), stream);
    if (is_number && end_of_long_integer(c) == end && !fits_integer(c)) (void)fputs(".0", stream);
    c = end - 1;
  }
  const bool failed = ferror(stream) != 0;
  if (fclose(stream) == 0 && !failed) return copy;
  free(copy);
  return NULL;
}

static json_t *load_metadata(const char *metadata_json) {
  char *text = with_long_integers_as_reals(metadata_json);
  json_t *metadata = text == NULL ? NULL : json_loads(text, JSON_ALLOW_NUL, NULL);
  free(text);
  return metadata;
}

void json_add_metadata(json_t *object, const char *metadata_json) {
  json_t *metadata = metadata_json == NULL ? json_null() : load_metadata(metadata_json);
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
