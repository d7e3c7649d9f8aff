/* import: rows of the Convex component, or of a portable export, into the store.
 *
 * First all lines are read and every row authenticated, without a lock. Then the rows are sorted by
 * namespace, which is the order in which transactions lock, and stored: all in one transaction, or
 * in batches of those that can be. A dry run, and an import that refused a row and must be whole,
 * look up what is there instead, so that the report is complete. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/change.h"
#include "engine/change/root_change.h"
#include "engine/operations/arguments.h"
#include "engine/transfer/import_row.h"

enum { ROWS_PER_BATCH = 100, FIRST_CAPACITY = 256 };

typedef struct import_job {
  ss_store *store;
  scratch *scratch;
  const ss_import_request *request;
  ss_import_report *report;
  text_view actor;
  arena *memory;
  transfer_faults faults;
  envelope *opener;
  envelope *owned_opener; /* for source_keys; NULL: the scratch's is used */
  import_format format;
  portable_frame frame;
  bool ended; /* a portable export's last line was read */
  import_row *rows;
  size_t count;
  size_t capacity;
  byte_buffer plaintext;
  gate gate;
} import_job;

static void import_job_clear(import_job *job) {
  gate_end(&job->gate);
  envelope_free(job->owned_opener);
  portable_frame_clear(&job->frame);
  memory_free(job->rows);
  buffer_clear(&job->plaintext);
}

/* ---- Refusing ------------------------------------------------------------------------------ */

/* What is a row's own fault does not end the import. */
static bool is_the_rows_own_fault(ss_status status) {
  switch (status) {
    case SS_INVALID_ARGUMENT:
    case SS_VALUE_TOO_LARGE:
    case SS_CONFLICT:
    case SS_KEY_VERSION_UNAVAILABLE:
    case SS_DECRYPTION_FAILED:
    case SS_UNSUPPORTED:
    case SS_POLICY_DENIED: return true;
    default: return false;
  }
}

