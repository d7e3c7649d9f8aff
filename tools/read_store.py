#!/usr/bin/env python3
"""Read and verify a secretstore file without the library.

The escape hatch of whoever has a store and its keys but not the library, and a second verifier
beside it. Written from docs/formats.md alone; the sections that comments name are those of that
document.

    read_store.py STORE --key VERSION:FILE [--key ...] [--values] [--json]

A key file holds 32 bytes as base64; `-` is standard input. The exit status is 0 for an intact
store, 5 for one that was tampered with, 9 for one that could not be proved, and 2 where nothing
could be read: no store, or a key with other bytes than the store knows under its version.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

INTACT, UNPROVABLE, TAMPERED = "intact", "unprovable", "tampered"
EXIT_STATUS = {INTACT: 0, TAMPERED: 5, UNPROVABLE: 9}
EXIT_NOTHING_READ = 2


class NotAStore(ValueError):
    """The file is missing, unreadable, or not a secretstore database at all."""


class KeyMismatch(ValueError):
    """A key was given whose bytes are not those that the store knows under its version."""


class Malformed(ValueError):
    """A stored text does not have the form that formats.md gives it."""


# --- What is reported -----------------------------------------------------------------------------


@dataclass
class Part:
    """One thing that is verified (a chain, a head, the root ...) and what was found in it."""

    name: str
    faults: list[str] = field(default_factory=list)
    unprovable: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        if self.faults:
            return TAMPERED
        return UNPROVABLE if self.unprovable else INTACT

    def fault(self, sentence: str) -> None:
        self.faults.append(f"{self.name}: {sentence}")

    def unproved(self, sentence: str) -> None:
        self.unprovable.append(f"{self.name}: {sentence}")


class Secret(NamedTuple):
    """A row that holds a value; `why` says why there is none in `value`."""

    table: str
    namespace: str | None
    name: str
    value: bytes | None
    revision: int
    key_version: int
    expires_at: int | None
    metadata: str | None
    why: str | None


@dataclass
class Report:
    """The verdict on a store, part by part, and what it holds."""

    parts: dict[str, Part] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    history: list[Secret] = field(default_factory=list)

    def part(self, name: str) -> Part:
        return self.parts.setdefault(name, Part(name))

    @property
    def faults(self) -> list[str]:
        return [sentence for part in self.parts.values() for sentence in part.faults]

    @property
    def unprovable(self) -> list[str]:
        return [sentence for part in self.parts.values() for sentence in part.unprovable]

    @property
    def verdict(self) -> str:
        if self.faults:
            return TAMPERED
        return UNPROVABLE if self.unprovable else INTACT


# --- Texts ----------------------------------------------------------------------------------------


def compact(value: object) -> str:
    """The text that JSON.stringify gives: without ensure_ascii, Python escapes as it does."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def canonical(items: Sequence[object]) -> bytes:
    return compact(items).encode()


def canonical_with(items: Sequence[object], last: str | None) -> bytes:
    """An array whose last item is a stored JSON text as it is ("Events and the chain")."""
    verbatim = last if last is not None and last.startswith("{") else compact(last)
    return f"{compact(items)[:-1]},{verbatim}]".encode()


def parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON text ({error})") from None


def shown(name: str) -> str:
    """A name as a terminal may have it: JSON, and all but printable ASCII escaped."""
    return json.dumps(name)


def namespace_label(name: str | None) -> str:
    return "default namespace" if name is None else f"namespace {shown(name)}"


