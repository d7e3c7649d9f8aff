"""Changes a store's file in every way that one can, and asks what the library says of each.

A change is some SQL on a copy of the file. Whoever writes to a file is bound by no constraint: what
SQLite refuses is written into a copy whose tables have lost their types and constraints, and whose
schema text is put back afterwards. Each changed copy is opened and verified in this process.

A verdict is right if it says tampered, or if nothing was changed that the store proves (the content
is the same). Anything else is a miss. test_tampering.py runs a share of all, script/soak the whole:

    SECRETSTORE_TAMPERING_SHARE=1 build/python-venv/bin/python tests/python/tampering.py
"""

from __future__ import annotations

import collections
import itertools
import logging
import os
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import sample_stores
import second_reader
from sample_stores import HOUR_MS, KEYS, Sample

from secretstore import SecretStore, SecretStoreError

INT64_MIN, INT64_MAX, MAX_INTEGER = -(1 << 63), (1 << 63) - 1, (1 << 53) - 1

PRIMARY_KEYS = {
    "kek": ("version",),
    "lease": ("name",),
    "store_event": ("sequence",),
    "secret_version": ("secret", "revision"),
    "event": ("namespace", "type", "sequence"),
}
"""Of the tables whose key is not id."""

REFUSALS = {
    "integrity_violation",
    "storage_corrupt",
    "key_mismatch",
    "unsupported",
    "decryption_failed",
}
"""What an opening may answer to a file that was tampered with."""


class Raw(NamedTuple):
    """Bytes that stand as text, as no driver would bind them."""

    data: bytes


@dataclass(frozen=True)
class Change:
    kind: str
    where: str
    statements: tuple[tuple[str, tuple[Any, ...]], ...]
    values: tuple[Any, Any] | None = None
    """Of a change of one value: what it was, and what it becomes."""

    @property
    def of_another_type(self) -> bool:
        """SQLite may turn it into the column's type, where there are types."""
        return self.values is not None and type(self.values[0]) is not type(self.values[1])

    @property
    def reads_as_same(self) -> bool:
        """Of another type, but read as what it was: digits, the same bytes, NULL in place of 0."""
        if not self.of_another_type or self.values is None:
            return False
        old, new = self.values
        return bool(as_read(old) == as_read(0 if new is None and isinstance(old, int) else new))


def as_read(value: Any) -> Any:
    if isinstance(value, Raw):
        return value.data
    if isinstance(value, float):
        value = int(value)
    return value if value is None else value if isinstance(value, bytes) else str(value).encode()


def change(kind: str, where: str, sql: str, *values: Any) -> Change:
    return Change(kind, where, ((sql, values),))


# ---- Files --------------------------------------------------------------------------------------


def with_journal(data: bytes, wal: bool) -> bytes:
    """Two numbers of the header say the format: 2 is WAL, which nothing in memory can have."""
    number = 2 if wal else 1
    return data[:18] + bytes((number, number)) + data[20:]


def in_memory(data: bytes) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.deserialize(with_journal(data, wal=False))
    database.execute("PRAGMA ignore_check_constraints = ON")
    return database


Schema = list[tuple[str, str, str, int, str | None]]


def schema_of(database: sqlite3.Connection) -> Schema:
    return database.execute(
        "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY type, name"
    ).fetchall()


def set_schema(database: sqlite3.Connection, texts: Iterable[tuple[str, str]]) -> None:
    """Writes (text, name) into the schema, behind SQLite's back."""
    database.execute("PRAGMA writable_schema = ON")
    database.executemany("UPDATE sqlite_schema SET sql = ? WHERE name = ?", list(texts))
    database.execute("PRAGMA writable_schema = OFF")


def loosened(sql: str) -> str:
    """A table's or an index's text without what constrains its rows."""
    sql = sql.replace("CREATE UNIQUE INDEX", "CREATE INDEX")
    if sql.startswith("CREATE TABLE"):
        without_rowid = "WITHOUT ROWID" if "WITHOUT ROWID" in sql else ""
        sql = re.sub(r"\)[^)]*$", ") " + without_rowid, sql)
        sql = re.sub(r" NOT NULL| CHECK \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", "", sql)
        sql = re.sub(r" REFERENCES \w+ \(\w+\)", "", sql)
        sql = re.sub(r"\b(\w+) (?:TEXT|BLOB)\b", r"\1", sql)
        sql = re.sub(r"\b(\w+) INTEGER(?! PRIMARY KEY)", r"\1", sql)
        sql = re.sub(r",\s*\)", ")", sql)
    return sql


# ---- What a store says --------------------------------------------------------------------------

Content = dict[str, list[tuple[Any, ...]]]


