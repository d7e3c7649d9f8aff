/* export: secrets as JSON lines, still encrypted. Each row's DEK is unwrapped, which authenticates
 * the row, and wrapped for the target; the value's ciphertext goes out as it is.
 *
 * One snapshot serves for all, without keeping writers waiting. It writes nothing into the store:
 * the wraps made under the store's own active key must fit what is left of its budget, and are not
 * taken out of it (see docs/security.md). */
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"
#include "engine/operations/walk.h"
#include "engine/transfer/portable_frame.h"

typedef struct export_job {
  ss_store *store;
  scratch *scratch;
  storage_session *session;
  const ss_export_request *request;
  ss_export_report *report;
  arena *memory; /* the report's */
  transfer_faults faults;
  envelope *sealer;
  envelope *owned_sealer; /* for target_keys; NULL: the scratch's is used */
  int64_t key_version;    /* that wraps */
  portable_frame frame;
  byte_buffer line;
  text_view only_namespace;
  text_view namespace_name; /* of the namespace at hand */
  int64_t namespace_id;
  gate gate;
} export_job;

static void export_job_clear(export_job *job) {
  storage_end(&job->session);
  gate_end(&job->gate);
  envelope_free(job->owned_sealer);
  portable_frame_clear(&job->frame);
  buffer_clear(&job->line);
}

/* ---- Writing ------------------------------------------------------------------------------- */

static ss_status write_line(export_job *job, ss_error *error) {
  buffer_append_text(&job->line, "\n");
  GUARD(buffer_status(&job->line, error));
  const ss_export_request *request = job->request;
  host_visit visit;
  host_enter(job->store, &visit);
  const bool taken =
      request->write(request->write_context, (const char *)job->line.data, job->line.length);
  host_return(&visit);
  buffer_reset(&job->line);
  GUARD(cancellation_check(&job->store->cancellation, error));
  return taken ? SS_OK
               : error_set(error, SS_STORAGE_FAILED, "the export was stopped by its writer");
}

static ss_status write_covered_line(export_job *job, ss_error *error) {
  GUARD(buffer_status(&job->line, error));
  if (job->request->format == SS_EXPORT_PORTABLE) {
    GUARD(portable_frame_cover(&job->frame, buffer_view(&job->line), error));
  }
  return write_line(job, error);
}

static void append_base64_field(byte_buffer *line, const char *start, byte_view bytes) {
  buffer_append_text(line, start);
  base64_encode(BASE64_URL, bytes.data, bytes.length, line);
  buffer_append_text(line, "\"");
}

static void append_number_field(byte_buffer *line, const char *start, int64_t number) {
  buffer_append_text(line, start);
  buffer_append_integer(line, number);
}

static void append_sealed_fields(byte_buffer *line, int64_t key_version, const secret_record *row,
                                 const wrapped_key *wrapped) {
  append_base64_field(line, ",\"encryptedValue\":\"", row->value);
  append_base64_field(line, ",\"iv\":\"", row->iv);
  append_base64_field(line, ",\"wrappedDEK\":\"",
                      (byte_view){wrapped->bytes, sizeof wrapped->bytes});
  append_base64_field(line, ",\"dekIv\":\"", (byte_view){wrapped->iv, sizeof wrapped->iv});
  append_number_field(line, ",\"keyVersion\":", key_version);
}

/* As the component has it: what is absent is left out. */
static void append_component_row(export_job *job, text_view namespace_name, text_view name,
                                 const secret_record *row, const wrapped_key *wrapped) {
  byte_buffer *line = &job->line;
  buffer_append_text(line, "{\"name\":");
  json_append_string(line, name);
  if (namespace_name.data != NULL) {
    buffer_append_text(line, ",\"namespace\":");
    json_append_string(line, namespace_name);
  }
  append_sealed_fields(line, job->key_version, row, wrapped);
  if (row->metadata.data != NULL) {
    buffer_append_text(line, ",\"metadata\":");
    buffer_append(line, row->metadata.data, row->metadata.length);
  }
  if (row->expires_at != SS_NO_EXPIRY) {
    append_number_field(line, ",\"expiresAt\":", row->expires_at);
  }
  append_number_field(line, ",\"updatedAt\":", row->updated_at);
  append_number_field(line, ",\"_creationTime\":", row->created_at);
  buffer_append_text(line, "}");
}

