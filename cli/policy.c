/* policy check, types, test and try. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "failure.h"
#include "numbers.h"
#include "output.h"
#include "policy_file.h"
#include "session.h"
#include "target.h"

/* ---- check and types ----------------------------------------------------------------------- */

static void print_text(const ss_text *text) {
  const bool ends = text->length > 0 && text->text[text->length - 1] == '\n';
  (void)printf("%s%s", text->text, ends ? "" : "\n");
}

int run_policy_check(const arguments *args) {
  policy_file file;
  ss_text description;
  ss_error error;
  int code = policy_file_read("policy check", args->positional, &file);
  if (code == EXIT_OK && ss_policy_check(&file.source, &description, &error) != SS_OK) {
    code = fail_with(&error);
  } else if (code == EXIT_OK && given(args, OPTION_JSON)) {
    code = print_json(json_pack("{s:b, s:s}", "isValid", true, "description", description.text));
    ss_text_clear(&description);
  } else if (code == EXIT_OK) {
    print_text(&description);
    ss_text_clear(&description);
  }
  policy_file_clear(&file);
  return code;
}

static int write_types(const arguments *args, const policy_file *file, target *output) {
  ss_text types;
  ss_error error;
  if (ss_policy_types(&file->source, args->text[OPTION_LANGUAGE], &types, &error) != SS_OK) {
    return fail_with(&error);
  }
  const int code = target_write(output, types.text, types.length);
  ss_text_clear(&types);
  return code;
}

int run_policy_types(const arguments *args) {
  policy_file file = {0};
  target output;
  if (!given(args, OPTION_LANGUAGE)) {
    (void)fail_usage("policy types", "expected --language typescript, python or json-schema");
    return EXIT_USAGE;
  }
  int code = target_choose(args, EXISTING_IS_REPLACED, args->positional, &output);
  if (code == EXIT_OK) code = policy_file_read("policy types", args->positional, &file);
  if (code == EXIT_OK) code = write_types(args, &file, &output);
  policy_file_clear(&file);
  return code;
}

/* ---- test ---------------------------------------------------------------------------------- */

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

int run_policy_test(const arguments *args) {
  policy_file file;
  char *path = cases_path(args);
  if (path == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  int code = policy_file_read("policy test", args->positional, &file);
  if (code == EXIT_OK) code = test_with(args, &file, path);
  policy_file_clear(&file);
  free(path);
  return code;
}

/* ---- try ----------------------------------------------------------------------------------- */

typedef struct refusals {
  table *rows;   /* NULL with --json */
  json_t *items; /* NULL without */
} refusals;

static bool take_refusal(void *context, const ss_policy_refusal *refusal) {
  refusals *self = context;
  char sequence[24] = "";
  if (refusal->sequence > 0) {
    (void)snprintf(sequence, sizeof sequence, "%lld", (long long)refusal->sequence);
  }
  if (self->items != NULL) {
    json_t *item = json_object();
    json_add_text(item, "namespace", refusal->namespace_name);
    json_add_text(item, "name", refusal->name);
    (void)json_object_set_new(
        item, "sequence", refusal->sequence == 0 ? json_null() : json_integer(refusal->sequence));
    json_add_text(item, "operation", refusal->operation);
    json_add_text(item, "actor", refusal->actor);
    json_add_text(item, "code", ss_status_name(refusal->code));
    json_add_text(item, "message", refusal->message);
    (void)json_array_append_new(self->items, item);
    return true;
  }
  const char *const cells[] = {
      refusal->namespace_name == NULL ? "(default)" : refusal->namespace_name,
      refusal->name == NULL ? "" : refusal->name,
      refusal->sequence == 0 ? "as it is" : sequence,
      refusal->operation,
      refusal->actor == NULL ? "" : refusal->actor,
      refusal->message};
  table_add(self->rows, cells);
  return true;
}

static int print_trial(const refusals *found, const ss_policy_trial *trial) {
  if (found->items != NULL) {
    return print_json(json_pack("{s:I, s:I, s:I, s:O}", "secretsTried", trial->secrets_tried,
                                "eventsTried", trial->events_tried, "refused", trial->refused,
                                "refusals", found->items));
  }
  (void)printf("tried %lld secret%s and %lld event%s: %lld would have been refused\n",
               (long long)trial->secrets_tried, plural(trial->secrets_tried),
               (long long)trial->events_tried, plural(trial->events_tried),
               (long long)trial->refused);
  return trial->refused == 0 ? EXIT_OK : table_print(found->rows);
}

static int try_on(const arguments *args, session *opened, const policy_file *file) {
  static const char *const headings[] = {"NAMESPACE", "SECRET", "EVENT", "OPERATION",
                                         "ACTOR",     "REASON", NULL};
  ss_policy_trial trial;
  ss_error error;
  refusals found = {0};
  if (given(args, OPTION_JSON)) {
    found.items = json_array();
  } else {
    found.rows = table_new(headings);
  }
  if (found.items == NULL && found.rows == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  int code =
      ss_policy_try(opened->store, &file->source, take_refusal, &found, &trial, &error) == SS_OK
          ? print_trial(&found, &trial)
          : fail_with(&error);
  json_decref(found.items);
  table_free(found.rows);
  return code;
}

int run_policy_try(const arguments *args) {
  policy_file file;
  session opened;
  int code = policy_file_read("policy try", args->positional, &file);
  if (code == EXIT_OK) code = session_open(args, SESSION_EXISTING, &opened);
  if (code == EXIT_OK) {
    code = try_on(args, &opened, &file);
    session_close(&opened);
  }
  policy_file_clear(&file);
  return code;
}
