/* Protecting the process. */
#include "session/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static struct rlimit original_core_limit;
static void (*original_pipe_handler)(int);

void process_protect(void) {
  (void)getrlimit(RLIMIT_CORE, &original_core_limit);
  const struct rlimit none = {0, original_core_limit.rlim_max};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
  /* A closed pipe is a failed write, which is reported, and not a sudden death. */
  original_pipe_handler = signal(SIGPIPE, SIG_IGN);
}

/* The kernel makes a program that it executes dumpable again by itself. */
void process_restore(void) {
  (void)setrlimit(RLIMIT_CORE, &original_core_limit);
  (void)signal(SIGPIPE, original_pipe_handler == SIG_ERR ? SIG_DFL : original_pipe_handler);
}