static void append_portable_row(export_job *job, text_view namespace_name, text_view name,
                                const secret_record *row, const wrapped_key *wrapped) {
  byte_buffer *line = &job->line;
  buffer_append_text(line, "{\"namespace\":");
  json_append_string(line, namespace_name);
  buffer_append_text(line, ",\"name\":");
  json_append_string(line, name);
  append_sealed_fields(line, job->key_version, row, wrapped);
  buffer_append_text(line, ",\"metadata\":");
  json_append_string(line, row->metadata);
  buffer_append_text(line, ",\"expiresAt\":");
  json_append_time(line, row->expires_at);
  append_number_field(line, ",\"createdAt\":", row->created_at);
  append_number_field(line, ",\"updatedAt\":", row->updated_at);
  append_number_field(line, ",\"revision\":", row->revision);
  buffer_append_text(line, "}");
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static ss_status wrap_for_target(export_job *job, text_view namespace_name, text_view name,
                                 const secret_record *row, const dek *key, wrapped_key *wrapped,
                                 ss_error *error) {
  GUARD(random_public(wrapped->iv, sizeof wrapped->iv, error));
  if (job->request->format == SS_EXPORT_COMPONENT) {
    return envelope_wrap_component_dek(job->sealer, namespace_name, name, job->key_version, key,
                                       wrapped, error);
  }
  dek_binding binding = row_binding(job->store, namespace_name, name, row);
  binding.store_id = job->frame.export_id;
  binding.key_version = job->key_version;
  return envelope_wrap_portable_dek(job->sealer, &binding, key, wrapped, error);
}

/* Authenticates the value too: an export of something unreadable is found out too late. */
static ss_status open_row(export_job *job, text_view namespace_name, text_view name,
                          const secret_record *row, dek *key, ss_error *error) {
  envelope *opener = job->scratch->envelope;
  GUARD(row_unwrap_dek(job->store, job->scratch, namespace_name, name, row, key, error));
  unsigned char *value = memory_new_unfilled(row->value.length);
  if (value == NULL) return error_out_of_memory(error);
  const ss_status status =
      envelope_open_value(opener, key, row->iv, namespace_name, name, row->value, value, error);
  memory_wipe_and_free(value, row->value.length);
  return status;
}

static bool is_the_rows_own_fault(ss_status status) {
  return status == SS_DECRYPTION_FAILED || status == SS_UNSUPPORTED ||
         status == SS_KEY_VERSION_UNAVAILABLE || status == SS_POLICY_DENIED;
}

/* Of a row that the policy keeps from the caller the report gives no name. */
static ss_status report_row(export_job *job, text_view namespace_name, text_view name,
                            ss_error *error) {
  static const text_view unknown = {0};
  const ss_error why = *error;
  const bool denied = why.code == SS_POLICY_DENIED;
  error_clear(error);
  return transfer_faults_add(&job->faults, 0, denied ? unknown : namespace_name,
                             denied ? unknown : name, &why, error);
}

static ss_status export_found(export_job *job, text_view namespace_name, text_view name,
                              const secret_record *row, ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  wrapped_key wrapped;
  ss_status status = gate_pass(&job->gate, namespace_name, name, row, error);
  if (status == SS_OK) status = open_row(job, namespace_name, name, row, &key, error);
  if (job->request->skip_failed && is_the_rows_own_fault(status)) {
    return report_row(job, namespace_name, name, error);
  }
  GUARD(status);
  GUARD(wrap_for_target(job, namespace_name, name, row, &key, &wrapped, error));
  if (job->request->format == SS_EXPORT_COMPONENT) {
    append_component_row(job, namespace_name, name, row, &wrapped);
  } else {
    append_portable_row(job, namespace_name, name, row, &wrapped);
  }
  job->report->exported++;
  return write_covered_line(job, error);
}

static ss_status export_secret(void *context, text_view name, bool *stop, ss_error *error) {
  export_job *job = context;
  secret_record row = {0};
  bool found = false;
  *stop = false;
  GUARD(storage_find_secret(job->session, job->namespace_id, name, &row, &found, error));
  return found ? export_found(job, job->namespace_name, name, &row, error) : SS_OK;
}

/* ---- Walking ------------------------------------------------------------------------------- */

static ss_status export_namespace(export_job *job, text_view namespace_name, int64_t namespace_id,
                                  ss_error *error) {
  job->namespace_name = namespace_name;
  job->namespace_id = namespace_id;
  return walk_secrets(job->session, namespace_id, export_secret, job, NULL, error);
}

static ss_status visit_namespace(void *context, text_view name, const namespace_record *record,
                                 bool *stop, ss_error *error) {
  *stop = false;
  return export_namespace(context, name, record->id, error);
}

static ss_status export_all(export_job *job, ss_error *error) {
  return walk_namespaces(job->session, job->memory, visit_namespace, job, error);
}

static ss_status export_one_namespace(export_job *job, ss_error *error) {
  int64_t id = 0;
  bool found = false;
  GUARD(storage_find_namespace(job->session, job->only_namespace, &id, &found, error));
  return found ? export_namespace(job, job->only_namespace, id, error) : SS_OK;
}

/* ---- The wraps' budget --------------------------------------------------------------------- */

/* One wrap a secret, and one for the export's key. */
static ss_status check_budget(export_job *job, ss_error *error) {
  storage_totals totals = {0};
  kek_record kek = {.version = job->key_version};
  bool found = false;
  if (job->owned_sealer != NULL) return SS_OK;
  GUARD(storage_measure(job->session, &totals, error));
  GUARD(storage_find_kek(job->session, job->key_version, &kek, &found, error));
  return wrap_budget_foresee(&kek, totals.secret_count + 1, &job->store->log, error);
}

/* ---- The call ------------------------------------------------------------------------------ */

static ss_status write_export(export_job *job, ss_error *error) {
  const bool portable = job->request->format == SS_EXPORT_PORTABLE;
  GUARD(check_budget(job, error));
  if (portable) {
    GUARD(portable_frame_begin(&job->frame, &job->store->suite, job->sealer, job->key_version,
                               job->store->store_id, clock_now_ms(&job->store->clock), &job->line,
                               error));
    GUARD(write_covered_line(job, error));
  }
  GUARD(job->request->namespace_given ? export_one_namespace(job, error) : export_all(job, error));
  if (!portable) return SS_OK;
  portable_frame_end(&job->frame, &job->line);
  return write_line(job, error);
}

static ss_status check_request(export_job *job, ss_error *error) {
  const ss_export_request *request = job->request;
  text_view actor;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_caller(request->caller, &actor, error));
  if (request->namespace_given) {
    GUARD(request_check_namespace(request->namespace_name, &job->only_namespace, error));
  }
  if (request->format != SS_EXPORT_PORTABLE && request->format != SS_EXPORT_COMPONENT) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "format: expected SS_EXPORT_PORTABLE or _COMPONENT, got %d",
                     (int)request->format);
  }
  if (request->write == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "write: expected a callback, got none");
  }
  if (request->target_keys != NULL && request->target_keys->ring.count == 0) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "target_keys: expected at least one key, got none");
  }
  return SS_OK;
}

