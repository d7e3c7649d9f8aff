/* accept: takes a namespace's rows as they are. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

static void print_namespace(const char *name) {
  if (name == NULL) {
    (void)printf("the default namespace");
  } else {
    (void)printf("namespace \"%s\"", name);
  }
}

static int print_accepted(const arguments *args, const ss_accept_result *result) {
  const char *name = args->text[OPTION_NAMESPACE];
  const long long rows = (long long)result->rows;
  const long long faults = (long long)result->faults;
  if (given(args, OPTION_JSON)) {
    json_t *document = json_pack("{s:I, s:I, s:I}", "rows", result->rows, "faults", result->faults,
                                 "sequence", result->sequence);
    json_add_text(document, "namespace", name);
    return print_json(document);
  }
  if (result->sequence == 0) {
    (void)printf("nothing to accept: ");
    print_namespace(name);
    (void)printf(" is as it was last written, and its events say so\n");
    return EXIT_OK;
  }
  (void)printf("accepted %lld row%s of ", rows, plural(result->rows));
  print_namespace(name);
  (void)printf(" as they are, with %lld fault%s\n", faults, plural(result->faults));
  (void)printf(
      "its audit log begins anew with event %lld: what verify proves of it begins there, and "
      "verify says so from now on\n",
      (long long)result->sequence);
  return EXIT_OK;
}

static int run_accept(const arguments *args) {
  session opened;
  ss_accept_request request;
  ss_accept_result result;
  ss_error error;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  ss_accept_request_init(&request);
  request.namespace_name = opened.namespace_name;
  request.caller = &opened.caller;
  code = ss_accept(opened.store, &request, &result, &error) == SS_OK ? print_accepted(args, &result)
                                                                     : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_accept = {
    .name = "accept",
    .summary = "take a namespace's rows as they are, after tampering",
    .details =
        "After verify said tampered, and somebody looked into it. The namespace's earlier\n"
        "events go: copy the file first, as evidence. From then on verify proves the rows that\n"
        "were accepted, and says when that was and with how many faults. A row that does not\n"
        "authenticate stands in the way: remove it with rm --purge. Where nothing is at fault,\n"
        "nothing is changed. Exit code 1: there is no such namespace.",
    .examples =
        "secretstore backup --unverified evidence.db --keys-file keys\n"
        "secretstore rm FORGED_TOKEN --namespace acme:ci --purge --keys-file keys\n"
        "secretstore accept --namespace acme:ci --actor ops --keys-file keys\n",
    .options = IN_A_NAMESPACE,
    .run = run_accept,
};
