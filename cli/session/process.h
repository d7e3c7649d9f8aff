/* What this process does to itself to keep what passes through it, and undoes before it becomes
 * another program. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

/* No core dump, no tracing by others, no death by a closed pipe. */
void process_protect(void);
/* As it was before: for exec. */
void process_restore(void);

#endif
