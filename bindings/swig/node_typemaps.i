/* How the C types of secretstore.i cross into JavaScript and back, by type. The work is done in
 * ../node/native; here stands only which of its functions is called when. What is read throws C++
 * exceptions, which leave the wrapper as JavaScript's; all that must be freed frees itself. */

%{
#include "policy_callbacks.h"
#include "promises.h"
#include "records_node.h"
%}

/* ---- Statuses and errors -------------------------------------------------------------------- */

/* The error is the last argument: by then a callback's own exception has been thrown, which comes
 * first. */
%typemap(in, numinputs=0) ss_error *error (ss_error error) {
  error = ss_error{};
  $1 = &error;
}
%typemap(out, noblock=1) ss_status {
  $result = env.Undefined();
}
%typemap(argout) ss_error *error {
  if (result != SS_OK) throw node::make_error(env, *$1); /* result: the status, in SWIG's wrapper */
}

%typemap(argout) (ss_import_report *result, ss_error *error) {
  Napi::Value report = node::make_ss_import_report(env, $1);
  if (result != SS_OK) {
    Napi::Error refused = node::make_error(env, *$2);
    refused.Set("report", report);
    throw refused;
  }
  $result = report;
}
%typemap(in, numinputs=0) (ss_import_report *result, ss_error *error)
                          (node::owned_result<ss_import_report> owned, ss_error error) {
  owned.clear = ss_import_report_clear;
  error = ss_error{};
  $1 = &owned.record;
  $2 = &error;
}

/* ---- Single values -------------------------------------------------------------------------- */

%typemap(in) int64_t { $1 = node::read_integer($input, "$1_name"); }
%typemap(in) const char * (node::texts kept) {
  $1 = const_cast<char *>(node::read_text($input, "$1_name", kept));
}
%typemap(freearg) const char * ""
%typemap(in) ss_log_level, ss_operation, ss_status, ss_event_type, ss_key_state,
             ss_verdict {
  $1 = static_cast<$1_ltype>(node::read_integer($input, "$1_name"));
}
%typemap(out) const char * { $result = Napi::String::New(env, $1); }

%typemap(in, numinputs=0) bool *result (bool answer) {
  answer = false;
  $1 = &answer;
}
%typemap(argout) bool *result { $result = Napi::Boolean::New(env, *$1); }

%typemap(in, numinputs=0) int64_t *result (int64_t count) {
  count = 0;
  $1 = &count;
}
%typemap(argout) int64_t *result {
  $result = Napi::Number::New(env, static_cast<double>(*$1));
}

%typemap(in, numinputs=0) char key[SS_KEY_TEXT_CAPACITY] (node::secret_bytes text) {
  text = node::secret_bytes(SS_KEY_TEXT_CAPACITY);
  $1 = text.data();
}
%typemap(argout) char key[SS_KEY_TEXT_CAPACITY] { $result = Napi::String::New(env, $1); }
%typemap(freearg) char key[SS_KEY_TEXT_CAPACITY] ""

%typemap(in, numinputs=0) char hash[SS_POLICY_HASH_CAPACITY] (char text[SS_POLICY_HASH_CAPACITY]) {
  text[0] = '\0';
  $1 = text;
}
%typemap(argout) char hash[SS_POLICY_HASH_CAPACITY] {
  $result = node::make_optional_text(env, $1[0] == '\0' ? nullptr : $1);
}
%typemap(freearg) char hash[SS_POLICY_HASH_CAPACITY] ""

%typemap(in, numinputs=0) ss_text *result (node::owned_result<ss_text> text) {
  text.clear = ss_text_clear;
  $1 = &text.record;
}
%typemap(argout) ss_text *result {
  $result = node::make_optional_text(env, $1->text);
}

