/* Reading rows from JSON lines.
 *
 * The component writes its numbers as JavaScript does, snapshots of it as 1700000000000.0 too, and
 * its metadata as an object. A portable export has integers, and metadata as the stored text in a
 * JSON string, since the DEK's AAD covers that text to the byte. */
#include "engine/transfer/import_row.h"

#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"

/* ---- Fields -------------------------------------------------------------------------------- */

static ss_status field_fault(const char *field, const char *expected, ss_error *error) {
  return error_set(error, SS_INVALID_ARGUMENT, "%s: expected %s", field, expected);
}

static ss_status read_name(const json_t *document, const char *field, bool required, arena *memory,
                           text_view *name, ss_error *error) {
  const json_t *found = json_object_get(document, field);
  if (!required && (found == NULL || json_is_null(found))) return SS_OK;
  if (!json_is_string(found)) return field_fault(field, "a string", error);
  const text_view text = {json_string_value(found), json_string_length(found)};
  GUARD(text_check_name(field, text, error));
  return arena_keep_text(memory, text, name, error);
}

/* whole: a fraction is refused; else it is cut off. */
static ss_status read_number(const json_t *document, const char *field, bool whole, int64_t *number,
                             ss_error *error) {
  const json_t *found = json_object_get(document, field);
  static const char expected[] = "a number from 0 to 2^53-1";
  if (json_is_integer(found)) {
    *number = json_integer_value(found);
  } else if (json_is_real(found)) {
    const double real = json_real_value(found);
    if (!(real >= 0 && real <= (double)SS_MAX_INTEGER)) return field_fault(field, expected, error);
    *number = (int64_t)real;
    if (whole && (double)*number != real) return field_fault(field, "a whole number", error);
  } else {
    return field_fault(field, expected, error);
  }
  return *number >= 0 && *number <= SS_MAX_INTEGER ? SS_OK : field_fault(field, expected, error);
}

static bool is_absent(const json_t *document, const char *field) {
  const json_t *found = json_object_get(document, field);
  return found == NULL || json_is_null(found);
}

static ss_status read_bytes(const json_t *document, const char *field, size_t least, size_t most,
                            arena *memory, byte_view *bytes, ss_error *error) {
  const json_t *found = json_object_get(document, field);
  const text_view text = {json_string_value(found), json_string_length(found)};
  byte_buffer decoded ON_SCOPE_EXIT(buffer_clear) = {0};
  const bool good = text.data != NULL && base64_decode(BASE64_URL, text, &decoded);
  GUARD(buffer_status(&decoded, error));
  if (!good || decoded.length < least || decoded.length > most) {
    if (least == most) {
      return error_set(error, SS_INVALID_ARGUMENT, "%s: expected unpadded base64url of %zu bytes",
                       field, least);
    }
    return error_set(error, SS_INVALID_ARGUMENT,
                     "%s: expected unpadded base64url of at least %zu bytes", field, least);
  }
  unsigned char *kept = arena_allocate(memory, decoded.length);
  if (kept == NULL) return error_out_of_memory(error);
  memcpy(kept, decoded.data, decoded.length);
  *bytes = (byte_view){kept, decoded.length};
  return SS_OK;
}

static ss_status keep_metadata(text_view text, bool verbatim, arena *memory, text_view *metadata,
                               ss_error *error) {
  byte_buffer compact ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(json_append_compact_object(&compact, "metadata", text, error));
  const text_view checked = {(const char *)compact.data, compact.length};
  if (verbatim && !text_view_equals(checked, text)) {
    return field_fault("metadata", "compact JSON text", error);
  }
  return arena_keep_text(memory, checked, metadata, error);
}

static ss_status read_metadata_object(const json_t *document, arena *memory, text_view *metadata,
                                      ss_error *error) {
  if (is_absent(document, "metadata")) return SS_OK;
  const json_t *found = json_object_get(document, "metadata");
  if (!json_is_object(found)) return field_fault("metadata", "a JSON object", error);
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  json_append_value(&text, found);
  GUARD(buffer_status(&text, error));
  const text_view view = {(const char *)text.data, text.length};
  return keep_metadata(view, false, memory, metadata, error);
}