# --- Cryptography ---------------------------------------------------------------------------------


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def unseal(key: bytes, iv: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(iv, sealed, aad)
    except (InvalidTag, ValueError):
        return None


def term(key: bytes) -> int:
    """A term's number: 256 zero bytes under AES-256-CTR ("Rows, and the terms of the state")."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return int.from_bytes(encryptor.update(bytes(SUM_LENGTH)), "little")


def sum_bytes(terms: int) -> bytes:
    return (terms % (1 << 8 * SUM_LENGTH)).to_bytes(SUM_LENGTH, "little")


@dataclass(frozen=True)
class EpochKeys:
    """The keys that are derived from an epoch's ("Epoch keys")."""

    event: bytes
    head: bytes
    root: bytes
    seal: bytes
    state: bytes


def derive(epoch_key: bytes, use: str) -> bytes:
    info = f"secretstore {use} key 1".encode()
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
    return bytes(hkdf.derive(epoch_key))


def derive_all(epoch_key: bytes) -> EpochKeys:
    return EpochKeys(
        *(derive(epoch_key, use) for use in ("event", "head", "root", "seal", "state"))
    )


def key_check(kek: bytes) -> bytes:
    return hmac_sha256(kek, b"secretstore key check 1")


# --- The database ("Database schema") -------------------------------------------------------------

APPLICATION_ID = 0x53537374
SCHEMA_VERSION = 1
MAGIC = b"SQLite format 3\0"
LARGEST_VALUE = 1 << 28
SUM_LENGTH = 256
SHORTEST_SEALED = 16
SECRET_IDS = range(1, (1 << 53) - 1)
COUNTS_OF_WRAPS = range(1 << 53)

# Each column stands behind two spaces, as in the text that SQLite keeps.
TABLES = {
    "root": "id INTEGER PRIMARY KEY CHECK (id = 1),  sequence INTEGER NOT NULL,"
    "  text TEXT NOT NULL,  mac BLOB NOT NULL CHECK (length(mac) = 32)",
    "seal": "id INTEGER PRIMARY KEY CHECK (id = 1),  epoch INTEGER NOT NULL,"
    "  counter INTEGER NOT NULL,  root_sequence INTEGER NOT NULL,"
    "  root_mac BLOB NOT NULL CHECK (length(root_mac) = 32),  namespaces INTEGER NOT NULL,"
    "  sum BLOB NOT NULL CHECK (length(sum) = 256),  mac BLOB NOT NULL CHECK (length(mac) = 32)",
    "kek": "version INTEGER PRIMARY KEY,  wraps_reserved INTEGER NOT NULL",
    "lease": "name TEXT PRIMARY KEY,  holder BLOB NOT NULL,  until INTEGER NOT NULL",
    "required_policy": "id INTEGER PRIMARY KEY CHECK (id = 1),  text TEXT NOT NULL",
    "store_event": "sequence INTEGER PRIMARY KEY,  type INTEGER NOT NULL,"
    "  created_at INTEGER NOT NULL,  epoch INTEGER NOT NULL,  attempt BLOB NOT NULL,"
    "  mac BLOB NOT NULL,  actor TEXT,  detail TEXT",
    "namespace": "id INTEGER PRIMARY KEY,  name TEXT UNIQUE,  secrets INTEGER NOT NULL,"
    "  versions INTEGER NOT NULL,  removed INTEGER NOT NULL,  sequence INTEGER NOT NULL,"
    "  epoch INTEGER NOT NULL,  last_event_at INTEGER NOT NULL,  mac BLOB NOT NULL,"
    "  checkpoint_sequence INTEGER NOT NULL,  checkpoint_mac BLOB NOT NULL,"
    "  root_sequence INTEGER NOT NULL,  sealed_sequence INTEGER NOT NULL,"
    "  sealed_mac BLOB NOT NULL,  head_mac BLOB NOT NULL,  sum BLOB NOT NULL,"
    "  CHECK ((id = 0) = (name IS NULL))",
    "secret": "id INTEGER PRIMARY KEY,  namespace INTEGER NOT NULL REFERENCES namespace (id),"
    "  name TEXT NOT NULL,  revision INTEGER NOT NULL,  {sealed}",
    "secret_version": "secret INTEGER NOT NULL,  revision INTEGER NOT NULL,"
    "  namespace INTEGER NOT NULL REFERENCES namespace (id),  name TEXT NOT NULL,"
    "  replaced_at INTEGER NOT NULL,  {sealed}",
    "removed": "id INTEGER PRIMARY KEY,  namespace INTEGER NOT NULL REFERENCES namespace (id),"
    "  name TEXT NOT NULL,  removed_at INTEGER NOT NULL,  revision INTEGER NOT NULL,  {sealed}",
    "former_secret": "id INTEGER PRIMARY KEY,"
    "  namespace INTEGER NOT NULL REFERENCES namespace (id),  name TEXT NOT NULL",
    "event": "namespace INTEGER NOT NULL REFERENCES namespace (id),  type INTEGER NOT NULL,"
    "  sequence INTEGER NOT NULL,  secret INTEGER NOT NULL,  revision INTEGER,"
    "  created_at INTEGER NOT NULL,  epoch INTEGER NOT NULL,  attempt BLOB NOT NULL,"
    "  previous_digest BLOB,  row_digest BLOB,  mac BLOB NOT NULL,  actor TEXT,  detail TEXT,"
    "  PRIMARY KEY (namespace, type, sequence)",
}
SEALED_COLUMNS = (
    "key_version INTEGER NOT NULL,  format INTEGER NOT NULL,  expires_at INTEGER,"
    "  created_at INTEGER NOT NULL,  updated_at INTEGER NOT NULL,  iv BLOB NOT NULL,"
    "  value_digest BLOB NOT NULL,  dek_iv BLOB NOT NULL,  wrapped_dek BLOB NOT NULL,"
    "  metadata TEXT,  value BLOB NOT NULL"
)
WITHOUT_ROWID = ("lease", "event")
INDEXES = {
    "secret_by_name": ("UNIQUE INDEX", "secret", "(namespace, name)"),
    "secret_by_update": ("INDEX", "secret", "(namespace, updated_at)"),
    "secret_by_expiry": ("INDEX", "secret", "(expires_at) WHERE expires_at IS NOT NULL"),
    "secret_version_by_secret": (
        "UNIQUE INDEX",
        "secret_version",
        "(namespace, secret, revision)",
    ),
    "removed_by_name": ("INDEX", "removed", "(namespace, name)"),
    "removed_by_namespace": ("INDEX", "removed", "(namespace)"),
    "former_secret_by_name": ("INDEX", "former_secret", "(namespace, name)"),
    "event_by_secret": ("INDEX", "event", "(secret, sequence)"),
}
BLOB_LENGTHS = {
    "mac": 32,
    "root_mac": 32,
    "checkpoint_mac": 32,
    "sealed_mac": 32,
    "head_mac": 32,
    "previous_digest": 32,
    "row_digest": 32,
    "value_digest": 32,
    "wrapped_dek": 48,
    "iv": 12,
    "dek_iv": 12,
    "attempt": 16,
    "sum": SUM_LENGTH,
}


class SchemaObject(NamedTuple):
    kind: str
    name: str
    table: str
    sql: str | None


class Column(NamedTuple):
    name: str
    kind: str
    required: bool


def declarations(table: str) -> str:
    return TABLES[table].replace("{sealed}", SEALED_COLUMNS)


def expected_schema() -> set[SchemaObject]:
    objects = {SchemaObject("index", "sqlite_autoindex_namespace_1", "namespace", None)}
    for table in TABLES:
        options = "STRICT, WITHOUT ROWID" if table in WITHOUT_ROWID else "STRICT"
        sql = f"CREATE TABLE {table} (  {declarations(table)}) {options}"
        objects.add(SchemaObject("table", table, table, sql))
    for name, (kind, table, columns) in INDEXES.items():
        sql = f"CREATE {kind} {name} ON {table} {columns}"
        objects.add(SchemaObject("index", name, table, sql))
    return objects


def columns_of(table: str) -> list[Column]:
    """The columns that a table's declaration names, with their types."""
    found = re.findall(
        r"(?:^|,  )(\w+) (INTEGER|TEXT|BLOB)( NOT NULL| PRIMARY KEY)?", declarations(table)
    )
    return [Column(name, kind, required != "") for name, kind, required in found]


# Python's sqlite3 raises the second where SQLite's own message quotes bytes that are not UTF-8.
SQLITE_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)


class RawText(bytes):
    """A TEXT that SQLite gave, kept apart from a BLOB: its bytes may not be UTF-8."""


class Row:
    """A row whose columns have the types, lengths and encoding that the schema gives them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def number(self, column: str) -> int:
        value = self._values[column]
        assert isinstance(value, int)
        return value

    def number_or_none(self, column: str) -> int | None:
        return None if self._values[column] is None else self.number(column)

    def text(self, column: str) -> str:
        value = self._values[column]
        assert isinstance(value, str)
        return value

    def text_or_none(self, column: str) -> str | None:
        return None if self._values[column] is None else self.text(column)

    def blob(self, column: str) -> bytes:
        value = self._values[column]
        assert isinstance(value, bytes)
        return value

    def blob_or_none(self, column: str) -> bytes | None:
        return None if self._values[column] is None else self.blob(column)

    def hex(self, column: str) -> str:
        return self.blob(column).hex()

    def hex_or_none(self, column: str) -> str | None:
        return None if self._values[column] is None else self.hex(column)


def checked_value(column: Column, value: object) -> object:
    """The value as the schema declares it, its text decoded; Malformed for anything else."""
    if value is None:
        if column.required:
            raise Malformed(f"{column.name} is NULL")
        return None
    if column.kind == "INTEGER" and type(value) is int:
        return value
    if column.kind == "TEXT" and isinstance(value, RawText):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Malformed(f"{column.name} is not UTF-8") from None
    if column.kind == "BLOB" and type(value) is bytes:
        if len(value) != BLOB_LENGTHS.get(column.name, len(value)):
            raise Malformed(f"{column.name} has {len(value)} bytes")
        return value
    raise Malformed(f"{column.name} is not of type {column.kind}")


class Database:
    """The store's file, read only, in one read transaction."""

    def __init__(self, path: Path, report: Report) -> None:
        self._report = report
        self._connection = open_connection(path)

    def close(self) -> None:
        self._connection.close()

    def pragma(self, name: str) -> list[Any]:
        return self._connection.execute(f"PRAGMA {name}").fetchall()

    def schema(self) -> list[SchemaObject]:
        """Every schema object; what is not text is shown as such."""
        found = self._connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
        return [SchemaObject(*(schema_text(value) for value in row)) for row in found]

    def rows(self, table: str) -> Iterator[Row]:
        """All rows, by a scan of the table itself: no index can hide any."""
        columns = columns_of(table)
        names = ", ".join(column.name for column in columns)
        part = self._report.part("file")
        room = self.most_rows()
        try:
            found = self._connection.execute(f"SELECT {names} FROM {table} NOT INDEXED")
            for count, values in enumerate(found):
                if count > room:  # pages that stand in a tree many times
                    part.fault(f"table {table} has more rows than the file has room for")
                    return
                try:
                    yield checked_row(columns, values)
                except Malformed as error:
                    part.fault(f"table {table}, row {shown_key(values)}: {error}")
        except SQLITE_ERRORS as error:
            part.fault(f"table {table} cannot be read to its end ({str(error)!a})")

    def most_rows(self) -> int:
        return int(self.pragma("page_count")[0][0]) * int(self.pragma("page_size")[0][0]) // 4


