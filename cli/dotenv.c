/* Parsing and writing .env files, shell commands and JSON objects. */
#include "dotenv.h"

#include <string.h>

#include "encoding.h"
#include "failure.h"

/* ---- Parsing ------------------------------------------------------------------------------- */

typedef struct scanner {
  const char *position;
  const char *end;
  int line;
  const char *what;
  pairs *parsed;
} scanner;

static int refuse_line(const scanner *self, int line, const char *expected) {
  return fail(SS_INVALID_ARGUMENT, "%s, line %d: expected %s", self->what, line, expected);
}

static bool at_end(const scanner *self) { return self->position == self->end; }

static bool is_at(const scanner *self, char c) { return !at_end(self) && *self->position == c; }

static void skip_blanks(scanner *self) {
  while (is_at(self, ' ') || is_at(self, '\t') || is_at(self, '\r')) self->position++;
}

static void skip_line(scanner *self) {
  while (!at_end(self) && *self->position != '\n') self->position++;
}

/* After a value: nothing but a comment may follow in its line. */
static int end_line(scanner *self, int line) {
  skip_blanks(self);
  if (is_at(self, '#')) skip_line(self);
  if (at_end(self) || *self->position == '\n') return EXIT_OK;
  return refuse_line(self, line, "the end of the line behind the value");
}

static char unescaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c; /* ", \ and $; what is no escape keeps its backslash */
  }
}

static int read_quoted(scanner *self, char quote, secret_bytes *value) {
  const int first_line = self->line;
  int code = EXIT_OK;
  self->position++;
  while (code == EXIT_OK && !at_end(self) && *self->position != quote) {
    char c = *self->position++;
    if (c == '\n') self->line++;
    if (c == '\\' && quote == '"' && !at_end(self)) {
      c = unescaped(*self->position);
      if (strchr("nrt\"\\$", *self->position) == NULL) code = secret_bytes_append(value, "\\", 1);
      self->position++;
    }
    if (code == EXIT_OK) code = secret_bytes_append(value, &c, 1);
  }
  if (code != EXIT_OK) return code;
  if (at_end(self)) return refuse_line(self, first_line, "a closing quote");
  self->position++;
  return end_line(self, self->line);
}

/* Up to the end of the line or a # behind a blank; blanks at the end do not count. */
static int read_bare(scanner *self, secret_bytes *value) {
  const char *start = self->position;
  const char *end = start;
  while (!at_end(self) && *self->position != '\n') {
    const char c = *self->position;
    const bool is_blank = c == ' ' || c == '\t' || c == '\r';
    if (c == '#' && (self->position == start || end < self->position)) break;
    self->position++;
    if (!is_blank) end = self->position;
  }
  skip_line(self);
  return secret_bytes_append(value, start, (size_t)(end - start));
}

static int read_value_into(scanner *self, secret_bytes *value) {
  skip_blanks(self);
  if (is_at(self, '"')) return read_quoted(self, '"', value);
  if (is_at(self, '\'')) return read_quoted(self, '\'', value);
  return read_bare(self, value);
}

static void skip_export(scanner *self) {
  static const char word[] = "export";
  const size_t length = sizeof word - 1;
  const size_t left = (size_t)(self->end - self->position);
  if (left <= length || memcmp(self->position, word, length) != 0) return;
  if (self->position[length] != ' ' && self->position[length] != '\t') return;
  self->position += length;
  skip_blanks(self);
}

static int read_entry(scanner *self) {
  const int line = self->line;
  secret_bytes value = {0};
  skip_export(self);
  const char *name = self->position;
  while (!at_end(self) && strchr("= \t\r\n", *self->position) == NULL) self->position++;
  const size_t name_length = (size_t)(self->position - name);
  skip_blanks(self);
  if (name_length == 0 || name_length > SS_MAX_NAME_BYTES || !is_at(self, '=')) {
    return refuse_line(self, line, "NAME=value");
  }
  self->position++;
  int code = read_value_into(self, &value);
  if (code == EXIT_OK) {
    code = pairs_add(self->parsed, name, name_length, value.data, value.length);
  }
  secret_bytes_clear(&value);
  if (code != EXIT_OK) return code;
  const pair *added = &self->parsed->items[self->parsed->count - 1];
  if (!is_environment_name(added->name)) {
    return refuse_line(self, line, "a name of letters, digits and underscores before the =");
  }
  if (pairs_find(self->parsed, added->name) != added) {
    return refuse_line(self, line, "each name once, and this one stands above already");
  }
  return EXIT_OK;
}

