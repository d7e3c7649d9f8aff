/* The progress bar, drawn anew on one line. */
#include "terminal/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "terminal/interruption.h"

enum { BAR_WIDTH = 40 };

static bool begun = false;

bool progress_show(void *context, int64_t done, int64_t total) {
  (void)context;
  if (!isatty(STDERR_FILENO) || total <= 0) return !interruption_came();
  const int64_t shown = done < total ? done : total;
  const int filled = (int)(BAR_WIDTH * shown / total);
  (void)fprintf(stderr, "\r[%.*s%*s] %lld of %lld", filled,
                "########################################", BAR_WIDTH - filled, "", (long long)done,
                (long long)total);
  begun = true;
  return !interruption_came();
}

void progress_end(void) {
  if (begun) (void)fprintf(stderr, "\n");
  begun = false;
}
