/* Opening the store that the options name. */
#include "session/session.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/keys.h"
#include "session/place.h"
#include "session/policy_file.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/interruption.h"
#include "terminal/numbers.h"

static void print_log_line(void *context, ss_log_level level, const char *message) {
  static const char *const names[] = {"debug", "warning", "error"};
  (void)context;
  (void)fprintf(stderr, "secretstore: %s: %s\n", names[level], message);
}

/* The log's errors are those that the failing call reports itself. */
static void print_all_but_errors(void *context, ss_log_level level, const char *message) {
  if (level != SS_LOG_ERROR) print_log_line(context, level, message);
}

/* What no store can be at is refused before files are looked at or made beside it. */
static int check_path(const char *path) {
  ss_options *options = NULL;
  ss_error error;
  if (strcmp(path, ":memory:") == 0) {
    return fail(SS_INVALID_ARGUMENT,
                "store \":memory:\": expected a file, since what is in memory ends with this "
                "command; a file of that name is ./:memory:");
  }
  if (ss_options_new(path, &options, &error) != SS_OK) return fail_with(&error);
  ss_options_free(options);
  return EXIT_OK;
}

int session_path(const arguments *args, const char **path) {
  *path = given(args, OPTION_STORE) ? args->text[OPTION_STORE] : getenv("SECRET_STORE_PATH");
  if (*path != NULL && (*path)[0] != '\0') return check_path(*path);
  return fail(SS_INVALID_ARGUMENT,
              "expected --store FILE or the environment variable SECRET_STORE_PATH, got neither");
}

/* Whether this call opens a store once more after this one: what came through a pipe or the
 * environment is then still needed. */
static bool opens_again(session_mode mode) {
  return mode == SESSION_TRIAL || mode == SESSION_BACKUP;
}

/* Read once: a pipe gives its text only once. */
static int add_policy(const arguments *args, session_mode mode, ss_options *options) {
  static policy_file file;
  ss_error error;
  int code = EXIT_OK;
  if (file.source.text == NULL) {
    code = policy_file_read("--policy", args->text[OPTION_POLICY], &file);
  }
  if (code == EXIT_OK && ss_options_set_policy(options, &file.source, &error) != SS_OK) {
    code = fail_with(&error);
  }
  if (!opens_again(mode)) policy_file_clear(&file);
  return code;
}

/* Read once, as a policy is. */
static int add_anchor(const arguments *args, session_mode mode, ss_options *options) {
  static secret_bytes text;
  ss_error error;
  int code = EXIT_OK;
  if (text.data == NULL) code = read_text_file("--anchor", args->text[OPTION_ANCHOR], &text);
  if (code == EXIT_OK && memchr(text.data, '\0', text.length) != NULL) {
    code =
        fail(SS_INVALID_ARGUMENT, "--anchor \"%s\": expected the line of an anchor, got a NUL byte",
             args->text[OPTION_ANCHOR]);
  }
  if (code == EXIT_OK && ss_options_set_anchor(options, (const char *)text.data, &error) != SS_OK) {
    code = fail_with(&error);
  }
  if (!opens_again(mode)) secret_bytes_clear(&text);
  return code;
}

/* A store that is yet to be made is in its first epoch. */
static int add_least_epoch(const arguments *args, session_mode mode, ss_options *options) {
  const char *text = args->text[OPTION_LEAST_EPOCH];
  int64_t epoch = 0;
  ss_error error;
  if (!parse_integer(text, SS_MAX_INTEGER, &epoch) || epoch == 0) {
    return fail(SS_INVALID_ARGUMENT, "--least-epoch: expected a number from 1, got \"%s\"", text);
  }
  if (mode == SESSION_TRIAL && epoch > 1) {
    return fail(SS_INTEGRITY_VIOLATION,
                "expected a store of epoch %lld or later, and there is none", (long long)epoch);
  }
  return ss_options_set_least_epoch(options, epoch, &error) == SS_OK ? EXIT_OK : fail_with(&error);
}

static int add_drain_after(const arguments *args, ss_options *options) {
  const char *text = args->text[OPTION_DRAIN_AFTER];
  int64_t duration_ms = 0;
  ss_error error;
  if (!parse_duration(text, &duration_ms)) {
    return fail(SS_INVALID_ARGUMENT,
                "--drain-after: expected a duration such as 24h or 0s, got \"%s\"", text);
  }
  return ss_options_set_drain_after_ms(options, duration_ms, &error) == SS_OK ? EXIT_OK
                                                                              : fail_with(&error);
}

/* What the store must be, and how far reads are proved. */
static int add_expectations(const arguments *args, session_mode mode, ss_options *options) {
  ss_error error;
  int code = EXIT_OK;
  if (given(args, OPTION_ANCHOR)) code = add_anchor(args, mode, options);
  if (code == EXIT_OK && given(args, OPTION_LEAST_EPOCH))
    code = add_least_epoch(args, mode, options);
  if (code == EXIT_OK && given(args, OPTION_VERIFIED_READS) &&
      ss_options_set_reads(options, SS_READS_VERIFIED, &error) != SS_OK) {
    code = fail_with(&error);
  }
  return code;
}

