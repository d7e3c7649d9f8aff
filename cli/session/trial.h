/* A folder for a store on which a call is tried where there is none yet: only what succeeds there
 * makes one in its place. It lies beside that place, under the same permissions and on the same
 * disk, and is gone when the trial is over, by a signal too; what a crash leaves, the next trial
 * for that place removes. */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include <limits.h>

typedef struct trial_store {
  char store[PATH_MAX + 8]; /* what to open; "": there is no trial */
  char folder[PATH_MAX];
  int lock; /* the folder's descriptor, while there is a trial */
} trial_store;

/* For the store at path. Gives an exit code. */
int trial_begin(const char *path, trial_store *begun);
/* Once its store is closed. */
void trial_end(trial_store *self);

#endif
