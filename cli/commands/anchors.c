/* Making an anchor and writing it. */
#include "commands/anchors.h"

#include <string.h>
#include <unistd.h>

#include "terminal/bytes.h"
#include "terminal/failure.h"

/* As those who read the file found it. Another owner can only be kept by those who may. */
static void resemble(const target *output, const struct stat *like) {
  if (fchown(output->descriptor, like->st_uid, like->st_gid) == 0) {
    (void)fchmod(output->descriptor, like->st_mode & (S_IRWXU | S_IRWXG | S_IRWXO));
  }
}

static int make_into(session *opened, const target *output, int64_t *made_at) {
  ss_anchor made;
  ss_error error;
  if (ss_make_anchor(opened->store, &opened->caller, &made, &error) != SS_OK) {
    return fail_with(&error);
  }
  int code = write_all(output->descriptor, made.text, strlen(made.text), output->label);
  if (code == EXIT_OK) code = write_all(output->descriptor, "\n", 1, output->label);
  if (made_at != NULL) *made_at = made.made_at;
  ss_anchor_clear(&made);
  return code;
}

int anchor_make(session *opened, target *output, const struct stat *like, int64_t *made_at) {
  const int code = target_open(output);
  if (code != EXIT_OK) return code;
  if (like != NULL) resemble(output, like);
  return target_close(output, make_into(opened, output, made_at));
}
