/* One function per operation, in a table with the arguments that each takes. */
#include "scenarios/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "scenarios/values.h"

/* ---- Arguments ----------------------------------------------------------------------------- */

static const char *text_of(const json_t *args, const char *name) {
  return json_string_value(json_object_get(args, name));
}

static int64_t number_of(const json_t *args, const char *name, int64_t otherwise) {
  const json_t *number = json_object_get(args, name);
  return number == NULL || json_is_null(number) ? otherwise : json_integer_value(number);
}

static bool flag_of(const json_t *args, const char *name) {
  return json_is_true(json_object_get(args, name));
}

/* Absent, null, or a value. */
static ss_change change_of(const json_t *args, const char *name) {
  const json_t *value = json_object_get(args, name);
  if (value == NULL) return SS_KEEP;
  return json_is_null(value) ? SS_CLEAR : SS_SET;
}

/* JSON text for metadata and context; NULL if there is none. Freed by the caller. */
static char *json_text_of(const json_t *args, const char *name) {
  const json_t *value = json_object_get(args, name);
  if (value == NULL || json_is_null(value)) return NULL;
  const char *raw = json_string_value(json_object_get(value, "json"));
  return raw != NULL ? strdup(raw) : json_dumps(value, JSON_COMPACT);
}

/* What a word that the library does not know becomes: a number that it does not know. */
enum { UNKNOWN_WORD = 99 };

static ss_order order_of(const json_t *args) {
  const char *order = text_of(args, "order");
  if (order == NULL || strcmp(order, "desc") == 0) return SS_DESCENDING;
  return strcmp(order, "asc") == 0 ? SS_ASCENDING : (ss_order)UNKNOWN_WORD;
}

typedef struct caller_arguments {
  ss_caller caller;
  char *context;
} caller_arguments;

static const ss_caller *take_caller(const json_t *args, caller_arguments *taken) {
  const json_t *caller = json_object_get(args, "caller");
  if (caller == NULL) return NULL;
  taken->context = json_text_of(caller, "context");
  taken->caller = (ss_caller){text_of(caller, "actor"), taken->context};
  return &taken->caller;
}

static void free_caller(caller_arguments *taken) { free(taken->context); }

static void take_value(const json_t *args, byte_buffer *value) {
  const json_t *given = json_object_get(args, "value");
  const char *encoded = json_string_value(json_object_get(given, "base64"));
  if (encoded != NULL) {
    (void)base64_decode(BASE64_STANDARD, text_view_of(encoded), value);
  } else {
    buffer_append(value, json_string_value(given), json_string_length(given));
  }
}

/* ---- Results ------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *text) {
  return text == NULL ? json_null() : json_string(text);
}

static json_t *time_or_null(int64_t time) {
  return time == SS_NO_EXPIRY ? json_null() : json_integer(time);
}

static json_t *page_result(json_t *page, bool is_done, const char *continue_cursor) {
  return json_pack("{s:o, s:b, s:o}", "page", page, "isDone", is_done, "continueCursor",
                   text_or_null(continue_cursor));
}

/* ---- Operations ---------------------------------------------------------------------------- */

static ss_status do_put(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_put_request request;
  ss_put_result put;
  byte_buffer value = {0};
  caller_arguments caller = {0};
  char *metadata = json_text_of(args, "metadata");
  take_value(args, &value);
  ss_put_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.name = text_of(args, "name");
  request.value = value.data;
  request.value_length = value.length;
  request.metadata = change_of(args, "metadata");
  request.metadata_json = metadata;
  request.ttl = change_of(args, "ttlMs");
  request.ttl_ms = number_of(args, "ttlMs", 0);
  request.if_revision = number_of(args, "ifRevision", SS_ANY_REVISION);
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_put(store, &request, &put, error);
  if (status == SS_OK) {
    *result =
        json_pack("{s:s, s:I, s:I, s:o, s:I, s:b}", "secretId", put.secret_id, "createdAt",
                  put.created_at, "updatedAt", put.updated_at, "expiresAt",
                  time_or_null(put.expires_at), "revision", put.revision, "isNew", put.is_new);
  }
  buffer_clear(&value);
  free(metadata);
  free_caller(&caller);
  return status;
}

