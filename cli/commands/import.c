/* import: rows of another store, or a .env file. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"
#include "transfer/dotenv.h"
#include "transfer/transfer.h"

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

/* ---- Reports ------------------------------------------------------------------------------- */

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
                                transfer_faults(report->faults, report->faults_described)));
  }
  (void)printf("%simported %lld, replaced %lld, skipped %lld, refused %lld\n",
               given(args, OPTION_DRY_RUN) ? "dry run: would have " : "",
               (long long)report->imported, (long long)report->replaced, (long long)report->skipped,
               (long long)report->refused);
  return report->refused > 0 ? print_faults(report->faults, report->faults_described) : EXIT_OK;
}

/* ---- The work ------------------------------------------------------------------------------ */

/* What is to be imported, and what came of it. */
typedef struct import_work {
  const arguments *args;
  ss_existing existing;
  const secret_bytes *text;      /* rows */
  const ss_keyring *source_keys; /* for rows */
  const pairs *parsed;           /* of a .env file */
  const char *what;              /* names that file in messages */
  ss_status status;
  ss_error error;
  ss_import_report report;
} import_work;

/* Where there is no store, on a trial one first: a dry run and what is refused make none. */
static int carry_out(import_work *work, session_act act) {
  const arguments *args = work->args;
  const bool dry_run = given(args, OPTION_DRY_RUN);
  bool missing = false;
  int code = session_is_missing(args, &missing);
  if (code == EXIT_OK && missing) {
    code = session_run(args, SESSION_TRIAL, act, work);
    work->report.is_stored = false;
  }
  if (code != EXIT_OK) return code;
  const bool worth_a_store = work->status == SS_OK && work->report.imported > 0;
  if (missing && (dry_run || !worth_a_store)) return EXIT_OK;
  return session_run(args, dry_run ? SESSION_EXISTING : SESSION_CREATES, act, work);
}

/* What was refused makes the command fail even if the rest was stored. */
static int report_import(const import_work *work) {
  const ss_import_report *report = &work->report;
  const int code = print_import(work->args, report);
  if (code != EXIT_OK) return code;
  (void)fflush(stdout);
  if (work->status != SS_OK) return fail_with(&work->error);
  if (report->refused == 0) return EXIT_OK;
  return fail(report->faults[0].code, "refused %lld row%s", (long long)report->refused,
              plural(report->refused));
}

/* ---- Import of rows ------------------------------------------------------------------------ */

static int import_rows_into(session *opened, void *context) {
  import_work *self = context;
  ss_import_request request;
  ss_import_request_init(&request);
  request.text = (const char *)self->text->data;
  request.text_length = self->text->length;
  request.source_keys = self->source_keys;
  request.existing = self->existing;
  request.dry_run = given(self->args, OPTION_DRY_RUN);
  request.partial = given(self->args, OPTION_PARTIAL);
  request.caller = &opened->caller;
  ss_import_report_clear(&self->report);
  self->status = ss_import(opened->store, &request, &self->report, &self->error);
  const bool is_reported = self->status == SS_OK || self->report.refused > 0;
  return is_reported ? EXIT_OK : fail_with(&self->error);
}

