/* See the header. */
#include "operations_node.h"

#include <array>
#include <deque>
#include <string>

#include "promises.h"

namespace node {

/* ---- Operations of the usual shape, from their rows ------------------------------------------ */

static Napi::Value make_bool(Napi::Env env, const bool *result) {
  return Napi::Boolean::New(env, *result);
}

#define WAYS_PLAIN(type) make_##type
#define WAYS_OWNED(type) make_##type, type##_clear
#define WAYS_BOOLEAN(type) make_bool
#define DEFINE_ASKED(name, request_type, result_type, kind)                            \
  Napi::Value name##_promise(Napi::Env env, store_handle store, Napi::Value request) { \
    return promise_of<request_type, result_type>(env, store, request, ss_##name,       \
                                                 WAYS_##kind(result_type));            \
  }
#define DEFINE_TOLD(name, result_type, kind)                                               \
  Napi::Value name##_promise(Napi::Env env, store_handle store, Napi::Value) {             \
    return promise_of_store<result_type>(env, store, ss_##name, WAYS_##kind(result_type)); \
  }
#define NOTHING(name)
SS_OPERATIONS(DEFINE_ASKED, DEFINE_TOLD, NOTHING)

/* ---- Operations of shapes of their own ------------------------------------------------------- */

Napi::Value import_rows_promise(Napi::Env env, store_handle store, Napi::Value request) {
  std::shared_ptr<held_request<ss_import_request>> held = read_held<ss_import_request>(request);
  auto report = std::make_shared<owned_result<ss_import_report>>(ss_import_report_clear);
  promised_call call;
  call.run = [store, held, report](ss_error *error) {
    return ss_import(store->get(), &held->request, &report->record, error);
  };
  call.make = [report](Napi::Env in) { return make_ss_import_report(in, &report->record); };
  call.report = call.make;
  return promise(env, std::move(call));
}

Napi::Value put_batch_promise(Napi::Env env, store_handle store, Napi::Value request) {
  std::shared_ptr<put_batch> batch = read_put_batch(request);
  promised_call call;
  call.run = [store, batch](ss_error *error) {
    return ss_put_batch(store->get(), batch->requests.data(), batch->requests.size(),
                        batch->results.data(), error);
  };
  call.make = [batch](Napi::Env in) { return make_put_results(in, batch->results); };
  return promise(env, std::move(call));
}

static Napi::Array read_arguments(Napi::Value value, uint32_t count) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != count) {
    refuse_type(value.Env(), "arguments", "an array of them", value);
  }
  return value.As<Napi::Array>();
}

Napi::Value rotate_all_promise(Napi::Env env, store_handle store, Napi::Value request) {
  const Napi::Array arguments = read_arguments(request, 2);
  auto held = std::make_shared<request_memory>();
  const ss_caller *caller = read_caller(arguments.Get(0u), held->caller, held->kept);
  held->called = read_callback(arguments.Get(1u), "progress");
  auto result = std::make_shared<ss_rotate_all_result>();
  promised_call call;
  call.called = held->called.get();
  call.run = [store, held, caller, result](ss_error *error) {
    callback *called = held->called.get();
    return ss_rotate_all(store->get(), caller, called == nullptr ? nullptr : on_progress, called,
                         result.get(), error);
  };
  call.make = [held, result](Napi::Env in) { return make_ss_rotate_all_result(in, result.get()); };
  return promise(env, std::move(call));
}

static Napi::Value cleanup_promise(Napi::Env env, store_handle store, Napi::Value request,
                                   ss_status (*function)(ss_store *, int64_t, const ss_caller *,
                                                         ss_cleanup_result *, ss_error *)) {
  const Napi::Array arguments = read_arguments(request, 2);
  const int64_t retention_ms = read_integer(arguments.Get(0u), "retentionMs");
  auto held = std::make_shared<request_memory>();
  const ss_caller *caller = read_caller(arguments.Get(1u), held->caller, held->kept);
  auto result = std::make_shared<ss_cleanup_result>();
  promised_call call;
  call.run = [=](ss_error *error) {
    return function(store->get(), retention_ms, caller, result.get(), error);
  };
  call.make = [held, result](Napi::Env in) { return make_ss_cleanup_result(in, result.get()); };
  return promise(env, std::move(call));
}

Napi::Value cleanup_secrets_promise(Napi::Env env, store_handle store, Napi::Value request) {
  return cleanup_promise(env, store, request, ss_cleanup_secrets);
}

Napi::Value cleanup_events_promise(Napi::Env env, store_handle store, Napi::Value request) {
  return cleanup_promise(env, store, request, ss_cleanup_events);
}

/* ---- Keys, anchors, restores ----------------------------------------------------------------- */

/* Functions of a store and a caller. */
template <class Result>
static Napi::Value promise_of_caller(Napi::Env env, store_handle store, Napi::Value request,
                                     ss_status (*function)(ss_store *, const ss_caller *, Result *,
                                                           ss_error *),
                                     Napi::Value (*make)(Napi::Env, const Result *),
                                     void (*clear)(Result *) = nullptr) {
  auto held = std::make_shared<request_memory>();
  const ss_caller *caller =
      read_caller(read_arguments(request, 1).Get(0u), held->caller, held->kept);
  auto result = std::make_shared<owned_result<Result>>(clear);
  promised_call call;
  call.run = [=](ss_error *error) {
    return function(store->get(), caller, &result->record, error);
  };
  call.make = [held, result, make](Napi::Env in) { return make(in, &result->record); };
  return promise(env, std::move(call));
}

