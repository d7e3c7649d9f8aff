/* man: the manual page in the language of man(7), made from the tables. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "terminal/failure.h"

/* Text with what roff would take for its own made harmless. */
static void print_text(const char *text) {
  bool at_line_start = true;
  for (; *text != '\0'; text++) {
    if (at_line_start && (*text == '.' || *text == '\'')) (void)printf("\\&");
    if (*text == '\\') {
      (void)printf("\\e");
    } else if (*text == '-') {
      (void)printf("\\-");
    } else {
      (void)putchar(*text);
    }
    at_line_start = *text == '\n';
  }
}

static void print_heading(const char *heading) { (void)printf(".SH %s\n", heading); }

static void print_tagged(const char *tag, const char *argument, const char *text) {
  (void)printf(".TP\n.B ");
  print_text(tag);
  if (argument != NULL) {
    (void)printf(" \\fI");
    print_text(argument);
    (void)printf("\\fR");
  }
  (void)printf("\n");
  print_text(text);
  (void)printf("\n");
}

static void print_option(option_id id) {
  char tag[64];
  const option_description *option = &option_descriptions[id];
  (void)snprintf(tag, sizeof tag, "--%s", option->name);
  print_tagged(tag, option->argument, option->help);
}

static void print_command(const command *of) {
  (void)printf(".SS ");
  print_text(of->name);
  if (of->positional != NULL) (void)printf(" %s", of->positional);
  if (of->takes_command) (void)printf(" \\-\\- COMMAND");
  (void)printf("\n%c", toupper((unsigned char)of->summary[0]));
  print_text(of->summary + 1);
  (void)printf(".\n.PP\n");
  print_text(of->details);
  (void)printf("\n.PP\nOptions:");
  const char *separator = " ";
  for (int id = 0; id < OPTION_COUNT; id++) {
    if ((of->options & OPTION_BIT(id)) == 0) continue;
    (void)printf("%s\\-\\-", separator);
    print_text(option_descriptions[id].name);
    separator = ", ";
  }
  (void)printf(".\n.PP\n.nf\n.RS 4\n");
  print_text(of->examples);
  (void)printf(".RE\n.fi\n");
}

static void print_meanings(const named_meaning *meanings) {
  for (; meanings->name != NULL; meanings++) {
    print_tagged(meanings->name, NULL, meanings->meaning);
  }
}

static int run_man(const arguments *args) {
  (void)printf(".TH SECRETSTORE 1 \"\" \"secretstore %s\" \"User Commands\"\n",
               ss_version_string());
  print_heading("NAME");
  (void)printf("secretstore \\- an encrypted secret store in one file\n");
  print_heading("SYNOPSIS");
  (void)printf(".B secretstore\n.I COMMAND\n[\\fINAME\\fR] [\\fIOPTIONS\\fR]\n");
  print_heading("DESCRIPTION");
  (void)printf(
      "Keeps secrets encrypted in one file, without a server: each value under its own key, those\n"
      "keys under versioned keys that only the host holds, and every change in an audit log that\n"
      "shows tampering.\n");
  print_heading("COMMANDS");
  for (int i = 0; args->commands[i] != NULL; i++) print_command(args->commands[i]);
  print_heading("OPTIONS");
  for (int id = 0; id < OPTION_COUNT; id++) print_option((option_id)id);
  print_heading("ENVIRONMENT");
  print_meanings(environment_variables);
  print_heading("EXIT STATUS");
  print_meanings(exit_codes);
  print_heading("SEE ALSO");
  (void)printf(".BR sqlite3 (1),\n.BR openssl (1)\n");
  return EXIT_OK;
}

const command command_man = {
    .name = "man",
    .summary = "print the manual page",
    .details = "In the roff language of man(7).",
    .examples = "secretstore man > secretstore.1 && man ./secretstore.1\n",
    .options = OPTION_BIT(OPTION_HELP),
    .run = run_man,
};
