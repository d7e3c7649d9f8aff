/* Each thread's list of its calls, the innermost first. Nothing here is seen by another thread. */
#include "engine/store/calls.h"

static _Thread_local store_call *innermost;

void calls_add(store_call *call) {
  call->outer = innermost;
  innermost = call;
}

/* Wherever it stands: a host whose callbacks switch between fibers may end calls out of order. */
void calls_remove(const store_call *call) {
  store_call **place = &innermost;
  while (*place != NULL && *place != call) place = &(*place)->outer;
  if (*place != NULL) *place = call->outer;
}

bool calls_include(const ss_store *store) {
  for (const store_call *call = innermost; call != NULL; call = call->outer) {
    if (call->store == store) return true;
  }
  return false;
}

/* Beyond the first call that is inside of a callback, all are. */
store_call *calls_current(const ss_store *store) {
  store_call *current = NULL;
  for (store_call *call = innermost; call != NULL; call = call->outer) {
    if (call->store != store) continue;
    if (call->visit != NULL) break;
    current = call;
  }
  return current;
}

void calls_begin_visit(host_visit *visit) {
  visit->calls = 0;
  for (store_call *call = innermost; call != NULL; call = call->outer) {
    if (call->store != visit->store) continue;
    if (call->visit != NULL) break;
    call->visit = visit;
    visit->calls++;
  }
}

void calls_end_visit(const host_visit *visit) {
  for (store_call *call = innermost; call != NULL; call = call->outer) {
    if (call->visit == visit) call->visit = NULL;
  }
}
