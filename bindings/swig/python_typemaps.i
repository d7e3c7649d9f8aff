/* How the C types of secretstore.i cross into Python and back, by type. The work is done in
 * ../python/native; here stands only which of its functions is called when. */

%{
#include "callbacks.h"
#include "policy_callbacks.h"
#include "convert.h"
#include "errors.h"
#include "handles.h"
#include "records_python.h"
%}

/* Every call lets other threads of Python run. */
%exception {
  Py_BEGIN_ALLOW_THREADS
  $action
  Py_END_ALLOW_THREADS
}

/* ---- Statuses and errors -------------------------------------------------------------------- */

%typemap(in, numinputs=0, noblock=1) ss_error *error {
  ss_error call_error = {SS_OK, "", ""};
  $1 = &call_error;
}

/* What a callback raised comes before what the library made of it. */
%typemap(out, noblock=1) ss_status {
  if (PyErr_Occurred()) SWIG_fail;
  if ($1 != SS_OK) {
    python_raise(&call_error);
    SWIG_fail;
  }
  $result = python_none();
}

%typemap(out, noblock=1) void {
  if (PyErr_Occurred()) SWIG_fail;
  $result = python_none();
}

%typemap(out, noblock=1) ss_status ss_import {
  if (PyErr_Occurred()) SWIG_fail;
  if ($1 != SS_OK) {
    python_raise_with_report(&call_error, python_make_ss_import_report(arg3));
    SWIG_fail;
  }
  $result = python_none();
}

/* ---- Single values -------------------------------------------------------------------------- */

%typemap(in) int64_t {
  if (!python_read_integer($input, "$1_name", &$1)) SWIG_fail;
}
%typemap(in) const char * {
  if (!python_read_text($input, "$1_name", (const char **)&$1)) SWIG_fail;
}
%typemap(freearg) const char * "" /* Python owns the text */
%typemap(in) ss_log_level (int64_t code), ss_operation (int64_t code), ss_status (int64_t code),
             ss_event_type (int64_t code), ss_key_state (int64_t code), ss_verdict (int64_t code) {
  if (!python_read_integer($input, "$1_name", &code)) SWIG_fail;
  $1 = ($1_ltype)code;
}
%typemap(out) const char * {
  $result = PyUnicode_FromString($1);
}

%typemap(in, numinputs=0) bool *result (bool answer = false) {
  $1 = &answer;
}
%typemap(argout) bool *result {
  $result = python_replace($result, PyBool_FromLong(*$1));
}

%typemap(in, numinputs=0) int64_t *result (int64_t count = 0) {
  $1 = &count;
}
%typemap(argout) int64_t *result {
  $result = python_replace($result, PyLong_FromLongLong(*$1));
}

%typemap(in, numinputs=0) char key[SS_KEY_TEXT_CAPACITY] (char text[SS_KEY_TEXT_CAPACITY]) {
  $1 = text;
}
%typemap(argout) char key[SS_KEY_TEXT_CAPACITY] {
  $result = python_replace($result, PyUnicode_FromString($1));
}
%typemap(freearg) char key[SS_KEY_TEXT_CAPACITY] {
  ss_wipe($1, SS_KEY_TEXT_CAPACITY);
}

%typemap(in, numinputs=0) char hash[SS_POLICY_HASH_CAPACITY] (char text[SS_POLICY_HASH_CAPACITY]) {
  $1 = text;
}
%typemap(argout) char hash[SS_POLICY_HASH_CAPACITY] {
  $result = python_replace($result, python_make_empty_text($1));
}

%typemap(in, numinputs=0) ss_text *result (ss_text text = {NULL, 0}) {
  $1 = &text;
}
%typemap(argout) ss_text *result {
  $result = python_replace($result, python_make_text($1->text, $1->length));
}
%typemap(freearg) ss_text *result {
  ss_text_clear($1);
}

%typemap(in) const ss_policy_source * (ss_policy_source source) {
  if (!python_read_policy_source($input, &source)) SWIG_fail;
  $1 = &source;
}

