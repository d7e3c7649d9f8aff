/* Each of these is called without the interpreter's lock, and takes it. What one of them, or a
 * signal handler, raised is on its way while the call of the library ends: no other is called
 * meanwhile. */
#include "callbacks.h"

#include "errors.h"

/* The facade's check. */
static bool check_function(PyObject *function, const char *label) {
  PyObject *module = PyImport_ImportModule("secretstore.values");
  PyObject *checked = module == NULL
                          ? NULL
                          : PyObject_CallMethod(module, "function_or_none", "Os", function, label);
  const bool is_right = checked != NULL;
  Py_XDECREF(checked);
  Py_XDECREF(module);
  return is_right;
}

bool python_callback_init(python_callback *callback, PyObject *function, const char *label) {
  callback->function = function == Py_None ? NULL : function;
  callback->label = label;
  return callback->function == NULL || check_function(function, label);
}

/* A coroutine that is not closed would be warned of, too. */
static bool close_coroutine(PyObject *result) {
  if (!PyObject_HasAttrString(result, "send")) return true;
  PyObject *closed = PyObject_CallMethod(result, "close", NULL);
  Py_XDECREF(closed);
  return closed != NULL;
}

/* What is to be awaited has done nothing yet, and nobody awaits it. */
static bool is_done(const python_callback *callback, PyObject *result) {
  if (!PyObject_HasAttrString(result, "__await__")) return true;
  return close_coroutine(result) &&
         python_refuse_type(callback->label, "a function that is not asynchronous", result);
}

/* A new reference, or NULL where it raised. */
static PyObject *call(const python_callback *callback, PyObject *arguments) {
  PyObject *result = arguments == NULL ? NULL : PyObject_CallObject(callback->function, arguments);
  if (result != NULL && !is_done(callback, result)) Py_CLEAR(result);
  Py_XDECREF(arguments);
  return result;
}

/* Whether to go on, after a call's result (stolen). */
static bool goes_on_after(PyObject *result) {
  const bool goes_on = result != NULL && result != Py_False;
  Py_XDECREF(result);
  return goes_on;
}

bool python_callback_call(const python_callback *callback, PyObject *arguments) {
  return goes_on_after(call(callback, arguments));
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

static bool hear_progress(const python_callback *callback, int64_t done, int64_t total) {
  if (PyErr_Occurred()) return false;
  return python_callback_call(callback, Py_BuildValue("(LL)", (long long)done, (long long)total));
}

static bool write_bytes(const python_callback *callback, const char *text, size_t length) {
  if (PyErr_Occurred()) return false;
  PyObject *result = call(callback, with(PyBytes_FromStringAndSize(text, (Py_ssize_t)length)));
  const bool whole = is_whole(result, length);
  return goes_on_after(result) && whole;
}

/* ---- As the library calls them ------------------------------------------------------------- */

bool python_progress(void *context, int64_t done, int64_t total) {
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool goes_on = hear_progress(context, done, total);
  PyGILState_Release(state);
  return goes_on;
}

bool python_write(void *context, const char *text, size_t length) {
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool goes_on = write_bytes(context, text, length);
  PyGILState_Release(state);
  return goes_on;
}
