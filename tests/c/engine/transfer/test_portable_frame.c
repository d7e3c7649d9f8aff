/* The frame of a portable export: what its end covers, and which headers open. */
#include "engine/transfer/portable_frame.h"

#include <string.h>

#include "support/support.h"

#define STORE_ID "00112233445566778899aabbccddeeff"

typedef struct fixture {
  crypto_suite suite;
  keyring ring;
  envelope *envelope;
  portable_frame written;
  portable_frame read;
  byte_buffer header;
  byte_buffer end;
} fixture;

static text_view text_of(const byte_buffer *line) {
  return (text_view){(const char *)line->data, line->length};
}

static void cover(portable_frame *frame, text_view line) {
  ss_error error;
  const byte_view bytes = {(const unsigned char *)line.data, line.length};
  assert_ok(portable_frame_cover(frame, bytes, &error), &error);
}

/* An export of two rows, and its header read back. */
static int set_up(void **state) {
  static fixture made;
  ss_error error;
  made = (fixture){0};
  assert_ok(crypto_suite_init(&made.suite, &error), &error);
  assert_ok(keyring_add_text(&made.ring, 1, text_view_of(test_key(1)), &error), &error);
  assert_ok(envelope_new(&made.suite, &made.ring, &made.envelope, &error), &error);
  assert_ok(portable_frame_begin(&made.written, &made.suite, made.envelope, 1,
                                 text_view_of(STORE_ID), TEST_NOW, &made.header, &error),
            &error);
  cover(&made.written, text_of(&made.header));
  cover(&made.written, text_view_of("one"));
  cover(&made.written, text_view_of("two"));
  portable_frame_end(&made.written, &made.end);
  assert_ok(
      portable_frame_open(&made.read, &made.suite, made.envelope, text_of(&made.header), &error),
      &error);
  cover(&made.read, text_of(&made.header));
  *state = &made;
  return 0;
}

static int tear_down(void **state) {
  fixture *made = *state;
  portable_frame_clear(&made->written);
  portable_frame_clear(&made->read);
  buffer_clear(&made->header);
  buffer_clear(&made->end);
  envelope_free(made->envelope);
  keyring_clear(&made->ring);
  crypto_suite_clear(&made->suite);
  return 0;
}

static void assert_end(const fixture *self, text_view line, bool expected) {
  bool is_end = false;
  bool authentic = !expected;
  ss_error error;
  assert_ok(portable_check_end(&self->read, line, &is_end, &authentic, &error), &error);
  assert_true(is_end);
  assert_int_equal(authentic, expected);
}

static void the_end_closes_the_very_lines_that_were_written(void **state) {
  fixture *self = *state;
  cover(&self->read, text_view_of("one"));
  cover(&self->read, text_view_of("two"));
  assert_true(text_view_equals(self->read.export_id, self->written.export_id));
  assert_end(self, text_of(&self->end), true);
}

static void the_end_does_not_close_fewer_other_or_reordered_lines(void **state) {
  fixture *self = *state;
  cover(&self->read, text_view_of("one"));
  assert_end(self, text_of(&self->end), false);
  cover(&self->read, text_view_of("twp"));
  assert_end(self, text_of(&self->end), false);
}

static void lines_in_another_order_do_not_authenticate(void **state) {
  fixture *self = *state;
  cover(&self->read, text_view_of("two"));
  cover(&self->read, text_view_of("one"));
  assert_end(self, text_of(&self->end), false);
}

static void an_end_that_is_spelt_otherwise_does_not_authenticate(void **state) {
  fixture *self = *state;
  cover(&self->read, text_view_of("one"));
  cover(&self->read, text_view_of("two"));
  buffer_append_text(&self->end, " ");
  assert_end(self, text_of(&self->end), false);
}

static void a_row_is_no_end_and_no_header(void **state) {
  fixture *self = *state;
  bool is_end = true;
  bool authentic = true;
  ss_error error;
  assert_ok(portable_check_end(&self->read, text_view_of("{\"name\":\"A\"}"), &is_end, &authentic,
                               &error),
            &error);
  assert_false(is_end || authentic);
  assert_false(portable_is_header(text_view_of("{\"name\":\"A\"}")));
  assert_true(portable_is_header(text_of(&self->header)));
}

static void assert_header_refused(fixture *self, const char *header, ss_status expected) {
  portable_frame frame ON_SCOPE_EXIT(portable_frame_clear) = {0};
  ss_error error;
  assert_fails(
      portable_frame_open(&frame, &self->suite, self->envelope, text_view_of(header), &error),
      expected, &error);
  assert_non_null(strstr(error.message, "line 1: expected"));
}

static void headers_that_are_malformed_or_newer_are_refused(void **state) {
  fixture *self = *state;
  assert_header_refused(self, "{\"secretstoreExport\":1", SS_INVALID_ARGUMENT);
  assert_header_refused(self, "{\"secretstoreExport\":1}", SS_INVALID_ARGUMENT);
  assert_header_refused(self, "{\"secretstoreExport\":2}", SS_UNSUPPORTED);
}

static void a_changed_header_does_not_open(void **state) {
  fixture *self = *state;
  portable_frame frame ON_SCOPE_EXIT(portable_frame_clear) = {0};
  ss_error error;
  char *id = strstr((char *)self->header.data, "\"exportId\":\"");
  assert_non_null(id);
  id[12] = id[12] == '0' ? '1' : '0';
  assert_fails(
      portable_frame_open(&frame, &self->suite, self->envelope, text_of(&self->header), &error),
      SS_DECRYPTION_FAILED, &error);
}

static void faults_beyond_what_is_described_are_counted(void **state) {
  transfer_faults faults = {0};
  ss_error error;
  arena *memory = arena_new();
  assert_non_null(memory);
  assert_ok(transfer_faults_init(&faults, memory, &error), &error);
  const ss_error why = {.code = SS_DECRYPTION_FAILED, .message = "it is damaged"};
  for (int64_t line = 1; line <= SS_MAX_TRANSFER_FAULTS + 5; line++) {
    assert_ok(transfer_faults_add(&faults, line, (text_view){0}, text_view_of("A"), &why, &error),
              &error);
  }
  assert_int_equal(faults.count, SS_MAX_TRANSFER_FAULTS + 5);
  assert_int_equal(faults.described, SS_MAX_TRANSFER_FAULTS);
  assert_int_equal(faults.items[0].line, 1);
  assert_string_equal(faults.items[0].name, "A");
  assert_string_equal(faults.items[0].message, "it is damaged");
  arena_free(memory);
}

#define ON_AN_EXPORT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_AN_EXPORT(the_end_closes_the_very_lines_that_were_written),
      ON_AN_EXPORT(the_end_does_not_close_fewer_other_or_reordered_lines),
      ON_AN_EXPORT(lines_in_another_order_do_not_authenticate),
      ON_AN_EXPORT(an_end_that_is_spelt_otherwise_does_not_authenticate),
      ON_AN_EXPORT(a_row_is_no_end_and_no_header),
      ON_AN_EXPORT(headers_that_are_malformed_or_newer_are_refused),
      ON_AN_EXPORT(a_changed_header_does_not_open),
      cmocka_unit_test(faults_beyond_what_is_described_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
