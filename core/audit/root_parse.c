/* Reading a root's text.
 *
 * Each item is read leniently into the record, which is then written anew: a text that is not its
 * own record's, to the byte, is refused. So spellings, additions and orders need no checks of
 * their own. */
#include "audit/root.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"

static bool read_number(const json_t *item, int64_t *number) {
  *number = json_integer_value(item);
  return json_is_integer(item) && *number >= 0 && *number <= SS_MAX_INTEGER;
}

static bool read_optional(const json_t *item, int64_t absent, int64_t *number) {
  *number = absent;
  return json_is_null(item) || read_number(item, number);
}

static bool read_bytes(const json_t *item, unsigned char *bytes, size_t length) {
  const text_view text = {json_string_value(item), json_string_length(item)};
  return json_is_string(item) && hex_decode(text, bytes, length);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static bool read_state(const json_t *item, kek_state *state) {
  const char *name = json_string_value(item);
  if (name == NULL) return false;
  for (*state = KEK_ADMITTED; *state <= KEK_RETIRED; (*state)++) {
    if (strcmp(name, kek_state_name(*state)) == 0) return true;
  }
  return false;
}

static bool read_kek(const json_t *item, root_kek *kek) {
  return read_number(json_array_get(item, 0), &kek->version) &&
         read_bytes(json_array_get(item, 1), kek->check, sizeof kek->check) &&
         read_number(json_array_get(item, 2), &kek->first_seen_at) &&
         read_optional(json_array_get(item, 3), SS_NO_EXPIRY, &kek->active_since) &&
         read_state(json_array_get(item, 4), &kek->state) &&
         read_optional(json_array_get(item, 5), 0, &kek->retired_epoch) &&
         (kek->state == KEK_ADMITTED) == (kek->retired_epoch == 0);
}

static bool read_keks(const json_t *list, root_record *root, bool *out_of_memory) {
  const size_t count = json_array_size(list);
  if (count == 0 || count > ROOT_MAX_KEKS) return false;
  root->keks = memory_new(count * sizeof *root->keks);
  *out_of_memory = root->keks == NULL;
  for (size_t i = 0; root->keks != NULL && i < count; i++) {
    root->kek_count++;
    if (!read_kek(json_array_get(list, i), &root->keks[i])) return false;
    if (i > 0 && root->keks[i - 1].version >= root->keks[i].version) return false;
  }
  return root->keks != NULL;
}

/* ---- Epochs ---------------------------------------------------------------------------------- */

static bool read_wrap(const json_t *item, root_wrap *wrap) {
  return read_number(json_array_get(item, 0), &wrap->key_version) &&
         read_bytes(json_array_get(item, 1), wrap->wrapped.iv, sizeof wrap->wrapped.iv) &&
         read_bytes(json_array_get(item, 2), wrap->wrapped.bytes, sizeof wrap->wrapped.bytes);
}

/* Under admitted versions only. */
static bool read_wraps(const json_t *list, const root_record *root, root_epoch *epoch,
                       bool *out_of_memory) {
  const size_t count = json_array_size(list);
  if (count == 0 || count > root->kek_count) return false;
  epoch->wraps = memory_new(count * sizeof *epoch->wraps);
  *out_of_memory = epoch->wraps == NULL;
  for (size_t i = 0; epoch->wraps != NULL && i < count; i++) {
    epoch->wrap_count++;
    if (!read_wrap(json_array_get(list, i), &epoch->wraps[i])) return false;
    if (i > 0 && epoch->wraps[i - 1].key_version >= epoch->wraps[i].key_version) return false;
    const root_kek *kek = root_find_kek(root, epoch->wraps[i].key_version);
    if (kek == NULL || kek->state != KEK_ADMITTED) return false;
  }
  return epoch->wraps != NULL;
}

static bool read_epoch(const json_t *item, size_t index, root_record *root, bool *out_of_memory) {
  root_epoch *epoch = &root->epochs[index];
  int64_t number = 0;
  return read_number(json_array_get(item, 0), &number) && number == (int64_t)index + 1 &&
         read_bytes(json_array_get(item, 1), epoch->check, sizeof epoch->check) &&
         read_number(json_array_get(item, 2), &epoch->started_at) &&
         read_wraps(json_array_get(item, 3), root, epoch, out_of_memory);
}

static bool read_epochs(const json_t *list, root_record *root, bool *out_of_memory) {
  const size_t count = json_array_size(list);
  if (count == 0 || count > ROOT_MAX_EPOCHS) return false;
  root->epochs = memory_new(count * sizeof *root->epochs);
  *out_of_memory = root->epochs == NULL;
  for (size_t i = 0; root->epochs != NULL && i < count; i++) {
    root->epoch_count++;
    if (!read_epoch(json_array_get(list, i), i, root, out_of_memory)) return false;
  }
  return root->epochs != NULL;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool read_store_id(const json_t *item, root_record *root) {
  unsigned char bytes[STORE_ID_BYTES];
  if (!read_bytes(item, bytes, sizeof bytes)) return false;
  memcpy(root->store_id, json_string_value(item), sizeof root->store_id);
  return true;
}

static bool read_policy(const json_t *item, root_record *root) {
  root->requires_policy = !json_is_null(item);
  return !root->requires_policy || read_bytes(item, root->policy_hash, sizeof root->policy_hash);
}

static bool read_settings(const json_t *item, root_settings *settings) {
  return read_number(json_object_get(item, "events.min_retention_ms"),
                     &settings->events_min_retention_ms);
}

static bool read_items(const json_t *list, root_record *root, bool *out_of_memory) {
  return read_store_id(json_array_get(list, 1), root) &&
         read_number(json_array_get(list, 2), &root->sequence) && root->sequence > 0 &&
         read_number(json_array_get(list, 3), &root->created_at) &&
         read_number(json_array_get(list, 4), &root->incarnation) &&
         read_keks(json_array_get(list, 6), root, out_of_memory) &&
         read_epochs(json_array_get(list, 7), root, out_of_memory) &&
         read_number(json_array_get(list, 8), &root->min_epoch) && root->min_epoch > 0 &&
         root->min_epoch <= (int64_t)root->epoch_count &&
         read_settings(json_array_get(list, 9), &root->settings) &&
         read_policy(json_array_get(list, 10), root) &&
         read_number(json_array_get(list, 11), &root->log_sequence) &&
         read_bytes(json_array_get(list, 12), root->log_mac, sizeof root->log_mac);
}

static ss_status malformed(ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the store's root is not a root's text: the file was changed or damaged");
}

static ss_status check_spelling(text_view text, const root_record *root, ss_error *error) {
  byte_buffer again ON_SCOPE_EXIT(buffer_clear) = {0};
  root_append_text(&again, root);
  GUARD(buffer_status(&again, error));
  const text_view written = {(const char *)again.data, again.length};
  return text_view_equals(written, text) ? SS_OK : malformed(error);
}

static ss_status parse_once(text_view text, root_record *root, ss_error *error) {
  json_t *document = NULL;
  bool out_of_memory = false;
  *root = (root_record){0};
  GUARD(json_parse(text, &document, NULL, error));
  const bool complete = document != NULL && read_items(document, root, &out_of_memory);
  json_decref(document);
  ss_status status = out_of_memory ? error_out_of_memory(error) : SS_OK;
  if (status == SS_OK) status = complete ? check_spelling(text, root, error) : malformed(error);
  if (status != SS_OK) root_clear(root);
  return status;
}

/* A text that is not right is read twice: where memory ran out, jansson may have lost some of it
 * (base/json.c), and nobody is to be told that the file was changed for that. */
ss_status root_parse(text_view text, root_record *root, ss_error *error) {
  *root = (root_record){0};
  if (text.data == NULL) return malformed(error);
  const ss_status status = parse_once(text, root, error);
  return status == SS_INTEGRITY_VIOLATION ? parse_once(text, root, error) : status;
}
