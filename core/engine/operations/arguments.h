/* Checks that the public operations share: requests, names, callers, changes. Each says which
 * argument it expected to be what. */
#ifndef ENGINE_OPERATIONS_ARGUMENTS_H
#define ENGINE_OPERATIONS_ARGUMENTS_H

#include "base/buffer.h"
#include "base/view.h"

/* Whether a request was set up by its _init function (its first member is its size). */
ss_status request_check(const void *request, size_t expected_size, ss_error *error) MUST_CHECK;

/* A namespace (NULL is the default one, and fine) and a name. */
ss_status request_check_namespace(const char *namespace_name, text_view *checked,
                                  ss_error *error) MUST_CHECK;
ss_status request_check_name(const char *name, text_view *checked, ss_error *error) MUST_CHECK;

/* caller may be NULL; actor comes out absent then. The context is the gate's to check. */
ss_status request_check_caller(const ss_caller *caller, text_view *actor,
                               ss_error *error) MUST_CHECK;

ss_status request_check_revision(int64_t if_revision, ss_error *error) MUST_CHECK;

/* A change of a number of ms: the kind of change, and the number's range if it is SS_SET. */
ss_status request_check_ms(const char *what, ss_change change, int64_t number,
                           ss_error *error) MUST_CHECK;

/* A change of metadata; for SS_SET the compact text is appended to compact. */
ss_status request_check_metadata(ss_change change, const char *metadata_json, byte_buffer *compact,
                                 ss_error *error) MUST_CHECK;

ss_status request_check_page(ss_order order, int64_t num_items, ss_error *error) MUST_CHECK;

ss_status request_check_retention(int64_t retention_ms, ss_error *error) MUST_CHECK;

/* now + ttl_ms, or SS_INVALID_ARGUMENT if that is no time any more. */
ss_status request_expiry(int64_t now, int64_t ttl_ms, int64_t *expires_at,
                         ss_error *error) MUST_CHECK;

#endif
