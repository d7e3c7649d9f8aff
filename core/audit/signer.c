/* Keying contexts, and computing with them. */
#include "audit/signer.h"

#include <stddef.h>

#include "base/status.h"

void signer_init(signer *self, const crypto_suite *suite) { *self = (signer){.suite = suite}; }

static void forget_key(keyed_mac *keyed) {
  mac_clear(&keyed->mac);
  keyed->epoch = 0;
}

static void forget_keys(signer *self) {
  forget_key(&self->event);
  forget_key(&self->head);
  forget_key(&self->seal);
  term_maker_clear(&self->terms);
}

void signer_clear(signer *self) {
  forget_keys(self);
  buffer_clear(&self->text);
  *self = (signer){0};
}

void signer_bind(signer *self, const trust *bound) {
  if (self->trust == bound) return;
  forget_keys(self);
  self->trust = bound;
}

/* ---- Keying ---------------------------------------------------------------------------------- */

/* offset: of the key within epoch_keys. */
static ss_status use_epoch(signer *self, keyed_mac *keyed, size_t offset, int64_t epoch,
                           ss_error *error) {
  if (keyed->epoch == epoch && epoch != 0) return SS_OK;
  const epoch_keys *keys = trust_epoch(self->trust, epoch);
  if (keys == NULL) {
    return error_set(error, SS_INTEGRITY_VIOLATION,
                     "something in the store is of epoch %lld, which its root does not name",
                     (long long)epoch);
  }
  forget_key(keyed);
  GUARD(mac_init(&keyed->mac, self->suite, (const unsigned char *)keys + offset, error));
  keyed->epoch = epoch;
  return SS_OK;
}

static ss_status use_event_key(signer *self, int64_t epoch, ss_error *error) {
  return use_epoch(self, &self->event, offsetof(epoch_keys, event), epoch, error);
}

static ss_status use_head_key(signer *self, int64_t epoch, ss_error *error) {
  return use_epoch(self, &self->head, offsetof(epoch_keys, head), epoch, error);
}

static ss_status use_seal_key(signer *self, int64_t epoch, ss_error *error) {
  return use_epoch(self, &self->seal, offsetof(epoch_keys, seal), epoch, error);
}

static ss_status use_state_key(signer *self, ss_error *error) {
  if (term_maker_is_ready(&self->terms)) return SS_OK;
  return term_maker_init(&self->terms, self->suite, trust_epoch(self->trust, 1)->state, error);
}

static text_view store_id(const signer *self) { return text_view_of(self->trust->root.store_id); }