def checked_row(columns: Sequence[Column], values: Sequence[object]) -> Row:
    return Row(
        {column.name: checked_value(column, value) for column, value in zip(columns, values)}
    )


def shown_key(values: Sequence[object]) -> str:
    """The first columns of a row, for whoever looks for it."""
    return ", ".join(ascii(bytes(v) if isinstance(v, RawText) else v)[:80] for v in values[:3])


def schema_text(value: object) -> Any:
    if isinstance(value, RawText):
        return value.decode(errors="backslashreplace")
    return None if value is None else f"<{value!r}>"


def open_connection(path: Path) -> sqlite3.Connection:
    check_magic(path)
    try:
        return begin(f"{path.absolute().as_uri()}?mode=ro")
    except sqlite3.OperationalError as error:
        # A file in WAL mode in a folder where no side files can be made: safe if there is no log.
        if error.sqlite_errorcode == sqlite3.SQLITE_CANTOPEN and not has_log(path):
            return begin(f"{path.absolute().as_uri()}?mode=ro&immutable=1")
        raise


def check_magic(path: Path) -> None:
    try:
        if not path.is_file():
            raise NotAStore(f"{path} is not there, or no file")
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except (OSError, ValueError) as error:
        raise NotAStore(f"{path} cannot be read: {error}") from error
    if magic != MAGIC:
        raise NotAStore(f"{path} is no SQLite database")


def has_log(path: Path) -> bool:
    log = Path(f"{path}-wal")
    return log.exists() and log.stat().st_size > 0


def begin(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.text_factory = RawText
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


# --- The root ("The root") ------------------------------------------------------------------------


class Kek(NamedTuple):
    check: bytes
    state: str


class Wrap(NamedTuple):
    iv: bytes
    wrapped: bytes


class Epoch(NamedTuple):
    check: bytes
    wraps: dict[int, Wrap]


@dataclass(frozen=True)
class Root:
    store_id: str
    sequence: int
    keks: dict[int, Kek]
    epochs: dict[int, Epoch]
    min_epoch: int
    policy_hash: str | None
    log_sequence: int
    log_mac: bytes

    @property
    def newest_epoch(self) -> int:
        return len(self.epochs)


INT64 = range(-(2**63), 2**63)


def number(value: object, what: str, lowest: int = INT64.start) -> int:
    if type(value) is not int or value not in INT64 or value < lowest:
        raise Malformed(f"{what} is not a number that may stand there")
    return value


def hex_bytes(value: object, what: str, length: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{2 * length}}}", value):
        raise Malformed(f"{what} is not {length} bytes in lower-case hexadecimal digits")
    return bytes.fromhex(value)


def items(value: object, what: str, count: int | None = None) -> list[object]:
    if not isinstance(value, list) or (count is not None and len(value) != count):
        raise Malformed(f"{what} is not a list of the right length")
    return value


def ascending(numbers: Sequence[int], what: str) -> None:
    if any(low >= high for low, high in zip(numbers, numbers[1:])):
        raise Malformed(f"{what} are not in ascending order")


def parse_root(text: str) -> Root:
    """The root's fields; Malformed where the text is not the very one that the library writes."""
    parsed = parse_json(text)
    if compact(parsed) != text:
        raise Malformed("the text is not canonical")
    fields = items(parsed, "the root", 13)
    if fields[0] != "root1":
        raise Malformed("the text is no root of version 1")
    number(fields[3], "createdAt")
    number(fields[4], "incarnation", 1)
    if fields[5] != SCHEMA_VERSION or type(fields[5]) is not int:
        raise Malformed(f"schemaVersion is not {SCHEMA_VERSION}")
    check_settings(fields[9])
    min_epoch = number(fields[8], "minEpoch", 1)
    epochs = parse_epochs(fields[7])
    keks = parse_keks(fields[6], len(epochs))
    root = Root(
        store_id=hex_bytes(fields[1], "storeId", 16).hex(),
        sequence=number(fields[2], "sequence", 1),
        keks=keks,
        epochs=epochs,
        min_epoch=min_epoch,
        policy_hash=None if fields[10] is None else hex_bytes(fields[10], "policyHash", 32).hex(),
        log_sequence=number(fields[11], "logSequence", 1),
        log_mac=hex_bytes(fields[12], "logMac", 32),
    )
    check_epochs(root)
    return root


def check_settings(value: object) -> None:
    if not isinstance(value, dict) or list(value) != sorted(value):
        raise Malformed("settings are no object with its members in order")


def parse_keks(value: object, newest_epoch: int) -> dict[int, Kek]:
    keks = [parse_kek(item, newest_epoch) for item in items(value, "keks")]
    ascending([version for version, _ in keks], "the versions of the keys")
    return dict(keks)


def parse_kek(value: object, newest_epoch: int) -> tuple[int, Kek]:
    version, check, first_seen_at, active_since, state, retired_epoch = items(value, "a key", 6)
    number(first_seen_at, "firstSeenAt")
    if active_since is not None:
        number(active_since, "activeSince")
    if not isinstance(state, str) or state not in ("admitted", "retiring", "retired"):
        raise Malformed("a key has an unknown state")
    if state == "admitted" and retired_epoch is not None:
        raise Malformed("an admitted key has a retiredEpoch")
    if state == "retired" and number(retired_epoch, "retiredEpoch", 2) > newest_epoch:
        raise Malformed("a retiredEpoch has not begun")
    kek = Kek(hex_bytes(check, "a key's check", 32), state)
    return number(version, "a key's version"), kek


def parse_epochs(value: object) -> dict[int, Epoch]:
    epochs: dict[int, Epoch] = {}
    for expected, item in enumerate(items(value, "epochs"), 1):
        epoch, check, started_at, wraps = items(item, "an epoch", 4)
        if number(epoch, "an epoch") != expected:
            raise Malformed("the epochs are not numbered from 1 without gaps")
        number(started_at, "startedAt")
        epochs[expected] = Epoch(hex_bytes(check, "an epoch's check", 32), parse_wraps(wraps))
    if not epochs:
        raise Malformed("there is no epoch")
    return epochs


