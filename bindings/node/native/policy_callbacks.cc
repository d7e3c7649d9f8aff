/* What policies say, told to JavaScript functions, on JavaScript's thread. */
#include "policy_callbacks.h"

#include "callbacks.h"
#include "records_node.h"
#include "values.h"

namespace node {

void on_policy_case(void *context, int64_t line, bool passed, const char *message) {
  auto *called = static_cast<callback *>(context);
  const Napi::Env env = called->env();
  const Napi::HandleScope scope(env);
  (void)called->call_with({Napi::Number::New(env, static_cast<double>(line)),
                           Napi::Boolean::New(env, passed), make_optional_text(env, message)});
}

bool on_policy_refusal(void *context, const ss_policy_refusal *refusal) {
  auto *called = static_cast<callback *>(context);
  const Napi::HandleScope scope(called->env());
  return called->call_with({make_ss_policy_refusal(called->env(), refusal)});
}

} // namespace node
