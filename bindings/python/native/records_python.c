/* One function per record, made from its description: a macro per kind of field reads it from the
 * next item of the tuple, or makes that item. */
#include "records_python.h"

#include <stdlib.h>

#include "convert.h"
#include "errors.h"
#include "handles.h"

/* ---- Requests ------------------------------------------------------------------------------ */

void python_call_clear(python_call *call) {
  if (call->has_buffer) PyBuffer_Release(&call->buffer);
  call->has_buffer = false;
}

static bool is_record(PyObject *fields, Py_ssize_t count, const char *type) {
  if (PyTuple_Check(fields) && PyTuple_Size(fields) == count) return true;
  PyErr_Format(PyExc_TypeError, "%s: expected a tuple of %zd fields", type, count);
  return false;
}

static bool read_keyring(PyObject *object, const ss_keyring **keyring) {
  *keyring = NULL;
  if (object == Py_None) return true;
  *keyring = python_read_keyring(object);
  return *keyring != NULL;
}

static bool read_write(PyObject *object, python_call *call, ss_write_callback *write,
                       void **context) {
  if (!PyCallable_Check(object)) return python_refuse_type("write", "a function", object);
  *write = python_write;
  *context = &call->callback;
  return python_callback_init(&call->callback, object, "write");
}

static bool read_progress(PyObject *object, python_call *call, ss_progress_callback *progress,
                          void **context) {
  *progress = object == Py_None ? NULL : python_progress;
  *context = &call->callback;
  return python_callback_init(&call->callback, object, "progress");
}

