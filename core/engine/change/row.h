/* A secret's row as the engine sees it: what its wrapped DEK authenticates, and whether it does. */
#ifndef ENGINE_CHANGE_ROW_H
#define ENGINE_CHANGE_ROW_H

#include "engine/store/store.h"

/* What the wrapped DEK of this row must have been wrapped with, if the row is what the caller
 * asked for by these names. */
dek_binding row_binding(const ss_store *store, text_view namespace_name, text_view name,
                        const secret_record *row);

/* Unwraps the row's DEK, which authenticates the row: its value too, if it has one, and else what it
 * says of it. SS_UNSUPPORTED for a newer row format, SS_KEY_VERSION_UNAVAILABLE (the key is not
 * configured, or was retired), SS_DECRYPTION_FAILED. Whatever the outcome but the last, the row's
 * numbers are within their limits. */
ss_status row_unwrap_dek(const ss_store *store, scratch *with, text_view namespace_name,
                         text_view name, const secret_record *row, dek *key,
                         ss_error *error) MUST_CHECK;

/* The nearest number within the limits, for what is handed out of rows and events that nothing
 * authenticates: hosts rely on 0 .. SS_MAX_INTEGER. */
int64_t row_plausible(int64_t number);
/* The same for an expiry, which may be none. */
int64_t row_plausible_expiry(int64_t expires_at);

bool row_is_expired(const secret_record *row, int64_t now);

/* Whether a request's if_revision allows writing to a row; NULL: there is none. */
ss_status row_check_revision(text_view name, const secret_record *row, int64_t if_revision,
                             ss_error *error) MUST_CHECK;

/* The revision that follows the row's. SS_UNSUPPORTED if that was the last one. */
ss_status row_next_revision(text_view name, const secret_record *row, int64_t *revision,
                            ss_error *error) MUST_CHECK;

/* The opaque form of a secret's id at the API, and back; false if text is none. */
void row_format_secret_id(int64_t id, char text[SS_ID_CAPACITY]);
bool row_parse_secret_id(const char *text, int64_t *id);

#endif