def content_of(data: bytes) -> Content | None:
    """All that a store holds, without what docs/formats.md says is not authenticated: how many
    wraps are used up, who does which chore, and a former secret that only keeps the largest id from
    being given out again. None: SQLite cannot read it."""
    try:
        database = in_memory(data)
    except sqlite3.Error:
        return None
    database.text_factory = Raw
    try:
        found: Content = {"schema": [row[:3] + row[4:] for row in schema_of(database)]}
        tables = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        for (raw,) in tables:
            name = raw.data.decode(errors="replace")
            rows = database.execute(f'SELECT * FROM "{name}" NOT INDEXED').fetchall()
            found[name] = sorted(rows, key=repr)
        for mark in ("user_version", "application_id", "encoding"):
            found[mark] = database.execute(f"PRAGMA {mark}").fetchall()
        forget_what_proves_nothing(database, found)
    except (sqlite3.Error, KeyError):
        return None
    finally:
        database.close()
    return found


def forget_what_proves_nothing(database: sqlite3.Connection, found: Content) -> None:
    found["lease"] = []
    counted = all(type(row[1]) is int and 0 <= row[1] <= MAX_INTEGER for row in found["kek"])
    if counted:
        found["kek"] = [row[:1] for row in found["kek"]]
    needless = database.execute(
        "SELECT f.id FROM former_secret AS f WHERE id = (SELECT max(id) FROM former_secret)"
        f" AND id BETWEEN 1 AND {MAX_INTEGER - 1}"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE secret = f.id)"
        " AND NOT EXISTS (SELECT 1 FROM removed AS r WHERE r.id = f.id)"
        " AND NOT EXISTS (SELECT 1 FROM secret_version AS v WHERE v.secret = f.id)"
    ).fetchall()
    gone = {number for (number,) in needless}
    found["former_secret"] = [row for row in found["former_secret"] if row[0] not in gone]


class Verdict(NamedTuple):
    verdict: str
    """intact, unprovable or tampered; or another error's code."""
    why: str


class Judge:
    """Writes a file's bytes to one place and asks what they are worth."""

    def __init__(self, folder: Path, versions: tuple[int, ...], now_ms: int) -> None:
        self.path = folder / "changed.db"
        self.keys = [(version, KEYS[version]) for version in versions]
        self.now_ms = now_ms

    def place(self, data: bytes) -> None:
        for end in ("-wal", "-shm", "-journal"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        self.path.write_bytes(data)
        self.path.chmod(0o600)

    def open(self) -> SecretStore:
        return SecretStore.open(
            self.path,
            keys=self.keys,
            durability="normal",
            create=False,
            clock=lambda: self.now_ms,
        )

    def verify(self) -> Verdict:
        """Of the file that is in place."""
        try:
            with self.open() as store:
                report = store.verify()
        except SecretStoreError as error:
            verdict = error.code
            if error.code in REFUSALS:
                verdict = "tampered"
            elif error.code == "key_version_unavailable":
                verdict = "unprovable"
            return Verdict(verdict, f"{error.code}: {error}")
        except ValueError as error:
            return Verdict("crashed", str(error))
        faults = "; ".join(f"{fault.kind}: {fault.message}" for fault in report.faults[:3])
        return Verdict(report.verdict, report.unprovable_reason or faults)

    def judge(self, data: bytes) -> Verdict:
        self.place(data)
        verdict = self.verify()
        second = self.ask_second_reader()
        if (second == "intact") != (verdict.verdict == "intact"):
            return Verdict("disputed", f"{verdict}, and the second reader: {second}")
        return verdict

    def ask_second_reader(self) -> str:
        try:
            return second_reader.read(self.path, self.keys).verdict
        except (second_reader.read_store.KeyMismatch, second_reader.read_store.NotAStore) as error:
            return str(error)


# ---- Other values -------------------------------------------------------------------------------


def flipped(data: bytes, bit: int) -> bytes:
    place, mask = bit // 8, 1 << bit % 8
    return data[:place] + bytes((data[place] ^ mask,)) + data[place + 1 :]


def other_numbers(value: int) -> Iterator[Any]:
    yield from (value + 1, value - 1, -value, 0, 1, -1, value + (1 << 16), value + (1 << 32))
    yield from (MAX_INTEGER, MAX_INTEGER + 1, INT64_MIN, INT64_MAX)
    yield from (None, float(value), str(value), str(value).encode(), b"", "")


def other_bytes(value: bytes, chance: random.Random) -> Iterator[Any]:
    yield from (b"", value[:-1], value[1:], value + b"\0", b"\0" + value, bytes(len(value)))
    if value:
        last = 8 * len(value) - 1
        yield from (flipped(value, bit) for bit in (0, last, chance.randrange(last)))
    yield from (None, 0, Raw(value), Raw(value.hex().encode()))


def other_texts(value: bytes, chance: random.Random) -> Iterator[Any]:
    yield from (b"", value[:-1], value + b"x", value + b"\0x", value + b"\xff", b"null", b"{}")
    yield from (b" " + value, value + b" ", value.swapcase(), value.replace(b":", b": "))
    yield from (value + b"\0", b"\0" + value, b'"' + value + b'"', b"[]", value.upper())
    if value:
        yield flipped(value, chance.randrange(8 * len(value)))


def others(value: Any, chance: random.Random) -> list[Any]:
    """What may stand in a value's place. Texts are Raw."""
    if value is None:
        texts = [Raw(text) for text in (b"", b"null", b"{}", b"[]", b" ", b"{", b'{"a":1}', b"x")]
        return [0, 1, -1, MAX_INTEGER, INT64_MIN, b"", bytes(16), bytes(32), 0.0, *texts]
    if isinstance(value, int):
        return [item for item in other_numbers(value) if not same(item, value)]
    if isinstance(value, Raw):
        texts = [Raw(text) for text in other_texts(value.data, chance) if text != value.data]
        return [None, 0, -1, value.data, b"", *dict.fromkeys(texts)]
    return [item for item in other_bytes(value, chance) if not same(item, value)]


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def bound(value: Any) -> tuple[str, Any]:
    """A place for the value in SQL, and what is bound to it."""
    if isinstance(value, Raw):
        return "CAST(? AS TEXT)", value.data
    return "?", value


# ---- All changes --------------------------------------------------------------------------------

Row = dict[str, Any]


@dataclass
class Table:
    name: str
    columns: list[str]
    rows: list[Row]

    @property
    def key(self) -> tuple[str, ...]:
        return PRIMARY_KEYS.get(self.name, ("id",))

    def key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[column] for column in self.key)

    def place(self, row: Row) -> tuple[str, tuple[Any, ...]]:
        """WHERE, and its values."""
        marks = [(column, *bound(row[column])) for column in self.key]
        where = " AND ".join(f"{column} IS {mark}" for column, mark, _ in marks)
        return where, tuple(value for _, _, value in marks)

    def told(self, row: Row) -> str:
        numbers = ",".join(
            key.data.decode() if isinstance(key, Raw) else str(key) for key in self.key_of(row)
        )
        return f"{self.name}[{numbers}]"

    def insert(self, row: Row, verb: str = "INSERT") -> tuple[str, tuple[Any, ...]]:
        marks = [bound(row[column]) for column in self.columns]
        sql = (
            f"{verb} INTO {self.name} ({', '.join(self.columns)})"
            f" VALUES ({', '.join(mark for mark, _ in marks)})"
        )
        return sql, tuple(value for _, value in marks)

    def update(self, row: Row, values: Row) -> tuple[str, tuple[Any, ...]]:
        where, key = self.place(row)
        marks = {column: bound(value) for column, value in values.items()}
        sets = ", ".join(f"{column} = {mark}" for column, (mark, _) in marks.items())
        bindings = tuple(value for _, value in marks.values())
        return f"UPDATE {self.name} SET {sets} WHERE {where}", bindings + key


