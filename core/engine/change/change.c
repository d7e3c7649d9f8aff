/* The steps of a change. */
#include "engine/change/change.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/last_event.h"
#include "engine/change/row.h"
#include "engine/change/state_proof.h"

void change_begin(change *self, ss_store *store, scratch *with, gate *passed) {
  *self = (change){.store = store, .scratch = with, .gate = passed};
}

void change_clear(change *self) { dek_clear(&self->key); }

/* ---- The row that is there ------------------------------------------------------------------ */

static const unsigned char *place_bytes(byte_view *view, const unsigned char *at) {
  view->data = at;
  return at + view->length;
}

/* Views of storage end with the next call on it; these end with the next change with the scratch. */
static ss_status take_row(change *self, const secret_record *row, ss_error *error) {
  byte_buffer *memory = &self->scratch->current;
  buffer_reset(memory);
  buffer_append(memory, row->iv.data, row->iv.length);
  buffer_append(memory, row->value_digest.data, row->value_digest.length);
  buffer_append(memory, row->dek_iv.data, row->dek_iv.length);
  buffer_append(memory, row->wrapped_dek.data, row->wrapped_dek.length);
  buffer_append(memory, row->metadata.data, row->metadata.length);
  GUARD(buffer_status(memory, error));
  secret_record *current = &self->current;
  *current = *row;
  current->name = self->name;
  const unsigned char *at = place_bytes(&current->iv, memory->data);
  at = place_bytes(&current->value_digest, at);
  at = place_bytes(&current->dek_iv, at);
  at = place_bytes(&current->wrapped_dek, at);
  if (row->metadata.data != NULL) current->metadata.data = (const char *)at;
  return SS_OK;
}

static bool bytes_are_same(byte_view a, byte_view b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool rows_are_same(const secret_record *a, const secret_record *b) {
  return a->id == b->id && a->namespace_id == b->namespace_id && a->format == b->format &&
         a->revision == b->revision && a->key_version == b->key_version &&
         a->created_at == b->created_at && a->updated_at == b->updated_at &&
         a->expires_at == b->expires_at && bytes_are_same(a->iv, b->iv) &&
         bytes_are_same(a->value_digest, b->value_digest) && bytes_are_same(a->dek_iv, b->dek_iv) &&
         bytes_are_same(a->wrapped_dek, b->wrapped_dek) &&
         text_view_equals(a->metadata, b->metadata);
}

text_view change_kept_metadata(const change *self) {
  const bool has_any = self->found && self->current.metadata.length > 0;
  return has_any ? self->current.metadata : (text_view){0};
}

/* ---- Asking the policy ---------------------------------------------------------------------- */

static ss_status propose(change *self, int64_t now, ss_error *error) {
  gate_set_target(self->gate, self->namespace_name, self->name,
                  self->found ? &self->current : NULL);
  self->gate->subject.now = now;
  if (self->propose == NULL) return SS_OK;
  GUARD(self->propose(self, error));
  return gate_judge(self->gate, error);
}

static ss_status look(change *self, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  secret_record row = {0};
  GUARD(storage_begin_read(self->store->storage, &session, error));
  GUARD(storage_look_up_secret(session, self->namespace_name, self->name, SECRET_HEADER, &row,
                               &self->found, error));
  return self->found ? take_row(self, &row, error) : SS_OK;
}

ss_status change_foresee(change *self, ss_error *error) {
  if (gate_is_open(self->gate)) return SS_OK;
  GUARD(look(self, error));
  GUARD(propose(self, clock_now_ms(&self->store->clock), error));
  self->is_foreseen = true;
  return SS_OK;
}

/* Whether the policy has judged this very row; one that expired meanwhile is another one. */
static bool is_as_foreseen(const change *self, bool found, const secret_record *row) {
  if (!self->is_foreseen || found != self->found) return false;
  if (!found) return true;
  return rows_are_same(row, &self->current) &&
         row_is_expired(row, self->tx->now) == row_is_expired(row, self->gate->subject.now);
}

/* What was judged stands; time has gone on. */
static void catch_up(change *self) {
  policy_subject *subject = &self->gate->subject;
  if (self->expiry_follows_now && subject->expires_at != SS_NO_EXPIRY) {
    subject->expires_at = row_plausible(subject->expires_at + self->tx->now - subject->now);
  }
  subject->now = self->tx->now;
}

/* ---- Steps in the transaction --------------------------------------------------------------- */

ss_status change_find(change *self, transaction *tx, bool creates_namespace, ss_error *error) {
  const bool reads_others = self->read_count > 0;
  const namespace_lock lock = {
      .name = self->namespace_name,
      .create = creates_namespace,
      .reads = reads_others ? self->reads : &self->name,
      .read_count = reads_others ? self->read_count : 1,
  };
  secret_record row = {0};
  bool found = false;
  self->tx = tx;
  self->is_current = false;
  self->is_unsigned = false;
  GUARD(transaction_lock(tx, &lock, &found, error));
  if (found) {
    GUARD(storage_find_secret_header(tx->session, tx->namespace_row.id, self->name, &row, &found,
                                     error));
  }
  if (is_as_foreseen(self, found, &row)) {
    catch_up(self);
    return SS_OK;
  }
  self->is_foreseen = false;
  self->found = found;
  if (found) GUARD(take_row(self, &row, error));
  return propose(self, tx->now, error);
}

ss_status change_check_revision(const change *self, int64_t if_revision, ss_error *error) {
  return row_check_revision(self->name, self->found ? &self->current : NULL, if_revision, error);
}

ss_status change_authenticate(change *self, ss_error *error) {
  assert(self->found && self->tx != NULL);
  return row_unwrap_dek(self->store, self->scratch, self->namespace_name, self->name,
                        &self->current, &self->key, error);
}

static ss_status is_not_current(const change *self, const char *why, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "secret \"%.*s\": %s: the file was changed, or put back in part; run verify",
                   QUOTED_LENGTH(self->name.length), self->name.data, why);
}

