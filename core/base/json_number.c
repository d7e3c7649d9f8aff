/* Finding numbers in JSON text, and telling whether a double holds them. Without the locale's
 * decimal point: a host may have set one that is none in JSON. */
#include "base/json_number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  DOUBLE_DIGITS_MAX = 767, /* of the longest value that a double has */
  ROOM_FOR_EXPONENT = 32,
  LEAST_DIGITS = 15, /* that every text of as many survives in a double */
  MOST_DIGITS = 17,  /* that every double survives in a text of as many */
  EXPONENT_LIMIT = 100000,
};

/* ---- Finding ------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool continues_number(char c) {
  return is_digit(c) || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

/* The next number from *position on, outside of strings; false if there is none. */
static bool next_number(text_view text, size_t *position, text_view *number) {
  bool in_string = false;
  for (size_t i = *position; i < text.length; i++) {
    const char c = text.data[i];
    if (in_string && c == '\\') {
      i++;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '-' || is_digit(c))) {
      size_t end = i + 1;
      while (end < text.length && continues_number(text.data[end])) end++;
      *number = (text_view){text.data + i, end - i};
      *position = end;
      return true;
    }
  }
  return false;
}

/* ---- Integers ------------------------------------------------------------------------------ */

static bool is_integer(text_view number) {
  for (size_t i = number.data[0] == '-'; i < number.length; i++) {
    if (!is_digit(number.data[i])) return false;
  }
  return true;
}

static bool fits_integer(text_view number) {
  const bool negative = number.data[0] == '-';
  const uint64_t most = (uint64_t)INT64_MAX + negative;
  uint64_t magnitude = 0;
  for (size_t i = negative; i < number.length; i++) {
    const uint64_t digit = (uint64_t)(number.data[i] - '0');
    if (magnitude > (most - digit) / 10) return false;
    magnitude = magnitude * 10 + digit;
  }
  return true;
}

bool json_append_widened(byte_buffer *output, text_view text) {
  size_t position = 0;
  size_t start = 0;
  text_view number;
  while (next_number(text, &position, &number)) {
    if (!is_integer(number) || fits_integer(number)) continue;
    buffer_append(output, text.data + start, position - start);
    buffer_append_text(output, ".0");
    start = position;
  }
  if (start == 0) return false;
  buffer_append(output, text.data + start, text.length - start);
  return true;
}

/* ---- Doubles ------------------------------------------------------------------------------- */

/* A magnitude: digits, of which neither the first nor the last is 0, times 10^exponent. */
typedef struct decimal {
  char digits[DOUBLE_DIGITS_MAX + ROOM_FOR_EXPONENT];
  size_t count; /* 0: the magnitude is 0 */
  int64_t exponent;
} decimal;

static int64_t parse_exponent(text_view text) {
  const bool negative = text.length > 0 && text.data[0] == '-';
  int64_t exponent = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (is_digit(text.data[i]) && exponent < EXPONENT_LIMIT) {
      exponent = exponent * 10 + (text.data[i] - '0');
    }
  }
  return negative ? -exponent : exponent;
}

/* False if it has more digits than any double. Zeros are held back until another digit follows. */
static bool parse_decimal(text_view number, decimal *parsed) {
  int64_t zeros = 0;
  int64_t fraction = 0;
  bool in_fraction = false;
  parsed->count = 0;
  parsed->exponent = 0;
  for (size_t i = number.data[0] == '-'; i < number.length; i++) {
    const char c = number.data[i];
    if (c == 'e' || c == 'E') {
      parsed->exponent = parse_exponent((text_view){number.data + i + 1, number.length - i - 1});
      break;
    }
    in_fraction = in_fraction || !is_digit(c);
    if (!is_digit(c)) continue;
    fraction += in_fraction;
    zeros += c == '0' && parsed->count > 0;
    if (c == '0') continue;
    if (parsed->count + (size_t)zeros + 1 > DOUBLE_DIGITS_MAX) return false;
    for (; zeros > 0; zeros--) parsed->digits[parsed->count++] = '0';
    parsed->digits[parsed->count++] = c;
  }
  parsed->exponent += zeros - fraction;
  return true;
}

/* As a text that reads the same in every locale: an integer with an exponent. */
static double value_of(decimal *number) {
  (void)snprintf(number->digits + number->count, ROOM_FOR_EXPONENT, "e%lld",
                 (long long)number->exponent);
  return strtod(number->digits, NULL);
}

/* number rounded to that many digits, which may end with zeros. */
static void round_to(double number, size_t count, decimal *rounded) {
  char text[DOUBLE_DIGITS_MAX + ROOM_FOR_EXPONENT];
  (void)snprintf(text, sizeof text, "%.*e", (int)count - 1, number);
  const char *exponent = strchr(text, 'e');
  rounded->count = 0;
  for (const char *c = text; c < exponent; c++) {
    if (is_digit(*c)) rounded->digits[rounded->count++] = *c;
  }
  rounded->exponent = strtoll(exponent + 1, NULL, 10) - (int64_t)(count - 1);
}

/* Below a power of two doubles lie closer than above: the nearest decimal of so many digits may be
 * the text of another double. Then the one that is read as this one is what hosts print. */
static bool fits_double(text_view number) {
  decimal said;
  decimal held;
  if (!parse_decimal(number, &said)) return false;
  if (said.count == 0) return true;
  const double value = value_of(&said);
  if (!isfinite(value) || value == 0) return false;
  round_to(value, said.count, &held);
  if (held.exponent == said.exponent && memcmp(held.digits, said.digits, said.count) == 0) {
    return true;
  }
  return value_of(&held) != value;
}

bool json_numbers_are_held(text_view text, size_t *at) {
  size_t position = 0;
  text_view number;
  while (next_number(text, &position, &number)) {
    if ((is_integer(number) && fits_integer(number)) || fits_double(number)) continue;
    *at = (size_t)(number.data - text.data);
    return false;
  }
  return true;
}

/* What is neither digit, sign nor exponent is the locale's point, of one byte or more. */
static void append_with_point(byte_buffer *output, const char *text) {
  static const char others[] = "0123456789+-e";
  const size_t whole = strspn(text, others);
  const size_t point = strcspn(text + whole, others);
  buffer_append(output, text, whole);
  if (point > 0) buffer_append_text(output, ".");
  buffer_append_text(output, text + whole + point);
  if (point == 0 && strchr(text, 'e') == NULL) buffer_append_text(output, ".0");
}

void json_append_real(byte_buffer *output, double number) {
  char text[MOST_DIGITS + ROOM_FOR_EXPONENT];
  for (int digits = LEAST_DIGITS; digits <= MOST_DIGITS; digits++) {
    (void)snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number) break;
  }
  append_with_point(output, text);
}
