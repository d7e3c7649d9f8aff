/* Reads that are proved (ss_options_set_reads): what a namespace holds is known, name by name, from one
 * scan of its rows and from its authenticated events since; a row that is found, or not found, must be
 * what they say.
 *
 * All is done in one snapshot. It begins while the namespace's shelf is locked, so that what is known
 * is never ahead of what the snapshot sees; the first proof compares all heads with the seal. */
#ifndef ENGINE_OPERATIONS_VERIFIED_READ_H
#define ENGINE_OPERATIONS_VERIFIED_READ_H

#include "engine/store/beliefs.h"

typedef struct verified_read {
  reading session;     /* a snapshot */
  proved_shelf *shelf; /* locked; NULL: not any more */
  proved_names *names; /* while the shelf is locked; NULL: there is no such namespace */
  text_view namespace_name;
  int64_t namespace_id;
} verified_read;

/* namespace_name must outlive the read. SS_INTEGRITY_VIOLATION: the state is not proved. */
ss_status verified_read_begin(store_call *call, text_view namespace_name,
                              verified_read *self) MUST_CHECK;
void verified_read_end(verified_read *self); /* for ON_SCOPE_EXIT */

/* A point read. Unlocks the shelf. */
ss_status verified_read_find(verified_read *self, text_view name, secret_part part,
                             secret_record *row, bool *found, ss_error *error) MUST_CHECK;

/* Whether a row is what is known of its name; that a stretch of a list holds as many rows as are known
 * of there. */
ss_status verified_read_check_row(verified_read *self, const secret_record *row,
                                  ss_error *error) MUST_CHECK;
ss_status verified_read_check_stretch(verified_read *self, const proved_position *after,
                                      const proved_position *up_to, size_t rows,
                                      ss_error *error) MUST_CHECK;

#endif
