/* Export as its writer sees it: line by line, until it says no. */
#include <string.h>

#include "base/buffer.h"
#include "support/support.h"

typedef struct writer {
  byte_buffer text;
  int lines_left; /* -1: as many as there are */
} writer;

static bool take_piece(void *context, const char *text, size_t length) {
  writer *self = context;
  if (self->lines_left == 0) return false;
  if (length > 0 && text[length - 1] == '\n' && self->lines_left > 0) self->lines_left--;
  buffer_append(&self->text, text, length);
  return true;
}

static ss_status export_to(test_store *self, writer *to, ss_export_format format,
                           const char *namespace_name, ss_export_report *report, ss_error *error) {
  ss_export_request request;
  ss_export_request_init(&request);
  request.format = format;
  request.namespace_given = namespace_name != NULL;
  request.namespace_name = namespace_name;
  request.write = take_piece;
  request.write_context = to;
  return ss_export(self->store, &request, report, error);
}

static int lines_of(const writer *self) {
  int lines = 0;
  for (size_t i = 0; i < self->text.length; i++) lines += self->text.data[i] == '\n';
  return lines;
}

static test_store with_three(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, "n", "B", "2");
  test_put(self.store, "n", "C", "3");
  return self;
}

static void assert_lines(ss_export_format format, const char *namespace_name, int exported,
                         int lines) {
  test_store self = with_three();
  writer to = {.lines_left = -1};
  ss_export_report report;
  ss_error error;
  assert_ok(export_to(&self, &to, format, namespace_name, &report, &error), &error);
  assert_int_equal(report.exported, exported);
  assert_int_equal(report.failed, 0);
  assert_int_equal(lines_of(&to), lines);
  ss_export_report_clear(&report);
  buffer_clear(&to.text);
  test_store_remove(&self);
}

static void a_portable_export_has_a_line_before_and_one_after_its_rows(void **state) {
  assert_lines(SS_EXPORT_PORTABLE, NULL, 3, 5);
  assert_lines(SS_EXPORT_PORTABLE, "n", 2, 4);
  assert_lines(SS_EXPORT_PORTABLE, "none such", 0, 2);
}

static void the_components_form_has_rows_alone(void **state) {
  assert_lines(SS_EXPORT_COMPONENT, NULL, 3, 3);
  assert_lines(SS_EXPORT_COMPONENT, "n", 2, 2);
}

static void a_writer_that_says_no_ends_it(void **state) {
  test_store self = with_three();
  writer to = {.lines_left = 2};
  ss_export_report report;
  ss_error error;
  assert_fails(export_to(&self, &to, SS_EXPORT_PORTABLE, NULL, &report, &error), SS_STORAGE_FAILED,
               &error);
  assert_int_equal(report.exported, 0);
  assert_null(report.memory);
  buffer_clear(&to.text);
  test_put(self.store, NULL, "D", "4"); /* its snapshot is gone, and the store goes on */
  test_store_remove(&self);
}

static void no_value_stands_in_it(void **state) {
  test_store self = test_store_prepare();
  writer to = {.lines_left = -1};
  ss_export_report report;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "a value that is not to be seen");
  assert_ok(export_to(&self, &to, SS_EXPORT_PORTABLE, NULL, &report, &error), &error);
  buffer_append(&to.text, "", 1);
  assert_null(strstr((const char *)to.text.data, "not to be seen"));
  ss_export_report_clear(&report);
  buffer_clear(&to.text);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_portable_export_has_a_line_before_and_one_after_its_rows),
      cmocka_unit_test(the_components_form_has_rows_alone),
      cmocka_unit_test(a_writer_that_says_no_ends_it),
      cmocka_unit_test(no_value_stands_in_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
