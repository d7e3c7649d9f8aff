/* The wrap budget: blocks of wraps, taken out of the store for a write transaction. */
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

static ss_status used_up(int64_t key_version, ss_error *error) {
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "key version %lld has used up its %lld wraps (NIST SP 800-38D, 8.3): rotate to "
                   "a new key version",
                   (long long)key_version, (long long)WRAP_BUDGET_LIMIT);
}

static void warn_at_half(int64_t key_version, int64_t before, int64_t after, const log_sink *log) {
  if (before >= warning_threshold || after < warning_threshold) return;
  log_write(log, SS_LOG_WARN,
            "key version %lld has used half of its %lld wraps: plan to rotate to a new key version",
            (long long)key_version, (long long)WRAP_BUDGET_LIMIT);
}

ss_status wrap_budget_foresee(const kek_record *kek, int64_t wraps, const log_sink *log,
                              ss_error *error) {
  const int64_t before = kek->wraps_reserved;
  if (before > WRAP_BUDGET_LIMIT - wraps) return used_up(kek->version, error);
  warn_at_half(kek->version, before, before + wraps, log);
  return SS_OK;
}

/* ---- Taking -------------------------------------------------------------------------------- */

/* *wraps is how many are wanted, and how many there are: fewer at the limit's edge. */
static ss_status reserve(const wrap_order *order, int64_t *wraps, ss_error *error) {
  const wrap_request request = {order->key_version, *wraps, WRAP_BUDGET_LIMIT};
  wrap_grant grant;
  GUARD(storage_reserve_wraps(order->storage, order->session, &request, &grant, error));
  if (grant.count == 0) return used_up(order->key_version, error);
  warn_at_half(order->key_version, grant.before, grant.before + grant.count, order->log);
  *wraps = grant.count;
  return SS_OK;
}

ss_status wrap_budget_take_all(const wrap_order *order, int64_t wraps, ss_error *error) {
  int64_t taken = wraps;
  GUARD(reserve(order, &taken, error));
  return taken == wraps ? SS_OK : used_up(order->key_version, error);
}

/* True if one was at hand; else *block is how many to take out of the store. */
static bool take_at_hand(wrap_budget *budget, int64_t key_version, int64_t *granted,
                         int64_t *block) {
  if (*granted > 0) {
    (*granted)--;
    return true;
  }
  (void)pthread_mutex_lock(&budget->lock);
  if (budget->key_version != key_version) {
    wrap_budget_forget(budget);
    budget->key_version = key_version;
  }
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

ss_status wrap_budget_take(wrap_budget *budget, const wrap_order *order, int64_t *granted,
                           ss_error *error) {
  int64_t block = 0;
  if (take_at_hand(budget, order->key_version, granted, &block)) return SS_OK;
  GUARD(reserve(order, &block, error));
  *granted = block - 1;
  return SS_OK;
}

void wrap_budget_deposit(wrap_budget *budget, int64_t key_version, int64_t granted) {
  if (granted <= 0) return;
  (void)pthread_mutex_lock(&budget->lock);
  if (budget->key_version == key_version) budget->available += granted;
  (void)pthread_mutex_unlock(&budget->lock);
}
