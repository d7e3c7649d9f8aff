"""Stores for tests, with a clock that stands still."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from secretstore import SecretStore

START_MS = 1_770_000_000_000

KEYS = {
    name: base64.b64encode(bytes([byte]) * 32).decode()
    for name, byte in (("A", 0xA1), ("B", 0xB2), ("C", 0xC3))
}


@dataclass
class FakeClock:
    """A clock that moves only when told."""

    now_ms: int = START_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def open_store(path: Path, **options: Any) -> SecretStore:
    options.setdefault("keys", [(1, KEYS["A"])])
    options.setdefault("durability", "normal")
    return SecretStore.open(path, **options)


@pytest.fixture
def store(path: Path, clock: FakeClock) -> Iterator[SecretStore]:
    with open_store(path, clock=clock) as opened:
        yield opened