%typemap(in) const ss_caller *caller (ss_caller caller) {
  if (!python_read_caller($input, &caller, (const ss_caller **)&$1)) SWIG_fail;
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

%define %host_callback(TYPE, NAME, FUNCTION, LABEL)
%typemap(in) (TYPE NAME, void *context) (python_callback call) {
  if (!python_callback_init(&call, $input, LABEL)) SWIG_fail;
  $1 = call.function == NULL ? NULL : FUNCTION;
  $2 = &call;
}
%enddef
%host_callback(ss_progress_callback, progress, python_progress, "progress")
%host_callback(ss_policy_case_callback, callback, python_policy_case, "callback")
%host_callback(ss_policy_refusal_callback, callback, python_policy_refusal, "on_refusal")

/* ---- Handles -------------------------------------------------------------------------------- */

%typemap(in) ss_store * {
  $1 = python_read_store($input);
  if ($1 == NULL) SWIG_fail;
}
%typemap(in) ss_options * {
  $1 = python_read_options($input);
  if ($1 == NULL) SWIG_fail;
}
%typemap(in) ss_keyring * {
  $1 = python_read_keyring($input);
  if ($1 == NULL) SWIG_fail;
}
%typemap(in, numinputs=0) ss_options **options (ss_options *made = NULL) {
  $1 = &made;
}
%typemap(argout) ss_options **options {
  $result = python_replace($result, python_make_options(*$1));
}
%typemap(in, numinputs=0) ss_keyring **keyring (ss_keyring *made = NULL) {
  $1 = &made;
}
%typemap(argout) ss_keyring **keyring {
  $result = python_replace($result, python_make_keyring(*$1));
}

/* ---- Records -------------------------------------------------------------------------------- */

%define %request(TYPE)
%typemap(in) const TYPE *request (TYPE request, python_call call = PYTHON_CALL_NONE) {
  if (!python_read_##TYPE($input, &request, &call)) SWIG_fail;
  $1 = &request;
}
%typemap(freearg) const TYPE *request {
  python_call_clear(&call$argnum);
}
%enddef

%define %plain_result(TYPE)
%typemap(in, numinputs=0) TYPE *result (TYPE record) {
  $1 = &record;
}
%typemap(argout) TYPE *result {
  $result = python_replace($result, python_make_##TYPE($1));
}
%enddef

%define %owned_result(TYPE)
%plain_result(TYPE)
%typemap(in, numinputs=0) TYPE *result (TYPE record) {
  memset(&record, 0, sizeof record);
  $1 = &record;
}
%typemap(freearg) TYPE *result {
  TYPE##_clear($1);
}
%enddef

%typemap(in) (const ss_put_request *requests, size_t count, ss_put_result *results)
             (python_put_batch batch = PYTHON_PUT_BATCH_NONE) {
  if (!python_read_put_batch($input, &batch)) SWIG_fail;
  $1 = batch.requests;
  $2 = batch.count;
  $3 = batch.results;
}
%typemap(argout) (const ss_put_request *requests, size_t count, ss_put_result *results) {
  $result = python_replace($result, python_make_put_results($3, $2));
}
%typemap(freearg) (const ss_put_request *requests, size_t count, ss_put_result *results) {
  python_put_batch_clear(&batch$argnum);
}

/* ---- Python's own --------------------------------------------------------------------------- */

/* These need the interpreter, and let others run by themselves where it matters. */
%exception python_store_open {
  $action
}
%exception python_record_fields {
  $action
}
%exception python_constants {
  $action
}
%typemap(in) PyObject *log, PyObject *clock {
  $1 = $input;
}
%typemap(in, numinputs=0) PyObject **store (PyObject *made = NULL) {
  $1 = &made;
}
%typemap(argout) PyObject **store {
  $result = python_replace($result, *$1);
}
%typemap(out) PyObject * {
  $result = $1;
}
%rename(store_open) python_store_open;
%rename(record_fields) python_record_fields;
%rename(constants) python_constants;
ss_status python_store_open(ss_options *options, ss_log_level log_level, PyObject *log,
                            PyObject *clock, PyObject **store, ss_error *error);
PyObject *python_record_fields(void);
PyObject *python_constants(void);
