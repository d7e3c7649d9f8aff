/* The audit chain (docs/formats.md): what an event's MAC covers, and how events are appended.
 *
 * Each namespace has its own chain. Event i carries
 *
 *     mac(i) = HMAC-SHA256(audit key, mac(i-1) || canonical(i)),   mac(0) = 32 zero bytes
 *
 * where canonical(i) is a JSON array of everything that is stored about the event, the store's
 * id, the names, and a digest of the secret's row as the event left it. Deleting, changing,
 * reordering or inserting an event therefore breaks every MAC from there on. What it would not
 * show is a tail that was cut off, so the namespace row keeps the head, under a MAC of its own:
 *
 *     head_check = HMAC-SHA256(audit key, ["head1", storeId, namespace|null, sequence, mac,
 *                                          epoch, lastEventAt, secretCount])
 *
 * Pruning leaves a checkpoint, from which verification starts: the newest pruned event's sequence
 * and mac, under
 *
 *     checkpoint_check = HMAC-SHA256(audit key, ["checkpoint1", storeId, namespace|null, sequence,
 *                                                mac, epoch])
 *
 * An append first checks the head it builds on; a forged head is never continued, since that
 * would give the forgery a good MAC.
 *
 *     canonical  ["event1", storeId, namespace|null, sequence, type, secretId, name, actor|null,
 *                 createdAt, epoch, rowDigest|null, detail|null]
 *     row digest  SHA-256 of ["row1", secretId, format, revision, keyVersion, createdAt,
 *                 updatedAt, expiresAt|null, iv, dekIv, wrappedDek, metadata|null]
 *
 * Bytes stand as lower-case hexadecimal; metadata and detail as their JSON text. The row digest
 * leaves the sealed value out: the wrapped DEK in it is unique to each put, and opens only the
 * value that was sealed under it. */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit/epochs.h"
#include "base/buffer.h"
#include "crypto/mac.h"

/* Computes MACs and digests: one thread at a time. Borrows suite and epochs. */
typedef struct chain_signer {
  const crypto_suite *suite;
  audit_epochs *epochs;
  text_view store_id;
  int64_t keyed_epoch; /* whose key mac holds; 0: none */
  mac_context mac;
  byte_buffer scratch;
} chain_signer;

void chain_signer_init(chain_signer *signer, const crypto_suite *suite, audit_epochs *epochs,
                       text_view store_id);
void chain_signer_clear(chain_signer *signer);

/* Whether the signer could be keyed for that epoch: its key may be sealed or unknown. */
ss_status chain_use_epoch(chain_signer *signer, int64_t epoch, audit_key_state *state,
                          ss_error *error) MUST_CHECK;

/* Lets go of the key it holds. */
void chain_forget_epoch(chain_signer *signer);

/* The canonical texts, appended to output. */
void chain_append_canonical_event(byte_buffer *output, text_view store_id, text_view namespace_name,
                                  const event_record *event);
void chain_append_canonical_head(byte_buffer *output, text_view store_id, text_view namespace_name,
                                 const namespace_record *record);
void chain_append_canonical_row(byte_buffer *output, const secret_record *secret);

ss_status chain_row_digest(chain_signer *signer, const secret_record *secret,
                           unsigned char digest[SHA256_BYTES], ss_error *error) MUST_CHECK;

/* The MAC of an event that follows previous_mac. The signer is keyed for its epoch. */
ss_status chain_event_mac(chain_signer *signer, text_view namespace_name,
                          const unsigned char previous_mac[MAC_BYTES], const event_record *event,
                          unsigned char mac[MAC_BYTES], ss_error *error) MUST_CHECK;

/* Whether record's head_check is that of its head. The signer is keyed for its head_epoch. */
ss_status chain_head_is_authentic(chain_signer *signer, text_view namespace_name,
                                  const namespace_record *record, bool *authentic,
                                  ss_error *error) MUST_CHECK;

/* The same for its checkpoint, whose epoch is checkpoint_epoch; and making the check. */
ss_status chain_checkpoint_is_authentic(chain_signer *signer, text_view namespace_name,
                                        const namespace_record *record, bool *authentic,
                                        ss_error *error) MUST_CHECK;
ss_status chain_seal_checkpoint(chain_signer *signer, text_view namespace_name,
                                namespace_record *record, ss_error *error) MUST_CHECK;

/* Whether a stored sequence, which may be any number, comes right after another one. */
static inline bool chain_follows(int64_t sequence, int64_t previous) {
  return previous < SS_MAX_INTEGER && sequence == previous + 1;
}

/* Appends an event to the chain whose head is record, and moves the head. The caller filled
 * event's type, secret, name, actor, detail, row_digest and created_at (which is raised to the
 * newest event's if the clock ran back); the rest is filled here. The head was checked, the
 * signer is keyed for epoch. The caller seals and saves the head before it commits.
 * SS_STORAGE_CORRUPT if the head names the last sequence there is, which no chain reaches. */
ss_status chain_append(chain_signer *signer, storage_session *session, text_view namespace_name,
                       int64_t epoch, namespace_record *record, event_record *event,
                       ss_error *error) MUST_CHECK;
ss_status chain_seal_head(chain_signer *signer, text_view namespace_name, namespace_record *record,
                          ss_error *error) MUST_CHECK;

#endif
