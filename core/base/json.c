/* JSON text: escaping, compacting, checking. */
#include "base/json.h"

#include "base/json_number.h"
#include "base/memory.h"
#include "base/status.h"

/* What JSON.stringify writes for a byte below 0x20, '"' or '\\'; 0 where it writes \u00XX. */
static char short_escape(unsigned char c) {
  switch (c) {
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    case '"': return '"';
    case '\\': return '\\';
    default: return 0;
  }
}

static bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

static void append_escape(byte_buffer *output, unsigned char c) {
  const char escape[2] = {'\\', short_escape(c)};
  if (escape[1] != 0) {
    buffer_append(output, escape, sizeof escape);
    return;
  }
  buffer_append_text(output, "\\u00");
  buffer_append_hex(output, &c, 1);
}

void json_append_string(byte_buffer *output, text_view text) {
  if (text.data == NULL) {
    buffer_append_text(output, "null");
    return;
  }
  buffer_append(output, "\"", 1);
  size_t start = 0;
  for (size_t i = 0; i < text.length; i++) {
    const unsigned char c = (unsigned char)text.data[i];
    if (!needs_escape(c)) continue;
    buffer_append(output, text.data + start, i - start);
    append_escape(output, c);
    start = i + 1;
  }
  buffer_append(output, text.data + start, text.length - start);
  buffer_append(output, "\"", 1);
}

void json_append_time(byte_buffer *output, int64_t time) {
  if (time == SS_NO_EXPIRY) {
    buffer_append_text(output, "null");
    return;
  }
  buffer_append_integer(output, time);
}

static void append_text_of(byte_buffer *output, const json_t *string) {
  json_append_string(output, (text_view){json_string_value(string), json_string_length(string)});
}

static void append_array(byte_buffer *output, const json_t *array) {
  const size_t count = json_array_size(array);
  buffer_append_text(output, "[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) buffer_append_text(output, ",");
    json_append_value(output, json_array_get(array, i));
  }
  buffer_append_text(output, "]");
}

static void append_object(byte_buffer *output, const json_t *object) {
  /* Walking does not change the object; the iterator is not const for those who would. */
  json_t *walked = (json_t *)(uintptr_t)object;
  bool is_first = true;
  buffer_append_text(output, "{");
  for (void *entry = json_object_iter(walked); entry != NULL;
       entry = json_object_iter_next(walked, entry)) {
    const text_view key = {json_object_iter_key(entry), json_object_iter_key_len(entry)};
    if (!is_first) buffer_append_text(output, ",");
    json_append_string(output, key);
    buffer_append_text(output, ":");
    json_append_value(output, json_object_iter_value(entry));
    is_first = false;
  }
  buffer_append_text(output, "}");
}

void json_append_value(byte_buffer *output, const json_t *value) {
  switch (json_typeof(value)) {
    case JSON_OBJECT: append_object(output, value); break;
    case JSON_ARRAY: append_array(output, value); break;
    case JSON_STRING: append_text_of(output, value); break;
    case JSON_INTEGER: buffer_append_integer(output, json_integer_value(value)); break;
    case JSON_REAL: json_append_real(output, json_real_value(value)); break;
    case JSON_TRUE: buffer_append_text(output, "true"); break;
    case JSON_FALSE: buffer_append_text(output, "false"); break;
    default: buffer_append_text(output, "null"); break;
  }
}

static bool is_json_white_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Where the next white space outside of strings stands, from a position outside of them; the text's
 * length if there is none. */
static size_t next_white_space(text_view text, size_t at) {
  bool in_string = false;
  for (; at < text.length; at++) {
    const char c = text.data[at];
    if (in_string && c == '\\') {
      at++;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && is_json_white_space(c)) {
      return at;
    }
  }
  return text.length;
}

/* Only well-formed text keeps its meaning: white space may be all that parts two tokens. */
static void append_compact(byte_buffer *output, text_view text) {
  for (size_t start = 0; start < text.length;) {
    const size_t end = next_white_space(text, start);
    buffer_append(output, text.data + start, end - start);
    start = end + 1;
  }
}

static size_t compact_length(text_view text) {
  size_t length = 0;
  for (size_t start = 0; start < text.length;) {
    const size_t end = next_white_space(text, start);
    length += end - start;
    start = end + 1;
  }
  return length;
}

