/* The exception classes live in secretstore.errors, which also chooses among them: nothing is kept
 * here between calls, so that every interpreter has its own. */
#include "errors.h"

#include <stdio.h>

static PyObject *make_exception(const ss_error *error) {
  PyObject *module = PyImport_ImportModule("secretstore.errors");
  if (module == NULL) return NULL;
  PyObject *exception =
      PyObject_CallMethod(module, "error_from_native", "sss", ss_status_name(error->code),
                          error->message, error->policy_location);
  Py_DECREF(module);
  return exception;
}

void python_raise_with_report(const ss_error *error, PyObject *report) {
  PyObject *exception = report == NULL ? NULL : make_exception(error);
  if (exception != NULL && PyObject_SetAttrString(exception, "report", report) == 0) {
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
  }
  Py_XDECREF(exception);
  Py_XDECREF(report);
}

void python_raise(const ss_error *error) {
  PyObject *exception = make_exception(error);
  if (exception == NULL) return; /* the import or the call raised */
  PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
  Py_DECREF(exception);
}

void python_raise_invalid(const char *label, const char *expected_and_got) {
  ss_error error = {.code = SS_INVALID_ARGUMENT};
  (void)snprintf(error.message, sizeof error.message, "%s: %s", label, expected_and_got);
  python_raise(&error);
}

void python_raise_type(const char *label, const char *wanted, PyObject *got) {
  PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(got), "__name__");
  if (name != NULL) PyErr_Format(PyExc_TypeError, "%s: expected %s, got %U", label, wanted, name);
  Py_XDECREF(name);
}
