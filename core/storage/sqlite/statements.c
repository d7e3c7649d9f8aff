/* The SQL, one named statement each, with the index it lives on; tests/c/storage checks the plans.
 * Nothing is ever concatenated at run time: the macros below only spare repeating column lists. */
#include "storage/sqlite/statements.h"

#define ROW_COLUMNS                                                                              \
  "format, revision, key_version, created_at, updated_at, expires_at, iv, value_digest, dek_iv," \
  " wrapped_dek, metadata"
#define SECRET_HEADER_COLUMNS "id, namespace, name, " ROW_COLUMNS

#define NAMESPACE_COLUMNS                                                                \
  "id, secrets, versions, removed, sequence, epoch, last_event_at, checkpoint_sequence," \
  " root_sequence, sealed_sequence, mac, checkpoint_mac, sealed_mac, head_mac, sum"

/* A secret's name, whether it still exists or is gone: two point reads by id. */
#define EVENT_NAME                                                                      \
  "coalesce((SELECT name FROM secret WHERE id = e.secret AND namespace = e.namespace)," \
  " (SELECT name FROM former_secret WHERE id = e.secret AND namespace = e.namespace))"

#define EVENT_COLUMNS_WITH(name)                                             \
  "e.namespace, e.sequence, e.type, e.secret, " name                         \
  " AS name, e.actor, e.detail, e.created_at, e.epoch, e.row_digest, e.mac," \
  " e.revision, e.attempt, e.previous_digest"
#define EVENT_COLUMNS EVENT_COLUMNS_WITH(EVENT_NAME)
#define NAMELESS_EVENT_COLUMNS EVENT_COLUMNS_WITH("NULL")

/* One of the ranges that make up a namespace's events; ?1 namespace, ?2 position. */
#define EVENTS_OF_ONE_TYPE(type, comparison) \
  "SELECT " EVENT_COLUMNS                    \
  " FROM event AS e WHERE e.namespace = ?1"  \
  " AND e.type = " type " AND e.sequence " comparison " ?2 "

#define OR_OF_TYPE(type, comparison) "UNION ALL " EVENTS_OF_ONE_TYPE(type, comparison)

#define EVENTS_OF_ALL_TYPES(comparison) \
  EVENTS_OF_ONE_TYPE("1", comparison)   \
  OR_OF_TYPE("2", comparison)           \
  OR_OF_TYPE("3", comparison)           \
  OR_OF_TYPE("4", comparison)           \
  OR_OF_TYPE("5", comparison)           \
  OR_OF_TYPE("6", comparison)           \
  OR_OF_TYPE("7", comparison) OR_OF_TYPE("8", comparison) OR_OF_TYPE("9", comparison)

/* Whether anything tells of the former secret f. */
#define FORMER_IS_NEEDED                                                          \
  "EXISTS (SELECT 1 FROM event WHERE secret = f.id)"                              \
  " OR EXISTS (SELECT 1 FROM secret_version AS v WHERE v.namespace = f.namespace" \
  " AND v.secret = f.id) OR EXISTS (SELECT 1 FROM removed AS r WHERE r.id = f.id)"

/* The event before e, of whatever type: point reads, the likeliest first, until one finds it. */
#define MAC_BEFORE(type)                                                 \
  "SELECT mac FROM event AS before WHERE before.namespace = e.namespace" \
  " AND before.type = " type " AND before.sequence = e.sequence - 1 "
#define OR_BEFORE(type) "UNION ALL " MAC_BEFORE(type)

#define MAC_BEFORE_OF_ANY_TYPE                                                                   \
  "(" MAC_BEFORE("2") OR_BEFORE("1") OR_BEFORE("4") OR_BEFORE("5") OR_BEFORE("3") OR_BEFORE("9") \
      OR_BEFORE("6") OR_BEFORE("7") OR_BEFORE("8") "LIMIT 1)"