static Napi::Value make_count(Napi::Env env, const int64_t *count) {
  return Napi::Number::New(env, static_cast<double>(*count));
}

Napi::Value admit_keys_promise(Napi::Env env, store_handle store, Napi::Value request) {
  return promise_of_caller<int64_t>(env, store, request, ss_admit_keys, make_count);
}

Napi::Value make_anchor_promise(Napi::Env env, store_handle store, Napi::Value request) {
  return promise_of_caller<ss_anchor>(env, store, request, ss_make_anchor, make_ss_anchor,
                                      ss_anchor_clear);
}

Napi::Value note_restored_promise(Napi::Env env, store_handle store, Napi::Value request) {
  auto held = std::make_shared<request_memory>();
  const ss_caller *caller =
      read_caller(read_arguments(request, 1).Get(0u), held->caller, held->kept);
  promised_call call;
  call.run = [=](ss_error *error) { return ss_note_restored(store->get(), caller, error); };
  call.make = [held](Napi::Env in) { return in.Undefined(); };
  return promise(env, std::move(call));
}

Napi::Value reload_keys_promise(Napi::Env env, store_handle store, Napi::Value request) {
  const std::shared_ptr<ss_keyring> keys = read_keyring(read_arguments(request, 1).Get(0u));
  promised_call call;
  call.run = [=](ss_error *error) { return ss_reload_keys(store->get(), keys.get(), error); };
  call.make = [](Napi::Env in) { return in.Undefined(); };
  return promise(env, std::move(call));
}

/* ---- Policies -------------------------------------------------------------------------------- */

Napi::Value policy_reload_promise(Napi::Env env, store_handle store, Napi::Value request) {
  auto held = std::make_shared<request_memory>();
  const ss_policy_source source =
      read_policy_source(read_arguments(request, 1).Get(0u), held->kept);
  promised_call call;
  call.run = [store, held, source](ss_error *error) {
    return ss_policy_reload(store->get(), &source, error);
  };
  call.make = [](Napi::Env in) { return in.Undefined(); };
  return promise(env, std::move(call));
}

Napi::Value get_policy_hash_promise(Napi::Env env, store_handle store, Napi::Value) {
  auto hash = std::make_shared<std::array<char, SS_POLICY_HASH_CAPACITY>>();
  promised_call call;
  call.run = [store, hash](ss_error *error) {
    return ss_get_policy_hash(store->get(), hash->data(), error);
  };
  call.make = [hash](Napi::Env in) {
    return make_optional_text(in, (*hash)[0] == '\0' ? nullptr : hash->data());
  };
  return promise(env, std::move(call));
}

namespace {

/* A refusal whose texts are its own. */
struct kept_refusal {
  explicit kept_refusal(const ss_policy_refusal &from) : refusal(from) {
    refusal.namespace_name = keep(from.namespace_name);
    refusal.name = keep(from.name);
    refusal.operation = keep(from.operation);
    refusal.actor = keep(from.actor);
    refusal.message = keep(from.message);
  }
  const char *keep(const char *text) {
    if (text == nullptr) return nullptr;
    texts.emplace_back(text);
    return texts.back().c_str();
  }
  std::deque<std::string> texts;
  ss_policy_refusal refusal;
};

using kept_refusals = std::deque<kept_refusal>;

bool keep_refusal(void *context, const ss_policy_refusal *refusal) {
  static_cast<kept_refusals *>(context)->emplace_back(*refusal);
  return true;
}

} // namespace

Napi::Value policy_try_promise(Napi::Env env, store_handle store, Napi::Value request) {
  auto held = std::make_shared<request_memory>();
  const ss_policy_source source =
      read_policy_source(read_arguments(request, 1).Get(0u), held->kept);
  auto trial = std::make_shared<ss_policy_trial>();
  auto refusals = std::make_shared<kept_refusals>();
  promised_call call;
  call.run = [=](ss_error *error) {
    return ss_policy_try(store->get(), &source, keep_refusal, refusals.get(), trial.get(), error);
  };
  call.make = [held, trial, refusals](Napi::Env in) -> Napi::Value {
    Napi::Array list = Napi::Array::New(in, refusals->size());
    for (size_t i = 0; i < refusals->size(); i++) {
      list.Set(static_cast<uint32_t>(i), make_ss_policy_refusal(in, &(*refusals)[i].refusal));
    }
    Napi::Array both = Napi::Array::New(in, 2);
    both.Set(0u, make_ss_policy_trial(in, trial.get()));
    both.Set(1u, list);
    return both;
  };
  return promise(env, std::move(call));
}

Napi::Value close_promise(Napi::Env env, store_handle store, Napi::Value) {
  promised_call call;
  call.run = [store](ss_error *) {
    ss_store_close(store->get());
    return SS_OK;
  };
  call.make = [](Napi::Env in) { return in.Undefined(); };
  return promise(env, std::move(call));
}

} // namespace node
