/* verify's look at the store as a whole: the database's own check of its file; the store log, from
 * its first event to the head that the root names; what hangs on the root; the seal over all heads. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "engine/proof/verification.h"

enum { ROWS_PER_PAGE = 1000, MESSAGE_CAPACITY = 320 };

static ss_status add_fault(verification *self, ss_fault_kind kind, const char *message,
                           ss_error *error) {
  return verification_add_fault(self, kind, (text_view){0}, 0, message, error);
}

/* ---- The file -------------------------------------------------------------------------------- */

static ss_status take_fault(void *context, text_view fault, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message, "the database finds its file unsound: %.*s",
                 QUOTED_LENGTH(fault.length), fault.data == NULL ? "" : fault.data);
  return add_fault(context, SS_FAULT_FILE_DAMAGED, message, error);
}

ss_status verification_check_medium(verification *self, ss_error *error) {
  return storage_check_medium(self->session, take_fault, self, error);
}

/* ---- The store log --------------------------------------------------------------------------- */

typedef struct log_walk {
  verification *verification;
  int64_t last_sequence;
  int64_t last_epoch;
  unsigned char last_mac[MAC_BYTES];
  int64_t visited_in_page;
} log_walk;

static ss_status store_event_is_right(log_walk *self, const store_event_record *event, bool *right,
                                      ss_error *error) {
  signer *with = &self->verification->scratch->signer;
  unsigned char mac[MAC_BYTES];
  *right = sequence_follows(event->sequence, self->last_sequence) &&
           event->epoch >= self->last_epoch && event->mac.length == MAC_BYTES &&
           trust_epoch(with->trust, event->epoch) != NULL;
  if (!*right) return SS_OK;
  GUARD(signer_store_event_mac(with, self->last_mac, event, mac, error));
  *right = mac_equals(mac, event->mac.data, MAC_BYTES);
  return SS_OK;
}

/* {"namespace":...,"sequence":n,"faults":n,"seal":true}, where the seal was taken too. */
static ss_status note_seal_acceptance(verification *self, const store_event_record *event,
                                      ss_error *error) {
  json_t *detail = NULL;
  if (event->type != SS_EVENT_NAMESPACE_ACCEPTED || event->detail.data == NULL) return SS_OK;
  GUARD(json_parse(event->detail, &detail, NULL, error));
  self->report->seal_acceptances += json_is_true(json_object_get(detail, "seal"));
  json_decref(detail);
  return SS_OK;
}

static ss_status visit_store_event(void *context, const store_event_record *event,
                                   ss_error *error) {
  log_walk *self = context;
  bool right = false;
  char message[MESSAGE_CAPACITY];
  GUARD(store_event_is_right(self, event, &right, error));
  self->visited_in_page++;
  self->verification->report->store_events_checked += right;
  self->last_sequence = event->sequence;
  self->last_epoch = event->epoch;
  memset(self->last_mac, 0, MAC_BYTES);
  if (event->mac.length == MAC_BYTES) memcpy(self->last_mac, event->mac.data, MAC_BYTES);
  if (right) return note_seal_acceptance(self->verification, event, error);
  (void)snprintf(message, sizeof message,
                 "event %lld of the store log does not authenticate, or does not follow the one "
                 "before it",
                 (long long)event->sequence);
  return add_fault(self->verification, SS_FAULT_STORE_CHANGED, message, error);
}

static ss_status check_log_end(const log_walk *self, ss_error *error) {
  const root_record *root = &self->verification->scratch->trust->root;
  if (self->last_sequence == root->log_sequence &&
      mac_equals(self->last_mac, root->log_mac, MAC_BYTES)) {
    return SS_OK;
  }
  return add_fault(self->verification, SS_FAULT_STORE_CHANGED,
                   "the store log does not end with the event that the root names", error);
}

static ss_status check_log(verification *self, ss_error *error) {
  log_walk of = {.verification = self};
  store_events_query query = {.order = SS_ASCENDING, .limit = ROWS_PER_PAGE};
  do {
    of.visited_in_page = 0;
    GUARD(storage_session_check(self->session, error));
    GUARD(storage_visit_store_events(self->session, &query, visit_store_event, &of, error));
    query.has_position = true;
    query.after_sequence = of.last_sequence;
  } while (of.visited_in_page == ROWS_PER_PAGE);
  return check_log_end(&of, error);
}

/* ---- What hangs on the root ------------------------------------------------------------------ */

typedef struct kek_walk {
  verification *verification;
  size_t known; /* of the rows: the root names them */
} kek_walk;