static const char *const statements[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_BEGIN_SNAPSHOT] = "BEGIN DEFERRED",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",

    /* root, seal, required_policy: one row */
    [STATEMENT_LOAD_ROOT] =
        "SELECT r.sequence, r.text, r.mac, s.epoch, s.counter, s.root_sequence, s.namespaces,"
        " s.root_mac, s.mac, s.sum FROM (SELECT 1 AS id) AS one"
        " LEFT JOIN root AS r ON r.id = one.id LEFT JOIN seal AS s ON s.id = one.id"
        " WHERE r.id IS NOT NULL OR s.id IS NOT NULL",
    [STATEMENT_SAVE_ROOT] =
        "INSERT INTO root (id, sequence, text, mac) VALUES (1, ?1, ?2, ?3)"
        " ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, text = excluded.text,"
        " mac = excluded.mac",
    [STATEMENT_SAVE_SEAL] =
        "INSERT INTO seal (id, epoch, counter, root_sequence, namespaces, root_mac, mac, sum)"
        " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, counter = excluded.counter,"
        " root_sequence = excluded.root_sequence, namespaces = excluded.namespaces,"
        " root_mac = excluded.root_mac, mac = excluded.mac, sum = excluded.sum",
    [STATEMENT_LOAD_REQUIRED_POLICY] = "SELECT text FROM required_policy WHERE id = 1",
    [STATEMENT_SAVE_REQUIRED_POLICY] =
        "INSERT INTO required_policy (id, text) VALUES (1, ?1)"
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text",
    [STATEMENT_DELETE_REQUIRED_POLICY] = "DELETE FROM required_policy",

    /* kek: its primary key */
    [STATEMENT_FIND_KEK] = "SELECT version, wraps_reserved FROM kek WHERE version = ?1",
    [STATEMENT_COUNT_WRAPS] =
        "INSERT INTO kek (version, wraps_reserved) VALUES (?1, ?2)"
        " ON CONFLICT (version) DO UPDATE SET wraps_reserved = excluded.wraps_reserved",
    [STATEMENT_VISIT_KEKS] = "SELECT version, wraps_reserved FROM kek ORDER BY version",

    /* store_event: its primary key */
    [STATEMENT_INSERT_STORE_EVENT] =
        "INSERT INTO store_event (sequence, type, created_at, epoch, attempt, mac, actor, detail)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STATEMENT_VISIT_STORE_EVENTS_ASCENDING] =
        "SELECT sequence, type, created_at, epoch, actor, detail, attempt, mac FROM store_event"
        " WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    [STATEMENT_VISIT_STORE_EVENTS_DESCENDING] =
        "SELECT sequence, type, created_at, epoch, actor, detail, attempt, mac FROM store_event"
        " WHERE sequence < ?1 ORDER BY sequence DESC LIMIT ?2",

    /* lease: its primary key */
    [STATEMENT_FIND_LEASE] = "SELECT holder, until FROM lease WHERE name = ?1",
    [STATEMENT_SAVE_LEASE] =
        "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until",

    /* namespace: the unique index on name, or its primary key */
    [STATEMENT_FIND_NAMESPACE] = "SELECT id FROM namespace WHERE name = ?1",
    [STATEMENT_LOAD_NAMESPACE] = "SELECT " NAMESPACE_COLUMNS " FROM namespace WHERE id = ?1",
    [STATEMENT_LOAD_NAMESPACE_BY_NAME] =
        "SELECT " NAMESPACE_COLUMNS " FROM namespace WHERE name = ?1",
    [STATEMENT_INSERT_NAMESPACE] =
        "INSERT INTO namespace (id, name, secrets, versions, removed, sequence, epoch,"
        " last_event_at, checkpoint_sequence, root_sequence, sealed_sequence, mac, checkpoint_mac,"
        " sealed_mac, head_mac, sum)"
        " VALUES (?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 0, x'', x'', x'', x'', x'')",
    [STATEMENT_SAVE_NAMESPACE] =
        "UPDATE namespace SET secrets = ?2, versions = ?3, removed = ?4, sequence = ?5, epoch = ?6,"
        " last_event_at = ?7, checkpoint_sequence = ?8, root_sequence = ?9, sealed_sequence = ?10,"
        " mac = ?11, checkpoint_mac = ?12, sealed_mac = ?13, head_mac = ?14, sum = ?15"
        " WHERE id = ?1",
    [STATEMENT_VISIT_NAMED_NAMESPACES] =
        "SELECT " NAMESPACE_COLUMNS ", name FROM namespace WHERE name > ?1 ORDER BY name LIMIT ?2",
    /* the whole table of namespaces; total() is exact within the limits, and
     * does not fail beyond */
    [STATEMENT_MEASURE] =
        "SELECT count(*), CAST(total(secrets) AS INTEGER),"
        " CAST(total(sequence - checkpoint_sequence) AS INTEGER)"
        " FROM namespace WHERE sequence > 0",
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

    /* the right edge of two primary keys; and a point in both */
    [STATEMENT_ID_IS_TAKEN] =
        "SELECT 1 FROM secret WHERE id = ?1 UNION ALL SELECT 1 FROM former_secret WHERE id = ?1"
        " LIMIT 1",
    [STATEMENT_NEXT_SECRET_ID] =
        "SELECT 1 + max(coalesce((SELECT max(id) FROM secret), 0),"
        " coalesce((SELECT max(id) FROM former_secret), 0))",

    [STATEMENT_INSERT_SECRET] =
        "INSERT INTO secret (id, namespace, name, format, revision, key_version, created_at,"
        " updated_at, expires_at, iv, dek_iv, wrapped_dek, metadata, value, value_digest)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",

    /* secret: its primary key */
    [STATEMENT_REPLACE_SECRET] =
        "UPDATE secret SET format = ?2, revision = ?3, key_version = ?4, updated_at = ?5,"
        " expires_at = ?6, dek_iv = ?7, wrapped_dek = ?8, metadata = ?9, iv = ?10, value = ?11,"
        " value_digest = ?12 WHERE id = ?1",
    [STATEMENT_REWRAP_SECRET] =
        "UPDATE secret SET format = ?2, revision = ?3, key_version = ?4, updated_at = ?5,"
        " expires_at = ?6, dek_iv = ?7, wrapped_dek = ?8, metadata = ?9"
        " WHERE id = ?1",
    [STATEMENT_DELETE_SECRET] = "DELETE FROM secret WHERE id = ?1",
    [STATEMENT_REMEMBER_FORMER_SECRET] =
        "INSERT INTO former_secret (id, namespace, name) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (id) DO NOTHING",
    /* former_secret: its primary key. The row that had the largest id until now may have been kept
       for that alone. */
    [STATEMENT_FORGET_LARGEST_BUT_ONE] =
        "DELETE FROM former_secret AS f"
        " WHERE id = (SELECT max(id) FROM former_secret WHERE id < ?1)"
        " AND ?1 = (SELECT max(id) FROM former_secret) AND NOT (" FORMER_IS_NEEDED ")",

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

    /* secret_by_update: the order of listings; secret_version_by_secret; removed_by_namespace, whose
       last key part is the row id */
    [STATEMENT_VISIT_SECRET_ROWS] =
        "SELECT updated_at, id, " SECRET_HEADER_COLUMNS
        ", value, NULL, NULL FROM secret"
        " WHERE namespace = ?1 AND updated_at = ?2 AND id > ?3"
        " UNION ALL SELECT updated_at, id, " SECRET_HEADER_COLUMNS
        ", value, NULL, NULL FROM secret"
        " WHERE namespace = ?1 AND updated_at > ?2 ORDER BY 1, 2 LIMIT ?4",
    [STATEMENT_VISIT_VERSION_ROWS] =
        "SELECT secret, revision, secret, namespace, name, " ROW_COLUMNS
        ", value, replaced_at, NULL FROM secret_version"
        " WHERE namespace = ?1 AND secret = ?2 AND revision > ?3"
        " UNION ALL SELECT secret, revision, secret, namespace, name, " ROW_COLUMNS
        ", value, replaced_at, NULL FROM secret_version"
        " WHERE namespace = ?1 AND secret > ?2 ORDER BY 1, 2 LIMIT ?4",
    [STATEMENT_VISIT_REMOVED_ROWS] =
        "SELECT id, 0, " SECRET_HEADER_COLUMNS
        ", value, NULL, removed_at FROM removed INDEXED BY removed_by_namespace"
        " WHERE namespace = ?1 AND id > ?2 AND ?3 = ?3 ORDER BY id LIMIT ?4",

    /* former_secret: its primary key; event_by_secret, secret_version_by_secret and removed for
       each row */
    [STATEMENT_VISIT_FORMER_SECRETS] =
        "SELECT id, namespace, name, " FORMER_IS_NEEDED
        ","
        " EXISTS (SELECT 1 FROM secret AS s WHERE s.id = f.id)"
        " FROM former_secret AS f WHERE id > ?1 ORDER BY id LIMIT ?2",

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
        " UNION ALL SELECT namespace FROM former_secret WHERE id = ?1 LIMIT 1",

    [STATEMENT_INSERT_EVENT] =
        "INSERT INTO event (namespace, type, sequence, secret, created_at, epoch, row_digest, mac,"
        " actor, detail, revision, attempt, previous_digest)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",

    /* event_by_secret, from its end; and the event before it */
    [STATEMENT_FIND_LAST_EVENT] = "SELECT " NAMELESS_EVENT_COLUMNS ", " MAC_BEFORE_OF_ANY_TYPE
                                  " FROM event AS e WHERE e.secret = ?1 AND e.type BETWEEN 1 AND 4"
                                  " ORDER BY e.sequence DESC LIMIT 1",

    /* event: its primary key, the namespace's range */
    [STATEMENT_DROP_EVENTS] = "DELETE FROM event WHERE namespace = ?1",
    [STATEMENT_COUNT_EVENTS] = "SELECT count(*) FROM event WHERE namespace = ?1",

    /* event: its primary key, one range */
    [STATEMENT_DELETE_EVENTS_OF_TYPE] =
        "DELETE FROM event WHERE namespace = ?1 AND type = ?2 AND sequence <= ?3",
    /* former_secret: its primary key; the row with the largest id keeps that id from being given
       out again */
    [STATEMENT_FORGET_FORMER_SECRET] =
        "DELETE FROM former_secret AS f WHERE id = ?1"
        " AND id < (SELECT max(id) FROM former_secret) AND NOT (" FORMER_IS_NEEDED ")",

    /* event: its primary key, a range a type, merged in order of sequence */
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

    /* secret_by_name or former_secret_by_name for the ids, event_by_secret for each id */
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
    [STATEMENT_VISIT_EVENTS_OF_FORMER_NAME_ASCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM former_secret AS s CROSS JOIN event AS e ON e.secret = s.id"
        " WHERE s.namespace = ?1 AND s.name = ?4 AND s.id >= ?5 AND e.sequence > ?2"
        " ORDER BY s.id, e.sequence LIMIT ?3",
    [STATEMENT_VISIT_EVENTS_OF_FORMER_NAME_DESCENDING] =
        "SELECT " EVENT_COLUMNS
        " FROM former_secret AS s CROSS JOIN event AS e ON e.secret = s.id"
        " WHERE s.namespace = ?1 AND s.name = ?4 AND s.id <= ?5 AND e.sequence < ?2"
        " ORDER BY s.id DESC, e.sequence DESC LIMIT ?3",
};

const char *statement_sql(statement_id id) { return statements[id]; }
