/* What any storage back end must do. A runner (test_sqlite.c) says how a fresh database of its back
 * end is named, and runs every test of these tables; the tests know storage.h alone. */
#ifndef TESTS_STORAGE_CONFORMANCE_H
#define TESTS_STORAGE_CONFORMANCE_H

#include "crypto/envelope.h"
#include "storage/registry.h"
#include "support/support.h"

/* A back end under test. */
typedef struct conformance_back_end {
  /* Makes a place where no store is, and its path or URL; undone by remove. */
  void (*prepare)(test_folder *folder, char *path, size_t capacity);
  void (*remove)(test_folder *folder);
} conformance_back_end;

/* Every test's state: two handles on one new store, as two processes would have. */
typedef struct fixture {
  const conformance_back_end *back_end;
  test_folder folder;
  char path[256];
  test_clock clock;
  storage *first;
  storage *second;
} fixture;

extern const struct CMUnitTest record_tests[];
extern const size_t record_test_count;
extern const struct CMUnitTest secret_tests[];
extern const size_t secret_test_count;
extern const struct CMUnitTest event_tests[];
extern const size_t event_test_count;
extern const struct CMUnitTest session_tests[];
extern const size_t session_test_count;
extern const struct CMUnitTest writer_tests[];
extern const size_t writer_test_count;
extern const struct CMUnitTest failure_tests[];
extern const size_t failure_test_count;

/* Runs all of it; what main returns. */
int conformance_run(const conformance_back_end *back_end);
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
#define CONFORMANCE_TEST(name) \
  cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

/* Another handle on the fixture's store. */
storage *fixture_open(fixture *self, int busy_timeout_ms);

/* ---- Sessions that succeed ----------------------------------------------------------------- */

storage_session *begin_read(storage *of);
storage_session *begin_write(storage *of);
/* With the store's lock. */
storage_session *begin_store_write(storage *of);
void commit(storage_session *session);

/* ---- Rows ---------------------------------------------------------------------------------- */

#define VIEW(text) ((text_view){(text), sizeof(text) - 1})
#define DEFAULT_NAMESPACE ((text_view){0})
#define assert_view(view, text) assert_true(text_view_equals((view), text_view_of(text)))

/* Locks, and makes and saves if need be; found may be NULL. */
namespace_record lock_namespace(storage_session *session, text_view name, bool *found);
/* A row with all its fields; the id is new. */
secret_record insert_secret(storage_session *session, int64_t namespace_id, const char *name);
void insert_event(storage_session *session, int64_t namespace_id, int64_t sequence,
                  ss_event_type type, int64_t secret_id);
void take_wraps(storage *of, int64_t version, int64_t wraps);
int64_t wraps_reserved(storage *of, int64_t version);

#endif
