/* The list that main looks commands up in. */
#include "commands/commands.h"

#include <stddef.h>

#define LIST_COMMAND(name) &command_##name,
const command *const all_commands[] = {COMMANDS(LIST_COMMAND) NULL};
