/* A verification on its way, shared by the files that check chains and rows and those that compare
 * with store heads. */
#ifndef ENGINE_PROOF_VERIFICATION_H
#define ENGINE_PROOF_VERIFICATION_H

#include "audit/store_head.h"
#include "engine/store/store.h"

/* A store head that the chains are compared with, in order of namespaces. */
typedef struct compared_head {
  bool given;
  bool is_expected; /* by the caller; else the one that the store keeps */
  store_head head;
  size_t next; /* the first that no namespace of the store has reached yet */
} compared_head;

enum { COMPARED_HEADS = 2 };

typedef struct verification {
  ss_store *store;
  scratch *scratch;
  storage_session *session;
  const ss_verify_request *request;
  ss_verify_report *report;
  int64_t secrets_expected; /* in the whole store, for progress */
  bool stopped;
  compared_head compared[COMPARED_HEADS];
  /* of the namespace being checked */
  text_view namespace_name; /* in the report's memory */
  namespace_record record;
  int64_t rows_found;
  int64_t rows_since_progress;
} verification;

/* Adds a fault of the namespace being checked to the report. name may be absent. */
ss_status verification_add_fault(verification *self, ss_fault_kind kind, text_view name,
                                 int64_t sequence, const char *message, ss_error *error) MUST_CHECK;

/* verify_heads.c: before the first namespace, at each in order, and after the last. */
ss_status verification_load_heads(verification *self, ss_error *error) MUST_CHECK;
ss_status verification_compare_heads(verification *self, ss_error *error) MUST_CHECK;
ss_status verification_end_heads(verification *self, ss_error *error) MUST_CHECK;

#endif
