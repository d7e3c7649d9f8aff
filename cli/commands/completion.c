/* completion: scripts for three shells, made from the tables. They complete commands, options and
 * file names, and never ask a store for names. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "terminal/failure.h"

static bool takes_file(const char *argument) {
  return argument != NULL && strcmp(argument, "FILE") == 0;
}

/* ---- Names of one word and of two ----------------------------------------------------------- */

/* The second word of a name whose first is that one; NULL: it has none. */
static const char *second_word(const command *of, const char *first, size_t length) {
  return command_begins_with(of, first, length) && of->name[length] == ' ' ? of->name + length + 1
                                                                           : NULL;
}

static size_t first_length(const command *of) { return strcspn(of->name, " "); }

/* Whether no command before it has the same first word. */
static bool begins_family(const command *const *commands, int at) {
  const command *of = commands[at];
  for (int i = 0; i < at; i++) {
    if (command_begins_with(commands[i], of->name, first_length(of))) return false;
  }
  return true;
}

static bool has_second_words(const command *const *commands, const command *first) {
  for (int i = 0; commands[i] != NULL; i++) {
    if (second_word(commands[i], first->name, first_length(first)) != NULL) return true;
  }
  return false;
}

static void print_first_words(const command *const *commands) {
  for (int i = 0; commands[i] != NULL; i++) {
    if (!begins_family(commands, i)) continue;
    (void)printf("%.*s ", (int)first_length(commands[i]), commands[i]->name);
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

/* One case for all names that begin alike: the first that fits ends the statement. */
static void print_bash_second_words(const command *const *commands) {
  for (int i = 0; commands[i] != NULL; i++) {
    const char *first = commands[i]->name;
    const size_t length = first_length(commands[i]);
    if (!begins_family(commands, i) || !has_second_words(commands, commands[i])) continue;
    (void)printf("    %.*s) COMPREPLY=($(compgen -W '", (int)length, first);
    const char *separator = "";
    for (int j = i; commands[j] != NULL; j++) {
      const char *second = second_word(commands[j], first, length);
      if (second == NULL) continue;
      (void)printf("%s%s", separator, second);
      separator = " ";
    }
    (void)printf("' -- \"$current\")) ;;\n");
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

static void print_zsh_word(const char *word, size_t length, const char *summary) {
  (void)printf("'%.*s:", (int)length, word);
  print_escaped(summary, "\\");
  (void)printf("'");
}

/* Of several commands that begin alike, the summary of one would mislead. */
static void print_zsh_first_word(const command *const *commands, const command *of) {
  char family[256];
  (void)command_family(commands, of->name, first_length(of), family, sizeof family);
  (void)printf("    ");
  print_zsh_word(of->name, first_length(of), has_second_words(commands, of) ? family : of->summary);
  (void)printf("\n");
}

static void print_zsh_second_words(const command *const *commands, const command *first) {
  const size_t length = first_length(first);
  if (!has_second_words(commands, first)) return;
  (void)printf("      %.*s) commands=(", (int)length, first->name);
  for (int i = 0; commands[i] != NULL; i++) {
    const char *second = second_word(commands[i], first->name, length);
    if (second == NULL) continue;
    (void)printf(" ");
    print_zsh_word(second, strlen(second), commands[i]->summary);
  }
  (void)printf(" ) ;;\n");
}

static void print_zsh(const command *const *commands) {
  (void)printf(
      "#compdef secretstore\n"
      "# zsh completion for secretstore; made by `secretstore completion zsh`.\n"
      "_secretstore() {\n"
      "  local -a commands\n"
      "  commands=(\n");
  for (int i = 0; commands[i] != NULL; i++) {
    if (begins_family(commands, i)) print_zsh_first_word(commands, commands[i]);
  }
  (void)printf(
      "    'help:what a command takes'\n"
      "    'version:the version'\n"
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe -t commands command commands\n"
      "    return\n"
      "  fi\n"
      "  if (( CURRENT == 3 )); then\n"
      "    commands=()\n"
      "    case ${words[2]} in\n");
  for (int i = 0; commands[i] != NULL; i++) {
    if (begins_family(commands, i)) print_zsh_second_words(commands, commands[i]);
  }
  (void)printf(
      "      completion) commands=(bash zsh fish) ;;\n"
      "    esac\n"
      "    if (( $#commands )) && [[ ${words[3]} != -* ]]; then\n"
      "      _describe -t commands command commands\n"
      "      return\n"
      "    fi\n"
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

/* The condition that the words before the one at hand begin with the command's name. */
static void print_fish_condition(const command *const *commands, const command *of) {
  (void)printf("complete -c secretstore -n '__secretstore_is %s", of->name);
  const bool is_first = of->name[first_length(of)] == '\0' && has_second_words(commands, of);
  for (int i = 0; is_first && commands[i] != NULL; i++) {
    const char *second = second_word(commands[i], of->name, first_length(of));
    if (second == NULL) continue;
    (void)printf("; and not __secretstore_is %s", commands[i]->name);
  }
  (void)printf("'");
}

static void print_fish_option(option_id id) {
  const option_description *option = &option_descriptions[id];
  (void)printf(" -l %s%s -d '", option->name,
               option->argument == NULL       ? ""
               : takes_file(option->argument) ? " -r -F"
                                              : " -x");
  print_escaped(option->help, "\\");
  (void)printf("'\n");
}

static void print_fish_first_word(const command *const *commands, const command *of) {
  char family[256];
  (void)command_family(commands, of->name, first_length(of), family, sizeof family);
  (void)printf("complete -c secretstore -n '__secretstore_is' -f -a '%.*s' -d '",
               (int)first_length(of), of->name);
  print_escaped(has_second_words(commands, of) ? family : of->summary, "\\");
  (void)printf("'\n");
}

static void print_fish_second_word(const command *of) {
  const char *second = second_word(of, of->name, first_length(of));
  if (second == NULL) return;
  (void)printf("complete -c secretstore -n '__secretstore_ends %.*s' -f -a '%s' -d '",
               (int)first_length(of), of->name, second);
  print_escaped(of->summary, "\\");
  (void)printf("'\n");
}

static void print_fish(const command *const *commands) {
  (void)printf(
      "# fish completion for secretstore; made by `secretstore completion fish`.\n"
      "# Whether the words before the one at hand are just these.\n"
      "function __secretstore_ends\n"
      "  set -l words (commandline -opc)\n"
      "  test \"$words[2..-1]\" = \"$argv\"\n"
      "end\n"
      "# Whether they begin with these; without any, whether there are none.\n"
      "function __secretstore_is\n"
      "  set -l words (commandline -opc)\n"
      "  if test (count $argv) -eq 0\n"
      "    test (count $words) -eq 1\n"
      "    return\n"
      "  end\n"
      "  set -l last (math 1 + (count $argv))\n"
      "  test (count $words) -ge $last\n"
      "  and test \"$words[2..$last]\" = \"$argv\"\n"
      "end\n");
  for (int i = 0; commands[i] != NULL; i++) {
    if (begins_family(commands, i)) print_fish_first_word(commands, commands[i]);
    print_fish_second_word(commands[i]);
    for (int id = 0; id < OPTION_COUNT; id++) {
      if ((commands[i]->options & OPTION_BIT(id)) == 0) continue;
      print_fish_condition(commands, commands[i]);
      print_fish_option((option_id)id);
    }
  }
  (void)printf(
      "complete -c secretstore -n '__secretstore_ends completion' -x -a 'bash zsh fish'\n");
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
