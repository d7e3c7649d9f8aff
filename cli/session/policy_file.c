/* Reading policy files. */
#include "session/policy_file.h"

#include <string.h>

#include "terminal/failure.h"

int policy_file_read(const char *option, const char *path, policy_file *file) {
  const char *slash = strrchr(path, '/');
  *file = (policy_file){0};
  const int code = read_text_file(option, path, &file->text);
  if (code != EXIT_OK) return code;
  file->source = (ss_policy_source){
      .name = slash == NULL ? path : slash + 1,
      .text = (const char *)file->text.data,
      .text_length = file->text.length,
  };
  return EXIT_OK;
}

void policy_file_clear(policy_file *file) {
  secret_bytes_clear(&file->text);
  *file = (policy_file){0};
}
