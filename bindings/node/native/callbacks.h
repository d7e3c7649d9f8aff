/* JavaScript functions that the library calls back during one call of it: directly where the call
 * runs on JavaScript's thread, by a thread-safe function where it runs on another. What they throw
 * stops the call where it can be stopped, and is thrown from it. */
#ifndef NODE_CALLBACKS_H
#define NODE_CALLBACKS_H

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "environment.h"
#include "secretstore/secretstore.h"

namespace node {

class callback {
 public:
  /* function may be null. flag may be null, or an Int32Array of one element: once it is not 0, the
   * call stops at its next step. */
  callback(Napi::Env env, Napi::Value function, Napi::Value flag, const char *label);
  callback(const callback &) = delete;
  callback &operator=(const callback &) = delete;
  ~callback();

  /* From now on the library calls from another thread. delivered(data) is called on JavaScript's
   * thread, once, when nothing is to be delivered any more: after end_of_calls, or when JavaScript
   * ends. Returns false, and calls nothing, if there is no function. */
  bool go_to_other_thread(void (*delivered)(napi_env env, void *data), void *data);
  /* The other thread has done. On JavaScript's thread. */
  void end_of_calls();

  /* Whether to go on. A direct function's false stops; another thread cannot wait for it. */
  bool progress(int64_t done, int64_t total);
  bool write(const char *text, size_t length);
  /* On JavaScript's thread only. */
  bool call_with(const std::vector<napi_value> &arguments);
  Napi::Env env() const { return env_; }

  /* Throws what the function threw, if it did. */
  void rethrow(Napi::Env env);
  /* The same for whoever must not throw: null if it did not. */
  napi_value thrown();

 private:
  struct message;
  static void deliver(napi_env env, napi_value function, void *context, void *data);
  static void finalize(napi_env env, void *data, void *context);
  bool is_stopped() const;
  void await_room(std::unique_lock<std::mutex> &guard);
  bool call(std::unique_ptr<message> what, bool waits);
  void run(Napi::Env env, const message &what);
  void keep_thrown(const Napi::Error &error);

  Napi::Env env_;
  std::shared_ptr<environment> environment_;
  Napi::FunctionReference function_;
  Napi::Reference<Napi::Value> flag_reference_;
  const std::atomic<int32_t> *flag_ = nullptr;
  bool has_function_ = false;

  std::mutex lock_; /* of the four below */
  std::condition_variable room_;
  napi_threadsafe_function thread_safe_ = nullptr;
  bool is_closed_ = false; /* JavaScript has taken thread_safe_ back */
  int undelivered_ = 0;

  void (*delivered_)(napi_env env, void *data) = nullptr;
  void *delivered_data_ = nullptr;
  std::atomic<bool> thrown_{false};
  std::atomic<bool> refused_{false};
  Napi::Reference<Napi::Array> error_;
};

/* For the library; context is a callback. */
bool on_progress(void *context, int64_t done, int64_t total);
bool on_write(void *context, const char *text, size_t length);

} // namespace node

#endif