static int import_rows(const arguments *args, const secret_bytes *text, ss_existing existing) {
  import_work work = {.args = args, .existing = existing, .text = text};
  ss_keyring *source_keys = NULL;
  int code = transfer_keys(args, &source_keys);
  work.source_keys = source_keys;
  if (code == EXIT_OK) code = carry_out(&work, import_rows_into);
  if (code == EXIT_OK) code = report_import(&work);
  ss_import_report_clear(&work.report);
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

static int refuse_line(const import_work *self, const pair *from, ss_status status,
                       const char *message) {
  return fail(status, "%s, line %d, \"%s\": %s", self->what, from->line, from->name, message);
}

static int secret_exists(const import_work *self, session *opened, const pair *from, bool *exists) {
  ss_get_request request;
  ss_error error;
  ss_get_request_init(&request);
  request.namespace_name = opened->namespace_name;
  request.name = from->name;
  request.caller = &opened->caller;
  const ss_status status = ss_has(opened->store, &request, exists, &error);
  return status == SS_OK ? EXIT_OK : refuse_line(self, from, status, error.message);
}

/* What is to be put, and what is there already. */
typedef struct put_plan {
  ss_put_request *requests;
  size_t count;
  int64_t existing_count;
  const pair *first_existing;
} put_plan;

static int plan_puts(const import_work *self, session *opened, put_plan *plan) {
  for (size_t i = 0; i < self->parsed->count; i++) {
    const pair *from = &self->parsed->items[i];
    bool exists = false;
    const int code = secret_exists(self, opened, from, &exists);
    if (code != EXIT_OK) return code;
    if (exists && plan->existing_count++ == 0) plan->first_existing = from;
    if (exists && self->existing == SS_EXISTING_SKIP) continue;
    fill_put(opened, from, self->existing, &plan->requests[plan->count++]);
  }
  return EXIT_OK;
}

static int refuse_existing(const import_work *self, const pair *existing) {
  return fail(SS_CONFLICT,
              "%s, line %d: expected a secret that is not there yet, got \"%s\", which is; see "
              "--existing",
              self->what, existing->line, existing->name);
}

/* The library says which request it was ("request 3: ..."), and whoever reads it has lines. */
static int refuse_request(const import_work *self, const put_plan *plan, const ss_error *error) {
  static const char prefix[] = "request ";
  if (strncmp(error->message, prefix, sizeof prefix - 1) != 0) return fail_with(error);
  char *end = NULL;
  const size_t index = strtoul(error->message + sizeof prefix - 1, &end, 10);
  if (strncmp(end, ": ", 2) != 0 || index >= plan->count) return fail_with(error);
  const pair *from = pairs_find(self->parsed, plan->requests[index].name);
  if (error->code == SS_CONFLICT) return refuse_existing(self, from);
  return refuse_line(self, from, error->code, end + 2);
}

static int put_planned(import_work *self, session *opened, const put_plan *plan) {
  const bool is_trial = opened->tried.store[0] != '\0';
  const bool dry_run = given(self->args, OPTION_DRY_RUN);
  self->report = (ss_import_report){.is_stored = !dry_run};
  if (dry_run && self->existing == SS_EXISTING_REFUSE && plan->first_existing != NULL) {
    return refuse_existing(self, plan->first_existing);
  }
  if ((!dry_run || is_trial) &&
      ss_put_batch(opened->store, plan->requests, plan->count, NULL, &self->error) != SS_OK) {
    return refuse_request(self, plan, &self->error);
  }
  if (self->existing == SS_EXISTING_SKIP) self->report.skipped = plan->existing_count;
  if (self->existing == SS_EXISTING_REPLACE) self->report.replaced = plan->existing_count;
  self->report.imported = (int64_t)plan->count - self->report.replaced;
  return EXIT_OK;
}

static int put_pairs(session *opened, void *context) {
  import_work *self = context;
  put_plan plan = {.requests = calloc(self->parsed->count + 1, sizeof *plan.requests)};
  if (plan.requests == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  int code = plan_puts(self, opened, &plan);
  if (code == EXIT_OK) code = put_planned(self, opened, &plan);
  free(plan.requests); /* pointers only: no secrets */
  return code;
}

static int import_dotenv(const arguments *args, const secret_bytes *text, ss_existing existing) {
  pairs parsed = {0};
  const char *what = strcmp(args->positional, "-") == 0 ? "standard input" : args->positional;
  import_work work = {.args = args, .existing = existing, .parsed = &parsed, .what = what};
  int code = dotenv_parse(text, what, &parsed);
  if (code == EXIT_OK) code = carry_out(&work, put_pairs);
  if (code == EXIT_OK) code = report_import(&work);
  pairs_clear(&parsed);
  return code;
}

/* ---- The command --------------------------------------------------------------------------- */

/* A row begins with a brace, a .env file with a name or a comment. */
static int check_rows(const arguments *args, const secret_bytes *text) {
  const char *first = (const char *)text->data + strspn((const char *)text->data, " \t\r\n");
  const bool looks_like_dotenv = *first == '#' || *first == '_' || isalpha((unsigned char)*first);
  const bool is_asked_for = given(args, OPTION_FORMAT) || given(args, OPTION_PARTIAL);
  if (is_asked_for || !looks_like_dotenv) return EXIT_OK;
  return fail(SS_INVALID_ARGUMENT,
              "%s: expected rows, which begin with {, got other text; a .env file is imported with "
              "--format dotenv",
              args->positional);
}

static int run_import(const arguments *args) {
  text_format format;
  ss_existing existing;
  secret_bytes text = {0};
  if (!transfer_import_format(args->text[OPTION_FORMAT], &format) ||
      !parse_existing(args->text[OPTION_EXISTING], &existing)) {
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
  if (code == EXIT_OK && !is_dotenv) code = check_rows(args, &text);
  if (code == EXIT_OK) {
    code = is_dotenv ? import_dotenv(args, &text, existing) : import_rows(args, &text, existing);
  }
  secret_bytes_clear(&text);
  return code;
}

const command command_import = {
    .name = "import",
    .positional = "FILE",
    .summary = "read rows of another store, or a .env file",
    .details =
        "FILE (- is standard input) holds JSON lines: a portable export, or rows of the\n"
        "Convex component (its documents.jsonl). Values stay encrypted as they are; each\n"
        "row is authenticated first. Keys other than the store's own are given with\n"
        "--transfer-keys-file. All rows are stored or none, unless --partial is given. With\n"
        "--format dotenv, FILE holds NAME=value lines for --namespace.",
    .examples =
        "secretstore import documents.jsonl --transfer-keys-file convex-keys --dry-run\n"
        "secretstore import all.jsonl --existing skip --partial\n"
        "secretstore import .env --format dotenv --namespace acme:development\n",
    .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_TRANSFER_KEYS) |
               OPTION_BIT(OPTION_EXISTING) | OPTION_BIT(OPTION_DRY_RUN) |
               OPTION_BIT(OPTION_PARTIAL),
    .run = run_import,
};
