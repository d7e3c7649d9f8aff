/* The pool of workers: as many as calls ever ran at once, kept until the store closes. */
#include "base/memory.h"
#include "base/status.h"
#include "engine/store/store.h"

/* Scratch that one large value made grow is not kept. */
enum { SCRATCH_KEPT_BYTES = 131072 };

static void worker_free(worker *freed) {
  if (freed == NULL) return;
  envelope_free(freed->envelope);
  chain_signer_clear(&freed->signer);
  buffer_clear(&freed->current);
  buffer_clear(&freed->metadata);
  buffer_clear(&freed->detail);
  buffer_clear(&freed->sealed);
  memory_free(freed);
}

static ss_status worker_new(ss_store *store, worker **created, ss_error *error) {
  worker *made = memory_new(sizeof *made);
  if (made == NULL) return error_out_of_memory(error);
  chain_signer_init(&made->signer, &store->suite, &store->epochs, store->store_id);
  const ss_status status = envelope_new(&store->suite, &store->keyring, &made->envelope, error);
  if (status != SS_OK) {
    worker_free(made);
    return status;
  }
  *created = made;
  return SS_OK;
}

ss_status worker_take(ss_store *store, worker **taken, ss_error *error) {
  (void)pthread_mutex_lock(&store->workers_lock);
  *taken = store->idle_workers;
  if (*taken != NULL) store->idle_workers = (*taken)->next_idle;
  (void)pthread_mutex_unlock(&store->workers_lock);
  return *taken != NULL ? SS_OK : worker_new(store, taken, error);
}

void worker_reset(worker *self) {
  buffer_reset(&self->metadata);
  buffer_reset(&self->detail);
  buffer_reset(&self->sealed);
}

void worker_return(ss_store *store, worker *returned) {
  worker_reset(returned);
  if (returned->sealed.capacity > SCRATCH_KEPT_BYTES) buffer_clear(&returned->sealed);
  (void)pthread_mutex_lock(&store->workers_lock);
  returned->next_idle = store->idle_workers;
  store->idle_workers = returned;
  (void)pthread_mutex_unlock(&store->workers_lock);
}

void workers_free(ss_store *store) {
  while (store->idle_workers != NULL) {
    worker *freed = store->idle_workers;
    store->idle_workers = freed->next_idle;
    worker_free(freed);
  }
}
