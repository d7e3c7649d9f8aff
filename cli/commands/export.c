/* export: rows that stay encrypted, or plain text for .env files, shells and JSON. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "session/session.h"
#include "session/target.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"
#include "transfer/dotenv.h"
#include "transfer/plain_text.h"
#include "transfer/transfer.h"

/* ---- Rows ---------------------------------------------------------------------------------- */

/* What the library writes to. */
typedef struct row_sink {
  const target *output;
  int code;
} row_sink;

static bool write_piece(void *context, const char *text, size_t length) {
  row_sink *self = context;
  self->code = write_all(self->output->descriptor, text, length, self->output->label);
  return self->code == EXIT_OK;
}

static int print_export(const arguments *args, const ss_export_report *report,
                        const target *output) {
  if (given(args, OPTION_JSON) && output->descriptor != STDOUT_FILENO) {
    const int code = print_json(
        json_pack("{s:I, s:I, s:o}", "exported", report->exported, "failed", report->failed,
                  "faults", transfer_faults(report->faults, report->faults_described)));
    if (code != EXIT_OK) return code;
  } else {
    (void)fprintf(stderr, "exported %lld secret%s\n", (long long)report->exported,
                  plural(report->exported));
    for (size_t i = 0; i < report->faults_described; i++) {
      (void)fprintf(stderr, "left out: %s\n", report->faults[i].message);
    }
  }
  if (report->failed == 0) return EXIT_OK;
  return fail(report->faults[0].code, "secrets that could not be exported: %lld",
              (long long)report->failed);
}

static int write_rows(const ss_export_request *asked, session *opened, target *output,
                      ss_export_report *report) {
  ss_error error;
  row_sink sink = {.output = output};
  ss_export_request request = *asked;
  int code = target_open(output);
  if (code != EXIT_OK) return code;
  request.write = write_piece;
  request.write_context = &sink;
  if (ss_export(opened->store, &request, report, &error) != SS_OK) {
    code = sink.code != EXIT_OK ? sink.code : fail_with(&error);
  }
  return target_close(output, code);
}

static int export_rows(const arguments *args, session *opened, text_format format, target *output) {
  ss_export_request request;
  ss_export_report report = {0};
  ss_keyring *target_keys = NULL;
  int code = transfer_keys(args, &target_keys);
  if (code != EXIT_OK) return code;
  ss_export_request_init(&request);
  request.format = format == FORMAT_PORTABLE ? SS_EXPORT_PORTABLE : SS_EXPORT_COMPONENT;
  request.namespace_given = given(args, OPTION_NAMESPACE);
  request.namespace_name = opened->namespace_name;
  request.target_keys = target_keys;
  request.skip_failed = given(args, OPTION_PARTIAL);
  request.caller = &opened->caller;
  code = write_rows(&request, opened, output, &report);
  if (code == EXIT_OK) code = print_export(args, &report, output);
  ss_export_report_clear(&report);
  ss_keyring_free(target_keys);
  return code;
}

/* ---- Plain text ---------------------------------------------------------------------------- */

static int write_pairs(text_format format, const pairs *found, target *output) {
  secret_bytes text = {0};
  int code = format == FORMAT_DOTENV  ? dotenv_write(found, &text)
             : format == FORMAT_SHELL ? shell_write(found, &text)
                                      : json_write(found, &text);
  if (code == EXIT_OK) code = target_write(output, text.data, text.length);
  secret_bytes_clear(&text);
  return code;
}

/* Bash sets these itself, or lets nobody; and in JavaScript the last is no name like others. */
static bool is_kept_name(const char *name) {
  static const char *const kept[] = {"_",        "UID",          "EUID",          "PPID",
                                     "GROUPS",   "RANDOM",       "SRANDOM",       "SECONDS",
                                     "LINENO",   "EPOCHSECONDS", "EPOCHREALTIME", "DIRSTACK",
                                     "FUNCNAME", "HISTCMD",      "PIPESTATUS",    "__proto__"};
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
    if (strcmp(name, kept[i]) == 0) return true;
  }
  return false;
}

static int check_names(text_format format, const pairs *found) {
  for (size_t i = 0; format != FORMAT_JSON && i < found->count; i++) {
    const pair *checked = &found->items[i];
    if (!is_kept_name(checked->name)) continue;
    return fail(SS_INVALID_ARGUMENT,
                "secret \"%s\": expected a name that readers can set, got \"%s\"; rename it with "
                "--map '%s=NAME'",
                checked->secret, checked->name, checked->secret);
  }
  return EXIT_OK;
}

static int export_plain(const arguments *args, session *opened, text_format format,
                        target *output) {
  pairs found = {0};
  int code = pairs_read(opened, args, format != FORMAT_JSON, &found);
  if (code == EXIT_OK) code = check_names(format, &found);
  if (code == EXIT_OK) code = write_pairs(format, &found, output);
  pairs_clear(&found);
  return code;
}

/* ---- The command --------------------------------------------------------------------------- */

static bool check_export_options(const arguments *args, text_format format) {
  const bool rows = format == FORMAT_PORTABLE || format == FORMAT_COMPONENT;
  const bool chooses =
      given(args, OPTION_ONLY) || given(args, OPTION_PREFIX) || given(args, OPTION_MAP);
  if (rows && chooses) {
    return fail_usage("export", "--only, --prefix and --map are for dotenv, shell and json");
  }
  if (!pairs_check_options("export", args)) return false;
  if (!rows && (given(args, OPTION_TRANSFER_KEYS) || given(args, OPTION_PARTIAL))) {
    return fail_usage("export",
                      "--transfer-keys-file and --partial are for portable and component");
  }
  return true;
}

static int run_export(const arguments *args) {
  text_format format;
  session opened;
  target output;
  if (!transfer_export_format(args->text[OPTION_FORMAT], &format) ||
      !check_export_options(args, format)) {
    return EXIT_USAGE;
  }
  int code = target_choose(args, EXISTING_IS_REPLACED, NULL, &output);
  if (code == EXIT_OK) code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = format == FORMAT_PORTABLE || format == FORMAT_COMPONENT
             ? export_rows(args, &opened, format, &output)
             : export_plain(args, &opened, format, &output);
  session_close(&opened);
  return code;
}

const command command_export = {
    .name = "export",
    .summary = "write secrets as rows, still encrypted, or as plain text",
    .details =
        "portable and component write JSON lines, encrypted under the active key or the\n"
        "first of --transfer-keys-file, of the whole store or of --namespace. dotenv, shell\n"
        "and json write the values of one namespace in plain text, and refuse a namespace\n"
        "without secrets.",
    .examples =
        "secretstore export --output all.jsonl --transfer-keys-file transfer-key\n"
        "secretstore export --format dotenv --namespace acme:ci --output .env\n"
        "eval \"$(secretstore export --format shell --only DB_URL)\"\n",
    .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_TRANSFER_KEYS) |
               OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_PARTIAL) | OPTION_BIT(OPTION_ONLY) |
               OPTION_BIT(OPTION_PREFIX) | OPTION_BIT(OPTION_MAP) |
               OPTION_BIT(OPTION_ALLOW_UNSAFE_NAMES),
    .run = run_export,
};
