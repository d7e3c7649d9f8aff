/* update: metadata and expiry. */
#include <stdio.h>

#include "commands/changes.h"
#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/output.h"

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

static int run_update(const arguments *args) {
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

const command command_update = {
    .name = "update",
    .positional = "NAME",
    .summary = "change a secret's metadata or expiry",
    .details = "The value stays as it is. Exit code 1: not there.",
    .examples =
        "secretstore update DB_URL --ttl 30d\n"
        "secretstore update DB_URL --metadata '{\"owner\":\"billing\"}' --no-expiry\n",
    .options = IN_A_NAMESPACE | METADATA_AND_EXPIRY | OPTION_BIT(OPTION_EXPIRES_AT),
    .run = run_update,
};
