/* The records of ../../swig/records.h between JavaScript arrays and C structs. */
#ifndef NODE_RECORDS_H
#define NODE_RECORDS_H

#include <napi.h>

#include <memory>
#include <vector>

#include "callbacks.h"
#include "handles.h"
#include "records.h"
#include "values.h"

namespace node {

/* What a request refers to while its call runs. */
struct request_memory {
  texts kept;
  ss_caller caller{};
  std::shared_ptr<ss_keyring> keyring;
  std::unique_ptr<callback> called;
};

/* A request that owns all it refers to, so that it can go to another thread. */
template <class Request>
struct held_request : request_memory {
  Request request;
};

#define DECLARE_REQUEST(type, FIELDS) \
  void read_request(Napi::Value value, type &request, request_memory &memory);
SS_REQUESTS(DECLARE_REQUEST)
#undef DECLARE_REQUEST

template <class Request>
std::unique_ptr<held_request<Request>> read_held(Napi::Value value) {
  auto held = std::make_unique<held_request<Request>>();
  read_request(value, held->request, *held);
  return held;
}

/* New arrays. (ss_get_text_result is the same struct as ss_get_result: its maker has a name.) */
#define DECLARE_RESULT(type, FIELDS) Napi::Value make_##type(Napi::Env env, const type *result);
SS_RESULTS(DECLARE_RESULT)
#undef DECLARE_RESULT

/* An object from the name of each record to the names of its fields. */
Napi::Value record_fields(Napi::Env env);

/* An object from the names of records' fields as C and Python spell them to JavaScript's. */
Napi::Value spellings(Napi::Env env);

/* An object from the name of each group of constants.h to an object of numbers by name. */
Napi::Value constants(Napi::Env env);

/* A result that clears itself, once it knows how. */
template <class Result>
struct owned_result {
  using clear_function = void (*)(Result *);
  explicit owned_result(clear_function clear_with = nullptr) : clear(clear_with) {}
  owned_result(const owned_result &) = delete;
  owned_result &operator=(const owned_result &) = delete;
  ~owned_result() {
    if (clear != nullptr) clear(&record);
  }
  Result record{};
  clear_function clear;
};

/* A list of put requests. */
struct put_batch {
  std::vector<std::unique_ptr<held_request<ss_put_request>>> held;
  std::vector<ss_put_request> requests;
  std::vector<ss_put_result> results;
};
std::unique_ptr<put_batch> read_put_batch(Napi::Value value);
Napi::Value make_put_results(Napi::Env env, const std::vector<ss_put_result> &results);

/* The field of a request that stands for a function and a flag: a pair, or null. */
std::unique_ptr<callback> read_callback(Napi::Value value, const char *label);

} // namespace node

#endif