static ss_status prove_here(change *self, ss_error *error) {
  transaction *tx = self->tx;
  if (tx->proved.sequence == 0 || tx->proved.namespace_id != tx->namespace_row.id) {
    GUARD(state_proof_make_here(self->scratch, tx->session, self->namespace_name,
                                &tx->namespace_row, &tx->proved, error));
  }
  self->is_current = state_map_holds(&tx->proved, self->current.id, self->current_digest);
  return SS_OK;
}

/* Its last event was pruned; or there never was one. */
static ss_status compare_with_state(change *self, ss_error *error) {
  transaction *tx = self->tx;
  if (tx->namespace_row.checkpoint_sequence == 0) {
    return is_not_current(self, "no event of the log created it", error);
  }
  const bool proved = state_proof_find(self->store, &tx->namespace_row, self->current.id,
                                       self->current_digest, &self->is_current);
  if (!proved && tx->proves_here) {
    GUARD(prove_here(self, error));
  } else if (!proved) {
    tx->needs_proof = true;
    return error_set(error, SS_STORAGE_BUSY,
                     "the state of the namespace changed while it was being proved: try again");
  }
  return self->is_current ? SS_OK : is_not_current(self, "it is not what was last written", error);
}

ss_status change_compare(change *self, ss_error *error) {
  assert(self->found && self->tx != NULL);
  last_event last;
  GUARD(signer_row_digest(&self->scratch->signer, self->namespace_name, &self->current,
                          self->current_digest, error));
  GUARD(last_event_find(self->tx, self->name, self->current.id, &last, error));
  if (!last.found) return compare_with_state(self, error);
  self->is_current = last_event_left(&last, self->current_digest);
  if (self->is_current) return SS_OK;
  return is_not_current(self,
                        last.type == SS_EVENT_DELETED ? "it was deleted, and is back"
                                                      : "it is not as its last event left it",
                        error);
}

ss_status change_purge(change *self, ss_error *error) {
  assert(self->found && self->tx != NULL);
  last_event last;
  GUARD(signer_row_digest(&self->scratch->signer, self->namespace_name, &self->current,
                          self->current_digest, error));
  const ss_status status = last_event_find(self->tx, self->name, self->current.id, &last, error);
  if (status != SS_OK && status != SS_INTEGRITY_VIOLATION) return status;
  if (status != SS_OK) last.found = false;
  self->is_current = true;
  self->is_unsigned = last.found && !last.has_digest;
  if (last.found && last.has_digest) memcpy(self->current_digest, last.row_digest, SHA256_BYTES);
  error_clear(error);
  return SS_OK;
}

bool change_row_is_at_fault(ss_status status) {
  return status == SS_DECRYPTION_FAILED || status == SS_UNSUPPORTED ||
         status == SS_INTEGRITY_VIOLATION;
}

/* ---- Composing ------------------------------------------------------------------------------ */

static ss_status compose_new(change *self, ss_error *error) {
  self->row = (secret_record){
      .revision = 1,
      .created_at = self->tx->now,
      .updated_at = self->tx->now,
  };
  return storage_next_secret_id(self->tx->session, &self->row.id, error);
}

