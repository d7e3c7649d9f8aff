/* Each of these is called without the interpreter's lock, and takes it. */
#include "callbacks.h"

#include "errors.h"
#include "records_python.h"

bool python_callback_init(python_callback *callback, PyObject *function, const char *label) {
  callback->function = function == Py_None ? NULL : function;
  callback->has_raised = false;
  return callback->function == NULL || PyCallable_Check(function) ||
         python_refuse_type(label, "a function or None", function);
}

/* Calls with arguments (stolen), and says whether to go on. */
static bool call(python_callback *callback, PyObject *arguments) {
  PyObject *result = arguments == NULL ? NULL : PyObject_CallObject(callback->function, arguments);
  const bool goes_on = result != NULL && result != Py_False;
  callback->has_raised = result == NULL;
  Py_XDECREF(result);
  Py_XDECREF(arguments);
  return goes_on;
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
    goes_on = call(callback, Py_BuildValue("(LL)", (long long)done, (long long)total));
  }
  PyGILState_Release(state);
  return goes_on;
}

bool python_write(void *context, const char *text, size_t length) {
  python_callback *callback = context;
  if (callback->has_raised) return false;
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool goes_on = call(callback, with(PyBytes_FromStringAndSize(text, (Py_ssize_t)length)));
  PyGILState_Release(state);
  return goes_on;
}

void python_policy_case(void *context, int64_t line, bool passed, const char *message) {
  python_callback *callback = context;
  if (callback->has_raised || callback->function == NULL) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  (void)call(callback,
             Py_BuildValue("(LOz)", (long long)line, passed ? Py_True : Py_False, message));
  PyGILState_Release(state);
}

bool python_policy_refusal(void *context, const ss_policy_refusal *refusal) {
  python_callback *callback = context;
  if (callback->has_raised) return false;
  if (callback->function == NULL) return true;
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool goes_on = call(callback, with(python_make_ss_policy_refusal(refusal)));
  PyGILState_Release(state);
  return goes_on;
}
