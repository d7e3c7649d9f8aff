/* Formats, transfer keys and faults of import and export. */
#include "transfer/transfer.h"

#include <string.h>

#include "session/keys.h"
#include "terminal/failure.h"
#include "terminal/output.h"

/* One of the formats up to last. */
static bool find_format(const char *text, text_format last, text_format *format) {
  static const char *const names[] = {"portable", "component", "dotenv", "shell", "json"};
  *format = FORMAT_PORTABLE;
  if (text == NULL) return true;
  for (size_t i = 0; i <= (size_t)last; i++) {
    if (strcmp(text, names[i]) == 0) {
      *format = (text_format)i;
      return true;
    }
  }
  return false;
}

bool transfer_import_format(const char *text, text_format *format) {
  return find_format(text, FORMAT_DOTENV, format) ||
         fail_usage("import", "--format: expected portable, component or dotenv, got \"%s\"", text);
}

bool transfer_export_format(const char *text, text_format *format) {
  return find_format(text, FORMAT_JSON, format) ||
         fail_usage("export",
                    "--format: expected portable, component, dotenv, shell or json, got \"%s\"",
                    text);
}

int transfer_keys(const arguments *args, ss_keyring **keyring) {
  ss_error error;
  *keyring = NULL;
  if (!given(args, OPTION_TRANSFER_KEYS)) return EXIT_OK;
  if (ss_keyring_new(keyring, &error) != SS_OK) return fail_with(&error);
  const int code = keys_add_to_keyring(args->text[OPTION_TRANSFER_KEYS], *keyring);
  if (code == EXIT_OK) return code;
  ss_keyring_free(*keyring);
  *keyring = NULL;
  return code;
}

static json_t *fault_item(const ss_transfer_fault *fault) {
  json_t *item = json_object();
  (void)json_object_set_new(item, "line",
                            fault->line == 0 ? json_null() : json_integer(fault->line));
  json_add_text(item, "namespace", fault->namespace_name);
  json_add_text(item, "name", fault->name);
  json_add_text(item, "code", ss_status_name(fault->code));
  json_add_text(item, "message", fault->message);
  return item;
}

json_t *transfer_faults(const ss_transfer_fault *faults, size_t count) {
  json_t *items = json_array();
  for (size_t i = 0; i < count; i++) (void)json_array_append_new(items, fault_item(&faults[i]));
  return items;
}
