/* completion: scripts for three shells, made from the tables. They complete commands, options and
 * file names, and never ask a store for names. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "terminal/failure.h"

static bool takes_file(const char *argument) {
  return argument != NULL && strcmp(argument, "FILE") == 0;
}

/* The first word of a command's name, and the second or "". */
static void print_first_words(const command *const *commands) {
  const char *last = "";
  for (int i = 0; commands[i] != NULL; i++) {
    const char *name = commands[i]->name;
    const size_t length = strcspn(name, " ");
    if (strlen(last) >= length && strncmp(last, name, length) == 0 &&
        (last[length] == ' ' || last[length] == '\0')) {
      continue;
    }
    (void)printf("%.*s ", (int)length, name);
    last = name;
  }
  (void)printf("help version");
}

/* ---- bash ---------------------------------------------------------------------------------- */

static void print_bash_case(const command *of) {
  (void)printf("    '%s') options='", of->name);
  for (int id = 0; id < OPTION_COUNT; id++) {
    if ((of->options & OPTION_BIT(id)) != 0) (void)printf("--%s ", option_descriptions[id].name);
  }
  (void)printf("' ;;\n");
}

static void print_bash_second_words(const command *const *commands) {
  for (int i = 0; commands[i] != NULL; i++) {
    const char *space = strchr(commands[i]->name, ' ');
    if (space == NULL) continue;
    (void)printf("    %.*s) COMPREPLY+=($(compgen -W '%s' -- \"$current\")) ;;\n",
                 (int)(space - commands[i]->name), commands[i]->name, space + 1);
  }
}