def parse_wraps(value: object) -> dict[int, Wrap]:
    wraps: list[tuple[int, Wrap]] = []
    for item in items(value, "wraps"):
        version, iv, wrapped = items(item, "a wrap", 3)
        wrap = Wrap(hex_bytes(iv, "a wrap's iv", 12), hex_bytes(wrapped, "a wrap", 48))
        wraps.append((number(version, "a wrap's key version"), wrap))
    ascending([version for version, _ in wraps], "the wraps of an epoch")
    return dict(wraps)


def check_epochs(root: Root) -> None:
    """Epoch keys are wrapped under the admitted versions, all of them, and no others."""
    if root.min_epoch > root.newest_epoch:
        raise Malformed("minEpoch has not begun")
    admitted = {version for version, kek in root.keks.items() if kek.state == "admitted"}
    for epoch, contents in root.epochs.items():
        if set(contents.wraps) != admitted:
            raise Malformed(f"epoch {epoch} is not wrapped under exactly the admitted keys")


def open_epoch_keys(root: Root, keys: Mapping[int, bytes], part: Part) -> dict[int, EpochKeys]:
    """The epochs whose keys the configured, admitted keys open; every such wrap must open."""
    opened: dict[int, EpochKeys] = {}
    for number_, epoch in root.epochs.items():
        for version, wrap in epoch.wraps.items():
            if version not in keys:
                continue
            aad = canonical(["epoch1", root.store_id, number_, version])
            epoch_key = unseal(keys[version], wrap.iv, wrap.wrapped, aad)
            if epoch_key is None:
                part.fault(f"the wrap of epoch {number_} under key version {version} does not open")
            elif (
                hmac_sha256(epoch_key, canonical(["epochcheck1", root.store_id, number_]))
                != epoch.check
            ):
                part.fault(f"the key of epoch {number_} under key version {version} is another")
            else:
                opened[number_] = derive_all(epoch_key)
    return opened


# --- Events ("Events and the chain", "The store log") ---------------------------------------------

CREATED, UPDATED, DELETED, ROTATED, READ, EXPUNGED, PRUNED, ACCEPTED, REWRAPPED = range(1, 10)
LINKING = (CREATED, UPDATED, DELETED, ROTATED)


class EventRule(NamedTuple):
    """What an event of a type has; None where the document leaves it open."""

    name: str
    secret: bool
    revision: bool | None
    previous_digest: bool | None
    row_digest: bool | None


EVENT_RULES = {
    CREATED: EventRule("created", True, True, False, True),
    UPDATED: EventRule("updated", True, True, True, True),
    DELETED: EventRule("deleted", True, True, None, False),
    ROTATED: EventRule("rotated", True, True, True, True),
    READ: EventRule("read", True, True, True, False),
    EXPUNGED: EventRule("expunged", True, None, None, None),
    PRUNED: EventRule("pruned", False, False, None, None),
    ACCEPTED: EventRule("accepted", False, False, None, None),
    REWRAPPED: EventRule("rewrapped", True, True, True, True),
}
STORE_EVENTS: dict[int, tuple[str, dict[str, type]]] = {
    101: ("store_created", {}),
    102: ("key_added", {"keyVersions": list}),
    103: ("key_activated", {"keyVersion": int}),
    104: ("key_retiring", {"keyVersion": int, "epoch": int}),
    105: ("key_retired", {"keyVersion": int, "epoch": int}),
    106: ("policy_required", {}),
    107: ("settings_changed", {}),
    108: ("namespace_accepted", {"sequence": int, "faults": int}),
    109: ("anchored", {"sealCounter": int}),
    110: ("restored", {"incarnation": int}),
    111: ("imported", {"rows": int}),
}
EVENT_DETAILS: dict[int, dict[str, type]] = {
    UPDATED: {"changed": list},
    DELETED: {"deletedReason": str},
    ROTATED: {"previousKeyVersion": int, "newKeyVersion": int},
    PRUNED: {"upTo": int, "mac": str, "count": int, "at": int},
    ACCEPTED: {"faults": int},
    REWRAPPED: {"previousKeyVersion": int, "newKeyVersion": int},
}


def parsed_detail(detail: str | None, members: Mapping[str, type]) -> dict[str, Any]:
    """The detail as an object that has these members; Malformed otherwise. None is an empty one."""
    if detail is not None and not detail.startswith("{"):
        raise Malformed("its detail is no object")
    parsed = {} if detail is None else parse_json(detail)
    for member, kind in members.items():
        if type(parsed.get(member)) is not kind:
            raise Malformed(f"its detail has no proper {member}")
    return dict(parsed)


def event_name(event: Row) -> str:
    rule = EVENT_RULES.get(event.number("type"))
    return f"event {event.number('sequence')} ({rule.name if rule else 'of unknown type'})"


def check_form(event: Row) -> None:
    """What an event of its type has and has not."""
    kind = event.number("type")
    rule = EVENT_RULES.get(kind)
    if rule is None:
        raise Malformed(f"{kind} is no type of event")
    present = {
        "secret": event.number("secret") != 0,
        "revision": event.number_or_none("revision") is not None,
        "previous_digest": event.blob_or_none("previous_digest") is not None,
        "row_digest": event.blob_or_none("row_digest") is not None,
    }
    for column, there in present.items():
        wanted = getattr(rule, column)
        if wanted is not None and wanted != there:
            raise Malformed(f"it has {'a' if there else 'no'} {column}")
    parsed_detail(event.text_or_none("detail"), EVENT_DETAILS.get(kind, {}))


@dataclass
class Links:
    """What the linking events of a chain say of its secrets, as far as they have been followed."""

    from_the_beginning: bool
    living: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def follow(self, event: Row, name: str | None) -> None:
        kind = event.number("type")
        if kind == ACCEPTED:
            self.from_the_beginning = False
            self.living, self.names, self.gone = {}, {}, set()
        elif kind in LINKING and name is not None:
            self._check(event, name)
            self._record(event, name)

    def _check(self, event: Row, name: str) -> None:
        secret = event.number("secret")
        if secret in self.gone:
            self._check_purge(event)
            return
        if self.names.get(name, secret) != secret:
            raise Malformed("another secret of its name lived")
        if event.number("type") == CREATED:
            if secret in self.living:
                raise Malformed("its secret lived already")
        elif secret in self.living:
            if event.blob_or_none("previous_digest") != self.living[secret]:
                raise Malformed("its previous_digest is not the row_digest of the event before")
        elif self.from_the_beginning:
            raise Malformed("its secret was not created before")

    def _check_purge(self, event: Row) -> None:
        """Of a row that nobody had signed: it was deleted, and is back."""
        unsigned = event.blob_or_none("previous_digest") is None
        if event.number("type") != DELETED or not unsigned:
            raise Malformed("its secret was deleted before")

    def _record(self, event: Row, name: str) -> None:
        secret = event.number("secret")
        digest = event.blob_or_none("row_digest")
        if digest is None:
            self.living.pop(secret, None)
            self.names.pop(name, None)
            self.gone.add(secret)
        else:
            self.living[secret] = digest
            self.names[name] = secret


