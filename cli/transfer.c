/* import and export: rows between stores, and plain text in .env files, shells and JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "commands.h"
#include "dotenv.h"
#include "failure.h"
#include "keys.h"
#include "output.h"
#include "session.h"

/* ---- Options ------------------------------------------------------------------------------- */

typedef enum text_format {
  FORMAT_PORTABLE,
  FORMAT_COMPONENT,
  FORMAT_DOTENV,
  FORMAT_SHELL,
  FORMAT_JSON
} text_format;

static bool parse_format(const char *command_name, const char *text, text_format *format) {
  static const char *const names[] = {"portable", "component", "dotenv", "shell", "json"};
  *format = FORMAT_PORTABLE;
  if (text == NULL) return true;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(text, names[i]) == 0) {
      *format = (text_format)i;
      return true;
    }
  }
  return fail_usage(command_name,
                    "--format: expected portable, component, dotenv, shell or json, got \"%s\"",
                    text);
}

static bool parse_existing(const char *text, ss_existing *existing) {
  static const char *const names[] = {"refuse", "skip", "replace"};
  *existing = SS_EXISTING_REFUSE;
  if (text == NULL) return true;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(text, names[i]) == 0) {
      *existing = (ss_existing)i;
      return true;
    }
  }
  return fail_usage("import", "--existing: expected refuse, skip or replace, got \"%s\"", text);
}

/* NULL if the option was not given. */
static int read_transfer_keys(const arguments *args, ss_keyring **keyring) {
  ss_error error;
  *keyring = NULL;
  if (!given(args, OPTION_TRANSFER_KEYS)) return EXIT_OK;
  if (ss_keyring_new(keyring, &error) != SS_OK) return fail_with(&error);
  const int code = keys_add_to_keyring(args->text[OPTION_TRANSFER_KEYS], *keyring);
  if (code == EXIT_OK) return code;
  ss_keyring_free(*keyring);
  *keyring = NULL;
  return code;
}

/* ---- Reports ------------------------------------------------------------------------------- */

static json_t *fault_item(const ss_transfer_fault *fault) {
  json_t *item = json_object();
  (void)json_object_set_new(item, "line",
                            fault->line == 0 ? json_null() : json_integer(fault->line));
  json_add_text(item, "namespace", fault->namespace_name);
  json_add_text(item, "name", fault->name);
  json_add_text(item, "code", ss_status_name(fault->code));
  json_add_text(item, "message", fault->message);
  return item;
}

static json_t *fault_items(const ss_transfer_fault *faults, size_t count) {
  json_t *items = json_array();
  for (size_t i = 0; i < count; i++) (void)json_array_append_new(items, fault_item(&faults[i]));
  return items;
}

static int print_faults(const ss_transfer_fault *faults, size_t count) {
  static const char *const headings[] = {"LINE", "NAMESPACE", "SECRET", "REASON", NULL};
  table *rows = table_new(headings);
  if (rows == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  for (size_t i = 0; i < count; i++) {
    const ss_transfer_fault *fault = &faults[i];
    char line[24] = "";
    if (fault->line > 0) (void)snprintf(line, sizeof line, "%lld", (long long)fault->line);
    const char *const cells[] = {
        line, fault->namespace_name == NULL ? "(default)" : fault->namespace_name,
        fault->name == NULL ? "" : fault->name, fault->message};
    table_add(rows, cells);
  }
  const int code = table_print(rows);
  table_free(rows);
  return code;
}

static int print_import(const arguments *args, const ss_import_report *report) {
  if (given(args, OPTION_JSON)) {
    return print_json(json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:o}", "isStored",
                                report->is_stored, "isDryRun", given(args, OPTION_DRY_RUN),
                                "imported", report->imported, "replaced", report->replaced,
                                "skipped", report->skipped, "refused", report->refused, "faults",
                                fault_items(report->faults, report->faults_described)));
  }
  (void)printf("%simported %lld, replaced %lld, skipped %lld, refused %lld\n",
               given(args, OPTION_DRY_RUN) ? "dry run: would have " : "",
               (long long)report->imported, (long long)report->replaced, (long long)report->skipped,
               (long long)report->refused);
  return report->refused > 0 ? print_faults(report->faults, report->faults_described) : EXIT_OK;
}

