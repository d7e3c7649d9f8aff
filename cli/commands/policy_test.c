/* policy test: a policy's cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "session/policy_file.h"
#include "terminal/failure.h"
#include "terminal/output.h"

typedef struct tally {
  const char *name;
  json_t *items; /* NULL: printed as they come */
  int64_t passed;
  int64_t failed;
} tally;

static void count_case(void *context, int64_t line, bool passed, const char *message) {
  tally *self = context;
  *(passed ? &self->passed : &self->failed) += 1;
  if (self->items != NULL) {
    (void)json_array_append_new(self->items, json_pack("{s:I, s:b, s:s}", "line", line, "passed",
                                                       passed, "message", message));
  } else if (!passed) {
    (void)printf("%s:%lld: %s\n", self->name, (long long)line, message);
  }
}

static int report(const arguments *args, tally *counted) {
  int code = EXIT_OK;
  if (counted->items != NULL) {
    code = print_json(json_pack("{s:I, s:I, s:O}", "passed", counted->passed, "failed",
                                counted->failed, "cases", counted->items));
  } else {
    (void)printf("%lld passed, %lld failed\n", (long long)counted->passed,
                 (long long)counted->failed);
  }
  (void)args;
  if (code != EXIT_OK || counted->failed == 0) return code;
  return EXIT_POLICY;
}

/* policy.lua is tested by policy_test.lua unless --cases says otherwise. */
static char *cases_path(const arguments *args) {
  static const char suffix[] = ".lua";
  const char *path = args->positional;
  if (given(args, OPTION_CASES)) return strdup(args->text[OPTION_CASES]);
  const size_t length = strlen(path);
  const bool has_suffix =
      length > sizeof suffix && strcmp(path + length - (sizeof suffix - 1), suffix) == 0;
  char *made = NULL;
  const int stem = (int)(has_suffix ? length - (sizeof suffix - 1) : length);
  return asprintf(&made, "%.*s_test.lua", stem, path) < 0 ? NULL : made;
}

static int test_with(const arguments *args, const policy_file *policy, const char *path) {
  policy_file cases;
  ss_error error;
  int code = policy_file_read("--cases", path, &cases);
  if (code == EXIT_OK) {
    tally counted = {.name = cases.source.name,
                     .items = given(args, OPTION_JSON) ? json_array() : NULL};
    code = ss_policy_test(&policy->source, &cases.source, count_case, &counted, &error) == SS_OK
               ? report(args, &counted)
               : fail_with(&error);
    json_decref(counted.items);
  }
  policy_file_clear(&cases);
  return code;
}

static int run_policy_test(const arguments *args) {
  policy_file file;
  char *path = cases_path(args);
  if (path == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  int code = policy_file_read("policy test", args->positional, &file);
  if (code == EXIT_OK) code = test_with(args, &file, path);
  policy_file_clear(&file);
  free(path);
  return code;
}

const command command_policy_test = {
    .name = "policy test",
    .positional = "FILE",
    .summary = "run a policy's test file",
    .details =
        "The test file names cases: expect_allowed{...}, expect_denied{..., \"reason\"}.\n"
        "Exit code 6: a case came out otherwise.",
    .examples = "secretstore policy test policy.lua\n",
    .options = EVERY_COMMAND | OPTION_BIT(OPTION_CASES),
    .run = run_policy_test,
};
