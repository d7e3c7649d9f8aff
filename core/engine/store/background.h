/* A store's background thread: it runs what it is given until it is told to end. */
#ifndef ENGINE_STORE_BACKGROUND_H
#define ENGINE_STORE_BACKGROUND_H

#include <pthread.h>
#include <stdbool.h>

#include "base/guard.h"

/* Who a store works for when it works for itself; operations know it by its address. */
extern const ss_caller maintenance_caller;

typedef struct background {
  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t wake;
  pthread_t thread;
  bool is_running; /* thread is to be joined */
  bool is_stopping;
  void (*run)(void *context);
  void *context;
} background;

void background_init(background *self);
void background_clear(background *self);

/* False if the system refuses a thread. run returns when background_wait says so. */
bool background_start(background *self, void (*run)(void *context), void *context);
/* For the thread: waits so long, or until it is to end, which true says. */
bool background_wait(background *self, int64_t duration_ms);
/* Tells the thread to end, and does not wait for it. Fine if there is none. */
void background_end(background *self);
/* Waits until it has ended, after it has left the store; or lets go of it, if it is the caller. */
void background_await_end(background *self);
/* In a child process, which has no such thread. */
void background_forget_thread(background *self);

#endif