/* A signal that is held (interruption.h) has long calls give up. */
static bool is_interrupted(void *context) {
  (void)context;
  return interruption_came();
}

/* A trial is not worth warnings: what follows it gives them. */
static ss_log_level log_level(const arguments *args, session_mode mode) {
  if (mode == SESSION_TRIAL) return SS_LOG_ERROR;
  return given(args, OPTION_VERBOSE) ? SS_LOG_DEBUG : SS_LOG_WARN;
}

static int configure(const arguments *args, session_mode mode, ss_options *options) {
  ss_error error;
  const ss_log_level level = log_level(args, mode);
  const bool all = given(args, OPTION_VERBOSE) || mode == SESSION_LEAVES_ROWS;
  const bool creates = mode == SESSION_CREATES || mode == SESSION_TRIAL;
  if (ss_options_set_log(options, level, all ? print_log_line : print_all_but_errors, NULL,
                         &error) != SS_OK ||
      ss_options_set_create(options, creates, &error) != SS_OK ||
      ss_options_set_allow_group(options, given(args, OPTION_ALLOW_GROUP), &error) != SS_OK ||
      ss_options_set_interrupt(options, is_interrupted, NULL, &error) != SS_OK) {
    return fail_with(&error);
  }
  int code = keys_add(args->text[OPTION_KEYS_FILE], !opens_again(mode), options);
  if (code == EXIT_OK) code = add_expectations(args, mode, options);
  if (code == EXIT_OK && given(args, OPTION_DRAIN_AFTER)) code = add_drain_after(args, options);
  return code == EXIT_OK && given(args, OPTION_POLICY) ? add_policy(args, mode, options) : code;
}

/* The context of the caller: KEY=VALUE words as an object of strings. */
static int make_context(const arguments *args, session *opened) {
  if (args->context_count == 0) return EXIT_OK;
  json_t *object = json_object();
  for (int i = 0; i < args->context_count; i++) {
    const char *word = args->contexts[i];
    const size_t length = strcspn(word, "=");
    char *key = strndup(word, length);
    (void)json_object_set_new(object, key == NULL ? "" : key, json_string(word + length + 1));
    free(key);
  }
  opened->context = json_dumps(object, JSON_COMPACT);
  const bool whole = json_object_size(object) == (size_t)args->context_count;
  json_decref(object);
  if (opened->context == NULL || !whole) {
    return fail(SS_INVALID_ARGUMENT, "--context: expected each key once, and UTF-8 text");
  }
  opened->caller.context_json = opened->context;
  return EXIT_OK;
}

/* A missing store is not a missing secret: it has another exit code. */
static int open_failure(session_mode mode, const ss_error *error) {
  if (error->code != SS_NOT_FOUND) return fail_with(error);
  (void)fail(
      SS_NOT_FOUND, "%s%s", error->message,
      mode == SESSION_EXISTING || mode == SESSION_LEAVES_ROWS ? "; put and import make one" : "");
  return EXIT_STORAGE;
}

int session_is_missing(const arguments *args, bool *missing) {
  const char *path = NULL;
  place at;
  const int code = session_path(args, &path);
  if (code != EXIT_OK) return code;
  if (!place_find(path, &at)) {
    return fail(SS_STORAGE_FAILED, "store \"%s\": %s", path, strerror(errno));
  }
  *missing = !at.exists || (S_ISREG(at.information.st_mode) && at.information.st_size == 0);
  return EXIT_OK;
}

static int open_at(const arguments *args, const char *path, session_mode mode, session *opened) {
  ss_options *options = NULL;
  ss_error error;
  if (ss_options_new(path, &options, &error) != SS_OK) return fail_with(&error);
  int code = configure(args, mode, options);
  if (code == EXIT_OK && ss_store_open(options, &opened->store, &error) != SS_OK) {
    code = open_failure(mode, &error);
  }
  ss_options_free(options);
  return code;
}

int session_open(const arguments *args, session_mode mode, session *opened) {
  const char *path = NULL;
  *opened = (session){
      .caller = {.actor = args->text[OPTION_ACTOR]},
      .namespace_name = args->text[OPTION_NAMESPACE],
  };
  int code = session_path(args, &path);
  if (code == EXIT_OK) code = make_context(args, opened);
  if (code == EXIT_OK && mode == SESSION_TRIAL) {
    code = trial_begin(path, &opened->tried);
    path = opened->tried.store;
  }
  if (code == EXIT_OK) code = open_at(args, path, mode, opened);
  if (code != EXIT_OK) session_close(opened);
  return code;
}

void session_close(session *opened) {
  ss_store_free(opened->store);
  free(opened->context);
  trial_end(&opened->tried);
  *opened = (session){0};
}

int session_run(const arguments *args, session_mode mode, session_act act, void *context) {
  session opened;
  int code = session_open(args, mode, &opened);
  if (code != EXIT_OK) return code;
  code = act(&opened, context);
  session_close(&opened);
  return code;
}
