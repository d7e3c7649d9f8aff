/* How an environment of JavaScript (the main thread, or a worker) ends, as calls on other threads
 * see it. A process that exits joins its pool of threads before anything else is told: a call there
 * that waits for JavaScript, which will not run again, or that works long, would keep it. So each
 * environment listens to its process's "exit" event. */
#ifndef NODE_ENVIRONMENT_H
#define NODE_ENVIRONMENT_H

#include <napi.h>

#include <atomic>
#include <memory>
#include <thread>

namespace node {

class environment {
 public:
  /* That of the caller, which listens from its first use on. On JavaScript's thread. */
  static std::shared_ptr<environment> of(Napi::Env env);
  environment() = default;
  environment(const environment &) = delete;
  environment &operator=(const environment &) = delete;

  /* Whether a call on this thread is to give up: JavaScript, or the process, has said that it
   * exits. Never on the thread that said so, whose handlers of the event may still use stores. */
  bool is_over() const;

 private:
  static void forget(void *env);
  void listen(Napi::Env env);
  void end();

  const std::thread::id thread_ = std::this_thread::get_id();
  std::atomic<bool> has_ended_{false};
};

} // namespace node

#endif
