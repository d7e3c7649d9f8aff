"""A pytest plugin: throw-away stores for the tests of programs that use secretstore.

It is loaded by pytest wherever the package is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from .keys import generate_key
from .opening import OpenOptions
from .store import SecretStore
from .values import check_names

SecretStoreFactory: TypeAlias = Callable[..., SecretStore]
"""What the fixture ``secret_store_factory`` is."""


@pytest.fixture
def secret_store_factory(tmp_path: Path) -> Iterator[SecretStoreFactory]:
    """Opens new stores in the test's folder, and closes them after it. Takes the options of
    ``SecretStore.open``; without ``keys`` a store gets a random one."""
    opened: list[SecretStore] = []

    def make(**options: Any) -> SecretStore:
        check_names(options, OpenOptions.__annotations__, "secret_store_factory")
        options.setdefault("keys", [(1, generate_key())])
        path = tmp_path / f"secrets-{len(opened) + 1}.db"
        store = SecretStore.open(path, **options)
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def secret_store(secret_store_factory: SecretStoreFactory) -> SecretStore:
    """A new, empty store with a random key."""
    return secret_store_factory()
