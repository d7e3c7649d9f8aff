/* The background thread: begun by its store, ended with it. */
#include "engine/store/background.h"

#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

const ss_caller maintenance_caller = {.actor = "maintenance"};

static void init_signals(background *self) {
  pthread_condattr_t monotonic;
  (void)pthread_mutex_init(&self->lock, NULL);
  (void)pthread_condattr_init(&monotonic);
  (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  (void)pthread_cond_init(&self->wake, &monotonic);
  (void)pthread_condattr_destroy(&monotonic);
}

void background_init(background *self) {
  *self = (background){0};
  init_signals(self);
}

void background_clear(background *self) {
  (void)pthread_mutex_destroy(&self->lock);
  (void)pthread_cond_destroy(&self->wake);
}

bool background_wait(background *self, int64_t duration_ms) {
  struct timespec until = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += (time_t)(duration_ms / MS_PER_SECOND);
  until.tv_nsec += (long)(duration_ms % MS_PER_SECOND) * NS_PER_MS;
  if (until.tv_nsec >= (long)MS_PER_SECOND * NS_PER_MS) {
    until.tv_sec++;
    until.tv_nsec -= (long)MS_PER_SECOND * NS_PER_MS;
  }
  (void)pthread_mutex_lock(&self->lock);
  int outcome = 0;
  while (!self->is_stopping && outcome == 0) {
    outcome = pthread_cond_timedwait(&self->wake, &self->lock, &until);
  }
  const bool stopping = self->is_stopping;
  (void)pthread_mutex_unlock(&self->lock);
  return stopping;
}

static void *run_thread(void *context) {
  background *self = context;
  self->run(self->context);
  return NULL;
}

bool background_start(background *self, void (*run)(void *context), void *context) {
  self->run = run;
  self->context = context;
  (void)pthread_mutex_lock(&self->lock);
  self->is_running = pthread_create(&self->thread, NULL, run_thread, self) == 0;
  const bool started = self->is_running;
  (void)pthread_mutex_unlock(&self->lock);
  return started;
}

void background_end(background *self) {
  (void)pthread_mutex_lock(&self->lock);
  self->is_stopping = true;
  (void)pthread_cond_broadcast(&self->wake);
  (void)pthread_mutex_unlock(&self->lock);
}

void background_await_end(background *self) {
  (void)pthread_mutex_lock(&self->lock);
  const bool running = self->is_running;
  self->is_running = false;
  (void)pthread_mutex_unlock(&self->lock);
  if (!running) return;
  if (pthread_equal(self->thread, pthread_self())) {
    (void)pthread_detach(self->thread);
  } else {
    (void)pthread_join(self->thread, NULL);
  }
}

/* The thread may have been waiting as the process forked: to the child's copy of the condition it
 * waits for ever, and destroying that would too. So both are made anew. */
void background_forget_thread(background *self) {
  self->is_running = false;
  init_signals(self);
}
