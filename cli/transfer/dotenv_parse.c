/* Reading .env files: what python-dotenv, node's util.parseEnv and npm's dotenv read alike. Where
 * they differ over a value, or shells would, the line is refused with the reason. Where node alone
 * makes a name of a line that no environment has (a tab before the name, blanks in an empty line or
 * before a comment, a byte order mark), the others are followed. */
#include <string.h>

#include "terminal/failure.h"
#include "transfer/dotenv.h"

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

static bool is_at_line_end(const scanner *self) { return at_end(self) || is_at(self, '\n'); }

static bool starts_with(const scanner *self, const char *text) {
  const size_t length = strlen(text);
  return (size_t)(self->end - self->position) >= length &&
         memcmp(self->position, text, length) == 0;
}

static void skip_blanks(scanner *self) {
  while (is_at(self, ' ') || is_at(self, '\t')) self->position++;
}

/* Whether a space stands here that some readers take for one and others do not: control characters,
 * and those of Unicode, of which JavaScript ends lines at U+2028 and U+2029. */
static bool is_at_odd_space(const scanner *self) {
  static const char *const spaces[] = {
      "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
      "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
      "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
      "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf"};
  const unsigned char c = (unsigned char)*self->position;
  if (c < 0x20 || c == 0x7f) return c != '\t' && c != '\n';
  for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
    if (starts_with(self, spaces[i])) return true;
  }
  return false;
}

static int refuse_odd_space(const scanner *self) {
  return refuse_line(self, self->line,
                     "spaces and tabs only, got a control character or a space that readers take "
                     "differently; in single quotes it is kept");
}

/* From the # to the end of the line. */
static int skip_comment(scanner *self) {
  while (!is_at_line_end(self)) {
    if (is_at_odd_space(self)) return refuse_odd_space(self);
    self->position++;
  }
  return EXIT_OK;
}

/* After a value: nothing but a comment may follow in its line. */
static int end_line(scanner *self) {
  skip_blanks(self);
  if (is_at(self, '#')) return skip_comment(self);
  if (is_at_line_end(self)) return EXIT_OK;
  return refuse_line(self, self->line, "the end of the line behind the value");
}

/* ---- Values -------------------------------------------------------------------------------- */

/* Behind a backslash in single quotes. */
static int check_single_quoted(const scanner *self) {
  if (!is_at(self, '\\') && !is_at(self, '\'')) return EXIT_OK;
  return refuse_line(self, self->line,
                     "no backslash before a backslash or a single quote, which python-dotenv drops "
                     "and others keep");
}

/* A backslash in double quotes: only \n means the same to all. */
static int read_escape(scanner *self, secret_bytes *value) {
  static const char differing[] = "\\'\"abfrtv$`\n";
  if (is_at(self, 'n')) {
    self->position++;
    return secret_bytes_append(value, "\n", 1);
  }
  if (!at_end(self) && strchr(differing, *self->position) != NULL) {
    return refuse_line(self, self->line,
                       "\\n as the only escape in double quotes: readers take the others "
                       "differently; use single quotes");
  }
  return secret_bytes_append(value, "\\", 1);
}

static int refuse_tab(const scanner *self) {
  return refuse_line(
      self, self->line,
      "spaces around the value, got a tab, which node keeps; in quotes it is kept by "
      "all");
}

static int refuse_expansion(const scanner *self) {
  return refuse_line(self, self->line,
                     "no ${...} outside of single quotes: some readers put a variable's value "
                     "there");
}

static int read_quoted_byte(scanner *self, char quote, secret_bytes *value) {
  if (quote == '"' && starts_with(self, "${")) return refuse_expansion(self);
  const char c = *self->position++;
  if (c == '\n') self->line++;
  if (c == '\\' && quote == '"') return read_escape(self, value);
  const int code = secret_bytes_append(value, &c, 1);
  return code == EXIT_OK && c == '\\' ? check_single_quoted(self) : code;
}

static int read_quoted(scanner *self, char quote, secret_bytes *value) {
  const int first_line = self->line;
  int code = EXIT_OK;
  self->position++;
  while (code == EXIT_OK && !at_end(self) && *self->position != quote) {
    code = read_quoted_byte(self, quote, value);
  }
  if (code != EXIT_OK) return code;
  if (at_end(self)) return refuse_line(self, first_line, "a closing quote");
  self->position++;
  return end_line(self);
}

/* Up to the end of the line or a # behind a blank; blanks at the end do not count. */
static int read_bare(scanner *self, secret_bytes *value) {
  const char *start = self->position;
  const char *end = start;
  while (!is_at_line_end(self) && !is_at(self, '#')) {
    if (is_at_odd_space(self)) return refuse_odd_space(self);
    if (starts_with(self, "${")) return refuse_expansion(self);
    const bool is_space = is_at(self, ' ');
    self->position++;
    if (!is_space) end = self->position;
  }
  if (end > start && end[-1] == '\t') return refuse_tab(self);
  if (is_at(self, '#') && end == self->position) {
    return refuse_line(self, self->line,
                       "a blank before #, or quotes around the value: some readers begin a comment "
                       "there, others do not");
  }
  const int code = end_line(self);
  return code == EXIT_OK ? secret_bytes_append(value, start, (size_t)(end - start)) : code;
}