static ss_status read_metadata_text(const json_t *document, arena *memory, text_view *metadata,
                                    ss_error *error) {
  if (is_absent(document, "metadata")) return SS_OK;
  const json_t *found = json_object_get(document, "metadata");
  const text_view text = {json_string_value(found), json_string_length(found)};
  if (text.data == NULL) return field_fault("metadata", "JSON text in a string", error);
  return keep_metadata(text, true, memory, metadata, error);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static ss_status read_sealed(import_row *row, const json_t *document, arena *memory,
                             ss_error *error) {
  GUARD(read_number(document, "keyVersion", true, &row->key_version, error));
  GUARD(read_bytes(document, "iv", GCM_IV_BYTES, GCM_IV_BYTES, memory, &row->iv, error));
  GUARD(read_bytes(document, "dekIv", GCM_IV_BYTES, GCM_IV_BYTES, memory, &row->dek_iv, error));
  GUARD(read_bytes(document, "wrappedDEK", WRAPPED_KEY_BYTES, WRAPPED_KEY_BYTES, memory,
                   &row->wrapped_dek, error));
  return read_bytes(document, "encryptedValue", GCM_TAG_BYTES, SIZE_MAX, memory, &row->value,
                    error);
}

static ss_status read_times(import_row *row, const json_t *document, const char *created_field,
                            ss_error *error) {
  row->expires_at = SS_NO_EXPIRY;
  if (!is_absent(document, "expiresAt")) {
    GUARD(read_number(document, "expiresAt", false, &row->expires_at, error));
  }
  GUARD(read_number(document, "updatedAt", false, &row->updated_at, error));
  row->created_at = row->updated_at;
  if (is_absent(document, created_field)) return SS_OK;
  return read_number(document, created_field, false, &row->created_at, error);
}

static ss_status read_component(import_row *row, const json_t *document, arena *memory,
                                ss_error *error) {
  GUARD(read_sealed(row, document, memory, error));
  GUARD(read_times(row, document, "_creationTime", error));
  return read_metadata_object(document, memory, &row->metadata, error);
}

static ss_status read_portable(import_row *row, const json_t *document, arena *memory,
                               ss_error *error) {
  GUARD(read_sealed(row, document, memory, error));
  GUARD(read_times(row, document, "createdAt", error));
  GUARD(read_number(document, "revision", true, &row->revision, error));
  if (row->revision < 1) return field_fault("revision", "a number from 1 to 2^53-1", error);
  return read_metadata_text(document, memory, &row->metadata, error);
}

static ss_status read_document(import_row *row, import_format format, const json_t *document,
                               arena *memory, ss_error *error) {
  GUARD(read_name(document, "name", true, memory, &row->name, error));
  GUARD(read_name(document, "namespace", false, memory, &row->namespace_name, error));
  return format == IMPORT_PORTABLE ? read_portable(row, document, memory, error)
                                   : read_component(row, document, memory, error);
}

ss_status import_row_read(import_row *row, const crypto_suite *suite, import_format format,
                          text_view line, arena *memory, ss_error *error) {
  json_t *document = NULL;
  GUARD(json_parse(line, &document, NULL, error));
  if (!json_is_object(document)) {
    json_decref(document);
    return error_set(error, SS_INVALID_ARGUMENT, "expected a JSON object in one line");
  }
  ss_status status = json_check_numbers("the row", line, error);
  if (status == SS_OK) status = read_document(row, format, document, memory, error);
  json_decref(document);
  GUARD(status);
  return envelope_digest_value(suite, row->iv, row->value, row->value_digest, error);
}

ss_status import_row_unwrap(const import_row *row, import_format format, text_view export_id,
                            envelope *opener, dek *key, ss_error *error) {
  if (format == IMPORT_COMPONENT) {
    return envelope_unwrap_component_dek(opener, row->namespace_name, row->name, row->key_version,
                                         row->dek_iv, row->wrapped_dek, key, error);
  }
  const dek_binding binding = {
      .store_id = export_id,
      .namespace_name = row->namespace_name,
      .name = row->name,
      .key_version = row->key_version,
      .revision = row->revision,
      .created_at = row->created_at,
      .updated_at = row->updated_at,
      .expires_at = row->expires_at,
      .value_digest = {row->value_digest, sizeof row->value_digest},
      .metadata = row->metadata,
  };
  return envelope_unwrap_portable_dek(opener, &binding, row->dek_iv, row->wrapped_dek, key, error);
}