@dataclass
class Prunings:
    """Whether the checkpoint is what the last pruning, or acceptance, left."""

    head: Row
    explained: bool = False
    up_to: int | None = None

    def follow(self, event: Row, before: Row | None) -> None:
        kind, checkpoint = event.number("type"), self.head.number("checkpoint_sequence")
        if kind == ACCEPTED:
            self.up_to = event.number("sequence") - 1
            self.explained = self.explained or self.up_to == checkpoint
        elif kind == PRUNED:
            self._pruned(event, before)

    def _pruned(self, event: Row, before: Row | None) -> None:
        detail = parsed_detail(event.text_or_none("detail"), EVENT_DETAILS[PRUNED])
        up_to, count = detail["upTo"], detail["count"]
        checkpoint = self.head.number("checkpoint_sequence")
        mac = hex_bytes(detail["mac"], "its detail's mac", 32)
        if not 1 <= count <= up_to < event.number("sequence") or up_to > checkpoint:
            raise Malformed("its detail's numbers are not possible")
        if self.up_to is not None and count != up_to - self.up_to:
            raise Malformed("its detail's count is not what was left to prune")
        if before is not None and event.number("created_at") != before.number("created_at"):
            raise Malformed("its created_at is not that of the event before")
        if up_to == checkpoint:
            if mac != self.head.blob("checkpoint_mac"):
                raise Malformed("its detail's mac is not the checkpoint's")
            self.explained = True
        self.up_to = up_to


# --- Rows ("Values", "Wrapped DEKs", "Rows, and the terms of the state") --------------------------


class RowTable(NamedTuple):
    """A table whose rows hold values, its name in terms, and the columns that differ."""

    table: str
    term: str
    id: str
    replaced_at: str | None
    removed_at: str | None


ROW_TABLES = (
    RowTable("secret", "secret", "id", None, None),
    RowTable("secret_version", "version", "secret", "replaced_at", None),
    RowTable("removed", "removed", "id", None, "removed_at"),
)
COUNTS = {"secret": "secrets", "version": "versions", "removed": "removed"}


def row_digest(row: Row, namespace: str | None, secret: int) -> bytes:
    fields = [
        "row2", namespace, row.text("name"), secret, row.number("format"), row.number("revision"),
        row.number("key_version"), row.number("created_at"), row.number("updated_at"),
        row.number_or_none("expires_at"), row.hex("iv"), row.hex("value_digest"),
        row.hex("dek_iv"), row.hex("wrapped_dek"),
    ]  # fmt: skip
    return sha256(canonical_with(fields, row.text_or_none("metadata")))


def dek_aad(row: Row, store_id: str, namespace: str | None, secret: int) -> bytes:
    value_digest = sha256(row.blob("iv") + row.blob("value")).hex()
    fields = [
        "dek2", store_id, namespace, row.text("name"), row.number("key_version"), secret,
        row.number("revision"), row.number("created_at"), row.number("updated_at"),
        row.number_or_none("expires_at"), value_digest,
    ]  # fmt: skip
    return canonical_with(fields, row.text_or_none("metadata"))


def has_proper_metadata(row: Row) -> bool:
    metadata = row.text_or_none("metadata")
    return metadata is None or metadata.startswith("{")


def check_row(row: Row) -> None:
    """What must be right of any row, whether its key is there or not."""
    if row.number("format") != 2:
        raise Malformed(f"its format is {row.number('format')}")
    if len(row.blob("value")) < SHORTEST_SEALED:
        raise Malformed("its value is too short")
    if not has_proper_metadata(row):
        raise Malformed("its metadata is no object")
    if sha256(row.blob("iv") + row.blob("value")) != row.blob("value_digest"):
        raise Malformed("its value is not that of its value_digest")


