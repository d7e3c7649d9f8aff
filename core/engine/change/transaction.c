/* The engine's write transaction. */
#include "engine/change/transaction.h"

#include <assert.h>
#include <string.h>

#include "base/status.h"
#include "engine/change/admission.h"
#include "engine/change/state_proof.h"
#include "engine/store/beliefs.h"

enum { PROOFS_TRIED = 2 }; /* outside of the lock */

/* ---- Beginning and ending -------------------------------------------------------------------- */

ss_status transaction_begin(ss_store *store, scratch *with, gate *passed, transaction *started,
                            ss_error *error) {
  *started = (transaction){.store = store, .scratch = with};
  GUARD(admission_foresee(with, passed, error));
  GUARD(random_public(started->attempt, sizeof started->attempt, error));
  const known_state known = memory_of_heads_recall(&store->memory);
  GUARD(storage_begin_write(store->storage, &started->session, error));
  GUARD(beliefs_check(store, with, started->session, &known, &started->seal, error));
  return admission_run(started, passed, error);
}

/* The scratch works with the next root, which is in no store. */
static void forget_next_root(transaction *self) {
  if (self->next == NULL) return;
  trust *current = trusts_take(&self->store->trusts);
  signer_bind(&self->scratch->signer, self->scratch->trust);
  if (current != NULL && current->ring == self->next->ring) {
    scratch_bind_next(self->scratch, current);
  }
  trust_release(current);
  trust_release(self->next);
  self->next = NULL;
}

void transaction_clear(transaction *self) {
  if (self->session != NULL) storage_rollback(self->session);
  self->session = NULL;
  state_map_clear(&self->proved);
  forget_next_root(self);
}

/* ---- The chain's head ------------------------------------------------------------------------ */

static ss_status head_is_forged(const transaction *self, const char *how, ss_error *error) {
  const text_view name = self->namespace_name;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the head of %s%.*s (event %lld) %s: the file was changed; run verify",
                   name.data == NULL ? "the default namespace" : "namespace ",
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data,
                   (long long)self->namespace_row.sequence, how);
}

/* With one writer at a time, the seal is renewed with each head. */
static bool is_sealed(const namespace_record *head) {
  return head->sealed_sequence == head->sequence &&
         mac_equals(head->sealed_mac, head->mac, MAC_BYTES);
}

static ss_status check_head(transaction *self, ss_error *error) {
  const namespace_record *head = &self->namespace_row;
  const root_record *root = &self->scratch->trust->root;
  unsigned char mac[MAC_BYTES];
  if (head->epoch < root->min_epoch || head->epoch > (int64_t)root->epoch_count) {
    return head_is_forged(self, "is of an epoch that is not in force", error);
  }
  GUARD(signer_head_mac(&self->scratch->signer, self->namespace_name, head, mac, error));
  if (!mac_equals(mac, head->head_mac, MAC_BYTES)) {
    return head_is_forged(self, "does not authenticate", error);
  }
  if (head->root_sequence > root->sequence || !is_sealed(head)) {
    return head_is_forged(self, "is not of this root and seal", error);
  }
  if (memory_of_heads_allows(&self->store->memory, head)) return SS_OK;
  return head_is_forged(self, "went back behind what this handle has seen", error);
}

/* The seal loses what it had of the head, and gains what it has now. */
static ss_status seal_head(transaction *self, ss_error *error) {
  namespace_record *head = &self->namespace_row;
  signer *with = &self->scratch->signer;
  if (self->is_new_namespace) {
    self->seal.namespaces++;
  } else {
    GUARD(signer_change_seal(with, &self->seal, SUM_LOSES, self->namespace_name, head, error));
  }
  head->sealed_sequence = head->sequence;
  memcpy(head->sealed_mac, head->mac, sizeof head->sealed_mac);
  self->is_new_namespace = false;
  self->seal_changed = true;
  return signer_change_seal(with, &self->seal, SUM_GAINS, self->namespace_name, head, error);
}

static ss_status save_head(transaction *self, ss_error *error) {
  namespace_record *head = &self->namespace_row;
  const trust *believed = self->scratch->trust;
  if (!self->has_new_events) return SS_OK;
  GUARD(seal_head(self, error));
  head->epoch = trust_newest_epoch(believed);
  head->root_sequence = believed->root.sequence;
  GUARD(signer_head_mac(&self->scratch->signer, self->namespace_name, head, head->head_mac, error));
  GUARD(storage_save_namespace(self->session, head, error));
  self->has_new_events = false;
  return SS_OK;
}

