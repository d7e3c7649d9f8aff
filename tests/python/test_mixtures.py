"""Files that are put together of the parts of two states of one store, each authentic: only whole
states are intact. tests/formats/test_model.py does the same on paper."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sample_stores
import tampering
from sample_stores import DAY_MS, HOUR_MS, Sample
from tampering import Judge, Table

from secretstore import SecretStore

ALL_KEYS = (3, 2, 1)
MOST = 256 if tampering.Extent().share > 1 else 4096
"""Mixtures of one pair of states."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=tampering.scratch_folder()) as made:
        yield Path(made)


# ---- Parts --------------------------------------------------------------------------------------

Part = tuple[str, int | None]
"""A table, or what belongs to one namespace in it."""


def namespace_of(table: Table, row: dict[str, Any]) -> int | None:
    if table.name == "namespace":
        return int(row["id"])
    return int(row["namespace"]) if "namespace" in table.columns else None


def parts_of(data: bytes, by_namespace: bool) -> dict[Part, list[dict[str, Any]]]:
    found: dict[Part, list[dict[str, Any]]] = {}
    for table in tampering.tables_of(data).values():
        if not by_namespace:
            found[table.name, None] = table.rows
            continue
        for row in table.rows:
            found.setdefault((table.name, namespace_of(table, row)), []).append(row)
    return found


class Mixer:
    """Takes some parts from an old file and the rest from a new one."""

    def __init__(self, old: bytes, new: bytes, by_namespace: bool) -> None:
        self.new = new
        self.tables = tampering.tables_of(new)
        self.old_parts = parts_of(old, by_namespace)
        new_parts = parts_of(new, by_namespace)
        self.differing = [
            part
            for part in sorted(self.old_parts.keys() | new_parts.keys(), key=repr)
            if self.old_parts.get(part, []) != new_parts.get(part, [])
        ]

    def mix(self, taken: frozenset[Part]) -> bytes:
        database = tampering.in_memory(self.new)
        for name, number in taken:
            table = self.tables[name]
            where = "" if number is None else f" WHERE {self.column(table)} = {number}"
            database.execute(f"DELETE FROM {name}{where}")
        for part in taken:
            for row in self.old_parts.get(part, []):
                database.execute(*self.tables[part[0]].insert(row))
        data = database.serialize()
        database.close()
        return tampering.with_journal(data, wal=True)

    @staticmethod
    def column(table: Table) -> str:
        return "id" if table.name == "namespace" else "namespace"

    def choices(self, seed: int) -> list[frozenset[Part]]:
        """All subsets; where there are too many, the two whole ones and some others."""
        parts = self.differing
        if 1 << len(parts) <= MOST:
            return [
                frozenset(itertools.compress(parts, bits))
                for bits in itertools.product((False, True), repeat=len(parts))
            ]
        chance = random.Random(seed)
        some = [frozenset(part for part in parts if chance.random() < 0.5) for _ in range(MOST)]
        but_one = [frozenset(parts) - {part} for part in parts]
        return [frozenset(), frozenset(parts), *({part} for part in parts), *but_one, *some]


def expect_only_whole(judge: Judge, mixer: Mixer, whole: list[bytes]) -> int:
    """How many of the whole states are among the mixtures."""
    contents = [tampering.content_of(data) for data in whole]
    intact = set()
    for taken in mixer.choices(tampering.Extent().seed):
        data = mixer.mix(taken)
        verdict = judge.judge(data)
        content = tampering.content_of(data)
        is_whole = content in contents
        assert (verdict.verdict == "intact") == is_whole, (sorted(taken, key=repr), verdict)
        if is_whole:
            intact.add(contents.index(content))
    return len(intact)


# ---- Pairs of states ----------------------------------------------------------------------------


def before_anything(sample: Sample) -> None:
    with sample.open("begin") as store:
        store.put("x", "1", namespace="a")
        store.put("y", "2", namespace="a", metadata={"k": 1})
        store.put("z", "3", namespace="b")
        store.put("old", "4", namespace="b", ttl_ms=HOUR_MS)
        store.put("w", "5")
        store.put("w", "6")
    sample.now_ms += 60 * DAY_MS


def with_two_keys(sample: Sample) -> None:
    before_anything(sample)
    sample.active = (2, 1)
    with sample.open("two keys") as store:
        store.put("x", "1", namespace="a")
        store.put("z", "1", namespace="b")