static int read_value_into(scanner *self, secret_bytes *value) {
  while (is_at(self, ' ')) self->position++;
  if (is_at(self, '\t')) return refuse_tab(self);
  if (is_at(self, '"')) return read_quoted(self, '"', value);
  if (is_at(self, '\'')) return read_quoted(self, '\'', value);
  if (is_at(self, '`')) {
    return refuse_line(self, self->line,
                       "single or double quotes, got a backtick, which is a quote to some readers "
                       "only");
  }
  if (is_at(self, '#')) {
    return refuse_line(self, self->line,
                       "a value before #, or quotes around it: some readers begin a comment there, "
                       "others do not");
  }
  return read_bare(self, value);
}

/* ---- Lines --------------------------------------------------------------------------------- */

static int read_name(scanner *self, const char **name, size_t *length) {
  if (starts_with(self, "export ") || starts_with(self, "export\t")) {
    self->position += sizeof "export " - 1;
    skip_blanks(self);
  }
  *name = self->position;
  while (!at_end(self) && strchr("= \t\n", *self->position) == NULL) self->position++;
  *length = (size_t)(self->position - *name);
  skip_blanks(self);
  if (*length == 0 || *length > SS_MAX_NAME_BYTES || !is_at(self, '=')) {
    return refuse_line(self, self->line, "NAME=value");
  }
  self->position++;
  return EXIT_OK;
}

static int check_added(const scanner *self, int line) {
  pair *added = &self->parsed->items[self->parsed->count - 1];
  added->line = line;
  if (!is_environment_name(added->name)) {
    return refuse_line(self, line, "a name of letters, digits and underscores before the =");
  }
  if (pairs_find(self->parsed, added->name) != added) {
    return refuse_line(self, line, "each name once, and this one stands above already");
  }
  return EXIT_OK;
}

static int read_entry(scanner *self) {
  const int line = self->line;
  const char *name = NULL;
  size_t name_length = 0;
  secret_bytes value = {0};
  int code = read_name(self, &name, &name_length);
  if (code == EXIT_OK) code = read_value_into(self, &value);
  if (code == EXIT_OK) {
    code = pairs_add(self->parsed, name, name_length, value.data, value.length);
  }
  secret_bytes_clear(&value);
  return code == EXIT_OK ? check_added(self, line) : code;
}

static int read_line(scanner *self) {
  int code = EXIT_OK;
  skip_blanks(self);
  if (is_at(self, '#')) {
    code = skip_comment(self);
  } else if (!is_at_line_end(self)) {
    code = read_entry(self);
  }
  if (code == EXIT_OK && is_at(self, '\n')) {
    self->position++;
    self->line++;
  }
  return code;
}

/* ---- The file ------------------------------------------------------------------------------ */

/* CRLF is LF to all readers, within quotes too; a CR alone is a line's end, or nothing. */
static int unify_line_ends(const secret_bytes *text, const char *what, secret_bytes *unified) {
  int line = 1;
  int code = EXIT_OK;
  for (size_t i = 0; code == EXIT_OK && i < text->length; i++) {
    const char c = (char)text->data[i];
    if (c == '\n') line++;
    if (c != '\r') {
      code = secret_bytes_append(unified, &c, 1);
    } else if (i + 1 == text->length || text->data[i + 1] != '\n') {
      code = fail(SS_INVALID_ARGUMENT,
                  "%s, line %d: expected lines that end in LF or CRLF, got a CR alone", what, line);
    }
  }
  return code;
}

int dotenv_parse(const secret_bytes *text, const char *what, pairs *parsed) {
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  secret_bytes unified = {0};
  if (text->length > 0 && memchr(text->data, '\0', text->length) != NULL) {
    return fail(SS_INVALID_ARGUMENT, "%s: expected text, got a NUL byte", what);
  }
  if (!ss_is_utf8(text->data, text->length)) {
    return fail(SS_INVALID_ARGUMENT, "%s: expected UTF-8 text, got other bytes", what);
  }
  int code = unify_line_ends(text, what, &unified);
  scanner self = {.position = (const char *)unified.data, .line = 1, .what = what};
  self.end = self.position == NULL ? NULL : self.position + unified.length;
  self.parsed = parsed;
  if (code == EXIT_OK && starts_with(&self, byte_order_mark)) self.position += 3;
  while (code == EXIT_OK && !at_end(&self)) code = read_line(&self);
  secret_bytes_clear(&unified);
  if (code != EXIT_OK || parsed->count > 0) return code;
  return fail(SS_INVALID_ARGUMENT, "%s: expected at least one NAME=value line, got none", what);
}
