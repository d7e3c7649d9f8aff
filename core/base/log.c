/* Formatting of log lines, into a bounded buffer on the stack. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

enum { LINE_CAPACITY = 1024 };

void log_write(const log_sink *log, ss_log_level level, const char *format, ...) {
  if (log->callback == NULL || level < log->level) return;
  char line[LINE_CAPACITY];
  va_list arguments;
  va_start(arguments, format);
  const int written = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (written < 0) return;
  utf8_repair(line);
  log->callback(log->context, level, line);
}
