/* Expanding and matching. Metadata is represented as {"$parsed": value, "$text": text}. */
#include "scenarios/values.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { CUT_CHARACTERS = 4 };

/* ---- Expanding ----------------------------------------------------------------------------- */

static json_t *mistake(const char *what) {
  (void)fprintf(stderr, "scenario: %s\n", what);
  return NULL;
}

/* Whether an object is one of the forms of the README: those members and no others. */
static bool is_form(const json_t *object, const char *first, const char *second) {
  return json_object_size(object) == (second == NULL ? 1u : 2u) &&
         json_object_get(object, first) != NULL &&
         (second == NULL || json_object_get(object, second) != NULL);
}

static json_t *repeated(const json_t *form) {
  const char *piece = json_string_value(json_object_get(form, "repeat"));
  const json_int_t times = json_integer_value(json_object_get(form, "count"));
  const size_t count = (size_t)times;
  if (piece == NULL || times < 1) return mistake("repeat takes a text, and count a number from 1");
  const size_t length = strlen(piece);
  char *text = malloc(length * count + 1);
  if (text == NULL) return NULL;
  for (size_t i = 0; i < count; i++) memcpy(text + i * length, piece, length);
  text[length * count] = '\0';
  json_t *value = json_string(text);
  free(text);
  return value;
}

static json_t *from_hex(const char *hex) {
  char text[1024];
  const size_t length = strlen(hex) / 2;
  if (length >= sizeof text) return mistake("hex is too long");
  if (strspn(hex, "0123456789abcdef") != 2 * length) return mistake("hex takes pairs of digits");
  for (size_t i = 0; i < length; i++) {
    const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
    text[i] = (char)strtoul(digits, NULL, 16);
  }
  return json_stringn_nocheck(text, length);
}

/* Another digit of base64url, so that the text stays in its alphabet. */
static json_t *flipped(const json_t *original) {
  if (json_string_length(original) == 0) return mistake("flip takes a text");
  char *text = strdup(json_string_value(original));
  const size_t middle = strlen(text) / 2;
  text[middle] = text[middle] == 'A' ? 'B' : 'A';
  json_t *value = json_string(text);
  free(text);
  return value;
}

static json_t *cut(const json_t *original) {
  const size_t length = json_string_length(original);
  if (length <= CUT_CHARACTERS) return mistake("too short to cut");
  return json_stringn(json_string_value(original), length - CUT_CHARACTERS);
}

static json_t *variable(const char *name, const json_t *variables) {
  json_t *value = json_object_get(variables, name);
  return value == NULL ? mistake("an unknown variable") : json_incref(value);
}

static json_t *expand_object(const json_t *object, const json_t *variables) {
  const char *key;
  json_t *member;
  if (is_form(object, "repeat", "count")) return repeated(object);
  if (is_form(object, "hex", NULL) && json_is_string(json_object_get(object, "hex"))) {
    return from_hex(json_string_value(json_object_get(object, "hex")));
  }
  json_t *expanded = json_object();
  json_object_foreach((json_t *)(uintptr_t)object, key, member) {
    json_t *value = scenario_expand(member, variables);
    if (value == NULL || json_object_set_new(expanded, key, value) != 0) {
      json_decref(expanded);
      return NULL;
    }
  }
  const bool to_flip = is_form(expanded, "flip", NULL);
  if (!to_flip && !is_form(expanded, "cut", NULL)) return expanded;
  json_t *damaged =
      to_flip ? flipped(json_object_get(expanded, "flip")) : cut(json_object_get(expanded, "cut"));
  json_decref(expanded);
  return damaged;
}

static json_t *expand_array(const json_t *array, const json_t *variables) {
  json_t *expanded = json_array();
  for (size_t i = 0; i < json_array_size(array); i++) {
    json_t *value = scenario_expand(json_array_get(array, i), variables);
    if (value == NULL || json_array_append_new(expanded, value) != 0) {
      json_decref(expanded);
      return NULL;
    }
  }
  return expanded;
}

json_t *scenario_expand(const json_t *value, const json_t *variables) {
  if (json_is_object(value)) return expand_object(value, variables);
  if (json_is_array(value)) return expand_array(value, variables);
  if (json_is_string(value) && json_string_value(value)[0] == '$') {
    return variable(json_string_value(value) + 1, variables);
  }
  return json_deep_copy(value);
}

/* ---- Strictness ---------------------------------------------------------------------------- */

static bool is_named(const char *name, const char *const *names) {
  for (; *names != NULL; names++) {
    if (strcmp(*names, name) == 0) return true;
  }
  return false;
}

bool scenario_has_only(const json_t *object, const char *where, const char *const *names) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)object, key, value) {
    if (is_named(key, names)) continue;
    (void)fprintf(stderr, "scenario: %s: no member is called \"%s\"\n", where, key);
    return false;
  }
  return true;
}

bool scenario_member_is(const json_t *object, const char *name, json_type type) {
  const json_t *value = json_object_get(object, name);
  if (value == NULL || json_is_null(value) || json_typeof(value) == type) return true;
  (void)fprintf(stderr, "scenario: \"%s\" is of a wrong type\n", name);
  return false;
}