def rotated(sample: Sample) -> None:
    with_two_keys(sample)
    with sample.open("rotated") as store:
        store.rotate_all()


def by(do: Callable[[SecretStore], object]) -> Callable[[Sample], None]:
    def act(sample: Sample) -> None:
        with sample.open(f"step {len(sample.copies)}") as store:
            do(store)

    return act


def by_store(do: Callable[[Any], object]) -> Callable[[Sample], None]:
    def act(sample: Sample) -> None:
        with SecretStore.open(sample.path, keys=sample.keys, clock=sample.clock) as store:
            do(store)
        sample.copy(f"step {len(sample.copies)}")

    return act


def admit(sample: Sample) -> None:
    sample.active = (2, 1)
    by(lambda store: store.put("x", "1", namespace="a"))(sample)


def keep(sample: Sample) -> None:
    older = sample.copies["begin"]
    by(lambda store: store.put("x", "9", namespace="a"))(sample)
    with sample.planting("kept") as (_, database):
        sample_stores.keep_versions(database, older, sample.clock())
    by(lambda store: store.put("y", "9", namespace="a"))(sample)


def accept(sample: Sample) -> None:
    sample_stores.spoil(sample.path, "a")
    by_store(lambda store: store.accept(namespace="a"))(sample)


STEPS: dict[str, tuple[Callable[[Sample], None], Callable[[Sample], None]]] = {
    "create": (before_anything, by(lambda store: store.put("n", "9", namespace="a"))),
    "replace": (before_anything, by(lambda store: store.put("x", "9", namespace="a"))),
    "replace with the same": (before_anything, by(lambda store: store.put("w", "6"))),
    "update": (before_anything, by(lambda s: s.update("y", namespace="a", metadata=None))),
    "remove": (before_anything, by(lambda store: store.remove("x", namespace="a"))),
    "in two namespaces": (
        before_anything,
        by(lambda s: (s.put("x", "9", namespace="a"), s.put("z", "9", namespace="b"))),
    ),
    "remove and create again": (
        before_anything,
        by(lambda s: (s.remove("x", namespace="a"), s.put("x", "1", namespace="a"))),
    ),
    "clean up secrets": (before_anything, by(lambda store: store.cleanup_secrets(HOUR_MS))),
    "prune": (with_two_keys, by(lambda store: store.cleanup_events(31 * DAY_MS))),
    "new namespace": (before_anything, by(lambda store: store.put("x", "1", namespace="new"))),
    "keep versions": (before_anything, keep),
    "admit a key": (before_anything, admit),
    "rotate": (with_two_keys, by(lambda store: store.rotate_all())),
    "change settings": (
        before_anything,
        by_store(lambda store: store.change_settings(events_min_retention_ms=DAY_MS)),
    ),
    "accept": (before_anything, accept),
    "retire a key": (rotated, by_store(lambda store: store.retire_key(1))),
}


def pair(step: str, folder: Path) -> tuple[Sample, bytes, bytes]:
    make, go = STEPS[step]
    sample = Sample(folder / "sample.db")
    make(sample)
    old = sample.path.read_bytes()
    go(sample)
    return sample, old, sample.path.read_bytes()


@pytest.mark.parametrize("by_namespace", [False, True], ids=["tables", "namespaces"])
@pytest.mark.parametrize("step", STEPS)
def test_of_two_states_only_the_whole_ones_are_intact(step: str, by_namespace: bool, folder: Path):
    sample, old, new = pair(step, folder)
    judge = Judge(folder, sample.active, sample.now_ms)
    mixer = Mixer(old, new, by_namespace)
    assert len(mixer.differing) >= 3
    assert expect_only_whole(judge, mixer, [*sample.copies.values(), old, new]) == 2


def test_of_states_far_apart_only_the_whole_ones_are_intact(folder: Path):
    sample = sample_stores.build(folder / "sample.db")
    new = sample.copies["whole"]
    judge = Judge(folder, ALL_KEYS, sample.now_ms)
    for step, old in list(sample.copies.items())[:-1]:
        if step != "created" and tampering.Extent().share > 1:
            continue
        mixer = Mixer(old, new, by_namespace=False)
        assert expect_only_whole(judge, mixer, list(sample.copies.values())) >= 1