static ss_status refuse(import_job *job, import_row *row, ss_error *error) {
  const ss_error why = *error;
  row->refused = true;
  error_clear(error);
  return transfer_faults_add(&job->faults, row->line, row->namespace_name, row->name, &why, error);
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* A row is judged as a put of it would be, except that what the secret is now is not known yet.
 * What normalize and defaults make of its metadata is kept. */
static ss_status pass_gate(import_job *job, import_row *row, byte_view value, ss_error *error) {
  policy_subject *subject = &job->gate.subject;
  if (gate_is_open(&job->gate)) return SS_OK;
  gate_set_target(&job->gate, row->namespace_name, row->name, NULL);
  subject->writes_expiry = true;
  subject->expires_at = row->expires_at;
  subject->writes_metadata = true;
  subject->metadata = row->metadata;
  subject->has_value = true;
  subject->value = value;
  GUARD(gate_judge(&job->gate, error));
  if (subject->metadata.data == row->metadata.data) return SS_OK;
  row->new_metadata = subject->metadata;
  row->has_new_metadata = true;
  if (subject->metadata.data == NULL) return SS_OK;
  const char *kept = arena_copy_text(job->memory, subject->metadata);
  if (kept == NULL) return error_out_of_memory(error);
  row->new_metadata.data = kept;
  return SS_OK;
}

static ss_status authenticate(import_job *job, import_row *row, ss_error *error) {
  const size_t value_length = row->value.length - GCM_TAG_BYTES;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  if (value_length > job->store->max_value_bytes) {
    return error_set(error, SS_VALUE_TOO_LARGE, "value: expected at most %zu bytes, got %zu",
                     job->store->max_value_bytes, value_length);
  }
  GUARD(import_row_unwrap(row, job->format, job->frame.export_id, job->opener, &key, error));
  buffer_reset(&job->plaintext);
  unsigned char *value = buffer_extend(&job->plaintext, value_length + 1);
  GUARD(buffer_status(&job->plaintext, error));
  ss_status status = envelope_open_value(job->opener, &key, row->iv, row->namespace_name, row->name,
                                         row->value, value, error);
  if (status == SS_OK) status = pass_gate(job, row, (byte_view){value, value_length}, error);
  memory_wipe(job->plaintext.data, job->plaintext.length);
  return status;
}

static ss_status add_row(import_job *job, const import_row *row, ss_error *error) {
  if (job->count == job->capacity) {
    const size_t capacity = job->capacity == 0 ? FIRST_CAPACITY : 2 * job->capacity;
    import_row *grown = memory_new_unfilled(capacity * sizeof *grown);
    if (grown == NULL) return error_out_of_memory(error);
    if (job->count > 0) memcpy(grown, job->rows, job->count * sizeof *grown);
    memory_free(job->rows);
    job->rows = grown;
    job->capacity = capacity;
  }
  job->rows[job->count++] = *row;
  return SS_OK;
}

static ss_status read_row(import_job *job, int64_t number, text_view line, ss_error *error) {
  import_row row = {.line = number};
  ss_status status =
      import_row_read(&row, &job->store->suite, job->format, line, job->memory, error);
  if (status == SS_OK) status = authenticate(job, &row, error);
  if (is_the_rows_own_fault(status)) return refuse(job, &row, error);
  GUARD(status);
  return add_row(job, &row, error);
}

static ss_status broken_export(const char *how, int64_t number, ss_error *error) {
  return error_set(error, SS_DECRYPTION_FAILED, "line %lld: %s", (long long)number, how);
}

static ss_status read_portable_line(import_job *job, int64_t number, text_view line,
                                    ss_error *error) {
  bool authentic = false;
  if (job->ended) return broken_export("more text behind the end of the export", number, error);
  bool is_end = false;
  GUARD(portable_check_end(&job->frame, line, &is_end, &authentic, error));
  if (is_end) {
    job->ended = true;
    return authentic ? SS_OK
                     : broken_export(
                           "the export does not authenticate: lines were changed, added, "
                           "moved or removed",
                           number, error);
  }
  const byte_view bytes = {(const unsigned char *)line.data, line.length};
  GUARD(portable_frame_cover(&job->frame, bytes, error));
  return read_row(job, number, line, error);
}

/* The first line that is not blank tells the format. */
static ss_status read_first_line(import_job *job, int64_t number, text_view line, ss_error *error) {
  if (!portable_is_header(line)) {
    job->format = IMPORT_COMPONENT;
    return read_row(job, number, line, error);
  }
  job->format = IMPORT_PORTABLE;
  GUARD(portable_frame_open(&job->frame, &job->store->suite, job->opener, line, error));
  const byte_view bytes = {(const unsigned char *)line.data, line.length};
  return portable_frame_cover(&job->frame, bytes, error);
}

static text_view next_line(text_view *rest) {
  const char *newline = memchr(rest->data, '\n', rest->length);
  text_view line = {rest->data, newline == NULL ? rest->length : (size_t)(newline - rest->data)};
  const size_t taken = line.length + (newline != NULL);
  rest->data += taken;
  rest->length -= taken;
  if (line.length > 0 && line.data[line.length - 1] == '\r') line.length--;
  return line;
}

static bool is_blank(text_view line) {
  for (size_t i = 0; i < line.length; i++) {
    if (line.data[i] != ' ' && line.data[i] != '\t') return false;
  }
  return true;
}

static ss_status read_lines(import_job *job, ss_error *error) {
  text_view rest = {job->request->text, job->request->text_length};
  bool is_first = true;
  for (int64_t number = 1; rest.length > 0; number++) {
    const text_view line = next_line(&rest);
    GUARD(cancellation_check(&job->store->cancellation, error));
    if (is_blank(line)) continue;
    if (is_first) {
      GUARD(read_first_line(job, number, line, error));
    } else if (job->format == IMPORT_PORTABLE) {
      GUARD(read_portable_line(job, number, line, error));
    } else {
      GUARD(read_row(job, number, line, error));
    }
    is_first = false;
  }
  if (is_first) return error_set(error, SS_INVALID_ARGUMENT, "text: expected rows, got none");
  if (job->format == IMPORT_PORTABLE && !job->ended) {
    return error_set(error, SS_DECRYPTION_FAILED,
                     "the portable export has no last line: its end was cut off");
  }
  return SS_OK;
}

/* ---- Sorting ------------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b) {
  const import_row *x = a;
  const import_row *y = b;
  int order = text_view_compare(x->namespace_name, y->namespace_name);
  if (order == 0) order = text_view_compare(x->name, y->name);
  return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static ss_status refuse_duplicates(import_job *job, ss_error *error) {
  const import_row *kept = &job->rows[0];
  for (size_t i = 1; i < job->count; i++) {
    import_row *row = &job->rows[i];
    const bool same = text_view_equals(row->namespace_name, kept->namespace_name) &&
                      text_view_equals(row->name, kept->name);
    if (!same) {
      kept = row;
      continue;
    }
    (void)error_set(error, SS_CONFLICT, "the secret stands in line %lld already",
                    (long long)kept->line);
    GUARD(refuse(job, row, error));
  }
  return SS_OK;
}

/* ---- Looking up ---------------------------------------------------------------------------- */

/* Whether the row may be stored; SS_CONFLICT if not. skip: it is not to be, and that is fine. */
static ss_status judge_existing(const import_job *job, const secret_record *current, bool *skip,
                                ss_error *error) {
  *skip = job->request->existing == SS_EXISTING_SKIP;
  if (*skip || job->request->existing == SS_EXISTING_REPLACE) return SS_OK;
  return error_set(error, SS_CONFLICT, "the secret exists already, at revision %lld",
                   (long long)current->revision);
}

static ss_status foresee_row(import_job *job, storage_session *session, import_row *row,
                             ss_error *error) {
  secret_record current = {0};
  bool found = false;
  bool skip = false;
  GUARD(storage_look_up_secret(session, row->namespace_name, row->name, SECRET_HEADER, &current,
                               &found, error));
  if (!found) {
    job->report->imported++;
    return SS_OK;
  }
  if (judge_existing(job, &current, &skip, error) != SS_OK) return refuse(job, row, error);
  *(skip ? &job->report->skipped : &job->report->replaced) += 1;
  return SS_OK;
}

static ss_status foresee(import_job *job, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_read(job->store->storage, &session, error));
  for (size_t i = 0; i < job->count; i++) {
    GUARD(storage_session_check(session, error));
    if (!job->rows[i].refused) GUARD(foresee_row(job, session, &job->rows[i], error));
  }
  return SS_OK;
}

