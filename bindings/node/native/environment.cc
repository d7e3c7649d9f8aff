/* See the header. */
#include "environment.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <unordered_map>

namespace node {

namespace {

std::mutex lock;
std::atomic<bool> process_has_ended{false};

/* Never destroyed: threads may outlive this module's own data. */
std::unordered_map<napi_env, std::shared_ptr<environment>> &environments() {
  static auto *all = new std::unordered_map<napi_env, std::shared_ptr<environment>>;
  return *all;
}

bool is_main_thread() { return syscall(SYS_gettid) == getpid(); }

} // namespace

std::shared_ptr<environment> environment::of(Napi::Env env) {
  {
    const std::lock_guard<std::mutex> guard(lock);
    const auto known = environments().find(env);
    if (known != environments().end()) return known->second;
  }
  auto made = std::make_shared<environment>();
  made->listen(env);
  if (napi_add_env_cleanup_hook(env, forget, static_cast<napi_env>(env)) != napi_ok) {
    throw Napi::Error::New(env);
  }
  const std::lock_guard<std::mutex> guard(lock);
  environments().emplace(env, made);
  return made;
}

/* The first of the listeners, since one that throws is the last to be called. */
void environment::listen(Napi::Env env) {
  const Napi::Object process = env.Global().Get("process").As<Napi::Object>();
  const auto told = [](const Napi::CallbackInfo &info) {
    static_cast<environment *>(info.Data())->end();
  };
  const Napi::Function listener = Napi::Function::New(env, told, "secretstoreExit", this);
  (void)process.Get("prependListener")
      .As<Napi::Function>()
      .Call(process, {Napi::String::New(env, "exit"), listener});
}

void environment::forget(void *env) {
  const std::lock_guard<std::mutex> guard(lock);
  environments().erase(static_cast<napi_env>(env));
}

void environment::end() {
  has_ended_ = true;
  if (is_main_thread()) process_has_ended = true;
}

bool environment::is_over() const {
  if (has_ended_ && std::this_thread::get_id() != thread_) return true;
  return process_has_ended && !is_main_thread();
}

} // namespace node
