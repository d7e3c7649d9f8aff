/* Walking a whole store: every namespace, and every secret's name in it, page by page. What is
 * visited may use the session, which a storage visitor may not: names are copied before. A walk
 * asks at every step whether to go on. */
#ifndef ENGINE_OPERATIONS_WALK_H
#define ENGINE_OPERATIONS_WALK_H

#include "base/arena.h"
#include "storage/storage.h"

/* A status other than SS_OK ends the walk and becomes its result; *stop ends it with SS_OK. name
 * lives during the visit. */
typedef ss_status (*name_visit)(void *context, text_view name, bool *stop, ss_error *error);
/* name lives in memory. */
typedef ss_status (*namespace_visit)(void *context, text_view name, const namespace_record *record,
                                     bool *stop, ss_error *error);

/* The secrets of a namespace, the least recently updated first. count (may be NULL): how many there
 * were. */
ss_status walk_secrets(storage_session *session, int64_t namespace_id, name_visit visit,
                       void *context, int64_t *count, ss_error *error) MUST_CHECK;

/* The namespaces, the default one first, then by name. */
ss_status walk_namespaces(storage_session *session, arena *memory, namespace_visit visit,
                          void *context, ss_error *error) MUST_CHECK;

#endif
