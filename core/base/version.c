/* The version of the library that runs. */
#include "secretstore/secretstore.h"

#define TEXT_OF(number) #number
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *ss_version_string(void) {
  return DOTTED(SS_VERSION_MAJOR, SS_VERSION_MINOR, SS_VERSION_PATCH);
}

int ss_version_number(void) {
  return SS_VERSION_MAJOR * 1000000 + SS_VERSION_MINOR * 1000 + SS_VERSION_PATCH;
}
