/* Fuzzing the text of a root: what is read is written as it was, and what is not is refused; nothing
 * stays behind. */
#include <stdlib.h>

#include "audit/root.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t length) {
  root_record root;
  byte_buffer again = {0};
  ss_error error;
  const text_view text = {(const char *)data, length};
  if (length == 0 || root_parse(text, &root, &error) != SS_OK) return 0;
  root_append_text(&again, &root);
  if (!text_view_equals((text_view){(const char *)again.data, again.length}, text)) abort();
  buffer_clear(&again);
  root_clear(&root);
  return 0;
}
