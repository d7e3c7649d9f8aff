/* What policies say, told to Python functions. Called as callbacks.c says. */
#include "policy_callbacks.h"

#include "callbacks.h"
#include "records_python.h"

static void tell_case(const python_callback *callback, int64_t line, bool passed,
                      const char *message) {
  if (PyErr_Occurred()) return;
  PyObject *verdict = passed ? Py_True : Py_False;
  (void)python_callback_call(callback, Py_BuildValue("(LOz)", (long long)line, verdict, message));
}

static bool tell_refusal(const python_callback *callback, const ss_policy_refusal *refusal) {
  if (PyErr_Occurred()) return false;
  PyObject *told = python_make_ss_policy_refusal(refusal);
  return python_callback_call(callback, told == NULL ? NULL : Py_BuildValue("(N)", told));
}

void python_policy_case(void *context, int64_t line, bool passed, const char *message) {
  const PyGILState_STATE state = PyGILState_Ensure();
  tell_case(context, line, passed, message);
  PyGILState_Release(state);
}

bool python_policy_refusal(void *context, const ss_policy_refusal *refusal) {
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool goes_on = tell_refusal(context, refusal);
  PyGILState_Release(state);
  return goes_on;
}