def tables_of(data: bytes) -> dict[str, Table]:
    database = in_memory(data)
    database.text_factory = Raw
    found = {}
    for (raw,) in database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        name = raw.data.decode()
        cursor = database.execute(f"SELECT * FROM {name}")
        columns = [column[0] for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        found[name] = Table(name, columns, rows)
    database.close()
    return found


class Changes:
    """Every change that is made to one file, given older copies of it."""

    def __init__(self, data: bytes, older: dict[str, bytes], seed: int) -> None:
        self.tables = tables_of(data)
        self.older = {step: tables_of(copy) for step, copy in older.items()}
        self.chance = random.Random(seed)
        self.schema = schema_of(in_memory(data))

    def all(self) -> Iterator[Change]:
        for table in self.tables.values():
            for row in table.rows:
                yield from self.of_columns(table, row)
                yield from self.of_row(table, row)
            yield from self.of_neighbours(table)
            yield from self.pasted(table)
        yield from self.moved()
        yield from self.of_schema()

    # -- columns

    def of_columns(self, table: Table, row: Row) -> Iterator[Change]:
        strangers = [other for other in table.rows if other is not row]
        for column in table.columns:
            where = f"{table.told(row)}.{column}"
            for value in others(row[column], self.chance):
                update = table.update(row, {column: value})
                yield Change("value", where, (update,), (row[column], value))
            near = self.chance.sample(strangers, min(3, len(strangers)))
            for value in self.distinct(row[column], [other[column] for other in near]):
                yield Change("other row's value", where, (table.update(row, {column: value}),))
            for value in self.distinct(row[column], self.older_values(table, row, column)):
                yield Change("older value", where, (table.update(row, {column: value}),))
        for one, other in self.alike(table, row):
            values = {one: row[other], other: row[one]}
            where = f"{table.told(row)}.{one}/{other}"
            yield Change("columns swapped", where, (table.update(row, values),))

    @staticmethod
    def distinct(value: Any, candidates: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for candidate in candidates:
            if not any(same(candidate, known) for known in (value, *found)):
                found.append(candidate)
        return found

    def older_values(self, table: Table, row: Row, column: str) -> list[Any]:
        return [old[column] for old in self.older_rows(table) if self.is_same(table, old, row)]

    def older_rows(self, table: Table) -> Iterator[Row]:
        for tables in self.older.values():
            yield from tables[table.name].rows

    @staticmethod
    def is_same(table: Table, old: Row, row: Row) -> bool:
        return table.key_of(old) == table.key_of(row)

    @staticmethod
    def alike(table: Table, row: Row) -> Iterator[tuple[str, str]]:
        """Columns of one type, next to each other."""
        for kind in (int, bytes, Raw):
            columns = [
                name
                for name in table.columns
                if isinstance(row[name], kind) and name not in table.key
            ]
            for one, other in itertools.pairwise(columns):
                if row[one] != row[other]:
                    yield one, other

    # -- rows

    def of_row(self, table: Table, row: Row) -> Iterator[Change]:
        where, key = table.place(row)
        yield change("deleted", table.told(row), f"DELETE FROM {table.name} WHERE {where}", *key)
        for column in table.key:
            value = row[column]
            if isinstance(value, Raw):
                numbers: list[Any] = [Raw(value.data + b"2"), Raw(b"\0" + value.data)]
            else:
                taken = [other[column] for other in table.rows]
                numbers = [max(taken) + 1, min(taken) - 1, value + (1 << 32), MAX_INTEGER, -value]
                numbers += [0, INT64_MIN]
            for number in self.distinct(value, numbers):
                twin = {**row, column: number}
                yield Change("duplicated", f"{table.told(row)}>{number}", (table.insert(twin),))
            if len(table.key) > 1 and all(isinstance(row[name], int) for name in table.key):
                twin = {**row, **dict.fromkeys(table.key, INT64_MIN)}
                where = f"{table.told(row)}>all of {INT64_MIN}"
                yield Change("duplicated", where, (table.insert(twin),))

    def of_neighbours(self, table: Table) -> Iterator[Change]:
        """Two rows' columns change places."""
        rest = [column for column in table.columns if column not in table.key]
        pairs = list(itertools.pairwise(table.rows))
        for one, other in pairs:
            where = f"{table.told(one)}/{table.told(other)}"
            for columns in (*([column] for column in rest), rest):
                if all(same(one[column], other[column]) for column in columns):
                    continue
                statements = (
                    table.update(one, {column: other[column] for column in columns}),
                    table.update(other, {column: one[column] for column in columns}),
                )
                label = columns[0] if len(columns) == 1 else "all"
                yield Change("rows swapped", f"{where}.{label}", statements)

    def pasted(self, table: Table) -> Iterator[Change]:
        """Rows of an older copy, in place of what is there, or in addition."""
        seen: list[Row] = list(table.rows)
        for step, tables in self.older.items():
            for old in tables[table.name].rows:
                if old in seen:
                    continue
                seen.append(old)
                where = f"{table.told(old)} of {step!r}"
                yield Change("pasted", where, (table.insert(old, "INSERT OR REPLACE"),))
                if len(table.key) == 1 and isinstance(old[table.key[0]], int):
                    number = max(row[table.key[0]] for row in table.rows) + 1
                    again = {**old, table.key[0]: number}
                    yield Change("pasted beside", where, (table.insert(again),))
            yield from self.table_back(table, tables[table.name], step)

    @staticmethod
    def table_back(table: Table, older: Table, step: str) -> Iterator[Change]:
        if older.rows != table.rows:
            statements = [(f"DELETE FROM {table.name}", ()), *map(table.insert, older.rows)]
            yield Change("table put back", f"{table.name} of {step!r}", tuple(statements))

    def moved(self) -> Iterator[Change]:
        """Rows that go over to another table of rows."""
        kinds = {"secret": "id", "secret_version": "secret", "removed": "id"}
        for source, target in [(a, b) for a in kinds for b in kinds if a != b]:
            for row in self.tables[source].rows:
                made = {
                    **{name: row.get(name, 1) for name in self.tables[target].columns},
                    kinds[target]: row[kinds[source]],
                }
                where, key = self.tables[source].place(row)
                insert = self.tables[target].insert(made)
                told = f"{self.tables[source].told(row)} to {target}"
                yield Change("copied over", told, (insert,))
                delete = (f"DELETE FROM {source} WHERE {where}", key)
                yield Change("moved over", told, (delete, insert))

    # -- schema

    def of_schema(self) -> Iterator[Change]:
        kind = "schema"
        tables = list(self.tables)
        indexes = [name for type_, name, _, _, sql in self.schema if type_ == "index" and sql]
        for name in indexes:
            yield change(kind, f"drop {name}", f"DROP INDEX {name}")
        for name in tables:
            for event in ("INSERT", "UPDATE", "DELETE"):
                yield change(
                    kind,
                    f"trigger on {event} of {name}",
                    f"CREATE TRIGGER t BEFORE {event} ON {name} BEGIN SELECT RAISE(IGNORE); END",
                )
            column = self.tables[name].columns[0]
            yield change(kind, f"index on {name}", f"CREATE INDEX extra ON {name} ({column})")
            yield Change(
                kind,
                f"view in place of {name}",
                (
                    (f"ALTER TABLE {name} RENAME TO hidden", ()),
                    (f"CREATE VIEW {name} AS SELECT * FROM hidden", ()),
                ),
            )
            yield change(kind, f"drop {name}", f"DROP TABLE {name}")
            yield change(kind, f"rename {name}", f"ALTER TABLE {name} RENAME TO {name}_2")
            yield change(kind, f"column in {name}", f"ALTER TABLE {name} ADD COLUMN extra INTEGER")
            last = self.tables[name].columns[-1]
            yield change(kind, f"no {last} in {name}", f"ALTER TABLE {name} DROP COLUMN {last}")
        yield change(kind, "a table", "CREATE TABLE extra (id INTEGER PRIMARY KEY)")
        yield change(kind, "a view", "CREATE VIEW extra AS SELECT * FROM secret")
        yield change(kind, "statistics", "ANALYZE")
        for mark in ("user_version", "application_id"):
            for number in (0, 1, 2, -1, 1 << 30):
                yield change(kind, f"{mark} {number}", f"PRAGMA {mark} = {number}")
        yield from self.doctored()

    def doctored(self) -> Iterator[Change]:
        """Texts of the schema, and indexes that lack rows, or hold others."""
        for type_, name, _, page, sql in self.schema:
            where = f"text of {name}"
            edits = [] if sql is None else [sql + " ", sql.replace(" NOT NULL", "", 1)]
            if type_ == "table":
                edits.append(str(sql).replace("STRICT", ""))
            for text in edits:
                if text != sql:
                    yield self.writing("sql = ?", name, where, text)
            yield self.writing("name = ?", name, where, f"{name}x")
            yield self.writing("tbl_name = ?", name, where, "secret")
            yield self.writing("type = ?", name, where, "view" if type_ == "table" else "table")
            for _, other, _, other_page, _ in self.schema:
                if other_page != page and self.chance.random() < 0.2:
                    yield self.writing(
                        "rootpage = ?", name, f"{other}'s page as {name}", other_page
                    )
            yield self.writing("rootpage = ?", name, f"page of {name}", 1)
        for type_, name, table, _, sql in self.schema:
            if type_ != "index" or sql is None:
                continue
            partial = sql if " WHERE " in sql else f"{sql} WHERE rowid % 2 = 0"
            if table == "event":
                partial = f"{sql} WHERE sequence % 2 = 0"
            if " WHERE " in sql:
                partial = sql.split(" WHERE ")[0] + " WHERE expires_at < 0"
            yield Change(
                "index doctored",
                name,
                (
                    (f"DROP INDEX {name}", ()),
                    (partial, ()),
                    ("PRAGMA writable_schema = ON", ()),
                    ("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name)),
                    ("PRAGMA writable_schema = OFF", ()),
                ),
            )

    @staticmethod
    def writing(what: str, name: str, where: str, value: Any) -> Change:
        return Change(
            "schema",
            f"{where}: {what} {str(value)[:40]}",
            (
                ("PRAGMA writable_schema = ON", ()),
                (f"UPDATE sqlite_schema SET {what} WHERE name = ?", (value, name)),
                ("PRAGMA writable_schema = OFF", ()),
            ),
        )


# ---- Making them --------------------------------------------------------------------------------


class Editor:
    """Applies changes to a file's bytes."""

    def __init__(self, data: bytes) -> None:
        self.strict = with_journal(data, wal=False)
        database = in_memory(data)
        schema = schema_of(database)
        self.texts = [(sql, name) for _, name, _, _, sql in schema if sql]
        set_schema(database, [(loosened(sql), name) for sql, name in self.texts])
        self.loose = database.serialize()
        database.close()
        assert in_memory(self.loose).execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def apply(self, change: Change, loose: bool) -> bytes:
        """Raises sqlite3.Error where SQLite refuses."""
        database = in_memory(self.loose if loose else self.strict)
        try:
            for sql, values in change.statements:
                database.execute(sql, values).fetchall()
            if loose:
                set_schema(database, self.texts)
            return with_journal(database.serialize(), wal=True)
        finally:
            database.close()


# ---- Counting -----------------------------------------------------------------------------------

OUTCOMES = ("tried", "refused", "tampered", "unprovable", "no effect", "missed")


@dataclass
class Tally:
    counts: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    misses: list[tuple[Change, Verdict]] = field(default_factory=list)
    unprovable: list[tuple[Change, Verdict]] = field(default_factory=list)

    def add(self, change: Change, outcome: str) -> None:
        self.counts[change.kind, outcome] += 1

    def total(self, outcome: str) -> int:
        return sum(count for (_, found), count in self.counts.items() if found == outcome)

    def __str__(self) -> str:
        kinds = sorted({kind for kind, _ in self.counts})
        lines: list[tuple[str, ...]] = [("", *OUTCOMES)]
        for kind in kinds:
            lines.append((kind, *(str(self.counts[kind, outcome]) for outcome in OUTCOMES)))
        lines.append(("all", *(str(self.total(outcome)) for outcome in OUTCOMES)))
        return "\n".join(f"{line[0]:20}" + "".join(f"{n:>12}" for n in line[1:]) for line in lines)


class Trial:
    """One file, its older copies, and everything that is done to it."""

    def __init__(self, sample: Sample, folder: Path, versions: tuple[int, ...], seed: int) -> None:
        self.data = sample.copies["whole"]
        older = {step: copy for step, copy in sample.copies.items() if step != "whole"}
        self.changes = Changes(self.data, older, seed)
        self.editor = Editor(self.data)
        self.judge = Judge(folder, versions, sample.now_ms)
        self.content = content_of(self.data)
        self.tally = Tally()
        first = self.judge.judge(self.data)
        assert first.verdict == "intact", first
        self.view = self.read()

    def edit(self, change: Change) -> bytes | None:
        """None: no way to do it."""
        try:
            data = self.editor.apply(change, loose=False)
            if not change.of_another_type:
                return data
        except sqlite3.Error:
            self.tally.add(change, "refused")
        if change.kind in ("schema", "index doctored"):
            return None
        try:
            return self.editor.apply(change, loose=True)
        except sqlite3.Error:
            return None

    def read(self) -> View:
        """What reads give of the file that is in place."""
        with self.judge.open() as store:
            return view_of(store)

    def is_unchanged(self, data: bytes) -> bool:
        return content_of(data) == self.content

    def run(self, change: Change) -> tuple[bytes, str] | None:
        """The changed file, and what came of it."""
        self.tally.add(change, "tried")
        data = self.edit(change)
        if data is None:
            return None
        return data, self.settle(change, data)

    def settle(self, change: Change, data: bytes) -> str:
        verdict = self.judge.judge(data)
        outcome = verdict.verdict
        if outcome == "intact":
            unchanged = self.is_unchanged(data) and self.read() == self.view
            outcome = "no effect" if unchanged else "missed"
        if outcome == "unprovable":
            self.tally.unprovable.append((change, verdict))
        elif outcome not in OUTCOMES:
            outcome = "missed"
        if outcome == "missed":
            self.tally.misses.append((change, verdict))
        self.tally.add(change, outcome)
        return outcome


# ---- Using what was tampered with ---------------------------------------------------------------

IMPORTED = "IMPORTED"


def portable(sample: Sample, folder: Path) -> str:
    """A few rows of another store, under key 3: two names that are there, and a new one."""
    keys = [(3, KEYS[3])]
    path = folder / "other.db"
    with SecretStore.open(path, keys=keys, durability="normal", clock=sample.clock) as store:
        store.put("PLAIN", "imported")
        store.put("A", "imported", namespace="pruned")
        store.put(IMPORTED, "imported")
        lines: list[bytes] = []
        store.export_rows(lines.append)
        return b"".join(lines).decode()


Secret = tuple[str | None, str]


class Use(NamedTuple):
    """Something that is done to a store, and what it tells."""

    name: str
    do: Callable[[SecretStore], Any]
    secrets: tuple[Secret, ...] = ()
    """Those that are there, and that it changes."""
    loses_value: bool = False
    """What is stored as their value is not, afterwards."""


def uses(text: str, beside: Path) -> list[Use]:
    def put(store: SecretStore, name: str, **more: Any) -> Any:
        made = store.put(name, "put", **more)
        return made.is_new, made.revision

    def update(store: SecretStore) -> Any:
        made = store.update("OBJECT", metadata={"set": 1})
        return made.updated, made.revision

    def rotate(store: SecretStore) -> Any:
        made = store.rotate_all()
        return made.rotated, made.failed

    def cleanup(store: SecretStore) -> Any:
        return store.cleanup_secrets(HOUR_MS).deleted, store.cleanup_events(HOUR_MS).deleted

    def import_rows(store: SecretStore) -> Any:
        made = store.import_rows(text, source_keys=[(3, KEYS[3])], existing="replace")
        return made.imported, made.replaced

    def backup(store: SecretStore) -> Any:
        beside.unlink(missing_ok=True)
        return store.backup(beside)

    plain, pruned = (None, "PLAIN"), ("pruned", "A")
    return [
        Use("put over", lambda store: put(store, "PLAIN"), (plain,), True),
        Use("put new", lambda store: put(store, "FRESH", namespace="app")),
        Use("put in a new namespace", lambda store: put(store, "FRESH", namespace="fresh")),
        Use("update", update, ((None, "OBJECT"),)),
        Use("remove", lambda store: store.remove("SECOND"), ((None, "SECOND"),), True),
        Use("remove what is not there", lambda store: store.remove("NEVER")),
        Use("rotate", rotate),
        Use("cleanup", cleanup),
        Use("import", import_rows, (plain, pruned), True),
        Use("maintenance", lambda store: store.maintenance_step()),
        Use("backup", backup),
    ]


View = dict[str, Any]


def view_of(store: SecretStore) -> View:
    """All that a store tells of its secrets."""
    names = [item.namespace for item in store.iter_namespaces()]
    rows = [(name, row) for name in names for row in store.iter_secrets(namespace=name)]
    secrets = [
        (name, row.name, row.metadata, row.expires_at, row.revision, row.key_version)
        for name, row in rows
    ]
    values = [
        (
            getattr(store.get_bytes(row.name, namespace=name), "value", None),
            store.has(row.name, namespace=name),
        )
        for name, row in rows
    ]
    told = sorted(zip(secrets, values, strict=True), key=repr)
    return {"namespaces": names, "secrets": told, "settings": settings_of(store)}


def settings_of(store: SecretStore) -> Any:
    """Where this package can tell."""
    return getattr(store, "settings", lambda: None)()


def kept(path: Path) -> View:
    """What is told by no listing, or not by all of them."""
    database = sqlite3.connect(path)
    queries = {
        "versions": "SELECT * FROM secret_version",
        "removed": "SELECT * FROM removed",
        "former": "SELECT * FROM former_secret",
        "policy": "SELECT * FROM required_policy",
        "store log": "SELECT sequence, type, actor, detail FROM store_event",
        "events": "SELECT namespace, sequence, type, secret, revision, actor, detail FROM event",
    }
    found = {name: sorted(database.execute(sql), key=repr) for name, sql in queries.items()}
    database.close()
    return found


@dataclass
class UseTally:
    counts: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    laundered: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            f"{use:24} {outcome:40} {count}"
            for (use, outcome), count in sorted(self.counts.items())
        )


class Uses:
    """What a store that was tampered with answers, and whether it passes for intact afterwards."""

    def __init__(self, trial: Trial, sample: Sample, folder: Path) -> None:
        self.judge = trial.judge
        self.tables = trial.changes.tables
        self.beside = folder / "backup.db"
        self.uses = uses(portable(sample, folder), self.beside)
        self.tally = UseTally()
        self.truth = {use.name: self.try_use(trial.data, use) for use in self.uses}
        for name, (_, verdict, _) in self.truth.items():
            assert verdict == "intact", name

    def try_use(self, data: bytes, use: Use) -> tuple[Any, str, View | None]:
        """The answer, the verdict afterwards, and the view if that is intact."""
        self.judge.place(data)
        try:
            with self.judge.open() as store:
                answer = use.do(store)
        except (SecretStoreError, ValueError) as error:
            answer = error
        verdict = self.judge.verify().verdict
        if verdict != "intact":
            return answer, verdict, None
        with self.judge.open() as store:
            view = view_of(store)
        return answer, verdict, {**view, **kept(self.judge.path)}

    def run(self, change: Change, data: bytes) -> None:
        """data is a store that verify does not call intact."""
        for use in self.uses:
            answer, verdict, view = self.try_use(data, use)
            true_answer, _, true_view = self.truth[use.name]
            failed = isinstance(answer, Exception)
            outcome = getattr(answer, "code", type(answer).__name__) if failed else "done"
            line = f"{use.name}: {change.kind}: {change.where}: {change.statements} -> {answer!r}"
            if not failed and not is_true(use.name, answer, true_answer):
                outcome = self.why_not_true(use, data)
                if outcome == "untrue":
                    self.tally.lies.append(f"{line}, not {true_answer!r}")
            if verdict == "intact":
                mended = not failed and view == true_view and self.may_mend(use, change)
                outcome += ", mended" if mended else ", LAUNDERED"
                if not mended:
                    self.tally.laundered.append(line)
            self.tally.counts[use.name, outcome] += 1

    def why_not_true(self, use: Use, data: bytes) -> str:
        if self.is_gone(use, data):
            return "of what was taken away"
        if use.name == "rotate" and self.stands_under_another_key(data):
            return "under another key"
        return "untrue"

    def stands_under_another_key(self, data: bytes) -> bool:
        """A row's key version was changed: no rotation of the true one comes across it."""
        found = in_memory(data).execute("SELECT id, key_version FROM secret").fetchall()
        true = {row["id"]: row["key_version"] for row in self.tables["secret"].rows}
        return any(true.get(number, version) != version for number, version in found)

    @staticmethod
    def is_gone(use: Use, data: bytes) -> bool:
        """The row of one of its secrets, or of its namespace, is not where it was: that there is
        none, no write proves (it is verify that says so, before and after)."""
        database = in_memory(data)
        try:
            return not all(
                database.execute(
                    "SELECT 1 FROM namespace AS n JOIN secret AS s ON s.namespace = n.id"
                    " WHERE n.name IS ? AND s.name = ?",
                    secret,
                ).fetchone()
                for secret in use.secrets
            )
        except sqlite3.Error:
            return True
        finally:
            database.close()

    def may_mend(self, use: Use, change: Change) -> bool:
        """There are two ways to make a store whole by going on with it, neither of which lets a
        changed byte live on. What was stored as another type, and SQLite reads as it was (a number
        in digits, a blob as text), so that all MACs are right: it is written anew with its row. And
        the value of a secret, which nobody reads who replaces it: it goes, and its digest, which
        was right, goes with it."""
        if change.reads_as_same:
            return True
        lost = {f"secret[{number}].value" for number in self.numbers(use)}
        return use.loses_value and change.where in lost

    def numbers(self, use: Use) -> list[int]:
        names = {row["id"]: row["name"] for row in self.tables["namespace"].rows}
        return [
            row["id"]
            for row in self.tables["secret"].rows
            for namespace, name in use.secrets
            if row["name"].data.decode() == name
            and (names[row["namespace"]] or Raw(b"")).data.decode() == (namespace or "")
        ]


def is_true(use: str, answer: Any, true_answer: Any) -> bool:
    """Where the answer need not be that of the whole store."""
    if use == "maintenance":
        return True  # it says whether there is more to do
    if use == "rotate":
        return bool(answer[1] > 0 or answer == true_answer)  # it says that some failed
    if use == "cleanup":
        return all(one <= other for one, other in zip(answer, true_answer, strict=True))
    return use != "backup" and bool(answer == true_answer)


def shares(changes: Iterable[Change], share: int, seed: int) -> Iterator[Change]:
    """One of so many, by chance; the same for one seed."""
    chance = random.Random(seed)
    return (change for change in changes if chance.randrange(share) == 0)


def pairs(changes: list[Change], seed: int) -> Iterator[Change]:
    """Two at once, for ever: of the same row, of the same table, of any two."""
    chance = random.Random(seed)
    of_rows = [change for change in changes if change.kind not in ("schema", "index doctored")]
    groups: dict[str, list[Change]] = collections.defaultdict(list)
    for one in of_rows:
        groups[one.where.split(".")[0]].append(one)
        groups[one.where.split("[")[0]].append(one)
    while True:
        one = chance.choice(of_rows)
        near = groups[one.where.split(chance.choice(".["))[0]]
        two = chance.choice(chance.choice([near, of_rows]))
        yield Change(
            "pair", f"{one.where} & {two.where}", one.statements + two.statements, (0, None)
        )


def flips(data: bytes, seed: int) -> Iterator[bytes]:
    """Bytes of the file that are changed at random, for ever: one or a few."""
    chance = random.Random(seed)
    while True:
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 8))):
            place = chance.randrange(100, len(data))
            changed[place] ^= 1 << chance.randrange(8)
        yield bytes(changed)


