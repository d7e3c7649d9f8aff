/* Failures of the library as exceptions of the secretstore package. */
#ifndef PYTHON_ERRORS_H
#define PYTHON_ERRORS_H

#include <Python.h>
#include <stdbool.h>

#include "secretstore/secretstore.h"

/* Raises the exception of error->code. */
void python_raise(const ss_error *error);

/* The same, with the report (stolen; NULL if making it failed) as its attribute `report`. */
void python_raise_with_report(const ss_error *error, PyObject *report);

/* Raises InvalidArgument with a sentence. False, so that a reader can return it. */
bool python_refuse(const char *label, const char *expected_and_got);

/* Raises TypeError: "label: expected wanted, got <type of got>". False. */
bool python_refuse_type(const char *label, const char *wanted, PyObject *got);

#endif
