/* verify: the report for a person, or as JSON. */
#include <stdio.h>

#include "commands.h"
#include "failure.h"
#include "output.h"
#include "progress.h"
#include "session.h"

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
      "{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "isIntact", report->is_intact,
      "namespacesChecked", report->namespaces_checked, "eventsChecked", report->events_checked,
      "eventsUncheckable", report->events_uncheckable, "rowsChecked", report->rows_checked,
      "rowsUncheckable", report->rows_uncheckable, "rowsWithoutEvents", report->rows_without_events,
      "faultCount", report->fault_count, "faults", faults));
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

static void print_uncheckable(int64_t count, const char *what) {
  if (count > 0) (void)printf("%lld %s\n", (long long)count, what);
}

static int print_report_text(const ss_verify_report *report) {
  (void)printf("checked %lld events and %lld secrets in %lld namespaces\n",
               (long long)report->events_checked, (long long)report->rows_checked,
               (long long)report->namespaces_checked);
  print_uncheckable(report->events_uncheckable,
                    "events could not be checked: no configured key opens their audit key");
  print_uncheckable(report->rows_uncheckable,
                    "secrets could only be compared with the log: their key is not configured");
  print_uncheckable(report->rows_without_events,
                    "secrets have no event any more: they authenticate, but may be old");
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
  return fail(SS_INTEGRITY_VIOLATION, "%lld faults found", (long long)report->fault_count);
}

int run_verify(const arguments *args) {
  session opened;
  ss_verify_report report;
  ss_error error;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  const ss_status status = ss_verify(opened.store, progress_show, NULL, &report, &error);
  progress_end();
  if (status == SS_OK) {
    code = print_report(args, &report);
    ss_verify_report_clear(&report);
  } else {
    code = fail_with(&error);
  }
  session_close(&opened);
  return code;
}
