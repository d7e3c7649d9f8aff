/* Python functions that hear what a policy says of its cases, or of what a store holds. */
#ifndef PYTHON_POLICY_CALLBACKS_H
#define PYTHON_POLICY_CALLBACKS_H

#include <stdbool.h>

#include "secretstore/secretstore.h"

/* As those of callbacks.h. */
void python_policy_case(void *context, int64_t line, bool passed, const char *message);
bool python_policy_refusal(void *context, const ss_policy_refusal *refusal);

#endif
