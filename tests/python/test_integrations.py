"""The keyring backend and the pytest plugin, found by their entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from conftest import KEYS, open_store

KEYRING_PROGRAM = """
import keyring, keyring.errors
backend = keyring.get_keyring()
print(type(backend).__name__)
keyring.set_password("mail", "alice", "pässwörd")
print(keyring.get_password("mail", "alice"), keyring.get_password("mail", "bob"))
keyring.set_password("mail", "bob", "b")
print(*(keyring.get_credential("mail", name).password for name in ("alice", None)))
print(keyring.get_credential("other", None))
keyring.delete_password("mail", "alice")
try:
    keyring.delete_password("mail", "alice")
except keyring.errors.PasswordDeleteError:
    print("deleted")
"""


def run_keyring(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}
    command = [sys.executable, "-c", KEYRING_PROGRAM]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_keyring_keeps_passwords_in_a_store(path: Path) -> None:
    done = run_keyring(SECRET_STORE_PATH=str(path), SECRET_STORE_KEYS=f"1:{KEYS['A']}")
    assert done.stdout.splitlines() == [
        "SecretStoreKeyring",
        "pässwörd None",
        "pässwörd b",
        "None",
        "deleted",
    ], done.stderr
    with open_store(path) as store:
        assert [row.namespace for row in store.iter_namespaces()] == ["keyring:mail"]


def test_keyring_takes_another_backend_if_nothing_is_configured(path: Path) -> None:
    done = run_keyring(SECRET_STORE_PATH=str(path))
    assert not done.stdout.startswith("SecretStoreKeyring")
    assert not path.exists()


pytest_plugins = ["pytester"]


def test_fixtures_give_stores_that_go_away(pytester: pytest.Pytester) -> None:
    assert any(
        point.value == "secretstore.pytest_plugin" for point in entry_points(group="pytest11")
    )
    pytester.makepyfile(
        """
        import secretstore

        kept = []

        def test_fresh(secret_store):
            secret_store.put("A", "v")
            kept.append(secret_store)

        def test_closed_and_fresh_again(secret_store, secret_store_factory):
            assert not secret_store.has("A")
            try:
                kept[0].has("A")
            except secretstore.Closed:
                pass
            else:
                raise AssertionError("the store of the test before is open")
            other = secret_store_factory(default_ttl_ms=5, clock=lambda: 1000)
            assert other.put("A", "v").expires_at == 1005
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)
