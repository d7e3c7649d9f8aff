/* The guard and cleanup macros that every module uses, and no others.
 *
 * GUARD keeps the happy path linear: it returns from the function with the failed status.
 * ON_SCOPE_EXIT releases (and wipes) a variable when it goes out of scope, on every path. The
 * function it names takes a pointer to the variable, and must accept a zeroed one. */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#include "secretstore/secretstore.h"

#define MUST_CHECK __attribute__((warn_unused_result))

#define GUARD(expression)                    \
  do {                                       \
    const ss_status guarded_ = (expression); \
    if (guarded_ != SS_OK) return guarded_;  \
  } while (0)

#define ON_SCOPE_EXIT(function) __attribute__((cleanup(function)))

#endif
