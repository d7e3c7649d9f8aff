/* Calls that run on libuv's pool of threads, and the promises that they settle. */
#ifndef NODE_PROMISES_H
#define NODE_PROMISES_H

#include <napi.h>

#include <functional>
#include <memory>

#include "callbacks.h"
#include "handles.h"
#include "records_node.h"

namespace node {

/* One call: what it does elsewhere, and what it makes of the result on JavaScript's thread. All it
 * refers to is kept in these two. called may be null, and is kept in them too. */
struct promised_call {
  std::function<ss_status(ss_error *)> run;
  std::function<Napi::Value(Napi::Env)> make;
  std::function<Napi::Value(Napi::Env)> report; /* or none: a property of the error */
  callback *called = nullptr;
};

Napi::Value promise(Napi::Env env, promised_call call);

/* What most of the library's functions look like. */
template <class Request, class Result>
Napi::Value promise_of(Napi::Env env, store_handle store, Napi::Value value,
                       ss_status (*function)(ss_store *, const Request *, Result *, ss_error *),
                       Napi::Value (*make)(Napi::Env, const Result *),
                       void (*clear)(Result *) = nullptr) {
  std::shared_ptr<held_request<Request>> held = read_held<Request>(value);
  auto result = std::make_shared<owned_result<Result>>(clear);
  promised_call call;
  call.called = held->called.get();
  call.run = [store, held, result, function](ss_error *error) {
    return function(store->get(), &held->request, &result->record, error);
  };
  call.make = [held, result, make](Napi::Env in) { return make(in, &result->record); };
  return promise(env, std::move(call));
}

/* Functions of a store and nothing else. */
template <class Result>
Napi::Value promise_of_store(Napi::Env env, store_handle store,
                             ss_status (*function)(ss_store *, Result *, ss_error *),
                             Napi::Value (*make)(Napi::Env, const Result *),
                             void (*clear)(Result *) = nullptr) {
  auto result = std::make_shared<owned_result<Result>>(clear);
  promised_call call;
  call.run = [store, result, function](ss_error *error) {
    return function(store->get(), &result->record, error);
  };
  call.make = [result, make](Napi::Env in) { return make(in, &result->record); };
  return promise(env, std::move(call));
}

} // namespace node

#endif
