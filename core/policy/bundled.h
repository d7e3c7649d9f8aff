/* The Lua modules of modules/, compiled into the library as text (cmake/BundleLua.cmake). */
#ifndef POLICY_BUNDLED_H
#define POLICY_BUNDLED_H

#include <stddef.h>

typedef struct bundled_module {
  const char *name;
  const char *text;
  size_t length;
} bundled_module;

/* Ends with a NULL name. */
extern const bundled_module bundled_modules[];

#endif
