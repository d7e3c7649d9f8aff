/* Putting secrets, several in one transaction if need be: for ss_put, and for import and benches.
 */
#ifndef ENGINE_PUT_H
#define ENGINE_PUT_H

#include "engine/store.h"

/* Puts count secrets, all or none. results (may be NULL) has room for as many. */
ss_status engine_put_batch(ss_store *store, const ss_put_request *requests, size_t count,
                           ss_put_result *results, ss_error *error) MUST_CHECK;

#endif
