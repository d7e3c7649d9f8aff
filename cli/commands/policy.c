/* policy check and policy types. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/policy_file.h"
#include "session/target.h"
#include "terminal/failure.h"
#include "terminal/output.h"

static void print_text(const ss_text *text) {
  const bool ends = text->length > 0 && text->text[text->length - 1] == '\n';
  (void)printf("%s%s", text->text, ends ? "" : "\n");
}

static int run_policy_check(const arguments *args) {
  policy_file file;
  ss_text description;
  ss_error error;
  int code = policy_file_read("policy check", args->positional, &file);
  if (code == EXIT_OK && ss_policy_check(&file.source, &description, &error) != SS_OK) {
    code = fail_with(&error);
  } else if (code == EXIT_OK && given(args, OPTION_JSON)) {
    code = print_json(json_pack("{s:b, s:s}", "isValid", true, "description", description.text));
    ss_text_clear(&description);
  } else if (code == EXIT_OK) {
    print_text(&description);
    ss_text_clear(&description);
  }
  policy_file_clear(&file);
  return code;
}

const command command_policy_check = {
    .name = "policy check",
    .positional = "FILE",
    .summary = "compile a policy and print what it allows",
    .details = "Exit code 6: it is not well formed; the message says where.",
    .examples = "secretstore policy check policy.lua\n",
    .options = EVERY_COMMAND,
    .run = run_policy_check,
};

static int write_types(const arguments *args, const policy_file *file, target *output) {
  ss_text types;
  ss_error error;
  if (ss_policy_types(&file->source, args->text[OPTION_LANGUAGE], &types, &error) != SS_OK) {
    return fail_with(&error);
  }
  const int code = target_write(output, types.text, types.length);
  ss_text_clear(&types);
  return code;
}

static int run_policy_types(const arguments *args) {
  policy_file file = {0};
  target output;
  if (!given(args, OPTION_LANGUAGE)) {
    (void)fail_usage("policy types", "expected --language typescript, python or json-schema");
    return EXIT_USAGE;
  }
  int code = target_choose(args, EXISTING_IS_REPLACED, args->positional, &output);
  if (code == EXIT_OK) code = policy_file_read("policy types", args->positional, &file);
  if (code == EXIT_OK) code = write_types(args, &file, &output);
  policy_file_clear(&file);
  return code;
}

const command command_policy_types = {
    .name = "policy types",
    .positional = "FILE",
    .summary = "print a policy's namespaces, names and metadata as types",
    .details = "For TypeScript, Python or as JSON Schema, with the policy's hash in it.",
    .examples =
        "secretstore policy types policy.lua --language typescript > secrets.ts\n"
        "secretstore policy types policy.lua --language python > secret_types.py\n",
    .options = EVERY_COMMAND | OPTION_BIT(OPTION_LANGUAGE) | OPTION_BIT(OPTION_OUTPUT),
    .run = run_policy_types,
};