/* ---- Import of rows ------------------------------------------------------------------------ */

/* What was refused makes the command fail even if the rest was stored. */
static int judge_import(const ss_import_report *report) {
  if (report->refused == 0) return EXIT_OK;
  (void)fflush(stdout);
  return fail(report->faults[0].code, "%lld rows were refused", (long long)report->refused);
}

static int import_rows_into(const arguments *args, session *opened, const secret_bytes *text,
                            ss_existing existing, const ss_keyring *source_keys) {
  ss_import_request request;
  ss_import_report report;
  ss_error error;
  ss_import_request_init(&request);
  request.text = (const char *)text->data;
  request.text_length = text->length;
  request.source_keys = source_keys;
  request.existing = existing;
  request.dry_run = given(args, OPTION_DRY_RUN);
  request.partial = given(args, OPTION_PARTIAL);
  request.caller = &opened->caller;
  const ss_status status = ss_import(opened->store, &request, &report, &error);
  if (status != SS_OK && report.refused == 0) return fail_with(&error);
  int code = print_import(args, &report);
  if (code == EXIT_OK && status != SS_OK) {
    (void)fflush(stdout);
    code = fail_with(&error);
  } else if (code == EXIT_OK) {
    code = judge_import(&report);
  }
  ss_import_report_clear(&report);
  return code;
}

static int import_rows(const arguments *args, const secret_bytes *text, ss_existing existing) {
  session opened;
  ss_keyring *source_keys = NULL;
  int code = read_transfer_keys(args, &source_keys);
  if (code != EXIT_OK) return code;
  code = session_open(args, SESSION_CREATES, &opened);
  if (code == EXIT_OK) {
    code = import_rows_into(args, &opened, text, existing, source_keys);
    session_close(&opened);
  }
  ss_keyring_free(source_keys);
  return code;
}

/* ---- Import of .env files ------------------------------------------------------------------ */

static void fill_put(const session *opened, const pair *from, ss_existing existing,
                     ss_put_request *request) {
  ss_put_request_init(request);
  request->namespace_name = opened->namespace_name;
  request->name = from->name;
  request->value = from->value.data;
  request->value_length = from->value.length;
  request->if_revision = existing == SS_EXISTING_REFUSE ? 0 : SS_ANY_REVISION;
  request->caller = &opened->caller;
}

static int secret_exists(session *opened, const char *name, bool *exists) {
  ss_get_request request;
  ss_error error;
  ss_get_request_init(&request);
  request.namespace_name = opened->namespace_name;
  request.name = name;
  request.caller = &opened->caller;
  const ss_status status = ss_has(opened->store, &request, exists, &error);
  return status == SS_OK ? EXIT_OK : fail_with(&error);
}

/* The requests for what is to be put, and how many of the names exist. */
static int plan_puts(session *opened, const pairs *parsed, ss_existing existing,
                     ss_put_request *requests, size_t *count, int64_t *existing_count) {
  for (size_t i = 0; i < parsed->count; i++) {
    bool exists = false;
    const int code = secret_exists(opened, parsed->items[i].name, &exists);
    if (code != EXIT_OK) return code;
    *existing_count += exists;
    if (exists && existing == SS_EXISTING_SKIP) continue;
    fill_put(opened, &parsed->items[i], existing, &requests[(*count)++]);
  }
  return EXIT_OK;
}

static int put_planned(const arguments *args, session *opened, const ss_put_request *requests,
                       size_t count, int64_t existing_count, ss_existing existing) {
  ss_error error;
  const bool dry_run = given(args, OPTION_DRY_RUN);
  ss_import_report report = {.is_stored = !dry_run};
  if (dry_run && existing == SS_EXISTING_REFUSE && existing_count > 0) {
    return fail(SS_CONFLICT, "%lld of the secrets exist already: see --existing",
                (long long)existing_count);
  }
  if (!dry_run && ss_put_batch(opened->store, requests, count, NULL, &error) != SS_OK) {
    return fail_with(&error);
  }
  if (existing == SS_EXISTING_SKIP) report.skipped = existing_count;
  if (existing == SS_EXISTING_REPLACE) report.replaced = existing_count;
  report.imported = (int64_t)count - report.replaced;
  return print_import(args, &report);
}

