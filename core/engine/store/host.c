/* The store's callbacks, each as a visit to the host; and when to ask it whether to go on. */
#include "engine/store/host.h"

#define INTERRUPT_INTERVAL_NS (SS_INTERRUPT_INTERVAL_MS * INT64_C(1000000))

static void write_to_host(void *context, ss_log_level level, const char *message) {
  ss_store *store = context;
  host_visit visit;
  host_enter(store, &visit);
  store->host_log.callback(store->host_log.context, level, message);
  host_return(&visit);
}

static int64_t read_hosts_clock(void *context) {
  ss_store *store = context;
  host_visit visit;
  host_enter(store, &visit);
  const int64_t now = store->host_clock.callback(store->host_clock.context);
  host_return(&visit);
  return now;
}

bool host_hears_progress(ss_store *store, ss_progress_callback progress, void *context,
                         int64_t done, int64_t total) {
  host_visit visit;
  if (progress == NULL) return true;
  host_enter(store, &visit);
  const bool go_on = progress(context, done, total);
  host_return(&visit);
  return go_on;
}

/* ---- Whether to go on ---------------------------------------------------------------------- */

static bool is_due(const ss_store *store, const store_call *call) {
  if (call->is_interrupted || store_is_closing(store)) return false;
  return clock_monotonic_ns() - call->asked_at_ns >= store->interrupt_interval_ns;
}

static bool is_interrupted(ss_store *store) {
  if (store->interrupt == NULL) return false;
  store_call *call = calls_current(store);
  if (call == NULL || call->is_background) return false;
  if (is_due(store, call)) {
    host_visit visit;
    host_enter(store, &visit);
    call->is_interrupted = store->interrupt(store->interrupt_context);
    host_return(&visit);
    call->asked_at_ns = clock_monotonic_ns();
  }
  return call->is_interrupted;
}

static ss_status ask(void *context) {
  ss_store *store = context;
  if (is_interrupted(store)) return SS_INTERRUPTED;
  return store_is_closing(store) ? SS_CLOSED : SS_OK;
}

/* ---- At open ------------------------------------------------------------------------------- */

void host_connect(ss_store *store, const ss_options *options) {
  store->host_log = options->log;
  store->host_clock = options->clock;
  store->interrupt = options->interrupt;
  store->interrupt_context = options->interrupt_context;
  store->interrupt_interval_ns = INTERRUPT_INTERVAL_NS;
  store->log = options->log;
  if (options->log.callback != NULL) {
    store->log = (log_sink){write_to_host, store, options->log.level};
  }
  if (options->clock.callback != NULL) store->clock = (clock_source){read_hosts_clock, store};
  store->cancellation = (cancellation){ask, store};
}
