/* Writing .env files. Single quotes are the natural form: within them, readers and bash take almost
 * everything as it stands. What python-dotenv does to backslashes there, and what double quotes
 * would expand, is refused. */
#include <stdio.h>
#include <string.h>

#include "terminal/failure.h"
#include "transfer/dotenv.h"

static bool contains(const secret_bytes *value, const char *text) {
  return value->length > 0 && memmem(value->data, value->length, text, strlen(text)) != NULL;
}

static bool contains_any(const secret_bytes *value, const char *characters) {
  for (size_t i = 0; i < value->length; i++) {
    if (value->data[i] != '\0' && strchr(characters, (char)value->data[i]) != NULL) return true;
  }
  return false;
}

static bool is_plain(const secret_bytes *value) {
  static const char plain[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@%+,=";
  for (size_t i = 0; i < value->length; i++) {
    if (value->data[i] == '\0' || strchr(plain, (char)value->data[i]) == NULL) return false;
  }
  return value->length > 0;
}

/* Why no form of the value is read alike; NULL: one is. */
static const char *refusal(const secret_bytes *value) {
  if (!ss_is_utf8(value->data, value->length)) return "UTF-8 text, got other bytes";
  if (contains(value, "\r")) {
    return "no carriage return: readers drop it or make it a newline";
  }
  if (contains(value, "'") && contains_any(value, "$`\\\"\n")) {
    return "no single quote beside $, `, \\, \" or a newline: neither kind of quotes holds both";
  }
  if (contains(value, "\\\\")) {
    return "no two backslashes in a row: python-dotenv makes them one";
  }
  if (value->length > 0 && value->data[value->length - 1] == '\\') {
    return "no backslash at the end: it would escape the closing quote";
  }
  return NULL;
}

static const char *quotes_of(const secret_bytes *value) {
  if (is_plain(value)) return "";
  return contains(value, "'") ? "\"" : "'";
}

/* Its default, in any quotes; every other reader takes it as it stands. */
static void warn_of_expansion(const pair *written) {
  if (!contains(&written->value, "${")) return;
  (void)fprintf(stderr,
                "secretstore: warning: \"%s\": python-dotenv expands ${...} in it unless it is "
                "called with interpolate=False\n",
                written->name);
}

static int append_pair(const pair *written, secret_bytes *text) {
  const secret_bytes *value = &written->value;
  const char *reason = refusal(value);
  if (reason != NULL) {
    return fail(SS_INVALID_ARGUMENT,
                "\"%s\" in a .env file: expected %s; leave it out, or use --format shell or json",
                written->name, reason);
  }
  warn_of_expansion(written);
  const char *quotes = quotes_of(value);
  int code = secret_bytes_append(text, written->name, strlen(written->name));
  if (code == EXIT_OK) code = secret_bytes_append(text, "=", 1);
  if (code == EXIT_OK) code = secret_bytes_append(text, quotes, strlen(quotes));
  if (code == EXIT_OK) code = secret_bytes_append(text, value->data, value->length);
  if (code == EXIT_OK) code = secret_bytes_append(text, quotes, strlen(quotes));
  return code == EXIT_OK ? secret_bytes_append(text, "\n", 1) : code;
}

int dotenv_write(const pairs *written, secret_bytes *text) {
  int code = EXIT_OK;
  for (size_t i = 0; code == EXIT_OK && i < written->count; i++) {
    code = append_pair(&written->items[i], text);
  }
  return code;
}
