/* backup and restore. */
#include <stdio.h>

#include "commands/anchors.h"
#include "commands/commands.h"
#include "session/session.h"
#include "session/target.h"
#include "terminal/failure.h"
#include "terminal/interruption.h"
#include "terminal/output.h"
#include "terminal/progress.h"

/* What is not proved intact was not copied. */
static int refuse(const arguments *args, const ss_error *error, const char *verb) {
  const bool is_unprovable = error->code == SS_KEY_VERSION_UNAVAILABLE;
  const bool is_tampered =
      error->code == SS_INTEGRITY_VIOLATION || error->code == SS_STORAGE_CORRUPT;
  if (given(args, OPTION_UNVERIFIED) || !(is_unprovable || is_tampered)) return fail_with(error);
  const int code = fail(error->code, "%s; nothing was %s (--unverified does it all the same)",
                        error->message, verb);
  return is_unprovable ? EXIT_UNPROVABLE : code;
}

/* A signal has the library give up, which then leaves nothing behind. It ends the process once the
 * store is closed: the exit code does not matter. */
static int copy_to(const arguments *args, session *opened, const char *verb, const target *output) {
  ss_backup_request request;
  ss_error error;
  bool stopped = false;
  ss_backup_request_init(&request);
  request.path = output->at.path;
  request.overwrite = given(args, OPTION_FORCE);
  request.unverified = given(args, OPTION_UNVERIFIED);
  request.progress = progress_show;
  const ss_status status = ss_backup(opened->store, &request, &stopped, &error);
  progress_end();
  if (stopped || (status != SS_OK && interruption_came())) return EXIT_OTHER;
  return status == SS_OK ? EXIT_OK : refuse(args, &error, verb);
}

/* Opens the source, copies it, once it was verified, and closes it: signals wait for that, so that
 * no log is left beside it. One that came too late to stop anything is not heard: the copy is whole,
 * and so is the exit code. */
static int copy(const arguments *args, const arguments *source, session_mode mode, const char *verb,
                const target *output) {
  session opened;
  interruption_hold();
  int code = session_open(source, mode, &opened);
  if (code == EXIT_OK) {
    code = copy_to(args, &opened, verb, output);
    session_close(&opened);
  }
  if (code == EXIT_OK) {
    interruption_ignore();
  } else {
    interruption_release();
  }
  return code;
}

static const char *remark(const arguments *args) {
  return given(args, OPTION_UNVERIFIED) ? ", unverified: it is evidence, and proves nothing" : "";
}

/* ---- backup -------------------------------------------------------------------------------- */

static int run_backup(const arguments *args) {
  target output;
  int code = target_choose_file(args, args->positional, NULL, &output);
  if (code == EXIT_OK) code = copy(args, args, SESSION_EXISTING, "backed up", &output);
  if (code != EXIT_OK) return code;
  if (given(args, OPTION_JSON)) {
    return print_json(json_pack("{s:s, s:b}", "backup", args->positional, "verified",
                                !given(args, OPTION_UNVERIFIED)));
  }
  (void)printf("backed up to %s%s\n", args->positional, remark(args));
  return EXIT_OK;
}

const command command_backup = {
    .name = "backup",
    .positional = "FILE",
    .summary = "verify the store and copy it to a file",
    .details =
        "The copy is consistent, though others may read and write meanwhile, and it is of a\n"
        "state that was verified, as verify does. It is a store that opens with the same keys.\n"
        "Whenever it is interrupted, nothing less than a whole copy stands under FILE. A file\n"
        "that is there is replaced with --force only, and never a store that is open. Exit code\n"
        "5: the store was tampered with. 9: that it was not cannot be proved. There is no backup\n"
        "then, unless --unverified asks for one, as evidence.",
    .examples =
        "secretstore backup secrets-2027-01-31.db --keys-file keys\n"
        "secretstore backup evidence.db --unverified --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_FORCE) | OPTION_BIT(OPTION_UNVERIFIED),
    .run = run_backup,
};

/* ---- restore ------------------------------------------------------------------------------- */

/* Where the new anchor is to go, chosen before anything is done. */
static int choose_anchor(const arguments *args, target *anchor) {
  const char *path = args->text[OPTION_NEW_ANCHOR];
  return path == NULL ? EXIT_OK : target_choose_file(args, path, args->positional, anchor);
}

/* The store that stands in its place now is another than the one that it was a copy of, and is told
 * so. */
static int note_restored(const arguments *args, target *anchor) {
  session opened;
  ss_error error;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  if (ss_note_restored(opened.store, &opened.caller, &error) != SS_OK) code = fail_with(&error);
  if (code == EXIT_OK && given(args, OPTION_NEW_ANCHOR)) {
    code = anchor_make(&opened, anchor, NULL, NULL);
  }
  session_close(&opened);
  return code;
}

static int print_restored(const arguments *args, const char *path) {
  const char *anchor = args->text[OPTION_NEW_ANCHOR];
  if (given(args, OPTION_JSON)) {
    json_t *document =
        json_pack("{s:s, s:b}", "restored", path, "verified", !given(args, OPTION_UNVERIFIED));
    json_add_text(document, "newAnchor", anchor);
    return print_json(document);
  }
  (void)printf("restored to %s%s\n", path, remark(args));
  if (anchor != NULL) (void)printf("made an anchor in %s\n", anchor);
  return EXIT_OK;
}

/* The backup is opened as a store; a restore is a backup of it. */
static int run_restore(const arguments *args) {
  const char *path = NULL;
  target output;
  target anchor = {0};
  arguments of_backup = *args;
  int code = session_path(args, &path);
  of_backup.text[OPTION_STORE] = args->positional;
  if (code == EXIT_OK) code = target_choose_file(&of_backup, path, NULL, &output);
  if (code == EXIT_OK) code = choose_anchor(args, &anchor);
  if (code == EXIT_OK) code = copy(args, &of_backup, SESSION_BACKUP, "restored", &output);
  if (code != EXIT_OK) return code;
  code = note_restored(args, &anchor);
  if (code == EXIT_OK) return print_restored(args, path);
  if (!given(args, OPTION_JSON)) {
    (void)fprintf(stderr,
                  "secretstore: the backup stands in the store's place, \"%s\", all the same\n",
                  path);
  }
  return code;
}

const command command_restore = {
    .name = "restore",
    .positional = "FILE",
    .summary = "verify a backup and make it the store",
    .details =
        "Verifies the backup in FILE whole, as verify does, and copies it to the store's\n"
        "place, where no file may be unless --force is given. The store log then has an event\n"
        "restored. Anchors and heads that were made after the backup are none of the restored\n"
        "store: --new-anchor makes a new one. With --anchor, the backup must contain that one.\n"
        "Exit code 5: the backup was tampered with. 9: that it was not cannot be proved. Nothing\n"
        "is restored then, unless --unverified asks for it.",
    .examples =
        "secretstore restore secrets-2027-01-31.db --store secrets.db --keys-file keys\n"
        "secretstore restore secrets-2027-01-31.db --store secrets.db --keys-file keys --force \\\n"
        "    --new-anchor /mnt/elsewhere/anchor\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_FORCE) | OPTION_BIT(OPTION_UNVERIFIED) |
               OPTION_BIT(OPTION_NEW_ANCHOR),
    .run = run_restore,
};
