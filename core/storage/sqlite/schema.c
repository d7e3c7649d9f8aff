/* The schema. A store from a newer library is refused; the first that is older than the newest will
 * be brought forward in the one transaction that makes a new one.
 *
 * What shapes it (measured, see docs/decisions/0001-storage-schema.md):
 * - Each index and each table that a put touches costs it a page of WAL, 4 KiB and some 3 us or
 *   more. So events are clustered by (namespace, type, sequence): one tree serves the type filter
 *   directly, and the namespace in order by merging its ranges, one a type.
 * - The value is a row's last column: whoever reads only the rest never walks its overflow pages.
 * - Ids are never reused: a secret that goes leaves its id and name in former_secret, where its
 *   events find them, and the next id is one above both tables' largest. Pruning may therefore
 *   delete any row of former_secret but the one with the largest id.
 * - No triggers: whoever writes to the file could drop them, or plant others, and a connection that
 *   runs none is safe from both. What events and rows say is held by MACs.
 * - Namespace 0 is the default one, with no name; it gets its row with its first event. */
#include "storage/sqlite/schema.h"

#include "base/status.h"
#include "storage/sqlite/failure.h"

/* How a row of a secret ends in each of the three tables. */
#define SEALED_COLUMNS              \
  "  key_version INTEGER NOT NULL," \
  "  format INTEGER NOT NULL,"      \
  "  expires_at INTEGER,"           \
  "  created_at INTEGER NOT NULL,"  \
  "  updated_at INTEGER NOT NULL,"  \
  "  iv BLOB NOT NULL,"             \
  "  value_digest BLOB NOT NULL,"   \
  "  dek_iv BLOB NOT NULL,"         \
  "  wrapped_dek BLOB NOT NULL,"    \
  "  metadata TEXT,"                \
  "  value BLOB NOT NULL"

/* The objects of the newest schema as SQLite keeps them, in order of their names, a table before its
 * indexes. Of what SQLite makes by itself there is no text. */
