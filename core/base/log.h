/* The library's log: lines to the host's callback, above a level. A line never holds a value, a
 * key or a DEK. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "secretstore/secretstore.h"

typedef struct log_sink {
  ss_log_callback callback; /* NULL: nowhere */
  void *context;
  ss_log_level level;
} log_sink;

void log_write(const log_sink *log, ss_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
