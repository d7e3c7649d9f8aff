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

static json_t *grounds_item(const arguments *args) {
  int64_t epoch = 0;
  json_t *item = json_pack("{s:b, s:b}", "anchor", given(args, OPTION_ANCHOR), "expectedHead",
                           given(args, OPTION_EXPECT_HEAD));
  const bool has_epoch = given(args, OPTION_LEAST_EPOCH) &&
                         parse_integer(args->text[OPTION_LEAST_EPOCH], SS_MAX_INTEGER, &epoch);
  (void)json_object_set_new(item, "leastEpoch", has_epoch ? json_integer(epoch) : json_null());
  return item;
}

static int print_report_json(const arguments *args, const ss_verify_report *report) {
  json_t *faults = json_array();
  for (size_t i = 0; i < report->faults_described; i++) {
    (void)json_array_append_new(faults, fault_item(&report->faults[i]));
  }
  json_t *document = json_object();
  json_add_text(document, "verdict", ss_verdict_name(report->verdict));
  json_add_text(document, "unprovableReason", report->unprovable_reason);
  (void)json_object_set_new(document, "isIntact", json_boolean(report->is_intact));
  const struct {
    const char *name;
    int64_t number;
  } counts[] = {
      {"namespacesChecked", report->namespaces_checked},
      {"eventsChecked", report->events_checked},
      {"storeEventsChecked", report->store_events_checked},
      {"rowsChecked", report->rows_checked},
      {"rowsUncheckable", report->rows_uncheckable},
      {"headsCompared", report->heads_compared},
      {"headsPruned", report->heads_pruned},
      {"acceptances", report->acceptances},
      {"faultsAccepted", report->faults_accepted},
      {"sealAcceptances", report->seal_acceptances},
      {"faultCount", report->fault_count},
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    (void)json_object_set_new(document, counts[i].name, json_integer(counts[i].number));
  }
  json_add_time(document, "lastAcceptedAt", report->last_accepted_at);
  (void)json_object_set_new(document, "provedAgainst", grounds_item(args));
  (void)json_object_set_new(document, "faults", faults);
  return print_json(document);
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
  const int64_t rest = report->fault_count - (int64_t)report->faults_described;
  if (rest > 0) (void)printf("and %lld more\n", (long long)rest);
  return code;
}

static void print_count(const char *what, int64_t count) {
  if (count > 0) (void)printf("%s: %lld\n", what, (long long)count);
}

static void print_acceptances(const ss_verify_report *report) {
  char when[TIME_TEXT_CAPACITY];
  if (report->seal_acceptances > 0) {
    (void)printf(
        "the seal was accepted as it was %lld time%s: before the last one any namespace may "
        "have been put back to an older state of its own\n",
        (long long)report->seal_acceptances, plural(report->seal_acceptances));
  }
  if (report->acceptances == 0) return;
  format_time(report->last_accepted_at, when);
  (void)printf(
      "rows were accepted as they were %lld time%s, with %lld fault%s; the last time on "
      "%s: what is proved of those namespaces begins there\n",
      (long long)report->acceptances, plural(report->acceptances),
      (long long)report->faults_accepted, plural(report->faults_accepted), when);
}

/* Against what it was proved, where there was something: what was kept elsewhere tells which of all
 * states that were written it is. */
static void print_grounds(const arguments *args) {
  const bool expects_head = given(args, OPTION_EXPECT_HEAD);
  const bool anchored = given(args, OPTION_ANCHOR);
  if (given(args, OPTION_LEAST_EPOCH)) {
    (void)printf(", with no key that was retired before epoch %s", args->text[OPTION_LEAST_EPOCH]);
  }
  if (anchored) (void)printf(", not older than the anchor");
  if (expects_head) (void)printf(", not older than the expected head");
  if (!anchored && !expects_head) {
    (void)printf(" (which one, only an anchor or a head that was kept elsewhere can prove)");
  }
}

/* What the verdict says, and against what. */
static void print_proof(const arguments *args, const ss_verify_report *report) {
  if (report->verdict == SS_VERDICT_UNPROVABLE) {
    (void)printf("unprovable: no fault was found, and not everything could be checked: %s\n",
                 report->unprovable_reason);
  } else if (report->is_intact) {
    (void)printf(
        "intact: nothing was tampered with; the store is, as a whole, one state that was "
        "written with its keys");
    print_grounds(args);
    (void)printf("\n");
  }
}

static int print_report_text(const arguments *args, const ss_verify_report *report) {
  (void)printf(
      "checked %lld event%s and %lld row%s in %lld namespace%s, and %lld event%s of the store\n",
      (long long)report->events_checked, plural(report->events_checked),
      (long long)report->rows_checked, plural(report->rows_checked),
      (long long)report->namespaces_checked, plural(report->namespaces_checked),
      (long long)report->store_events_checked, plural(report->store_events_checked));
  print_count(
      "rows whose key is not configured: the state proves them, and they were not decrypted",
      report->rows_uncheckable);
  print_count("audit chains that contain what the expected head covers", report->heads_compared);
  print_count("audit chains that were pruned beyond the expected head, with nothing to compare",
              report->heads_pruned);
  print_acceptances(report);
  print_proof(args, report);
  return report->fault_count == 0 ? EXIT_OK : print_faults(report);
}

static int print_report(const arguments *args, const ss_verify_report *report) {
  const int code =
      given(args, OPTION_JSON) ? print_report_json(args, report) : print_report_text(args, report);
  if (code != EXIT_OK || report->is_intact) return code;
  (void)fflush(stdout); /* the report stands before the sentence about it */
  if (report->verdict == SS_VERDICT_UNPROVABLE) return EXIT_UNPROVABLE;
  return fail(SS_INTEGRITY_VIOLATION, "tampered: %lld fault%s found",
              (long long)report->fault_count, plural(report->fault_count));
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
    .summary = "check that the store is what was written with its keys",
    .details =
        "Checks the store as a whole: its root and seal, the store log, each namespace's chain\n"
        "of events and head, that every row authenticates, and that all rows together are\n"
        "those that the heads say. Others may read and write meanwhile.\n"
        "Exit code 0: intact, and nothing else is. 5: tampered; each fault is printed. 9:\n"
        "unprovable, since something could not be checked. 4: no configured key opens the\n"
        "store, and nothing was checked. That the whole file was put back to an older state\n"
        "shows with --anchor or --expect-head only.",
    .examples =
        "secretstore verify --keys-file keys\n"
        "secretstore verify --keys-file keys --json | jq .faults\n"
        "secretstore verify --keys-file keys --anchor /mnt/elsewhere/anchor --least-epoch 2\n"
        "secretstore verify --keys-file keys --expect-head head-2027-01-31\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_EXPECT_HEAD),
    .run = run_verify,
};
