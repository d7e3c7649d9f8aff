/* backup and restore. */
#include <stdio.h>

#include "commands.h"
#include "failure.h"
#include "output.h"
#include "progress.h"
#include "session.h"

static int copy_to(session *opened, const char *path) {
  ss_backup_request request;
  ss_error error;
  ss_backup_request_init(&request);
  request.path = path;
  request.progress = progress_show;
  const ss_status status = ss_backup(opened->store, &request, NULL, &error);
  progress_end();
  return status == SS_OK ? EXIT_OK : fail_with(&error);
}

static int print_done(const arguments *args, const char *field, const char *verb,
                      const char *path) {
  if (given(args, OPTION_JSON)) return print_json(json_pack("{s:s}", field, path));
  (void)printf("%s %s\n", verb, path);
  return EXIT_OK;
}

int run_backup(const arguments *args) {
  session opened;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = copy_to(&opened, args->positional);
  session_close(&opened);
  return code == EXIT_OK ? print_done(args, "backup", "backed up to", args->positional) : code;
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
  const int code =
      report.is_intact
          ? EXIT_OK
          : fail(SS_INTEGRITY_VIOLATION,
                 "the backup was tampered with (%lld faults, see verify); nothing was restored",
                 (long long)report.fault_count);
  ss_verify_report_clear(&report);
  return code;
}

/* The backup is opened as a store; a restore is a backup of it. */
int run_restore(const arguments *args) {
  const char *target = NULL;
  session opened;
  arguments of_backup = *args;
  int code = session_path(args, &target);
  if (code != EXIT_OK) return code;
  of_backup.text[OPTION_STORE] = args->positional;
  code = session_open(&of_backup, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = verify_whole(&opened);
  if (code == EXIT_OK) code = copy_to(&opened, target);
  session_close(&opened);
  return code == EXIT_OK ? print_done(args, "restored", "restored to", target) : code;
}
