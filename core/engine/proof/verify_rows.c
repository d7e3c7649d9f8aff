/* verify's look at the rows of one namespace: each authenticates, value included; each living one is
 * as its last event left it; and all together they are what the head says. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/row.h"
#include "engine/change/state_scan.h"
#include "engine/proof/verification.h"
#include "engine/store/host.h"

enum { ROWS_PER_PROGRESS = 200, MESSAGE_CAPACITY = 256 };

static const char *what_it_is(row_table table) {
  switch (table) {
    case ROWS_OF_SECRETS: return "the row";
    case ROWS_OF_VERSIONS: return "an earlier version";
    case ROWS_OF_REMOVED: return "the row of the removed secret";
  }
  return "a row";
}

/* ---- Authentic ------------------------------------------------------------------------------- */

/* Decrypts the value into memory that is wiped at once. */
static ss_status open_value(verification *self, text_view name, const secret_record *row,
                            ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  GUARD(row_unwrap_dek(self->store, self->scratch, self->namespace_name, name, row, &key, error));
  unsigned char *value = memory_new_unfilled(row->value.length);
  if (value == NULL) return error_out_of_memory(error);
  const ss_status status = envelope_open_value(
      self->scratch->envelope, &key, row->iv, self->namespace_name, name, row->value, value, error);
  memory_wipe_and_free(value, row->value.length);
  return status;
}

/* What the log says that the row should be. */
static ss_status add_row_fault(verification *self, row_table table, const secret_record *row,
                               ss_error *error) {
  char message[MESSAGE_CAPACITY];
  const link_entry *last = table == ROWS_OF_SECRETS ? links_find(&self->links, row->id) : NULL;
  int length = snprintf(message, sizeof message,
                        "%s or its value does not authenticate: it was changed, moved or damaged",
                        what_it_is(table));
  if (last != NULL && last->lives) {
    (void)snprintf(message + length, sizeof message - (size_t)length,
                   "; its last event, %lld, left revision %lld", (long long)last->sequence,
                   (long long)last->revision);
  }
  return verification_add_fault(self, SS_FAULT_ROW_NOT_AUTHENTIC, row->name,
                                last == NULL ? 0 : last->sequence, message, error);
}

static ss_status check_authentic(verification *self, row_table table, const secret_record *row,
                                 ss_error *error) {
  const ss_status opened = open_value(self, row->name, row, error);
  self->report->rows_checked++;
  if (opened == SS_KEY_VERSION_UNAVAILABLE) {
    self->report->rows_uncheckable++;
    error_clear(error);
    return SS_OK;
  }
  if (opened != SS_DECRYPTION_FAILED && opened != SS_UNSUPPORTED) return opened;
  error_clear(error);
  return add_row_fault(self, table, row, error);
}

/* ---- Current --------------------------------------------------------------------------------- */

static ss_status check_current(verification *self, const secret_record *row,
                               const unsigned char digest[SHA256_BYTES], ss_error *error) {
  link_entry *last = links_find(&self->links, row->id);
  if (last == NULL && self->links.allows_strangers) return SS_OK;
  if (last == NULL) {
    return verification_add_fault(self, SS_FAULT_ROW_WITHOUT_EVENT, row->name, 0,
                                  "a row that no event of the log created", error);
  }
  last->is_there = true;
  if (last->lives && memcmp(last->digest, digest, SHA256_BYTES) == 0) return SS_OK;
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message,
                 last->lives ? "the row is not as its last event left it, at revision %lld: it was "
                               "put back to an older state, or changed"
                             : "a row that was deleted, at revision %lld, is back",
                 (long long)last->revision);
  return verification_add_fault(self, SS_FAULT_ROW_OUTDATED, row->name, last->sequence, message,
                                error);
}

static ss_status report_progress(verification *self, ss_error *error) {
  self->rows_since_progress = 0;
  const int64_t done = self->report->rows_checked;
  const int64_t total = done > self->rows_expected ? done : self->rows_expected;
  self->stopped = !host_hears_progress(self->store, self->request->progress,
                                       self->request->progress_context, done, total);
  return storage_session_check(self->session, error);
}

static ss_status visit_row(void *context, row_table table, const kept_row *row,
                           const unsigned char digest[SHA256_BYTES], ss_error *error) {
  verification *self = context;
  if (self->stopped) return SS_OK;
  GUARD(check_authentic(self, table, &row->row, error));
  if (table == ROWS_OF_SECRETS) GUARD(check_current(self, &row->row, digest, error));
  self->rows_since_progress++;
  return self->rows_since_progress < ROWS_PER_PROGRESS ? SS_OK : report_progress(self, error);
}

/* ---- All together ---------------------------------------------------------------------------- */

static ss_status report_missing(verification *self, ss_error *error) {
  size_t place = 0;
  const link_entry *missing = links_next_missing(&self->links, &place);
  for (; missing != NULL; missing = links_next_missing(&self->links, &place)) {
    char message[MESSAGE_CAPACITY];
    (void)snprintf(message, sizeof message,
                   "secret %lld, whose event %lld left revision %lld, is gone without an event",
                   (long long)missing->secret_id, (long long)missing->sequence,
                   (long long)missing->revision);
    GUARD(verification_add_fault(self, SS_FAULT_SECRET_MISSING, (text_view){0}, missing->sequence,
                                 message, error));
  }
  return SS_OK;
}

static ss_status check_totals(verification *self, const state_totals *totals, ss_error *error) {
  const namespace_record *head = &self->record;
  char message[MESSAGE_CAPACITY];
  if (state_totals_fit(totals, head)) return SS_OK;
  (void)snprintf(
      message, sizeof message,
      "the rows are not those that the head says: it has %lld secrets, %lld versions and "
      "%lld removed ones, and there are %lld, %lld and %lld",
      (long long)head->secrets, (long long)head->versions, (long long)head->removed,
      (long long)totals->rows[ROWS_OF_SECRETS], (long long)totals->rows[ROWS_OF_VERSIONS],
      (long long)totals->rows[ROWS_OF_REMOVED]);
  return verification_add_fault(self, SS_FAULT_STATE_WRONG, (text_view){0}, 0, message, error);
}

ss_status verification_check_rows(verification *self, ss_error *error) {
  state_totals totals;
  const state_scan scan = {
      .scratch = self->scratch,
      .session = self->session,
      .namespace_name = self->namespace_name,
      .namespace_id = self->record.id,
      .is_whole = true,
      .visitor = visit_row,
      .context = self,
  };
  GUARD(state_scan_run(&scan, &totals, error));
  if (!self->stopped) GUARD(report_progress(self, error));
  if (self->stopped) return SS_OK;
  GUARD(report_missing(self, error));
  return check_totals(self, &totals, error);
}