/* The deepest nesting of a text, counted before jansson parses it recursively. */
static size_t nesting_depth(text_view text) {
  size_t depth = 0;
  size_t deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.length; i++) {
    const char c = text.data[i];
    if (in_string && c == '\\') {
      i++;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (!in_string && (c == '}' || c == ']') && depth > 0) {
      depth--;
    }
  }
  return deepest;
}

/* jansson 2.14 does not look whether its token buffer could grow: when memory runs out in the
 * middle of a long string it loses bytes, and then reads beyond the end. So it is given a text only
 * if there is memory for several copies of it. */
enum { COPIES_ASKED_FOR = 4, LEAST_ASKED_FOR = 4096 };

static bool memory_is_short(size_t text_length) {
  void *probe = memory_new_unfilled(COPIES_ASKED_FOR * text_length + LEAST_ASKED_FOR);
  memory_free(probe);
  return probe == NULL;
}

static ss_status parse(text_view text, json_t **document, json_error_t *parse_error,
                       ss_error *error) {
  const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
  if (memory_is_short(text.length)) return error_out_of_memory(error);
  *document = json_loadb(text.data, text.length, flags, parse_error);
  if (*document != NULL) return SS_OK;
  /* Some failed allocations it reports as faults of the text. A second look tells. */
  if (memory_is_short(text.length)) return error_out_of_memory(error);
  *document = json_loadb(text.data, text.length, flags, parse_error);
  return SS_OK;
}

ss_status json_parse(text_view text, json_t **document, json_error_t *parse_error,
                     ss_error *error) {
  byte_buffer widened ON_SCOPE_EXIT(buffer_clear) = {0};
  *document = NULL;
  if (!json_append_widened(&widened, text)) return parse(text, document, parse_error, error);
  GUARD(buffer_status(&widened, error));
  return parse((text_view){(const char *)widened.data, widened.length}, document, parse_error,
               error);
}

/* Not jansson's own text, which quotes the input: what came in place of metadata may be a value
 * given by mistake. */
static const char *fault_found(const json_error_t *parse_error) {
  switch (json_error_code(parse_error)) {
    case json_error_invalid_utf8: return "malformed UTF-8";
    case json_error_premature_end_of_input: return "the end of the text";
    case json_error_end_of_input_expected: return "more text behind it";
    case json_error_null_byte_in_key: return "a key with U+0000";
    case json_error_duplicate_key: return "a key for the second time";
    case json_error_numeric_overflow: return "a number out of range";
    default: return "something that is not JSON";
  }
}

ss_status json_check_numbers(const char *what, text_view text, ss_error *error) {
  size_t at = 0;
  if (json_numbers_are_held(text, &at)) return SS_OK;
  return error_set(
      error, SS_INVALID_ARGUMENT,
      "%s: expected numbers that an integer of 64 bits or a double holds, got one that "
      "would lose digits (at byte %zu)",
      what, at + 1);
}

static ss_status parse_object(const char *what, text_view text, json_t **document,
                              ss_error *error) {
  json_error_t parse_error = {0};
  GUARD(json_parse(text, document, &parse_error, error));
  if (*document == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "%s: expected a JSON object, got %s (at byte %d)",
                     what, fault_found(&parse_error), parse_error.position);
  }
  if (!json_is_object(*document)) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "%s: expected a JSON object, got another kind of JSON value", what);
  }
  return json_check_numbers(what, text, error);
}

static ss_status check_size(const char *what, text_view text, ss_error *error) {
  if (text.data == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "%s: expected a JSON object, got none", what);
  }
  const size_t length = compact_length(text);
  if (length > SS_MAX_METADATA_BYTES) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "%s: expected at most %d bytes of compact JSON, got %zu", what,
                     SS_MAX_METADATA_BYTES, length);
  }
  const size_t depth = nesting_depth(text);
  if (depth <= SS_MAX_METADATA_DEPTH) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT, "%s: expected nesting of at most %d, got %zu", what,
                   SS_MAX_METADATA_DEPTH, depth);
}

ss_status json_parse_object(const char *what, text_view text, json_t **document, ss_error *error) {
  *document = NULL;
  GUARD(check_size(what, text, error));
  const ss_status status = parse_object(what, text, document, error);
  if (status == SS_OK) return SS_OK;
  json_decref(*document);
  *document = NULL;
  return status;
}

ss_status json_append_compact_object(byte_buffer *output, const char *what, text_view text,
                                     ss_error *error) {
  json_t *document = NULL;
  GUARD(json_parse_object(what, text, &document, error));
  json_decref(document);
  append_compact(output, text);
  return buffer_status(output, error);
}
