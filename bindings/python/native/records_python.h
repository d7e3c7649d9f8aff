/* The records of ../../swig/records.h between Python tuples and C structs. */
#ifndef PYTHON_RECORDS_H
#define PYTHON_RECORDS_H

#include <Python.h>
#include <stdbool.h>

#include "callbacks.h"
#include "records.h"

/* What a request refers to while its call runs. */
typedef struct python_call {
  Py_buffer buffer;
  bool has_buffer;
  ss_caller caller;
  python_callback callback;
} python_call;

#define PYTHON_CALL_NONE \
  { .has_buffer = false }

void python_call_clear(python_call *call);

/* python_read_ss_put_request and so on: fills a request from a tuple. False with an exception. The
 * tuple must outlive the request. */
#define DECLARE_REQUEST(type, FIELDS) \
  bool python_read_##type(PyObject *fields, type *request, python_call *call);
SS_REQUESTS(DECLARE_REQUEST)
#undef DECLARE_REQUEST

/* python_make_ss_put_result and so on: a new tuple, or NULL with an exception. */
#define DECLARE_RESULT(type, FIELDS) PyObject *python_make_##type(const type *result);
SS_RESULTS(DECLARE_RESULT)
#undef DECLARE_RESULT

/* A dict from the name of each record to the names of its fields: for tests of the facade. */
PyObject *python_record_fields(void);
/* A new dict from the name of each group of constants.h to a dict of numbers by name. */
PyObject *python_constants(void);

/* ---- Batches ------------------------------------------------------------------------------- */

typedef struct python_put_batch {
  ss_put_request *requests;
  python_call *calls;
  ss_put_result *results;
  size_t count;
} python_put_batch;

#define PYTHON_PUT_BATCH_NONE \
  { .count = 0 }

/* A list of tuples. Clear the batch in any case. */
bool python_read_put_batch(PyObject *list, python_put_batch *batch);
void python_put_batch_clear(python_put_batch *batch);
PyObject *python_make_put_results(const ss_put_result *results, size_t count);

#endif