@dataclass(frozen=True)
class Extent:
    """How much of it is done."""

    share: int = int(os.environ.get("SECRETSTORE_TAMPERING_SHARE", "10"))
    pairs: int = int(os.environ.get("SECRETSTORE_TAMPERING_PAIRS", "400"))
    seconds: float = float(os.environ.get("SECRETSTORE_TAMPERING_SECONDS", "0"))
    seed: int = int(os.environ.get("SECRETSTORE_TAMPERING_SEED", "1"))


def told(tally: Tally, limit: int = 40) -> str:
    lines = [str(tally)]
    for label, found in (("MISSED", tally.misses), ("unprovable", tally.unprovable)):
        for change, verdict in found[:limit]:
            lines.append(f"{label}: {change.kind}: {change.where}: {change.statements} {verdict}")
    return "\n".join(lines)


def run_all(trial: Trial, extent: Extent) -> None:
    for change in shares(trial.changes.all(), extent.share, extent.seed):
        trial.run(change)


def run_pairs(trial: Trial, extent: Extent) -> None:
    """So many, and then until the time is over."""
    made = pairs(list(trial.changes.all()), extent.seed)
    end = time.monotonic() + extent.seconds
    for count, change in enumerate(made):
        if count >= extent.pairs and time.monotonic() >= end:
            return
        trial.run(change)


