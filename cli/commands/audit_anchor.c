/* audit anchor: a line, kept elsewhere, that the store must contain to be opened with it.
 *
 * To renew it, its file is locked, the store is opened with what stands there then, and only what
 * that store makes takes its place: never over an anchor that the store does not contain. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "commands/anchors.h"
#include "commands/commands.h"
#include "terminal/failure.h"
#include "terminal/output.h"

/* ---- The lock ------------------------------------------------------------------------------ */

/* Writable, for file systems that lock only what is. */
static int open_file(const target *at) {
  const int descriptor = open(at->at.path, O_RDWR | O_CLOEXEC);
  if (descriptor >= 0 || (errno != EACCES && errno != EROFS)) return descriptor;
  return open(at->at.path, O_RDONLY | O_CLOEXEC);
}

/* Whoever renewed it meanwhile has put another file in its place. */
static bool is_still_there(const target *at, int descriptor, struct stat *information) {
  struct stat named;
  return fstat(descriptor, information) == 0 && stat(at->at.path, &named) == 0 &&
         named.st_dev == information->st_dev && named.st_ino == information->st_ino;
}

static int fail_to_lock(const target *at) {
  const bool is_missing = errno == ENOENT;
  return fail(SS_STORAGE_FAILED, "anchor \"%s\": %s%s", at->label, strerror(errno),
              is_missing ? "; --init makes the first one" : "");
}

/* Closing the descriptor gives the lock up. Where there are no such locks, there is none. */
static int lock_file(const target *at, int *descriptor, struct stat *information) {
  enum { ATTEMPT_MS = 20 };
  const struct timespec pause = {.tv_nsec = ATTEMPT_MS * 1000000L};
  for (int waited = 0; waited <= SS_DEFAULT_BUSY_TIMEOUT_MS; waited += ATTEMPT_MS) {
    *descriptor = open_file(at);
    if (*descriptor < 0) return fail_to_lock(at);
    const bool is_taken = flock(*descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_taken && is_still_there(at, *descriptor, information)) return EXIT_OK;
    (void)close(*descriptor);
    if (is_taken) (void)nanosleep(&pause, NULL);
  }
  return fail(SS_STORAGE_BUSY, "anchor \"%s\": another process is renewing it", at->label);
}

/* ---- Making and renewing ------------------------------------------------------------------- */

static int make_first(const arguments *args, target *output, int64_t *made_at) {
  session opened;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = anchor_make(&opened, output, NULL, made_at);
  session_close(&opened);
  return code;
}

static int renew(const arguments *args, target *output, int64_t *made_at) {
  session opened;
  arguments with_old = *args;
  int descriptor = -1;
  struct stat information;
  with_old.text[OPTION_ANCHOR] = args->positional;
  int code = lock_file(output, &descriptor, &information);
  if (code != EXIT_OK) return code;
  code = session_open(&with_old, SESSION_EXISTING, &opened);
  if (code == EXIT_OK) {
    code = anchor_make(&opened, output, &information, made_at);
    session_close(&opened);
  }
  (void)close(descriptor);
  return code;
}

/* The file is replaced if it is there already, for which no --force is asked. */
static int choose(const arguments *args, target *output) {
  arguments replacing = *args;
  replacing.text[OPTION_FORCE] = "";
  const int code = target_choose_file(&replacing, args->positional, NULL, output);
  if (code != EXIT_OK || !given(args, OPTION_INIT)) return code;
  output->replaces = false;
  if (!output->at.exists) return EXIT_OK;
  return fail(
      SS_STORAGE_FAILED,
      "anchor \"%s\": expected a new file, got one that is there already; without --init it "
      "is renewed, if the store contains what stands in it",
      output->label);
}

static int print_made(const arguments *args, int64_t made_at) {
  const char *path = args->positional;
  if (given(args, OPTION_JSON)) {
    json_t *document = json_object();
    json_add_text(document, "anchor", path);
    json_add_time(document, "madeAt", made_at);
    return print_json(document);
  }
  if (given(args, OPTION_INIT)) {
    (void)printf(
        "made an anchor in %s: the store, opened with --anchor, is none that was put back to "
        "before it\n",
        path);
  } else {
    (void)printf("renewed the anchor in %s: the store contained the former one\n", path);
  }
  return EXIT_OK;
}

static int run_audit_anchor(const arguments *args) {
  target output;
  int64_t made_at = 0;
  const bool first = given(args, OPTION_INIT);
  if (!first && given(args, OPTION_ANCHOR)) {
    (void)fail_usage(
        "audit anchor",
        "expected --anchor with --init only: else FILE is the anchor that the store is "
        "opened with");
    return EXIT_USAGE;
  }
  int code = choose(args, &output);
  if (code == EXIT_OK) {
    code = first ? make_first(args, &output, &made_at) : renew(args, &output, &made_at);
  }
  return code == EXIT_OK ? print_made(args, made_at) : code;
}

const command command_audit_anchor = {
    .name = "audit anchor",
    .positional = "FILE",
    .summary = "renew the anchor in a file, or make the first one",
    .details =
        "An anchor is one line without secrets. Kept where those who can write to the store's\n"
        "file cannot write, it lets --anchor refuse a store that was put back to before it was\n"
        "made. To renew it, the store must contain the one in FILE: else FILE stays as it is, and\n"
        "the exit code is 5. With --init the first one is made, and FILE must not be there.\n"
        "Each leaves an event in the store log.",
    .examples =
        "secretstore audit anchor /mnt/elsewhere/anchor --init --keys-file keys\n"
        "secretstore audit anchor /mnt/elsewhere/anchor --keys-file keys\n"
        "secretstore verify --anchor /mnt/elsewhere/anchor --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_INIT),
    .run = run_audit_anchor,
};
