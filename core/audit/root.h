/* The root (docs/formats.md): everything about a store that is no row, event or head, in one text
 * under one MAC. This is the text and its record; keys and MACs are trust.h's.
 *
 *     ["root1",storeId,sequence,createdAt,incarnation,schemaVersion,keks,epochs,minEpoch,settings,
 *      policyHash|null,logSequence,logMac]
 *
 * Nothing in it is secret. What is read is exactly what root_append_text writes, or refused: no two
 * texts say the same. */
#ifndef AUDIT_ROOT_H
#define AUDIT_ROOT_H

#include "base/buffer.h"
#include "crypto/envelope.h"
#include "crypto/mac.h"

#define ROOT_DEFAULT_EVENTS_MIN_RETENTION_MS INT64_C(2592000000) /* 30 days */

enum {
  ROOT_SCHEMA_VERSION = 1,
  ROOT_MAX_EPOCHS = 10000, /* as many keys can have been retired */
  ROOT_MAX_KEKS = 10000,
};

typedef enum kek_state { KEK_ADMITTED, KEK_RETIRING, KEK_RETIRED } kek_state;

/* A KEK version that was ever admitted. */
typedef struct root_kek {
  int64_t version;
  unsigned char check[KEY_CHECK_BYTES];
  int64_t first_seen_at;
  int64_t active_since; /* of its first write as the active key; SS_NO_EXPIRY: none yet */
  kek_state state;
  int64_t retired_epoch; /* which began with its retirement; 0: it is admitted */
} root_kek;

/* An epoch key, sealed under one KEK version. */
typedef struct root_wrap {
  int64_t key_version;
  wrapped_key wrapped;
} root_wrap;

typedef struct root_epoch {
  unsigned char check[MAC_BYTES];
  int64_t started_at;
  root_wrap *wraps; /* in order of version */
  size_t wrap_count;
} root_epoch;

/* What whoever opens the store finds set (secretstore settings). */
typedef struct root_settings {
  int64_t events_min_retention_ms;
} root_settings;

typedef struct root_record {
  char store_id[STORE_ID_TEXT_CAPACITY];
  int64_t sequence;
  int64_t created_at;
  int64_t incarnation;
  root_kek *keks; /* in order of version */
  size_t kek_count;
  root_epoch *epochs; /* epochs[i] is epoch i + 1 */
  size_t epoch_count;
  int64_t min_epoch;
  root_settings settings;
  bool requires_policy;
  unsigned char policy_hash[SHA256_BYTES];
  int64_t log_sequence; /* the store log's head */
  unsigned char log_mac[MAC_BYTES];
} root_record;

void root_clear(root_record *root);

void root_append_text(byte_buffer *output, const root_record *root);

/* SS_INTEGRITY_VIOLATION if it is not the text of a root. Believe nothing of it before the MAC. */
ss_status root_parse(text_view text, root_record *root, ss_error *error) MUST_CHECK;

/* NULL: there is none. */
root_kek *root_find_kek(const root_record *root, int64_t version);
const root_wrap *root_find_wrap(const root_epoch *epoch, int64_t key_version);

/* Adds a version that is not there, or a wrap; places them in order. NULL when out of memory. */
root_kek *root_add_kek(root_record *root, int64_t version);
root_wrap *root_add_wrap(root_epoch *epoch, int64_t key_version);
/* One more epoch, without wraps; NULL when out of memory. */
root_epoch *root_add_epoch(root_record *root);
/* Takes all wraps under a version away. */
void root_remove_wraps(root_record *root, int64_t key_version);

const char *kek_state_name(kek_state state);

/* The settings as they stand in the root, which is also what events and hosts are shown. */
void root_append_settings(byte_buffer *output, const root_settings *settings);

#endif
