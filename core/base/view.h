/* Borrowed bytes and text: a pointer and a length that somebody else owns. A view whose data is
 * NULL is absent, which is not the same as empty. */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct byte_view {
  const unsigned char *data;
  size_t length;
} byte_view;

typedef struct text_view {
  const char *data;
  size_t length;
} text_view;

static inline text_view text_view_of(const char *text) {
  const text_view view = {text, text == NULL ? 0 : strlen(text)};
  return view;
}

static inline bool text_view_equals(text_view a, text_view b) {
  if (a.data == NULL || b.data == NULL) return a.data == b.data;
  return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* By bytes; absent comes first. */
static inline int text_view_compare(text_view a, text_view b) {
  if (a.data == NULL || b.data == NULL) return (a.data != NULL) - (b.data != NULL);
  const size_t common = a.length < b.length ? a.length : b.length;
  const int order = memcmp(a.data, b.data, common);
  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

#endif
