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

/* Raises InvalidArgument with a sentence, and TypeError: "label: expected
 * wanted, got <its type>". */
void python_raise_invalid(const char *label, const char *expected_and_got);
void python_raise_type(const char *label, const char *wanted, PyObject *got);

/* The same, for readers that return whether they could read. */
static inline bool python_refuse(const char *label, const char *expected_and_got) {
  python_raise_invalid(label, expected_and_got);
  return false;
}

static inline bool python_refuse_type(const char *label, const char *wanted, PyObject *got) {
  python_raise_type(label, wanted, got);
  return false;
}

#endif
