/* Options, keyrings and stores as Python objects that free themselves. */
#ifndef PYTHON_HANDLES_H
#define PYTHON_HANDLES_H

#include <Python.h>

#include "secretstore/secretstore.h"

/* Borrowed from the object; NULL with TypeError set for another kind of object. */
ss_store *python_read_store(PyObject *object);
ss_options *python_read_options(PyObject *object);
ss_keyring *python_read_keyring(PyObject *object);

/* New objects, which own the handle; it is freed if there is no memory for one. */
PyObject *python_make_options(ss_options *options);
PyObject *python_make_keyring(ss_keyring *keyring);

/* Opens a store that calls log(level, message) and clock() -> int (None: neither) as long as it
 * lives, from any thread, and lets Python's signal handlers run while a call waits or works long;
 * what those raise is raised from the call. An error that log or clock raise is printed, as from a
 * destructor, and what is no Exception is raised from the call; the system's time takes the place
 * of a clock's that raised. */
ss_status python_store_open(ss_options *options, ss_log_level log_level, PyObject *log,
                            PyObject *clock, PyObject **store, ss_error *error);

#endif
