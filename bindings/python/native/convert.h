/* Single values between Python and C. Readers return false with an exception set; what they give
 * points into the Python object and lives as long as it does. */
#ifndef PYTHON_CONVERT_H
#define PYTHON_CONVERT_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#include "secretstore/secretstore.h"

/* ---- From Python; label names the argument in messages -------------------------------------- */

/* str without U+0000 and without lone surrogates. */
bool python_read_text(PyObject *object, const char *label, const char **text);
/* None is NULL. */
bool python_read_optional_text(PyObject *object, const char *label, const char **text);
/* int, and not bool. What does not fit is InvalidArgument. */
bool python_read_integer(PyObject *object, const char *label, int64_t *integer);
bool python_read_size(PyObject *object, const char *label, size_t *size);
/* None is SS_ANY_REVISION. */
bool python_read_revision(PyObject *object, const char *label, int64_t *revision);
bool python_read_boolean(PyObject *object, const char *label, bool *boolean);
/* None, or a pair (actor, context), into caller; *chosen is NULL or caller. */
bool python_read_caller(PyObject *object, ss_caller *caller, const ss_caller **chosen);
/* A pair (name, text). */
bool python_read_policy_source(PyObject *object, ss_policy_source *source);

/* An Ellipsis stands for what was omitted. */
bool python_read_text_change(PyObject *object, const char *label, ss_change *change,
                             const char **text);
bool python_read_integer_change(PyObject *object, const char *label, ss_change *change,
                                int64_t *integer);
bool python_read_given_text(PyObject *object, const char *label, bool *given, const char **text);

/* str, or anything with a buffer, into *bytes and *length; release the buffer afterwards if
 * *has_buffer. */
bool python_read_bytes(PyObject *object, const char *label, Py_buffer *buffer, bool *has_buffer,
                       const void **bytes, size_t *length);

/* ---- To Python; new references, or NULL with an exception set ------------------------------- */

PyObject *python_none(void);
/* former, unless it is None: results take the place of None. Steals both. */
PyObject *python_replace(PyObject *former, PyObject *result);
PyObject *python_make_plain_text(const char *text);
PyObject *python_make_optional_text(const char *text);
PyObject *python_make_empty_text(const char *text);
PyObject *python_make_text(const char *text, size_t length);
PyObject *python_make_bytes(const unsigned char *bytes, size_t length);
/* A secret's value, which must be UTF-8: InvalidArgument otherwise, without any of it. */
PyObject *python_make_value_text(const unsigned char *bytes, size_t length);
PyObject *python_make_instant(int64_t instant);
PyObject *python_make_reason(ss_status reason);

#endif
