/* The options builder: each setter checks its argument and says what it expected. */
#include "engine/options.h"

#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/registry.h"

enum {
  DEFAULT_MAINTENANCE_INTERVAL_MS = 60000,
  SHORTEST_MAINTENANCE_INTERVAL_MS = 1000,
  LEAST_POLICY_MEMORY = 256 << 10,
  MOST_POLICY_MEMORY = 1 << 30,
  LEAST_POLICY_INSTRUCTIONS = 1000,
  MOST_POLICY_DEADLINE_MS = 60000,
};
#define MOST_POLICY_INSTRUCTIONS (INT64_C(1) << 40)

static ss_status check_path(const char *path, ss_error *error) {
  if (path == NULL || path[0] == '\0') {
    return error_set(error, SS_INVALID_OPTIONS,
                     "path: expected a file name or \":memory:\", got %s",
                     path == NULL ? "none" : "the empty text");
  }
  return storage_check_path(path, error);
}

ss_status ss_options_new(const char *path, ss_options **options, ss_error *error) {
  error_clear(error);
  if (options == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "options: expected a place for the handle, got none");
  }
  *options = NULL;
  GUARD(check_path(path, error));
  ss_options *made = memory_new(sizeof *made);
  if (made == NULL) return error_out_of_memory(error);
  *made = (ss_options){
      .path = memory_new_unfilled(strlen(path) + 1),
      .max_value_bytes = SS_DEFAULT_MAX_VALUE_BYTES,
      .busy_timeout_ms = SS_DEFAULT_BUSY_TIMEOUT_MS,
      .create = true,
      .least_epoch = 1,
      .maintenance_interval_ms = DEFAULT_MAINTENANCE_INTERVAL_MS,
      .secret_retention_ms = SS_DEFAULT_SECRET_RETENTION_MS,
      .event_retention_ms = SS_DEFAULT_EVENT_RETENTION_MS,
      .drain_after_ms = SS_DEFAULT_DRAIN_AFTER_MS,
      .policy_limits = POLICY_DEFAULT_LIMITS,
      .log = {.level = SS_LOG_WARN},
  };
  if (made->path == NULL) {
    memory_free(made);
    return error_out_of_memory(error);
  }
  memcpy(made->path, path, strlen(path) + 1);
  *options = made;
  return SS_OK;
}

static void forget_policy(ss_options *options) {
  memory_free(options->policy_name);
  memory_free(options->policy_text);
  options->policy_name = NULL;
  options->policy_text = NULL;
  options->policy_length = 0;
}

void ss_options_free(ss_options *options) {
  if (options == NULL) return;
  keyring_clear(&options->keyring);
  forget_policy(options);
  memory_free(options->anchor);
  memory_free(options->path);
  memory_free(options);
}

/* What every setter begins with. */
static ss_status check_handle(const ss_options *options, ss_error *error) {
  error_clear(error);
  if (options != NULL) return SS_OK;
  return error_set(error, SS_INVALID_ARGUMENT, "options: expected options, got none");
}

static ss_status check_range(const char *what, int64_t number, int64_t largest, ss_error *error) {
  if (number >= 0 && number <= largest) return SS_OK;
  return error_set(error, SS_INVALID_OPTIONS, "%s: expected 0 to %lld, got %lld", what,
                   (long long)largest, (long long)number);
}

ss_status ss_options_add_key(ss_options *options, int64_t version, const char *key,
                             ss_error *error) {
  GUARD(check_handle(options, error));
  return keyring_add_text(&options->keyring, version, text_view_of(key), error);
}

ss_status ss_options_set_default_ttl_ms(ss_options *options, int64_t ttl_ms, ss_error *error) {
  GUARD(check_handle(options, error));
  GUARD(check_range("default_ttl_ms", ttl_ms, SS_MAX_INTEGER, error));
  options->has_default_ttl = true;
  options->default_ttl_ms = ttl_ms;
  return SS_OK;
}