static ss_status prepare(export_job *job, ss_error *error) {
  const ss_keyring *target = job->request->target_keys;
  job->sealer = job->scratch->envelope;
  job->key_version = scratch_active_key(job->scratch)->version;
  if (target != NULL) {
    GUARD(envelope_new(&job->store->suite, &target->ring, &job->owned_sealer, error));
    job->sealer = job->owned_sealer;
    job->key_version = keyring_active(&target->ring)->version;
  }
  job->memory = arena_new();
  if (job->memory == NULL) return error_out_of_memory(error);
  job->report->memory = job->memory;
  return transfer_faults_init(&job->faults, job->memory, error);
}

static ss_status export_in(store_call *call, const ss_export_request *request,
                           ss_export_report *report) {
  export_job job ON_SCOPE_EXIT(export_job_clear) = {
      .store = call->store,
      .request = request,
      .report = report,
  };
  ss_error *error = call->error;
  GUARD(check_request(&job, error));
  GUARD(gate_begin(&job.gate, call->store, "export", request->caller, error));
  GUARD(store_call_scratch(call, &job.scratch));
  GUARD(prepare(&job, error));
  GUARD(storage_begin_snapshot(call->store->storage, &job.session, error));
  GUARD(write_export(&job, error));
  report->failed = job.faults.count;
  report->faults = job.faults.items;
  report->faults_described = job.faults.described;
  return SS_OK;
}

ss_status ss_export(ss_store *store, const ss_export_request *request, ss_export_report *report,
                    ss_error *error) {
  if (report == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "report: expected a place for it, got none");
  }
  *report = (ss_export_report){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_EXPORT, &call, error));
  const ss_status status = export_in(&call, request, report);
  if (status != SS_OK) ss_export_report_clear(report);
  return store_leave(&call, status);
}

void ss_export_report_clear(ss_export_report *report) {
  if (report == NULL) return;
  arena_free(report->memory);
  *report = (ss_export_report){0};
}
