/* JavaScript functions that hear what a policy says of its cases, or of what a store holds. */
#ifndef NODE_POLICY_CALLBACKS_H
#define NODE_POLICY_CALLBACKS_H

#include "secretstore/secretstore.h"

namespace node {

/* For the library; context is a callback. */
void on_policy_case(void *context, int64_t line, bool passed, const char *message);
bool on_policy_refusal(void *context, const ss_policy_refusal *refusal);

} // namespace node

#endif
