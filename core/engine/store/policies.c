/* Holding, exchanging and compiling policies, and the public functions about them. */
#include "engine/store/policies.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/store/store.h"

/* ---- The current one ----------------------------------------------------------------------- */

void policies_init(policies *self) {
  *self = (policies){0};
  (void)pthread_mutex_init(&self->lock, NULL);
}

void policies_clear(policies *self) {
  policy_release(self->current);
  self->current = NULL;
  (void)pthread_mutex_destroy(&self->lock);
}

/* Stores without a policy pay for one look at a flag. */
policy *policies_take(policies *self) {
  if (!atomic_load_explicit(&self->has_one, memory_order_acquire)) return NULL;
  (void)pthread_mutex_lock(&self->lock);
  policy *taken = policy_retain(self->current);
  (void)pthread_mutex_unlock(&self->lock);
  return taken;
}

void policies_exchange(policies *self, policy *next) {
  (void)pthread_mutex_lock(&self->lock);
  policy *previous = self->current;
  self->current = next;
  (void)pthread_mutex_unlock(&self->lock);
  atomic_store_explicit(&self->has_one, next != NULL, memory_order_release);
  policy_release(previous);
}

/* ---- Compiling ----------------------------------------------------------------------------- */

static ss_status hash_text(const crypto_suite *suite, text_view text,
                           char hash[POLICY_HASH_CAPACITY], ss_error *error) {
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[SHA256_BYTES];
  const byte_view bytes = {(const unsigned char *)text.data, text.length};
  GUARD(sha256_digest(suite, bytes, digest, error));
  for (size_t i = 0; i < sizeof digest; i++) {
    hash[2 * i] = digits[digest[i] >> 4];
    hash[2 * i + 1] = digits[digest[i] & 15];
  }
  hash[POLICY_HASH_CAPACITY - 1] = '\0';
  return SS_OK;
}

ss_status policies_compile(const crypto_suite *suite, const ss_policy_source *source,
                           const policy_limits *limits, const log_sink *log, policy **compiled,
                           ss_error *error) {
  char hash[POLICY_HASH_CAPACITY];
  *compiled = NULL;
  if (source == NULL || source->text == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "policy: expected its text, got none");
  }
  const text_view text = {source->text, source->text_length};
  GUARD(hash_text(suite, text, hash, error));
  return policy_compile(source->name == NULL ? "policy.lua" : source->name, text, hash, limits, log,
                        compiled, error);
}

/* ---- The public functions about a store's policy ------------------------------------------- */

static ss_status reload_in(const store_call *call, const ss_policy_source *source) {
  ss_store *store = call->store;
  policy *next = NULL;
  GUARD(policies_compile(&store->suite, source, &store->policy_limits, &store->log, &next,
                         call->error));
  policies_exchange(&store->policies, next);
  return SS_OK;
}

ss_status ss_policy_reload(ss_store *store, const ss_policy_source *source, ss_error *error) {
  store_call call;
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  return store_leave(&call, reload_in(&call, source));
}

ss_status ss_get_policy_hash(ss_store *store, char hash[SS_POLICY_HASH_CAPACITY], ss_error *error) {
  store_call call;
  if (hash == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "hash: expected a place for it, got none");
  }
  hash[0] = '\0';
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  policy *current = policies_take(&store->policies);
  if (current != NULL) memcpy(hash, policy_hash(current), POLICY_HASH_CAPACITY);
  policy_release(current);
  return store_leave(&call, SS_OK);
}
