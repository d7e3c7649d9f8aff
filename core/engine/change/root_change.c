/* The steps of a change of the root, and those that concern keys. */
#include "engine/change/root_change.h"

#include <string.h>

#include "base/status.h"

trust_tools root_change_tools(const transaction *tx) {
  return (trust_tools){&tx->store->suite, tx->scratch->envelope, tx->scratch->trust->ring};
}

/* ---- The steps ------------------------------------------------------------------------------- */

ss_status root_change_begin(transaction *tx, ss_error *error) {
  GUARD(storage_lock_store(tx->session, error));
  GUARD(storage_now(tx->session, &tx->now, error));
  trust_release(tx->next);
  tx->next = NULL;
  return trust_copy(tx->scratch->trust, &tx->next, error);
}

ss_status root_change_log(transaction *tx, ss_event_type type, text_view actor, text_view detail,
                          ss_error *error) {
  root_record *root = &tx->next->root;
  unsigned char mac[MAC_BYTES];
  const store_event_record event = {
      .sequence = root->log_sequence + 1,
      .type = type,
      .created_at = tx->now,
      .epoch = trust_newest_epoch(tx->next),
      .actor = actor,
      .detail = detail,
      .attempt = {tx->attempt, sizeof tx->attempt},
      .mac = {mac, sizeof mac},
  };
  signer_bind(&tx->scratch->signer, tx->next);
  GUARD(signer_store_event_mac(&tx->scratch->signer, root->log_mac, &event, mac, error));
  GUARD(storage_insert_store_event(tx->session, &event, error));
  root->log_sequence = event.sequence;
  memcpy(root->log_mac, mac, sizeof mac);
  return SS_OK;
}

ss_status root_change_end(transaction *tx, ss_error *error) {
  trust *next = tx->next;
  GUARD(trust_seal(next, &tx->store->suite, error));
  stored_root row = {
      .sequence = next->root.sequence,
      .text = {(const char *)next->text.data, next->text.length},
  };
  memcpy(row.mac, next->mac, sizeof row.mac);
  GUARD(storage_save_root(tx->session, &row, error));
  tx->seal_changed = true;
  return scratch_bind(tx->scratch, &tx->store->suite, next, error);
}

ss_status root_change_note(transaction *tx, ss_event_type type, text_view actor, text_view detail,
                           ss_error *error) {
  GUARD(root_change_begin(tx, error));
  GUARD(root_change_log(tx, type, actor, detail, error));
  return root_change_end(tx, error);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static ss_status count_wraps(transaction *tx, int64_t version, int64_t wraps, ss_error *error) {
  const wrap_order order = {tx->store->storage, tx->session, version, &tx->store->log};
  return wraps == 0 ? SS_OK : wrap_budget_take_all(&order, wraps, error);
}

ss_status root_change_count_wraps(transaction *tx, ss_error *error) {
  const root_record *root = &tx->next->root;
  for (size_t i = 0; i < root->kek_count; i++) {
    if (root->keks[i].state != KEK_ADMITTED) continue;
    GUARD(count_wraps(tx, root->keks[i].version, 1, error));
  }
  return SS_OK;
}

/* Appends the versions that it admits to a JSON array's items. */
static ss_status admit_unknown(transaction *tx, const trust_tools *tools, byte_buffer *versions,
                               ss_error *error) {
  const keyring_entry *entry = trust_unknown_key(tx->next);
  for (; entry != NULL; entry = trust_unknown_key(tx->next)) {
    GUARD(trust_admit(tx->next, tools, entry, tx->now, error));
    GUARD(count_wraps(tx, entry->version, trust_newest_epoch(tx->next), error));
    if (versions->length > 0) buffer_append_text(versions, ",");
    buffer_append_integer(versions, entry->version);
  }
  return buffer_status(versions, error);
}

static ss_status log_added(transaction *tx, text_view actor, const byte_buffer *versions,
                           ss_error *error) {
  byte_buffer *detail = &tx->scratch->detail;
  buffer_reset(detail);
  buffer_append_text(detail, "{\"keyVersions\":[");
  buffer_append(detail, versions->data, versions->length);
  buffer_append_text(detail, "]}");
  GUARD(buffer_status(detail, error));
  const text_view text = {(const char *)detail->data, detail->length};
  return root_change_log(tx, SS_EVENT_KEY_ADDED, actor, text, error);
}

static ss_status activate(transaction *tx, text_view actor, ss_error *error) {
  const keyring_entry *active = keyring_active(&tx->next->ring->keys);
  root_kek *kek = root_find_kek(&tx->next->root, active->version);
  char detail[64];
  if (kek == NULL || kek->state != KEK_ADMITTED || kek->active_since != SS_NO_EXPIRY) return SS_OK;
  kek->active_since = tx->now;
  (void)snprintf(detail, sizeof detail, "{\"keyVersion\":%lld}", (long long)active->version);
  return root_change_log(tx, SS_EVENT_KEY_ACTIVATED, actor, text_view_of(detail), error);
}

ss_status root_change_admit(transaction *tx, bool admits, text_view actor, ss_error *error) {
  byte_buffer versions ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(root_change_begin(tx, error));
  const trust_tools tools = root_change_tools(tx);
  if (admits) {
    GUARD(admit_unknown(tx, &tools, &versions, error));
    GUARD(log_added(tx, actor, &versions, error));
  }
  GUARD(activate(tx, actor, error));
  return root_change_end(tx, error);
}

/* ---- A new store ----------------------------------------------------------------------------- */

static ss_status found_keys(transaction *tx, const trust_tools *tools, ss_error *error) {
  byte_buffer versions ON_SCOPE_EXIT(buffer_clear) = {0};
  const text_view nobody = {0};
  GUARD(admit_unknown(tx, tools, &versions, error));
  GUARD(trust_begin_epoch(tx->next, tools, tx->now, error));
  GUARD(root_change_count_wraps(tx, error));
  GUARD(root_change_log(tx, SS_EVENT_STORE_CREATED, nobody, nobody, error));
  GUARD(log_added(tx, nobody, &versions, error));
  return activate(tx, nobody, error);
}

static ss_status found_with(transaction *tx, const trust_tools *tools, ss_error *error) {
  GUARD(trust_new(tools, tx->now, &tx->next, error));
  GUARD(found_keys(tx, tools, error));
  return root_change_end(tx, error);
}

ss_status root_change_found_store(transaction *tx, ss_error *error) {
  ss_store *store = tx->store;
  envelope *sealer = NULL;
  shared_keyring *ring = trusts_take_ring(&store->trusts);
  ss_status status = storage_now(tx->session, &tx->now, error);
  if (status == SS_OK) status = envelope_new(&store->suite, &ring->keys, &sealer, error);
  if (status == SS_OK) {
    const trust_tools tools = {&store->suite, sealer, ring};
    status = found_with(tx, &tools, error);
  }
  envelope_free(sealer);
  shared_keyring_release(ring);
  return status;
}
