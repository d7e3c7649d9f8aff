/* The notation of tests/scenarios/README.md: expanding arguments, matching expectations. */
#ifndef TESTS_SCENARIOS_VALUES_H
#define TESTS_SCENARIOS_VALUES_H

#include <jansson.h>
#include <stdbool.h>

/* A new value in which variables and generated texts are filled in. NULL: a mistake in the file,
 * which is printed. */
json_t *scenario_expand(const json_t *value, const json_t *variables);

/* Whether an object has no members but those named (the list ends with NULL): a misspelt one is a
 * mistake in the file, which is printed. Anything that is no object passes. */
bool scenario_has_only(const json_t *object, const char *where, const char *const *names);

/* Whether a member is absent, or null, or of that type; if not, prints the mistake. */
bool scenario_member_is(const json_t *object, const char *name, json_type type);

/* The same, for true and false. */
bool scenario_member_is_boolean(const json_t *object, const char *name);

/* The text of a key as options and arguments have it: {"version": n, "key": "A"}, or with a "text" of
 * its own. NULL if it has neither. */
const char *scenario_key_text(const json_t *key);

/* Whether an object's "keys" are absent, or a list of such keys; if not, prints the mistake. */
bool scenario_keys_are_well_formed(const json_t *object);

/* Whether actual is what expected (expanded) asks for. Where it is not, describes why in text. */
bool scenario_matches(const json_t *expected, const json_t *actual, char *why, size_t capacity);

/* Metadata as the runner hands it to scenario_matches: parsed, with its text kept beside it. */
json_t *scenario_metadata(const char *metadata_json);

#endif
