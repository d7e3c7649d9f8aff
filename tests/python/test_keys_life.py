"""Keys come, are reloaded, and retire; settings, acceptances and anchors stand in the store. What
every host shows alike is in tests/scenarios/integrity.json."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import fleet_process
import pytest
from conftest import KEYS, START_MS, FakeClock, open_store
from fleet_process import name_of

from secretstore import (
    AsyncSecretStore,
    DecryptionFailed,
    IntegrityViolation,
    InvalidArgument,
    InvalidOptions,
    KeyMismatch,
    KeyVersionUnavailable,
    Policy,
    PolicyDenied,
    PutRequest,
    RetireResult,
    SecretStore,
    StoreSettings,
)

KEY_1, KEY_2 = (1, KEYS["A"]), (2, KEYS["B"])
DAY_MS = 24 * 3_600_000


def copy_of(path: Path) -> Path:
    """The file as it is now; nobody may have it open."""
    return shutil.copy(path, path.with_name("older.db"))


def put_back(older: Path, path: Path) -> None:
    shutil.copy(older, path)


def tamper(path: Path, statement: str) -> None:
    """What whoever can write to the file does."""
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute(statement).rowcount > 0
    connection.close()


def log_of(store: SecretStore) -> list[str]:
    return [event.type for event in store.iter_events(store_log=True, order="asc")]


# ---- Retiring -----------------------------------------------------------------------------------


def moved_to_key_2(path: Path) -> SecretStore:
    with open_store(path) as store:
        store.put("A", "v")
        store.put("B", "v", namespace="n")
    store = open_store(path, keys=[KEY_2, KEY_1])
    store.rotate_all()
    return store


def test_a_retired_key_opens_nothing_any_more(path: Path) -> None:
    with moved_to_key_2(path) as store:
        assert store.retire_key(1) == RetireResult(epoch=2, namespaces=2, faulty=0)
        states = {key.version: key.state for key in store.rotation_status().keys}
        assert states == {1: "retired", 2: "admitted"}
        assert store.verify().verdict == "intact"
    with pytest.raises(KeyVersionUnavailable):
        open_store(path, keys=[KEY_1])
    with open_store(path, keys=[KEY_2]) as store:
        assert store.get_or_throw("B", namespace="n").value == "v"


def test_whoever_retired_a_key_stands_in_the_log(path: Path) -> None:
    with moved_to_key_2(path) as store:
        store.with_caller(actor="alice").retire_key(1)
        events = store.list_events(store_log=True).page
    retired, retiring = events[:2]
    assert (retired.type, retired.actor) == ("key_retired", "alice")
    assert (retiring.type, retiring.actor) == ("key_retiring", "alice")
    assert retired.metadata == {"keyVersion": 1, "epoch": 2}
    assert (retired.secret_id, retired.namespace, retired.name) == (None, None, None)


def test_a_lost_key_is_abandoned_with_what_is_under_it(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "v")
        store.reload_keys([KEY_1, KEY_2])
        store.admit_keys()
    with open_store(path, keys=[KEY_2]) as store:
        assert store.retire_key(1, abandon=True).epoch == 2
        lost = store.get("A")
        assert not lost.ok
        assert lost.reason == "key_version_unavailable"


def test_an_older_copy_is_told_by_the_least_epoch(path: Path) -> None:
    moved_to_key_2(path).close()
    older = copy_of(path)
    with open_store(path, keys=[KEY_2, KEY_1]) as store:
        epoch = store.retire_key(1).epoch
    open_store(path, keys=[KEY_2], least_epoch=epoch).close()
    put_back(older, path)
    open_store(path, keys=[KEY_2]).close()
    with pytest.raises(IntegrityViolation):
        open_store(path, keys=[KEY_2], least_epoch=epoch)


# ---- Reloading ----------------------------------------------------------------------------------

ROTATE = """
import sys
from secretstore import SecretStore
with SecretStore.open(sys.argv[1], keys=sys.argv[2], create=False) as store:
    assert store.rotate_all().is_done
