/* Each handle is in a capsule; a store's has its callbacks with it, since the maintenance thread
 * may call them until the store is freed. */
#include "handles.h"

#include <stdlib.h>
#include <time.h>

#include "convert.h"
#include "errors.h"

#define STORE_TYPE "secretstore.store"
#define OPTIONS_TYPE "secretstore.options"
#define KEYRING_TYPE "secretstore.keyring"

typedef struct python_store {
  ss_store *store;
  PyObject *log;   /* or NULL */
  PyObject *clock; /* or NULL */
} python_store;

static void *read_handle(PyObject *object, const char *type, const char *wanted) {
  if (PyCapsule_IsValid(object, type)) return PyCapsule_GetPointer(object, type);
  (void)python_refuse_type("handle", wanted, object);
  return NULL;
}

ss_store *python_read_store(PyObject *object) {
  const python_store *self = read_handle(object, STORE_TYPE, "a store");
  return self == NULL ? NULL : self->store;
}

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

/* ---- Stores -------------------------------------------------------------------------------- */

static void write_log(void *context, ss_log_level level, const char *message) {
  const python_store *self = context;
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *result = PyObject_CallFunction(self->log, "is", (int)level, message);
  if (result == NULL) PyErr_WriteUnraisable(self->log);
  Py_XDECREF(result);
  PyGILState_Release(state);
}

static int64_t system_time_ms(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t read_clock(void *context) {
  const python_store *self = context;
  int64_t now = 0;
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *result = PyObject_CallNoArgs(self->clock);
  if (result == NULL || !python_read_integer(result, "clock", &now)) {
    PyErr_WriteUnraisable(self->clock);
    now = system_time_ms();
  }
  Py_XDECREF(result);
  PyGILState_Release(state);
  return now;
}

/* Others may run: freeing waits for the maintenance thread, which may be waiting for Python. */
static void free_store(python_store *self) {
  Py_BEGIN_ALLOW_THREADS ss_store_free(self->store);
  Py_END_ALLOW_THREADS Py_XDECREF(self->log);
  Py_XDECREF(self->clock);
  free(self);
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

static PyObject *keep(PyObject *function) {
  if (function == Py_None) return NULL;
  Py_INCREF(function);
  return function;
}

static ss_status open_store(ss_options *options, ss_log_level log_level, python_store *self,
                            ss_error *error) {
  ss_status status = SS_OK;
  Py_BEGIN_ALLOW_THREADS if (self->log != NULL) {
    status = ss_options_set_log(options, log_level, write_log, self, error);
  }
  if (status == SS_OK && self->clock != NULL) {
    status = ss_options_set_clock(options, read_clock, self, error);
  }
  if (status == SS_OK) status = ss_store_open(options, &self->store, error);
  Py_END_ALLOW_THREADS return status;
}

ss_status python_store_open(ss_options *options, ss_log_level log_level, PyObject *log,
                            PyObject *clock, PyObject **store, ss_error *error) {
  python_store *self = calloc(1, sizeof *self);
  if (self == NULL) {
    *error = (ss_error){.code = SS_OUT_OF_MEMORY, .message = "out of memory"};
    return SS_OUT_OF_MEMORY;
  }
  self->log = keep(log);
  self->clock = keep(clock);
  const ss_status status = open_store(options, log_level, self, error);
  if (status == SS_OK) *store = PyCapsule_New(self, STORE_TYPE, free_store_capsule);
  if (*store == NULL) free_store(self); /* with Python's exception set, if opening went well */
  return status;
}