int dotenv_parse(const secret_bytes *text, const char *what, pairs *parsed) {
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  const char *start = (const char *)text->data;
  scanner self = {start, start + text->length, 1, what, parsed};
  if (text->length >= 3 && memcmp(start, byte_order_mark, 3) == 0) self.position += 3;
  if (memchr(start, '\0', text->length) != NULL) {
    return fail(SS_INVALID_ARGUMENT, "%s: expected text, got a NUL byte", what);
  }
  while (!at_end(&self)) {
    skip_blanks(&self);
    if (is_at(&self, '#')) skip_line(&self);
    if (!at_end(&self) && *self.position != '\n') {
      const int code = read_entry(&self);
      if (code != EXIT_OK) return code;
    }
    if (is_at(&self, '\n')) {
      self.position++;
      self.line++;
    }
  }
  return EXIT_OK;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static bool consists_of(const secret_bytes *value, const char *characters) {
  for (size_t i = 0; i < value->length; i++) {
    if (value->data[i] == '\0' || strchr(characters, (char)value->data[i]) == NULL) return false;
  }
  return true;
}

static bool contains(const secret_bytes *value, char c) {
  return value->length > 0 && memchr(value->data, c, value->length) != NULL;
}

static int append_text(secret_bytes *text, const char *appended) {
  return secret_bytes_append(text, appended, strlen(appended));
}

static int append_double_quoted(const secret_bytes *value, secret_bytes *text) {
  int code = append_text(text, "\"");
  for (size_t i = 0; code == EXIT_OK && i < value->length; i++) {
    const char c = (char)value->data[i];
    if (c == '\n' || c == '\r') {
      code = append_text(text, c == '\n' ? "\\n" : "\\r");
      continue;
    }
    if (strchr("\"\\$", c) != NULL) code = append_text(text, "\\");
    if (code == EXIT_OK) code = secret_bytes_append(text, &c, 1);
  }
  return code == EXIT_OK ? append_text(text, "\"") : code;
}

/* Bare where nothing needs quotes, else in single quotes, which every reader takes as they stand;
 * double quotes only for what single quotes cannot hold everywhere. */
static int append_dotenv_value(const secret_bytes *value, secret_bytes *text) {
  static const char plain[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@%+,=";
  if (consists_of(value, plain)) return secret_bytes_append(text, value->data, value->length);
  if (contains(value, '\'') || contains(value, '\\') || contains(value, '\r')) {
    return append_double_quoted(value, text);
  }
  int code = append_text(text, "'");
  if (code == EXIT_OK) code = secret_bytes_append(text, value->data, value->length);
  return code == EXIT_OK ? append_text(text, "'") : code;
}

int dotenv_write(const pairs *written, secret_bytes *text) {
  int code = EXIT_OK;
  for (size_t i = 0; code == EXIT_OK && i < written->count; i++) {
    code = append_text(text, written->items[i].name);
    if (code == EXIT_OK) code = append_text(text, "=");
    if (code == EXIT_OK) code = append_dotenv_value(&written->items[i].value, text);
    if (code == EXIT_OK) code = append_text(text, "\n");
  }
  return code;
}

static int append_shell_value(const secret_bytes *value, secret_bytes *text) {
  int code = append_text(text, "'");
  for (size_t i = 0; code == EXIT_OK && i < value->length; i++) {
    code = value->data[i] == '\'' ? append_text(text, "'\\''")
                                  : secret_bytes_append(text, &value->data[i], 1);
  }
  return code == EXIT_OK ? append_text(text, "'") : code;
}

int shell_write(const pairs *written, secret_bytes *text) {
  int code = EXIT_OK;
  for (size_t i = 0; code == EXIT_OK && i < written->count; i++) {
    code = append_text(text, "export ");
    if (code == EXIT_OK) code = append_text(text, written->items[i].name);
    if (code == EXIT_OK) code = append_text(text, "=");
    if (code == EXIT_OK) code = append_shell_value(&written->items[i].value, text);
    if (code == EXIT_OK) code = append_text(text, "\n");
  }
  return code;
}

static int append_json_pair(const pair *written, bool is_first, secret_bytes *text) {
  const secret_bytes *value = &written->value;
  if (!is_utf8(value->data, value->length)) {
    return fail(SS_INVALID_ARGUMENT,
                "\"%s\": its value is not UTF-8 text; use get --json, or the portable format",
                written->name);
  }
  int code = append_text(text, is_first ? "" : ",");
  if (code == EXIT_OK) {
    code = append_json_string(text, (const unsigned char *)written->name, strlen(written->name));
  }
  if (code == EXIT_OK) code = append_text(text, ":");
  return code == EXIT_OK ? append_json_string(text, value->data, value->length) : code;
}

int json_write(const pairs *written, secret_bytes *text) {
  int code = append_text(text, "{");
  for (size_t i = 0; code == EXIT_OK && i < written->count; i++) {
    code = append_json_pair(&written->items[i], i == 0, text);
  }
  return code == EXIT_OK ? append_text(text, "}\n") : code;
}