@dataclass
class Contents:
    """What the rows of a namespace come to."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    terms: int = 0
    living: dict[int, bytes] = field(default_factory=dict)


# --- Verification ---------------------------------------------------------------------------------


class Verifier:
    """Verifies a store, one part after the other, and collects what it holds."""

    def __init__(self, database: Database, keys: Mapping[int, bytes], report: Report) -> None:
        self.database = database
        self.keys = keys
        self.report = report
        self.root_mac, self.root_text = b"", b""
        self.root_proved = False
        self.epoch_keys: dict[int, EpochKeys] = {}  # those that were opened
        self.namespaces: dict[int, Row] = {}
        self.contents: dict[int, Contents] = defaultdict(Contents)
        # Secrets by id: their namespace and name. First the former ones, then also the living.
        self.former: dict[int, tuple[int, str]] = {}
        self.names: dict[int, tuple[int, str]] = {}
        self.living_names: set[tuple[int, str]] = set()
        self.needed: set[int] = set()  # ids that an event or a kept row needs the name of

    def run(self) -> None:
        if not self.file_is_ours():
            return
        self.check_file()
        root = self.read_root()
        self.read_namespaces()
        if root is None:
            return
        self.prove_root(root)
        self.check_keks(root)
        self.check_policy(root)
        self.check_store_log(root)
        self.read_names()
        for table in ROW_TABLES:
            for row in self.database.rows(table.table):
                self.take_row(root, table, row)
        self.check_namespaces(root)
        self.check_former_secrets()
        self.check_seal(root)

    # The file ("Database schema")

    def file_is_ours(self) -> bool:
        """Whether the schema is the store's own, so that its tables can be read."""
        part = self.report.part("file")
        found = self.database.schema()
        application_id = self.database.pragma("application_id")[0][0]
        if application_id != APPLICATION_ID:
            if not any(item.name == "root" for item in found):
                raise NotAStore("a database, but no secretstore")
            part.fault("its application_id is not a store's")
        version = self.database.pragma("user_version")[0][0]
        if version != SCHEMA_VERSION:
            part.fault(f"its schema's version is {version}, which is not known here")
        if self.database.pragma("encoding")[0][0] != b"UTF-8":
            part.fault("its texts are not UTF-8")
        for item in sorted(set(found) ^ expected_schema(), key=repr):
            wrong = "is not a store's" if item in found else "is missing"
            part.fault(
                f"the schema object {shown(str(item.name))} as {shown(str(item.sql))} {wrong}"
            )
        if len(found) != len(set(found)):
            part.fault("a schema object stands twice")
        return part.verdict == INTACT

    def check_file(self) -> None:
        part = self.report.part("file")
        for pragma in ("integrity_check", "foreign_key_check"):
            try:
                found = self.database.pragma(pragma)
            except SQLITE_ERRORS as error:
                part.fault(f"{pragma} breaks off ({str(error)!a})")
                continue
            for row in found:
                if row != (b"ok",):
                    part.fault(f"{pragma}: {shown_key(row)}")

    def only_row(self, table: str, part: Part) -> Row | None:
        rows = list(self.database.rows(table))
        if len(rows) > 1 or any(row.number("id") != 1 for row in rows):
            part.fault(f"table {table} has another row than 1")
            return None
        return rows[0] if rows else None

    # The root, and the keys ("The root", "Epoch keys", "Keys")

    def read_root(self) -> Root | None:
        part = self.report.part("root")
        row = self.only_row("root", part)
        if row is None:
            part.fault("there is none")
            return None
        try:
            root = parse_root(row.text("text"))
        except Malformed as error:
            part.fault(str(error))
            return None
        if row.number("sequence") != root.sequence:
            part.fault("its column sequence is not that of its text")
        self.root_mac = row.blob("mac")
        self.root_text = row.text("text").encode()
        return root

    def prove_root(self, root: Root) -> None:
        """Believe the root if its MAC is right; KeyMismatch for a key that it knows otherwise."""
        part = self.report.part("root")
        known = {v: k for v, k in self.keys.items() if v in root.keks}
        other = sorted(v for v, k in known.items() if key_check(k) != root.keks[v].check)
        usable = {
            version: key
            for version, key in known.items()
            if version not in other and root.keks[version].state == "admitted"
        }
        self.epoch_keys = open_epoch_keys(root, usable, part)
        newest = self.epoch_keys.get(root.newest_epoch)
        if newest is not None:
            self.root_proved = hmac_sha256(newest.root, self.root_text) == self.root_mac
            if not self.root_proved:
                part.fault("its MAC is wrong")
                self.epoch_keys = {}
        elif not usable and not other:
            admitted = [str(v) for v, kek in root.keks.items() if kek.state == "admitted"]
            part.unproved(
                "none of the configured keys is admitted: the store is opened with key version "
                + " or ".join(admitted)
            )
        if other and (self.root_proved or not usable):
            raise KeyMismatch(f"key version {other[0]} has other bytes than the store's key")

    def check_keks(self, root: Root) -> None:
        part = self.report.part("keys")
        rows = {
            row.number("version"): row.number("wraps_reserved") for row in self.database.rows("kek")
        }
        if set(rows) != set(root.keks):
            part.fault("the versions in table kek are not those of the root")
        for version, wraps in rows.items():
            if wraps not in COUNTS_OF_WRAPS:
                part.fault(f"key version {version} cannot have had {wraps} wraps")

    def check_policy(self, root: Root) -> None:
        part = self.report.part("required policy")
        row = self.only_row("required_policy", part)
        digest = None if row is None else sha256(row.text("text").encode()).hex()
        if digest != root.policy_hash:
            part.fault("it is not the one that the root names")

    # The store log ("The store log")

    def check_store_log(self, root: Root) -> None:
        part = self.report.part("store log")
        mac, epoch = bytes(32), 1
        events = sorted(self.database.rows("store_event"), key=lambda row: row.number("sequence"))
        for sequence, event in enumerate(events, 1):
            where = f"event {event.number('sequence')}"
            if event.number("sequence") != sequence:
                part.fault(f"event {sequence} is missing")
                return
            try:
                mac = self.store_event_mac(root, mac, event, epoch, part)
            except Malformed as error:
                part.fault(f"{where}: {error}")
                return
            epoch = event.number("epoch")
        if len(events) != root.log_sequence or mac != root.log_mac:
            part.fault("it does not end as the root says")

    def store_event_mac(
        self, root: Root, before: bytes, event: Row, epoch: int, part: Part
    ) -> bytes:
        """The event's MAC after that of the one before, if all about it is right."""
        if event.number("type") not in STORE_EVENTS:
            raise Malformed("its type is unknown")
        if not epoch <= event.number("epoch") <= root.newest_epoch:
            raise Malformed("its epoch is not possible")
        name, members = STORE_EVENTS[event.number("type")]
        parsed_detail(event.text_or_none("detail"), members)
        fields = [
            "storeevent1", root.store_id, event.number("sequence"), name,
            event.text_or_none("actor"), event.number("created_at"), event.number("epoch"),
            event.hex("attempt"),
        ]  # fmt: skip
        text = canonical_with(fields, event.text_or_none("detail"))
        return self.checked_mac(event, before + text, part)

    def checked_mac(self, event: Row, message: bytes, part: Part) -> bytes:
        keys = self.epoch_keys.get(event.number("epoch"))
        if keys is None:
            self.unproved_epoch(part, event.number("epoch"))
        elif hmac_sha256(keys.event, message) != event.blob("mac"):
            raise Malformed("its MAC is wrong")
        return event.blob("mac")

    def unproved_epoch(self, part: Part, epoch: int) -> None:
        if part.verdict == INTACT:
            part.unproved(f"the key of epoch {epoch} was not opened")

    # Namespaces and names

    def read_namespaces(self) -> None:
        part = self.report.part("file")
        names: set[str | None] = set()
        for row in self.database.rows("namespace"):
            name, number_ = row.text_or_none("name"), row.number("id")
            if name in names or number_ in self.namespaces or (number_ == 0) != (name is None):
                part.fault(f"namespace {number_}: its id or name cannot be")
            names.add(name)
            self.namespaces[number_] = row

    def read_names(self) -> None:
        """The names of former secrets; those of the living come with their rows."""
        part = self.report.part("former secrets")
        for row in self.database.rows("former_secret"):
            if row.number("id") in self.former or row.number("id") < 1:
                part.fault(f"id {row.number('id')} cannot be")
            self.former[row.number("id")] = (row.number("namespace"), row.text("name"))
        self.names = dict(self.former)

    def check_former_secrets(self) -> None:
        part = self.report.part("former secrets")
        living = {secret for contents in self.contents.values() for secret in contents.living}
        largest = max(self.former, default=0)
        for secret in self.former:
            if secret in living:
                part.fault(f"the secret {secret} lives")
            elif secret not in self.needed and (secret != largest or secret not in SECRET_IDS):
                part.fault(f"nothing needs the name of {secret}")

    # Rows

    def take_row(self, root: Root, table: RowTable, row: Row) -> None:
        """Verify a row by itself, add it to its namespace's contents, and open its value."""
        namespace = self.namespaces.get(row.number("namespace"))
        secret, name = row.number(table.id), row.text("name")
        if namespace is None:
            self.report.part("file").fault(f"{table.table} {secret} is in no namespace")
            return
        label = namespace.text_or_none("name")
        part = self.report.part(f"{namespace_label(label)}: state")
        where = f"{table.table} {secret} ({shown(name)}), revision {row.number('revision')}"
        try:
            self.check_identity(table, row, secret)
            check_row(row)
        except Malformed as error:
            part.fault(f"{where}: {error}")
        contents = self.contents[row.number("namespace")]
        digest = row_digest(row, label, secret)
        contents.counts[table.term] += 1
        contents.terms += self.row_term(table, row, digest)
        if table.table == "secret":
            contents.living[secret] = digest
        self.take_value(root, table, row, label, part, where)

    def check_identity(self, table: RowTable, row: Row, secret: int) -> None:
        key = (row.number("namespace"), row.text("name"))
        if secret < 1:
            raise Malformed("its id cannot be")
        if table.table == "secret":
            if key in self.living_names or secret in self.names:
                raise Malformed("its id or its name stands twice")
            self.living_names.add(key)
            self.names[secret] = key
            return
        self.needed.add(secret)
        if self.names.get(secret) != key:
            raise Malformed("its secret's name is missing, or another")
        if table.table == "removed" and secret not in self.former:
            raise Malformed("its secret lives")

    def row_term(self, table: RowTable, row: Row, digest: bytes) -> int:
        if 1 not in self.epoch_keys:
            return 0
        replaced_at = row.number(table.replaced_at) if table.replaced_at else None
        removed_at = row.number(table.removed_at) if table.removed_at else None
        text = canonical(["term1", table.term, replaced_at, removed_at, digest.hex()])
        return term(hmac_sha256(self.epoch_keys[1].state, text))

    def take_value(
        self, root: Root, table: RowTable, row: Row, namespace: str | None, part: Part, where: str
    ) -> None:
        version = row.number("key_version")
        value, why = None, None
        if version not in root.keks:
            part.fault(f"{where}: the root does not name its key version {version}")
            why = f"key version {version} is none of this store's"
        elif root.keks[version].state == "retired":
            why = f"key version {version} was retired, and its rows given up"
        elif not self.root_proved:
            why = "the root that would admit its key is not proved"
        elif version not in self.keys:
            why = f"key version {version} is not configured"
        else:
            value = self.opened_value(root, table, row, namespace)
            if value is None:
                why = "it does not open"
                part.fault(f"{where}: its value does not open")
        secret = Secret(
            table.table, namespace, row.text("name"), value, row.number("revision"), version,
            row.number_or_none("expires_at"), row.text_or_none("metadata"), why,
        )  # fmt: skip
        (self.report.secrets if table.table == "secret" else self.report.history).append(secret)

    def opened_value(
        self, root: Root, table: RowTable, row: Row, namespace: str | None
    ) -> bytes | None:
        kek = self.keys[row.number("key_version")]
        aad = dek_aad(row, root.store_id, namespace, row.number(table.id))
        if not has_proper_metadata(row):
            return None
        dek = unseal(kek, row.blob("dek_iv"), row.blob("wrapped_dek"), aad)
        if dek is None:
            return None
        aad = canonical(["value", namespace, row.text("name")])
        return unseal(dek, row.blob("iv"), row.blob("value"), aad)

    # Namespaces ("Heads", "Events and the chain")

    def check_namespaces(self, root: Root) -> None:
        events: dict[int, list[Row]] = defaultdict(list)
        for event in self.database.rows("event"):
            events[event.number("namespace")].append(event)
            self.needed.add(event.number("secret"))
        for number_, namespace in sorted(self.namespaces.items()):
            label = namespace_label(namespace.text_or_none("name"))
            self.check_head(root, namespace, self.report.part(f"{label}: head"))
            chain = sorted(events.pop(number_, []), key=lambda row: row.number("sequence"))
            self.check_chain(root, namespace, chain, self.report.part(f"{label}: chain"))
            self.check_state(namespace, self.report.part(f"{label}: state"))
        for number_ in events:
            self.report.part("file").fault(f"events of namespace {number_}, which is not there")

    def check_head(self, root: Root, head: Row, part: Part) -> None:
        sequence, checkpoint = head.number("sequence"), head.number("checkpoint_sequence")
        if not root.min_epoch <= head.number("epoch") <= root.newest_epoch:
            part.fault("it does not stand in an epoch that is in force")
        if not 0 <= head.number("root_sequence") <= root.sequence:
            part.fault("it names a root that is yet to come")
        if not 0 <= checkpoint <= sequence or (checkpoint == sequence and sequence > 0):
            part.fault("its checkpoint is not before its newest event")
        if checkpoint == 0 and head.blob("checkpoint_mac") != bytes(32):
            part.fault("its checkpoint has a MAC, but nothing was pruned")
        if (head.number("sealed_sequence"), head.blob("sealed_mac")) != (
            sequence,
            head.blob("mac"),
        ):
            part.fault("it is not the one that was sealed")
        keys = self.epoch_keys.get(head.number("epoch"))
        if keys is None:
            self.unproved_epoch(part, head.number("epoch"))
        elif hmac_sha256(keys.head, head_text(root, head)) != head.blob("head_mac"):
            part.fault("its MAC is wrong")

    def check_chain(self, root: Root, head: Row, events: list[Row], part: Part) -> None:
        """One walk from the checkpoint to the head; it ends at the first fault."""
        mac, sequence = head.blob("checkpoint_mac"), head.number("checkpoint_sequence")
        links, prunings = Links(from_the_beginning=sequence == 0), Prunings(head)
        before: Row | None = None
        for event in events:
            sequence += 1
            if event.number("sequence") != sequence:
                part.fault(
                    f"event {sequence} is missing, or {event.number('sequence')} is too much"
                )
                return
            try:
                check_form(event)
                self.check_order(head, before, event)
                name = self.event_secret_name(event)
                mac = self.event_mac(root, head, mac, event, name, part)
                links.follow(event, name)
                prunings.follow(event, before)
            except Malformed as error:
                part.fault(f"{event_name(event)}: {error}")
                return
            before = event
        self.check_end(head, sequence, mac, before, part)
        if head.number("checkpoint_sequence") > 0 and not prunings.explained:
            part.fault("no event tells of the pruning up to its checkpoint")
        self.check_living(head, links, part)

    def check_order(self, head: Row, before: Row | None, event: Row) -> None:
        lowest = 1 if before is None else before.number("epoch")
        if not lowest <= event.number("epoch") <= head.number("epoch"):
            raise Malformed("its epoch is not possible")
        if before is not None and event.number("created_at") < before.number("created_at"):
            raise Malformed("it was made before the one before it")

    def event_secret_name(self, event: Row) -> str | None:
        if event.number("secret") == 0:
            return None
        namespace, name = self.names.get(event.number("secret"), (None, ""))
        if namespace != event.number("namespace"):
            raise Malformed("the name of its secret is not there")
        return name

    def event_mac(
        self, root: Root, head: Row, before: bytes, event: Row, name: str | None, part: Part
    ) -> bytes:
        fields = [
            "event2", root.store_id, head.text_or_none("name"), event.number("sequence"),
            EVENT_RULES[event.number("type")].name, event.number("secret") or None, name,
            event.number_or_none("revision"), event.text_or_none("actor"),
            event.number("created_at"), event.number("epoch"), event.hex("attempt"),
            event.hex_or_none("previous_digest"), event.hex_or_none("row_digest"),
        ]  # fmt: skip
        text = canonical_with(fields, event.text_or_none("detail"))
        return self.checked_mac(event, before + text, part)

    def check_end(
        self, head: Row, sequence: int, mac: bytes, newest: Row | None, part: Part
    ) -> None:
        if (sequence, mac) != (head.number("sequence"), head.blob("mac")):
            part.fault("it does not end as its head says")
        if newest is not None and newest.number("created_at") != head.number("last_event_at"):
            part.fault("its newest event is not of the time that its head says")

    def check_living(self, head: Row, links: Links, part: Part) -> None:
        """The living rows are those that the last linking events left."""
        living = self.contents[head.number("id")].living
        for secret, digest in links.living.items():
            if living.get(secret) != digest:
                part.fault(f"secret {secret} is not the row that its last event left")
        for secret in living:
            if secret in links.gone:
                part.fault(f"secret {secret} lives, but was deleted")
            elif links.from_the_beginning and secret not in links.living:
                part.fault(f"secret {secret} lives, but was never created")

    def check_state(self, head: Row, part: Part) -> None:
        contents = self.contents[head.number("id")]
        for table, column in COUNTS.items():
            if contents.counts[table] != head.number(column):
                part.fault(f"its {column} are {contents.counts[table]}, not {head.number(column)}")
        if 1 not in self.epoch_keys:
            part.unproved("the key of epoch 1 was not opened, so the rows are not proved")
        elif sum_bytes(contents.terms) != head.blob("sum"):
            part.fault("its rows are not those that its head says")

    # The seal ("The seal")

    def check_seal(self, root: Root) -> None:
        part = self.report.part("seal")
        seal = self.only_row("seal", part)
        if seal is None:
            part.fault("there is none")
            return
        if seal.number("epoch") != root.newest_epoch or seal.number("counter") < 1:
            part.fault("its epoch or its counter cannot be")
        if (seal.number("root_sequence"), seal.blob("root_mac")) != (root.sequence, self.root_mac):
            part.fault("it is of another root")
        if seal.number("namespaces") != len(self.namespaces):
            part.fault("it is of another number of namespaces")
        keys = self.epoch_keys.get(root.newest_epoch)
        if keys is None or 1 not in self.epoch_keys:
            part.unproved("the keys of the first and the newest epoch were not opened")
            return
        if sum_bytes(sum(map(self.sealed_term, self.namespaces.values()))) != seal.blob("sum"):
            part.fault("it is of other heads")
        if hmac_sha256(keys.seal, seal_text(root, seal)) != seal.blob("mac"):
            part.fault("its MAC is wrong")

    def sealed_term(self, head: Row) -> int:
        fields = [head.text_or_none("name"), head.number("sealed_sequence"), head.hex("sealed_mac")]
        return term(hmac_sha256(self.epoch_keys[1].state, canonical(["sealed1", *fields])))


