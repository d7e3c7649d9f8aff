/* JSON text: written by hand where the bytes are a format (AADs, canonical events), and checked
 * with jansson where it comes from outside (metadata, caller context). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/view.h"

/* Appends text as a JSON string, escaped to the byte as JavaScript's JSON.stringify does
 * (ECMA-262, QuoteJSONString); absent text becomes null. text must be valid UTF-8. */
void json_append_string(byte_buffer *output, text_view text);

/* Appends a number, or null for SS_NO_EXPIRY. */
void json_append_time(byte_buffer *output, int64_t time);

/* Parses any JSON text without duplicate keys; parse_error may be NULL. *document is NULL if the
 * text is no JSON; only memory that runs out is an error. Integers beyond 64 bits become reals. */
ss_status json_parse(text_view text, json_t **document, json_error_t *parse_error,
                     ss_error *error) MUST_CHECK;

/* Checks that every number in a well-formed text is one that 64 bits hold: see json_number.h. */
ss_status json_check_numbers(const char *what, text_view text, ss_error *error) MUST_CHECK;

/* Appends a parsed value as compact text. Reals come with as few digits as bring them back. */
void json_append_value(byte_buffer *output, const json_t *value);

/* Parses a text that is to be one JSON object within the limits of docs/limits.md (depth, no
 * duplicate keys, numbers that 64 bits hold, length as compact text). what names the argument in
 * the message, as in "metadata". *document is the caller's to json_decref; NULL after a failure. */
ss_status json_parse_object(const char *what, text_view text, json_t **document,
                            ss_error *error) MUST_CHECK;

/* Checks the same, and appends it compact: white space outside strings removed, and nothing else
 * changed, so that the order of keys and the spelling of numbers stay. */
ss_status json_append_compact_object(byte_buffer *output, const char *what, text_view text,
                                     ss_error *error) MUST_CHECK;

#endif
