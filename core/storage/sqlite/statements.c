/* The SQL, one named statement each, with the index it lives on; tests/c/storage checks the plans.
 * Nothing is ever concatenated at run time: the macros below only spare repeating column lists. */
#include "storage/sqlite/statements.h"

#define SECRET_HEADER_COLUMNS                                                               \
  "id, namespace, name, format, revision, key_version, created_at, updated_at, expires_at," \
  " iv, dek_iv, wrapped_dek, metadata"

#define NAMESPACE_COLUMNS                                                             \
  "id, secret_count, head_sequence, head_epoch, last_event_at, head_mac, head_check," \
  " checkpoint_sequence, checkpoint_epoch, checkpoint_mac, checkpoint_check"

/* A secret's name, whether it still exists or was removed: two point reads by id. */
#define EVENT_NAME                                          \
  "coalesce((SELECT name FROM secret WHERE id = e.secret)," \
  " (SELECT name FROM removed_secret WHERE id = e.secret))"

#define EVENT_COLUMNS                                      \
  "e.namespace, e.sequence, e.type, e.secret, " EVENT_NAME \
  " AS name, e.actor, e.detail,"                           \
  " e.created_at, e.epoch, e.row_digest, e.mac"

/* One of the four ranges that make up a namespace's events; ?1 namespace, ?2 position. */
#define EVENTS_OF_ONE_TYPE(type, comparison) \
  "SELECT " EVENT_COLUMNS                    \
  " FROM event AS e WHERE e.namespace = ?1"  \
  " AND e.type = " type " AND e.sequence " comparison " ?2 "

#define EVENTS_OF_ALL_TYPES(comparison)                                             \
  EVENTS_OF_ONE_TYPE("1", comparison)                                               \
  "UNION ALL " EVENTS_OF_ONE_TYPE("2", comparison) "UNION ALL " EVENTS_OF_ONE_TYPE( \
      "3", comparison) "UNION ALL " EVENTS_OF_ONE_TYPE("4", comparison)

