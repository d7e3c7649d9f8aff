/* Status codes, their public names, and the filling of ss_error. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char *const status_names[] = {
    [SS_OK] = "ok",
    [SS_INVALID_OPTIONS] = "invalid_options",
    [SS_INVALID_ARGUMENT] = "invalid_argument",
    [SS_VALUE_TOO_LARGE] = "value_too_large",
    [SS_NOT_FOUND] = "not_found",
    [SS_EXPIRED] = "expired",
    [SS_CONFLICT] = "conflict",
    [SS_KEY_VERSION_UNAVAILABLE] = "key_version_unavailable",
    [SS_KEY_MISMATCH] = "key_mismatch",
    [SS_DECRYPTION_FAILED] = "decryption_failed",
    [SS_INTEGRITY_VIOLATION] = "integrity_violation",
    [SS_POLICY_DENIED] = "policy_denied",
    [SS_POLICY_INVALID] = "policy_invalid",
    [SS_POLICY_FAILED] = "policy_failed",
    [SS_STORAGE_BUSY] = "storage_busy",
    [SS_STORAGE_FULL] = "storage_full",
    [SS_STORAGE_CORRUPT] = "storage_corrupt",
    [SS_STORAGE_FAILED] = "storage_failed",
    [SS_UNSUPPORTED] = "unsupported",
    [SS_CLOSED] = "closed",
    [SS_OUT_OF_MEMORY] = "out_of_memory",
    [SS_INTERNAL] = "internal",
    [SS_INTERRUPTED] = "interrupted",
};

const char *ss_status_name(ss_status status) {
  const size_t count = sizeof status_names / sizeof status_names[0];
  const size_t index = (size_t)status;
  return index < count ? status_names[index] : "unknown";
}

ss_status error_set(ss_error *error, ss_status code, const char *format, ...) {
  if (error == NULL) return code;
  error->code = code;
  error->policy_location[0] = '\0';
  va_list arguments;
  va_start(arguments, format);
  const int written = vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  if (written < 0) error->message[0] = '\0';
  utf8_repair(error->message);
  return code;
}

ss_status error_out_of_memory(ss_error *error) {
  return error_set(error, SS_OUT_OF_MEMORY, "an allocation failed: out of memory");
}

void error_clear(ss_error *error) {
  if (error == NULL) return;
  error->code = SS_OK;
  error->message[0] = '\0';
  error->policy_location[0] = '\0';
}