static json_t *value_as_bytes(const ss_get_result *got) {
  byte_buffer text = {0};
  base64_encode(BASE64_STANDARD, got->value, got->value_length, &text);
  json_t *encoded =
      json_pack("{s:s%}", "base64", text.length == 0 ? "" : (char *)text.data, text.length);
  buffer_clear(&text);
  return encoded;
}

static json_t *secret_result(const ss_get_result *got, bool as_bytes) {
  json_t *value =
      as_bytes ? value_as_bytes(got) : json_stringn((const char *)got->value, got->value_length);
  return json_pack("{s:b, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "ok", 1, "value", value, "metadata",
                   scenario_metadata(got->metadata_json), "expiresAt",
                   time_or_null(got->expires_at), "createdAt", got->created_at, "updatedAt",
                   got->updated_at, "revision", got->revision, "keyVersion", got->key_version);
}

typedef ss_status (*getter)(ss_store *, const ss_get_request *, ss_get_result *, ss_error *);

static ss_status get_by(getter get, bool as_bytes, ss_store *store, const json_t *args,
                        json_t **result, ss_error *error) {
  ss_get_request request;
  ss_get_result got;
  caller_arguments caller = {0};
  ss_get_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.name = text_of(args, "name");
  request.caller = take_caller(args, &caller);
  const ss_status status = get(store, &request, &got, error);
  if (status == SS_OK && got.reason != SS_OK) {
    *result = json_pack("{s:b, s:s}", "ok", 0, "reason", ss_status_name(got.reason));
  } else if (status == SS_OK) {
    *result = secret_result(&got, as_bytes);
  }
  ss_get_result_clear(&got);
  free_caller(&caller);
  return status;
}

static ss_status do_get(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  return get_by(ss_get, false, store, args, result, error);
}

static ss_status do_get_bytes(ss_store *store, const json_t *args, json_t **result,
                              ss_error *error) {
  return get_by(ss_get, true, store, args, result, error);
}

static ss_status do_get_or_throw(ss_store *store, const json_t *args, json_t **result,
                                 ss_error *error) {
  return get_by(ss_get_or_throw, false, store, args, result, error);
}

static ss_status do_has(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_get_request request;
  bool found = false;
  caller_arguments caller = {0};
  ss_get_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.name = text_of(args, "name");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_has(store, &request, &found, error);
  if (status == SS_OK) *result = json_boolean(found);
  free_caller(&caller);
  return status;
}

static ss_status do_update(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_update_request request;
  ss_update_result updated;
  caller_arguments caller = {0};
  char *metadata = json_text_of(args, "metadata");
  ss_update_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.name = text_of(args, "name");
  request.metadata = change_of(args, "metadata");
  request.metadata_json = metadata;
  request.expires_at_change = change_of(args, "expiresAt");
  request.expires_at = number_of(args, "expiresAt", 0);
  request.ttl = change_of(args, "ttlMs");
  request.ttl_ms = number_of(args, "ttlMs", 0);
  request.if_revision = number_of(args, "ifRevision", SS_ANY_REVISION);
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_update(store, &request, &updated, error);
  if (status == SS_OK && updated.updated) {
    *result =
        json_pack("{s:b, s:I, s:o, s:I}", "updated", 1, "updatedAt", updated.updated_at,
                  "expiresAt", time_or_null(updated.expires_at), "revision", updated.revision);
  } else if (status == SS_OK) {
    *result = json_pack("{s:b, s:n, s:n, s:n}", "updated", 0, "updatedAt", "expiresAt", "revision");
  }
  free(metadata);
  free_caller(&caller);
  return status;
}

static ss_status do_remove(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_remove_request request;
  bool removed = false;
  caller_arguments caller = {0};
  ss_remove_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.name = text_of(args, "name");
  request.if_revision = number_of(args, "ifRevision", SS_ANY_REVISION);
  request.purge = flag_of(args, "purge");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_remove(store, &request, &removed, error);
  if (status == SS_OK) *result = json_pack("{s:b}", "removed", removed);
  free_caller(&caller);
  return status;
}

