/* put, update and rm. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "commands.h"
#include "failure.h"
#include "numbers.h"
#include "output.h"
#include "session.h"

/* ---- Options that put and update share ----------------------------------------------------- */

typedef struct field_changes {
  ss_change metadata;
  ss_change ttl;
  int64_t ttl_ms;
  ss_change expires_at_change;
  int64_t expires_at;
  int64_t if_revision;
} field_changes;

static bool parse_metadata(const char *command_name, const arguments *args,
                           field_changes *changes) {
  const bool set = given(args, OPTION_METADATA);
  const bool clear = given(args, OPTION_NO_METADATA);
  if (set && clear)
    return fail_usage(command_name, "expected --metadata or --no-metadata, got both");
  if (set) changes->metadata = SS_SET;
  if (clear) changes->metadata = SS_CLEAR;
  return true;
}

static bool parse_expiry(const char *command_name, const arguments *args, field_changes *changes) {
  const int count =
      given(args, OPTION_TTL) + given(args, OPTION_NO_EXPIRY) + given(args, OPTION_EXPIRES_AT);
  if (count > 1) {
    return fail_usage(command_name, "expected one of --ttl, --no-expiry and --expires-at, got %d",
                      count);
  }
  if (given(args, OPTION_NO_EXPIRY)) changes->ttl = SS_CLEAR;
  if (given(args, OPTION_TTL)) {
    changes->ttl = SS_SET;
    if (!parse_duration(args->text[OPTION_TTL], &changes->ttl_ms)) {
      return fail_usage(command_name,
                        "--ttl: expected a number with its unit (500ms, 90s, 15m, 12h, 30d), got "
                        "\"%s\"",
                        args->text[OPTION_TTL]);
    }
  }
  if (given(args, OPTION_EXPIRES_AT)) {
    changes->expires_at_change = SS_SET;
    if (!parse_time(args->text[OPTION_EXPIRES_AT], &changes->expires_at)) {
      return fail_usage(command_name,
                        "--expires-at: expected a time in UTC, as 2027-01-31T12:00:00Z, got \"%s\"",
                        args->text[OPTION_EXPIRES_AT]);
    }
  }
  return true;
}

static bool parse_revision(const char *command_name, const arguments *args, int64_t *if_revision) {
  *if_revision = SS_ANY_REVISION;
  if (given(args, OPTION_CREATE_ONLY) && given(args, OPTION_IF_REVISION)) {
    return fail_usage(command_name, "expected --create-only or --if-revision, got both");
  }
  if (given(args, OPTION_CREATE_ONLY)) *if_revision = 0;
  if (!given(args, OPTION_IF_REVISION)) return true;
  if (parse_integer(args->text[OPTION_IF_REVISION], SS_MAX_INTEGER, if_revision)) return true;
  return fail_usage(command_name, "--if-revision: expected a number from 0, got \"%s\"",
                    args->text[OPTION_IF_REVISION]);
}

static bool parse_changes(const char *command_name, const arguments *args, field_changes *changes) {
  *changes = (field_changes){0};
  return parse_metadata(command_name, args, changes) && parse_expiry(command_name, args, changes) &&
         parse_revision(command_name, args, &changes->if_revision);
}

static void print_expiry(int64_t expires_at) {
  char time[TIME_TEXT_CAPACITY];
  char relative[TIME_TEXT_CAPACITY];
  if (expires_at == SS_NO_EXPIRY) return;
  format_time(expires_at, time);
  format_relative(expires_at, now_in_ms(), relative);
  (void)printf(", expires %s (%s)", time, relative);
}

/* ---- put ----------------------------------------------------------------------------------- */

static int print_put(const arguments *args, const ss_put_result *result) {
  if (given(args, OPTION_JSON)) {
    json_t *object = json_object();
    json_add_text(object, "secretId", result->secret_id);
    json_add_time(object, "createdAt", result->created_at);
    json_add_time(object, "updatedAt", result->updated_at);
    json_add_time(object, "expiresAt", result->expires_at);
    (void)json_object_set_new(object, "revision", json_integer(result->revision));
    (void)json_object_set_new(object, "isNew", json_boolean(result->is_new));
    return print_json(object);
  }
  (void)printf("%s %s, revision %lld", result->is_new ? "created" : "updated", args->positional,
               (long long)result->revision);
  print_expiry(result->expires_at);
  (void)printf("\n");
  return EXIT_OK;
}

/* What put is to do, and what came of it. */
typedef struct put_work {
  const arguments *args;
  const field_changes *changes;
  const secret_bytes *value;
  ss_put_result result;
} put_work;

