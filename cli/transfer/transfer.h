/* What import and export share: formats, transfer keys, faults. */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include <jansson.h>

#include "options/options.h"

/* Those that import reads stand first. */
typedef enum text_format {
  FORMAT_PORTABLE,
  FORMAT_COMPONENT,
  FORMAT_DOTENV,
  FORMAT_SHELL,
  FORMAT_JSON
} text_format;

/* The format that text names, portable if it is NULL. False after printing what was wrong. */
bool transfer_import_format(const char *text, text_format *format);
bool transfer_export_format(const char *text, text_format *format);
/* The keys of --transfer-keys-file, to be freed; NULL if it was not given. Gives an exit code. */
int transfer_keys(const arguments *args, ss_keyring **keyring);
json_t *transfer_faults(const ss_transfer_fault *faults, size_t count);

#endif
