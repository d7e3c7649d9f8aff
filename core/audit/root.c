/* Holding a root's record, and writing its text. */
#include "audit/root.h"

#include "base/json.h"
#include "base/memory.h"

void root_clear(root_record *root) {
  for (size_t i = 0; i < root->epoch_count; i++) memory_free(root->epochs[i].wraps);
  memory_free(root->epochs);
  memory_free(root->keks);
  *root = (root_record){0};
}

const char *kek_state_name(kek_state state) {
  switch (state) {
    case KEK_ADMITTED: return "admitted";
    case KEK_RETIRING: return "retiring";
    case KEK_RETIRED: return "retired";
  }
  return "unknown";
}

/* ---- Finding and adding ---------------------------------------------------------------------- */

root_kek *root_find_kek(const root_record *root, int64_t version) {
  for (size_t i = 0; i < root->kek_count; i++) {
    if (root->keks[i].version == version) return &root->keks[i];
  }
  return NULL;
}

const root_wrap *root_find_wrap(const root_epoch *epoch, int64_t key_version) {
  for (size_t i = 0; i < epoch->wrap_count; i++) {
    if (epoch->wraps[i].key_version == key_version) return &epoch->wraps[i];
  }
  return NULL;
}

/* The list with room for one more at a place; NULL when out of memory, and then it is as it was. */
static void *open_gap(void *items, size_t count, size_t size, size_t place) {
  unsigned char *grown = memory_new((count + 1) * size);
  if (grown == NULL) return NULL;
  if (place > 0) memcpy(grown, items, place * size);
  if (place < count) {
    memcpy(grown + (place + 1) * size, (unsigned char *)items + place * size,
           (count - place) * size);
  }
  memory_free(items);
  return grown;
}

root_kek *root_add_kek(root_record *root, int64_t version) {
  size_t place = 0;
  while (place < root->kek_count && root->keks[place].version < version) place++;
  root_kek *grown = open_gap(root->keks, root->kek_count, sizeof *grown, place);
  if (grown == NULL) return NULL;
  root->keks = grown;
  root->kek_count++;
  grown[place] = (root_kek){.version = version, .active_since = SS_NO_EXPIRY};
  return &grown[place];
}

root_wrap *root_add_wrap(root_epoch *epoch, int64_t key_version) {
  size_t place = 0;
  while (place < epoch->wrap_count && epoch->wraps[place].key_version < key_version) place++;
  root_wrap *grown = open_gap(epoch->wraps, epoch->wrap_count, sizeof *grown, place);
  if (grown == NULL) return NULL;
  epoch->wraps = grown;
  epoch->wrap_count++;
  grown[place] = (root_wrap){.key_version = key_version};
  return &grown[place];
}

root_epoch *root_add_epoch(root_record *root) {
  root_epoch *grown = open_gap(root->epochs, root->epoch_count, sizeof *grown, root->epoch_count);
  if (grown == NULL) return NULL;
  root->epochs = grown;
  grown[root->epoch_count] = (root_epoch){0};
  return &grown[root->epoch_count++];
}

static void remove_wrap(root_epoch *epoch, int64_t key_version) {
  size_t kept = 0;
  for (size_t i = 0; i < epoch->wrap_count; i++) {
    if (epoch->wraps[i].key_version != key_version) epoch->wraps[kept++] = epoch->wraps[i];
  }
  epoch->wrap_count = kept;
}

void root_remove_wraps(root_record *root, int64_t key_version) {
  for (size_t i = 0; i < root->epoch_count; i++) remove_wrap(&root->epochs[i], key_version);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void append_number(byte_buffer *output, int64_t number) {
  buffer_append_text(output, ",");
  buffer_append_integer(output, number);
}

static void append_time(byte_buffer *output, int64_t time) {
  buffer_append_text(output, ",");
  json_append_time(output, time);
}

static void append_bytes(byte_buffer *output, const unsigned char *bytes, size_t length) {
  buffer_append_text(output, ",\"");
  buffer_append_hex(output, bytes, length);
  buffer_append_text(output, "\"");
}

static void append_kek(byte_buffer *output, const root_kek *kek) {
  buffer_append_text(output, "[");
  buffer_append_integer(output, kek->version);
  append_bytes(output, kek->check, sizeof kek->check);
  append_number(output, kek->first_seen_at);
  append_time(output, kek->active_since);
  buffer_append_text(output, ",\"");
  buffer_append_text(output, kek_state_name(kek->state));
  buffer_append_text(output, "\"");
  append_time(output, kek->retired_epoch == 0 ? SS_NO_EXPIRY : kek->retired_epoch);
  buffer_append_text(output, "]");
}

static void append_wrap(byte_buffer *output, const root_wrap *wrap) {
  buffer_append_text(output, "[");
  buffer_append_integer(output, wrap->key_version);
  append_bytes(output, wrap->wrapped.iv, sizeof wrap->wrapped.iv);
  append_bytes(output, wrap->wrapped.bytes, sizeof wrap->wrapped.bytes);
  buffer_append_text(output, "]");
}

static void append_epoch(byte_buffer *output, int64_t number, const root_epoch *epoch) {
  buffer_append_text(output, "[");
  buffer_append_integer(output, number);
  append_bytes(output, epoch->check, sizeof epoch->check);
  append_number(output, epoch->started_at);
  buffer_append_text(output, ",[");
  for (size_t i = 0; i < epoch->wrap_count; i++) {
    if (i > 0) buffer_append_text(output, ",");
    append_wrap(output, &epoch->wraps[i]);
  }
  buffer_append_text(output, "]]");
}

void root_append_settings(byte_buffer *output, const root_settings *settings) {
  buffer_append_text(output, "{\"events.min_retention_ms\":");
  buffer_append_integer(output, settings->events_min_retention_ms);
  buffer_append_text(output, "}");
}

static void append_lists(byte_buffer *output, const root_record *root) {
  buffer_append_text(output, ",[");
  for (size_t i = 0; i < root->kek_count; i++) {
    if (i > 0) buffer_append_text(output, ",");
    append_kek(output, &root->keks[i]);
  }
  buffer_append_text(output, "],[");
  for (size_t i = 0; i < root->epoch_count; i++) {
    if (i > 0) buffer_append_text(output, ",");
    append_epoch(output, (int64_t)i + 1, &root->epochs[i]);
  }
  buffer_append_text(output, "]");
}

void root_append_text(byte_buffer *output, const root_record *root) {
  buffer_append_text(output, "[\"root1\",");
  json_append_string(output, text_view_of(root->store_id));
  append_number(output, root->sequence);
  append_number(output, root->created_at);
  append_number(output, root->incarnation);
  append_number(output, ROOT_SCHEMA_VERSION);
  append_lists(output, root);
  append_number(output, root->min_epoch);
  buffer_append_text(output, ",");
  root_append_settings(output, &root->settings);
  if (root->requires_policy) {
    append_bytes(output, root->policy_hash, sizeof root->policy_hash);
  } else {
    buffer_append_text(output, ",null");
  }
  append_number(output, root->log_sequence);
  append_bytes(output, root->log_mac, sizeof root->log_mac);
  buffer_append_text(output, "]");
}
