/* See the header. */
#include "handles.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <unordered_set>

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

/* ---- Callbacks of the library --------------------------------------------------------------- */

/* Each is given a host side that is shared: the library's own share of it. */
using shared_host = std::shared_ptr<host_side>;

static host_side &host_of(void *context) { return **static_cast<shared_host *>(context); }

static void write_log(void *context, ss_log_level level, const char *message) {
  host_side &host = host_of(context);
  const std::lock_guard<std::mutex> guard(host.lock);
  if (host.log == nullptr) return;
  auto line = std::make_unique<log_line>(log_line{level, message});
  const napi_status status =
      napi_call_threadsafe_function(host.log, line.get(), napi_tsfn_nonblocking);
  if (status == napi_ok) (void)line.release();
}

static int64_t read_clock(void *context) { return host_of(context).now_ms; }

static bool is_to_give_up(void *context) { return host_of(context).home->is_over(); }

static void let_go(void *context) { delete static_cast<shared_host *>(context); }

/* ---- Stores ---------------------------------------------------------------------------------- */

namespace {

/* The stores of all environments. Never destroyed: it is in use while the process exits. */
struct open_stores {
  std::mutex lock;
  std::unordered_set<ss_store *> all;

  static open_stores &get() {
    static auto *one = new open_stores;
    return *one;
  }

  /* OpenSSL cleans up when the process exits: no background thread may need it any more. It has
   * asked for that when the first store was open, and who asks later is called earlier. */
  void add(ss_store *store) {
    static const int asked = std::atexit([] { get().close(); });
    (void)asked;
    const std::lock_guard<std::mutex> guard(lock);
    all.insert(store);
  }

  void remove(ss_store *store) {
    const std::lock_guard<std::mutex> guard(lock);
    all.erase(store);
  }

  void close() {
    const std::lock_guard<std::mutex> guard(lock);
    for (ss_store *store : all) ss_store_close(store);
  }
};

} // namespace

static void forget_function(napi_env, void *data, void *) {
  const std::unique_ptr<shared_host> host(static_cast<shared_host *>(data));
  const std::lock_guard<std::mutex> guard((*host)->lock);
  (*host)->log = nullptr;
}

open_store::open_store(Napi::Env env, Napi::Value log) : host_(std::make_shared<host_side>()) {
  host_->home = environment::of(env);
  if (log.IsNull() || log.IsUndefined()) return;
  if (!log.IsFunction()) refuse_type(env, "log", "a function", log);
  const Napi::String name = Napi::String::New(env, "secretstore log");
  auto kept = std::make_unique<shared_host>(host_);
  if (napi_create_threadsafe_function(env, log, nullptr, name, 0, 1, kept.get(), forget_function,
                                      nullptr, deliver_log, &host_->log) != napi_ok) {
    throw Napi::Error::New(env);
  }
  (void)kept.release();
  (void)napi_unref_threadsafe_function(env, host_->log); /* keeps no process alive */
}

open_store::~open_store() {
  open_stores::get().remove(store_);
  ss_store_free(store_);
  const std::lock_guard<std::mutex> guard(host_->lock);
  if (host_->log != nullptr) {
    (void)napi_release_threadsafe_function(host_->log, napi_tsfn_release);
  }
  host_->log = nullptr;
}

ss_status open_store::open(ss_options *options, ss_log_level level, bool has_clock,
                           ss_error *error) {
  auto kept = std::make_unique<shared_host>(host_);
  ss_status status = ss_options_set_interrupt(options, is_to_give_up, kept.get(), error);
  if (status == SS_OK) status = ss_options_set_closed(options, let_go, kept.get(), error);
  if (status == SS_OK && host_->log != nullptr) {
    status = ss_options_set_log(options, level, write_log, kept.get(), error);
  }
  if (status == SS_OK && has_clock) {
    status = ss_options_set_clock(options, read_clock, kept.get(), error);
  }
  if (status == SS_OK) status = ss_store_open(options, &store_, error);
  if (status != SS_OK) return status;
  (void)kept.release();
  open_stores::get().add(store_);
  return SS_OK;
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
