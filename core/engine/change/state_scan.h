/* All rows of a namespace, added up: what its state is, to be compared with what its head says. */
#ifndef ENGINE_CHANGE_STATE_SCAN_H
#define ENGINE_CHANGE_STATE_SCAN_H

#include "engine/store/store.h"

/* What a walk over the three tables came to. */
typedef struct state_totals {
  int64_t rows[3]; /* by row_table */
  unsigned char sum[TERM_BYTES];
} state_totals;

/* Told of each row. Whether it has a value: those of secrets have, if the scan is whole; the others
 * always. The visitor must not use the session, nor the signer's texts. */
typedef ss_status (*state_visitor)(void *context, row_table table, const kept_row *row,
                                   const unsigned char digest[SHA256_BYTES], ss_error *error);

typedef struct state_scan {
  scratch *scratch;
  storage_session *session; /* which sees one state */
  text_view namespace_name;
  int64_t namespace_id;
  bool is_whole; /* values too */
  state_visitor visitor;
  void *context;
} state_scan;

ss_status state_scan_run(const state_scan *scan, state_totals *totals, ss_error *error) MUST_CHECK;

/* Whether that is what a head says. */
bool state_totals_fit(const state_totals *totals, const namespace_record *head);

#endif
