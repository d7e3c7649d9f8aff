/* Rows: binding, authentication, expiry, revision, ids. */
#include "engine/change/row.h"

#include <stdio.h>

#include "base/status.h"

dek_binding row_binding(const ss_store *store, text_view namespace_name, text_view name,
                        const secret_record *row) {
  return (dek_binding){
      .store_id = store->store_id,
      .namespace_name = namespace_name,
      .name = name,
      .key_version = row->key_version,
      .secret_id = row->id,
      .revision = row->revision,
      .created_at = row->created_at,
      .updated_at = row->updated_at,
      .expires_at = row->expires_at,
      .value_digest = row->value_digest,
      .metadata = row->metadata,
  };
}

static bool is_within(int64_t number, int64_t least) {
  return number >= least && number <= SS_MAX_INTEGER;
}

/* No row that the engine wrote has others: they need not be looked at by whoever computes with
 * them, also where the row's key is not configured and nothing authenticates it. */
static bool numbers_are_plausible(const secret_record *row) {
  return is_within(row->id, 1) && is_within(row->revision, 1) && is_within(row->key_version, 0) &&
         is_within(row->created_at, 0) && is_within(row->updated_at, 0) &&
         (row->expires_at == SS_NO_EXPIRY || is_within(row->expires_at, 0));
}

/* Metadata stands in the AAD as it is, so the text null would pass for no metadata. */
static bool metadata_is_object_or_absent(const secret_record *row) {
  return row->metadata.data == NULL || (row->metadata.length > 0 && row->metadata.data[0] == '{');
}

static ss_status not_authentic(text_view name, const char *why, ss_error *error) {
  return error_set(error, SS_DECRYPTION_FAILED, "secret \"%.*s\": %s", QUOTED_LENGTH(name.length),
                   name.data, why);
}

static ss_status check_fields(text_view name, const secret_record *row, ss_error *error) {
  if (row->format != STORAGE_SECRET_FORMAT) {
    return error_set(error, SS_UNSUPPORTED,
                     "secret \"%.*s\": expected row format %d, got %lld; it needs a newer library",
                     QUOTED_LENGTH(name.length), name.data, STORAGE_SECRET_FORMAT,
                     (long long)row->format);
  }
  if (!metadata_is_object_or_absent(row)) {
    return not_authentic(name, "its stored metadata is not a JSON object", error);
  }
  if (!numbers_are_plausible(row)) {
    return not_authentic(name, "a stored number of it is out of its range", error);
  }
  if (row->value_digest.length != SHA256_BYTES) {
    return not_authentic(name, "its value digest has a wrong length", error);
  }
  return SS_OK;
}

/* A key version that the root does not name is nobody's; one that was retired opens nothing. */
static ss_status check_version(const scratch *with, text_view name, const secret_record *row,
                               ss_error *error) {
  if (root_find_kek(&with->trust->root, row->key_version) == NULL) {
    return not_authentic(name, "its key version is none of this store's", error);
  }
  if (trust_opens(with->trust, row->key_version)) return SS_OK;
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "secret \"%.*s\": its key version, %lld, was retired",
                   QUOTED_LENGTH(name.length), name.data, (long long)row->key_version);
}

static ss_status check_value(const ss_store *store, text_view name, const secret_record *row,
                             ss_error *error) {
  unsigned char digest[SHA256_BYTES];
  if (row->value.data == NULL) return SS_OK;
  GUARD(envelope_digest_value(&store->suite, row->iv, row->value, digest, error));
  if (mac_equals(digest, row->value_digest.data, sizeof digest)) return SS_OK;
  return not_authentic(name, "its value is not the one that its row says", error);
}

ss_status row_unwrap_dek(const ss_store *store, scratch *with, text_view namespace_name,
                         text_view name, const secret_record *row, dek *key, ss_error *error) {
  GUARD(check_fields(name, row, error));
  GUARD(check_version(with, name, row, error));
  GUARD(check_value(store, name, row, error));
  const dek_binding binding = row_binding(store, namespace_name, name, row);
  return envelope_unwrap_dek(with->envelope, &binding, row->dek_iv, row->wrapped_dek, key, error);
}

int64_t row_plausible(int64_t number) {
  if (number < 0) return 0;
  return number > SS_MAX_INTEGER ? SS_MAX_INTEGER : number;
}

int64_t row_plausible_expiry(int64_t expires_at) {
  return expires_at == SS_NO_EXPIRY ? SS_NO_EXPIRY : row_plausible(expires_at);
}

bool row_is_expired(const secret_record *row, int64_t now) {
  return row->expires_at != SS_NO_EXPIRY && now >= row->expires_at;
}

ss_status row_check_revision(text_view name, const secret_record *row, int64_t if_revision,
                             ss_error *error) {
  const int64_t stored = row == NULL ? 0 : row->revision;
  if (if_revision == SS_ANY_REVISION || if_revision == stored) return SS_OK;
  if (row == NULL) {
    return error_set(error, SS_CONFLICT,
                     "secret \"%.*s\": expected revision %lld, but there is none",
                     QUOTED_LENGTH(name.length), name.data, (long long)if_revision);
  }
  return error_set(
      error, SS_CONFLICT, "secret \"%.*s\": expected revision %lld, found revision %lld",
      QUOTED_LENGTH(name.length), name.data, (long long)if_revision, (long long)stored);
}

ss_status row_next_revision(text_view name, const secret_record *row, int64_t *revision,
                            ss_error *error) {
  if (row->revision >= SS_MAX_INTEGER) {
    return error_set(error, SS_UNSUPPORTED, "secret \"%.*s\": it has reached the last revision",
                     QUOTED_LENGTH(name.length), name.data);
  }
  *revision = row->revision + 1;
  return SS_OK;
}

void row_format_secret_id(int64_t id, char text[SS_ID_CAPACITY]) {
  (void)snprintf(text, SS_ID_CAPACITY, "%lld", (long long)id);
}

bool row_parse_secret_id(const char *text, int64_t *id) {
  int64_t number = 0;
  if (text[0] < '1' || text[0] > '9') return false;
  for (const char *digit = text; *digit != '\0'; digit++) {
    if (*digit < '0' || *digit > '9') return false;
    number = number * 10 + (*digit - '0');
    if (number > SS_MAX_INTEGER) return false;
  }
  *id = number;
  return true;
}
