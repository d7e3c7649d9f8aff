/* Parsing and printing of numbers, durations and times. */
#include "terminal/numbers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "secretstore/secretstore.h"

static const int64_t ms_per_second = 1000;
static const int64_t ms_per_minute = 60000;
static const int64_t ms_per_hour = 3600000;
static const int64_t ms_per_day = 86400000;

/* The digits that text begins with; *rest is what follows them. */
static bool parse_digits(const char *text, int64_t largest, int64_t *number, const char **rest) {
  int64_t value = 0;
  const char *digit = text;
  for (; *digit >= '0' && *digit <= '9'; digit++) {
    if (value > (largest - (*digit - '0')) / 10) return false;
    value = value * 10 + (*digit - '0');
  }
  *number = value;
  *rest = digit;
  return digit != text;
}

bool parse_integer(const char *text, int64_t largest, int64_t *number) {
  const char *rest = NULL;
  return parse_digits(text, largest, number, &rest) && *rest == '\0';
}

static const struct {
  const char *name;
  int64_t ms;
} duration_units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
enum { DURATION_UNITS = sizeof duration_units / sizeof duration_units[0] };

bool parse_duration(const char *text, int64_t *duration_ms) {
  int64_t count = 0;
  const char *unit = NULL;
  if (!parse_digits(text, SS_MAX_INTEGER, &count, &unit)) return false;
  for (int i = 0; i < DURATION_UNITS; i++) {
    if (strcmp(duration_units[i].name, unit) != 0) continue;
    if (count > SS_MAX_INTEGER / duration_units[i].ms) return false;
    *duration_ms = count * duration_units[i].ms;
    return true;
  }
  return false;
}

void format_duration(int64_t duration_ms, char text[DURATION_TEXT_CAPACITY]) {
  int unit = 0;
  while (duration_ms % duration_units[unit].ms != 0) unit++;
  (void)snprintf(text, DURATION_TEXT_CAPACITY, "%lld%s",
                 (long long)(duration_ms / duration_units[unit].ms), duration_units[unit].name);
}

bool parse_time(const char *text, int64_t *time_ms) {
  struct tm parts = {0};
  const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == NULL || strcmp(rest, "Z") != 0) return false;
  const time_t seconds = timegm(&parts);
  if (seconds < 0) return false;
  *time_ms = (int64_t)seconds * ms_per_second;
  /* timegm carries 31 February over into March. */
  char again[TIME_TEXT_CAPACITY];
  struct tm normal;
  if (gmtime_r(&seconds, &normal) == NULL) return false;
  (void)strftime(again, sizeof again, "%Y-%m-%dT%H:%M:%SZ", &normal);
  return strcmp(again, text) == 0;
}

void format_time(int64_t time_ms, char text[TIME_TEXT_CAPACITY]) {
  struct tm parts;
  const time_t seconds = (time_t)(time_ms / ms_per_second);
  if (time_ms == SS_NO_EXPIRY) {
    (void)snprintf(text, TIME_TEXT_CAPACITY, "never");
  } else if (gmtime_r(&seconds, &parts) == NULL ||
             strftime(text, TIME_TEXT_CAPACITY, "%Y-%m-%d %H:%M:%SZ", &parts) == 0) {
    (void)snprintf(text, TIME_TEXT_CAPACITY, "%lld ms", (long long)time_ms);
  }
}

void format_relative(int64_t time_ms, int64_t now_ms, char text[TIME_TEXT_CAPACITY]) {
  const struct {
    const char *name;
    int64_t ms;
  } units[] = {{"day", ms_per_day},
               {"hour", ms_per_hour},
               {"minute", ms_per_minute},
               {"second", ms_per_second}};
  const bool past = time_ms <= now_ms;
  const int64_t distance = past ? now_ms - time_ms : time_ms - now_ms;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    /* A moment short of 30 days is 30 days to a person. */
    const int64_t count = (distance + units[i].ms / 20) / units[i].ms;
    if (count == 0) continue;
    (void)snprintf(text, TIME_TEXT_CAPACITY, "%s%lld %s%s%s", past ? "" : "in ", (long long)count,
                   units[i].name, plural(count), past ? " ago" : "");
    return;
  }
  (void)snprintf(text, TIME_TEXT_CAPACITY, "now");
}

const char *plural(int64_t count) { return count == 1 ? "" : "s"; }

int64_t now_in_ms(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * ms_per_second + now.tv_nsec / 1000000;
}
