/* One handler, which calls only what signal-safety(7) lists. */
#include "terminal/interruption.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATHS_MAX = 8 };

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { NUMBERS_COUNT = sizeof numbers / sizeof numbers[0] };

static char paths[PATHS_MAX][PATH_MAX];
static volatile sig_atomic_t registered[PATHS_MAX];
static volatile sig_atomic_t held = 0;
static volatile sig_atomic_t came = 0;
static volatile sig_atomic_t ignored = 0;
static bool watching = false;

static void die_of(int number) {
  for (int i = 0; i < PATHS_MAX; i++) {
    if (registered[i] && unlink(paths[i]) != 0) (void)rmdir(paths[i]);
  }
  (void)signal(number, SIG_DFL);
  (void)raise(number); /* comes through once the handler returns, or at once outside of it */
}

static void handle(int number) {
  if (ignored) return;
  if (held) {
    came = number;
  } else {
    die_of(number);
  }
}

/* A signal that is ignored, as by nohup, stays so. */
static void watch(void) {
  const struct sigaction ours = {.sa_handler = handle, .sa_flags = SA_RESTART};
  for (int i = 0; !watching && i < NUMBERS_COUNT; i++) {
    struct sigaction before;
    if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
      (void)sigaction(numbers[i], &ours, NULL);
    }
  }
  watching = true;
}

void interruption_block(sigset_t *before) {
  sigset_t all;
  (void)sigemptyset(&all);
  for (int i = 0; i < NUMBERS_COUNT; i++) (void)sigaddset(&all, numbers[i]);
  (void)sigprocmask(SIG_BLOCK, &all, before);
}

void interruption_unblock(const sigset_t *before) { (void)sigprocmask(SIG_SETMASK, before, NULL); }

bool interruption_removes(const char *path) {
  watch();
  for (int i = 0; i < PATHS_MAX; i++) {
    if (registered[i]) continue;
    const int length = snprintf(paths[i], sizeof paths[i], "%s", path);
    registered[i] = length >= 0 && (size_t)length < sizeof paths[i];
    return registered[i];
  }
  return false;
}

void interruption_spares(const char *path) {
  for (int i = 0; i < PATHS_MAX; i++) {
    if (registered[i] && strcmp(paths[i], path) == 0) registered[i] = 0;
  }
}

void interruption_hold(void) {
  watch();
  held = 1;
}

bool interruption_came(void) { return came != 0; }

void interruption_ignore(void) {
  ignored = 1;
  came = 0;
}

void interruption_release(void) {
  held = 0;
  if (came != 0) die_of(came);
}