def run_flips(trial: Trial, extent: Extent) -> None:
    made = flips(trial.data, extent.seed)
    for number in range(max(extent.pairs, 1)):
        changed = Change("byte", str(number), ())
        trial.tally.add(changed, "tried")
        trial.settle(changed, next(made))


def run_uses(trial: Trial, made: Uses, extent: Extent) -> None:
    """There are many uses, each as dear as a verification: of every fiftieth change."""
    for change in shares(trial.changes.all(), 50 * extent.share, extent.seed):
        found = trial.run(change)
        if found is not None and found[1] in ("tampered", "unprovable"):
            made.run(change, found[0])


def scratch_folder() -> str | None:
    """In memory, where the system has such a place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main() -> int:
    logging.getLogger("secretstore").setLevel(logging.CRITICAL)  # it tells of each refusal
    extent = Extent()
    missed = 0
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        sample = sample_stores.build(Path(folder) / "sample.db")
        for versions in ((3, 2), (3,)):
            trial = Trial(sample, Path(folder), versions, extent.seed)
            for run in (run_all, run_pairs, run_flips):
                begin = time.monotonic()
                run(trial, extent)
                seconds = time.monotonic() - begin
                print(f"{run.__name__}, keys {versions}: {seconds:.0f} s", file=sys.stderr)
            print(f"keys {versions}, seed {extent.seed}\n{told(trial.tally)}")
            missed += trial.tally.total("missed")
        trial = Trial(sample, Path(folder), (3, 2), extent.seed)
        made = Uses(trial, sample, Path(folder))
        run_uses(trial, made, extent)
        print("\n".join((str(made.tally), *made.tally.laundered, *made.tally.lies)))
        missed += len(made.tally.laundered) + len(made.tally.lies)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
