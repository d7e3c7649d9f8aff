/* Opening the store that the options name. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#include "failure.h"
#include "keys.h"

/* The log's errors are those that the failing call reports itself: only --verbose repeats them. */
static void print_log_line(void *context, ss_log_level level, const char *message) {
  static const char *const names[] = {"debug", "warning", "error"};
  const arguments *args = context;
  if (level == SS_LOG_ERROR && !given(args, OPTION_VERBOSE)) return;
  (void)fprintf(stderr, "secretstore: %s: %s\n", names[level], message);
}

int session_path(const arguments *args, const char **path) {
  *path = given(args, OPTION_STORE) ? args->text[OPTION_STORE] : getenv("SECRET_STORE_PATH");
  if (*path != NULL && (*path)[0] != '\0') return EXIT_OK;
  return fail(SS_INVALID_ARGUMENT,
              "expected --store FILE or the environment variable SECRET_STORE_PATH, got neither");
}

static int configure(const arguments *args, session_mode mode, ss_options *options) {
  ss_error error;
  const ss_log_level level = given(args, OPTION_VERBOSE) ? SS_LOG_DEBUG : SS_LOG_WARN;
  if (ss_options_set_log(options, level, print_log_line, (void *)(uintptr_t)args, &error) !=
          SS_OK ||
      ss_options_set_create(options, mode == SESSION_CREATES, &error) != SS_OK) {
    return fail_with(&error);
  }
  return keys_add(args->text[OPTION_KEYS_FILE], options);
}

/* A missing store is not a missing secret: it has another exit code. */
static int open_failure(const ss_error *error) {
  const int code = fail_with(error);
  return error->code == SS_NOT_FOUND ? EXIT_STORAGE : code;
}

int session_open(const arguments *args, session_mode mode, session *opened) {
  const char *path = NULL;
  ss_options *options = NULL;
  ss_error error;
  *opened = (session){
      .caller = {.actor = args->text[OPTION_ACTOR]},
      .namespace_name = args->text[OPTION_NAMESPACE],
  };
  int code = session_path(args, &path);
  if (code != EXIT_OK) return code;
  if (ss_options_new(path, &options, &error) != SS_OK) return fail_with(&error);
  code = configure(args, mode, options);
  if (code == EXIT_OK && ss_store_open(options, &opened->store, &error) != SS_OK) {
    code = open_failure(&error);
  }
  ss_options_free(options);
  return code;
}

void session_close(session *opened) { ss_store_free(opened->store); }
