/* A row on its way in: read from a line, authenticated under the source's keys. */
#ifndef ENGINE_TRANSFER_IMPORT_ROW_H
#define ENGINE_TRANSFER_IMPORT_ROW_H

#include "engine/transfer/portable_frame.h"

typedef enum import_format { IMPORT_COMPONENT, IMPORT_PORTABLE } import_format;

/* Everything lives in the import's memory. */
typedef struct import_row {
  int64_t line;
  text_view namespace_name; /* absent: the default one */
  text_view name;
  int64_t key_version;
  int64_t revision; /* 0: the format has none */
  int64_t created_at;
  int64_t updated_at;
  int64_t expires_at; /* or SS_NO_EXPIRY */
  byte_view iv;
  byte_view dek_iv;
  byte_view wrapped_dek;
  byte_view value; /* sealed */
  unsigned char value_digest[SHA256_BYTES];
  text_view metadata;     /* as the source has it, which the DEK authenticates */
  text_view new_metadata; /* what the policy made of it */
  bool has_new_metadata;
  bool refused; /* in the second pass: not to be stored */
} import_row;

/* Reads a line. Whatever is wrong with the line is SS_INVALID_ARGUMENT; row->name and
 * namespace_name are filled as far as they were read. */
ss_status import_row_read(import_row *row, const crypto_suite *suite, import_format format,
                          text_view line, arena *memory, ss_error *error) MUST_CHECK;

/* Unwraps the DEK. export_id: of a portable export. */
ss_status import_row_unwrap(const import_row *row, import_format format, text_view export_id,
                            envelope *opener, dek *key, ss_error *error) MUST_CHECK;

#endif
