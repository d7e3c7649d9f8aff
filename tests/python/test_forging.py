"""Who has a retired key, every older copy of the file and the file itself, and makes new MACs with
what they open, forges nothing that passes; nor does who took a DEK out of an older copy."""

from __future__ import annotations

import base64
import functools
import itertools
import json
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sample_stores
import tampering
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sample_stores import DAY_MS, KEKS, KEYS, Sample, forging
from tampering import Judge

from secretstore import SecretStore, SecretStoreError

PLAIN = "PLAIN"
RETIRED, IN_FORCE = 1, 2


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=tampering.scratch_folder()) as made:
        yield Path(made)


# ---- A retired key ------------------------------------------------------------------------------


@dataclass
class Theft:
    """What somebody has who had key 1 until it was retired, and could always read the file."""

    copies: list[bytes]
    epoch: int
    """What retire_key gave."""
    thief: forging.Forger


def steal(folder: Path) -> Theft:
    sample = Sample(folder / "sample.db")
    with sample.open("begin") as store:
        store.put(PLAIN, "1")
        store.put(PLAIN, "2")
        store.put("OTHER", "3", metadata={"k": 1})
        store.put("z", "4", namespace="b")
    sample.active = (2, 1)
    sample.now_ms += 40 * DAY_MS
    with sample.open("rotated") as store:
        store.rotate_all()
        store.put("z", "5", namespace="b")
        store.cleanup_events(31 * DAY_MS)
    states = [sample.copies["rotated"]]

    def watch() -> int:
        """The clock is asked in every transaction: so this sees each state that is committed."""
        states.append(folded(sample.path, folder / "watched.db"))
        return sample.clock()

    with SecretStore.open(sample.path, keys=sample.keys, clock=watch) as store:
        epoch = store.retire_key(RETIRED).epoch
    sample.copy("retired")
    sample.active = (2,)
    with sample.open("after") as store:
        store.put(PLAIN, "6")
        store.put("n", "7", namespace="new")
    states += [sample.copies["retired"], sample.copies["after"]]
    thief = forging.Forger({RETIRED: KEKS[RETIRED]})
    distinct = list(dict.fromkeys(states))
    for state in distinct:
        thief.learn(named(tampering.in_memory(state)))
    return Theft(distinct, epoch, thief)


def folded(path: Path, beside: Path) -> bytes:
    """The file with its log in it, while it is open."""
    for end in ("", "-wal"):
        source = Path(f"{path}{end}")
        if source.exists():
            Path(f"{beside}{end}").write_bytes(source.read_bytes())
    sqlite3.connect(beside).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    return tampering.with_journal(beside.read_bytes(), wal=True)


def named(database: sqlite3.Connection) -> sqlite3.Connection:
    database.row_factory = sqlite3.Row
    return database


# What he would like to pass, each a change of the file's content, before he signs.

Wish = Callable[[Theft, sqlite3.Connection], None]


def living(database: sqlite3.Connection) -> Any:
    return database.execute("SELECT * FROM secret WHERE name = ?", (PLAIN,)).fetchone()


def retell(database: sqlite3.Connection, old: bytes, new: bytes | None) -> None:
    for column in ("previous_digest", "row_digest"):
        database.execute(f"UPDATE event SET {column} = ? WHERE {column} = ?", (new, old))


def own_value(theft: Theft, database: sqlite3.Connection) -> None:
    """Under the key that he has; his row stands in all events as if it always had been there."""
    row = living(database)
    old = theft.thief.row_digest(None, row)
    key, iv, dek_iv = bytes(32), b"i" * 12, b"j" * 12
    sealed = AESGCM(key).encrypt(iv, b"his", forging.array("value", None, PLAIN))
    digest = forging.sha256(iv + sealed)
    made = {**row, "key_version": RETIRED, "iv": iv, "value_digest": digest, "dek_iv": dek_iv}
    aad = theft.thief.dek_aad(None, made, digest)
    made["wrapped_dek"] = AESGCM(KEKS[RETIRED]).encrypt(dek_iv, key, aad)
    database.execute(
        "UPDATE secret SET key_version = ?, iv = ?, value = ?, value_digest = ?, dek_iv = ?,"
        " wrapped_dek = ? WHERE id = ?",
        (RETIRED, iv, sealed, digest, dek_iv, made["wrapped_dek"], row["id"]),
    )
    retell(database, old, theft.thief.row_digest(None, living(database)))


