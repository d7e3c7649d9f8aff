/* Runs every case of tests/scenarios, each as a test of its own. */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/operations.h"
#include "scenarios/values.h"
#include "support/support.h"

enum { CASES_MAX = 2000, CASES_AT_LEAST = 680, FILES_MAX = 64 };

/* One case while it runs. */
typedef struct run {
  test_folder folder;
  test_clock clock;
  json_t *options;
  json_t *variables;
  ss_store *store; /* NULL after a reopen that failed */
  bool is_closed;
} run;

typedef struct scenario {
  const char *file;
  const json_t *description;
} scenario;

/* ---- Opening ------------------------------------------------------------------------------- */

static ss_status add_keys(const json_t *keys, ss_options *options, ss_error *error) {
  for (size_t i = 0; i < json_array_size(keys); i++) {
    const json_t *key = json_array_get(keys, i);
    const int64_t version = json_integer_value(json_object_get(key, "version"));
    const ss_status status = ss_options_add_key(options, version, scenario_key_text(key), error);
    if (status != SS_OK) return status;
  }
  return SS_OK;
}

static ss_status set_policy(const char *text, ss_options *options, ss_error *error) {
  const ss_policy_source source = {"policy.lua", text, strlen(text)};
  return ss_options_set_policy(options, &source, error);
}

static ss_status fill_options(const run *of, ss_options *options, ss_error *error) {
  const json_t *ttl = json_object_get(of->options, "defaultTtlMs");
  const json_t *max = json_object_get(of->options, "maxValueBytes");
  const json_t *epoch = json_object_get(of->options, "leastEpoch");
  const char *policy = json_string_value(json_object_get(of->options, "policy"));
  ss_status status = add_keys(json_object_get(of->options, "keys"), options, error);
  if (status == SS_OK) {
    status = ss_options_set_clock(options, test_clock_read, (void *)(uintptr_t)&of->clock, error);
  }
  if (status == SS_OK) {
    status = ss_options_set_durability(options, SS_DURABILITY_NORMAL, error);
  }
  if (status == SS_OK && ttl != NULL) {
    status = ss_options_set_default_ttl_ms(options, json_integer_value(ttl), error);
  }
  if (status == SS_OK && max != NULL) {
    status = ss_options_set_max_value_bytes(options, (size_t)json_integer_value(max), error);
  }
  if (status == SS_OK && epoch != NULL) {
    status = ss_options_set_least_epoch(options, json_integer_value(epoch), error);
  }
  if (status == SS_OK && policy != NULL) status = set_policy(policy, options, error);
  return status;
}

/* False: a mistake in the options, which is printed. */
static bool options_are_well_formed(const json_t *options) {
  static const char *const members[] = {"keys",       "defaultTtlMs", "maxValueBytes",
                                        "leastEpoch", "policy",       NULL};
  return scenario_has_only(options, "options", members) && scenario_keys_are_well_formed(options) &&
         scenario_member_is(options, "defaultTtlMs", JSON_INTEGER) &&
         scenario_member_is(options, "maxValueBytes", JSON_INTEGER) &&
         scenario_member_is(options, "leastEpoch", JSON_INTEGER) &&
         scenario_member_is(options, "policy", JSON_STRING);
}

static ss_status open_store(run *of, ss_error *error) {
  ss_options *options = NULL;
  ss_status status = ss_options_new(test_path(&of->folder, "store.db"), &options, error);
  if (status == SS_OK) status = fill_options(of, options, error);
  if (status == SS_OK) status = ss_store_open(options, &of->store, error);
  ss_options_free(options);
  return status;
}

/* ---- Steps --------------------------------------------------------------------------------- */

static bool move_clock(run *of, const json_t *args) {
  static const char *const members[] = {"set", "advance", NULL};
  const json_t *set = json_object_get(args, "set");
  const json_t *advance = json_object_get(args, "advance");
  if (!scenario_has_only(args, "clock", members)) return false;
  if (json_is_integer(set) == json_is_integer(advance)) return false;
  of->clock.now_ms =
      set != NULL ? json_integer_value(set) : of->clock.now_ms + json_integer_value(advance);
  return true;
}

