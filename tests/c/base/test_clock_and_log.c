/* The seams to the host: its clock and its log callback. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "support/support.h"

static int64_t give(void *context) { return *(const int64_t *)context; }

static void the_hosts_clock_is_kept_within_its_range(void **state) {
  static const int64_t cases[][2] = {
      {INT64_MIN, 0},
      {-1, 0},
      {0, 0},
      {12, 12},
      {SS_MAX_INTEGER - 1, SS_MAX_INTEGER - 1},
      {SS_MAX_INTEGER, SS_MAX_INTEGER},
      {SS_MAX_INTEGER + 1, SS_MAX_INTEGER},
      {INT64_MAX, SS_MAX_INTEGER},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t now = cases[i][0];
    const clock_source clock = {give, &now};
    assert_int_equal(clock_now_ms(&clock), cases[i][1]);
  }
}

static void without_a_callback_the_systems_clock_is_read(void **state) {
  const clock_source clock = {NULL, NULL};
  const int64_t seconds_before = (int64_t)time(NULL);
  const int64_t now = clock_now_ms(&clock);
  const int64_t seconds_after = (int64_t)time(NULL);
  /* time() may read a coarser clock, which lags by a tick. */
  assert_true(now >= (seconds_before - 1) * 1000);
  assert_true(now < (seconds_after + 2) * 1000);
}

typedef struct seen_line {
  int count;
  ss_log_level level;
  char text[2000];
} seen_line;

static void see(void *context, ss_log_level level, const char *message) {
  seen_line *seen = context;
  assert_true(strlen(message) < sizeof seen->text);
  seen->count++;
  seen->level = level;
  strcpy(seen->text, message);
}

static void the_log_passes_its_level_and_graver(void **state) {
  static const int expected[][3] = {{1, 1, 1}, {0, 1, 1}, {0, 0, 1}, {0, 0, 0}};
  for (int level = SS_LOG_DEBUG; level <= SS_LOG_NONE; level++) {
    for (int written = SS_LOG_DEBUG; written <= SS_LOG_ERROR; written++) {
      seen_line seen = {0};
      const log_sink log = {see, &seen, (ss_log_level)level};
      log_write(&log, (ss_log_level)written, "hello %d", 7);
      assert_int_equal(seen.count, expected[level][written]);
    }
  }
}

static void a_line_comes_formatted_with_its_level_and_without_a_newline(void **state) {
  seen_line seen = {0};
  const log_sink log = {see, &seen, SS_LOG_DEBUG};
  log_write(&log, SS_LOG_WARN, "key version %lld: %s", 3LL, "half used");
  assert_int_equal(seen.level, SS_LOG_WARN);
  assert_string_equal(seen.text, "key version 3: half used");
}

static void without_a_callback_lines_go_nowhere(void **state) {
  const log_sink log = {NULL, NULL, SS_LOG_DEBUG};
  log_write(&log, SS_LOG_ERROR, "%s", "nobody listens");
}

static void a_long_line_is_cut_and_stays_well_formed_utf8(void **state) {
  char text[4000] = "";
  seen_line seen = {0};
  const log_sink log = {see, &seen, SS_LOG_DEBUG};
  for (size_t i = 0; i < 1000; i++) strcat(text, "\xe2\x82\xac");
  for (int before = 0; before < 3; before++) {
    log_write(&log, SS_LOG_ERROR, "%.*s%s", before, "xyz", text);
    assert_int_equal(strlen(seen.text), 1023);
    assert_int_equal(utf8_valid_length(text_view_of(seen.text)), 1023);
  }
  assert_int_equal(seen.count, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_hosts_clock_is_kept_within_its_range),
      cmocka_unit_test(without_a_callback_the_systems_clock_is_read),
      cmocka_unit_test(the_log_passes_its_level_and_graver),
      cmocka_unit_test(a_line_comes_formatted_with_its_level_and_without_a_newline),
      cmocka_unit_test(without_a_callback_lines_go_nowhere),
      cmocka_unit_test(a_long_line_is_cut_and_stays_well_formed_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
