/* What a handle believes of root and seal: a file that was put back under it is refused, and goes on
 * being refused. */
#include "engine/store/beliefs.h"

#include <string.h>

#include "support/support.h"

static const char keep[] =
    "CREATE TABLE aside.secret AS SELECT * FROM secret;"
    "CREATE TABLE aside.event AS SELECT * FROM event;"
    "CREATE TABLE aside.namespace AS SELECT * FROM namespace;"
    "CREATE TABLE aside.seal AS SELECT * FROM seal;"
    "CREATE TABLE aside.root AS SELECT * FROM root;"
    "CREATE TABLE aside.store_event AS SELECT * FROM store_event";
/* A whole older state, which is authentic. */
static const char put_back[] =
    "BEGIN; DELETE FROM secret; DELETE FROM event; DELETE FROM namespace; DELETE FROM seal;"
    "DELETE FROM root; DELETE FROM store_event;"
    "INSERT INTO namespace SELECT * FROM aside.namespace;"
    "INSERT INTO secret SELECT * FROM aside.secret; INSERT INTO event SELECT * FROM aside.event;"
    "INSERT INTO seal SELECT * FROM aside.seal; INSERT INTO root SELECT * FROM aside.root;"
    "INSERT INTO store_event SELECT * FROM aside.store_event; COMMIT";

static ss_status get(test_store *self, const char *name) {
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  const ss_status status = ss_get(self->store, &request, &result, &error);
  if (status == SS_OK) ss_get_result_clear(&result);
  return status;
}

static void a_store_that_was_put_back_is_refused_by_every_read(void **state) {
  test_store self = test_store_prepare();
  (void)state;
  test_store_open(&self);
  test_put(self.store, "n", "A", "old");
  test_put(self.store, "n", "B", "old");
  test_store_sql(&self, keep);
  test_put(self.store, "n", "A", "new");
  assert_secret(self.store, "n", "A", "new");
  test_store_sql(&self, put_back);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(get(&self, "A"), SS_INTEGRITY_VIOLATION);
    assert_int_equal(get(&self, "B"), SS_INTEGRITY_VIOLATION);
    assert_int_equal(get(&self, "NONE"), SS_INTEGRITY_VIOLATION);
  }
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_store_that_was_put_back_is_refused_by_every_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