/* A secret's times never run back, whatever the clock does. */
static ss_status compose_next(change *self, ss_error *error) {
  const secret_record *current = &self->current;
  self->row = *current;
  self->row.updated_at = current->updated_at > self->tx->now ? current->updated_at : self->tx->now;
  return row_next_revision(self->name, current, &self->row.revision, error);
}

/* The IV goes on, under the DEK's new wrap. */
static ss_status check_kept_iv(const change *self, ss_error *error) {
  if (self->row.iv.length == GCM_IV_BYTES) return SS_OK;
  return error_set(error, SS_DECRYPTION_FAILED, "secret \"%.*s\": its IV has a wrong length",
                   QUOTED_LENGTH(self->name.length), self->name.data);
}

static void take_proposal(change *self) {
  self->row.expires_at = self->gate->subject.expires_at;
  self->row.metadata = self->gate->subject.metadata;
}

static ss_status compose_fields(change *self, ss_error *error) {
  switch (self->kind) {
    case CHANGE_CREATES: GUARD(compose_new(self, error)); break;
    case CHANGE_REPLACES:
    case CHANGE_EDITS: GUARD(compose_next(self, error)); break;
    case CHANGE_ROTATES: self->row = self->current; return check_kept_iv(self, error);
    case CHANGE_DELETES: self->row = self->current; return SS_OK;
  }
  take_proposal(self);
  return self->kind == CHANGE_EDITS ? check_kept_iv(self, error) : SS_OK;
}

ss_status change_compose(change *self, change_kind kind, ss_error *error) {
  assert(self->tx != NULL && self->found == (kind != CHANGE_CREATES));
  self->kind = kind;
  GUARD(compose_fields(self, error));
  secret_record *row = &self->row;
  row->namespace_id = self->tx->namespace_row.id;
  row->name = self->name;
  if (kind == CHANGE_DELETES) return SS_OK;
  row->format = STORAGE_SECRET_FORMAT;
  row->key_version = scratch_active_key(self->scratch)->version;
  row->dek_iv = (byte_view){self->wrapped.iv, sizeof self->wrapped.iv};
  row->wrapped_dek = (byte_view){self->wrapped.bytes, sizeof self->wrapped.bytes};
  return SS_OK;
}

/* ---- Applying ------------------------------------------------------------------------------- */

static const struct {
  ss_event_type event;
  ss_status (*store)(storage_session *session, const secret_record *row, ss_error *error);
} kinds[] = {
    [CHANGE_CREATES] = {SS_EVENT_CREATED, storage_insert_secret},
    [CHANGE_REPLACES] = {SS_EVENT_UPDATED, storage_replace_secret},
    [CHANGE_EDITS] = {SS_EVENT_UPDATED, storage_rewrap_secret},
    [CHANGE_ROTATES] = {SS_EVENT_ROTATED, storage_rewrap_secret},
    [CHANGE_DELETES] = {SS_EVENT_DELETED, storage_delete_secret},
};

/* The IV is another one, and a wrap is counted, each time that a transaction is tried: the same IV
 * over another AAD would give the KEK's authentication away. */
static ss_status wrap(change *self, const dek *key, ss_error *error) {
  assert(key != NULL && self->row.iv.length == GCM_IV_BYTES);
  GUARD(transaction_take_wrap(self->tx, error));
  if (!self->has_drawn_iv) {
    GUARD(random_public(self->wrapped.iv, sizeof self->wrapped.iv, error));
  }
  self->has_drawn_iv = false;
  const dek_binding binding =
      row_binding(self->store, self->namespace_name, self->name, &self->row);
  return envelope_wrap_dek(self->scratch->envelope, &binding, key, &self->wrapped, error);
}

ss_status change_apply(change *self, const dek *key, text_view detail, ss_error *error) {
  const bool is_deleted = self->kind == CHANGE_DELETES;
  const ss_event_type type = kinds[self->kind].event;
  unsigned char digest[SHA256_BYTES];
  assert(self->kind == CHANGE_CREATES || self->is_current);
  if (!is_deleted) GUARD(wrap(self, key, error));
  GUARD(gate_enrich(self->gate, type, &detail, error));
  GUARD(kinds[self->kind].store(self->tx->session, &self->row, error));
  if (!is_deleted) {
    GUARD(
        signer_row_digest(&self->scratch->signer, self->namespace_name, &self->row, digest, error));
  }
  const secret_change event = {
      .type = type,
      .secret_id = self->row.id,
      .revision = self->row.revision,
      .name = self->name,
      .actor = self->actor,
      .detail = detail,
      .previous_digest =
          self->kind == CHANGE_CREATES || self->is_unsigned ? NULL : self->current_digest,
      .row_digest = is_deleted ? NULL : digest,
  };
  return transaction_append(self->tx, &event, error);
}