void transaction_reseal(transaction *self) { self->has_new_events = true; }

static bool is_locked_already(const transaction *self, const namespace_lock *lock) {
  return self->locked && text_view_equals(lock->name, self->namespace_name);
}

ss_status transaction_lock(transaction *self, const namespace_lock *lock, bool *found,
                           ss_error *error) {
  *found = is_locked_already(self, lock);
  if (*found) return SS_OK;
  GUARD(save_head(self, error));
  self->locked = false;
  self->namespace_name = lock->name;
  GUARD(storage_lock_namespace(self->session, lock, &self->namespace_row, found, error));
  GUARD(storage_now(self->session, &self->now, error));
  if (!*found && !lock->create) return SS_OK;
  self->is_new_namespace = !*found;
  if (*found && !self->accepts_heads) GUARD(check_head(self, error));
  self->locked = true;
  return SS_OK;
}

/* ---- Wraps ----------------------------------------------------------------------------------- */

ss_status transaction_take_wrap(transaction *self, ss_error *error) {
  ss_store *store = self->store;
  const int64_t active = scratch_active_key(self->scratch)->version;
  const wrap_order order = {store->storage, self->session, active, &store->log};
  if (!trust_admits(self->scratch->trust, active)) {
    return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                     "key version %lld, the active one, was retired in this store: give the store "
                     "its newer keys (reload_keys)",
                     (long long)active);
  }
  return wrap_budget_take(&store->budget, &order, &self->granted_wraps, error);
}

/* ---- Events ---------------------------------------------------------------------------------- */

/* A chain's times never run back, whatever the clock does; and pruning does not move them on, or a
 * clock that was set forward would make young events old for the next one. */
static int64_t time_of_event(const transaction *self, ss_event_type type) {
  const int64_t last = self->namespace_row.last_event_at;
  return self->now > last && type != SS_EVENT_PRUNED ? self->now : last;
}

static ss_status append(transaction *self, const event_record *what, ss_error *error) {
  namespace_record *head = &self->namespace_row;
  event_record event = *what;
  unsigned char mac[MAC_BYTES];
  assert(self->locked);
  event.namespace_id = head->id;
  event.sequence = head->sequence + 1;
  event.created_at = time_of_event(self, event.type);
  event.epoch = trust_newest_epoch(self->scratch->trust);
  event.attempt = (byte_view){self->attempt, sizeof self->attempt};
  GUARD(signer_event_mac(&self->scratch->signer, self->namespace_name, head->mac, &event, mac,
                         error));
  event.mac = (byte_view){mac, sizeof mac};
  GUARD(storage_insert_event(self->session, &event, error));
  head->sequence = event.sequence;
  head->last_event_at = event.created_at;
  memcpy(head->mac, mac, sizeof mac);
  self->has_new_events = true;
  return SS_OK;
}

/* A secret's living row counts as soon as it is there. */
static ss_status change_state(transaction *self, const secret_change *change, ss_error *error) {
  namespace_record *head = &self->namespace_row;
  signer *with = &self->scratch->signer;
  const kept_row row = {.replaced_at = SS_NO_EXPIRY, .removed_at = SS_NO_EXPIRY};
  head->secrets += (change->row_digest != NULL) - (change->previous_digest != NULL);
  if (change->previous_digest != NULL) {
    GUARD(signer_change_sum(with, head->sum, SUM_LOSES, ROWS_OF_SECRETS, &row,
                            change->previous_digest, error));
  }
  if (change->row_digest == NULL) return SS_OK;
  return signer_change_sum(with, head->sum, SUM_GAINS, ROWS_OF_SECRETS, &row, change->row_digest,
                           error);
}

static byte_view digest_view(const unsigned char *digest) {
  return (byte_view){digest, digest == NULL ? 0 : SHA256_BYTES};
}

