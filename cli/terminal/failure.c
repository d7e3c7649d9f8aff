/* Printing failures. */
#include "terminal/failure.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool print_as_json = false;

void failure_use_json(bool json) { print_as_json = json; }

int exit_code_of(ss_status status) {
  switch (status) {
    case SS_OK: return EXIT_OK;
    case SS_NOT_FOUND:
    case SS_EXPIRED: return EXIT_NEGATIVE;
    case SS_INVALID_OPTIONS:
    case SS_INVALID_ARGUMENT:
    case SS_VALUE_TOO_LARGE: return EXIT_USAGE;
    case SS_CONFLICT: return EXIT_CONFLICT;
    case SS_KEY_VERSION_UNAVAILABLE:
    case SS_KEY_MISMATCH: return EXIT_KEYS;
    case SS_DECRYPTION_FAILED:
    case SS_INTEGRITY_VIOLATION:
    case SS_STORAGE_CORRUPT: return EXIT_INTEGRITY;
    case SS_POLICY_DENIED:
    case SS_POLICY_INVALID:
    case SS_POLICY_FAILED: return EXIT_POLICY;
    case SS_STORAGE_BUSY:
    case SS_STORAGE_FULL:
    case SS_STORAGE_FAILED: return EXIT_STORAGE;
    default: return EXIT_OTHER;
  }
}

static void print_json(const ss_error *error) {
  json_t *document = json_pack("{s:{s:s, s:s}}", "error", "code", ss_status_name(error->code),
                               "message", error->message);
  char *text = json_dumps(document, JSON_COMPACT);
  (void)fprintf(stderr, "%s\n", text == NULL ? "{\"error\":{\"code\":\"out_of_memory\"}}" : text);
  free(text);
  json_decref(document);
}

int fail_with(const ss_error *error) {
  if (print_as_json) {
    print_json(error);
  } else {
    (void)fprintf(stderr, "secretstore: %s (%s)\n", error->message, ss_status_name(error->code));
  }
  return exit_code_of(error->code);
}

int fail(ss_status status, const char *format, ...) {
  ss_error error = {.code = status};
  va_list values;
  va_start(values, format);
  (void)vsnprintf(error.message, sizeof error.message, format, values);
  va_end(values);
  return fail_with(&error);
}

bool fail_usage(const char *command_name, const char *format, ...) {
  ss_error error = {.code = SS_INVALID_ARGUMENT};
  va_list values;
  va_start(values, format);
  (void)vsnprintf(error.message, sizeof error.message, format, values);
  va_end(values);
  (void)fail_with(&error);
  if (!print_as_json) (void)fprintf(stderr, "See: secretstore %s --help\n", command_name);
  return false;
}