static const schema_object objects[] = {
    {"event", "table", "event",
     "CREATE TABLE event ("
     "  namespace INTEGER NOT NULL REFERENCES namespace (id),"
     "  type INTEGER NOT NULL,"
     "  sequence INTEGER NOT NULL,"
     "  secret INTEGER NOT NULL,"
     "  revision INTEGER,"
     "  created_at INTEGER NOT NULL,"
     "  epoch INTEGER NOT NULL,"
     "  attempt BLOB NOT NULL,"
     "  previous_digest BLOB,"
     "  row_digest BLOB,"
     "  mac BLOB NOT NULL,"
     "  actor TEXT,"
     "  detail TEXT,"
     "  PRIMARY KEY (namespace, type, sequence)"
     ") STRICT, WITHOUT ROWID"},
    {"event_by_secret", "index", "event",
     "CREATE INDEX event_by_secret ON event (secret, sequence)"},
    {"former_secret", "table", "former_secret",
     "CREATE TABLE former_secret ("
     "  id INTEGER PRIMARY KEY,"
     "  namespace INTEGER NOT NULL REFERENCES namespace (id),"
     "  name TEXT NOT NULL"
     ") STRICT"},
    {"former_secret_by_name", "index", "former_secret",
     "CREATE INDEX former_secret_by_name ON former_secret (namespace, name)"},
    {"kek", "table", "kek",
     "CREATE TABLE kek ("
     "  version INTEGER PRIMARY KEY,"
     "  wraps_reserved INTEGER NOT NULL"
     ") STRICT"},
    {"lease", "table", "lease",
     "CREATE TABLE lease ("
     "  name TEXT PRIMARY KEY,"
     "  holder BLOB NOT NULL,"
     "  until INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID"},
    {"namespace", "table", "namespace",
     "CREATE TABLE namespace ("
     "  id INTEGER PRIMARY KEY,"
     "  name TEXT UNIQUE,"
     "  secrets INTEGER NOT NULL,"
     "  versions INTEGER NOT NULL,"
     "  removed INTEGER NOT NULL,"
     "  sequence INTEGER NOT NULL,"
     "  epoch INTEGER NOT NULL,"
     "  last_event_at INTEGER NOT NULL,"
     "  mac BLOB NOT NULL,"
     "  checkpoint_sequence INTEGER NOT NULL,"
     "  checkpoint_mac BLOB NOT NULL,"
     "  root_sequence INTEGER NOT NULL,"
     "  sealed_sequence INTEGER NOT NULL,"
     "  sealed_mac BLOB NOT NULL,"
     "  head_mac BLOB NOT NULL,"
     "  sum BLOB NOT NULL,"
     "  CHECK ((id = 0) = (name IS NULL))"
     ") STRICT"},
    {"removed", "table", "removed",
     "CREATE TABLE removed ("
     "  id INTEGER PRIMARY KEY,"
     "  namespace INTEGER NOT NULL REFERENCES namespace (id),"
     "  name TEXT NOT NULL,"
     "  removed_at INTEGER NOT NULL,"
     "  revision INTEGER NOT NULL," SEALED_COLUMNS ") STRICT"},
    {"removed_by_name", "index", "removed",
     "CREATE INDEX removed_by_name ON removed (namespace, name)"},
    {"removed_by_namespace", "index", "removed",
     "CREATE INDEX removed_by_namespace ON removed (namespace)"},
    {"required_policy", "table", "required_policy",
     "CREATE TABLE required_policy ("
     "  id INTEGER PRIMARY KEY CHECK (id = 1),"
     "  text TEXT NOT NULL"
     ") STRICT"},
    {"root", "table", "root",
     "CREATE TABLE root ("
     "  id INTEGER PRIMARY KEY CHECK (id = 1),"
     "  sequence INTEGER NOT NULL,"
     "  text TEXT NOT NULL,"
     "  mac BLOB NOT NULL CHECK (length(mac) = 32)"
     ") STRICT"},
    {"seal", "table", "seal",
     "CREATE TABLE seal ("
     "  id INTEGER PRIMARY KEY CHECK (id = 1),"
     "  epoch INTEGER NOT NULL,"
     "  counter INTEGER NOT NULL,"
     "  root_sequence INTEGER NOT NULL,"
     "  root_mac BLOB NOT NULL CHECK (length(root_mac) = 32),"
     "  namespaces INTEGER NOT NULL,"
     "  sum BLOB NOT NULL CHECK (length(sum) = 256),"
     "  mac BLOB NOT NULL CHECK (length(mac) = 32)"
     ") STRICT"},
    {"secret", "table", "secret",
     "CREATE TABLE secret ("
     "  id INTEGER PRIMARY KEY,"
     "  namespace INTEGER NOT NULL REFERENCES namespace (id),"
     "  name TEXT NOT NULL,"
     "  revision INTEGER NOT NULL," SEALED_COLUMNS ") STRICT"},
    {"secret_by_expiry", "index", "secret",
     "CREATE INDEX secret_by_expiry ON secret (expires_at) WHERE expires_at IS NOT NULL"},
    {"secret_by_name", "index", "secret",
     "CREATE UNIQUE INDEX secret_by_name ON secret (namespace, name)"},
    {"secret_by_update", "index", "secret",
     "CREATE INDEX secret_by_update ON secret (namespace, updated_at)"},
    {"secret_version", "table", "secret_version",
     "CREATE TABLE secret_version ("
     "  secret INTEGER NOT NULL,"
     "  revision INTEGER NOT NULL,"
     "  namespace INTEGER NOT NULL REFERENCES namespace (id),"
     "  name TEXT NOT NULL,"
     "  replaced_at INTEGER NOT NULL," SEALED_COLUMNS ") STRICT"},
    {"secret_version_by_secret", "index", "secret_version",
     "CREATE UNIQUE INDEX secret_version_by_secret ON"
     " secret_version (namespace, secret, revision)"},
    {"sqlite_autoindex_namespace_1", "index", "namespace", NULL},
    {"store_event", "table", "store_event",
     "CREATE TABLE store_event ("
     "  sequence INTEGER PRIMARY KEY,"
     "  type INTEGER NOT NULL,"
     "  created_at INTEGER NOT NULL,"
     "  epoch INTEGER NOT NULL,"
     "  attempt BLOB NOT NULL,"
     "  mac BLOB NOT NULL,"
     "  actor TEXT,"
     "  detail TEXT"
     ") STRICT"},
};