def old_row(theft: Theft, database: sqlite3.Connection) -> None:
    """An authentic row of before, and the events as if nothing had come after."""
    row = living(named(tampering.in_memory(theft.copies[0])))
    old = theft.thief.row_digest(None, living(database))
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT OR REPLACE INTO secret VALUES ({marks})", tuple(row))
    retell(database, old, theft.thief.row_digest(None, row))


def taken_away(theft: Theft, database: sqlite3.Connection) -> None:
    row = living(database)
    database.execute("DELETE FROM secret WHERE id = ?", (row["id"],))
    database.execute("INSERT OR IGNORE INTO former_secret VALUES (?, 0, ?)", (row["id"], PLAIN))
    sample_stores.plant_event(
        database,
        0,
        3,
        secret=row["id"],
        revision=row["revision"],
        previous_digest=theft.thief.row_digest(None, row),
        detail='{"deletedReason":"explicit_remove"}',
    )


def tail_cut(theft: Theft, database: sqlite3.Connection) -> None:
    database.execute(
        "DELETE FROM event WHERE (namespace, sequence) IN"
        " (SELECT namespace, max(sequence) FROM event GROUP BY namespace)"
    )


def event_added(theft: Theft, database: sqlite3.Connection) -> None:
    sample_stores.plant_event(database, 0, 6, secret=living(database)["id"], revision=1)


def event_changed(theft: Theft, database: sqlite3.Connection) -> None:
    database.execute("UPDATE event SET actor = 'somebody else' WHERE namespace = 0")


def version_planted(theft: Theft, database: sqlite3.Connection) -> None:
    columns = sample_stores.VERSION_COLUMNS
    database.execute(
        f"INSERT INTO secret_version (secret, replaced_at, {columns})"
        f" SELECT id, 5, {columns} FROM secret WHERE name = ?",
        (PLAIN,),
    )


def settings_changed(theft: Theft, database: sqlite3.Connection) -> None:
    root = theft.thief.root(database)
    root["settings"] = {"events.min_retention_ms": 0}
    theft.thief.sign_root(database, root)


def key_admitted_again(theft: Theft, database: sqlite3.Connection) -> None:
    """His key is in force again, in each epoch whose key he has; others get a key of his own."""
    root = theft.thief.root(database)
    for kek in root["keks"]:
        if kek[0] == RETIRED:
            kek[4:] = ["admitted", None]
    for epoch in root["epochs"]:
        key = theft.thief.epoch_keys.get(epoch[0], bytes(32))
        epoch[1] = forging.mac(
            key, forging.array("epochcheck1", theft.thief.store_id, epoch[0])
        ).hex()
        others = [wrap for wrap in epoch[3] if wrap[0] != RETIRED]
        epoch[3] = [theft.thief.wrap_epoch(RETIRED, epoch[0], key, b"k" * 12), *others]
    theft.thief.sign_root(database, root)


def epoch_of_his_own(theft: Theft, database: sqlite3.Connection) -> None:
    """One more epoch, whose key is his, and which his key opens."""
    key_admitted_again(theft, database)
    root = theft.thief.root(database)
    number, key = len(root["epochs"]) + 1, b"own key " * 4
    check = forging.mac(key, forging.array("epochcheck1", theft.thief.store_id, number))
    wrapped = theft.thief.wrap_epoch(RETIRED, number, key, b"l" * 12)
    root["epochs"].append([number, check.hex(), 1, [wrapped]])
    root["min_epoch"] = number
    theft.thief.sign_root(database, root)


def epoch_undone(theft: Theft, database: sqlite3.Connection) -> None:
    """The root of before, with a higher sequence."""
    root = theft.thief.root(named(tampering.in_memory(theft.copies[0])))
    root["sequence"] += 100
    theft.thief.sign_root(database, root)


