# How our own code is compiled: an interface target that every target of ours links privately, and
# that is never exported, so that those who build against us get none of it.
add_library(secretstore_settings INTERFACE)
target_compile_features(secretstore_settings INTERFACE c_std_11)
target_compile_definitions(secretstore_settings INTERFACE _GNU_SOURCE)
target_compile_options(secretstore_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wundef -Wpointer-arith -Wwrite-strings -Wcast-qual -Wformat=2
  -Wno-missing-field-initializers # {.a = 1} zeroes the rest, and that is meant
  -fstack-protector-strong)
if(SECRETSTORE_WERROR)
  target_compile_options(secretstore_settings INTERFACE -Werror)
endif()

if(SECRETSTORE_SANITIZE)
  string(REPLACE ";" "," sanitizers "${SECRETSTORE_SANITIZE}")
  target_compile_options(secretstore_settings INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(secretstore_settings INTERFACE -fsanitize=${sanitizers})
else()
  # Fortified string functions need an optimising build, and hide faults from the sanitizers.
  target_compile_options(secretstore_settings INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>)
endif()
if(SECRETSTORE_FUZZ)
  target_compile_options(secretstore_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SECRETSTORE_COVERAGE)
  # Without atomic counters, threads lose counts, and gcovr refuses the negative ones that remain.
  target_compile_options(secretstore_settings INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(secretstore_settings INTERFACE --coverage)
endif()

set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_EXTENSIONS OFF)