bool scenario_member_is_boolean(const json_t *object, const char *name) {
  const json_t *value = json_object_get(object, name);
  if (value == NULL || json_is_null(value) || json_is_boolean(value)) return true;
  (void)fprintf(stderr, "scenario: \"%s\" is neither true nor false\n", name);
  return false;
}

/* ---- Keys ---------------------------------------------------------------------------------- */

const char *scenario_key_text(const json_t *key) {
  static const struct {
    const char *name;
    const char *text;
  } keys[] = {{"A", "oaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaE="},
              {"B", "srKysrKysrKysrKysrKysrKysrKysrKysrKysrKysrI="},
              {"C", "w8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8M="}};
  const char *name = json_string_value(json_object_get(key, "key"));
  for (size_t i = 0; name != NULL && i < sizeof keys / sizeof keys[0]; i++) {
    if (strcmp(keys[i].name, name) == 0) return keys[i].text;
  }
  return json_string_value(json_object_get(key, "text"));
}

bool scenario_keys_are_well_formed(const json_t *object) {
  static const char *const members[] = {"version", "key", "text", NULL};
  const json_t *keys = json_object_get(object, "keys");
  bool well_formed = scenario_member_is(object, "keys", JSON_ARRAY);
  for (size_t i = 0; i < json_array_size(keys); i++) {
    const json_t *key = json_array_get(keys, i);
    const bool known =
        json_is_integer(json_object_get(key, "version")) && scenario_key_text(key) != NULL;
    if (!known) (void)fprintf(stderr, "scenario: a key is a version with a known key or a text\n");
    well_formed = known && scenario_has_only(key, "keys", members) && well_formed;
  }
  return well_formed;
}

/* ---- Matching ------------------------------------------------------------------------------ */

json_t *scenario_metadata(const char *metadata_json) {
  if (metadata_json == NULL) return json_null();
  json_t *parsed = NULL;
  if (json_parse(text_view_of(metadata_json), &parsed, NULL, NULL) != SS_OK) return NULL;
  return json_pack("{s:o, s:s}", "$parsed", parsed, "$text", metadata_json);
}

static bool differ(const json_t *expected, const json_t *actual, char *why, size_t capacity) {
  char *wanted = json_dumps(expected, JSON_ENCODE_ANY);
  char *got = json_dumps(actual, JSON_ENCODE_ANY);
  (void)snprintf(why, capacity, "expected %.300s, got %.600s", wanted == NULL ? "?" : wanted,
                 got == NULL ? "?" : got);
  free(wanted);
  free(got);
  return false;
}

/* The one member of a matcher such as {"$count": 3}. */
static const json_t *matcher(const json_t *expected, const char *name) {
  return json_is_object(expected) && json_object_size(expected) == 1
             ? json_object_get(expected, name)
             : NULL;
}

static bool matches_list(const json_t *expected, const json_t *actual, char *why, size_t capacity) {
  if (!json_is_array(actual) || json_array_size(actual) != json_array_size(expected)) {
    return differ(expected, actual, why, capacity);
  }
  for (size_t i = 0; i < json_array_size(expected); i++) {
    if (!scenario_matches(json_array_get(expected, i), json_array_get(actual, i), why, capacity)) {
      return false;
    }
  }
  return true;
}

static bool matches_fields(const json_t *expected, const json_t *actual, char *why,
                           size_t capacity) {
  const char *key;
  json_t *member;
  if (!json_is_object(actual)) return differ(expected, actual, why, capacity);
  json_object_foreach((json_t *)(uintptr_t)expected, key, member) {
    const json_t *field = json_object_get(actual, key);
    if (field == NULL) return differ(expected, actual, why, capacity);
    if (!scenario_matches(member, field, why, capacity)) return false;
  }
  return true;
}

static bool same_fields(const json_t *expected, const json_t *actual) {
  return json_is_object(actual) && json_object_size(actual) == json_object_size(expected);
}

bool scenario_matches(const json_t *expected, const json_t *actual, char *why, size_t capacity) {
  const json_t *text = matcher(expected, "$text");
  if (text != NULL) {
    const json_t *stored = json_object_get(actual, "$text");
    return json_equal(text, stored) || differ(text, stored, why, capacity);
  }
  const json_t *parsed = json_object_get(actual, "$parsed");
  if (parsed != NULL) actual = parsed;

  const json_t *count = matcher(expected, "$count");
  if (count != NULL) {
    return (json_int_t)json_array_size(actual) == json_integer_value(count) ||
           differ(expected, actual, why, capacity);
  }
  const json_t *other = matcher(expected, "$not");
  if (other != NULL) return !json_equal(other, actual) || differ(expected, actual, why, capacity);
  const json_t *whole = matcher(expected, "$exactly");
  if (whole != NULL) {
    if (!same_fields(whole, actual)) return differ(expected, actual, why, capacity);
    expected = whole;
  }
  if (json_is_object(expected)) return matches_fields(expected, actual, why, capacity);
  if (json_is_array(expected)) return matches_list(expected, actual, why, capacity);
  return json_equal(expected, actual) || differ(expected, actual, why, capacity);
}
