/* The list of commands, in the order in which help shows them. A command is a row command_NAME of
 * options.h's struct beside the function that runs it, and a name here. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "options/options.h"

#define COMMANDS(COMMAND) \
  COMMAND(keygen)         \
  COMMAND(put)            \
  COMMAND(get)            \
  COMMAND(has)            \
  COMMAND(update)         \
  COMMAND(rm)             \
  COMMAND(ls)             \
  COMMAND(namespaces)     \
  COMMAND(events)         \
  COMMAND(verify)         \
  COMMAND(accept)         \
  COMMAND(audit_head)     \
  COMMAND(audit_anchor)   \
  COMMAND(cleanup)        \
  COMMAND(backup)         \
  COMMAND(restore)        \
  COMMAND(keys)           \
  COMMAND(keys_admit)     \
  COMMAND(keys_retire)    \
  COMMAND(rotate)         \
  COMMAND(import)         \
  COMMAND(export)         \
  COMMAND(exec)           \
  COMMAND(settings)       \
  COMMAND(stats)          \
  COMMAND(maintain)       \
  COMMAND(policy_check)   \
  COMMAND(policy_types)   \
  COMMAND(policy_test)    \
  COMMAND(policy_try)     \
  COMMAND(completion)     \
  COMMAND(man)

#define DECLARE_COMMAND(name) extern const command command_##name;
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

extern const command *const all_commands[]; /* ends with NULL */

#endif