#define READ_TEXT(label, member) python_read_text(item, label, &request->member)
#define READ_OPTIONAL_TEXT(label, member) python_read_optional_text(item, label, &request->member)
#define READ_INTEGER(label, member) python_read_integer(item, label, &request->member)
#define READ_BOOLEAN(label, member) python_read_boolean(item, label, &request->member)
#define READ_REVISION(label, member) python_read_revision(item, label, &request->member)
#define READ_BYTES(label, member)                                  \
  python_read_bytes(item, label, &call->buffer, &call->has_buffer, \
                    (const void **)&request->member, &request->member##_length)
#define READ_CHANGE_JSON(label, member) \
  python_read_text_change(item, label, &request->member, &request->member##_json)
#define READ_CHANGE_DURATION(label, member) \
  python_read_integer_change(item, label, &request->member, &request->member##_ms)
#define READ_CHANGE_INSTANT(label, member) \
  python_read_integer_change(item, label, &request->member##_change, &request->member)
#define READ_GIVEN_TEXT(label, flag, member) \
  python_read_given_text(item, label, &request->flag, &request->member)
#define READ_CODE(label, member, type) \
  (python_read_integer(item, label, &code) && ((request->member = (type)code), true))
#define READ_SIZE(label, member) python_read_size(item, label, &request->member)
#define READ_POLICY(label, member) \
  (item == Py_None || python_read_policy_source(item, &request->member))
#define READ_CALLER(label, member) python_read_caller(item, &call->caller, &request->member)
#define READ_KEYRING(label, member) read_keyring(item, &request->member)
#define READ_PROGRESS(label, member, context) \
  read_progress(item, call, &request->member, &request->context)
#define READ_WRITE(label, member, context) \
  read_write(item, call, &request->member, &request->context)

/* An Ellipsis stands for what was omitted. */
#define READ_DEFAULT_CODE(label, member, type) \
  (item == Py_Ellipsis || READ_CODE(label, member, type))
#define READ_DEFAULT_INTEGER(label, member) (item == Py_Ellipsis || READ_INTEGER(label, member))
#define READ_DEFAULT_SIZE(label, member) (item == Py_Ellipsis || READ_SIZE(label, member))
#define READ_DEFAULT_BOOLEAN(label, member) (item == Py_Ellipsis || READ_BOOLEAN(label, member))

#define COUNT_FIELD(kind, python_name, javascript_name, ...) +1
#define READ_FIELD(kind, python_name, javascript_name, ...) \
  item = PyTuple_GetItem(fields, index++);                  \
  if (!READ_##kind(python_name, __VA_ARGS__)) return false;

#define DEFINE_REQUEST(type, FIELDS)                                            \
  bool python_read_##type(PyObject *fields, type *request, python_call *call) { \
    Py_ssize_t index = 0;                                                       \
    PyObject *item = NULL;                                                      \
    int64_t code = 0;                                                           \
    (void)code;                                                                 \
    (void)call;                                                                 \
    type##_init(request);                                                       \
    if (!is_record(fields, 0 FIELDS(COUNT_FIELD), #type)) return false;         \
    FIELDS(READ_FIELD)                                                          \
    return true;                                                                \
  }
SS_REQUESTS(DEFINE_REQUEST)

/* ---- Results ------------------------------------------------------------------------------- */

/* Makes a record of one item of an array. */
typedef PyObject *(*make_item)(const void *items, size_t index);

static PyObject *make_list(const void *items, size_t count, make_item make) {
  PyObject *list = PyList_New((Py_ssize_t)count);
  for (size_t i = 0; list != NULL && i < count; i++) {
    PyObject *item = make(items, i);
    if (item == NULL || PyList_SetItem(list, (Py_ssize_t)i, item) != 0) Py_CLEAR(list);
  }
  return list;
}

/* Steals the item; frees the tuple if there is none. */
static bool set_field(PyObject *fields, Py_ssize_t index, PyObject *item) {
  if (item != NULL && PyTuple_SetItem(fields, index, item) == 0) return true;
  Py_DECREF(fields);
  return false;
}

#define MAKE_TEXT(member) python_make_plain_text(result->member)
#define MAKE_OPTIONAL_TEXT(member) python_make_optional_text(result->member)
#define MAKE_EMPTY_TEXT(member) python_make_empty_text(result->member)
#define MAKE_INTEGER(member) PyLong_FromLongLong(result->member)
#define MAKE_BOOLEAN(member) PyBool_FromLong(result->member)
#define MAKE_INSTANT(member) python_make_instant(result->member)
#define MAKE_REASON(member) python_make_reason(result->member)
#define MAKE_NAME(member, name_of) PyUnicode_FromString(name_of(result->member))
#define MAKE_BYTES(member) python_make_bytes(result->member, result->member##_length)
#define MAKE_VALUE_TEXT(member) python_make_value_text(result->member, result->member##_length)
#define MAKE_ITEMS(member, count, type) make_list(result->member, result->count, make_item_##type)
#define MAKE_OPERATIONS(member) \
  make_list(result->member, SS_OPERATION_COUNT, make_item_ss_operation_stats)

#define MAKE_FIELD(kind, python_name, javascript_name, ...) \
  if (!set_field(fields, index++, MAKE_##kind(__VA_ARGS__))) return NULL;

#define DEFINE_RESULT(type, FIELDS)                                           \
  PyObject *python_make_##type(const type *result) {                          \
    Py_ssize_t index = 0;                                                     \
    PyObject *fields = PyTuple_New(0 FIELDS(COUNT_FIELD));                    \
    if (fields == NULL) return NULL;                                          \
    FIELDS(MAKE_FIELD)                                                        \
    return fields;                                                            \
  }                                                                           \
  static inline PyObject *make_item_##type(const void *items, size_t index) { \
    return python_make_##type((const type *)items + index);                   \
  }
SS_RESULTS(DEFINE_RESULT)

/* ---- Names of fields ----------------------------------------------------------------------- */

static bool add_names(PyObject *records, const char *type, const char *const *names) {
  PyObject *list = PyList_New(0);
  for (; list != NULL && *names != NULL; names++) {
    PyObject *name = PyUnicode_FromString(*names);
    if (name == NULL || PyList_Append(list, name) != 0) Py_CLEAR(list);
    Py_XDECREF(name);
  }
  const bool is_added = list != NULL && PyDict_SetItemString(records, type, list) == 0;
  Py_XDECREF(list);
  return is_added;
}

#define NAME_FIELD(kind, python_name, javascript_name, ...) python_name,
#define ADD_NAMES(type, FIELDS)                                   \
  {                                                               \
    static const char *const names[] = {FIELDS(NAME_FIELD) NULL}; \
    if (!add_names(records, #type, names)) {                      \
      Py_DECREF(records);                                         \
      return NULL;                                                \
    }                                                             \
  }

PyObject *python_record_fields(void) {
  PyObject *records = PyDict_New();
  if (records == NULL) return NULL;
  SS_REQUESTS(ADD_NAMES)
  SS_RESULTS(ADD_NAMES)
  return records;
}

/* ---- Constants ----------------------------------------------------------------------------- */

typedef struct constant {
  const char *name;
  int64_t number;
} constant;

static bool add_constant(PyObject *numbers, const constant *added) {
  PyObject *number = PyLong_FromLongLong(added->number);
  const bool is_added = number != NULL && PyDict_SetItemString(numbers, added->name, number) == 0;
  Py_XDECREF(number);
  return is_added;
}

static bool add_constants(PyObject *groups, const char *group, const constant *constants) {
  PyObject *numbers = PyDict_New();
  for (; numbers != NULL && constants->name != NULL; constants++) {
    if (!add_constant(numbers, constants)) Py_CLEAR(numbers);
  }
  const bool is_added = numbers != NULL && PyDict_SetItemString(groups, group, numbers) == 0;
  Py_XDECREF(numbers);
  return is_added;
}

#define CONSTANT(name, number) {name, number},
#define ADD_CONSTANTS(group, CONSTANTS)                                 \
  {                                                                     \
    static const constant constants[] = {CONSTANTS(CONSTANT){NULL, 0}}; \
    if (!add_constants(groups, #group, constants)) {                    \
      Py_DECREF(groups);                                                \
      return NULL;                                                      \
    }                                                                   \
  }

PyObject *python_constants(void) {
  PyObject *groups = PyDict_New();
  if (groups == NULL) return NULL;
  SS_CONSTANTS(ADD_CONSTANTS)
  return groups;
}

/* ---- Batches ------------------------------------------------------------------------------- */

static bool allocate_batch(python_put_batch *batch, size_t count) {
  const size_t at_least_one = count == 0 ? 1 : count;
  batch->requests = calloc(at_least_one, sizeof *batch->requests);
  batch->calls = calloc(at_least_one, sizeof *batch->calls);
  batch->results = calloc(at_least_one, sizeof *batch->results);
  if (batch->requests == NULL || batch->calls == NULL || batch->results == NULL) {
    (void)PyErr_NoMemory();
    return false;
  }
  batch->count = count;
  return true;
}

bool python_read_put_batch(PyObject *list, python_put_batch *batch) {
  if (!PyList_Check(list)) return python_refuse_type("requests", "a list", list);
  if (!allocate_batch(batch, (size_t)PyList_Size(list))) return false;
  for (size_t i = 0; i < batch->count; i++) {
    PyObject *fields = PyList_GetItem(list, (Py_ssize_t)i);
    if (fields == NULL) return false;
    if (!python_read_ss_put_request(fields, &batch->requests[i], &batch->calls[i])) return false;
  }
  return true;
}

void python_put_batch_clear(python_put_batch *batch) {
  for (size_t i = 0; batch->calls != NULL && i < batch->count; i++) {
    python_call_clear(&batch->calls[i]);
  }
  free(batch->requests);
  free(batch->calls);
  free(batch->results);
  *batch = (python_put_batch)PYTHON_PUT_BATCH_NONE;
}

PyObject *python_make_put_results(const ss_put_result *results, size_t count) {
  return make_list(results, count, make_item_ss_put_result);
}
