/* A user's program: keeps a secret and reads it back. Built against the installed library, in each
 * way that a user may link it, as C and as C++. */
#include <secretstore/secretstore.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, const ss_error *error) {
  (void)fprintf(stderr, "%s: %s (%s)\n", what, error->message, ss_status_name(error->code));
  return 1;
}

int main(int argument_count, char **arguments) {
  static const char value[] = "sk_live_51abc";
  ss_options *options = NULL;
  ss_store *store = NULL;
  ss_error error;
  char key[SS_KEY_TEXT_CAPACITY];
  if (argument_count != 2) return 2;

  if (ss_generate_key(key, &error) != SS_OK) return fail("key", &error);
  if (ss_options_new(arguments[1], &options, &error) != SS_OK) return fail("options", &error);
  if (ss_options_add_key(options, 1, key, &error) != SS_OK) return fail("add key", &error);
  ss_wipe(key, sizeof key);
  if (ss_store_open(options, &store, &error) != SS_OK) return fail("open", &error);
  ss_options_free(options);

  ss_put_request put;
  ss_put_request_init(&put);
  put.namespace_name = "acme:production";
  put.name = "STRIPE_KEY";
  put.value = value;
  put.value_length = strlen(value);
  if (ss_put(store, &put, NULL, &error) != SS_OK) return fail("put", &error);

  ss_get_request get;
  ss_get_result loaded;
  ss_get_request_init(&get);
  get.namespace_name = "acme:production";
  get.name = "STRIPE_KEY";
  if (ss_get(store, &get, &loaded, &error) != SS_OK) return fail("get", &error);
  const int same = loaded.reason == SS_OK && loaded.value_length == strlen(value) &&
                   memcmp(loaded.value, value, strlen(value)) == 0;
  ss_get_result_clear(&loaded);
  ss_store_free(store);
  (void)printf("%s with libsecretstore %s\n", same ? "kept and read" : "WRONG VALUE",
               ss_version_string());
  return same ? 0 : 1;
}
