/* get and has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "session/session.h"
#include "session/target.h"
#include "terminal/bytes.h"
#include "terminal/encoding.h"
#include "terminal/failure.h"
#include "terminal/output.h"

/* ---- get ----------------------------------------------------------------------------------- */

/* Written piece by piece into wiped memory: jansson would leave copies of the value behind. */
static int describe_secret(const arguments *args, const ss_get_result *result, secret_bytes *text) {
  json_t *object = json_object();
  json_add_text(object, "name", args->positional);
  json_add_text(object, "namespace", args->text[OPTION_NAMESPACE]);
  json_add_metadata(object, result->metadata_json);
  json_add_time(object, "expiresAt", result->expires_at);
  json_add_time(object, "createdAt", result->created_at);
  json_add_time(object, "updatedAt", result->updated_at);
  (void)json_object_set_new(object, "revision", json_integer(result->revision));
  (void)json_object_set_new(object, "keyVersion", json_integer(result->key_version));
  char *rest = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  int code = rest == NULL ? fail(SS_OUT_OF_MEMORY, "out of memory") : EXIT_OK;
  if (code == EXIT_OK) code = secret_bytes_append(text, "{", 1);
  if (code == EXIT_OK) code = append_value_field(text, result->value, result->value_length);
  if (code == EXIT_OK) code = secret_bytes_append(text, ",", 1);
  if (code == EXIT_OK) code = secret_bytes_append(text, rest + 1, strlen(rest + 1));
  if (code == EXIT_OK) code = secret_bytes_append(text, "\n", 1);
  free(rest);
  return code;
}

static int print_secret(const arguments *args, const ss_get_result *result, target *output) {
  if (given(args, OPTION_JSON)) {
    secret_bytes text = {0};
    int code = describe_secret(args, result, &text);
    if (code == EXIT_OK) code = target_write(output, text.data, text.length);
    secret_bytes_clear(&text);
    return code;
  }
  const int code = target_write(output, result->value, result->value_length);
  const bool ends_in_newline =
      result->value_length > 0 && result->value[result->value_length - 1] == '\n';
  const bool on_terminal = output->kind == TARGET_DESCRIPTOR && isatty(output->descriptor);
  if (code == EXIT_OK && on_terminal && !ends_in_newline) return target_write(output, "\n", 1);
  return code;
}

static void name_secret(const session *opened, const arguments *args, ss_get_request *request) {
  ss_get_request_init(request);
  request->namespace_name = opened->namespace_name;
  request->name = args->positional;
  request->caller = &opened->caller;
}

static int run_get(const arguments *args) {
  session opened;
  ss_get_request request;
  ss_get_result result;
  target output;
  ss_error error;
  int code = target_choose(args, EXISTING_IS_REPLACED, NULL, &output);
  if (code == EXIT_OK) code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  name_secret(&opened, args, &request);
  code = ss_get_or_throw(opened.store, &request, &result, &error) == SS_OK
             ? print_secret(args, &result, &output)
             : fail_with(&error);
  ss_get_result_clear(&result);
  session_close(&opened);
  return code;
}

const command command_get = {
    .name = "get",
    .positional = "NAME",
    .summary = "print a secret's value",
    .details =
        "Prints the value's bytes and nothing else; on a terminal, a newline after it.\n"
        "With --json, an object with \"value\", or \"valueBase64\" if the value is not\n"
        "UTF-8 text. Exit code 1: not there, or expired.",
    .examples =
        "secretstore get GITHUB_TOKEN --namespace acme:ci\n"
        "secretstore get TLS_KEY --output server.key\n"
        "secretstore get DB_URL --json | jq .revision\n",
    .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_VERIFIED_READS),
    .run = run_get,
};

/* ---- has ----------------------------------------------------------------------------------- */

static int print_found(const arguments *args, bool found) {
  int code = EXIT_OK;
  if (given(args, OPTION_JSON)) {
    code = print_json(json_pack("{s:b}", "has", found));
  } else {
    (void)printf("%s\n", found ? "true" : "false");
  }
  return code == EXIT_OK && !found ? EXIT_NEGATIVE : code;
}

static int run_has(const arguments *args) {
  session opened;
  ss_get_request request;
  ss_error error;
  bool found = false;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  name_secret(&opened, args, &request);
  code = ss_has(opened.store, &request, &found, &error) == SS_OK ? print_found(args, found)
                                                                 : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_has = {
    .name = "has",
    .positional = "NAME",
    .summary = "tell whether a secret is there and not expired",
    .details = "Prints true or false; exit code 0 or 1.",
    .examples = "secretstore has DB_URL || echo missing\n",
    .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_VERIFIED_READS),
    .run = run_has,
};
