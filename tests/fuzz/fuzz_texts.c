/* Fuzzing the texts that are kept outside of a store and come back: heads, anchors, portable exports.
 * The first byte says which; none but those that this store made may pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "secretstore/secretstore.h"

static ss_store *open_store(const char *anchor, ss_error *error) {
  ss_options *options = NULL;
  ss_store *store = NULL;
  if (ss_options_new(":memory:", &options, error) != SS_OK) abort();
  if (ss_options_add_key(options, 1, "oaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaE=", error) !=
      SS_OK) {
    abort();
  }
  if (ss_options_set_anchor(options, anchor, error) != SS_OK) abort();
  if (ss_store_open(options, &store, error) != SS_OK) store = NULL;
  ss_options_free(options);
  return store;
}

static void put_one(ss_store *store) {
  ss_put_request request;
  ss_error error;
  ss_put_request_init(&request);
  request.name = "A";
  request.value = "1";
  request.value_length = 1;
  if (ss_put(store, &request, NULL, &error) != SS_OK) abort();
}

static void verify_with(ss_store *store, const char *text) {
  ss_verify_request request;
  ss_verify_report report;
  ss_error error;
  ss_verify_request_init(&request);
  request.expected_head = text;
  if (ss_verify(store, &request, &report, &error) == SS_OK) abort(); /* nobody can make one */
  ss_verify_report_clear(&report);
}

static void import_it(ss_store *store, const char *text, size_t length) {
  ss_import_request request;
  ss_import_report report;
  ss_error error;
  ss_import_request_init(&request);
  request.text = text;
  request.text_length = length;
  request.dry_run = true;
  if (ss_import(store, &request, &report, &error) == SS_OK && report.imported > 0) abort();
  ss_import_report_clear(&report);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t length) {
  static ss_store *store;
  ss_error error;
  if (store == NULL) {
    store = open_store(NULL, &error);
    if (store == NULL) abort();
    put_one(store);
  }
  if (length == 0) return 0;
  char *text = malloc(length);
  if (text == NULL) abort();
  memcpy(text, data + 1, length - 1);
  text[length - 1] = '\0';
  switch (data[0] % 3) {
    case 0: verify_with(store, text); break;
    case 1: import_it(store, text, length - 1); break;
    default:
      if (open_store(text, &error) != NULL) abort();
      break;
  }
  free(text);
  return 0;
}
