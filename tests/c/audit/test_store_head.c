/* Heads of a store: the text, its MAC, and what is no such text. */
#include "audit/store_head.h"

#include <stdio.h>
#include <string.h>

#include "worked_store.h"

#define STORE_ID "00112233445566778899aabbccddeeff"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define START "{\"secretstoreHead\":1,\"storeId\":\"" STORE_ID "\",\"madeAt\":5,\"epoch\":1,"
#define END ",\"mac\":\"" ZEROS "\"}"

typedef struct fixture {
  worked_store *store;
  arena *memory;
} fixture;

static int set_up(void **state) {
  static fixture made;
  void *store = NULL;
  assert_int_equal(worked_store_set_up(&store), 0);
  made = (fixture){.store = store, .memory = arena_new()};
  assert_non_null(made.memory);
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  void *store = made->store;
  arena_free(made->memory);
  return worked_store_tear_down(&store);
}

static void write_head(fixture *self, byte_buffer *text) {
  const chain_head first = {.sequence = 3, .mac = {0xab}};
  const chain_head second = {.namespace_name = text_view_of("n\"1"), .sequence = 4};
  ss_error error;
  store_head_begin(text, text_view_of(STORE_ID), TEST_NOW, 1);
  store_head_add(text, true, &first);
  store_head_add(text, false, &second);
  assert_ok(store_head_end(&self->store->signer, 1, text, &error), &error);
  buffer_append(text, "", 1);
  text->length--;
}

static ss_status parse(fixture *self, const char *text, store_head *parsed, ss_error *error) {
  return store_head_parse(text_view_of(text), text_view_of(STORE_ID), self->memory, parsed, error);
}

static bool is_authentic(fixture *self, const store_head *head) {
  bool authentic = false;
  ss_error error;
  assert_ok(store_head_is_authentic(&self->store->signer, head, &authentic, &error), &error);
  return authentic;
}

static void what_was_written_is_read_back_and_authentic(void **state) {
  fixture *self = *state;
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  store_head parsed;
  ss_error error;
  write_head(self, &text);
  assert_ok(parse(self, (const char *)text.data, &parsed, &error), &error);
  assert_int_equal(parsed.made_at, TEST_NOW);
  assert_int_equal(parsed.epoch, 1);
  assert_int_equal(parsed.count, 2);
  assert_null(parsed.heads[0].namespace_name.data);
  assert_int_equal(parsed.heads[0].mac[0], 0xab);
  assert_true(text_view_equals(parsed.heads[1].namespace_name, text_view_of("n\"1")));
  assert_int_equal(parsed.heads[1].sequence, 4);
  assert_true(is_authentic(self, &parsed));
}

static void any_other_content_is_not_authentic(void **state) {
  fixture *self = *state;
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  store_head parsed;
  ss_error error;
  write_head(self, &text);
  assert_ok(parse(self, (const char *)text.data, &parsed, &error), &error);
  parsed.heads[1].sequence++;
  assert_false(is_authentic(self, &parsed));
  parsed.heads[1].sequence--;
  parsed.made_at++;
  assert_false(is_authentic(self, &parsed));
  parsed.made_at--;
  parsed.count--;
  assert_false(is_authentic(self, &parsed));
  parsed.count++;
  parsed.mac[31] ^= 1;
  assert_false(is_authentic(self, &parsed));
}

static void white_space_does_not_matter(void **state) {
  fixture *self = *state;
  store_head parsed;
  ss_error error;
  assert_ok(parse(self, " " START " \"heads\" : [ ] " END "\n", &parsed, &error), &error);
  assert_int_equal(parsed.count, 0);
}

static void assert_refused(fixture *self, const char *text, ss_status expected, const char *why) {
  store_head parsed;
  ss_error error;
  assert_fails(parse(self, text, &parsed, &error), expected, &error);
  if (strstr(error.message, why) == NULL) fail_msg("%s: %s", text, error.message);
}

static void other_texts_are_refused_with_what_they_are(void **state) {
  fixture *self = *state;
  const ss_status invalid = SS_INVALID_ARGUMENT;
  assert_refused(self, "", invalid, "text that is not JSON");
  assert_refused(self, "{}", invalid, "other JSON");
  assert_refused(self, "{\"secretstoreHead\":2}", SS_UNSUPPORTED, "expected format 1, got 2");
  assert_refused(self, "{\"secretstoreHead\":1,\"storeId\":\"other\"}", invalid,
                 "one of another store");
  assert_refused(self, START "\"heads\":[]}", invalid, "malformed madeAt, epoch or mac");
  assert_refused(self, START "\"heads\":{}" END, invalid, "one without heads");
  assert_refused(self, START "\"heads\":[[null,0,\"" ZEROS "\"]]" END, invalid, "malformed entry");
  assert_refused(self, START "\"heads\":[[null,1,\"00\"]]" END, invalid, "malformed entry");
}

static void heads_stand_in_order_and_once(void **state) {
  fixture *self = *state;
#define HEAD(name) "[" name ",1,\"" ZEROS "\"]"
  assert_refused(self, START "\"heads\":[" HEAD("\"b\"") "," HEAD("\"a\"") "]" END,
                 SS_INVALID_ARGUMENT, "out of order");
  assert_refused(self, START "\"heads\":[" HEAD("null") "," HEAD("null") "]" END,
                 SS_INVALID_ARGUMENT, "out of order");
#undef HEAD
}

#define WITH_A_SIGNER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_A_SIGNER(what_was_written_is_read_back_and_authentic),
      WITH_A_SIGNER(any_other_content_is_not_authentic),
      WITH_A_SIGNER(white_space_does_not_matter),
      WITH_A_SIGNER(other_texts_are_refused_with_what_they_are),
      WITH_A_SIGNER(heads_stand_in_order_and_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