static json_t *secret_item(const ss_secret_info *item) {
  return json_pack("{s:s, s:o, s:s, s:o, s:I, s:I, s:o, s:s, s:I, s:I}", "secretId",
                   item->secret_id, "namespace", text_or_null(item->namespace_name), "name",
                   item->name, "metadata", scenario_metadata(item->metadata_json), "createdAt",
                   item->created_at, "updatedAt", item->updated_at, "expiresAt",
                   time_or_null(item->expires_at), "effectiveState",
                   item->is_expired ? "expired" : "active", "keyVersion", item->key_version,
                   "revision", item->revision);
}

static ss_status do_list(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_list_request request;
  ss_secret_page page;
  caller_arguments caller = {0};
  ss_list_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.order = order_of(args);
  request.num_items = number_of(args, "numItems", SS_DEFAULT_PAGE_ITEMS);
  request.cursor = text_of(args, "cursor");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_list(store, &request, &page, error);
  if (status == SS_OK) {
    json_t *items = json_array();
    for (size_t i = 0; i < page.count; i++) {
      (void)json_array_append_new(items, secret_item(&page.items[i]));
    }
    *result = page_result(items, page.is_done, page.continue_cursor);
  }
  ss_secret_page_clear(&page);
  free_caller(&caller);
  return status;
}

static ss_status do_list_namespaces(ss_store *store, const json_t *args, json_t **result,
                                    ss_error *error) {
  ss_namespaces_request request;
  ss_namespace_page page;
  caller_arguments caller = {0};
  ss_namespaces_request_init(&request);
  request.num_items = number_of(args, "numItems", SS_DEFAULT_PAGE_ITEMS);
  request.cursor = text_of(args, "cursor");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_list_namespaces(store, &request, &page, error);
  if (status == SS_OK) {
    json_t *items = json_array();
    for (size_t i = 0; i < page.count; i++) {
      (void)json_array_append_new(
          items, json_pack("{s:o, s:I}", "namespace", text_or_null(page.items[i].namespace_name),
                           "secretCount", page.items[i].secret_count));
    }
    *result = page_result(items, page.is_done, page.continue_cursor);
  }
  ss_namespace_page_clear(&page);
  free_caller(&caller);
  return status;
}

static json_t *event_item(const ss_event *item) {
  const bool has_secret = item->secret_id[0] != '\0';
  return json_pack("{s:s, s:o, s:o, s:o, s:s, s:I, s:o, s:o, s:I}", "eventId", item->event_id,
                   "secretId", text_or_null(has_secret ? item->secret_id : NULL), "namespace",
                   text_or_null(item->namespace_name), "name", text_or_null(item->name), "type",
                   ss_event_type_name(item->type), "sequence", item->sequence, "actor",
                   text_or_null(item->actor), "metadata", scenario_metadata(item->metadata_json),
                   "createdAt", item->created_at);
}

static ss_event_type type_of(const json_t *args) {
  const char *name = text_of(args, "type");
  if (name == NULL) return SS_EVENT_ANY;
  for (int type = SS_EVENT_CREATED; type <= SS_EVENT_IMPORTED; type++) {
    if (strcmp(ss_event_type_name((ss_event_type)type), name) == 0) return (ss_event_type)type;
  }
  return (ss_event_type)UNKNOWN_WORD;
}

static ss_status do_list_events(ss_store *store, const json_t *args, json_t **result,
                                ss_error *error) {
  ss_events_request request;
  ss_event_page page;
  caller_arguments caller = {0};
  ss_events_request_init(&request);
  request.namespace_given = json_object_get(args, "namespace") != NULL;
  request.namespace_name = text_of(args, "namespace");
  request.name = text_of(args, "name");
  request.type = type_of(args);
  request.secret_id = text_of(args, "secretId");
  request.store_log = flag_of(args, "storeLog");
  request.order = order_of(args);
  request.num_items = number_of(args, "numItems", SS_DEFAULT_PAGE_ITEMS);
  request.cursor = text_of(args, "cursor");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_list_events(store, &request, &page, error);
  if (status == SS_OK) {
    json_t *items = json_array();
    for (size_t i = 0; i < page.count; i++) {
      (void)json_array_append_new(items, event_item(&page.items[i]));
    }
    *result = page_result(items, page.is_done, page.continue_cursor);
  }
  ss_event_page_clear(&page);
  free_caller(&caller);
  return status;
}