static ss_status reopen(run *of, const json_t *args, ss_error *error) {
  ss_store_free(of->store);
  of->store = NULL;
  of->is_closed = false;
  (void)json_object_update(of->options, (json_t *)(uintptr_t)args);
  return open_store(of, error);
}

/* False: a mistake in the step. */
static bool carry_out(run *of, const json_t *step, const json_t *args, ss_status *status,
                      json_t **result, ss_error *error) {
  const char *name = json_string_value(json_object_get(step, "op"));
  *status = SS_OK;
  if (name == NULL) return false;
  if (strcmp(name, "clock") == 0) return move_clock(of, args);
  if (strcmp(name, "reopen") == 0) {
    if (!options_are_well_formed(args)) return false;
    *status = reopen(of, args, error);
    return true;
  }
  if (of->store == NULL) return false;
  if (strcmp(name, "close") == 0) {
    ss_store_close(of->store);
    of->is_closed = true;
    return json_object_size(args) == 0;
  }
  return scenario_operation(of->store, name, args, status, result, error);
}

static bool check(run *of, const json_t *step, ss_status status, const json_t *result,
                  const ss_error *error, char *why, size_t capacity) {
  const char *expected_error = json_string_value(json_object_get(step, "error"));
  const char *got = ss_status_name(status);
  if (expected_error != NULL) {
    (void)snprintf(why, capacity, "expected the error %s, got %s", expected_error, got);
    return strcmp(expected_error, got) == 0 && error->code == status && error->message[0] != '\0';
  }
  if (status != SS_OK) {
    (void)snprintf(why, capacity, "failed with %s: %s", got, error->message);
    return false;
  }
  const json_t *expect = json_object_get(step, "expect");
  if (expect == NULL) return true;
  json_t *expanded = scenario_expand(expect, of->variables);
  const bool matches = expanded != NULL && scenario_matches(expanded, result, why, capacity);
  json_decref(expanded);
  return matches;
}

/* False: the result has no such field, or nothing in it. */
static bool save(run *of, const json_t *step, const json_t *result, char *why, size_t capacity) {
  const char *variable;
  json_t *field;
  json_object_foreach(json_object_get(step, "save"), variable, field) {
    json_t *value = json_object_get(result, json_string_value(field));
    if (value == NULL || json_is_null(value)) {
      (void)snprintf(why, capacity, "nothing to save as %s", variable);
      return false;
    }
    (void)json_object_set(of->variables, variable, value);
  }
  return true;
}

static bool step_is_well_formed(const json_t *step) {
  static const char *const members[] = {"op", "args", "expect", "error", "save", NULL};
  const bool fails = json_object_get(step, "error") != NULL;
  const bool has_result =
      json_object_get(step, "expect") != NULL || json_object_get(step, "save") != NULL;
  return json_is_object(step) && scenario_has_only(step, "step", members) &&
         scenario_member_is(step, "error", JSON_STRING) && !(fails && has_result);
}

static bool run_step(run *of, const json_t *step, char *why, size_t capacity) {
  ss_error error = {0};
  ss_status status = SS_OK;
  json_t *result = NULL;
  json_t *none = json_object();
  const json_t *given = json_object_get(step, "args");
  json_t *args = scenario_expand(given == NULL ? none : given, of->variables);
  (void)snprintf(why, capacity, "a mistake in the step");
  const bool passed = step_is_well_formed(step) && args != NULL &&
                      carry_out(of, step, args, &status, &result, &error) &&
                      check(of, step, status, result, &error, why, capacity) &&
                      save(of, step, result, why, capacity);
  json_decref(args);
  json_decref(result);
  json_decref(none);
  return passed;
}

/* ---- Cases --------------------------------------------------------------------------------- */

static json_t *initial_options(const json_t *description) {
  json_t *options = json_pack("{s:[{s:i, s:s}]}", "keys", "version", 1, "key", "A");
  const json_t *given = json_object_get(description, "options");
  if (given != NULL) (void)json_object_update(options, (json_t *)(uintptr_t)given);
  return options;
}

static bool run_steps(run *of, const scenario *tested) {
  const json_t *steps = json_object_get(tested->description, "steps");
  for (size_t i = 0; i < json_array_size(steps); i++) {
    char why[1200];
    if (run_step(of, json_array_get(steps, i), why, sizeof why)) continue;
    char *step = json_dumps(json_array_get(steps, i), JSON_COMPACT);
    print_error("%s, step %zu: %s\n  %.500s\n", tested->file, i + 1, why, step);
    free(step);
    return false;
  }
  return json_array_size(steps) > 0;
}