%typemap(in) const ss_policy_source * (node::texts kept, ss_policy_source source) {
  source = node::read_policy_source($input, kept);
  $1 = &source;
}
%typemap(in) const ss_caller *caller (node::texts kept, ss_caller caller) {
  caller = ss_caller{};
  $1 = const_cast<ss_caller *>(node::read_caller($input, caller, kept));
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

%define %host_callback(TYPE, NAME, FUNCTION)
%typemap(in) (TYPE NAME, void *context) (std::unique_ptr<node::callback> called) {
  called = node::read_callback($input, "NAME");
  $1 = called == nullptr ? nullptr : FUNCTION;
  $2 = called.get();
}
%typemap(argout) (TYPE NAME, void *context) {
  if (called$argnum != nullptr) called$argnum->rethrow(env);
}
%enddef
%host_callback(ss_progress_callback, progress, node::on_progress)
%host_callback(ss_policy_case_callback, callback, node::on_policy_case)
%host_callback(ss_policy_refusal_callback, callback, node::on_policy_refusal)

/* ---- Handles -------------------------------------------------------------------------------- */

%typemap(in) ss_store * (node::store_handle held) {
  held = node::read_store($input);
  $1 = held->get();
}
%typemap(in) ss_options * { $1 = node::read_options($input); }
%typemap(in) ss_keyring * (std::shared_ptr<ss_keyring> held) {
  held = node::read_keyring($input);
  $1 = held.get();
}
%typemap(in, numinputs=0) ss_options **options (ss_options *made) {
  made = nullptr;
  $1 = &made;
}
%typemap(argout) ss_options **options {
  if (*$1 != nullptr) $result = node::make_options(env, *$1);
}
%typemap(in, numinputs=0) ss_keyring **keyring (ss_keyring *made) {
  made = nullptr;
  $1 = &made;
}
%typemap(argout) ss_keyring **keyring {
  if (*$1 != nullptr) $result = node::make_keyring(env, *$1);
}

/* ---- Records -------------------------------------------------------------------------------- */

%define %request(TYPE)
%typemap(in) const TYPE *request (std::unique_ptr<node::held_request<TYPE>> held) {
  held = node::read_held<TYPE>($input);
  $1 = &held->request;
}
%typemap(argout) const TYPE *request {
  if (held$argnum->called != nullptr) held$argnum->called->rethrow(env);
}
%enddef

%define %plain_result(TYPE)
%typemap(in, numinputs=0) TYPE *result (node::owned_result<TYPE> owned) {
  $1 = &owned.record;
}
%typemap(argout) TYPE *result { $result = node::make_##TYPE(env, $1); }
%enddef

%define %owned_result(TYPE)
%plain_result(TYPE)
%typemap(in, numinputs=0) TYPE *result (node::owned_result<TYPE> owned) {
  owned.clear = TYPE##_clear;
  $1 = &owned.record;
}
%enddef

%typemap(in) (const ss_put_request *requests, size_t count, ss_put_result *results)
             (std::unique_ptr<node::put_batch> batch) {
  batch = node::read_put_batch($input);
  $1 = batch->requests.data();
  $2 = batch->requests.size();
  $3 = batch->results.data();
}
%typemap(argout) (const ss_put_request *requests, size_t count, ss_put_result *results) {
  $result = node::make_put_results(env, batch$argnum->results);
}

/* ---- JavaScript's own ------------------------------------------------------------------------ */

%typemap(in, numinputs=0) napi_env env { $1 = env; }
%typemap(in) Napi::Value { $1 = $input; }
%typemap(out) Napi::Value { $result = $1; }
%typemap(in) node::store_handle { $1 = node::read_store($input); }

%rename(store_open) node::store_open;
%rename(store_set_now) node::store_set_now;
%rename(record_fields) node::record_fields;
%rename(spellings) node::spellings;
%rename(constants) node::constants;
namespace node {
Napi::Value store_open(napi_env env, ss_options *options, ss_log_level level, Napi::Value log,
                       Napi::Value now);
void store_set_now(node::store_handle store, Napi::Value now);
Napi::Value record_fields(napi_env env);
Napi::Value spellings(napi_env env);
Napi::Value constants(napi_env env);
}

/* The operations once more, as promises: operations_node.h. */
%{
#include "operations_node.h"
%}
%include "operations.h"
%define %promised(NAME)
%rename(NAME##_promise) node::NAME##_promise;
namespace node {
Napi::Value NAME##_promise(napi_env env, node::store_handle store, Napi::Value request);
}
%enddef
#define PROMISED_ASKED(NAME, REQUEST, RESULT, KIND) %promised(NAME)
#define PROMISED_TOLD(NAME, RESULT, KIND) %promised(NAME)
#define PROMISED_OTHER(NAME) %promised(NAME)
SS_OPERATIONS(PROMISED_ASKED, PROMISED_TOLD, PROMISED_OTHER)
%promised(close)
