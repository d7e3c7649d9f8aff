/* The constants of the C API that hosts know by names of their own. Facades take their numbers from
 * here, by the native function `constants`: none is written there. */
#ifndef BINDINGS_CONSTANTS_H
#define BINDINGS_CONSTANTS_H

#include "secretstore/secretstore.h"

/* clang-format off */

/* ---- Choices: the names are the same in every host ------------------------------------------ */

#define SS_DURABILITY_CONSTANTS(CONSTANT)                              \
  CONSTANT("full", SS_DURABILITY_FULL)                                 \
  CONSTANT("normal", SS_DURABILITY_NORMAL)

#define SS_LOG_LEVEL_CONSTANTS(CONSTANT)                               \
  CONSTANT("debug", SS_LOG_DEBUG)                                      \
  CONSTANT("warn", SS_LOG_WARN)                                        \
  CONSTANT("error", SS_LOG_ERROR)                                      \
  CONSTANT("none", SS_LOG_NONE)

#define SS_ORDER_CONSTANTS(CONSTANT)                                   \
  CONSTANT("desc", SS_DESCENDING)                                      \
  CONSTANT("asc", SS_ASCENDING)

#define SS_READS_CONSTANTS(CONSTANT)                                   \
  CONSTANT("plain", SS_READS_PLAIN)                                    \
  CONSTANT("verified", SS_READS_VERIFIED)

/* Those of a namespace, which a request may ask for; the store log's are results only. */
#define SS_EVENT_TYPE_CONSTANTS(CONSTANT)                              \
  CONSTANT("created", SS_EVENT_CREATED)                                \
  CONSTANT("updated", SS_EVENT_UPDATED)                                \
  CONSTANT("deleted", SS_EVENT_DELETED)                                \
  CONSTANT("rotated", SS_EVENT_ROTATED)                                \
  CONSTANT("read", SS_EVENT_READ)                                      \
  CONSTANT("expunged", SS_EVENT_EXPUNGED)                              \
  CONSTANT("pruned", SS_EVENT_PRUNED)                                  \
  CONSTANT("accepted", SS_EVENT_ACCEPTED)                              \
  CONSTANT("rewrapped", SS_EVENT_REWRAPPED)

#define SS_EXISTING_CONSTANTS(CONSTANT)                                \
  CONSTANT("refuse", SS_EXISTING_REFUSE)                               \
  CONSTANT("skip", SS_EXISTING_SKIP)                                   \
  CONSTANT("replace", SS_EXISTING_REPLACE)

#define SS_EXPORT_FORMAT_CONSTANTS(CONSTANT)                           \
  CONSTANT("portable", SS_EXPORT_PORTABLE)                             \
  CONSTANT("component", SS_EXPORT_COMPONENT)

/* ---- Defaults ------------------------------------------------------------------------------- */

/* Those that signatures show. */
#define SS_DEFAULT_CONSTANTS(CONSTANT)                                 \
  CONSTANT("max_value_bytes", SS_DEFAULT_MAX_VALUE_BYTES)              \
  CONSTANT("busy_timeout_ms", SS_DEFAULT_BUSY_TIMEOUT_MS)              \
  CONSTANT("secret_retention_ms", SS_DEFAULT_SECRET_RETENTION_MS)      \
  CONSTANT("event_retention_ms", SS_DEFAULT_EVENT_RETENTION_MS)        \
  CONSTANT("drain_after_ms", SS_DEFAULT_DRAIN_AFTER_MS)                \
  CONSTANT("policy_memory_bytes", SS_DEFAULT_POLICY_MEMORY_BYTES)      \
  CONSTANT("policy_instructions", SS_DEFAULT_POLICY_INSTRUCTIONS)      \
  CONSTANT("policy_deadline_ms", SS_DEFAULT_POLICY_DEADLINE_MS)        \
  CONSTANT("page_items", SS_DEFAULT_PAGE_ITEMS)

#define SS_CONSTANTS(GROUP)                                            \
  GROUP(ss_durability, SS_DURABILITY_CONSTANTS)                        \
  GROUP(ss_log_level, SS_LOG_LEVEL_CONSTANTS)                          \
  GROUP(ss_order, SS_ORDER_CONSTANTS)                                  \
  GROUP(ss_reads, SS_READS_CONSTANTS)                                  \
  GROUP(ss_event_type, SS_EVENT_TYPE_CONSTANTS)                        \
  GROUP(ss_existing, SS_EXISTING_CONSTANTS)                            \
  GROUP(ss_export_format, SS_EXPORT_FORMAT_CONSTANTS)                  \
  GROUP(default, SS_DEFAULT_CONSTANTS)

/* clang-format on */

#endif