static const char *const statements[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_BEGIN_SNAPSHOT] = "BEGIN DEFERRED",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",

    /* store: its primary key */
    [STATEMENT_LOAD_STORE] = "SELECT store_id, created_at FROM store WHERE id = 1",
    [STATEMENT_INSERT_STORE] = "INSERT INTO store (id, store_id, created_at) VALUES (1, ?1, ?2)",

    /* kek: its primary key */
    [STATEMENT_FIND_KEK] =
        "SELECT version, key_check, wraps_reserved, first_seen_at FROM kek WHERE version = ?1",
    [STATEMENT_INSERT_KEK] =
        "INSERT INTO kek (version, key_check, wraps_reserved, first_seen_at)"
        " VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_COUNT_WRAPS] = "UPDATE kek SET wraps_reserved = ?2 WHERE version = ?1",
    [STATEMENT_VISIT_KEKS] =
        "SELECT version, key_check, wraps_reserved, first_seen_at FROM kek ORDER BY version",

    /* audit_key: its primary key */
    [STATEMENT_INSERT_AUDIT_KEY] =
        "INSERT INTO audit_key (epoch, key_version, iv, wrapped, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_VISIT_AUDIT_KEYS] =
        "SELECT epoch, key_version, iv, wrapped, created_at FROM audit_key"
        " ORDER BY epoch, key_version",

    /* lease: its primary key */
    [STATEMENT_FIND_LEASE] = "SELECT holder, until FROM lease WHERE name = ?1",
    [STATEMENT_SAVE_LEASE] =
        "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until",

    /* store_head: its primary key */
    [STATEMENT_LOAD_STORE_HEAD] = "SELECT text FROM store_head WHERE id = 1",
    [STATEMENT_SAVE_STORE_HEAD] =
        "INSERT INTO store_head (id, text) VALUES (1, ?1)"
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text",

    /* namespace: the unique index on name, or its primary key */
    [STATEMENT_FIND_NAMESPACE] = "SELECT id FROM namespace WHERE name = ?1",
    [STATEMENT_LOAD_NAMESPACE] = "SELECT " NAMESPACE_COLUMNS " FROM namespace WHERE id = ?1",
    [STATEMENT_LOAD_NAMESPACE_BY_NAME] =
        "SELECT " NAMESPACE_COLUMNS " FROM namespace WHERE name = ?1",
    [STATEMENT_INSERT_NAMESPACE] =
        "INSERT INTO namespace (id, name, secret_count, head_sequence, head_epoch, last_event_at,"
        " head_mac, head_check) VALUES (?1, ?2, 0, 0, 0, 0, x'', x'')",
    [STATEMENT_SAVE_NAMESPACE] =
        "UPDATE namespace SET secret_count = ?2, head_sequence = ?3, head_epoch = ?4,"
        " last_event_at = ?5, head_mac = ?6, head_check = ?7, checkpoint_sequence = ?8,"
        " checkpoint_epoch = ?9, checkpoint_mac = ?10, checkpoint_check = ?11 WHERE id = ?1",
    [STATEMENT_VISIT_NAMED_NAMESPACES] =
        "SELECT " NAMESPACE_COLUMNS ", name FROM namespace WHERE name > ?1 ORDER BY name LIMIT ?2",
    /* the whole table of namespaces; total() is exact within the limits, and
     * does not fail beyond */
    [STATEMENT_MEASURE] =
        "SELECT count(*), CAST(total(secret_count) AS INTEGER),"
        " CAST(total(head_sequence - checkpoint_sequence) AS INTEGER)"
        " FROM namespace WHERE head_sequence > 0",
    [STATEMENT_COUNT_PAGES] =
        "SELECT (SELECT page_count FROM pragma_page_count()),"
        " (SELECT freelist_count FROM pragma_freelist_count()),"
        " (SELECT page_size FROM pragma_page_size())",
    [STATEMENT_FIND_NAMESPACE_NAME] = "SELECT name FROM namespace WHERE id = ?1",

    /* secret_by_name */
    [STATEMENT_FIND_SECRET] =
        "SELECT " SECRET_HEADER_COLUMNS ", value FROM secret WHERE namespace = ?1 AND name = ?2",
    [STATEMENT_FIND_SECRET_HEADER] =
        "SELECT " SECRET_HEADER_COLUMNS " FROM secret WHERE namespace = ?1 AND name = ?2",

    /* the right edge of two primary keys */
    [STATEMENT_NEXT_SECRET_ID] =
        "SELECT 1 + max(coalesce((SELECT max(id) FROM secret), 0),"
        " coalesce((SELECT max(id) FROM removed_secret), 0))",

    [STATEMENT_INSERT_SECRET] =
        "INSERT INTO secret (id, namespace, name, format, revision, key_version, created_at,"
        " updated_at, expires_at, iv, dek_iv, wrapped_dek, metadata, value)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",

    /* secret: its primary key */
    [STATEMENT_REPLACE_SECRET] =
        "UPDATE secret SET format = ?2, revision = ?3, key_version = ?4, updated_at = ?5,"
        " expires_at = ?6, dek_iv = ?7, wrapped_dek = ?8, metadata = ?9, iv = ?10, value = ?11"
        " WHERE id = ?1",
    [STATEMENT_REWRAP_SECRET] =
        "UPDATE secret SET format = ?2, revision = ?3, key_version = ?4, updated_at = ?5,"
        " expires_at = ?6, dek_iv = ?7, wrapped_dek = ?8, metadata = ?9"
        " WHERE id = ?1",
    [STATEMENT_DELETE_SECRET] = "DELETE FROM secret WHERE id = ?1",
    [STATEMENT_REMEMBER_REMOVED_SECRET] =
        "INSERT INTO removed_secret (id, namespace, name) VALUES (?1, ?2, ?3)",

    /* secret_by_update, whose last key part is the row id: the rest of the position's millisecond,
       then what lies beyond it. (SQLite would answer a row value comparison by scanning the whole
       millisecond, and an import writes thousands of rows in one.) */
    [STATEMENT_VISIT_SECRETS_ASCENDING] =
        "SELECT " SECRET_HEADER_COLUMNS
        " FROM secret"
        " WHERE namespace = ?1 AND updated_at = ?2 AND id > ?3"
        " UNION ALL SELECT " SECRET_HEADER_COLUMNS
        " FROM secret"
        " WHERE namespace = ?1 AND updated_at > ?2 ORDER BY updated_at, id LIMIT ?4",
    [STATEMENT_VISIT_SECRETS_DESCENDING] =
        "SELECT " SECRET_HEADER_COLUMNS
        " FROM secret"
        " WHERE namespace = ?1 AND updated_at = ?2 AND id < ?3"
        " UNION ALL SELECT " SECRET_HEADER_COLUMNS
        " FROM secret"
        " WHERE namespace = ?1 AND updated_at < ?2 ORDER BY updated_at DESC, id DESC LIMIT ?4",

    /* secret: its primary key, filtered: an index on key_version would cost every put a page */
    [STATEMENT_VISIT_SECRETS_OF_KEY] =
        "SELECT " SECRET_HEADER_COLUMNS
        " FROM secret WHERE id > ?1 AND key_version = ?2 ORDER BY id LIMIT ?3",
    /* secret_by_expiry */
    [STATEMENT_VISIT_EXPIRED_SECRETS] =
        "SELECT " SECRET_HEADER_COLUMNS
        " FROM secret WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2",
    /* the whole table, for the same reason */
    [STATEMENT_COUNT_SECRETS_BY_KEY] =
        "SELECT key_version, count(*) FROM secret GROUP BY key_version ORDER BY key_version",

    /* two primary keys */
    [STATEMENT_FIND_SECRET_NAMESPACE] =
        "SELECT namespace FROM secret WHERE id = ?1"
        " UNION ALL SELECT namespace FROM removed_secret WHERE id = ?1 LIMIT 1",

    [STATEMENT_INSERT_EVENT] =
        "INSERT INTO event (namespace, type, sequence, secret, created_at, epoch, row_digest, mac,"
        " actor, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",

    /* event: its primary key, one range */
    [STATEMENT_DELETE_EVENTS_OF_TYPE] =
        "DELETE FROM event WHERE namespace = ?1 AND type = ?2 AND sequence <= ?3",
    /* removed_secret: its primary key; the row with the largest id keeps that id from being given
       out again */
    [STATEMENT_FORGET_REMOVED_SECRET] =
        "DELETE FROM removed_secret WHERE id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE secret = ?1)"
        " AND id < (SELECT max(id) FROM removed_secret)",

    /* event: its primary key, four ranges merged in order of sequence */
    [STATEMENT_VISIT_EVENTS_ASCENDING] = EVENTS_OF_ALL_TYPES(">") "ORDER BY 2 LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_DESCENDING] = EVENTS_OF_ALL_TYPES("<") "ORDER BY 2 DESC LIMIT ?3",

    /* event: its primary key, one range */
    [STATEMENT_VISIT_EVENTS_OF_TYPE_ASCENDING] =
        EVENTS_OF_ONE_TYPE("?4", ">") "ORDER BY e.sequence LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_OF_TYPE_DESCENDING] =
        EVENTS_OF_ONE_TYPE("?4", "<") "ORDER BY e.sequence DESC LIMIT ?3",

    /* event_by_secret */
    [STATEMENT_VISIT_EVENTS_OF_SECRET_ASCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM event AS e WHERE e.secret = ?1 AND e.sequence > ?2"
        " ORDER BY e.sequence LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_OF_SECRET_DESCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM event AS e WHERE e.secret = ?1 AND e.sequence < ?2"
        " ORDER BY e.sequence DESC LIMIT ?3",

    /* secret_by_name or removed_secret_by_name for the ids, event_by_secret for each id */
    [STATEMENT_VISIT_EVENTS_OF_NAME_ASCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM secret AS s CROSS JOIN event AS e ON e.secret = s.id"
        " WHERE s.namespace = ?1 AND s.name = ?4 AND s.id >= ?5 AND e.sequence > ?2"
        " ORDER BY s.id, e.sequence LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_OF_NAME_DESCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM secret AS s CROSS JOIN event AS e ON e.secret = s.id"
        " WHERE s.namespace = ?1 AND s.name = ?4 AND s.id <= ?5 AND e.sequence < ?2"
        " ORDER BY s.id DESC, e.sequence DESC LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_OF_REMOVED_NAME_ASCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM removed_secret AS s CROSS JOIN event AS e ON e.secret = s.id"
        " WHERE s.namespace = ?1 AND s.name = ?4 AND s.id >= ?5 AND e.sequence > ?2"
        " ORDER BY s.id, e.sequence LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_OF_REMOVED_NAME_DESCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM removed_secret AS s CROSS JOIN event AS e ON e.secret = s.id"
        " WHERE s.namespace = ?1 AND s.name = ?4 AND s.id <= ?5 AND e.sequence < ?2"
        " ORDER BY s.id DESC, e.sequence DESC LIMIT ?3",
};

const char *statement_sql(statement_id id) { return statements[id]; }
