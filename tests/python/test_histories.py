"""Long random lives of stores that nobody tampers with: whatever was done, in whatever order, by
whichever keys, both verifiers call them intact, and every secret is what was last put.

CI runs a few of stated size; script/soak more, with

    SECRETSTORE_HISTORIES=300 SECRETSTORE_HISTORY_STEPS=200 SECRETSTORE_HISTORIES_SEED=7
"""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import second_reader
from sample_stores import DAY_MS, HOUR_MS, START_MS

from secretstore import Key, SecretStore

HISTORIES = int(os.environ.get("SECRETSTORE_HISTORIES", "20"))
STEPS = int(os.environ.get("SECRETSTORE_HISTORY_STEPS", "60"))
SEED = int(os.environ.get("SECRETSTORE_HISTORIES_SEED", "1"))
CHECKED_EVERY = 12

Secret = tuple[str | None, str]


def key(version: int) -> tuple[int, str]:
    return version, base64.b64encode(bytes([version]) * 32).decode()


@dataclass
class History:
    path: Path
    chance: random.Random
    now_ms: int = START_MS
    keys: list[tuple[int, str]] = field(default_factory=lambda: [key(1)])
    """In force, the active one first."""
    newest: int = 1
    values: dict[Secret, str] = field(default_factory=dict)
    """What lives and has no expiry."""
    done: list[str] = field(default_factory=list)

    def open(self) -> SecretStore:
        return SecretStore.open(
            self.path,
            keys=[Key(*pair) for pair in self.keys],
            durability="normal",
            clock=lambda: self.now_ms,
            drain_after_ms=self.chance.choice((0, DAY_MS)),
        )

    def any_secret(self) -> Secret:
        return self.chance.choice((None, "a", "b")), self.chance.choice("PQRST")

    # -- what may happen; each has the store to itself

    def put(self, store: SecretStore) -> None:
        namespace, name = self.any_secret()
        value = f"{self.chance.random()}"
        store.put(name, value, namespace=namespace, ttl_ms=None)
        self.values[namespace, name] = value

    def put_for_a_while(self, store: SecretStore) -> None:
        namespace, name = self.any_secret()
        store.put(name, "soon gone", namespace=namespace, ttl_ms=self.chance.choice((1, DAY_MS)))
        self.values.pop((namespace, name), None)

    def update(self, store: SecretStore) -> None:
        namespace, name = self.any_secret()
        store.update(name, namespace=namespace, metadata={"n": self.chance.randrange(9)})

    def remove(self, store: SecretStore) -> None:
        namespace, name = self.any_secret()
        purge = self.chance.random() < 0.3
        store.remove(name, namespace=namespace, purge=purge)
        self.values.pop((namespace, name), None)

    def clean_up(self, store: SecretStore) -> None:
        store.cleanup_secrets(self.chance.choice((1, HOUR_MS)))
        store.cleanup_events(self.chance.choice((1, HOUR_MS, 40 * DAY_MS)))

    def maintain(self, store: SecretStore) -> None:
        store.maintenance_step()

    def change_settings(self, store: SecretStore) -> None:
        store.change_settings(events_min_retention_ms=self.chance.choice((0, 0, DAY_MS)))

    def turn_to_a_new_key(self, store: SecretStore) -> None:
        if len(self.keys) < 4:
            self.newest += 1
            self.keys.insert(0, key(self.newest))
            store.reload_keys([Key(*pair) for pair in self.keys])

    def rotate(self, store: SecretStore) -> None:
        store.rotate_all()

    def retire(self, store: SecretStore) -> None:
        if len(self.keys) > 1:
            store.admit_keys()
            store.rotate_all()
            version, _ = self.keys.pop()
            store.retire_key(version)

    def accept(self, store: SecretStore) -> None:
        if store.has("P"):
            store.accept()

    def anchor(self, store: SecretStore) -> None:
        store.make_anchor()

    def import_rows(self, store: SecretStore) -> None:
        lines: list[bytes] = []
        store.export_rows(lines.append)
        store.import_rows(b"".join(lines).decode(), existing="replace")

    def back_up(self, store: SecretStore) -> None:
        store.backup(self.path.with_suffix(".copy"), overwrite=True)
        second_reader.assert_agrees(self.path.with_suffix(".copy"), self.keys)

    def steps(self) -> list[Callable[[SecretStore], None]]:
        often = [self.put, self.put, self.put, self.remove, self.remove, self.clean_up]
        return [
            *often, self.put_for_a_while, self.update, self.maintain, self.change_settings,
            self.turn_to_a_new_key, self.rotate, self.retire, self.accept, self.anchor,
            self.import_rows, self.back_up,
        ]  # fmt: skip

    # -- running

    def live(self) -> None:
        left = STEPS
        while left > 0:
            with self.open() as store:
                for _ in range(min(left, self.chance.randrange(1, CHECKED_EVERY))):
                    self.now_ms += self.chance.choice((0, 1, HOUR_MS, 3 * DAY_MS))
                    step = self.chance.choice(self.steps())
                    self.done.append(step.__name__)
                    step(store)
                    left -= 1
            self.check()

    def check(self) -> None:
        assert second_reader.assert_agrees(self.path, self.keys) == "intact"
        with self.open() as store:
            for (namespace, name), value in self.values.items():
                assert store.get_or_throw(name, namespace=namespace).value == value


@pytest.mark.parametrize("number", range(HISTORIES))
def test_a_life_without_tampering_stays_intact(tmp_path: Path, number: int) -> None:
    history = History(tmp_path / "store.db", random.Random(f"{SEED}-{number}"))
    try:
        history.live()
    except Exception as error:
        error.add_note(", ".join(history.done))
        raise
