/* A verification on its way, shared by the files that check the parts of a store. */
#ifndef ENGINE_PROOF_VERIFICATION_H
#define ENGINE_PROOF_VERIFICATION_H

#include "audit/store_head.h"
#include "engine/proof/links.h"
#include "engine/store/beliefs.h"
#include "engine/store/store.h"

/* The head that the caller expects, in order of namespaces. */
typedef struct expected_head {
  bool given;
  store_head head;
  size_t next; /* the first that no namespace of the store has reached yet */
} expected_head;

typedef struct verification {
  ss_store *store;
  scratch *scratch;
  storage_session *session; /* a snapshot */
  const ss_verify_request *request;
  ss_verify_report *report;
  int64_t rows_expected; /* in the whole store, for progress */
  bool stopped;
  expected_head expected;
  seal_record seal;         /* as the store has it; it authenticated */
  seal_record sum_of_heads; /* what the namespaces come to */
  /* of the namespace being checked */
  text_view namespace_name; /* in the report's memory */
  namespace_record record;
  links links;
  int64_t rows_since_progress;
} verification;

/* All of it. The snapshot, begun here, is the caller's to end, and the report to clear: what was
 * verified can be copied. */
ss_status verification_run(store_call *call, const ss_verify_request *request, reading *snapshot,
                           ss_verify_report *report) MUST_CHECK;

/* Adds a fault of the namespace being checked to the report. name may be absent. */
ss_status verification_add_fault(verification *self, ss_fault_kind kind, text_view name,
                                 int64_t sequence, const char *message, ss_error *error) MUST_CHECK;

/* verify_store.c: the database's own check; the store log and what hangs on the root; and, after all
 * namespaces, the seal. */
ss_status verification_check_medium(verification *self, ss_error *error) MUST_CHECK;
ss_status verification_check_store(verification *self, ss_error *error) MUST_CHECK;
ss_status verification_check_seal(verification *self, ss_error *error) MUST_CHECK;

/* verify_chain.c: head and events of a namespace; fills the links. */
ss_status verification_check_chain(verification *self, ss_error *error) MUST_CHECK;

/* verify_rows.c: its rows, against the links and the head. */
ss_status verification_check_rows(verification *self, ss_error *error) MUST_CHECK;

/* verify_heads.c: before the first namespace, at each in order, and after the last. */
ss_status verification_load_head(verification *self, ss_error *error) MUST_CHECK;
ss_status verification_compare_head(verification *self, ss_error *error) MUST_CHECK;
ss_status verification_end_head(verification *self, ss_error *error) MUST_CHECK;

#endif
