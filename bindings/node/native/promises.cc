/* Plain Node-API here, whose failures are ignored: when a worker is terminated, nobody waits for
 * the promise, and nothing may be thrown. */
#include "promises.h"

namespace node {

namespace {

class async_call {
 public:
  async_call(Napi::Env env, promised_call call) : call_(std::move(call)) {
    if (napi_create_promise(env, &deferred_, &promise_) != napi_ok) throw Napi::Error::New(env);
  }

  /* Frees itself in the end. */
  static Napi::Value start(Napi::Env env, std::unique_ptr<async_call> self) {
    const Napi::Value promise(env, self->promise_);
    const Napi::String name = Napi::String::New(env, "secretstore");
    if (napi_create_async_work(env, nullptr, name, execute, complete, self.get(), &self->work_) !=
        napi_ok) {
      throw Napi::Error::New(env);
    }
    if (self->call_.called != nullptr &&
        self->call_.called->go_to_other_thread(one_has_ended, self.get())) {
      self->still_running_ = 2; /* the work, and the deliveries */
    }
    async_call *running = self.release();
    if (napi_queue_async_work(env, running->work_) != napi_ok)
      complete(env, napi_cancelled, running);
    return promise;
  }

 private:
  static void execute(napi_env, void *data) {
    auto *self = static_cast<async_call *>(data);
    self->status_ = self->call_.run(&self->error_);
  }

  static void complete(napi_env env, napi_status status, void *data) {
    auto *self = static_cast<async_call *>(data);
    (void)napi_delete_async_work(env, self->work_);
    self->is_cancelled_ = status != napi_ok;
    if (self->call_.called != nullptr) self->call_.called->end_of_calls();
    one_has_ended(env, self);
  }

  static void one_has_ended(napi_env env, void *data) {
    auto *self = static_cast<async_call *>(data);
    if (--self->still_running_ > 0) return;
    if (env != nullptr && !self->is_cancelled_) self->settle_in(env);
    delete self;
  }

  void settle_in(napi_env env) {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return;
    try {
      settle_or_throw(env);
    } catch (const Napi::Error &) {
      /* JavaScript is ending */
    }
    (void)napi_close_handle_scope(env, scope);
  }

  void settle_or_throw(napi_env env) {
    napi_value thrown = call_.called == nullptr ? nullptr : call_.called->thrown();
    napi_value made = nullptr;
    if (thrown == nullptr) {
      try {
        if (status_ == SS_OK) {
          made = call_.make(env);
        } else {
          thrown = make_rejection(env);
        }
      } catch (const Napi::Error &error) {
        thrown = error.Value();
      }
    }
    if (thrown != nullptr) {
      (void)napi_reject_deferred(env, deferred_, thrown);
    } else {
      (void)napi_resolve_deferred(env, deferred_, made);
    }
  }

  napi_value make_rejection(Napi::Env env) {
    Napi::Error error = make_error(env, error_);
    if (call_.report) error.Set("report", call_.report(env));
    return error.Value();
  }

  promised_call call_;
  napi_deferred deferred_ = nullptr;
  napi_value promise_ = nullptr;
  napi_async_work work_ = nullptr;
  int still_running_ = 1; /* changed on JavaScript's thread only */
  ss_status status_ = SS_OK;
  ss_error error_{};
  bool is_cancelled_ = false;
};

} // namespace

Napi::Value promise(Napi::Env env, promised_call call) {
  return async_call::start(env, std::make_unique<async_call>(env, std::move(call)));
}

} // namespace node
