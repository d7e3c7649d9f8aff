/* The notation of tests/scenarios/README.md: expanding arguments, matching expectations. */
#ifndef TESTS_SCENARIOS_VALUES_H
#define TESTS_SCENARIOS_VALUES_H

#include <jansson.h>
#include <stdbool.h>

/* A new value in which variables and generated texts are filled in. NULL: a mistake in the file,
 * which is printed. */
json_t *scenario_expand(const json_t *value, const json_t *variables);

/* Whether actual is what expected (expanded) asks for. Where it is not, describes why in text. */
bool scenario_matches(const json_t *expected, const json_t *actual, char *why, size_t capacity);

/* Metadata as the runner hands it to scenario_matches: parsed, with its text kept beside it. */
json_t *scenario_metadata(const char *metadata_json);

#endif
