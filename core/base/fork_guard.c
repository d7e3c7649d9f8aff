/* Fork detection by a page that the kernel wipes in the child. */
#include "base/fork_guard.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile unsigned char *new_wiped_on_fork_page(size_t length) {
#ifdef MADV_WIPEONFORK
  void *page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return NULL;
  if (madvise(page, length, MADV_WIPEONFORK) == 0) return page;
  (void)munmap(page, length);
#endif
  (void)length;
  return NULL;
}

static size_t page_length(void) { return (size_t)sysconf(_SC_PAGESIZE); }

void fork_guard_init(fork_guard *guard) {
  guard->page = new_wiped_on_fork_page(page_length());
  fork_guard_acknowledge(guard);
}

bool fork_guard_has_forked(const fork_guard *guard) {
  return guard->page != NULL ? *guard->page == 0 : guard->process != getpid();
}

void fork_guard_acknowledge(fork_guard *guard) {
  if (guard->page != NULL) *guard->page = 1;
  guard->process = getpid();
}

void fork_guard_clear(fork_guard *guard) {
  if (guard->page != NULL) (void)munmap((void *)(uintptr_t)guard->page, page_length());
  *guard = (fork_guard){0};
}