/* The MAC of the text that was built, behind a prefix. */
static ss_status finish(signer *self, keyed_mac *keyed, byte_view prefix,
                        unsigned char mac[MAC_BYTES], ss_error *error) {
  GUARD(buffer_status(&self->text, error));
  return mac_compute(&keyed->mac, prefix, buffer_view(&self->text), mac, error);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

ss_status signer_row_digest(signer *self, text_view namespace_name, const secret_record *row,
                            unsigned char digest[SHA256_BYTES], ss_error *error) {
  buffer_reset(&self->text);
  canonical_row(&self->text, namespace_name, row);
  GUARD(buffer_status(&self->text, error));
  return sha256_digest(self->suite, buffer_view(&self->text), digest, error);
}

/* The term of the text that was built. */
static ss_status change_sum(signer *self, unsigned char sum[TERM_BYTES], sum_change how,
                            ss_error *error) {
  term made;
  GUARD(buffer_status(&self->text, error));
  GUARD(use_state_key(self, error));
  GUARD(term_make(&self->terms, buffer_view(&self->text), &made, error));
  if (how == SUM_GAINS) {
    term_add(sum, &made);
  } else {
    term_subtract(sum, &made);
  }
  return SS_OK;
}

ss_status signer_change_sum(signer *self, unsigned char sum[TERM_BYTES], sum_change how,
                            row_table table, const kept_row *row,
                            const unsigned char digest[SHA256_BYTES], ss_error *error) {
  const int64_t replaced_at = table == ROWS_OF_VERSIONS ? row->replaced_at : SS_NO_EXPIRY;
  const int64_t removed_at = table == ROWS_OF_REMOVED ? row->removed_at : SS_NO_EXPIRY;
  buffer_reset(&self->text);
  canonical_row_term(&self->text, table, replaced_at, removed_at, digest);
  return change_sum(self, sum, how, error);
}

/* ---- Events ---------------------------------------------------------------------------------- */

ss_status signer_event_mac(signer *self, text_view namespace_name,
                           const unsigned char previous_mac[MAC_BYTES], const event_record *event,
                           unsigned char mac[MAC_BYTES], ss_error *error) {
  GUARD(use_event_key(self, event->epoch, error));
  buffer_reset(&self->text);
  canonical_event(&self->text, store_id(self), namespace_name, event);
  return finish(self, &self->event, (byte_view){previous_mac, MAC_BYTES}, mac, error);
}

ss_status signer_store_event_mac(signer *self, const unsigned char previous_mac[MAC_BYTES],
                                 const store_event_record *event, unsigned char mac[MAC_BYTES],
                                 ss_error *error) {
  GUARD(use_event_key(self, event->epoch, error));
  buffer_reset(&self->text);
  canonical_store_event(&self->text, store_id(self), event);
  return finish(self, &self->event, (byte_view){previous_mac, MAC_BYTES}, mac, error);
}

/* ---- Heads and seal -------------------------------------------------------------------------- */

static ss_status digest_sum(signer *self, const unsigned char sum[TERM_BYTES],
                            unsigned char digest[SHA256_BYTES], ss_error *error) {
  return sha256_digest(self->suite, (byte_view){sum, TERM_BYTES}, digest, error);
}

ss_status signer_head_mac(signer *self, text_view namespace_name, const namespace_record *record,
                          unsigned char mac[MAC_BYTES], ss_error *error) {
  unsigned char digest[SHA256_BYTES];
  GUARD(use_head_key(self, record->epoch, error));
  GUARD(digest_sum(self, record->sum, digest, error));
  buffer_reset(&self->text);
  canonical_head(&self->text, store_id(self), namespace_name, record, digest);
  return finish(self, &self->head, (byte_view){0}, mac, error);
}

ss_status signer_seal_mac(signer *self, const seal_record *seal, unsigned char mac[MAC_BYTES],
                          ss_error *error) {
  unsigned char digest[SHA256_BYTES];
  GUARD(use_seal_key(self, seal->epoch, error));
  GUARD(digest_sum(self, seal->sum, digest, error));
  buffer_reset(&self->text);
  canonical_seal(&self->text, store_id(self), seal, digest);
  return finish(self, &self->seal, (byte_view){0}, mac, error);
}

ss_status signer_change_seal(signer *self, seal_record *seal, sum_change how,
                             text_view namespace_name, const namespace_record *record,
                             ss_error *error) {
  buffer_reset(&self->text);
  canonical_sealed_term(&self->text, namespace_name, record->sealed_sequence, record->sealed_mac);
  return change_sum(self, seal->sum, how, error);
}

bool seal_covers_same(const seal_record *one, const seal_record *other) {
  return one->namespaces == other->namespaces && memcmp(one->sum, other->sum, sizeof one->sum) == 0;
}

ss_status signer_head_text_mac(signer *self, int64_t epoch, byte_view text,
                               unsigned char mac[MAC_BYTES], ss_error *error) {
  GUARD(use_head_key(self, epoch, error));
  return mac_compute(&self->head.mac, (byte_view){0}, text, mac, error);
}

ss_status signer_anchor_mac(signer *self, int64_t epoch, byte_view text,
                            unsigned char mac[MAC_BYTES], ss_error *error) {
  GUARD(use_seal_key(self, epoch, error));
  return mac_compute(&self->seal.mac, (byte_view){0}, text, mac, error);
}
