/* Writing pairs for shells, and as JSON. */
#include "transfer/plain_text.h"

#include <string.h>

#include "terminal/encoding.h"
#include "terminal/failure.h"

static int append_text(secret_bytes *text, const char *appended) {
  return secret_bytes_append(text, appended, strlen(appended));
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
  if (!ss_is_utf8(value->data, value->length)) {
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