ss_status ss_options_set_max_value_bytes(ss_options *options, size_t length, ss_error *error) {
  GUARD(check_handle(options, error));
  if (length > SS_CEILING_MAX_VALUE_BYTES) {
    return error_set(error, SS_INVALID_OPTIONS, "max_value_bytes: expected 0 to %d, got %zu",
                     SS_CEILING_MAX_VALUE_BYTES, length);
  }
  options->max_value_bytes = length;
  return SS_OK;
}

ss_status ss_options_set_durability(ss_options *options, ss_durability durability,
                                    ss_error *error) {
  GUARD(check_handle(options, error));
  if (durability != SS_DURABILITY_FULL && durability != SS_DURABILITY_NORMAL) {
    return error_set(error, SS_INVALID_OPTIONS, "durability: expected full or normal, got %d",
                     (int)durability);
  }
  options->durability = durability;
  return SS_OK;
}

ss_status ss_options_set_busy_timeout_ms(ss_options *options, int64_t timeout_ms, ss_error *error) {
  GUARD(check_handle(options, error));
  GUARD(check_range("busy_timeout_ms", timeout_ms, INT_MAX, error));
  options->busy_timeout_ms = (int)timeout_ms;
  return SS_OK;
}

ss_status ss_options_set_create(ss_options *options, bool create, ss_error *error) {
  GUARD(check_handle(options, error));
  options->create = create;
  return SS_OK;
}

ss_status ss_options_set_allow_group(ss_options *options, bool allow, ss_error *error) {
  GUARD(check_handle(options, error));
  options->allow_group = allow;
  return SS_OK;
}

static ss_status check_at_least(const char *what, int64_t number, int64_t smallest,
                                ss_error *error) {
  if (number >= smallest && number <= SS_MAX_INTEGER) return SS_OK;
  return error_set(error, SS_INVALID_OPTIONS, "%s: expected %lld to 2^53-1 ms, got %lld", what,
                   (long long)smallest, (long long)number);
}

ss_status ss_options_set_maintenance(ss_options *options, bool enabled, int64_t interval_ms,
                                     ss_error *error) {
  GUARD(check_handle(options, error));
  GUARD(check_at_least("maintenance_interval_ms", interval_ms, SHORTEST_MAINTENANCE_INTERVAL_MS,
                       error));
  options->maintenance = enabled;
  options->maintenance_interval_ms = interval_ms;
  return SS_OK;
}

ss_status ss_options_set_retention_ms(ss_options *options, int64_t secret_retention_ms,
                                      int64_t event_retention_ms, ss_error *error) {
  GUARD(check_handle(options, error));
  GUARD(check_at_least("secret_retention_ms", secret_retention_ms, 1, error));
  GUARD(check_at_least("event_retention_ms", event_retention_ms, 1, error));
  options->secret_retention_ms = secret_retention_ms;
  options->event_retention_ms = event_retention_ms;
  return SS_OK;
}

ss_status ss_options_set_drain_after_ms(ss_options *options, int64_t duration_ms, ss_error *error) {
  GUARD(check_handle(options, error));
  GUARD(check_at_least("drain_after_ms", duration_ms, 0, error));
  options->drain_after_ms = duration_ms;
  return SS_OK;
}

static char *copy_bytes(const char *data, size_t length) {
  char *copy = memory_new(length + 1);
  if (copy != NULL && length > 0) memcpy(copy, data, length);
  return copy;
}

ss_status ss_options_set_policy(ss_options *options, const ss_policy_source *source,
                                ss_error *error) {
  GUARD(check_handle(options, error));
  if (source == NULL || source->text == NULL) {
    return error_set(error, SS_INVALID_OPTIONS, "policy: expected its text, got none");
  }
  const char *name = source->name == NULL ? "policy.lua" : source->name;
  forget_policy(options);
  options->policy_name = copy_bytes(name, strlen(name));
  options->policy_text = copy_bytes(source->text, source->text_length);
  options->policy_length = source->text_length;
  if (options->policy_name != NULL && options->policy_text != NULL) return SS_OK;
  forget_policy(options);
  return error_out_of_memory(error);
}

