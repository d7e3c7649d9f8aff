/* What operators do with a policy file before they put it into use: check it, print its types, run
 * its test file, and try it on what a store holds. */
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/status.h"
#include "engine/options.h"
#include "engine/store/policies.h"
#include "engine/store/store.h"

/* ---- Texts --------------------------------------------------------------------------------- */

void ss_text_clear(ss_text *text) {
  if (text == NULL) return;
  memory_free(text->text);
  *text = (ss_text){0};
}

static ss_status hand_out(byte_buffer *buffer, ss_text *text, ss_error *error) {
  char *copy = memory_new(buffer->length + 1);
  if (copy == NULL) return error_out_of_memory(error);
  memcpy(copy, buffer->data, buffer->length);
  *text = (ss_text){.text = copy, .length = buffer->length};
  return SS_OK;
}

/* ---- Without a store ----------------------------------------------------------------------- */

static ss_status compile_alone(const ss_policy_source *source, policy **compiled, ss_error *error) {
  crypto_suite suite;
  const policy_limits limits = POLICY_DEFAULT_LIMITS;
  error_clear(error);
  GUARD(crypto_suite_init(&suite, error));
  const ss_status status = policies_compile(&suite, source, &limits, NULL, compiled, error);
  crypto_suite_clear(&suite);
  return status;
}

typedef ss_status (*printer)(policy_call *call, const char *language, byte_buffer *text,
                             ss_error *error);

static ss_status describe(policy_call *call, const char *language, byte_buffer *text,
                          ss_error *error) {
  (void)language;
  GUARD(policy_describe(call, text, error));
  return SS_OK;
}

static ss_status print_compiled(policy *of, printer print, const char *language, ss_text *text,
                                ss_error *error) {
  byte_buffer buffer ON_SCOPE_EXIT(buffer_clear) = {0};
  policy_call *call = NULL;
  GUARD(policy_call_begin(of, &call, error));
  ss_status status = print(call, language, &buffer, error);
  policy_call_end(call);
  return status == SS_OK ? hand_out(&buffer, text, error) : status;
}

static ss_status print_alone(const ss_policy_source *source, printer print, const char *language,
                             ss_text *text, ss_error *error) {
  policy *of = NULL;
  if (text == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "text: expected a place for it, got none");
  }
  *text = (ss_text){0};
  GUARD(compile_alone(source, &of, error));
  const ss_status status = print_compiled(of, print, language, text, error);
  policy_release(of);
  return status;
}

ss_status ss_policy_check(const ss_policy_source *source, ss_text *description, ss_error *error) {
  return print_alone(source, describe, NULL, description, error);
}

ss_status ss_policy_types(const ss_policy_source *source, const char *language, ss_text *types,
                          ss_error *error) {
  return print_alone(source, policy_generate_types, language, types, error);
}

/* ---- Test files ---------------------------------------------------------------------------- */

typedef struct case_relay {
  ss_policy_case_callback callback;
  void *context;
} case_relay;

static void relay_case(void *context, const policy_case_result *result) {
  const case_relay *self = context;
  self->callback(self->context, result->line, result->passed, result->message);
}

ss_status ss_policy_test(const ss_policy_source *source, const ss_policy_source *cases,
                         ss_policy_case_callback callback, void *context, ss_error *error) {
  policy *of = NULL;
  case_relay relay = {callback, context};
  const clock_source clock = {0};
  if (callback == NULL || cases == NULL || cases->text == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "%s: expected one, got none",
                     callback == NULL ? "callback" : "cases");
  }
  GUARD(compile_alone(source, &of, error));
  const text_view text = {cases->text, cases->text_length};
  const ss_status status = policy_run_cases(of, cases->name == NULL ? "cases.lua" : cases->name,
                                            text, clock_now_ms(&clock), relay_case, &relay, error);
  policy_release(of);
  return status;
}