static void run_scenario(void **state) {
  const scenario *tested = *state;
  ss_error error;
  run of = {
      .folder = test_folder_new(),
      .clock = {TEST_NOW},
      .options = initial_options(tested->description),
      .variables = json_object(),
  };
  assert_true(options_are_well_formed(of.options));
  assert_ok(open_store(&of, &error), &error);
  const bool passed = run_steps(&of, tested);
  if (of.is_closed) assert_ok(reopen(&of, NULL, &error), &error);
  const bool intact = of.store == NULL || test_store_is_intact(of.store);
  ss_store_free(of.store);
  test_folder_remove(&of.folder);
  json_decref(of.options);
  json_decref(of.variables);
  assert_true(passed);
  assert_true(intact);
}

/* ---- Files --------------------------------------------------------------------------------- */

static scenario scenarios[CASES_MAX];
static struct CMUnitTest tests[CASES_MAX];
static size_t case_count = 0;
static json_t *documents[FILES_MAX];
static char file_names[FILES_MAX][128];
static size_t document_count = 0;

static void stop_unless(bool fine, const char *file, const char *expected) {
  if (fine) return;
  (void)fprintf(stderr, "%s: expected %s\n", file, expected);
  exit(1);
}

/* Cases are told apart by their names, across files. */
static bool name_is_new(const char *name) {
  for (size_t i = 0; i < case_count; i++) {
    if (strcmp(tests[i].name, name) == 0) return false;
  }
  return true;
}

static void add_case(const char *file, const json_t *description) {
  static const char *const members[] = {"name", "requires", "options", "steps", NULL};
  const char *name = json_string_value(json_object_get(description, "name"));
  stop_unless(name != NULL, file, "cases with names");
  stop_unless(scenario_has_only(description, name, members), file, "only known members in a case");
  stop_unless(name_is_new(name), name, "a name that no other case has");
  stop_unless(case_count < CASES_MAX, file, "fewer cases than CASES_MAX");
  scenario *added = &scenarios[case_count];
  *added = (scenario){file, description};
  tests[case_count++] = (struct CMUnitTest){
      .name = name,
      .test_func = run_scenario,
      .initial_state = added,
  };
}

static void load_file(const char *folder, const char *name) {
  static const char *const members[] = {"topic", "cases", NULL};
  char path[1024];
  json_error_t error;
  stop_unless(document_count < FILES_MAX, name, "fewer files than FILES_MAX");
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
  if (document == NULL) {
    (void)fprintf(stderr, "%s:%d: %s\n", name, error.line, error.text);
    exit(1);
  }
  stop_unless(scenario_has_only(document, name, members), name, "only a topic and cases");
  (void)snprintf(file_names[document_count], sizeof file_names[0], "%s", name);
  const json_t *cases = json_object_get(document, "cases");
  stop_unless(json_array_size(cases) > 0, name, "cases");
  for (size_t i = 0; i < json_array_size(cases); i++) {
    add_case(file_names[document_count], json_array_get(cases, i));
  }
  documents[document_count++] = document;
}

/* Every *.json but the schema of them all. */
static int is_scenario_file(const struct dirent *entry) {
  const char *dot = strrchr(entry->d_name, '.');
  return dot != NULL && strcmp(dot, ".json") == 0 && strcmp(entry->d_name, "schema.json") != 0;
}

int main(void) {
  static const char folder[] = SECRETSTORE_SOURCE_DIR "/tests/scenarios";
  struct dirent **entries = NULL;
  const int count = scandir(folder, &entries, is_scenario_file, alphasort);
  for (int i = 0; i < count; i++) {
    load_file(folder, entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  if (case_count < CASES_AT_LEAST) {
    (void)fprintf(stderr, "expected at least %d cases, found %zu\n", CASES_AT_LEAST, case_count);
    return 1;
  }
  const int failures = _cmocka_run_group_tests("scenarios", tests, case_count, NULL, NULL);
  for (size_t i = 0; i < document_count; i++) json_decref(documents[i]);
  return failures;
}
