"""Stores with a history of every kind, and copies of their files from on the way. What the library
does not write yet (earlier versions, removed rows, reads) is planted, and signed as docs/formats.md
says."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secretstore import SecretStore

sys.path.append(str(Path(__file__).parents[1] / "formats"))
import forging

START_MS = 1_770_000_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
KEKS = {version: bytes([0xA0 + version]) * 32 for version in (1, 2, 3)}
KEYS = {version: base64.b64encode(key).decode() for version, key in KEKS.items()}


@dataclass
class Sample:
    """A store that is built step by step; every step leaves a copy of the file."""

    path: Path
    now_ms: int = START_MS
    active: tuple[int, ...] = (1,)
    copies: dict[str, bytes] = field(default_factory=dict)

    @property
    def keys(self) -> list[tuple[int, str]]:
        return [(version, KEYS[version]) for version in self.active]

    def clock(self) -> int:
        self.now_ms += 7
        return self.now_ms

    @contextmanager
    def open(self, step: str) -> Iterator[SecretStore]:
        with SecretStore.open(
            self.path, keys=self.keys, durability="normal", clock=self.clock
        ) as store:
            yield store
        self.copy(step)

    def copy(self, step: str) -> None:
        self.copies[step] = self.path.read_bytes()

    @contextmanager
    def planting(self, step: str) -> Iterator[tuple[forging.Forger, sqlite3.Connection]]:
        """Writes by hand, with all keys, and signs it all."""
        forger = forging.Forger(KEKS)
        database = forging.connect(str(self.path))
        try:
            forger.learn(database)
            yield forger, database
            forger.sign_all(database)
        finally:
            database.close()
        self.copy(step)


VERSION_COLUMNS = (
    "revision, namespace, name, key_version, format, expires_at, created_at, updated_at, iv,"
    " value_digest, dek_iv, wrapped_dek, metadata, value"
)


def keep_versions(database: sqlite3.Connection, older: bytes, at: int) -> None:
    """The rows of an older copy that were replaced since become earlier versions."""
    with attached(database, older):
        database.execute(
            f"INSERT OR IGNORE INTO secret_version (secret, replaced_at, {VERSION_COLUMNS})"
            f" SELECT id, ?, {VERSION_COLUMNS} FROM older.secret AS o WHERE EXISTS (SELECT 1 FROM"
            " secret AS s WHERE s.id = o.id AND s.revision > o.revision)",
            (at,),
        )


def keep_removed(database: sqlite3.Connection, older: bytes, at: int) -> None:
    with attached(database, older):
        database.execute(
            f"INSERT OR IGNORE INTO removed (id, removed_at, {VERSION_COLUMNS})"
            f" SELECT id, ?, {VERSION_COLUMNS} FROM older.secret AS o"
            " WHERE id IN (SELECT id FROM former_secret)",
            (at,),
        )


@contextmanager
def attached(database: sqlite3.Connection, older: bytes) -> Iterator[None]:
    """Under the name older."""
    (path,) = [row[2] for row in database.execute("PRAGMA database_list") if row[1] == "main"]
    beside = Path(path + ".older")
    beside.write_bytes(older)
    database.execute("ATTACH ? AS older", (str(beside),))
    try:
        yield
    finally:
        database.execute("DETACH older")
        beside.unlink()


def spoil(path: Path, namespace: str) -> None:
    """Somebody's change of the log, which there is to accept."""
    database = sqlite3.connect(path)
    with database:
        database.execute(
            "UPDATE event SET actor = 'x' WHERE namespace ="
            " (SELECT id FROM namespace WHERE name = ?)",
            (namespace,),
        )
    database.close()


def plant_event(database: sqlite3.Connection, namespace: int, kind: int, **columns: Any) -> None:
    """Behind the newest one; unsigned."""
    sequence, epoch, at = database.execute(
        "SELECT sequence, epoch, last_event_at FROM namespace WHERE id = ?", (namespace,)
    ).fetchone()
    (last,) = database.execute(
        "SELECT coalesce(max(sequence), ?) FROM event WHERE namespace = ?", (sequence, namespace)
    ).fetchone()
    values = {
        "namespace": namespace,
        "type": kind,
        "sequence": last + 1,
        "secret": 0,
        "revision": None,
        "created_at": at,
        "epoch": epoch,
        "attempt": bytes(range(last, last + 16)),
        "previous_digest": None,
        "row_digest": None,
        "mac": bytes(32),
        "actor": None,
        "detail": None,
        **columns,
    }
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    database.execute(f"INSERT INTO event ({names}) VALUES ({marks})", tuple(values.values()))