/* The one in which a store's objects are those above. */
enum { SCHEMA_VERSION = 1 };

static ss_status read_integer(sqlite3 *database, const char *sql, sqlite3_int64 *number,
                              ss_error *error) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  if (code == SQLITE_ROW) *number = sqlite3_column_int64(statement, 0);
  const ss_status status =
      code == SQLITE_ROW ? SS_OK : sqlite_failure(database, "reading the schema version", error);
  (void)sqlite3_finalize(statement);
  return status;
}

static ss_status run(sqlite3 *database, const char *sql, ss_error *error) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK) return SS_OK;
  return sqlite_failure(database, "migrating the schema", error);
}

static ss_status check_identity(sqlite3 *database, ss_error *error) {
  sqlite3_int64 application_id = 0;
  sqlite3_int64 object_count = 0;
  GUARD(read_integer(database, "PRAGMA application_id", &application_id, error));
  GUARD(read_integer(database, "SELECT count(*) FROM sqlite_schema", &object_count, error));
  const bool is_empty = application_id == 0 && object_count == 0;
  if (is_empty || application_id == SQLITE_SCHEMA_APPLICATION_ID) return SS_OK;
  return error_set(error, SS_STORAGE_CORRUPT,
                   "expected a secretstore database, got another application's SQLite database "
                   "(application_id %lld)",
                   (long long)application_id);
}

static ss_status make(sqlite3 *database, ss_error *error) {
  for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
    if (objects[i].sql != NULL) GUARD(run(database, objects[i].sql, error));
  }
  /* PRAGMA takes no parameters; both are constants of this file. */
  char marks[96];
  (void)sqlite3_snprintf(sizeof marks, marks,
                         "PRAGMA application_id = %d; PRAGMA user_version = %d",
                         SQLITE_SCHEMA_APPLICATION_ID, SCHEMA_VERSION);
  return run(database, marks, error);
}

/* One transaction is open. Another process may have made the store meanwhile. */
static ss_status migrate_in_transaction(sqlite3 *database, ss_error *error) {
  sqlite3_int64 version = 0;
  GUARD(check_identity(database, error));
  GUARD(read_integer(database, "PRAGMA user_version", &version, error));
  if (version == SCHEMA_VERSION) return SS_OK;
  if (version == 0) return make(database, error);
  return error_set(error, SS_UNSUPPORTED,
                   "the store has schema version %lld, and this library knows %d: use a newer "
                   "library",
                   (long long)version, SCHEMA_VERSION);
}

const schema_object *sqlite_schema_objects(size_t *count) {
  *count = sizeof objects / sizeof objects[0];
  return objects;
}

static ss_status is_current(sqlite3 *database, bool *current, ss_error *error) {
  sqlite3_int64 version = 0;
  sqlite3_int64 application_id = 0;
  GUARD(read_integer(database, "PRAGMA user_version", &version, error));
  GUARD(read_integer(database, "PRAGMA application_id", &application_id, error));
  *current = version == SCHEMA_VERSION && application_id == SQLITE_SCHEMA_APPLICATION_ID;
  return SS_OK;
}

ss_status sqlite_schema_migrate(sqlite3 *database, ss_error *error) {
  /* Most opens find nothing to do, and need no write lock to see it. */
  bool current = false;
  GUARD(is_current(database, &current, error));
  if (current) return SS_OK;

  GUARD(run(database, "BEGIN IMMEDIATE", error));
  ss_status status = migrate_in_transaction(database, error);
  if (status == SS_OK) status = run(database, "COMMIT", error);
  if (status != SS_OK) (void)sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
  return status;
}
