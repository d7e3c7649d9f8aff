/* Argument checks shared by the public operations. */
#include "engine/operations/arguments.h"

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"

ss_status request_check(const void *request, size_t expected_size, ss_error *error) {
  if (request == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "request: expected one, got none");
  }
  const size_t size = *(const size_t *)request;
  if (size == expected_size) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT,
                   "request: expected struct_size %zu as its _init function sets it, got %zu",
                   expected_size, size);
}

ss_status request_check_namespace(const char *namespace_name, text_view *checked, ss_error *error) {
  *checked = text_view_of(namespace_name);
  return checked->data == NULL ? SS_OK : text_check_name("namespace", *checked, error);
}

ss_status request_check_name(const char *name, text_view *checked, ss_error *error) {
  *checked = text_view_of(name);
  return text_check_name("name", *checked, error);
}

ss_status request_check_caller(const ss_caller *caller, text_view *actor, ss_error *error) {
  *actor = text_view_of(caller == NULL ? NULL : caller->actor);
  return actor->data == NULL ? SS_OK : text_check_name("actor", *actor, error);
}

ss_status request_check_revision(int64_t if_revision, ss_error *error) {
  if (if_revision >= SS_ANY_REVISION && if_revision <= SS_MAX_INTEGER) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT,
                   "if_revision: expected SS_ANY_REVISION or 0 to 2^53-1, got %lld",
                   (long long)if_revision);
}

static ss_status check_change(const char *what, ss_change change, ss_error *error) {
  if (change == SS_KEEP || change == SS_CLEAR || change == SS_SET) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT,
                   "%s: expected SS_KEEP, SS_CLEAR or SS_SET as the change, got %d", what,
                   (int)change);
}

ss_status request_check_ms(const char *what, ss_change change, int64_t number, ss_error *error) {
  GUARD(check_change(what, change, error));
  if (change != SS_SET || (number >= 0 && number <= SS_MAX_INTEGER)) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT, "%s: expected 0 to 2^53-1 ms, got %lld", what,
                   (long long)number);
}

ss_status request_check_metadata(ss_change change, const char *metadata_json, byte_buffer *compact,
                                 ss_error *error) {
  GUARD(check_change("metadata", change, error));
  if (change != SS_SET) return SS_OK;
  return json_append_compact_object(compact, "metadata", text_view_of(metadata_json), error);
}

ss_status request_check_page(ss_order order, int64_t num_items, ss_error *error) {
  if (order != SS_ASCENDING && order != SS_DESCENDING) {
    return error_set(error, SS_INVALID_ARGUMENT, "order: expected ascending or descending, got %d",
                     (int)order);
  }
  if (num_items >= 1 && num_items <= SS_MAX_PAGE_ITEMS) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT, "num_items: expected 1 to %d, got %lld",
                   SS_MAX_PAGE_ITEMS, (long long)num_items);
}

ss_status request_check_retention(int64_t retention_ms, ss_error *error) {
  if (retention_ms > 0 && retention_ms <= SS_MAX_INTEGER) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT, "retention_ms: expected 1 to 2^53-1 ms, got %lld",
                   (long long)retention_ms);
}

ss_status request_expiry(int64_t now, int64_t ttl_ms, int64_t *expires_at, ss_error *error) {
  if (ttl_ms > SS_MAX_INTEGER - now) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "ttl_ms: expected an expiry of at most 2^53-1 ms since 1970, got now + %lld",
                     (long long)ttl_ms);
  }
  *expires_at = now + ttl_ms;
  return SS_OK;
}
