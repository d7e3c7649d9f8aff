/* The entry of a fuzz target (llvm.org/docs/LibFuzzer.html). */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t length);

#endif