def least_epoch_reached(theft: Theft, database: sqlite3.Connection) -> None:
    """The root of before, in an epoch of his own that has the number of the one that he lacks."""
    epoch_undone(theft, database)
    root = theft.thief.root(database)
    key = theft.thief.epoch_keys[max(theft.thief.epoch_keys)]
    number = len(root["epochs"]) + 1
    check = forging.mac(key, forging.array("epochcheck1", theft.thief.store_id, number))
    wrapped = theft.thief.wrap_epoch(RETIRED, number, key, b"m" * 12)
    root["epochs"].append([number, check.hex(), 1, [wrapped]])
    root["min_epoch"] = number
    theft.thief.sign_root(database, root)


def nothing(theft: Theft, database: sqlite3.Connection) -> None:
    pass


WISHES: list[Wish] = [
    nothing,
    own_value,
    old_row,
    taken_away,
    tail_cut,
    event_added,
    event_changed,
    version_planted,
    settings_changed,
    key_admitted_again,
    epoch_of_his_own,
    epoch_undone,
    least_epoch_reached,
]
SIGNED = ("events", "heads", "log", "root", "seal")
SUBSETS = [
    chosen for size in range(len(SIGNED) + 1) for chosen in itertools.combinations(SIGNED, size)
]


def claim_epoch(theft: Theft, database: sqlite3.Connection, what: Any, epoch: int) -> None:
    """Heads and seal say that they are of that epoch."""
    if "heads" in what:
        for of in theft.thief.namespaces(database):
            theft.thief.sign_head(database, of, epoch=epoch)
    if "seal" in what:
        theft.thief.sign_seal(database, epoch=epoch)


def forgeries(theft: Theft, copies: list[bytes], wishes: list[Wish]) -> Iterator[tuple[str, Any]]:
    epochs = (None, min(theft.thief.epoch_keys), theft.epoch)
    for (index, copy), wish, what, epoch in itertools.product(
        enumerate(copies), wishes, SUBSETS, epochs
    ):
        told = f"{wish.__name__} in copy {index}, {what}, epoch {epoch}"
        yield told, functools.partial(forge, theft, copy, wish, what, epoch)


def forge(theft: Theft, copy: bytes, wish: Wish, what: Any, epoch: int | None) -> bytes:
    database = named(tampering.in_memory(copy))
    wish(theft, database)
    if what:
        theft.thief.sign_all(database, what)
    if epoch is not None:
        claim_epoch(theft, database, what, epoch)
    data = database.serialize()
    database.close()
    return tampering.with_journal(data, wal=True)


class StrictJudge(Judge):
    """Opens with the least epoch that retire_key gave."""

    def __init__(self, folder: Path, versions: tuple[int, ...], least_epoch: int) -> None:
        super().__init__(folder, versions, 0)
        self.least_epoch = least_epoch

    def says_intact(self, data: bytes) -> bool:
        self.place(data)
        try:
            with SecretStore.open(self.path, keys=self.keys, least_epoch=self.least_epoch) as store:
                return store.verify().is_intact
        except SecretStoreError:
            return False


def share_of(made: Iterator[Any], share: int) -> Iterator[Any]:
    chance = random.Random(tampering.Extent().seed)
    return (item for item in made if chance.randrange(share) == 0)


@pytest.mark.parametrize("versions", [(2,), (2, 1)], ids=["new key", "both keys"])
def test_a_retired_key_forges_nothing(versions: tuple[int, ...], folder: Path):
    theft = steal(folder)
    judge = StrictJudge(folder, versions, theft.epoch)
    whole = [tampering.content_of(copy) for copy in theft.copies]
    passed = []
    made = forgeries(theft, theft.copies, WISHES)
    for told, forged in share_of(made, 2 * tampering.Extent().share - 1):
        data = forged()
        if judge.says_intact(data) and tampering.content_of(data) not in whole:
            passed.append(told)
    assert passed == []
    assert judge.says_intact(theft.copies[-1])


def test_without_least_epoch_a_retired_key_forges_a_state_of_its_own_time(folder: Path):
    """So these forgeries are right, but for the key."""
    theft = steal(folder)
    judge = StrictJudge(folder, (2,), 1)
    data = forge(theft, theft.copies[0], event_changed, SIGNED, None)
    assert judge.says_intact(data)
    assert not StrictJudge(folder, (2,), theft.epoch).says_intact(data)


