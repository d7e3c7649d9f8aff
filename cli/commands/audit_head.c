/* audit head: the heads of all chains, to be kept elsewhere. */
#include <string.h>

#include "commands/commands.h"
#include "session/session.h"
#include "session/target.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"

static int write_head(const ss_audit_head *head, target *output) {
  secret_bytes line = {0};
  int code = secret_bytes_append(&line, head->text, strlen(head->text));
  if (code == EXIT_OK) code = secret_bytes_append(&line, "\n", 1);
  if (code == EXIT_OK) code = target_write(output, line.data, line.length);
  secret_bytes_clear(&line);
  return code;
}

static int run_audit_head(const arguments *args) {
  session opened;
  ss_audit_head head;
  target output;
  ss_error error;
  int code = target_choose(args, EXISTING_NEEDS_FORCE, NULL, &output);
  if (code == EXIT_OK) code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = ss_get_audit_head(opened.store, &head, &error) == SS_OK ? write_head(&head, &output)
                                                                 : fail_with(&error);
  ss_audit_head_clear(&head);
  session_close(&opened);
  return code;
}

const command command_audit_head = {
    .name = "audit head",
    .summary = "print the heads of all audit chains under one MAC",
    .details =
        "One line of JSON, without secrets. Kept where an intruder cannot reach it, it lets\n"
        "verify --expect-head prove that nothing it covers was cut off or rewritten.\n"
        "Nothing is written to the store. Exit code 5: a chain does not fit, and no head\n"
        "was made.",
    .examples = "secretstore audit head --keys-file keys --output /mnt/worm/head-2027-01-31\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORCE),
    .run = run_audit_head,
};