def build(path: Path) -> Sample:
    """One namespace whose chain was pruned, one that was accepted, one that is empty by now; keys 2
    and 3 in force, 1 retired; metadata and expiry of every form."""
    sample = Sample(path)
    with sample.open("created") as store:
        store.put("PLAIN", "first")
        store.put("OBJECT", "value", metadata={"owner": "a", "n": 1, "deep": {"x": [None, True]}})
        store.put("EMPTY", b"", metadata={})
        store.put('quo"te\\é\u2028', "odd name", namespace='n"s', metadata={"é\t": "\u2028"})
        store.put("SOON", "expires", namespace="app", ttl_ms=HOUR_MS)
        store.put("LATER", bytes(range(256)), namespace="app", ttl_ms=400 * DAY_MS)
        store.put("GONE", "will be removed", namespace="app")
        store.put("ONLY", "x", namespace="left")
        store.put("A", "1", namespace="pruned")
        store.put("B", "2", namespace="pruned", metadata={"k": "v"})
    sample.now_ms += DAY_MS
    with sample.open("changed") as store:
        caller = store.with_caller(actor='an "actor"')
        caller.put("PLAIN", "second")
        caller.update("OBJECT", metadata=None)
        caller.update("EMPTY", metadata={"now": "some"}, ttl_ms=900 * DAY_MS)
        caller.remove("GONE", namespace="app")
        caller.put("GONE", "back", namespace="app")
        caller.remove("ONLY", namespace="left")
        caller.put("A", "1a", namespace="pruned")
        caller.put("taken", "1", namespace="accepted")
        caller.cleanup_secrets(HOUR_MS)
    spoil(path, "accepted")
    with SecretStore.open(sample.path, keys=sample.keys, clock=sample.clock) as store:
        store.change_settings(events_min_retention_ms=DAY_MS)
        store.accept(namespace="accepted")
    sample.active = (2, 1)
    with sample.open("two keys") as store:
        store.put("SECOND", "under key 2")
    sample.now_ms += 40 * DAY_MS
    with sample.open("rotated") as store:
        store.rotate_all()
        store.put("PLAIN", "third")
        store.put("B", "2b", namespace="pruned")
    with SecretStore.open(sample.path, keys=sample.keys, clock=sample.clock) as store:
        store.retire_key(1)
    sample.active = (3, 2)
    with sample.open("retired") as store:
        store.put("THIRD", "under key 3", metadata={"m": 3})
        store.cleanup_events(30 * DAY_MS)
        store.put("PLAIN", "fourth")
        store.put("B", "2c", namespace="pruned")
        store.remove("SECOND")
        store.put("SECOND", "again")
        store.maintenance_step()
    with sample.planting("planted") as (forger, database):
        at = sample.clock()
        keep_versions(database, sample.copies["rotated"], at)
        keep_removed(database, sample.copies["rotated"], at)
        row = database.execute("SELECT * FROM secret WHERE name = 'PLAIN'").fetchone()
        digest = forger.row_digest(None, row)
        read = {"secret": row["id"], "revision": row["revision"], "previous_digest": digest}
        plant_event(database, 0, 5, **read, actor="reader", detail='{"count":1}')
        plant_event(database, 0, 6, secret=row["id"], revision=1)
        plant_event(
            database, 0, 9, secret=row["id"], revision=2, previous_digest=digest,
            row_digest=bytes(32), detail='{"previousKeyVersion":1,"newKeyVersion":2}',
        )  # fmt: skip
        database.execute("INSERT INTO lease VALUES ('maintenance', ?, ?)", (bytes(16), at))
        policy = "return {}"
        database.execute("INSERT INTO required_policy VALUES (1, ?)", (policy,))
        root = forger.root(database)
        root["policy_hash"] = hashlib.sha256(policy.encode()).hexdigest()
        forger.sign_root(database, root)
    spoil(path, "accepted")
    with SecretStore.open(sample.path, keys=sample.keys, clock=sample.clock) as store:
        store.accept(namespace="accepted")
    with sample.open("whole") as store:
        store.put("PLAIN", "fifth")
        store.put("LAST", "put", namespace="new")
    return sample