def head_text(root: Root, head: Row) -> bytes:
    return canonical([
        "head2", root.store_id, head.text_or_none("name"), head.number("sequence"),
        head.hex("mac"), head.number("epoch"), head.number("last_event_at"),
        head.number("secrets"), head.number("versions"), head.number("removed"),
        sha256(head.blob("sum")).hex(), head.number("checkpoint_sequence"),
        head.hex("checkpoint_mac"), head.number("root_sequence"),
        head.number("sealed_sequence"), head.hex("sealed_mac"),
    ])  # fmt: skip


def seal_text(root: Root, seal: Row) -> bytes:
    return canonical([
        "seal1", root.store_id, seal.number("epoch"), seal.number("counter"),
        seal.number("root_sequence"), seal.hex("root_mac"), seal.number("namespaces"),
        sha256(seal.blob("sum")).hex(),
    ])  # fmt: skip


# What SQLite says where the file cannot be read now, which says nothing about what it holds.
UNREADABLE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
)


def read(path: str | Path, keys: dict[int, bytes]) -> Report:
    """Verify the store and read what it holds; NotAStore or KeyMismatch where there is nothing."""
    report = Report()
    try:
        with closing(Database(Path(path), report)) as database:
            Verifier(database, keys, report).run()
    except SQLITE_ERRORS as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in UNREADABLE:
            raise NotAStore(f"{path} cannot be read: {error}") from error
        report.part("file").fault(f"SQLite cannot read it ({str(error)!a})")
    return report


