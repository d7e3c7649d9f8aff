/* rm: removes a secret. */
#include <stdio.h>

#include "commands/changes.h"
#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/output.h"

static int print_removed(const arguments *args, bool removed) {
  if (given(args, OPTION_JSON)) {
    const int code = print_json(json_pack("{s:b}", "removed", removed));
    return code == EXIT_OK && !removed ? EXIT_NEGATIVE : code;
  }
  if (!removed) return fail(SS_NOT_FOUND, "secret \"%s\": not found", args->positional);
  (void)printf("%s %s\n", given(args, OPTION_PURGE) ? "purged" : "removed", args->positional);
  return EXIT_OK;
}

static int run_rm(const arguments *args) {
  session opened;
  ss_remove_request request;
  ss_error error;
  bool removed = false;
  ss_remove_request_init(&request);
  if (!parse_revision("rm", args, &request.if_revision)) return EXIT_USAGE;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  request.namespace_name = opened.namespace_name;
  request.name = args->positional;
  request.purge = given(args, OPTION_PURGE);
  request.caller = &opened.caller;
  code = ss_remove(opened.store, &request, &removed, &error) == SS_OK ? print_removed(args, removed)
                                                                      : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_rm = {
    .name = "rm",
    .positional = "NAME",
    .summary = "remove a secret",
    .details =
        "The secret is deleted for good; its audit events stay. One that was changed, or put\n"
        "back to an older state, by others than this program is evidence, and is removed with\n"
        "--purge only. Exit code 1: not there. 5: not what was last written.",
    .examples =
        "secretstore rm OLD_TOKEN --namespace acme:ci\n"
        "secretstore rm FORGED_TOKEN --namespace acme:ci --purge\n",
    .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_IF_REVISION) | OPTION_BIT(OPTION_PURGE),
    .run = run_rm,
};
