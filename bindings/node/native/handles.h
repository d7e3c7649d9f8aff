/* Options, keyrings and stores as JavaScript externals with type tags. */
#ifndef NODE_HANDLES_H
#define NODE_HANDLES_H

#include <napi.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "environment.h"
#include "secretstore/secretstore.h"

namespace node {

/* What the library's callbacks refer to: it lives until the library says that none of them will be
 * called any more, which may be after the store was freed. Owned from JavaScript's side too, which
 * may end before the store does, or the store before JavaScript has let go of its function. */
struct host_side {
  std::mutex lock;
  napi_threadsafe_function log = nullptr; /* null if there is none, or once either side is gone */
  std::atomic<int64_t> now_ms{0};
  std::shared_ptr<environment> home;
};

/* An open store with what must live as long. Shared by its handle and by the calls that run; the
 * last of them closes it. Those that are open when the process exits are closed then. */
class open_store {
 public:
  explicit open_store(Napi::Env env, Napi::Value log);
  ~open_store();
  open_store(const open_store &) = delete;
  open_store &operator=(const open_store &) = delete;

  ss_status open(ss_options *options, ss_log_level level, bool has_clock, ss_error *error);
  ss_store *get() const { return store_; }
  void set_now(int64_t now_ms) { host_->now_ms = now_ms; }

 private:
  ss_store *store_ = nullptr;
  std::shared_ptr<host_side> host_;
};

using store_handle = std::shared_ptr<open_store>;

store_handle read_store(Napi::Value value);
ss_options *read_options(Napi::Value value);
/* Kept by those who use it. null and undefined are null. */
std::shared_ptr<ss_keyring> read_keyring(Napi::Value value);

Napi::Value make_options(Napi::Env env, ss_options *options);
Napi::Value make_keyring(Napi::Env env, ss_keyring *keyring);

/* Opens a store whose log goes to log(level, message) (null: nowhere), which is called on
 * JavaScript's thread, later. With a clock of its own, the store takes the time that store_set_now
 * was given last: JavaScript cannot be asked while it waits for the store. */
Napi::Value store_open(Napi::Env env, ss_options *options, ss_log_level level, Napi::Value log,
                       Napi::Value now);
void store_set_now(store_handle store, Napi::Value now);

} // namespace node

#endif
