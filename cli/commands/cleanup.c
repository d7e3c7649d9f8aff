/* cleanup: batch after batch until nothing is due. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

typedef ss_status (*cleaner)(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                             ss_cleanup_result *result, ss_error *error);

/* What one of the two options asks for. */
typedef struct chore {
  option_id option;
  cleaner clean;
  int64_t retention_ms;
  int64_t deleted;
} chore;

static bool parse_retention(const arguments *args, chore *parsed) {
  const char *text = args->text[parsed->option];
  if (text == NULL) return true;
  if (parse_duration(text, &parsed->retention_ms) && parsed->retention_ms > 0) return true;
  return fail_usage("cleanup", "--%s: expected a duration above 0 with its unit (30d), got \"%s\"",
                    option_descriptions[parsed->option].name, text);
}

static int carry_out(session *opened, chore *due) {
  ss_cleanup_result batch = {0};
  ss_error error;
  if (due->retention_ms == 0) return EXIT_OK;
  do {
    const ss_status status =
        due->clean(opened->store, due->retention_ms, &opened->caller, &batch, &error);
    if (status != SS_OK) return fail_with(&error);
    due->deleted += batch.deleted;
  } while (!batch.is_done);
  return EXIT_OK;
}

static int print_deleted(const arguments *args, const chore *secrets, const chore *events) {
  if (given(args, OPTION_JSON)) {
    return print_json(json_pack("{s:I, s:I}", "secretsDeleted", secrets->deleted, "eventsDeleted",
                                events->deleted));
  }
  (void)printf("deleted %lld secret%s and %lld event%s\n", (long long)secrets->deleted,
               plural(secrets->deleted), (long long)events->deleted, plural(events->deleted));
  return EXIT_OK;
}

static int run_cleanup(const arguments *args) {
  chore secrets = {.option = OPTION_SECRETS_RETENTION, .clean = ss_cleanup_secrets};
  chore events = {.option = OPTION_EVENTS_RETENTION, .clean = ss_cleanup_events};
  session opened;
  if (!parse_retention(args, &secrets) || !parse_retention(args, &events)) return EXIT_USAGE;
  if (secrets.retention_ms == 0 && events.retention_ms == 0) {
    (void)fail_usage("cleanup", "expected --secrets DURATION, --events DURATION or both, got none");
    return EXIT_USAGE;
  }
  int code = session_open(args, SESSION_LEAVES_ROWS, &opened);
  if (code != EXIT_OK) return code;
  code = carry_out(&opened, &secrets);
  if (code == EXIT_OK) code = carry_out(&opened, &events);
  if (code == EXIT_OK) code = print_deleted(args, &secrets, &events);
  session_close(&opened);
  return code;
}

const command command_cleanup = {
    .name = "cleanup",
    .summary = "delete what expired long ago, prune old audit events",
    .details =
        "With --secrets, deletes for good the secrets that expired longer ago; each\n"
        "leaves an event. With --events, prunes older audit events; each chain keeps its\n"
        "newest one, and stays verifiable. At least one of the two must be given.",
    .examples = "secretstore cleanup --secrets 30d --events 180d --keys-file keys\n",
    .options =
        ON_A_STORE | OPTION_BIT(OPTION_SECRETS_RETENTION) | OPTION_BIT(OPTION_EVENTS_RETENTION),
    .run = run_cleanup,
};
