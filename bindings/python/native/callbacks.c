/* Each of these is called without the interpreter's lock, and takes it. */
#include "callbacks.h"

#include "errors.h"
#include "records_python.h"

bool python_callback_init(python_callback *callback, PyObject *function, const char *label) {
  callback->function = function == Py_None ? NULL : function;
  callback->label = label;
  callback->has_raised = false;
  return callback->function == NULL || PyCallable_Check(function) ||
         python_refuse_type(label, "a function or None", function);
}

/* A coroutine would have done nothing yet, and nobody waits for it. */
static bool is_done(const python_callback *callback, PyObject *result) {
  return !PyObject_HasAttrString(result, "__await__") ||
         python_refuse_type(callback->label, "a function that is not asynchronous", result);
}

/* Calls with arguments (stolen): a new reference, or NULL where it raised. */
static PyObject *call(python_callback *callback, PyObject *arguments) {
  PyObject *result = arguments == NULL ? NULL : PyObject_CallObject(callback->function, arguments);
  if (result != NULL && !is_done(callback, result)) Py_CLEAR(result);
  callback->has_raised = result == NULL;
  Py_XDECREF(arguments);
  return result;
}

/* Whether to go on, after a call's result (stolen). */
static bool goes_on_after(PyObject *result) {
  const bool goes_on = result != NULL && result != Py_False;
  Py_XDECREF(result);
  return goes_on;
}

/* Raises where the function says, as those of raw files do, that it took less than it was given. */
static bool is_whole(PyObject *result, size_t length) {
  if (result == NULL || !PyLong_Check(result) || PyBool_Check(result)) return true;
  const long long taken = PyLong_AsLongLong(result);
  if (taken == -1 && PyErr_Occurred()) return false;
  if (taken < 0 || (unsigned long long)taken >= length) return true;
  PyErr_Format(PyExc_OSError, "write: expected all %zu bytes to be written, got %lld written",
               length, taken);
  return false;
}

/* The arguments of a call with one, which is stolen. */
static PyObject *with(PyObject *argument) {
  return argument == NULL ? NULL : Py_BuildValue("(N)", argument);
}

bool python_progress(void *context, int64_t done, int64_t total) {
  python_callback *callback = context;
  if (callback->has_raised) return false;
  const PyGILState_STATE state = PyGILState_Ensure();
  bool goes_on = PyErr_CheckSignals() == 0;
  callback->has_raised = !goes_on;
  if (goes_on && callback->function != NULL) {
    PyObject *arguments = Py_BuildValue("(LL)", (long long)done, (long long)total);
    goes_on = goes_on_after(call(callback, arguments));
  }
  PyGILState_Release(state);
  return goes_on;
}

bool python_write(void *context, const char *text, size_t length) {
  python_callback *callback = context;
  if (callback->has_raised) return false;
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *result = call(callback, with(PyBytes_FromStringAndSize(text, (Py_ssize_t)length)));
  callback->has_raised = callback->has_raised || !is_whole(result, length);
  const bool goes_on = goes_on_after(result) && !callback->has_raised;
  PyGILState_Release(state);
  return goes_on;
}

void python_policy_case(void *context, int64_t line, bool passed, const char *message) {
  python_callback *callback = context;
  if (callback->has_raised || callback->function == NULL) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *verdict = passed ? Py_True : Py_False;
  PyObject *arguments = Py_BuildValue("(LOz)", (long long)line, verdict, message);
  (void)goes_on_after(call(callback, arguments));
  PyGILState_Release(state);
}

bool python_policy_refusal(void *context, const ss_policy_refusal *refusal) {
  python_callback *callback = context;
  if (callback->has_raised) return false;
  if (callback->function == NULL) return true;
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool goes_on = goes_on_after(call(callback, with(python_make_ss_policy_refusal(refusal))));
  PyGILState_Release(state);
  return goes_on;
}
