/* Signals that end the process (SIGINT, SIGTERM, SIGHUP), while there is something that it must not
 * leave behind. At other times they do what they always do. */
#ifndef CLI_INTERRUPTION_H
#define CLI_INTERRUPTION_H

#include <signal.h>
#include <stdbool.h>

/* While a file is made whose name is to be registered: signals wait. */
void interruption_block(sigset_t *before);
void interruption_unblock(const sigset_t *before);

/* From now on a signal removes that file, or folder once it is empty, before it ends the process.
 * Several are removed in the order in which they were registered. False: there are too many. */
bool interruption_removes(const char *path);
/* No longer: it is removed already, or has become what it was to be. */
void interruption_spares(const char *path);

/* From now on a signal is only noted, for a call that cleans up behind itself when told to stop. */
void interruption_hold(void);
bool interruption_came(void);
/* From now on a signal that is held does nothing at all: what it would have stopped is done. */
void interruption_ignore(void);
/* Ends the process by the signal that came meanwhile, if one did. */
void interruption_release(void);

#endif
