/* Root and seal, as every session looks at them. */
#include "engine/store/beliefs.h"

#include "base/status.h"

static ss_status went_back(const char *what, int64_t seen, int64_t known, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the store's %s went back: it is at %lld, and this handle has seen %lld; the "
                   "file was put back to an older state, or is another one",
                   what, (long long)seen, (long long)known);
}

/* ---- The root -------------------------------------------------------------------------------- */

static bool is_bound(const scratch *with, const stored_root *stored) {
  return with->trust != NULL && with->trust->root.sequence == stored->sequence &&
         memcmp(with->trust->mac, stored->mac, sizeof stored->mac) == 0;
}

/* An envelope of its own, where the scratch has none of these keys. */
static ss_status open_root(ss_store *store, const stored_root *stored, trust **opened,
                           ss_error *error) {
  envelope *opener = NULL;
  shared_keyring *ring = trusts_take_ring(&store->trusts);
  ss_status status = envelope_new(&store->suite, &ring->keys, &opener, error);
  if (status == SS_OK) {
    const trust_tools tools = {&store->suite, opener, ring};
    status = trust_open(&tools, stored, opened, error);
  }
  envelope_free(opener);
  shared_keyring_release(ring);
  return status;
}

static ss_status is_of_the_past(const ss_store *store, const trust *opened, ss_error *error) {
  return error_set(
      error, SS_INTEGRITY_VIOLATION,
      "the store's heads count from epoch %lld on, and least_epoch is %lld: the file is "
      "an older copy, or was forged with a key that was retired",
      (long long)opened->root.min_epoch, (long long)store->least_epoch);
}

static ss_status check_root(ss_store *store, scratch *with, const stored_root *stored,
                            const known_state *known, ss_error *error) {
  trust *opened = NULL;
  if (!known_point_allows(&known->root, stored->sequence, stored->mac)) {
    return went_back("root", stored->sequence, known->root.count, error);
  }
  if (is_bound(with, stored)) return SS_OK;
  GUARD(open_root(store, stored, &opened, error));
  /* Not the newest epoch: while a key retires that one is new already, and heads under the old one
   * still count. */
  if (opened->root.min_epoch < store->least_epoch) {
    const ss_status status = is_of_the_past(store, opened, error);
    trust_release(opened);
    return status;
  }
  trusts_offer(&store->trusts, opened);
  const ss_status status = scratch_bind(with, &store->suite, opened, error);
  trust_release(opened);
  return status;
}

/* ---- The seal -------------------------------------------------------------------------------- */

ss_status beliefs_check_seal(scratch *with, const seal_record *seal, bool *authentic,
                             ss_error *error) {
  const trust *believed = with->trust;
  unsigned char mac[MAC_BYTES];
  *authentic = seal->epoch == trust_newest_epoch(believed) &&
               seal->root_sequence == believed->root.sequence &&
               mac_equals(seal->root_mac, believed->mac, MAC_BYTES);
  if (!*authentic) return SS_OK;
  GUARD(signer_seal_mac(&with->signer, seal, mac, error));
  *authentic = mac_equals(mac, seal->mac, MAC_BYTES);
  return SS_OK;
}

static ss_status check_seal(scratch *with, const seal_record *seal, const known_state *known,
                            ss_error *error) {
  bool authentic = false;
  if (!known_point_allows(&known->seal, seal->counter, seal->mac)) {
    return went_back("seal", seal->counter, known->seal.count, error);
  }
  GUARD(beliefs_check_seal(with, seal, &authentic, error));
  if (authentic) return SS_OK;
  return error_set(
      error, SS_INTEGRITY_VIOLATION,
      "the store's seal does not authenticate, or is not of its root: the file was "
      "changed, or put back in part; restore a backup (tools/read_store.py tells more, "
      "and reads what is left)");
}

/* ---- Both ------------------------------------------------------------------------------------ */

static void note(ss_store *store, const scratch *with, const seal_record *seal) {
  known_state seen = {.root.count = with->trust->root.sequence, .seal.count = seal->counter};
  memcpy(seen.root.mac, with->trust->mac, sizeof seen.root.mac);
  memcpy(seen.seal.mac, seal->mac, sizeof seen.seal.mac);
  memory_of_heads_note(&store->memory, &seen);
}

static ss_status check_both(ss_store *store, scratch *with, const stored_root *root,
                            const known_state *known, const seal_record *seal, ss_error *error) {
  GUARD(check_root(store, with, root, known, error));
  GUARD(check_seal(with, seal, known, error));
  note(store, with, seal);
  return SS_OK;
}

ss_status beliefs_check(ss_store *store, scratch *with, storage_session *session,
                        const known_state *known, seal_record *seal, ss_error *error) {
  stored_root root = {0};
  bool found = false;
  GUARD(storage_load_root(session, &root, seal, &found, error));
  if (found) return check_both(store, with, &root, known, seal, error);
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the store has lost its root: the file was changed, or is another one");
}

ss_status beliefs_form(ss_store *store, scratch *with, storage_session *session, bool *found,
                       ss_error *error) {
  const known_state known = {0};
  stored_root root = {0};
  seal_record seal = {0};
  GUARD(storage_load_root(session, &root, &seal, found, error));
  return *found ? check_both(store, with, &root, &known, &seal, error) : SS_OK;
}

/* ---- Sessions that read ---------------------------------------------------------------------- */

static ss_status begin(store_call *call, reading *self,
                       ss_status (*begins)(storage *, storage_session **, ss_error *)) {
  *self = (reading){.call = call, .known = memory_of_heads_recall(&call->store->memory)};
  return begins(call->store->storage, &self->session, call->error);
}

ss_status reading_begin(store_call *call, reading *self) {
  return begin(call, self, storage_begin_read);
}

static ss_status check(reading *self, seal_record *seal, ss_error *error) {
  scratch *with = NULL;
  ss_status status = store_call_scratch(self->call, &with);
  if (status == SS_OK) {
    status = beliefs_check(self->call->store, with, self->session, &self->known, seal, error);
  }
  if (status != SS_OK) storage_doubt(self->session); /* or the next read would not look again */
  return status;
}

ss_status reading_settle(reading *self, bool *again, ss_error *error) {
  seal_record seal = {0};
  GUARD(storage_has_moved(self->session, again, error));
  return *again ? check(self, &seal, error) : SS_OK;
}

ss_status reading_begin_checked(store_call *call, reading *self) {
  seal_record seal = {0};
  GUARD(reading_begin(call, self));
  return check(self, &seal, call->error);
}

ss_status reading_begin_snapshot(store_call *call, reading *self, seal_record *seal) {
  GUARD(begin(call, self, storage_begin_snapshot));
  return check(self, seal, call->error);
}

void reading_end(reading *self) { storage_end(&self->session); }