def test_a_state_from_amid_the_retirement_does_not_pass_for_one_after_it(folder: Path):
    """It is in the new epoch already, and takes heads of the old one."""
    theft = steal(folder)
    judge = StrictJudge(folder, (2,), theft.epoch)
    amid = []
    for copy in theft.copies:
        root = theft.thief.root(named(tampering.in_memory(copy)))
        if len(root["epochs"]) == theft.epoch > root["min_epoch"]:
            amid.append(copy)
    assert amid
    for copy in amid:
        assert not judge.says_intact(forge(theft, copy, version_planted, ("heads",), 1))


# ---- A DEK out of an older copy -----------------------------------------------------------------


def expect_not_taken(folder: Path, path: Path, name: str, value: bytes) -> None:
    """That value in place of the sealed one, all other columns as they are, the new key alone."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("UPDATE secret SET value = ? WHERE name = ?", (value, name))
    database.close()
    with SecretStore.open(path, keys=[(IN_FORCE, KEYS[IN_FORCE])], create=False) as store:
        with pytest.raises(SecretStoreError) as raised:
            store.get(name)
        assert raised.value.code == "decryption_failed"
        report = store.verify()
    assert report.verdict == "tampered"
    assert [(fault.kind, fault.name) for fault in report.faults] == [("row_not_authentic", name)]


def rotate(sample: Sample, retire: bool) -> None:
    sample.active = (IN_FORCE, RETIRED)
    with sample.open("rotated") as store:
        store.put("another", "1")
        assert store.rotate_all().is_done
    if retire:
        with SecretStore.open(sample.path, keys=sample.keys, clock=sample.clock) as store:
            store.retire_key(RETIRED)


def test_the_iv_and_the_dek_of_an_older_copy_seal_no_other_value(folder: Path):
    for retire in (False, True):
        sample = Sample(folder / f"sample{retire}.db")
        with sample.open("begin") as store:
            store.put(PLAIN, "the true value", metadata={"k": 1})
        thief = forging.Forger({RETIRED: KEKS[RETIRED]})
        older = named(tampering.in_memory(sample.copies["begin"]))
        thief.learn(older)
        row = living(older)
        dek = thief.open_dek(None, row)
        rotate(sample, retire)
        aad = forging.array("value", None, PLAIN)
        assert AESGCM(dek).decrypt(row["iv"], row["value"], aad) == b"the true value"
        his = AESGCM(dek).encrypt(row["iv"], b"the false one!", aad)
        expect_not_taken(folder, sample.path, PLAIN, his)


def test_the_dek_of_an_export_seals_no_other_value(folder: Path):
    """Whoever knows no more than the key of a transfer."""
    sample = Sample(folder / "sample.db")
    transfer = 9
    kek = b"t" * 32
    lines: list[bytes] = []
    with sample.open("begin") as store:
        store.put(PLAIN, "the true value")
        store.export_rows(lines.append, target_keys=[(transfer, base64.b64encode(kek).decode())])
    documents = [json.loads(line) for line in b"".join(lines).splitlines()]
    header = documents[0]
    row = next(document for document in documents if document.get("name") == PLAIN)

    def binary(name: str) -> bytes:
        return base64.urlsafe_b64decode(row[name] + "=" * (-len(row[name]) % 4))

    digest = forging.sha256(binary("iv") + binary("encryptedValue"))
    aad = forging.array(
        "portable2",
        header["exportId"],
        None,
        PLAIN,
        transfer,
        row["revision"],
        row["createdAt"],
        row["updatedAt"],
        row["expiresAt"],
        digest,
        verbatim=row["metadata"] or "null",
    )
    dek = AESGCM(kek).decrypt(binary("dekIv"), binary("wrappedDEK"), aad)
    rotate(sample, retire=True)
    his = AESGCM(dek).encrypt(binary("iv"), b"the false one!", forging.array("value", None, PLAIN))
    expect_not_taken(folder, sample.path, PLAIN, his)
