/* Running the host's code. Every callback of a store runs between host_enter and host_return,
 * during which a close does not wait for the calls that the thread is in (lifecycle.c). The log and
 * the clock are wrapped once, at open; interrupts and progress have functions here. */
#ifndef ENGINE_STORE_HOST_H
#define ENGINE_STORE_HOST_H

#include "engine/options.h"
#include "engine/store/store.h"

/* A new store's log, clock and cancellation, which lead to the options' callbacks. */
void host_connect(ss_store *store, const ss_options *options);

/* Whether to go on. True without a callback. */
bool host_hears_progress(ss_store *store, ss_progress_callback progress, void *context,
                         int64_t done, int64_t total);

#endif
