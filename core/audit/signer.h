/* MACs, digests and terms of what a store holds, under the keys of a trust. Holds contexts keyed
 * with what it last used: one thread at a time. */
#ifndef AUDIT_SIGNER_H
#define AUDIT_SIGNER_H

#include "audit/canonical.h"
#include "audit/terms.h"
#include "audit/trust.h"

/* A context that holds the key of one epoch. */
typedef struct keyed_mac {
  int64_t epoch; /* 0: none */
  mac_context mac;
} keyed_mac;

typedef struct signer {
  const crypto_suite *suite;
  const trust *trust; /* borrowed; its holder binds another before it lets go */
  keyed_mac event;
  keyed_mac head;
  keyed_mac seal;
  term_maker terms;
  byte_buffer text;
} signer;

void signer_init(signer *self, const crypto_suite *suite);
void signer_clear(signer *self);

/* Whose keys it uses from now on; NULL: none. Wipes those of another one. */
void signer_bind(signer *self, const trust *bound);

/* ---- Rows ------------------------------------------------------------------------------------ */

ss_status signer_row_digest(signer *self, text_view namespace_name, const secret_record *row,
                            unsigned char digest[SHA256_BYTES], ss_error *error) MUST_CHECK;

/* Adds a row's term to a sum, or takes it away. */
typedef enum sum_change { SUM_GAINS, SUM_LOSES } sum_change;
ss_status signer_change_sum(signer *self, unsigned char sum[TERM_BYTES], sum_change how,
                            row_table table, const kept_row *row,
                            const unsigned char digest[SHA256_BYTES], ss_error *error) MUST_CHECK;

/* ---- Events ---------------------------------------------------------------------------------- */

/* The MAC of an event that follows previous_mac. SS_INTEGRITY_VIOLATION if there is no such epoch. */
ss_status signer_event_mac(signer *self, text_view namespace_name,
                           const unsigned char previous_mac[MAC_BYTES], const event_record *event,
                           unsigned char mac[MAC_BYTES], ss_error *error) MUST_CHECK;
ss_status signer_store_event_mac(signer *self, const unsigned char previous_mac[MAC_BYTES],
                                 const store_event_record *event, unsigned char mac[MAC_BYTES],
                                 ss_error *error) MUST_CHECK;

/* ---- Heads and seal -------------------------------------------------------------------------- */

ss_status signer_head_mac(signer *self, text_view namespace_name, const namespace_record *record,
                          unsigned char mac[MAC_BYTES], ss_error *error) MUST_CHECK;
ss_status signer_seal_mac(signer *self, const seal_record *seal, unsigned char mac[MAC_BYTES],
                          ss_error *error) MUST_CHECK;

/* Adds what the seal has of a namespace's head to the seal's sum, or takes it away. */
ss_status signer_change_seal(signer *self, seal_record *seal, sum_change how,
                             text_view namespace_name, const namespace_record *record,
                             ss_error *error) MUST_CHECK;

/* Whether two seals say the same of the namespaces that there are. */
bool seal_covers_same(const seal_record *one, const seal_record *other);

/* A text's MAC under the head key (heads kept by hand) or the seal key (anchors) of an epoch. */
ss_status signer_head_text_mac(signer *self, int64_t epoch, byte_view text,
                               unsigned char mac[MAC_BYTES], ss_error *error) MUST_CHECK;
ss_status signer_anchor_mac(signer *self, int64_t epoch, byte_view text,
                            unsigned char mac[MAC_BYTES], ss_error *error) MUST_CHECK;

#endif
