/* policy try: what a policy would refuse of what a store holds. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/policy_file.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

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

static int run_policy_try(const arguments *args) {
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

const command command_policy_try = {
    .name = "policy try",
    .positional = "FILE",
    .summary = "list what a policy would refuse of what a store holds",
    .details =
        "Tries each secret as if it were put as it stands, and each event as the operation\n"
        "that made it. Nothing is changed.",
    .examples = "secretstore policy try new-policy.lua --keys-file keys\n",
    .options = ON_A_STORE,
    .run = run_policy_try,
};