ss_status ss_options_set_policy_hash(ss_options *options, const char *hash, ss_error *error) {
  static const char digits[] = "0123456789abcdef";
  GUARD(check_handle(options, error));
  options->policy_hash[0] = '\0';
  if (hash == NULL) return SS_OK;
  if (strlen(hash) != sizeof options->policy_hash - 1 || hash[strspn(hash, digits)] != '\0') {
    return error_set(error, SS_INVALID_OPTIONS,
                     "policy_hash: expected 64 lower-case hexadecimal digits");
  }
  memcpy(options->policy_hash, hash, sizeof options->policy_hash);
  return SS_OK;
}

ss_status ss_options_set_policy_limits(ss_options *options, size_t memory_bytes,
                                       int64_t instructions, int64_t deadline_ms, ss_error *error) {
  GUARD(check_handle(options, error));
  if (memory_bytes < LEAST_POLICY_MEMORY || memory_bytes > MOST_POLICY_MEMORY) {
    return error_set(error, SS_INVALID_OPTIONS, "policy_memory_bytes: expected %d to %d, got %zu",
                     LEAST_POLICY_MEMORY, MOST_POLICY_MEMORY, memory_bytes);
  }
  if (instructions < LEAST_POLICY_INSTRUCTIONS || instructions > MOST_POLICY_INSTRUCTIONS) {
    return error_set(error, SS_INVALID_OPTIONS,
                     "policy_instructions: expected %d to 2^40, got %lld",
                     LEAST_POLICY_INSTRUCTIONS, (long long)instructions);
  }
  if (deadline_ms < 1 || deadline_ms > MOST_POLICY_DEADLINE_MS) {
    return error_set(error, SS_INVALID_OPTIONS, "policy_deadline_ms: expected 1 to %d, got %lld",
                     MOST_POLICY_DEADLINE_MS, (long long)deadline_ms);
  }
  options->policy_limits = (policy_limits){memory_bytes, instructions, deadline_ms};
  return SS_OK;
}

ss_status ss_options_set_least_epoch(ss_options *options, int64_t epoch, ss_error *error) {
  GUARD(check_handle(options, error));
  if (epoch < 1 || epoch > SS_MAX_INTEGER) {
    return error_set(error, SS_INVALID_OPTIONS, "least_epoch: expected 1 to 2^53-1, got %lld",
                     (long long)epoch);
  }
  options->least_epoch = epoch;
  return SS_OK;
}

ss_status ss_options_set_anchor(ss_options *options, const char *text, ss_error *error) {
  GUARD(check_handle(options, error));
  memory_free(options->anchor);
  options->anchor = text == NULL ? NULL : copy_bytes(text, strlen(text));
  return text == NULL || options->anchor != NULL ? SS_OK : error_out_of_memory(error);
}

ss_status ss_options_set_reads(ss_options *options, ss_reads reads, ss_error *error) {
  GUARD(check_handle(options, error));
  if (reads != SS_READS_PLAIN && reads != SS_READS_VERIFIED) {
    return error_set(error, SS_INVALID_OPTIONS, "reads: expected plain or verified, got %d",
                     (int)reads);
  }
  options->reads = reads;
  return SS_OK;
}

ss_status ss_options_set_log(ss_options *options, ss_log_level level, ss_log_callback callback,
                             void *context, ss_error *error) {
  GUARD(check_handle(options, error));
  GUARD(check_range("log level", (int64_t)level, SS_LOG_NONE, error));
  options->log = (log_sink){.callback = callback, .context = context, .level = level};
  return SS_OK;
}

ss_status ss_options_set_clock(ss_options *options, ss_clock_callback callback, void *context,
                               ss_error *error) {
  GUARD(check_handle(options, error));
  options->clock = (clock_source){.callback = callback, .context = context};
  return SS_OK;
}

ss_status ss_options_set_interrupt(ss_options *options, ss_interrupt_callback callback,
                                   void *context, ss_error *error) {
  GUARD(check_handle(options, error));
  options->interrupt = callback;
  options->interrupt_context = context;
  return SS_OK;
}

ss_status ss_options_set_closed(ss_options *options, ss_closed_callback callback, void *context,
                                ss_error *error) {
  GUARD(check_handle(options, error));
  options->closed = callback;
  options->closed_context = context;
  return SS_OK;
}
