/* A secret's value as a field of a JSON object: text if it is UTF-8, else base64. */
#ifndef CLI_ENCODING_H
#define CLI_ENCODING_H

#include "bytes.h"

/* Appends "value":"..." or "valueBase64":"...". Gives an exit code. */
int append_value_field(secret_bytes *output, const unsigned char *value, size_t length);

#endif