# --- Command line ---------------------------------------------------------------------------------


def key_argument(argument: str) -> tuple[int, bytes]:
    """VERSION:FILE ("Keys")."""
    version, _, name = argument.partition(":")
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        key = base64.b64decode(b"".join(text.split()), validate=True)
        if len(key) != 32:
            raise argparse.ArgumentTypeError("a key has 32 bytes")
        return int(version), key
    except (OSError, ValueError, binascii.Error) as error:
        wanted = f"VERSION:FILE with a key in base64 is wanted ({error})"
        raise argparse.ArgumentTypeError(wanted) from None


def value_as_text(value: bytes) -> tuple[str, str]:
    """How the value is written, and the value so written."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(value).decode()
    return ("text", text) if text.isprintable() else ("base64", base64.b64encode(value).decode())


def secret_as_json(secret: Secret, values: bool) -> dict[str, object]:
    given = {name: item for name, item in secret._asdict().items() if name != "value"}
    given["length"] = None if secret.value is None else len(secret.value)
    if values and secret.value is not None:
        kind, given["value"] = value_as_text(secret.value)
        given["value_encoding"] = kind
    return given


def print_json(report: Report, values: bool) -> None:
    print(
        json.dumps(
            {
                "verdict": report.verdict,
                "faults": report.faults,
                "unprovable": report.unprovable,
                "parts": {part.name: part.verdict for part in report.parts.values()},
                "secrets": [secret_as_json(secret, values) for secret in report.secrets],
                "history": [secret_as_json(secret, values) for secret in report.history],
            }
        )
    )


def print_secret(secret: Secret, values: bool) -> None:
    place = "" if secret.namespace is None else f"{shown(secret.namespace)} "
    line = f"{secret.table} {place}{shown(secret.name)} revision {secret.revision}"
    line += f" key {secret.key_version}"
    if secret.expires_at is not None:
        line += f" expires {secret.expires_at}"
    if secret.metadata is not None:
        line += f" metadata {shown(secret.metadata)}"
    if secret.value is None:
        print(f"{line}: no value, {secret.why}")
    elif values:
        print("{}: {} {}".format(line, *value_as_text(secret.value)))
    else:
        print(f"{line}: {len(secret.value)} bytes")


def print_report(report: Report, values: bool) -> None:
    for secret in report.secrets + report.history:
        print_secret(secret, values)
    for part in report.parts.values():
        print(f"{part.verdict}: {part.name}")
        for sentence in part.faults + part.unprovable:
            print(f"    {sentence}")
    print(f"the store is {report.verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Read and verify a secretstore file.")
    parser.add_argument("store", type=Path)
    parser.add_argument(
        "--key", type=key_argument, action="append", default=[], metavar="VERSION:FILE"
    )
    parser.add_argument("--values", action="store_true", help="print the values, too")
    parser.add_argument("--json", action="store_true", help="print one JSON text")
    arguments = parser.parse_args()
    if len(dict(arguments.key)) != len(arguments.key):
        parser.error("a key version is given twice")
    try:
        report = read(arguments.store, dict(arguments.key))
    except (NotAStore, KeyMismatch) as error:
        print(f"read_store: {error}", file=sys.stderr)
        return EXIT_NOTHING_READ
    (print_json if arguments.json else print_report)(report, arguments.values)
    return EXIT_STATUS[report.verdict]


if __name__ == "__main__":
    sys.exit(main())