ss_status transaction_append(transaction *self, const secret_change *change, ss_error *error) {
  event_record event = {
      .type = change->type,
      .secret_id = change->secret_id,
      .revision = change->revision,
      .name = change->name,
      .actor = change->actor,
      .detail = change->detail,
      .previous_digest = digest_view(change->previous_digest),
      .row_digest = digest_view(change->row_digest),
  };
  GUARD(change_state(self, change, error));
  return append(self, &event, error);
}

ss_status transaction_append_note(transaction *self, ss_event_type type, text_view actor,
                                  text_view detail, ss_error *error) {
  event_record event = {.type = type, .actor = actor, .detail = detail};
  return append(self, &event, error);
}

ss_status transaction_prune(transaction *self, int64_t up_to_sequence, int64_t count,
                            const unsigned char mac[MAC_BYTES], text_view actor, ss_error *error) {
  namespace_record *head = &self->namespace_row;
  byte_buffer *detail = &self->scratch->detail;
  buffer_reset(detail);
  buffer_append_text(detail, "{\"upTo\":");
  buffer_append_integer(detail, up_to_sequence);
  buffer_append_text(detail, ",\"mac\":\"");
  buffer_append_hex(detail, mac, MAC_BYTES);
  buffer_append_text(detail, "\",\"count\":");
  buffer_append_integer(detail, count);
  buffer_append_text(detail, ",\"at\":");
  buffer_append_integer(detail, self->now);
  buffer_append_text(detail, "}");
  GUARD(buffer_status(detail, error));
  const text_view text = {(const char *)detail->data, detail->length};
  head->checkpoint_sequence = up_to_sequence;
  memcpy(head->checkpoint_mac, mac, sizeof head->checkpoint_mac);
  GUARD(transaction_append_note(self, SS_EVENT_PRUNED, actor, text, error));
  return storage_delete_events(self->session, head->id, up_to_sequence, error);
}

/* ---- Committing ------------------------------------------------------------------------------ */

static ss_status save_seal(transaction *self, ss_error *error) {
  const trust *believed = self->scratch->trust;
  seal_record *seal = &self->seal;
  if (!self->seal_changed) return SS_OK;
  seal->epoch = trust_newest_epoch(believed);
  seal->counter++;
  seal->root_sequence = believed->root.sequence;
  memcpy(seal->root_mac, believed->mac, sizeof seal->root_mac);
  GUARD(signer_seal_mac(&self->scratch->signer, seal, seal->mac, error));
  return storage_save_seal(self->session, seal, error);
}

/* What nobody may put back any more. */
static void remember(transaction *self) {
  const trust *believed = self->scratch->trust;
  memory_of_heads *memory = &self->store->memory;
  known_state made = {.root.count = believed->root.sequence, .seal.count = self->seal.counter};
  memcpy(made.root.mac, believed->mac, sizeof made.root.mac);
  memcpy(made.seal.mac, self->seal.mac, sizeof made.seal.mac);
  memory_of_heads_note(memory, &made);
  if (self->locked) memory_of_heads_note_head(memory, &self->namespace_row);
}

ss_status transaction_commit(transaction *self, ss_error *error) {
  GUARD(save_head(self, error));
  GUARD(save_seal(self, error));
  GUARD(storage_commit(&self->session, error));
  if (self->next != NULL) trusts_offer(&self->store->trusts, self->next);
  remember(self);
  wrap_budget_deposit(&self->store->budget, scratch_active_key(self->scratch)->version,
                      self->granted_wraps);
  return SS_OK;
}

static ss_status run_once(transaction *tx, transaction_body body, void *context, ss_error *error) {
  bool changed = false;
  GUARD(body(context, tx, &changed, error));
  return changed ? transaction_commit(tx, error) : SS_OK;
}

/* What the body found may need a proof that is not made under the lock: then it is tried again with
 * it. */
ss_status transaction_run(ss_store *store, scratch *with, gate *passed, transaction_body body,
                          void *context, ss_error *error) {
  for (int tries = 1;; tries++) {
    transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
    GUARD(transaction_begin(store, with, passed, &tx, error));
    tx.proves_here = tries > PROOFS_TRIED;
    const ss_status status = run_once(&tx, body, context, error);
    if (!tx.needs_proof) return status;
    const text_view name = tx.namespace_name;
    transaction_clear(&tx);
    GUARD(state_proof_make(store, with, name, error));
  }
}