/* ---- Storing ------------------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

/* A new secret keeps the source's revision and times, as far as they are past. */
static void keep_history(const import_row *row, change *self) {
  secret_record *record = &self->row;
  record->revision = row->revision == 0 ? 1 : row->revision;
  record->updated_at = earlier(row->updated_at, self->tx->now);
  record->created_at = earlier(row->created_at, record->updated_at);
}

/* What is handed on from a row that is replaced must be authentic, as for a put. */
static ss_status check_current(change *self, ss_error *error) {
  const ss_status status = change_authenticate(self, error);
  if (status != SS_OK && status != SS_KEY_VERSION_UNAVAILABLE) return status;
  return change_compare(self, error);
}

/* It was judged as it was read; this is what the row is to say, and what enrich sees of it. */
static void propose(const import_row *row, change *self) {
  self->gate->subject.metadata = row->has_new_metadata ? row->new_metadata : row->metadata;
  self->gate->subject.expires_at = row->expires_at;
}

static ss_status compose(const import_row *row, change *self, ss_error *error) {
  if (self->found) GUARD(check_current(self, error));
  propose(row, self);
  GUARD(change_compose(self, self->found ? CHANGE_REPLACES : CHANGE_CREATES, error));
  if (!self->found) keep_history(row, self);
  self->row.iv = row->iv;
  self->row.value = row->value;
  self->row.value_digest = (byte_view){row->value_digest, sizeof row->value_digest};
  return SS_OK;
}

static const char created_detail[] = "{\"source\":\"import\"}";
static const char replaced_detail[] =
    "{\"changed\":[\"value\",\"metadata\",\"expiry\"],\"source\":\"import\"}";

static ss_status apply(const import_job *job, const import_row *row, change *self,
                       ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  const text_view detail = text_view_of(self->found ? replaced_detail : created_detail);
  GUARD(import_row_unwrap(row, job->format, job->frame.export_id, job->opener, &key, error));
  GUARD(change_apply(self, &key, detail, error));
  *(self->found ? &job->report->replaced : &job->report->imported) += 1;
  return SS_OK;
}

static ss_status store_found(import_job *job, import_row *row, change *self, ss_error *error) {
  bool skip = false;
  ss_status status = self->found ? judge_existing(job, &self->current, &skip, error) : SS_OK;
  if (skip) {
    job->report->skipped++;
    return SS_OK;
  }
  if (status == SS_OK) status = compose(row, self, error);
  if (is_the_rows_own_fault(status)) return refuse(job, row, error);
  GUARD(status);
  return apply(job, row, self, error);
}

static ss_status store_row(import_job *job, transaction *tx, import_row *row, ss_error *error) {
  change found ON_SCOPE_EXIT(change_clear);
  change_begin(&found, tx->store, tx->scratch, &job->gate);
  found.namespace_name = row->namespace_name;
  found.name = row->name;
  found.actor = job->actor;
  GUARD(storage_session_check(tx->session, error));
  GUARD(change_find(&found, tx, true, error));
  return store_found(job, row, &found, error);
}

/* Rows from .. to, and the report as it was before. */
typedef struct import_batch {
  import_job *job;
  size_t from;
  size_t to;
  ss_import_report before;
} import_batch;

static int64_t stored_in(const ss_import_report *report) {
  return report->imported + report->replaced;
}

static ss_status log_rows(const import_job *job, transaction *tx, int64_t rows, ss_error *error) {
  char detail[40];
  (void)snprintf(detail, sizeof detail, "{\"rows\":%lld}", (long long)rows);
  return root_change_note(tx, SS_EVENT_IMPORTED, job->actor, text_view_of(detail), error);
}

/* In a whole import a refusal leaves nothing. A refused row stays refused,
 * should this run again. */
