/* Walking and adding up. */
#include "engine/change/state_scan.h"

#include <string.h>

enum { ROWS_PER_PAGE = 1000 };

typedef struct page {
  const state_scan *scan;
  state_totals *totals;
  row_table table;
  int64_t count; /* of the rows of this page */
  int64_t first; /* the last row's position */
  int64_t second;
} page;

static ss_status take_row(page *self, const kept_row *row, ss_error *error) {
  const state_scan *scan = self->scan;
  signer *with = &scan->scratch->signer;
  unsigned char digest[SHA256_BYTES];
  self->count++;
  self->totals->rows[self->table]++;
  GUARD(signer_row_digest(with, scan->namespace_name, &row->row, digest, error));
  GUARD(signer_change_sum(with, self->totals->sum, SUM_GAINS, self->table, row, digest, error));
  return scan->visitor(scan->context, self->table, row, digest, error);
}

static ss_status visit_row(void *context, const kept_row *row, int64_t first, int64_t second,
                           ss_error *error) {
  page *self = context;
  self->first = first;
  self->second = second;
  return take_row(self, row, error);
}

static ss_status visit_header(void *context, const secret_record *secret, ss_error *error) {
  page *self = context;
  const kept_row row = {*secret, SS_NO_EXPIRY, SS_NO_EXPIRY};
  self->first = secret->updated_at;
  self->second = secret->id;
  return take_row(self, &row, error);
}

static ss_status visit_page(page *self, bool goes_on, ss_error *error) {
  const state_scan *scan = self->scan;
  if (self->table == ROWS_OF_SECRETS && !scan->is_whole) {
    const secrets_query query = {
        .namespace_id = scan->namespace_id,
        .order = SS_ASCENDING,
        .has_position = goes_on,
        .after_updated_at = self->first,
        .after_id = self->second,
        .limit = ROWS_PER_PAGE,
    };
    return storage_visit_secrets(scan->session, &query, visit_header, self, error);
  }
  const rows_query query = {
      .table = self->table,
      .namespace_id = scan->namespace_id,
      .has_position = goes_on,
      .after_first = self->first,
      .after_second = self->second,
      .limit = ROWS_PER_PAGE,
  };
  return storage_visit_rows(scan->session, &query, visit_row, self, error);
}

static ss_status scan_table(const state_scan *scan, row_table table, state_totals *totals,
                            ss_error *error) {
  page self = {.scan = scan, .totals = totals, .table = table};
  bool goes_on = false;
  do {
    self.count = 0;
    GUARD(storage_session_check(scan->session, error));
    GUARD(visit_page(&self, goes_on, error));
    goes_on = true;
  } while (self.count == ROWS_PER_PAGE);
  return SS_OK;
}

ss_status state_scan_run(const state_scan *scan, state_totals *totals, ss_error *error) {
  *totals = (state_totals){0};
  GUARD(scan_table(scan, ROWS_OF_SECRETS, totals, error));
  GUARD(scan_table(scan, ROWS_OF_VERSIONS, totals, error));
  return scan_table(scan, ROWS_OF_REMOVED, totals, error);
}

bool state_totals_fit(const state_totals *totals, const namespace_record *head) {
  return totals->rows[ROWS_OF_SECRETS] == head->secrets &&
         totals->rows[ROWS_OF_VERSIONS] == head->versions &&
         totals->rows[ROWS_OF_REMOVED] == head->removed &&
         memcmp(totals->sum, head->sum, TERM_BYTES) == 0;
}