static void print_bash(const command *const *commands) {
  (void)printf(
      "# bash completion for secretstore; made by `secretstore completion bash`.\n"
      "_secretstore() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '");
  print_first_words(commands);
  (void)printf("' -- \"$current\"))\n    return\n  fi\n");
  (void)printf("  if [ \"$COMP_CWORD\" -eq 2 ]; then\n    case ${COMP_WORDS[1]} in\n");
  print_bash_second_words(commands);
  (void)printf(
      "    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$current\")); return ;;\n"
      "    esac\n    [ \"${#COMPREPLY[@]}\" -eq 0 ] || return\n  fi\n"
      "  case $previous in\n");
  for (int id = 0; id < OPTION_COUNT; id++) {
    const option_description *option = &option_descriptions[id];
    if (option->argument == NULL) continue;
    (void)printf("    --%s) %sreturn ;;\n", option->name,
                 takes_file(option->argument) ? "COMPREPLY=($(compgen -f -- \"$current\")); " : "");
  }
  (void)printf("  esac\n  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
  for (int i = 0; commands[i] != NULL; i++) {
    if (strchr(commands[i]->name, ' ') != NULL) print_bash_case(commands[i]);
  }
  (void)printf("  esac\n  [ -n \"$options\" ] || case ${COMP_WORDS[1]} in\n");
  for (int i = 0; commands[i] != NULL; i++) {
    if (strchr(commands[i]->name, ' ') == NULL) print_bash_case(commands[i]);
  }
  (void)printf(
      "  esac\n"
      "  case $current in\n"
      "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _secretstore secretstore\n");
}

/* ---- zsh and fish -------------------------------------------------------------------------- */

/* In single quotes; zsh reads [ ] and : of its own in a specification. */
static void print_escaped(const char *text, const char *special) {
  for (; *text != '\0'; text++) {
    if (*text == '\'') {
      (void)printf("'\\''");
      continue;
    }
    if (strchr(special, *text) != NULL) (void)putchar('\\');
    (void)putchar(*text);
  }
}

static void print_zsh_option(option_id id) {
  const option_description *option = &option_descriptions[id];
  (void)printf("      '--%s[", option->name);
  print_escaped(option->help, "[]:\\");
  (void)printf("]");
  if (option->argument != NULL) {
    (void)printf(":");
    print_escaped(option->argument, ":\\");
    (void)printf(":%s", takes_file(option->argument) ? "_files" : "");
  }
  (void)printf("' \\\n");
}

static void print_zsh(const command *const *commands) {
  (void)printf(
      "#compdef secretstore\n"
      "# zsh completion for secretstore; made by `secretstore completion zsh`.\n"
      "_secretstore() {\n"
      "  local -a commands\n"
      "  commands=(\n");
  for (int i = 0; commands[i] != NULL; i++) {
    (void)printf("    '");
    print_escaped(commands[i]->name, ":\\");
    (void)printf(":");
    print_escaped(commands[i]->summary, "\\");
    (void)printf("'\n");
  }
  (void)printf(
      "    'help:what a command takes'\n"
      "    'version:the version'\n"
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe -t commands command commands\n"
      "    return\n"
      "  fi\n"
      "  local name=${words[2]}\n"
      "  case \"${words[2]} ${words[3]}\" in\n");
  for (int i = 0; commands[i] != NULL; i++) {
    if (strchr(commands[i]->name, ' ') == NULL) continue;
    (void)printf("    '%s') name='%s' ;;\n", commands[i]->name, commands[i]->name);
  }
  (void)printf("  esac\n  case $name in\n");
  for (int i = 0; commands[i] != NULL; i++) {
    (void)printf("    '%s') _arguments \\\n", commands[i]->name);
    for (int id = 0; id < OPTION_COUNT; id++) {
      if ((commands[i]->options & OPTION_BIT(id)) != 0) print_zsh_option((option_id)id);
    }
    (void)printf("      '*:file:_files' ;;\n");
  }
  (void)printf("  esac\n}\n_secretstore \"$@\"\n");
}

static void print_fish_command(const command *of) {
  const size_t first = strcspn(of->name, " ");
  (void)printf("complete -c secretstore -n __fish_use_subcommand -a '%.*s' -d '", (int)first,
               of->name);
  print_escaped(of->summary, "\\");
  (void)printf("'\n");
  if (of->name[first] == ' ') {
    (void)printf("complete -c secretstore -n '__fish_seen_subcommand_from %.*s' -a '%s'\n",
                 (int)first, of->name, of->name + first + 1);
  }
  for (int id = 0; id < OPTION_COUNT; id++) {
    const option_description *option = &option_descriptions[id];
    if ((of->options & OPTION_BIT(id)) == 0) continue;
    (void)printf("complete -c secretstore -n '__fish_seen_subcommand_from %.*s' -l %s%s -d '",
                 (int)first, of->name, option->name,
                 option->argument == NULL       ? ""
                 : takes_file(option->argument) ? " -r -F"
                                                : " -x");
    print_escaped(option->help, "\\");
    (void)printf("'\n");
  }
}

static void print_fish(const command *const *commands) {
  (void)printf("# fish completion for secretstore; made by `secretstore completion fish`.\n");
  for (int i = 0; commands[i] != NULL; i++) print_fish_command(commands[i]);
  (void)printf(
      "complete -c secretstore -n '__fish_seen_subcommand_from completion' -x"
      " -a 'bash zsh fish'\n");
}

static int run_completion(const arguments *args) {
  if (strcmp(args->positional, "bash") == 0) {
    print_bash(args->commands);
  } else if (strcmp(args->positional, "zsh") == 0) {
    print_zsh(args->commands);
  } else if (strcmp(args->positional, "fish") == 0) {
    print_fish(args->commands);
  } else {
    (void)fail_usage("completion", "expected bash, zsh or fish, got \"%s\"", args->positional);
    return EXIT_USAGE;
  }
  return EXIT_OK;
}

const command command_completion = {
    .name = "completion",
    .positional = "SHELL",
    .summary = "print a completion script for bash, zsh or fish",
    .details = "Commands, options, file names; never names of secrets.",
    .examples =
        "secretstore completion bash > /etc/bash_completion.d/secretstore\n"
        "secretstore completion zsh > \"${fpath[1]}/_secretstore\"\n"
        "secretstore completion fish > ~/.config/fish/completions/secretstore.fish\n",
    .options = OPTION_BIT(OPTION_HELP),
    .run = run_completion,
};