static ss_status do_rotate_keys(ss_store *store, const json_t *args, json_t **result,
                                ss_error *error) {
  ss_rotate_request request;
  ss_rotate_result done;
  caller_arguments caller = {0};
  ss_rotate_request_init(&request);
  request.from_version = number_of(args, "fromVersion", 0);
  request.batch_size = number_of(args, "batchSize", request.batch_size);
  request.cursor = text_of(args, "cursor");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_rotate_keys(store, &request, &done, error);
  if (status == SS_OK) {
    const bool ended = done.continue_cursor[0] == '\0';
    *result = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "fromVersion",
                        done.from_version, "toVersion", done.to_version, "processed",
                        done.processed, "rotated", done.rotated, "skipped", done.skipped, "failed",
                        done.failed, "isDone", done.is_done, "continueCursor",
                        text_or_null(ended ? NULL : done.continue_cursor));
  }
  free_caller(&caller);
  return status;
}

/* ---- Keys' lives, settings, proof ------------------------------------------------------------ */

static ss_status do_retire_key(ss_store *store, const json_t *args, json_t **result,
                               ss_error *error) {
  ss_retire_request request;
  ss_retire_result retired;
  caller_arguments caller = {0};
  ss_retire_request_init(&request);
  request.version = number_of(args, "version", request.version);
  request.abandon = flag_of(args, "abandon");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_retire_key(store, &request, &retired, error);
  if (status == SS_OK) {
    *result = json_pack("{s:I, s:I, s:I}", "epoch", retired.epoch, "namespaces", retired.namespaces,
                        "faulty", retired.faulty);
  }
  free_caller(&caller);
  return status;
}

static ss_status do_admit_keys(ss_store *store, const json_t *args, json_t **result,
                               ss_error *error) {
  caller_arguments caller = {0};
  int64_t admitted = 0;
  const ss_status status = ss_admit_keys(store, take_caller(args, &caller), &admitted, error);
  if (status == SS_OK) *result = json_integer(admitted);
  free_caller(&caller);
  return status;
}

static ss_status fill_keyring(const json_t *keys, ss_keyring *keyring, ss_error *error) {
  for (size_t i = 0; i < json_array_size(keys); i++) {
    const json_t *key = json_array_get(keys, i);
    const int64_t version = json_integer_value(json_object_get(key, "version"));
    const ss_status status = ss_keyring_add_key(keyring, version, scenario_key_text(key), error);
    if (status != SS_OK) return status;
  }
  return SS_OK;
}

static ss_status do_reload_keys(ss_store *store, const json_t *args, json_t **result,
                                ss_error *error) {
  ss_keyring *keyring = NULL;
  ss_status status = ss_keyring_new(&keyring, error);
  if (status == SS_OK) status = fill_keyring(json_object_get(args, "keys"), keyring, error);
  if (status == SS_OK) status = ss_reload_keys(store, keyring, error);
  if (status == SS_OK) *result = json_null();
  ss_keyring_free(keyring);
  return status;
}

static json_t *settings_result(const ss_store_settings *settings) {
  return json_pack("{s:I}", "eventsMinRetentionMs", settings->events_min_retention_ms);
}

static ss_status do_settings(ss_store *store, const json_t *args, json_t **result,
                             ss_error *error) {
  ss_store_settings settings;
  (void)args;
  const ss_status status = ss_get_store_settings(store, &settings, error);
  if (status == SS_OK) *result = settings_result(&settings);
  return status;
}

static ss_status do_change_settings(ss_store *store, const json_t *args, json_t **result,
                                    ss_error *error) {
  ss_settings_request request;
  ss_store_settings settings;
  caller_arguments caller = {0};
  ss_settings_request_init(&request);
  request.events_min_retention = change_of(args, "eventsMinRetentionMs");
  request.events_min_retention_ms = number_of(args, "eventsMinRetentionMs", 0);
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_change_store_settings(store, &request, &settings, error);
  if (status == SS_OK) *result = settings_result(&settings);
  free_caller(&caller);
  return status;
}