static ss_status store_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  const import_batch *self = context;
  import_job *job = self->job;
  *job->report = self->before;
  GUARD(storage_lock_store(tx->session, error)); /* before any namespace's lock */
  for (size_t i = self->from; i < self->to; i++) {
    if (!job->rows[i].refused) GUARD(store_row(job, tx, &job->rows[i], error));
  }
  *changed = job->request->partial || job->faults.count == 0;
  const int64_t rows = stored_in(job->report) - stored_in(&self->before);
  return *changed && rows > 0 ? log_rows(job, tx, rows, error) : SS_OK;
}

static ss_status store_rows(import_job *job, size_t from, size_t to, ss_error *error) {
  import_batch batch = {.job = job, .from = from, .to = to, .before = *job->report};
  return transaction_run(job->store, job->scratch, &job->gate, store_body, &batch, error);
}

static ss_status store_in_batches(import_job *job, ss_error *error) {
  for (size_t from = 0; from < job->count; from += ROWS_PER_BATCH) {
    const size_t left = job->count - from;
    GUARD(store_rows(job, from, from + (left < ROWS_PER_BATCH ? left : ROWS_PER_BATCH), error));
  }
  return SS_OK;
}

/* ---- The call ------------------------------------------------------------------------------ */

static int compare_faults(const void *a, const void *b) {
  const ss_transfer_fault *x = a;
  const ss_transfer_fault *y = b;
  return (x->line > y->line) - (x->line < y->line);
}

static ss_status conclude(import_job *job, ss_error *error) {
  ss_import_report *report = job->report;
  transfer_faults *faults = &job->faults;
  if (faults->described > 1) {
    qsort(faults->items, faults->described, sizeof *faults->items, compare_faults);
  }
  report->refused = faults->count;
  report->faults = faults->items;
  report->faults_described = faults->described;
  report->is_stored = !job->request->dry_run && (job->request->partial || faults->count == 0);
  if (report->is_stored || job->request->dry_run) return SS_OK;
  const ss_transfer_fault *first = &faults->items[0];
  report->imported = 0;
  report->replaced = 0;
  return error_set(error, first->code,
                   "%lld %s refused, so nothing was imported; the first is in line %lld: %s",
                   (long long)faults->count, faults->count == 1 ? "row was" : "rows were",
                   (long long)first->line, first->message);
}

static ss_status import_rows(import_job *job, ss_error *error) {
  const ss_import_request *request = job->request;
  GUARD(read_lines(job, error));
  if (job->count > 1) {
    qsort(job->rows, job->count, sizeof *job->rows, compare_rows);
    GUARD(refuse_duplicates(job, error));
  }
  const bool only_look = request->dry_run || (!request->partial && job->faults.count > 0);
  if (job->count > 0) {
    GUARD(only_look          ? foresee(job, error)
          : request->partial ? store_in_batches(job, error)
                             : store_rows(job, 0, job->count, error));
  }
  return conclude(job, error);
}

static ss_status prepare(import_job *job, ss_error *error) {
  const ss_import_request *request = job->request;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_caller(request->caller, &job->actor, error));
  if (request->text == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "text: expected rows, got none");
  }
  if (request->existing != SS_EXISTING_REFUSE && request->existing != SS_EXISTING_SKIP &&
      request->existing != SS_EXISTING_REPLACE) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "existing: expected SS_EXISTING_REFUSE, _SKIP or _REPLACE, got %d",
                     (int)request->existing);
  }
  GUARD(gate_begin(&job->gate, job->store, "import", request->caller, error));
  job->opener = job->scratch->envelope;
  if (request->source_keys != NULL) {
    GUARD(envelope_new(&job->store->suite, &request->source_keys->ring, &job->owned_opener, error));
    job->opener = job->owned_opener;
  }
  job->memory = arena_new();
  if (job->memory == NULL) return error_out_of_memory(error);
  job->report->memory = job->memory;
  return transfer_faults_init(&job->faults, job->memory, error);
}

static ss_status import_in(store_call *call, const ss_import_request *request,
                           ss_import_report *report) {
  import_job job ON_SCOPE_EXIT(import_job_clear) = {
      .store = call->store,
      .request = request,
      .report = report,
  };
  GUARD(store_call_scratch(call, &job.scratch));
  GUARD(prepare(&job, call->error));
  return import_rows(&job, call->error);
}

ss_status ss_import(ss_store *store, const ss_import_request *request, ss_import_report *report,
                    ss_error *error) {
  if (report == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "report: expected a place for it, got none");
  }
  *report = (ss_import_report){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_IMPORT, &call, error));
  const ss_status status = import_in(&call, request, report);
  if (status != SS_OK && report->refused == 0) ss_import_report_clear(report);
  return store_leave(&call, status);
}

void ss_import_report_clear(ss_import_report *report) {
  if (report == NULL) return;
  arena_free(report->memory);
  *report = (ss_import_report){0};
}
