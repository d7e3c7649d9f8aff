/* See the header. */
#include "handles.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "values.h"

namespace node {

namespace {

/* Random, so that no other addon's externals pass for ours. */
constexpr napi_type_tag STORE_TAG = {0x5e6c1a0f94d24b73, 0x9b1f2c7de0a84c51};
constexpr napi_type_tag OPTIONS_TAG = {0x1fd3a9b87c604e22, 0xa3c95b0e7d184f66};
constexpr napi_type_tag KEYRING_TAG = {0x84a7e2c15b9d4f08, 0xb60d1e93f72a4c3d};

template <class T>
Napi::Value make_handle(Napi::Env env, std::shared_ptr<T> handle, const napi_type_tag &tag) {
  auto *kept = new std::shared_ptr<T>(std::move(handle));
  Napi::Value external = Napi::External<std::shared_ptr<T>>::New(
      env, kept, [](Napi::Env, std::shared_ptr<T> *freed) { delete freed; });
  if (napi_type_tag_object(env, external, &tag) != napi_ok) throw Napi::Error::New(env);
  return external;
}

template <class T>
std::shared_ptr<T> read_handle(Napi::Value value, const napi_type_tag &tag, const char *wanted) {
  bool is_ours = false;
  if (!value.IsExternal() ||
      napi_check_object_type_tag(value.Env(), value, &tag, &is_ours) != napi_ok || !is_ours) {
    refuse_type(value.Env(), "handle", wanted, value);
  }
  return *value.As<Napi::External<std::shared_ptr<T>>>().Data();
}

struct log_line {
  int level;
  std::string message;
};

void deliver_log(napi_env env, napi_value function, void *, void *data) {
  const std::unique_ptr<log_line> line(static_cast<log_line *>(data));
  if (env == nullptr) return;
  try {
    const Napi::HandleScope scope(env);
    try {
      Napi::Function(env, function)
          .Call({Napi::Number::New(env, line->level), Napi::String::New(env, line->message)});
    } catch (const Napi::Error &error) {
      (void)napi_fatal_exception(env, error.Value()); /* as from an event listener */
    }
  } catch (const Napi::Error &) {
    /* JavaScript is ending */
  }
}

} // namespace

/* ---- Stores ---------------------------------------------------------------------------------- */

static void forget_function(napi_env, void *data, void *) {
  const std::unique_ptr<std::shared_ptr<log_target>> target(
      static_cast<std::shared_ptr<log_target> *>(data));
  const std::lock_guard<std::mutex> guard((*target)->lock);
  (*target)->function = nullptr;
}

open_store::open_store(Napi::Env env, Napi::Value log) {
  if (log.IsNull() || log.IsUndefined()) return;
  if (!log.IsFunction()) refuse_type(env, "log", "a function", log);
  const Napi::String name = Napi::String::New(env, "secretstore log");
  log_ = std::make_shared<log_target>();
  auto kept = std::make_unique<std::shared_ptr<log_target>>(log_);
  if (napi_create_threadsafe_function(env, log, nullptr, name, 0, 1, kept.get(), forget_function,
                                      nullptr, deliver_log, &log_->function) != napi_ok) {
    throw Napi::Error::New(env);
  }
  (void)kept.release();
  (void)napi_unref_threadsafe_function(env, log_->function); /* keeps no process alive */
}

open_store::~open_store() {
  ss_store_free(store_);
  if (log_ == nullptr) return;
  const std::lock_guard<std::mutex> guard(log_->lock);
  if (log_->function != nullptr) {
    (void)napi_release_threadsafe_function(log_->function, napi_tsfn_release);
  }
  log_->function = nullptr;
}

ss_status open_store::open(ss_options *options, ss_log_level level, bool has_clock,
                           ss_error *error) {
  ss_status status = SS_OK;
  if (log_ != nullptr) status = ss_options_set_log(options, level, write_log, log_.get(), error);
  if (status == SS_OK && has_clock) {
    status = ss_options_set_clock(options, read_clock, this, error);
  }
  return status == SS_OK ? ss_store_open(options, &store_, error) : status;
}

void open_store::write_log(void *context, ss_log_level level, const char *message) {
  auto *target = static_cast<log_target *>(context);
  const std::lock_guard<std::mutex> guard(target->lock);
  if (target->function == nullptr) return;
  auto line = std::make_unique<log_line>(log_line{level, message});
  const napi_status status =
      napi_call_threadsafe_function(target->function, line.get(), napi_tsfn_nonblocking);
  if (status == napi_ok) (void)line.release();
}

int64_t open_store::read_clock(void *context) {
  return static_cast<open_store *>(context)->now_ms_;
}

/* A clock out of range counts as the nearer end, as in C; what is no number is refused. */
static int64_t read_now(Napi::Value now) {
  if (!now.IsNumber()) refuse_type(now.Env(), "clock", "a number", now);
  const double number = now.As<Napi::Number>().DoubleValue();
  if (std::isnan(number)) refuse(now.Env(), "clock", "expected a number, got NaN");
  return static_cast<int64_t>(std::clamp(number, 0.0, static_cast<double>(SS_MAX_INTEGER)));
}

store_handle read_store(Napi::Value value) {
  return read_handle<open_store>(value, STORE_TAG, "a store");
}

Napi::Value store_open(Napi::Env env, ss_options *options, ss_log_level level, Napi::Value log,
                       Napi::Value now) {
  auto store = std::make_shared<open_store>(env, log);
  const bool has_clock = !now.IsUndefined();
  if (has_clock) store->set_now(read_now(now));
  ss_error error{};
  if (store->open(options, level, has_clock, &error) != SS_OK) throw make_error(env, error);
  return make_handle(env, std::move(store), STORE_TAG);
}

void store_set_now(store_handle store, Napi::Value now) { store->set_now(read_now(now)); }

/* ---- Options and keyrings -------------------------------------------------------------------- */

Napi::Value make_options(Napi::Env env, ss_options *options) {
  return make_handle(env, std::shared_ptr<ss_options>(options, ss_options_free), OPTIONS_TAG);
}

ss_options *read_options(Napi::Value value) {
  return read_handle<ss_options>(value, OPTIONS_TAG, "options").get();
}

Napi::Value make_keyring(Napi::Env env, ss_keyring *keyring) {
  return make_handle(env, std::shared_ptr<ss_keyring>(keyring, ss_keyring_free), KEYRING_TAG);
}

std::shared_ptr<ss_keyring> read_keyring(Napi::Value value) {
  if (value.IsNull() || value.IsUndefined()) return nullptr;
  return read_handle<ss_keyring>(value, KEYRING_TAG, "a keyring");
}

} // namespace node
