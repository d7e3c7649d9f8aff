/* Values as JSON: a string, or a field of an object that is text if it is UTF-8, else base64. */
#ifndef CLI_ENCODING_H
#define CLI_ENCODING_H

#include "terminal/bytes.h"

/* Appends a JSON string of text that is UTF-8. Gives an exit code. */
int append_json_string(secret_bytes *output, const unsigned char *value, size_t length);

/* Appends "value":"..." or "valueBase64":"...". Gives an exit code. */
int append_value_field(secret_bytes *output, const unsigned char *value, size_t length);

#endif
