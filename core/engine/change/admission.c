/* Asking about keys, and admitting them. */
#include "engine/change/admission.h"

#include "base/status.h"
#include "engine/change/root_change.h"

ss_status admission_foresee(const scratch *with, gate *passed, ss_error *error) {
  if (trust_unknown_key(with->trust) == NULL) return SS_OK;
  return gate_judge_configure(passed, error);
}

static bool is_to_be_activated(const trust *believed) {
  const keyring_entry *active = keyring_active(&believed->ring->keys);
  const root_kek *kek = root_find_kek(&believed->root, active->version);
  return kek != NULL && kek->state == KEK_ADMITTED && kek->active_since == SS_NO_EXPIRY;
}

static ss_status refuse_key(const trust *believed, const gate *passed, ss_error *error) {
  const int64_t active = keyring_active(&believed->ring->keys)->version;
  if (trust_admits(believed, active)) return SS_OK;
  return error_set(error, SS_POLICY_DENIED,
                   "key version %lld is not admitted in this store, and the policy does not let "
                   "this caller admit it (operation \"configure\"): %s",
                   (long long)active, passed->configure_refusal.message);
}

ss_status admission_run(transaction *tx, gate *passed, ss_error *error) {
  const trust *believed = tx->scratch->trust;
  const bool has_unknown = trust_unknown_key(believed) != NULL;
  if (has_unknown) GUARD(gate_judge_configure(passed, error));
  const bool admits = has_unknown && passed->configure == CONFIGURE_ALLOWED;
  if (has_unknown && !admits) GUARD(refuse_key(believed, passed, error));
  if (!admits && !is_to_be_activated(believed)) return SS_OK;
  return root_change_admit(tx, admits, passed->subject.actor, error);
}