static int put_into(session *opened, void *context) {
  put_work *self = context;
  ss_put_request request;
  ss_error error;
  ss_put_request_init(&request);
  request.namespace_name = opened->namespace_name;
  request.name = self->args->positional;
  request.value = self->value->data;
  request.value_length = self->value->length;
  request.metadata = self->changes->metadata;
  request.metadata_json = self->args->text[OPTION_METADATA];
  request.ttl = self->changes->ttl;
  request.ttl_ms = self->changes->ttl_ms;
  request.if_revision = self->changes->if_revision;
  request.caller = &opened->caller;
  return ss_put(opened->store, &request, &self->result, &error) == SS_OK ? EXIT_OK
                                                                         : fail_with(&error);
}

static int put_value(put_work *work) {
  bool missing = false;
  int code = session_is_missing(work->args, &missing);
  if (code == EXIT_OK && missing) code = session_run(work->args, SESSION_TRIAL, put_into, work);
  if (code == EXIT_OK) code = session_run(work->args, SESSION_CREATES, put_into, work);
  return code == EXIT_OK ? print_put(work->args, &work->result) : code;
}

/* A program that failed before a pipe writes nothing into it. */
static int check_value(const arguments *args, const secret_bytes *value) {
  if (value->length > 0 || given(args, OPTION_ALLOW_EMPTY)) return EXIT_OK;
  const char *file = args->text[OPTION_FILE];
  return fail(SS_INVALID_ARGUMENT,
              "value from %s: expected at least one byte, got none; --allow-empty stores an empty "
              "value",
              file == NULL || strcmp(file, "-") == 0 ? "standard input" : file);
}

int run_put(const arguments *args) {
  field_changes changes;
  secret_bytes value = {0};
  put_work work = {.args = args, .changes = &changes, .value = &value};
  const char *path = NULL;
  if (!parse_changes("put", args, &changes)) return EXIT_USAGE;
  int code = session_path(args, &path); /* before a person is asked for the value */
  if (code == EXIT_OK) {
    code = read_value(args->text[OPTION_FILE], given(args, OPTION_TRIM_NEWLINE), &value);
  }
  if (code == EXIT_OK) code = check_value(args, &value);
  if (code == EXIT_OK) code = put_value(&work);
  secret_bytes_clear(&value);
  return code;
}

/* ---- update -------------------------------------------------------------------------------- */

static int print_update(const arguments *args, const ss_update_result *result) {
  if (given(args, OPTION_JSON)) {
    json_t *object = json_pack("{s:b}", "updated", result->updated);
    if (result->updated) {
      json_add_time(object, "updatedAt", result->updated_at);
      json_add_time(object, "expiresAt", result->expires_at);
      (void)json_object_set_new(object, "revision", json_integer(result->revision));
    }
    const int code = print_json(object);
    return code == EXIT_OK && !result->updated ? EXIT_NEGATIVE : code;
  }
  if (!result->updated) {
    return fail(SS_NOT_FOUND, "secret \"%s\": not found", args->positional);
  }
  (void)printf("updated %s, revision %lld", args->positional, (long long)result->revision);
  print_expiry(result->expires_at);
  (void)printf("\n");
  return EXIT_OK;
}

int run_update(const arguments *args) {
  field_changes changes;
  session opened;
  ss_update_request request;
  ss_update_result result;
  ss_error error;
  if (!parse_changes("update", args, &changes)) return EXIT_USAGE;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  ss_update_request_init(&request);
  request.namespace_name = opened.namespace_name;
  request.name = args->positional;
  request.metadata = changes.metadata;
  request.metadata_json = args->text[OPTION_METADATA];
  request.ttl = changes.ttl;
  request.ttl_ms = changes.ttl_ms;
  request.expires_at_change = changes.expires_at_change;
  request.expires_at = changes.expires_at;
  request.if_revision = changes.if_revision;
  request.caller = &opened.caller;
  code = ss_update(opened.store, &request, &result, &error) == SS_OK ? print_update(args, &result)
                                                                     : fail_with(&error);
  session_close(&opened);
  return code;
}

/* ---- rm ------------------------------------------------------------------------------------ */

static int print_removed(const arguments *args, bool removed) {
  if (given(args, OPTION_JSON)) {
    const int code = print_json(json_pack("{s:b}", "removed", removed));
    return code == EXIT_OK && !removed ? EXIT_NEGATIVE : code;
  }
  if (!removed) return fail(SS_NOT_FOUND, "secret \"%s\": not found", args->positional);
  (void)printf("removed %s\n", args->positional);
  return EXIT_OK;
}

int run_rm(const arguments *args) {
  session opened;
  ss_remove_request request;
  ss_error error;
  bool removed = false;
  ss_remove_request_init(&request);
  if (!parse_revision("rm", args, &request.if_revision)) return EXIT_USAGE;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  request.namespace_name = opened.namespace_name;
  request.name = args->positional;
  request.caller = &opened.caller;
  code = ss_remove(opened.store, &request, &removed, &error) == SS_OK ? print_removed(args, removed)
                                                                      : fail_with(&error);
  session_close(&opened);
  return code;
}