static ss_status do_cleanup_events(ss_store *store, const json_t *args, json_t **result,
                                   ss_error *error) {
  ss_cleanup_result cleaned;
  caller_arguments caller = {0};
  const int64_t retention_ms = number_of(args, "retentionMs", SS_DEFAULT_EVENT_RETENTION_MS);
  const ss_status status =
      ss_cleanup_events(store, retention_ms, take_caller(args, &caller), &cleaned, error);
  if (status == SS_OK) {
    *result = json_pack("{s:I, s:b}", "deleted", cleaned.deleted, "isDone", cleaned.is_done);
  }
  free_caller(&caller);
  return status;
}

static ss_status do_accept(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_accept_request request;
  ss_accept_result accepted;
  caller_arguments caller = {0};
  ss_accept_request_init(&request);
  request.namespace_name = text_of(args, "namespace");
  request.caller = take_caller(args, &caller);
  const ss_status status = ss_accept(store, &request, &accepted, error);
  if (status == SS_OK) {
    *result = json_pack("{s:I, s:I, s:I}", "rows", accepted.rows, "faults", accepted.faults,
                        "sequence", accepted.sequence);
  }
  free_caller(&caller);
  return status;
}

static json_t *faults_of(const ss_verify_report *report) {
  json_t *faults = json_array();
  for (size_t i = 0; i < report->faults_described; i++) {
    const ss_fault *fault = &report->faults[i];
    json_t *item =
        json_pack("{s:s, s:o, s:o, s:I, s:s}", "kind", ss_fault_kind_name(fault->kind), "namespace",
                  text_or_null(fault->namespace_name), "name", text_or_null(fault->name),
                  "sequence", fault->sequence, "message", fault->message);
    (void)json_array_append_new(faults, item);
  }
  return faults;
}

static json_t *report_result(const ss_verify_report *report) {
  return json_pack(
      "{s:s, s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o}", "verdict",
      ss_verdict_name(report->verdict), "isIntact", report->is_intact, "unprovableReason",
      text_or_null(report->unprovable_reason), "namespacesChecked", report->namespaces_checked,
      "eventsChecked", report->events_checked, "storeEventsChecked", report->store_events_checked,
      "rowsChecked", report->rows_checked, "rowsUncheckable", report->rows_uncheckable,
      "headsCompared", report->heads_compared, "headsPruned", report->heads_pruned, "acceptances",
      report->acceptances, "faultsAccepted", report->faults_accepted, "sealAcceptances",
      report->seal_acceptances, "lastAcceptedAt", time_or_null(report->last_accepted_at),
      "faultCount", report->fault_count, "faults", faults_of(report));
}

static ss_status do_verify(ss_store *store, const json_t *args, json_t **result, ss_error *error) {
  ss_verify_report report;
  (void)args;
  const ss_status status = ss_verify(store, NULL, &report, error);
  if (status == SS_OK) *result = report_result(&report);
  ss_verify_report_clear(&report);
  return status;
}

/* ---- The table ----------------------------------------------------------------------------- */

enum { ARGUMENTS_MAX = 10 };

typedef struct operation {
  const char *name;
  ss_status (*run)(ss_store *store, const json_t *args, json_t **result, ss_error *error);
  const char *arguments[ARGUMENTS_MAX];
} operation;

