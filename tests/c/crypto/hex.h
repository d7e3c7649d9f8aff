/* Bytes written as hexadecimal text, as the published test vectors are. */
#ifndef TESTS_CRYPTO_HEX_H
#define TESTS_CRYPTO_HEX_H

#include "base/view.h"

/* The bytes; static, overwritten by the next call but seven. At most 256 of them. */
byte_view hex(const char *text);

/* Fails the test unless the bytes are those of the text. */
#define assert_hex(bytes, length, expected) \
  expect_hex((bytes), (length), (expected), __FILE__, __LINE__)
void expect_hex(const unsigned char *bytes, size_t length, const char *expected, const char *file,
                int line);

#endif
