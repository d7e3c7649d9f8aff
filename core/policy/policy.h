/* Policies: operator-written Lua that decides what namespaces, names, metadata, values and expiries
 * are allowed, who may do what, and what the audit log records beside it.
 *
 * A policy is compiled text. Its Lua states are pooled: a call takes one for itself, so that calls
 * run side by side; a state in which something went wrong is thrown away. A policy counts its
 * users: a call that began on it ends on it, whatever is loaded meanwhile.
 *
 * Whatever goes wrong in a policy refuses the operation: SS_POLICY_FAILED. A refusal is
 * SS_POLICY_DENIED, with the policy's own words. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <jansson.h>

#include "base/buffer.h"
#include "policy/sandbox.h"

enum { POLICY_HASH_CAPACITY = 65 };

typedef struct policy policy;
typedef struct policy_call policy_call;

/* Compiles text once, to see that it is well formed: SS_POLICY_INVALID if not. name
 * stands in messages; hash is that of the text, in hexadecimal. log must outlive the
 * policy; it may be NULL. */
ss_status policy_compile(const char *name, text_view text, const char hash[POLICY_HASH_CAPACITY],
                         const policy_limits *limits, const log_sink *log, policy **compiled,
                         ss_error *error) MUST_CHECK;
policy *policy_retain(policy *self);
void policy_release(policy *self);
const char *policy_hash(const policy *self);
text_view policy_text(const policy *self);

/* Between these one thread uses one state. The call holds the policy. */
ss_status policy_call_begin(policy *self, policy_call **begun, ss_error *error) MUST_CHECK;
void policy_call_end(policy_call *call);

/* ---- Judging ------------------------------------------------------------------------------- */

/* What the store holds of a secret that an operation is about. */
typedef struct policy_current {
  bool found;
  text_view metadata; /* JSON text, or absent */
  int64_t revision;
  int64_t expires_at; /* or SS_NO_EXPIRY */
} policy_current;

/* An operation, as a policy sees it. Views live as long as the call. */
typedef struct policy_subject {
  const char *operation;    /* as in "put" */
  bool has_target;          /* a namespace, and a name if it has data */
  text_view namespace_name; /* absent: the default one */
  text_view name;
  text_view actor; /* or absent */
  json_t *context; /* an object that is shown, or NULL; the caller's */
  policy_current current;
  int64_t now;

  bool writes_expiry; /* expires_at is checked */
  bool omits_expiry;  /* none was asked for: the policy's default stands in */
  int64_t expires_at; /* changed by the default */

  bool writes_metadata; /* metadata is normalized and checked */
  text_view metadata;   /* as it would be stored; absent: none */

  bool has_value;
  byte_view value; /* never shown to Lua: its length and kind are */
} policy_subject;

/* Whether the policy allows it, in the order of docs/policies.md: name and namespace, expiry,
 * normalize, metadata, value, authorize. What the policy changes of expiry and metadata stands in
 * the subject then; the metadata's text lives in the call. */
ss_status policy_judge(policy_call *call, policy_subject *subject, ss_error *error) MUST_CHECK;

/* The same without authorize, for what the host itself does in the background. */
ss_status policy_judge_background(policy_call *call, policy_subject *subject,
                                  ss_error *error) MUST_CHECK;

/* Appends what the audit event is to carry: detail (JSON text, or absent), what enrich adds, and
 * the policy's hash. */
ss_status policy_enrich(policy_call *call, const policy_subject *subject, const char *event_type,
                        text_view detail, byte_buffer *enriched, ss_error *error) MUST_CHECK;

/* ---- Tools --------------------------------------------------------------------------------- */

/* What the policy allows, for people; and its types: "typescript", "python" or "json-schema". */
ss_status policy_describe(policy_call *call, byte_buffer *text, ss_error *error) MUST_CHECK;
ss_status policy_generate_types(policy_call *call, const char *language, byte_buffer *text,
                                ss_error *error) MUST_CHECK;

/* Runs a file of cases (expect_allowed{...}, expect_denied{..., "reason"}) and judges each. */
typedef struct policy_case_result {
  int64_t line;
  bool passed;
  const char *message; /* what came instead; "" if it passed */
} policy_case_result;
typedef void (*policy_case_visitor)(void *context, const policy_case_result *result);
ss_status policy_run_cases(policy *self, const char *name, text_view text, int64_t now,
                           policy_case_visitor visitor, void *context, ss_error *error) MUST_CHECK;

#endif
