/* Each handle is in a capsule. A store's callbacks may be called from other threads, and, where one
 * is running, even after the store was closed or its capsule is gone: they last until the library
 * says that it is closed for good. */
#include "handles.h"

#include <stdlib.h>
#include <time.h>

#include "convert.h"
#include "errors.h"

#define STORE_TYPE "secretstore.store"
#define OPTIONS_TYPE "secretstore.options"
#define KEYRING_TYPE "secretstore.keyring"

static void *read_handle(PyObject *object, const char *type, const char *wanted) {
  if (PyCapsule_IsValid(object, type)) return PyCapsule_GetPointer(object, type);
  (void)python_refuse_type("handle", wanted, object);
  return NULL;
}

ss_store *python_read_store(PyObject *object) { return read_handle(object, STORE_TYPE, "a store"); }

ss_options *python_read_options(PyObject *object) {
  return read_handle(object, OPTIONS_TYPE, "options");
}

ss_keyring *python_read_keyring(PyObject *object) {
  return read_handle(object, KEYRING_TYPE, "a keyring");
}

/* ---- Options and keyrings ------------------------------------------------------------------ */

static void free_options(PyObject *capsule) {
  ss_options_free(PyCapsule_GetPointer(capsule, OPTIONS_TYPE));
}

static void free_keyring(PyObject *capsule) {
  ss_keyring_free(PyCapsule_GetPointer(capsule, KEYRING_TYPE));
}

PyObject *python_make_options(ss_options *options) {
  PyObject *capsule = PyCapsule_New(options, OPTIONS_TYPE, free_options);
  if (capsule == NULL) ss_options_free(options);
  return capsule;
}

PyObject *python_make_keyring(ss_keyring *keyring) {
  PyObject *capsule = PyCapsule_New(keyring, KEYRING_TYPE, free_keyring);
  if (capsule == NULL) ss_keyring_free(keyring);
  return capsule;
}

/* ---- Callbacks of stores ------------------------------------------------------------------- */

/* What a store calls as long as it lives. */
typedef struct functions {
  PyObject *log;   /* or NULL */
  PyObject *clock; /* or NULL */
} functions;

static PyObject *keep(PyObject *function) {
  if (function == Py_None) return NULL;
  Py_INCREF(function);
  return function;
}

static functions *functions_new(PyObject *log, PyObject *clock) {
  functions *self = malloc(sizeof *self);
  if (self != NULL) *self = (functions){keep(log), keep(clock)};
  return self;
}

static void functions_free(functions *self) {
  Py_XDECREF(self->log);
  Py_XDECREF(self->clock);
  free(self);
}

/* A stay in the interpreter, to which an exception may be on its way already. */
typedef struct visit {
  bool is_call; /* of a thread of Python's, which raises what it finds as the call ends */
  PyGILState_STATE state;
  PyObject *type;
  PyObject *value;
  PyObject *traceback;
} visit;

static void enter(visit *self) {
  self->is_call = PyGILState_GetThisThreadState() != NULL;
  self->state = PyGILState_Ensure();
  PyErr_Fetch(&self->type, &self->value, &self->traceback);
}

static void leave(const visit *self) {
  if (self->type != NULL) PyErr_Restore(self->type, self->value, self->traceback);
  PyGILState_Release(self->state);
}

/* An error of the function's is printed. What is no error (KeyboardInterrupt, which a signal
 * handler raised, or SystemExit) goes on its way, unless another one is. */
static void end_with_exception(const visit *self, PyObject *function) {
  const bool stays = self->is_call && self->type == NULL;
  if (!stays || PyErr_ExceptionMatches(PyExc_Exception)) PyErr_WriteUnraisable(function);
}

static void write_log(void *context, ss_log_level level, const char *message) {
  const functions *self = context;
  visit here;
  enter(&here);
  PyObject *result = PyObject_CallFunction(self->log, "is", (int)level, message);
  if (result == NULL) end_with_exception(&here, self->log);
  Py_XDECREF(result);
  leave(&here);
}

static int64_t system_time_ms(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t read_clock(void *context) {
  const functions *self = context;
  int64_t now = 0;
  visit here;
  enter(&here);
  PyObject *result = PyObject_CallNoArgs(self->clock);
  if (result == NULL || !python_read_integer(result, "clock", &now)) {
    end_with_exception(&here, self->clock);
    now = system_time_ms();
  }
  Py_XDECREF(result);
  leave(&here);
  return now;
}

static void forget_functions(void *context) {
  visit here;
  enter(&here);
  functions_free(context);
  leave(&here);
}

/* Lets Python's signal handlers run, which they do on the main thread only. What one raises stays
 * on its way, and is raised from the call. */
static bool is_interrupted(void *none) {
  (void)none;
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool has_raised = PyErr_Occurred() != NULL || PyErr_CheckSignals() != 0;
  PyGILState_Release(state);
  return has_raised;
}

/* ---- Opening and freeing ------------------------------------------------------------------- */

/* Others may run: freeing waits for calls that work, and they may be waiting for Python. */
static void free_store(ss_store *store) {
  Py_BEGIN_ALLOW_THREADS ss_store_free(store);
  Py_END_ALLOW_THREADS
}

/* A finaliser may run while an exception is on its way. */
static void free_store_capsule(PyObject *capsule) {
  PyObject *type = NULL;
  PyObject *value = NULL;
  PyObject *traceback = NULL;
  PyErr_Fetch(&type, &value, &traceback);
  free_store(PyCapsule_GetPointer(capsule, STORE_TYPE));
  PyErr_Restore(type, value, traceback);
}

static ss_status connect_functions(ss_options *options, ss_log_level log_level, functions *self,
                                   ss_error *error) {
  ss_status status = ss_options_set_closed(options, forget_functions, self, error);
  if (status == SS_OK) status = ss_options_set_interrupt(options, is_interrupted, NULL, error);
  if (status == SS_OK && self->log != NULL) {
    status = ss_options_set_log(options, log_level, write_log, self, error);
  }
  if (status == SS_OK && self->clock != NULL) {
    status = ss_options_set_clock(options, read_clock, self, error);
  }
  return status;
}

ss_status python_store_open(ss_options *options, ss_log_level log_level, PyObject *log,
                            PyObject *clock, PyObject **store, ss_error *error) {
  ss_store *opened = NULL;
  functions *self = functions_new(log, clock);
  if (self == NULL) {
    *error = (ss_error){.code = SS_OUT_OF_MEMORY, .message = "out of memory"};
    return SS_OUT_OF_MEMORY;
  }
  ss_status status = connect_functions(options, log_level, self, error);
  if (status == SS_OK) {
    Py_BEGIN_ALLOW_THREADS status = ss_store_open(options, &opened, error);
    Py_END_ALLOW_THREADS
  }
  if (status != SS_OK) {
    functions_free(self);
    return status;
  }
  /* Opening may have gone well, and a signal handler raised meanwhile. */
  if (!PyErr_Occurred()) *store = PyCapsule_New(opened, STORE_TYPE, free_store_capsule);
  if (*store == NULL) free_store(opened);
  return SS_OK;
}