"""


def as_text(*keys: tuple[int, str]) -> str:
    return ",".join(f"{version}:{material}" for version, material in keys)


def test_a_store_recovers_without_reopening_where_another_process_rotated(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "v")
        rotation = [sys.executable, "-c", ROTATE, path, as_text(KEY_2, KEY_1)]
        subprocess.run(rotation, check=True)
        lost = store.get("A")
        assert not lost.ok
        assert lost.reason == "key_version_unavailable"
        store.reload_keys(as_text(KEY_2, KEY_1))
        assert store.get_or_throw("A").value == "v"
        store.put("A", "w")
        assert store.get_or_throw("A").key_version == 2
        assert store.verify().is_intact


def test_other_handles_of_the_store_have_the_new_keys(path: Path) -> None:
    with open_store(path) as store:
        alice = store.with_caller(actor="alice")
        store.reload_keys([KEY_2, KEY_1])
        alice.put("A", "v")
        assert alice.get_or_throw("A").key_version == 2
        added = ["key_added", "key_activated"]
        assert log_of(store) == ["store_created", *added, *added]


READERS = 4
RELOADS = 1000


def test_readers_never_fail_while_keys_are_reloaded(path: Path) -> None:
    with open_store(path, keys=[KEY_1, KEY_2]) as store:
        store.put_many([PutRequest(name_of(number), name_of(number)) for number in range(10)])
        store.reload_keys([KEY_2, KEY_1])
        store.put_many([PutRequest(name_of(number), name_of(number)) for number in range(5)])
        over = threading.Event()
        failures: list[Exception] = []
        turns = [0] * READERS

        def read(reader: int) -> None:
            while not over.is_set() or turns[reader] < 10:
                name = name_of(turns[reader] % 10)
                try:
                    assert store.get_or_throw(name).value == name
                except Exception as error:  # noqa: BLE001 - compared below
                    failures.append(error)
                turns[reader] += 1

        threads = [threading.Thread(target=read, args=(reader,)) for reader in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            for turn in range(RELOADS):
                store.reload_keys([KEY_1, KEY_2] if turn % 2 == 0 else [KEY_2, KEY_1])
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert store.stats().operations["reload_keys"].calls == RELOADS + 1
        assert store.verify().is_intact


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ([(1, KEYS["C"])], KeyMismatch),
        ([(2, KEYS["B"])], KeyVersionUnavailable),
        ([(1, KEYS["A"][:-4])], InvalidOptions),
        ([KEY_1, KEY_1], InvalidOptions),
        ([], InvalidArgument),
        ({1: KEYS["A"]}, TypeError),
        (None, TypeError),
    ],
    ids=["another key", "a stranger", "too short", "twice", "none", "no order", "nothing"],
)
def test_keys_that_do_not_fit_leave_the_former_ones(
    store: SecretStore, keys: Any, error: type[Exception]
) -> None:
    store.put("A", "v")
    with pytest.raises(error, match="key") as caught:
        store.reload_keys(keys)
    assert not any(material in str(caught.value) for material in KEYS.values())
    assert store.get_or_throw("A").value == "v"
    store.put("A", "w")
    assert store.get_or_throw("A").key_version == 1


# ---- A fleet ------------------------------------------------------------------------------------


class Member:
    """A process of the fleet."""

    def __init__(self, path: Path, keys: str) -> None:
        script = Path(fleet_process.__file__)
        self._process = subprocess.Popen(
            [sys.executable, script, path, keys],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "a process of the fleet ended"
        return json.loads(line)

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def ask(self, command: str) -> Any:
        self.tell(command)
        return self.answer()

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


class Fleet:
    """Three processes that read and write one store."""

    def __init__(self, path: Path, keys: str) -> None:
        self.members = [Member(path, keys) for _ in range(3)]

    def __enter__(self) -> Fleet:
        for member in self.members:
            assert member.answer() == {}
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.stop()

    def give(self, *keys: tuple[int, str]) -> None:
        """Every process these keys, one after the other."""
        for member in self.members:
            assert member.ask(f"reload {as_text(*keys)}") == {}

    def retire(self, version: int) -> int:
        """Rotates until nothing is left under the key, as maintenance of a process that had not
        taken the new keys yet may have moved a secret back; then it retires."""
        member = self.members[0]
        while True:
            member.ask("rotate")
            answer = member.ask(f"retire {version}")
            if "error" not in answer:
                epoch: int = answer["epoch"]
                return epoch
            assert answer["error"] == "conflict"


def test_a_fleet_moves_to_a_new_key_and_no_call_fails(path: Path) -> None:
    with open_store(path) as store:
        names = [name_of(number) for number in range(fleet_process.SECRETS)]
        store.put_many([PutRequest(name, name) for name in names])
    with Fleet(path, as_text(KEY_1)) as fleet:
        fleet.give(KEY_1, KEY_2)
        fleet.give(KEY_2, KEY_1)
        epoch = fleet.retire(1)
        fleet.give(KEY_2)
        done = [member.ask("end") for member in fleet.members]
    assert [answer["failures"] for answer in done] == [[], [], []]
    assert all(turns > 0 for answer in done for turns in answer["turns"])
    with open_store(path, keys=[KEY_2], least_epoch=epoch) as store:
        assert store.verify().is_intact
        assert {secret.key_version for secret in store.iter_secrets()} == {2}
        assert all(store.get_or_throw(name).value == name for name in names)


# ---- Anchors ------------------------------------------------------------------------------------


def test_a_store_that_was_put_back_to_before_its_anchor_is_refused(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "1")
    older = copy_of(path)
    with open_store(path) as store:
        anchor = store.make_anchor().text
        store.put("A", "2")
    with open_store(path, anchor=anchor) as store:
        assert store.get_or_throw("A").value == "2"
        newer = store.with_caller(actor="alice").make_anchor().text
        newest = store.list_events(store_log=True).page[0]
        assert (newest.type, newest.actor) == ("anchored", "alice")
    open_store(path, anchor=newer).close()
    put_back(older, path)
    open_store(path).close()
    with pytest.raises(IntegrityViolation, match="anchor"):
        open_store(path, anchor=anchor)


def test_an_anchor_is_one_line_without_a_secret(store: SecretStore) -> None:
    anchor = store.make_anchor()
    assert anchor.made_at == START_MS
    assert json.loads(anchor.text)["secretstoreAnchor"] == 1
    assert "\n" not in anchor.text
    assert not any(material in anchor.text for material in KEYS.values())


def test_an_anchor_of_another_store_or_none_is_refused(path: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "other.db") as other:
        other.put("A", "v")
        anchor = other.make_anchor().text
    open_store(path).close()
    with pytest.raises(IntegrityViolation):
        open_store(path, anchor=anchor)
    with pytest.raises(IntegrityViolation):
        open_store(tmp_path / "none.db", anchor=anchor)
    for malformed in ("", "{}"):
        with pytest.raises(InvalidOptions, match="^anchor: expected the line of an anchor, got"):
            open_store(path, anchor=malformed)


# ---- Tampering, and what is done then -----------------------------------------------------------

FORGE = "UPDATE secret SET expires_at = 9000000000000 WHERE name = 'A'"


def tampered(path: Path) -> SecretStore:
    with open_store(path) as store:
        store.put("A", "v")
        store.put("B", "v")
    tamper(path, FORGE)
    return open_store(path)


def test_a_row_that_was_tampered_with_is_purged(path: Path) -> None:
    with tampered(path) as store:
        report = store.verify()
        assert (report.verdict, report.is_intact) == ("tampered", False)
        assert {fault.name for fault in report.faults} >= {"A"}
        with pytest.raises((DecryptionFailed, IntegrityViolation)):
            store.remove("A")
        assert store.remove("A", purge=True) is True
        assert store.verify().is_intact
        assert store.remove("A", purge=True) is False


def test_a_backup_of_a_tampered_store_is_evidence_only(path: Path, tmp_path: Path) -> None:
    with tampered(path) as store:
        with pytest.raises(IntegrityViolation):
            store.backup(tmp_path / "copy.db")
        assert not (tmp_path / "copy.db").exists()
        assert store.backup(tmp_path / "copy.db", unverified=True)
    with open_store(tmp_path / "copy.db") as copied:
        assert copied.verify().verdict == "tampered"


def test_accepting_takes_the_rows_as_they_are(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "v")
        store.put("B", "v")
    tamper(path, "DELETE FROM secret WHERE name = 'B'")
    with open_store(path) as store:
        faults = store.verify().fault_count
        accepted = store.with_caller(actor="alice").accept()
        assert (accepted.rows, accepted.sequence) == (1, 3)
        assert 0 < accepted.faults <= faults
        report = store.verify()
        assert report.is_intact
        assert (report.acceptances, report.faults_accepted) == (1, accepted.faults)
        assert report.last_accepted_at is not None
        (event,) = store.list_events(namespace=None).page
        assert (event.type, event.actor, event.secret_id, event.name) == (
            "accepted",
            "alice",
            None,
            None,
        )
        assert log_of(store)[-1] == "namespace_accepted"


def test_verified_reads_find_what_was_taken_away(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "v")
        store.put("B", "v")
    with open_store(path, reads="verified") as store:
        assert store.get_or_throw("B").value == "v"
    tamper(path, "DELETE FROM secret WHERE name = 'B'")
    with open_store(path) as store:
        assert store.has("B") is False
    with open_store(path, reads="verified") as store, pytest.raises(IntegrityViolation):
        store.has("B")


# ---- Settings, and the log ----------------------------------------------------------------------


def test_settings_are_the_stores_and_pruning_keeps_to_them(path: Path, clock: FakeClock) -> None:
    with open_store(path, clock=clock) as store:
        assert store.settings() == StoreSettings(30 * DAY_MS)
        store.put("A", "1")
        clock.now_ms += 2 * DAY_MS
        store.put("A", "2")
        assert store.cleanup_events(1).deleted == 0
        changed = store.with_caller(actor="alice").change_settings(events_min_retention_ms=DAY_MS)
        assert changed == StoreSettings(DAY_MS)
        newest = store.list_events(store_log=True).page[0]
        assert (newest.type, newest.actor) == ("settings_changed", "alice")
    with open_store(path, clock=clock) as store:
        assert store.settings() == store.change_settings() == StoreSettings(DAY_MS)
        assert store.cleanup_events(1).deleted == 1
        pruned = store.list_events(namespace=None, type="pruned").page[0]
        assert (pruned.secret_id, pruned.name) == (None, None)


def test_a_restored_store_says_so(path: Path, tmp_path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "v")
        store.backup(tmp_path / "copy.db")
    with open_store(tmp_path / "copy.db") as restored:
        restored.with_caller(actor="alice").note_restored()
        newest = restored.list_events(store_log=True).page[0]
        assert (newest.type, newest.actor) == ("restored", "alice")
        assert restored.verify().is_intact


NO_CHANGES = Policy(
    "return { authorize = function(r)"
    " return r.operation ~= 'configure' and r.operation ~= 'retire_key', 'not here' end }"
)


def test_the_policy_judges_what_changes_the_store(path: Path) -> None:
    with moved_to_key_2(path) as store:
        store.reload_policy(NO_CHANGES)
        before = log_of(store)
        for denied in (
            lambda: store.retire_key(1),
            store.admit_keys,
            lambda: store.change_settings(events_min_retention_ms=0),
            store.accept,
            store.make_anchor,
            store.note_restored,
        ):
            with pytest.raises(PolicyDenied, match="not here"):
                denied()
        assert log_of(store) == before
        assert store.settings() == StoreSettings(30 * DAY_MS)


# ---- Awaited ------------------------------------------------------------------------------------


def test_all_of_it_can_be_awaited(path: Path, tmp_path: Path) -> None:
    async def run() -> None:
        async with await AsyncSecretStore.open(path, keys=[KEY_1], least_epoch=1) as store:
            await store.put("A", "v")
            await store.reload_keys([KEY_2, KEY_1])
            assert await store.admit_keys() == 1
            await store.rotate_all()
            assert (await store.retire_key(1)).epoch == 2
            assert (await store.change_settings(events_min_retention_ms=5)) == StoreSettings(5)
            assert (await store.settings()) == StoreSettings(5)
            assert (await store.accept()).sequence == 0  # nothing is at fault
            anchor = await store.make_anchor()
            await store.note_restored()
            assert await store.backup(tmp_path / "copy.db", unverified=True)
            types = [event.type async for event in store.iter_events(store_log=True)]
            assert types[:3] == ["restored", "anchored", "settings_changed"]
            assert await store.remove("A", purge=True)
        async with await AsyncSecretStore.open(
            path, keys=[KEY_2], anchor=anchor.text, reads="verified"
        ) as store:
            assert await store.has("A") is False

    asyncio.run(run())
