/* backup and restore. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "session/target.h"
#include "terminal/failure.h"
#include "terminal/interruption.h"
#include "terminal/numbers.h"
#include "terminal/output.h"
#include "terminal/progress.h"

/* A signal stops the copy through its progress, and the library then leaves nothing behind. It ends
 * the process once the store is closed: the exit code does not matter. */
static int copy_to(const arguments *args, session *opened, const target *output) {
  ss_backup_request request;
  ss_error error;
  bool stopped = false;
  ss_backup_request_init(&request);
  request.path = output->at.path;
  request.overwrite = given(args, OPTION_FORCE);
  request.progress = progress_show;
  const ss_status status = ss_backup(opened->store, &request, &stopped, &error);
  progress_end();
  if (stopped) return EXIT_OTHER;
  return status == SS_OK ? EXIT_OK : fail_with(&error);
}

static int verify_whole(session *opened) {
  ss_verify_request request;
  ss_verify_report report;
  ss_error error;
  ss_verify_request_init(&request);
  request.progress = progress_show;
  const ss_status status = ss_verify(opened->store, &request, &report, &error);
  progress_end();
  if (status != SS_OK) return fail_with(&error);
  int code = interruption_came() ? EXIT_OTHER : EXIT_OK; /* then not all of it was looked at */
  if (!report.is_intact) {
    code = fail(SS_INTEGRITY_VIOLATION,
                "the backup was tampered with (%lld fault%s, see verify); nothing was restored",
                (long long)report.fault_count, plural(report.fault_count));
  }
  ss_verify_report_clear(&report);
  return code;
}

static int print_done(const arguments *args, const char *field, const char *verb,
                      const char *path) {
  if (given(args, OPTION_JSON)) return print_json(json_pack("{s:s}", field, path));
  (void)printf("%s %s\n", verb, path);
  return EXIT_OK;
}

static int copy_from(const arguments *args, session *opened, bool verifies, const target *output) {
  int code = verifies ? verify_whole(opened) : EXIT_OK;
  if (code == EXIT_OK) code = copy_to(args, opened, output);
  session_close(opened);
  return code;
}

/* Opens the source, copies it, verified first if asked, and closes it: signals wait for that, so
 * that no log is left beside it. One that came too late to stop anything is not heard: the copy is
 * whole, and so is the exit code. */
static int copy(const arguments *args, const arguments *source, bool verifies,
                const target *output) {
  session opened;
  interruption_hold();
  int code = session_open(source, verifies ? SESSION_BACKUP : SESSION_EXISTING, &opened);
  if (code == EXIT_OK) code = copy_from(args, &opened, verifies, output);
  if (code != EXIT_OK) interruption_release();
  return code;
}

static int run_backup(const arguments *args) {
  target output;
  int code = target_choose_file(args, args->positional, NULL, &output);
  if (code == EXIT_OK) code = copy(args, args, false, &output);
  return code == EXIT_OK ? print_done(args, "backup", "backed up to", args->positional) : code;
}

const command command_backup = {
    .name = "backup",
    .positional = "FILE",
    .summary = "copy the store to a file",
    .details =
        "The copy is consistent, though others may read and write meanwhile. It is a\n"
        "store that opens with the same keys. Whenever it is interrupted, nothing less\n"
        "than a whole copy stands under FILE. A file that is there is replaced with\n"
        "--force only, and never a store that is open.",
    .examples = "secretstore backup secrets-2027-01-31.db --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_FORCE),
    .run = run_backup,
};

/* The backup is opened as a store; a restore is a backup of it. */
static int run_restore(const arguments *args) {
  const char *path = NULL;
  target output;
  arguments of_backup = *args;
  int code = session_path(args, &path);
  of_backup.text[OPTION_STORE] = args->positional;
  if (code == EXIT_OK) code = target_choose_file(&of_backup, path, NULL, &output);
  if (code == EXIT_OK) code = copy(args, &of_backup, true, &output);
  return code == EXIT_OK ? print_done(args, "restored", "restored to", path) : code;
}

const command command_restore = {
    .name = "restore",
    .positional = "FILE",
    .summary = "verify a backup and make it the store",
    .details =
        "Verifies the backup in FILE whole, as verify does, and copies it to the store's\n"
        "place, where no file may be unless --force is given. Exit code 5: the backup was\n"
        "tampered with, and nothing was restored.",
    .examples = "secretstore restore secrets-2027-01-31.db --store secrets.db --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_FORCE),
    .run = run_restore,
};
