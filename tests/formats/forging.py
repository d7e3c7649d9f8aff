"""Writing into a store's file what docs/formats.md says, with the keys that one has: to plant rows
that the library would write, and to forge what it must refuse. Takes an SQLite connection to the
file; knows nothing of the library."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from worked_examples import ZEROS, array, derive, mac, sha256, term

MODULUS = 1 << 2048
EVENT_TYPES = {
    1: "created", 2: "updated", 3: "deleted", 4: "rotated", 5: "read",
    6: "expunged", 7: "pruned", 8: "accepted", 9: "rewrapped",
    101: "store_created", 102: "key_added", 103: "key_activated", 104: "key_retiring",
    105: "key_retired", 106: "policy_required", 107: "settings_changed", 108: "namespace_accepted",
    109: "anchored", 110: "restored", 111: "imported",
}  # fmt: skip
ROW_TABLES = {"secret": "secret", "secret_version": "version", "removed": "removed"}


def compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def connect(path: str, write: bool = True) -> sqlite3.Connection:
    """Nothing stands in the way: no constraint, no journal. A copy that nobody else has open."""
    database = sqlite3.connect(path, isolation_level=None)
    database.row_factory = sqlite3.Row
    if write:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "ignore_check_constraints=ON"):
            database.execute(f"PRAGMA {pragma}").fetchall()
    return database


class Forger:
    """Has some KEKs, and the epoch keys that they open in any file that was shown to him."""

    def __init__(self, keks: dict[int, bytes]) -> None:
        self.keks = keks
        self.epoch_keys: dict[int, bytes] = {}
        self.store_id = ""

    # -- what keys open

    def learn(self, database: sqlite3.Connection) -> dict[str, Any]:
        root = self.root(database)
        self.store_id = root["store_id"]
        for epoch, _, _, wraps in root["epochs"]:
            for version, iv, wrapped in wraps:
                if version in self.keks:
                    self.open_epoch(epoch, version, bytes.fromhex(iv), bytes.fromhex(wrapped))
        return root

    def open_epoch(self, epoch: int, version: int, iv: bytes, wrapped: bytes) -> None:
        aad = array("epoch1", self.store_id, epoch, version)
        try:
            self.epoch_keys[epoch] = AESGCM(self.keks[version]).decrypt(iv, wrapped, aad)
        except InvalidTag:
            return

    def key(self, epoch: int, purpose: str) -> bytes:
        """The right one where he has it; else of the newest epoch that he has."""
        return derive(self.epoch_keys.get(epoch, self.epoch_keys[max(self.epoch_keys)]), purpose)

    @property
    def state_key(self) -> bytes:
        return derive(self.epoch_keys[1], "state")

    # -- root

    @staticmethod
    def root(database: sqlite3.Connection) -> dict[str, Any]:
        (text,) = database.execute("SELECT text FROM root").fetchone()
        names = (
            "tag store_id sequence created_at incarnation schema_version keks epochs min_epoch"
            " settings policy_hash log_sequence log_mac"
        )
        found = json.loads(text)
        assert compact(found) == text
        return dict(zip(names.split(), found, strict=True))

    def sign_root(self, database: sqlite3.Connection, root: dict[str, Any] | None = None) -> None:
        """With the store log's end as it is."""
        root = dict(root or self.root(database))
        end = database.execute(
            "SELECT sequence, mac FROM store_event ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        root["log_sequence"], root["log_mac"] = (end[0], end[1].hex()) if end else (0, ZEROS.hex())
        text = compact(list(root.values()))
        proof = mac(self.key(len(root["epochs"]), "root"), text.encode())
        database.execute(
            "UPDATE root SET sequence = ?, text = ?, mac = ?", (root["sequence"], text, proof)
        )

    def wrap_epoch(self, version: int, epoch: int, key: bytes, iv: bytes) -> list[Any]:
        """As it stands in the root."""
        aad = array("epoch1", self.store_id, epoch, version)
        return [version, iv.hex(), AESGCM(self.keks[version]).encrypt(iv, key, aad).hex()]

    # -- rows

    def dek_aad(self, namespace: str | None, row: Any, value_digest: bytes) -> bytes:
        secret = row["id"] if "id" in row.keys() else row["secret"]  # noqa: SIM118 (sqlite3.Row)
        return array(
            "dek2",
            self.store_id,
            namespace,
            row["name"],
            row["key_version"],
            secret,
            row["revision"],
            row["created_at"],
            row["updated_at"],
            row["expires_at"],
            value_digest,
            verbatim=row["metadata"] or "null",
        )

    def open_dek(self, namespace: str | None, row: Any) -> bytes:
        aad = self.dek_aad(namespace, row, row["value_digest"])
        return AESGCM(self.keks[row["key_version"]]).decrypt(row["dek_iv"], row["wrapped_dek"], aad)

    def row_digest(self, namespace: str | None, row: Any) -> bytes:
        secret = row["id"] if "id" in row.keys() else row["secret"]  # noqa: SIM118 (sqlite3.Row)
        return sha256(
            array(
                "row2",
                namespace,
                row["name"],
                secret,
                row["format"],
                row["revision"],
                row["key_version"],
                row["created_at"],
                row["updated_at"],
                row["expires_at"],
                row["iv"],
                row["value_digest"],
                row["dek_iv"],
                row["wrapped_dek"],
                verbatim=row["metadata"] or "null",
            )
        )

    def row_term(self, table: str, namespace: str | None, row: Any) -> int:
        times = {"secret_version": "replaced_at", "removed": "removed_at"}
        time = row[times[table]] if table in times else None
        text = array(
            "term1",
            ROW_TABLES[table],
            time if table == "secret_version" else None,
            time if table == "removed" else None,
            self.row_digest(namespace, row),
        )
        return term(self.state_key, text)

    # -- events and heads

    @staticmethod
    def namespaces(database: sqlite3.Connection) -> list[sqlite3.Row]:
        return database.execute("SELECT * FROM namespace ORDER BY id").fetchall()

    def event_text(self, database: sqlite3.Connection, namespace: str | None, event: Any) -> bytes:
        name = database.execute(
            "SELECT coalesce((SELECT name FROM secret WHERE id = ?1),"
            " (SELECT name FROM former_secret WHERE id = ?1))",
            (event["secret"],),
        ).fetchone()[0]
        return array(
            "event2",
            self.store_id,
            namespace,
            event["sequence"],
            EVENT_TYPES[event["type"]],
            event["secret"] or None,
            name,
            event["revision"],
            event["actor"],
            event["created_at"],
            event["epoch"],
            event["attempt"],
            event["previous_digest"],
            event["row_digest"],
            verbatim=event["detail"] or "null",
        )

    def sign_events(self, database: sqlite3.Connection, of: Any, wrong: list[int]) -> None:
        """Gives each event the MAC that the one before it leads to; notes in wrong which had
        another."""
        before = of["checkpoint_mac"]
        events = database.execute(
            "SELECT * FROM event WHERE namespace = ? ORDER BY sequence", (of["id"],)
        ).fetchall()
        for event in events:
            text = self.event_text(database, of["name"], event)
            before = mac(self.key(event["epoch"], "event"), before, text)
            if before != event["mac"]:
                wrong.append(event["sequence"])
            database.execute(
                "UPDATE event SET mac = ? WHERE namespace = ? AND type = ? AND sequence = ?",
                (before, of["id"], event["type"], event["sequence"]),
            )

    def sign_head(self, database: sqlite3.Connection, of: Any, epoch: int | None = None) -> bytes:
        """Over the rows and events as they are; the head's new MAC."""
        counts, total = [], 0
        for table in ROW_TABLES:
            rows = database.execute(f"SELECT * FROM {table} WHERE namespace = ?", (of["id"],))
            terms = [self.row_term(table, of["name"], row) for row in rows]
            counts.append(len(terms))
            total += sum(terms)
        last = database.execute(
            "SELECT sequence, mac, created_at FROM event WHERE namespace = ?"
            " ORDER BY sequence DESC LIMIT 1",
            (of["id"],),
        ).fetchone()
        nothing = (of["checkpoint_sequence"], of["checkpoint_mac"], of["last_event_at"])
        sequence, end, at = last or nothing
        summed = (total % MODULUS).to_bytes(256, "little")
        epoch = epoch or of["epoch"]
        text = array(
            "head2",
            self.store_id,
            of["name"],
            sequence,
            end,
            epoch,
            at,
            *counts,
            sha256(summed),
            of["checkpoint_sequence"],
            of["checkpoint_mac"],
            of["root_sequence"],
            sequence,
            end,
        )
        proof = mac(self.key(epoch, "head"), text)
        database.execute(
            "UPDATE namespace SET secrets = ?, versions = ?, removed = ?, sequence = ?, mac = ?,"
            " epoch = ?, last_event_at = ?, sum = ?, sealed_sequence = ?, sealed_mac = ?,"
            " head_mac = ? WHERE id = ?",
            (*counts, sequence, end, epoch, at, summed, sequence, end, proof, of["id"]),
        )
        return proof

    # -- store log and seal

    def sign_log(self, database: sqlite3.Connection, wrong: list[int]) -> None:
        before = ZEROS
        for event in database.execute("SELECT * FROM store_event ORDER BY sequence").fetchall():
            text = array(
                "storeevent1",
                self.store_id,
                event["sequence"],
                EVENT_TYPES[event["type"]],
                event["actor"],
                event["created_at"],
                event["epoch"],
                event["attempt"],
                verbatim=event["detail"] or "null",
            )
            before = mac(self.key(event["epoch"], "event"), before, text)
            if before != event["mac"]:
                wrong.append(event["sequence"])
            database.execute(
                "UPDATE store_event SET mac = ? WHERE sequence = ?", (before, event["sequence"])
            )

    def sign_seal(self, database: sqlite3.Connection, epoch: int | None = None) -> bytes:
        sequence, root_mac = database.execute("SELECT sequence, mac FROM root").fetchone()
        (counter, found) = database.execute("SELECT counter, epoch FROM seal").fetchone()
        namespaces = self.namespaces(database)
        total = sum(
            term(
                self.state_key,
                array("sealed1", of["name"], of["sealed_sequence"], of["sealed_mac"]),
            )
            for of in namespaces
        )
        summed = (total % MODULUS).to_bytes(256, "little")
        epoch = epoch or found
        text = array(
            "seal1",
            self.store_id,
            epoch,
            counter,
            sequence,
            root_mac,
            len(namespaces),
            sha256(summed),
        )
        proof = mac(self.key(epoch, "seal"), text)
        database.execute(
            "UPDATE seal SET epoch = ?, root_sequence = ?, root_mac = ?, namespaces = ?, sum = ?,"
            " mac = ?",
            (epoch, sequence, root_mac, len(namespaces), summed, proof),
        )
        return proof

    # -- all of it

    def sign_all(self, database: sqlite3.Connection, what: Any = None) -> list[str]:
        """Signs what is asked for (or everything) so that it fits the rest; tells what was not
        signed so before."""
        what = what or ("events", "heads", "log", "root", "seal")
        changed = []
        wrong: list[int] = []
        for of in self.namespaces(database):
            if "events" in what:
                self.sign_events(database, of, wrong)
                if wrong:
                    changed.append(f"events of {of['name']}: {wrong}")
                    wrong = []
            if "heads" in what and self.sign_head(database, of) != of["head_mac"]:
                changed.append(f"head of {of['name']}")
        if "log" in what:
            self.sign_log(database, wrong)
            changed += [f"store log: {wrong}"] if wrong else []
        before = database.execute("SELECT r.mac, s.mac FROM root AS r, seal AS s").fetchone()
        if "root" in what:
            self.sign_root(database)
        if "seal" in what:
            self.sign_seal(database)
        after = database.execute("SELECT r.mac, s.mac FROM root AS r, seal AS s").fetchone()
        changed += [
            name
            for name, old, new in zip(("root", "seal"), before, after, strict=True)
            if old != new
        ]
        return changed