static ss_status check_kek(void *context, const kek_record *kek, ss_error *error) {
  kek_walk *self = context;
  char message[MESSAGE_CAPACITY];
  if (root_find_kek(&self->verification->scratch->trust->root, kek->version) != NULL) {
    self->known++;
    return SS_OK;
  }
  (void)snprintf(message, sizeof message,
                 "wraps are counted of key version %lld, which the root does not name",
                 (long long)kek->version);
  return add_fault(self->verification, SS_FAULT_STORE_CHANGED, message, error);
}

static ss_status check_keks(verification *self, ss_error *error) {
  kek_walk of = {.verification = self};
  GUARD(storage_visit_keks(self->session, check_kek, &of, error));
  if (of.known == self->scratch->trust->root.kek_count) return SS_OK;
  return add_fault(self, SS_FAULT_STORE_CHANGED,
                   "the wraps of a key version that the root names are not counted any more",
                   error);
}

static ss_status policy_is_right(verification *self, bool *right, ss_error *error) {
  const root_record *root = &self->scratch->trust->root;
  unsigned char hash[SHA256_BYTES];
  text_view text;
  bool found = false;
  GUARD(storage_load_required_policy(self->session, &text, &found, error));
  *right = found == root->requires_policy;
  if (!found || !*right) return SS_OK;
  const byte_view bytes = {(const unsigned char *)text.data, text.length};
  GUARD(sha256_digest(&self->store->suite, bytes, hash, error));
  *right = memcmp(hash, root->policy_hash, sizeof hash) == 0;
  return SS_OK;
}

static ss_status check_policy(verification *self, ss_error *error) {
  bool right = false;
  GUARD(policy_is_right(self, &right, error));
  return right ? SS_OK
               : add_fault(self, SS_FAULT_STORE_CHANGED,
                           "the required policy is not the one that the root names", error);
}

/* ---- Secrets that are gone ------------------------------------------------------------------- */

typedef struct former_walk {
  verification *verification;
  int64_t last_id;
  bool last_is_needed;
  int64_t visited_in_page;
} former_walk;

static ss_status add_stray(former_walk *self, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message,
                 "a former secret with id %lld, which neither an event nor a row tells of",
                 (long long)self->last_id);
  return add_fault(self->verification, SS_FAULT_STORE_CHANGED, message, error);
}

/* Its events would be told of under another name, or in another namespace. */
static ss_status add_living(former_walk *self, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message, "a former secret has the id %lld of a secret that lives",
                 (long long)self->last_id);
  return add_fault(self->verification, SS_FAULT_STORE_CHANGED, message, error);
}

/* That of the largest id stays without need, so that the id is not given out again. */
static ss_status visit_former(void *context, const former_secret *secret, ss_error *error) {
  former_walk *self = context;
  if (!self->last_is_needed) GUARD(add_stray(self, error));
  self->visited_in_page++;
  self->last_id = secret->id;
  self->last_is_needed = secret->is_needed;
  return secret->is_living ? add_living(self, error) : SS_OK;
}

/* Ids are from 1; one that no secret can follow was not given out by the library. */
static ss_status check_largest(former_walk *self, ss_error *error) {
  const bool is_given_out = self->last_id >= 0 && self->last_id < SS_MAX_INTEGER;
  return self->last_is_needed || is_given_out ? SS_OK : add_stray(self, error);
}

static ss_status check_former(verification *self, ss_error *error) {
  former_walk of = {.verification = self, .last_is_needed = true};
  int64_t after = INT64_MIN;
  do {
    of.visited_in_page = 0;
    GUARD(storage_session_check(self->session, error));
    GUARD(storage_visit_former_secrets(self->session, after, ROWS_PER_PAGE, visit_former, &of,
                                       error));
    after = of.last_id;
  } while (of.visited_in_page == ROWS_PER_PAGE);
  return check_largest(&of, error);
}

ss_status verification_check_store(verification *self, ss_error *error) {
  GUARD(check_log(self, error));
  GUARD(check_keks(self, error));
  GUARD(check_policy(self, error));
  return check_former(self, error);
}

/* ---- The seal -------------------------------------------------------------------------------- */

ss_status verification_check_seal(verification *self, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  const seal_record *seal = &self->seal;
  const seal_record *found = &self->sum_of_heads;
  if (seal_covers_same(seal, found)) return SS_OK;
  (void)snprintf(message, sizeof message,
                 "the namespaces are not those that the seal covers: it has %lld, and there are "
                 "%lld; one was removed, added or put back to another time",
                 (long long)seal->namespaces, (long long)found->namespaces);
  self->namespace_name = (text_view){0};
  return add_fault(self, SS_FAULT_STORE_CHANGED, message, error);
}
