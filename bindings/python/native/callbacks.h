/* Python functions that the library calls back during one call of it, on the calling thread. What
 * they raise ends the call where it can be ended, and is raised from it. */
#ifndef PYTHON_CALLBACKS_H
#define PYTHON_CALLBACKS_H

#include <Python.h>
#include <stdbool.h>

#include "secretstore/secretstore.h"

typedef struct python_callback {
  PyObject *function; /* borrowed; NULL: none */
  const char *label;  /* of the argument that it came as */
} python_callback;

/* None, or a callable that is not asynchronous. Without a function, the library is to be given no
 * callback. */
bool python_callback_init(python_callback *callback, PyObject *function, const char *label);

/* Calls with arguments, which are stolen; NULL: making them raised. Whether to go on. With the
 * interpreter's lock, and while nothing is raised. */
bool python_callback_call(const python_callback *callback, PyObject *arguments);

/* context is a python_callback. A function that returns False stops the operation; any other
 * result, None with it, goes on. One that returns what is to be awaited is refused then, and a
 * write that took less than it was given raises OSError. */
bool python_progress(void *context, int64_t done, int64_t total);
bool python_write(void *context, const char *text, size_t length);

#endif
