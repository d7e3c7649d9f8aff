/* What C tests share: cmocka with its prerequisites, temporary folders, a settable clock, stores to
 * test on, raw SQL on their files, and assertions that print the error's sentence. */
#ifndef TESTS_SUPPORT_SUPPORT_H
#define TESTS_SUPPORT_SUPPORT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "secretstore/secretstore.h"

/* ---- Assertions ---------------------------------------------------------------------------- */

/* The call's status, which was given &error. */
#define assert_ok(call, error) support_check((call), SS_OK, (error), #call, __FILE__, __LINE__)
#define assert_fails(call, expected, error) \
  support_check((call), (expected), (error), #call, __FILE__, __LINE__)
void support_check(ss_status status, ss_status expected, const ss_error *error, const char *call,
                   const char *file, int line);

/* ---- Places and times ---------------------------------------------------------------------- */

/* A fresh folder under the system's temporary one, and its removal with all that is in it. */
typedef struct test_folder {
  char path[128];
} test_folder;
test_folder test_folder_new(void);
void test_folder_remove(test_folder *folder);
/* For tests that need nothing else: their state is a folder. */
int test_folder_set_up(void **state);
int test_folder_tear_down(void **state);
/* folder/name; static, overwritten by the next call but three. */
const char *test_path(const test_folder *folder, const char *name);

/* A clock for ss_options_set_clock: its context is the clock. */
typedef struct test_clock {
  int64_t now_ms;
} test_clock;
int64_t test_clock_read(void *clock);
#define TEST_NOW INT64_C(1770000000000)

/* ---- Latches ------------------------------------------------------------------------------- */

/* Where threads tell each other how far they are. */
typedef struct test_latch {
  pthread_mutex_t lock;
  pthread_cond_t opened;
  int count; /* of openings */
} test_latch;

#define TEST_LATCH \
  { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

void test_latch_open(void *latch); /* fit for ss_options_set_closed */
/* Until it was opened so often. */
void test_latch_await(test_latch *self, int count);

/* ---- Stores -------------------------------------------------------------------------------- */

/* Keys of no importance: any version has one, the same in every run. */
const char *test_key(int64_t version);
/* Other key material than test_key gives for any version. */
#define TEST_OTHER_KEY "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k="

/* A store in a folder of its own with keys 1 and settable clock; fields may be changed before
 * test_store_open. */
typedef struct test_store {
  test_folder folder;
  char path[192];
  test_clock *clock; /* owned; apart, so that the struct may be copied */
  int64_t keys[4];   /* versions; the first is active; -1 ends the list */
  ss_durability durability;
  ss_store *store;
} test_store;
test_store test_store_prepare(void);
void test_store_open(test_store *self);
void test_store_close(test_store *self);
/* Closes and opens again with keys first, second (or -1). */
void test_store_reopen_with(test_store *self, int64_t first, int64_t second);
void test_store_remove(test_store *self);
/* New options as test_store_open uses them; free them. */
ss_options *test_store_options(const test_store *self);

/* Runs SQL on the closed or open store's file through a connection of its own; what it keeps in
 * tables of "aside" stands in a file of its own, so that the store's schema stays. */
void test_store_sql(const test_store *self, const char *sql);
/* The first column of the first row as a number. */
int64_t test_store_number(const test_store *self, const char *sql);

/* Text values. */
/* As far as the retention goes that a call or the options say: the store itself asks for none. */
void test_allow_pruning(ss_store *store);

ss_put_result test_put(ss_store *store, const char *namespace_name, const char *name,
                       const char *value);
/* A backup that succeeds. */
void test_backup(ss_store *store, const char *path);
/* get's status, or its reason; the value is compared if both are there. */
ss_status test_get_status(ss_store *store, const char *namespace_name, const char *name);
void assert_secret(ss_store *store, const char *namespace_name, const char *name,
                   const char *value);

/* Whether verify finds the store intact; prints the first fault. */
bool test_store_is_intact(ss_store *store);

#endif
