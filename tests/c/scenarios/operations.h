/* The scenario operations, carried out through the C API. */
#ifndef TESTS_SCENARIOS_OPERATIONS_H
#define TESTS_SCENARIOS_OPERATIONS_H

#include <jansson.h>

#include "secretstore/secretstore.h"

/* Runs an operation with expanded arguments. *result is a new value if it succeeded. False if
 * there is no such operation, or an argument that it does not take: a mistake in the file, which is
 * printed. */
bool scenario_operation(ss_store *store, const char *operation, const json_t *args,
                        ss_status *status, json_t **result, ss_error *error);

#endif