static int put_pairs(const arguments *args, session *opened, const pairs *parsed,
                     ss_existing existing) {
  size_t count = 0;
  int64_t existing_count = 0;
  ss_put_request *requests = calloc(parsed->count + 1, sizeof *requests);
  if (requests == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  int code = plan_puts(opened, parsed, existing, requests, &count, &existing_count);
  if (code == EXIT_OK) {
    code = put_planned(args, opened, requests, count, existing_count, existing);
  }
  free(requests); /* pointers only: no secrets */
  return code;
}

static int import_dotenv(const arguments *args, const secret_bytes *text, ss_existing existing) {
  session opened;
  pairs parsed = {0};
  int code = dotenv_parse(text, args->positional, &parsed);
  if (code == EXIT_OK) code = session_open(args, SESSION_CREATES, &opened);
  if (code == EXIT_OK) {
    code = put_pairs(args, &opened, &parsed, existing);
    session_close(&opened);
  }
  pairs_clear(&parsed);
  return code;
}

int run_import(const arguments *args) {
  text_format format;
  ss_existing existing;
  secret_bytes text = {0};
  if (!parse_format("import", args->text[OPTION_FORMAT], &format) ||
      !parse_existing(args->text[OPTION_EXISTING], &existing)) {
    return EXIT_USAGE;
  }
  if (format == FORMAT_SHELL || format == FORMAT_JSON) {
    (void)fail_usage("import", "--format: expected portable, component or dotenv, got \"%s\"",
                     args->text[OPTION_FORMAT]);
    return EXIT_USAGE;
  }
  const bool is_dotenv = format == FORMAT_DOTENV;
  if (is_dotenv && (given(args, OPTION_PARTIAL) || given(args, OPTION_TRANSFER_KEYS))) {
    (void)fail_usage("import", "--partial and --transfer-keys-file are for rows, not for dotenv");
    return EXIT_USAGE;
  }
  if (!is_dotenv && given(args, OPTION_NAMESPACE)) {
    (void)fail_usage("import", "--namespace is for dotenv: rows name their own namespaces");
    return EXIT_USAGE;
  }
  int code = read_text_file("import", args->positional, &text);
  if (code == EXIT_OK) {
    code = is_dotenv ? import_dotenv(args, &text, existing) : import_rows(args, &text, existing);
  }
  secret_bytes_clear(&text);
  return code;
}

/* ---- Export -------------------------------------------------------------------------------- */

static bool write_piece(void *context, const char *text, size_t length) {
  FILE *output = context;
  return fwrite(text, 1, length, output) == length;
}

static int print_export(const arguments *args, const ss_export_report *report) {
  if (given(args, OPTION_JSON) && given(args, OPTION_OUTPUT)) {
    const int code = print_json(json_pack("{s:I, s:I, s:o}", "exported", report->exported, "failed",
                                          report->failed, "faults",
                                          fault_items(report->faults, report->faults_described)));
    if (code != EXIT_OK) return code;
  } else {
    (void)fprintf(stderr, "exported %lld secrets\n", (long long)report->exported);
    for (size_t i = 0; i < report->faults_described; i++) {
      (void)fprintf(stderr, "left out: %s\n", report->faults[i].message);
    }
  }
  if (report->failed == 0) return EXIT_OK;
  return fail(report->faults[0].code, "%lld secrets could not be exported",
              (long long)report->failed);
}

static int export_rows_to(const arguments *args, session *opened, text_format format,
                          const ss_keyring *target_keys, FILE *output) {
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.format = format == FORMAT_PORTABLE ? SS_EXPORT_PORTABLE : SS_EXPORT_COMPONENT;
  request.namespace_given = given(args, OPTION_NAMESPACE);
  request.namespace_name = opened->namespace_name;
  request.target_keys = target_keys;
  request.skip_failed = given(args, OPTION_PARTIAL);
  request.write = write_piece;
  request.write_context = output;
  request.caller = &opened->caller;
  if (ss_export(opened->store, &request, &report, &error) != SS_OK) return fail_with(&error);
  int code = fflush(output) == 0 ? EXIT_OK : fail(SS_STORAGE_FAILED, "writing the export failed");
  if (code == EXIT_OK) code = print_export(args, &report);
  ss_export_report_clear(&report);
  return code;
}

/* To a file beside the target, which takes its place once whole. */
static int export_rows_to_file(const arguments *args, session *opened, text_format format,
                               const ss_keyring *target_keys) {
  const char *path = args->text[OPTION_OUTPUT];
  char temporary[4096];
  const int needed = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  if (needed < 0 || (size_t)needed >= sizeof temporary) {
    return fail(SS_INVALID_ARGUMENT, "--output: the file name is too long");
  }
  const int descriptor = mkstemp(temporary); /* mode 0600 */
  FILE *output = descriptor < 0 ? NULL : fdopen(descriptor, "w");
  if (output == NULL) return fail(SS_STORAGE_FAILED, "--output: cannot write \"%s\"", path);
  int code = export_rows_to(args, opened, format, target_keys, output);
  const bool durable = fsync(descriptor) == 0;
  const bool kept = code == EXIT_OK || given(args, OPTION_PARTIAL);
  if ((fclose(output) != 0 || !durable) && code == EXIT_OK) {
    code = fail(SS_STORAGE_FAILED, "--output: writing \"%s\" failed", path);
  }
  if (kept && rename(temporary, path) == 0) return code;
  (void)unlink(temporary);
  return code != EXIT_OK ? code
                         : fail(SS_STORAGE_FAILED, "--output: \"%s\" cannot be put there", path);
}

static int export_rows(const arguments *args, session *opened, text_format format) {
  ss_keyring *target_keys = NULL;
  int code = read_transfer_keys(args, &target_keys);
  if (code != EXIT_OK) return code;
  code = given(args, OPTION_OUTPUT) ? export_rows_to_file(args, opened, format, target_keys)
                                    : export_rows_to(args, opened, format, target_keys, stdout);
  ss_keyring_free(target_keys);
  return code;
}

static int write_pairs(const arguments *args, text_format format, const pairs *found) {
  secret_bytes text = {0};
  int code = format == FORMAT_DOTENV  ? dotenv_write(found, &text)
             : format == FORMAT_SHELL ? shell_write(found, &text)
                                      : json_write(found, &text);
  if (code == EXIT_OK) {
    code = given(args, OPTION_OUTPUT)
               ? write_private_file(args->text[OPTION_OUTPUT], text.data, text.length)
               : write_all(STDOUT_FILENO, text.data, text.length, "standard output");
  }
  secret_bytes_clear(&text);
  return code;
}

static int export_plain(const arguments *args, session *opened, text_format format) {
  pairs found = {0};
  int code = pairs_read(opened, args, format != FORMAT_JSON, &found);
  if (code == EXIT_OK) code = write_pairs(args, format, &found);
  pairs_clear(&found);
  return code;
}

static bool check_export_options(const arguments *args, text_format format) {
  const bool rows = format == FORMAT_PORTABLE || format == FORMAT_COMPONENT;
  const bool chooses =
      given(args, OPTION_ONLY) || given(args, OPTION_PREFIX) || given(args, OPTION_MAP);
  if (rows && chooses) {
    return fail_usage("export", "--only, --prefix and --map are for dotenv, shell and json");
  }
  if (!rows && (given(args, OPTION_TRANSFER_KEYS) || given(args, OPTION_PARTIAL))) {
    return fail_usage("export",
                      "--transfer-keys-file and --partial are for portable and component");
  }
  return true;
}

int run_export(const arguments *args) {
  text_format format;
  session opened;
  if (!parse_format("export", args->text[OPTION_FORMAT], &format) ||
      !check_export_options(args, format)) {
    return EXIT_USAGE;
  }
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = format == FORMAT_PORTABLE || format == FORMAT_COMPONENT
             ? export_rows(args, &opened, format)
             : export_plain(args, &opened, format);
  session_close(&opened);
  return code;
}
