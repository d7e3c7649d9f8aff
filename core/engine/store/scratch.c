/* The pool of scratch: as many as calls ever ran at once, kept until the store closes. */
#include "base/memory.h"
#include "base/status.h"
#include "engine/store/store.h"

/* A buffer that one large value made grow is not kept. */
enum { BUFFER_KEPT_BYTES = 131072 };

static void scratch_free(scratch *freed) {
  if (freed == NULL) return;
  envelope_free(freed->envelope);
  chain_signer_clear(&freed->signer);
  buffer_clear(&freed->current);
  buffer_clear(&freed->metadata);
  buffer_clear(&freed->detail);
  buffer_clear(&freed->sealed);
  memory_free(freed);
}

static ss_status scratch_new(ss_store *store, scratch **created, ss_error *error) {
  scratch *made = memory_new(sizeof *made);
  if (made == NULL) return error_out_of_memory(error);
  chain_signer_init(&made->signer, &store->suite, &store->epochs, store->store_id);
  const ss_status status = envelope_new(&store->suite, &store->keyring, &made->envelope, error);
  if (status != SS_OK) {
    scratch_free(made);
    return status;
  }
  *created = made;
  return SS_OK;
}

ss_status scratch_take(ss_store *store, scratch **taken, ss_error *error) {
  (void)pthread_mutex_lock(&store->scratch_lock);
  *taken = store->idle_scratch;
  if (*taken != NULL) store->idle_scratch = (*taken)->next_idle;
  (void)pthread_mutex_unlock(&store->scratch_lock);
  return *taken != NULL ? SS_OK : scratch_new(store, taken, error);
}

void scratch_reset(scratch *self) {
  buffer_reset(&self->metadata);
  buffer_reset(&self->detail);
  buffer_reset(&self->sealed);
}

void scratch_return(ss_store *store, scratch *returned) {
  scratch_reset(returned);
  if (returned->sealed.capacity > BUFFER_KEPT_BYTES) buffer_clear(&returned->sealed);
  (void)pthread_mutex_lock(&store->scratch_lock);
  returned->next_idle = store->idle_scratch;
  store->idle_scratch = returned;
  (void)pthread_mutex_unlock(&store->scratch_lock);
}

void scratch_free_all(ss_store *store) {
  while (store->idle_scratch != NULL) {
    scratch *freed = store->idle_scratch;
    store->idle_scratch = freed->next_idle;
    scratch_free(freed);
  }
}
