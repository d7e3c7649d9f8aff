/* A thread-safe function delivers in order. Node frees it when a worker is terminated, whoever
 * still uses it: hence the lock, under which it is called, and taken away. */
#include "callbacks.h"

#include <chrono>

#include "values.h"

namespace node {

namespace {

enum { UNDELIVERED_MAX = 16 }; /* beyond it writers wait, and progress is left out */

} // namespace

struct callback::message {
  bool is_text = false;
  int64_t done = 0;
  int64_t total = 0;
  std::string text;
};

callback::callback(Napi::Env env, Napi::Value function, Napi::Value flag, const char *label)
    : env_(env), environment_(environment::of(env)) {
  if (function.IsFunction()) {
    function_ = Napi::Persistent(function.As<Napi::Function>());
    has_function_ = true;
  } else if (!function.IsNull() && !function.IsUndefined()) {
    refuse_type(env, label, "a function", function);
  }
  if (flag.IsTypedArray()) {
    flag_ = reinterpret_cast<const std::atomic<int32_t> *>(flag.As<Napi::Int32Array>().Data());
    flag_reference_ = Napi::Persistent(flag);
  }
}

callback::~callback() = default;

bool callback::go_to_other_thread(void (*delivered)(napi_env, void *), void *data) {
  if (!has_function_) return false;
  delivered_ = delivered;
  delivered_data_ = data;
  const Napi::String name = Napi::String::New(env_, "secretstore callback");
  if (napi_create_threadsafe_function(env_, function_.Value(), nullptr, name, 0, 1, this, finalize,
                                      this, deliver, &thread_safe_) != napi_ok) {
    throw Napi::Error::New(env_);
  }
  return true;
}

void callback::finalize(napi_env env, void *data, void *) {
  auto *self = static_cast<callback *>(data);
  {
    const std::lock_guard<std::mutex> guard(self->lock_);
    self->thread_safe_ = nullptr;
    self->is_closed_ = true;
  }
  self->room_.notify_all();
  self->delivered_(env, self->delivered_data_);
}

void callback::end_of_calls() {
  const std::lock_guard<std::mutex> guard(lock_);
  if (thread_safe_ != nullptr) {
    (void)napi_release_threadsafe_function(thread_safe_, napi_tsfn_release);
  }
  thread_safe_ = nullptr;
}

bool callback::is_stopped() const {
  return thrown_ || refused_ || environment_->is_over() ||
         (flag_ != nullptr && flag_->load(std::memory_order_relaxed) != 0);
}

/* In a box, as a primitive may have been thrown, and references are to objects. A worker that is
 * being terminated fails every call, also those that keep an error. */
void callback::keep_thrown(const Napi::Error &error) {
  try {
    if (!thrown_) {
      Napi::Array box = Napi::Array::New(env_, 1);
      box.Set(0u, error.Value());
      error_ = Napi::Persistent(box);
    }
  } catch (const Napi::Error &) {
    error_.Reset();
  }
  thrown_ = true;
}

napi_value callback::thrown() {
  if (!thrown_ || error_.IsEmpty()) return nullptr;
  return static_cast<napi_value>(error_.Value().Get(0u));
}

bool callback::call_with(const std::vector<napi_value> &arguments) {
  if (!has_function_ || is_stopped()) return !is_stopped();
  try {
    const Napi::Value answer = function_.Call(arguments);
    if (answer.IsBoolean() && !answer.As<Napi::Boolean>().Value()) refused_ = true;
  } catch (const Napi::Error &error) {
    keep_thrown(error);
  }
  return !is_stopped();
}

void callback::run(Napi::Env env, const message &what) {
  try {
    const Napi::HandleScope scope(env);
    if (what.is_text) {
      (void)call_with({Napi::Buffer<char>::Copy(env, what.text.data(), what.text.size())});
    } else {
      (void)call_with({Napi::Number::New(env, static_cast<double>(what.done)),
                       Napi::Number::New(env, static_cast<double>(what.total))});
    }
  } catch (const Napi::Error &error) {
    keep_thrown(error);
  }
}

void callback::deliver(napi_env env, napi_value, void *context, void *data) {
  const std::unique_ptr<message> what(static_cast<message *>(data));
  auto *self = static_cast<callback *>(context);
  {
    const std::lock_guard<std::mutex> guard(self->lock_);
    self->undelivered_--;
  }
  self->room_.notify_one();
  if (env != nullptr && !self->thrown_) self->run(env, *what);
}

/* Looks up now and then: nobody tells when JavaScript has ended. */
void callback::await_room(std::unique_lock<std::mutex> &guard) {
  const auto may_go_on = [this] {
    return undelivered_ < UNDELIVERED_MAX || is_closed_ || environment_->is_over();
  };
  const std::chrono::milliseconds pause(SS_INTERRUPT_INTERVAL_MS);
  while (!room_.wait_for(guard, pause, may_go_on)) continue;
}

bool callback::call(std::unique_ptr<message> what, bool waits) {
  if (is_stopped()) return false;
  if (!has_function_) return true;
  if (delivered_ == nullptr) { /* on JavaScript's thread */
    run(env_, *what);
    return !is_stopped();
  }
  std::unique_lock<std::mutex> guard(lock_);
  if (waits) {
    await_room(guard);
  } else if (undelivered_ >= UNDELIVERED_MAX) {
    return true;
  }
  if (is_closed_ || environment_->is_over()) return false;
  if (napi_call_threadsafe_function(thread_safe_, what.get(), napi_tsfn_nonblocking) != napi_ok) {
    return false;
  }
  (void)what.release();
  undelivered_++;
  return true;
}

bool callback::progress(int64_t done, int64_t total) {
  auto what = std::make_unique<message>();
  what->done = done;
  what->total = total;
  return call(std::move(what), false);
}

bool callback::write(const char *text, size_t length) {
  auto what = std::make_unique<message>();
  what->is_text = true;
  what->text.assign(text, length);
  return call(std::move(what), true);
}

void callback::rethrow(Napi::Env env) {
  const napi_value error = thrown();
  if (error != nullptr) throw Napi::Error(env, error);
}

bool on_progress(void *context, int64_t done, int64_t total) {
  return static_cast<callback *>(context)->progress(done, total);
}

bool on_write(void *context, const char *text, size_t length) {
  return static_cast<callback *>(context)->write(text, length);
}

} // namespace node
