/* verify, and its report for a person or as JSON. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"
#include "terminal/progress.h"

static json_t *fault_item(const ss_fault *fault) {
  json_t *item = json_object();
  json_add_text(item, "kind", ss_fault_kind_name(fault->kind));
  json_add_text(item, "namespace", fault->namespace_name);
  json_add_text(item, "name", fault->name);
  (void)json_object_set_new(item, "sequence",
                            fault->sequence == 0 ? json_null() : json_integer(fault->sequence));
  json_add_text(item, "message", fault->message);
  return item;
}

static int print_report_json(const ss_verify_report *report) {
  json_t *faults = json_array();
  for (size_t i = 0; i < report->faults_described; i++) {
    (void)json_array_append_new(faults, fault_item(&report->faults[i]));
  }
  return print_json(json_pack(
      "{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "isIntact", report->is_intact,
      "namespacesChecked", report->namespaces_checked, "eventsChecked", report->events_checked,
      "eventsUncheckable", report->events_uncheckable, "rowsChecked", report->rows_checked,
      "rowsUncheckable", report->rows_uncheckable, "rowsWithoutEvents", report->rows_without_events,
      "headsCompared", report->heads_compared, "headsPruned", report->heads_pruned, "faultCount",
      report->fault_count, "faults", faults));
}

static int print_faults(const ss_verify_report *report) {
  static const char *const headings[] = {"NAMESPACE", "SECRET", "EVENT", "FAULT", NULL};
  table *rows = table_new(headings);
  if (rows == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  for (size_t i = 0; i < report->faults_described; i++) {
    const ss_fault *fault = &report->faults[i];
    char sequence[24] = "";
    if (fault->sequence > 0) {
      (void)snprintf(sequence, sizeof sequence, "%lld", (long long)fault->sequence);
    }
    const char *const cells[] = {
        fault->namespace_name == NULL ? "(default)" : fault->namespace_name,
        fault->name == NULL ? "" : fault->name, sequence, fault->message};
    table_add(rows, cells);
  }
  const int code = table_print(rows);
  table_free(rows);
  return code;
}

static void print_count(const char *what, int64_t count) {
  if (count > 0) (void)printf("%s: %lld\n", what, (long long)count);
}

static int print_report_text(const ss_verify_report *report) {
  (void)printf("checked %lld event%s and %lld secret%s in %lld namespace%s\n",
               (long long)report->events_checked, plural(report->events_checked),
               (long long)report->rows_checked, plural(report->rows_checked),
               (long long)report->namespaces_checked, plural(report->namespaces_checked));
  print_count("events that could not be checked, since no configured key opens their audit key",
              report->events_uncheckable);
  print_count("secrets that could only be compared with the log, since their key is not configured",
              report->rows_uncheckable);
  print_count("secrets without an event any more, which authenticate but may be old",
              report->rows_without_events);
  print_count("audit chains that contain what the expected head covers", report->heads_compared);
  print_count("audit chains that were pruned beyond the expected head, with nothing to compare",
              report->heads_pruned);
  if (report->is_intact) {
    (void)printf("nothing was tampered with\n");
    return EXIT_OK;
  }
  return print_faults(report);
}

static int print_report(const arguments *args, const ss_verify_report *report) {
  const int code = given(args, OPTION_JSON) ? print_report_json(report) : print_report_text(report);
  if (code != EXIT_OK || report->is_intact) return code;
  (void)fflush(stdout); /* the report stands before the sentence about it */
  return fail(SS_INTEGRITY_VIOLATION, "%lld fault%s found", (long long)report->fault_count,
              plural(report->fault_count));
}

static int verify_session(const arguments *args, session *opened, const char *expected_head) {
  ss_verify_request request;
  ss_verify_report report;
  ss_error error;
  ss_verify_request_init(&request);
  request.progress = progress_show;
  request.expected_head = expected_head;
  const ss_status status = ss_verify(opened->store, &request, &report, &error);
  progress_end();
  if (status != SS_OK) return fail_with(&error);
  const int code = print_report(args, &report);
  ss_verify_report_clear(&report);
  return code;
}

static int run_verify(const arguments *args) {
  session opened;
  secret_bytes head = {0};
  const bool expects = given(args, OPTION_EXPECT_HEAD);
  int code =
      expects ? read_text_file("--expect-head", args->text[OPTION_EXPECT_HEAD], &head) : EXIT_OK;
  if (code == EXIT_OK) code = session_open(args, SESSION_EXISTING, &opened);
  if (code == EXIT_OK) {
    code = verify_session(args, &opened, expects ? (const char *)head.data : NULL);
    session_close(&opened);
  }
  secret_bytes_clear(&head);
  return code;
}

const command command_verify = {
    .name = "verify",
    .summary = "check the audit log and every secret",
    .details =
        "Checks each namespace's chain of events, its head and checkpoint, and that every\n"
        "secret authenticates and is as its last event left it. Others may read and\n"
        "write meanwhile. Exit code 5: something was tampered with; each fault is printed.",
    .examples =
        "secretstore verify --keys-file keys\n"
        "secretstore verify --keys-file keys --json | jq .faults\n"
        "secretstore verify --keys-file keys --expect-head head-2027-01-31\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_EXPECT_HEAD),
    .run = run_verify,
};
