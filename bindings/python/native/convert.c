/* Single values between Python and C. */
#include "convert.h"

#include <string.h>

#include "errors.h"

/* ---- From Python --------------------------------------------------------------------------- */

static bool read_utf8(PyObject *object, const char *label, const char **text, Py_ssize_t *length) {
  *text = PyUnicode_AsUTF8AndSize(object, length);
  if (*text != NULL) return true;
  if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return false;
  PyErr_Clear(); /* it holds the text, which may be a secret */
  return python_refuse(label, "expected text that is valid Unicode, got a lone surrogate");
}

bool python_read_text(PyObject *object, const char *label, const char **text) {
  Py_ssize_t length = 0;
  if (!PyUnicode_Check(object)) return python_refuse_type(label, "str", object);
  if (!read_utf8(object, label, text, &length)) return false;
  if (strlen(*text) != (size_t)length) {
    return python_refuse(label, "expected no control characters, got U+0000");
  }
  return true;
}

bool python_read_optional_text(PyObject *object, const char *label, const char **text) {
  *text = NULL;
  return object == Py_None || python_read_text(object, label, text);
}

bool python_read_integer(PyObject *object, const char *label, int64_t *integer) {
  if (!PyLong_Check(object) || PyBool_Check(object)) {
    return python_refuse_type(label, "int", object);
  }
  *integer = PyLong_AsLongLong(object);
  if (*integer != -1 || !PyErr_Occurred()) return true;
  PyErr_Clear();
  return python_refuse(label, "expected an integer up to 2^53-1, got one beyond 64 bits");
}

bool python_read_size(PyObject *object, const char *label, size_t *size) {
  int64_t integer = 0;
  if (!python_read_integer(object, label, &integer)) return false;
  if (integer < 0) return python_refuse(label, "expected at least 0, got a negative number");
  *size = (size_t)integer;
  return true;
}

bool python_read_revision(PyObject *object, const char *label, int64_t *revision) {
  *revision = SS_ANY_REVISION;
  if (object == Py_None) return true;
  if (!python_read_integer(object, label, revision)) return false;
  return *revision >= 0 || python_refuse(label, "expected 0 or more, got a negative number");
}

bool python_read_boolean(PyObject *object, const char *label, bool *boolean) {
  *boolean = object == Py_True;
  return PyBool_Check(object) || python_refuse_type(label, "bool", object);
}

static bool read_pair(PyObject *object, const char *label, PyObject **first, PyObject **second) {
  if (!PyTuple_Check(object) || PyTuple_Size(object) != 2) {
    return python_refuse_type(label, "a pair", object);
  }
  *first = PyTuple_GetItem(object, 0);
  *second = PyTuple_GetItem(object, 1);
  return true;
}

bool python_read_caller(PyObject *object, ss_caller *caller, const ss_caller **chosen) {
  PyObject *actor = NULL;
  PyObject *context = NULL;
  *chosen = NULL;
  if (object == Py_None) return true;
  if (!read_pair(object, "caller", &actor, &context)) return false;
  *chosen = caller;
  return python_read_optional_text(actor, "actor", &caller->actor) &&
         python_read_optional_text(context, "context", &caller->context_json);
}

bool python_read_policy_source(PyObject *object, ss_policy_source *source) {
  PyObject *name = NULL;
  PyObject *text = NULL;
  Py_ssize_t length = 0;
  if (!read_pair(object, "policy", &name, &text)) return false;
  if (!PyUnicode_Check(text)) return python_refuse_type("policy", "str", text);
  if (!python_read_optional_text(name, "policy name", &source->name)) return false;
  if (!read_utf8(text, "policy", &source->text, &length)) return false;
  source->text_length = (size_t)length;
  return true;
}

static bool is_given(PyObject *object, ss_change *change) {
  *change = object == Py_Ellipsis ? SS_KEEP : object == Py_None ? SS_CLEAR : SS_SET;
  return *change == SS_SET;
}

bool python_read_text_change(PyObject *object, const char *label, ss_change *change,
                             const char **text) {
  return !is_given(object, change) || python_read_text(object, label, text);
}

bool python_read_integer_change(PyObject *object, const char *label, ss_change *change,
                                int64_t *integer) {
  return !is_given(object, change) || python_read_integer(object, label, integer);
}

bool python_read_given_text(PyObject *object, const char *label, bool *given, const char **text) {
  *given = object != Py_Ellipsis;
  return !*given || python_read_optional_text(object, label, text);
}

bool python_read_bytes(PyObject *object, const char *label, Py_buffer *buffer, bool *has_buffer,
                       const void **bytes, size_t *length) {
  *has_buffer = false;
  if (PyUnicode_Check(object)) {
    Py_ssize_t text_length = 0;
    const char *text = NULL;
    if (!read_utf8(object, label, &text, &text_length)) return false;
    *bytes = text;
    *length = (size_t)text_length;
    return true;
  }
  if (!PyObject_CheckBuffer(object)) {
    return python_refuse_type(label, "str or a bytes-like object", object);
  }
  if (PyObject_GetBuffer(object, buffer, PyBUF_SIMPLE) != 0) {
    if (!PyErr_ExceptionMatches(PyExc_BufferError)) return false;
    PyErr_Clear();
    return python_refuse(label, "expected bytes without gaps, got a buffer that has some");
  }
  *has_buffer = true;
  *bytes = buffer->buf;
  *length = (size_t)buffer->len;
  return true;
}

/* ---- To Python ----------------------------------------------------------------------------- */

PyObject *python_none(void) {
  Py_INCREF(Py_None);
  return Py_None;
}

PyObject *python_replace(PyObject *former, PyObject *result) {
  Py_XDECREF(former);
  return result;
}

/* What a file says that somebody else wrote to need not be UTF-8, and verify is to tell of it. */
PyObject *python_make_plain_text(const char *text) {
  return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

PyObject *python_make_optional_text(const char *text) {
  return text == NULL ? python_none() : python_make_plain_text(text);
}

PyObject *python_make_empty_text(const char *text) {
  return python_make_optional_text(text[0] == '\0' ? NULL : text);
}

PyObject *python_make_text(const char *text, size_t length) {
  return PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
}

PyObject *python_make_bytes(const unsigned char *bytes, size_t length) {
  return PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)length);
}

PyObject *python_make_value_text(const unsigned char *bytes, size_t length) {
  PyObject *text = PyUnicode_DecodeUTF8((const char *)bytes, (Py_ssize_t)length, NULL);
  if (text != NULL || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) return text;
  PyErr_Clear(); /* it holds the value */
  (void)python_refuse("value", "expected UTF-8, got other bytes; get_bytes returns them");
  return NULL;
}

PyObject *python_make_instant(int64_t instant) {
  return instant == SS_NO_EXPIRY ? python_none() : PyLong_FromLongLong(instant);
}

PyObject *python_make_reason(ss_status reason) {
  return reason == SS_OK ? python_none() : PyUnicode_FromString(ss_status_name(reason));
}
