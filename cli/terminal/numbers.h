/* Numbers, durations and times, as people write and read them. */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits, 0 to largest. */
bool parse_integer(const char *text, int64_t largest, int64_t *number);
/* 500ms, 90s, 15m, 12h, 30d: a number and its unit. */
bool parse_duration(const char *text, int64_t *duration_ms);
/* RFC 3339 in UTC: 2027-01-31T12:00:00Z. */
bool parse_time(const char *text, int64_t *time_ms);

enum { TIME_TEXT_CAPACITY = 64 };
/* "2027-01-31 12:00:00Z"; "never" for SS_NO_EXPIRY. */
void format_time(int64_t time_ms, char text[TIME_TEXT_CAPACITY]);
/* "in 3 days", "2 hours ago", "now". */
void format_relative(int64_t time_ms, int64_t now_ms, char text[TIME_TEXT_CAPACITY]);

enum { DURATION_TEXT_CAPACITY = 32 };
/* As parse_duration reads it, in the largest unit that it is whole in: "30d". */
void format_duration(int64_t duration_ms, char text[DURATION_TEXT_CAPACITY]);

/* The ending of a noun that is counted: none for 1. */
const char *plural(int64_t count);

int64_t now_in_ms(void);

#endif
