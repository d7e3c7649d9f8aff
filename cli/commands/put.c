/* put: stores a value. */
#include <stdio.h>
#include <string.h>

#include "commands/changes.h"
#include "commands/commands.h"
#include "session/session.h"
#include "session/value.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/output.h"

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

static int run_put(const arguments *args) {
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

const command command_put = {
    .name = "put",
    .positional = "NAME",
    .summary = "store a secret",
    .details =
        "The value is read from standard input, from --file, or, on a terminal, from a\n"
        "prompt that does not show it; never from the command line. Its bytes are kept\n"
        "as they are: `echo` adds a newline, `printf %s` does not, --trim-newline drops\n"
        "it. No bytes at all are refused unless --allow-empty is given. Makes the store\n"
        "if there is none. On overwriting, metadata and expiry stay unless options say\n"
        "otherwise.",
    .examples =
        "printf %s \"$TOKEN\" | secretstore put GITHUB_TOKEN --namespace acme:ci\n"
        "secretstore put TLS_KEY --file server.key --ttl 90d\n"
        "secretstore put DB_URL --metadata '{\"owner\":\"payments\"}' --create-only\n",
    .options = IN_A_NAMESPACE | METADATA_AND_EXPIRY | OPTION_BIT(OPTION_FILE) |
               OPTION_BIT(OPTION_TRIM_NEWLINE) | OPTION_BIT(OPTION_CREATE_ONLY) |
               OPTION_BIT(OPTION_ALLOW_EMPTY),
    .run = run_put,
};
