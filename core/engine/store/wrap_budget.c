/* The wrap budget: blocks of wraps, taken out of the store within a write transaction. */
#include "engine/store/wrap_budget.h"

#include "base/status.h"

enum { FIRST_BLOCK = 1, LARGEST_BLOCK = 1024 };

static const int64_t warning_threshold = WRAP_BUDGET_LIMIT / 2;

void wrap_budget_init(wrap_budget *budget) {
  (void)pthread_mutex_init(&budget->lock, NULL);
  wrap_budget_forget(budget);
}

void wrap_budget_clear(wrap_budget *budget) { (void)pthread_mutex_destroy(&budget->lock); }

void wrap_budget_forget(wrap_budget *budget) {
  budget->available = 0;
  budget->next_block = FIRST_BLOCK;
}

ss_status wrap_budget_count(kek_record *kek, int64_t wraps, const log_sink *log, ss_error *error) {
  const int64_t before = kek->wraps_reserved;
  if (before < 0 || before > WRAP_BUDGET_LIMIT - wraps) {
    return error_set(
        error, SS_KEY_VERSION_UNAVAILABLE,
        "key version %lld has used up its %lld wraps (NIST SP 800-38D, 8.3): rotate to "
        "a new key version",
        (long long)kek->version, (long long)WRAP_BUDGET_LIMIT);
  }
  kek->wraps_reserved = before + wraps;
  if (before < warning_threshold && kek->wraps_reserved >= warning_threshold) {
    log_write(
        log, SS_LOG_WARN,
        "key version %lld has used half of its %lld wraps: plan to rotate to a new key version",
        (long long)kek->version, (long long)WRAP_BUDGET_LIMIT);
  }
  return SS_OK;
}

/* True if one was at hand; else *block is how many to take out of the store. */
static bool take_at_hand(wrap_budget *budget, int64_t *granted, int64_t *block) {
  if (*granted > 0) {
    (*granted)--;
    return true;
  }
  (void)pthread_mutex_lock(&budget->lock);
  const bool at_hand = budget->available > 0;
  if (at_hand) {
    budget->available--;
  } else {
    *block = budget->next_block;
    if (budget->next_block < LARGEST_BLOCK) budget->next_block *= 2;
  }
  (void)pthread_mutex_unlock(&budget->lock);
  return at_hand;
}

ss_status wrap_budget_take(wrap_budget *budget, storage_session *session, int64_t key_version,
                           const log_sink *log, int64_t *granted, ss_error *error) {
  int64_t block = 0;
  if (take_at_hand(budget, granted, &block)) return SS_OK;

  kek_record kek = {0};
  bool found = false;
  GUARD(storage_find_kek(session, key_version, &kek, &found, error));
  if (!found) {
    return error_set(error, SS_STORAGE_CORRUPT, "the store has lost its record of key version %lld",
                     (long long)key_version);
  }
  const int64_t left = WRAP_BUDGET_LIMIT - kek.wraps_reserved;
  if (block > left && left > 0) block = left;
  GUARD(wrap_budget_count(&kek, block, log, error));
  GUARD(storage_save_kek(session, &kek, error));
  *granted = block - 1;
  return SS_OK;
}

void wrap_budget_deposit(wrap_budget *budget, int64_t granted) {
  if (granted <= 0) return;
  (void)pthread_mutex_lock(&budget->lock);
  budget->available += granted;
  (void)pthread_mutex_unlock(&budget->lock);
}