static const operation operations[] = {
    {"put", do_put, {"namespace", "name", "value", "metadata", "ttlMs", "ifRevision", "caller"}},
    {"get", do_get, {"namespace", "name", "caller"}},
    {"getBytes", do_get_bytes, {"namespace", "name", "caller"}},
    {"getOrThrow", do_get_or_throw, {"namespace", "name", "caller"}},
    {"has", do_has, {"namespace", "name", "caller"}},
    {"update",
     do_update,
     {"namespace", "name", "metadata", "expiresAt", "ttlMs", "ifRevision", "caller"}},
    {"remove", do_remove, {"namespace", "name", "ifRevision", "purge", "caller"}},
    {"list", do_list, {"namespace", "order", "numItems", "cursor", "caller"}},
    {"listNamespaces", do_list_namespaces, {"numItems", "cursor", "caller"}},
    {"listEvents",
     do_list_events,
     {"namespace", "name", "type", "secretId", "storeLog", "order", "numItems", "cursor",
      "caller"}},
    {"rotateKeys", do_rotate_keys, {"fromVersion", "batchSize", "cursor", "caller"}},
    {"retireKey", do_retire_key, {"version", "abandon", "caller"}},
    {"admitKeys", do_admit_keys, {"caller"}},
    {"reloadKeys", do_reload_keys, {"keys"}},
    {"settings", do_settings, {NULL}},
    {"changeSettings", do_change_settings, {"eventsMinRetentionMs", "caller"}},
    {"cleanupEvents", do_cleanup_events, {"retentionMs", "caller"}},
    {"accept", do_accept, {"namespace", "caller"}},
    {"verify", do_verify, {NULL}},
};

/* A value is text or {"base64": ...}; there is no put without one. */
static bool value_is_well_formed(const char *called, const json_t *args) {
  static const char *const members[] = {"base64", NULL};
  const json_t *value = json_object_get(args, "value");
  if (strcmp(called, "put") != 0) return true;
  if (json_is_string(value)) return true;
  byte_buffer bytes = {0};
  const char *encoded = json_string_value(json_object_get(value, "base64"));
  const bool decodes =
      encoded != NULL && base64_decode(BASE64_STANDARD, text_view_of(encoded), &bytes);
  buffer_clear(&bytes);
  if (decodes && scenario_has_only(value, "value", members)) return true;
  (void)fprintf(stderr, "scenario: value takes text or {\"base64\": ...}\n");
  return false;
}

static bool caller_is_well_formed(const json_t *args) {
  static const char *const members[] = {"actor", "context", NULL};
  const json_t *caller = json_object_get(args, "caller");
  return scenario_member_is(args, "caller", JSON_OBJECT) &&
         scenario_has_only(caller, "caller", members) &&
         scenario_member_is(caller, "actor", JSON_STRING) &&
         scenario_member_is(caller, "context", JSON_OBJECT);
}

/* Whatever the operation: an argument has one type everywhere. */
static bool arguments_are_well_formed(const char *called, const json_t *args) {
  static const char *const texts[] = {"namespace", "name",   "type", "secretId",
                                      "order",     "cursor", NULL};
  static const char *const integers[] = {
      "ttlMs",   "expiresAt",   "ifRevision",           "numItems", "fromVersion", "batchSize",
      "version", "retentionMs", "eventsMinRetentionMs", NULL};
  static const char *const booleans[] = {"purge", "storeLog", "abandon", NULL};
  bool well_formed = value_is_well_formed(called, args) && caller_is_well_formed(args) &&
                     scenario_keys_are_well_formed(args) &&
                     scenario_member_is(args, "metadata", JSON_OBJECT);
  for (const char *const *name = texts; *name != NULL; name++) {
    well_formed = scenario_member_is(args, *name, JSON_STRING) && well_formed;
  }
  for (const char *const *name = integers; *name != NULL; name++) {
    well_formed = scenario_member_is(args, *name, JSON_INTEGER) && well_formed;
  }
  for (const char *const *name = booleans; *name != NULL; name++) {
    well_formed = scenario_member_is_boolean(args, *name) && well_formed;
  }
  return well_formed;
}

bool scenario_operation(ss_store *store, const char *name, const json_t *args, ss_status *status,
                        json_t **result, ss_error *error) {
  *result = NULL;
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
    if (strcmp(operations[i].name, name) != 0) continue;
    if (!scenario_has_only(args, name, operations[i].arguments)) return false;
    if (!arguments_are_well_formed(name, args)) return false;
    *status = operations[i].run(store, args, result, error);
    return true;
  }
  (void)fprintf(stderr, "scenario: no operation \"%s\"\n", name);
  return false;
}
