/* Reading VERSION:BASE64 keys. What was read is wiped, the environment variable too: it would
 * otherwise be there for the whole process to see, and for a core dump. */
#include "session/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"

enum { KEYS_FILE_MAX_BYTES = 262144 };

/* What keys are added to: one of the two. */
typedef struct key_target {
  ss_options *options;
  ss_keyring *keyring;
} key_target;

/* text is VERSION:BASE64, and is taken apart in place. where completes "in ...". */
static int add_key(char *text, const char *where, int position, const key_target *target) {
  char *colon = strchr(text, ':');
  int64_t version = 0;
  if (colon == NULL) {
    return fail(SS_INVALID_OPTIONS, "key %d in %s: expected VERSION:BASE64, got no colon", position,
                where);
  }
  *colon = '\0';
  if (!parse_integer(text, SS_MAX_INTEGER, &version)) {
    return fail(SS_INVALID_OPTIONS,
                "key %d in %s: expected a version from 0 to 2^53-1 before the colon", position,
                where);
  }
  ss_error error;
  const ss_status status = target->keyring != NULL
                               ? ss_keyring_add_key(target->keyring, version, colon + 1, &error)
                               : ss_options_add_key(target->options, version, colon + 1, &error);
  return status == SS_OK ? EXIT_OK : fail_with(&error);
}

static char *skip_spaces(char *text) { return text + strspn(text, " \t\r\n"); }

/* Keys between separators; in a file, # begins a comment. */
static int add_keys(char *text, const char *separators, const char *where,
                    const key_target *target) {
  char *rest = NULL;
  int position = 0;
  for (char *word = strtok_r(text, separators, &rest); word != NULL;
       word = strtok_r(NULL, separators, &rest)) {
    char *key = skip_spaces(word);
    if (*key == '\0' || *key == '#') continue;
    const int code = add_key(key, where, ++position, target);
    if (code != EXIT_OK) return code;
  }
  if (position > 0) return EXIT_OK;
  return fail(SS_INVALID_OPTIONS, "expected at least one key in %s, got none", where);
}

/* ---- The environment ----------------------------------------------------------------------- */

static int add_from_environment(bool is_last_time, const key_target *target) {
  secret_bytes copy = {0};
  char *text = getenv("SECRET_STORE_KEYS");
  if (text == NULL) {
    return fail(SS_INVALID_OPTIONS,
                "expected keys in --keys-file FILE or in the environment variable "
                "SECRET_STORE_KEYS (VERSION:BASE64,...), got neither");
  }
  int code = secret_bytes_append(&copy, text, strlen(text) + 1);
  if (code == EXIT_OK) code = add_keys((char *)copy.data, ",", "SECRET_STORE_KEYS", target);
  secret_bytes_clear(&copy);
  if (is_last_time) {
    ss_wipe(text, strlen(text));
    (void)unsetenv("SECRET_STORE_KEYS");
  }
  return code;
}

/* ---- A file -------------------------------------------------------------------------------- */

static int check_file(int descriptor, const char *path) {
  struct stat information;
  if (fstat(descriptor, &information) != 0) {
    return fail(SS_STORAGE_FAILED, "keys file \"%s\": %s", path, strerror(errno));
  }
  if (!S_ISREG(information.st_mode)) {
    return fail(SS_INVALID_OPTIONS, "keys file \"%s\": expected a regular file", path);
  }
  if ((information.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(SS_INVALID_OPTIONS,
                "keys file \"%s\": expected that only its owner has access, got mode %04o; run: "
                "chmod 600 \"%s\"",
                path, (unsigned int)(information.st_mode & 07777), path);
  }
  return EXIT_OK;
}

static int add_from_descriptor(int descriptor, const char *path, const key_target *target) {
  secret_bytes text = {0};
  char where[600];
  (void)snprintf(where, sizeof where, "keys file \"%s\"", path);
  int code = check_file(descriptor, path);
  if (code == EXIT_OK) code = secret_bytes_read(&text, descriptor, KEYS_FILE_MAX_BYTES, where);
  if (code == EXIT_OK) code = secret_bytes_append(&text, "", 1);
  if (code == EXIT_OK) code = add_keys((char *)text.data, "\n", where, target);
  secret_bytes_clear(&text);
  return code;
}

static int add_from_file(const char *path, const key_target *target) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return fail(SS_STORAGE_FAILED, "keys file \"%s\": %s", path, strerror(errno));
  }
  const int code = add_from_descriptor(descriptor, path, target);
  (void)close(descriptor);
  return code;
}

int keys_add(const char *keys_file, bool is_last_time, ss_options *options) {
  const key_target target = {.options = options};
  return keys_file != NULL ? add_from_file(keys_file, &target)
                           : add_from_environment(is_last_time, &target);
}

int keys_add_to_keyring(const char *keys_file, ss_keyring *keyring) {
  const key_target target = {.keyring = keyring};
  return add_from_file(keys_file, &target);
}
