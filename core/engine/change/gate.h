/* The gate that every operation passes: the store's policy, if it has one. An operation takes hold
 * of the policy at its beginning and is judged by that one throughout, whatever is loaded
 * meanwhile. Without a policy nobody is asked. */
#ifndef ENGINE_CHANGE_GATE_H
#define ENGINE_CHANGE_GATE_H

#include "engine/store/store.h"

/* What the policy said of changing what the store as a whole is. */
typedef enum configure_verdict {
  CONFIGURE_UNASKED,
  CONFIGURE_ALLOWED,
  CONFIGURE_DENIED
} configure_verdict;

typedef struct gate {
  policy_call *call; /* NULL: the store has no policy */
  policy_subject subject;
  json_t *context; /* the caller's, parsed once for all that look at it; or NULL */
  byte_buffer detail;
  bool is_background; /* the host's own maintenance: nobody to authorize */
  configure_verdict configure;
  ss_error configure_refusal; /* the policy's words, once it denied */
} gate;

/* Checks the caller's context; the actor was checked. */
ss_status gate_begin(gate *self, ss_store *store, const char *operation, const ss_caller *caller,
                     ss_error *error) MUST_CHECK;
/* For ON_SCOPE_EXIT. */
void gate_end(gate *self);

static inline bool gate_is_open(const gate *self) { return self->call == NULL; }

/* What the operation is about; current is NULL if there is no such secret, and else stays there
 * until the target is another one, or the policy was asked for the last time. Of what would be
 * written nothing is said yet. */
void gate_set_target(gate *self, text_view namespace_name, text_view name,
                     const secret_record *current);

/* About nothing in particular again. */
void gate_clear_target(gate *self);

/* Judges with what the subject says. */
ss_status gate_judge(gate *self, ss_error *error) MUST_CHECK;

/* The same for an operation that writes nothing of the secret: a target, then gate_judge. */
ss_status gate_pass(gate *self, text_view namespace_name, text_view name,
                    const secret_record *current, ss_error *error) MUST_CHECK;

/* Asks whether this caller may also configure the store, once; the answer is in self->configure.
 * Fails where the policy does. What the gate is judged by otherwise stays. */
ss_status gate_judge_configure(gate *self, ss_error *error) MUST_CHECK;

/* Replaces what an event is to carry by what the policy makes of it; lives until the next one. */
ss_status gate_enrich(gate *self, ss_event_type type, text_view *detail,
                      ss_error *error) MUST_CHECK;

#endif
