/* maintain: a host's background maintenance, at once. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

static int step_until_done(session *opened, int64_t *steps) {
  bool more = true;
  ss_error error;
  while (more) {
    if (ss_maintenance_step(opened->store, &more, &error) != SS_OK) return fail_with(&error);
    (*steps)++;
  }
  return EXIT_OK;
}

static int run_maintain(const arguments *args) {
  session opened;
  int64_t steps = 0;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = step_until_done(&opened, &steps);
  session_close(&opened);
  if (code != EXIT_OK) return code;
  if (given(args, OPTION_JSON)) return print_json(json_pack("{s:I}", "steps", steps));
  (void)printf("nothing is left to do after %lld step%s\n", (long long)steps, plural(steps));
  return EXIT_OK;
}

const command command_maintain = {
    .name = "maintain",
    .summary = "do all maintenance that is due",
    .details =
        "Deletes secrets that expired over 30 days ago, prunes events older than 180 days, and\n"
        "moves secrets to the active key once it has been active for a day: what a host's\n"
        "background maintenance does. For a timer; see cleanup for other retentions, and rotate\n"
        "to move secrets at once.",
    .examples = "secretstore maintain --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_DRAIN_AFTER),
    .run = run_maintain,
};
