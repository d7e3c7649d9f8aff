/* Making and finding proofs. */
#include "engine/change/state_proof.h"

#include "base/status.h"
#include "engine/change/state_scan.h"
#include "engine/store/beliefs.h"

static void clear_map(state_map *built) { state_map_clear(built); }

static ss_status take_row(void *context, row_table table, const kept_row *row,
                          const unsigned char digest[SHA256_BYTES], ss_error *error) {
  state_map *built = context;
  if (table != ROWS_OF_SECRETS) return SS_OK;
  return state_map_add(built, row->row.id, digest, error);
}

static ss_status is_not_proved(text_view name, const char *why, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "%s%.*s: %s; rows were changed, put back, added or taken away: run verify",
                   name.data == NULL ? "the default namespace" : "namespace ",
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data, why);
}

ss_status state_proof_check_head(scratch *with, text_view name, const namespace_record *head,
                                 ss_error *error) {
  unsigned char mac[MAC_BYTES];
  const root_record *root = &with->trust->root;
  if (head->epoch < root->min_epoch) {
    return is_not_proved(name, "its head is of an epoch that is not in force", error);
  }
  GUARD(signer_head_mac(&with->signer, name, head, mac, error));
  return mac_equals(mac, head->head_mac, MAC_BYTES)
             ? SS_OK
             : is_not_proved(name, "its head does not authenticate", error);
}

/* A map of all living rows, if all rows come to what the head says. */
static ss_status build(scratch *with, storage_session *session, text_view name,
                       const namespace_record *head, state_map *built, ss_error *error) {
  state_totals totals;
  const state_scan scan = {
      .scratch = with,
      .session = session,
      .namespace_name = name,
      .namespace_id = head->id,
      .visitor = take_row,
      .context = built,
  };
  GUARD(state_scan_run(&scan, &totals, error));
  if (!state_totals_fit(&totals, head)) {
    return is_not_proved(name, "its rows are not those that its head says", error);
  }
  built->namespace_id = head->id;
  built->sequence = head->sequence;
  return SS_OK;
}

static ss_status prove_in(ss_store *store, scratch *with, text_view name, storage_session *snapshot,
                          ss_error *error) {
  state_map built ON_SCOPE_EXIT(clear_map) = {0};
  namespace_record head;
  bool found = false;
  GUARD(storage_load_namespace(snapshot, name, &head, &found, error));
  if (!found) return SS_OK;
  GUARD(state_proof_check_head(with, name, &head, error));
  GUARD(build(with, snapshot, name, &head, &built, error));
  state_maps_keep(&store->maps, &built);
  return SS_OK;
}

ss_status state_proof_make(ss_store *store, scratch *with, text_view namespace_name,
                           ss_error *error) {
  storage_session *snapshot ON_SCOPE_EXIT(storage_end) = NULL;
  seal_record seal = {0};
  const known_state known = memory_of_heads_recall(&store->memory);
  GUARD(storage_begin_snapshot(store->storage, &snapshot, error));
  GUARD(beliefs_check(store, with, snapshot, &known, &seal, error));
  return prove_in(store, with, namespace_name, snapshot, error);
}

ss_status state_proof_make_here(scratch *with, storage_session *session, text_view namespace_name,
                                const namespace_record *head, state_map *built, ss_error *error) {
  state_map_clear(built);
  GUARD(build(with, session, namespace_name, head, built, error));
  state_map_finish(built);
  return SS_OK;
}

bool state_proof_find(ss_store *store, const namespace_record *head, int64_t secret_id,
                      const unsigned char digest[SHA256_BYTES], bool *held) {
  return state_maps_find(&store->maps, head->id, head->checkpoint_sequence, head->sequence,
                         secret_id, digest, held);
}
