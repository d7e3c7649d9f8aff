"""Programs that test_locks.py runs as processes of their own: each has a store open, while
something else in it closes the database file, and other processes use it too.

    python locking_host.py PROGRAM STORE KEYS_FILE [ARGUMENT]...

They print the name of each secret whose put was acknowledged, one a line.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from secretstore import SecretStore, parse_keys

OLD_SECRETS = 200
NEW_SECRETS = 50
BUSY_TIMEOUT_MS = 60_000  # nobody is to give up on a busy machine


def value_of(name: str) -> str:
    """What the secret of this name holds, whoever put it."""
    return (name + " ") * 60


def acknowledge(name: str) -> None:
    """In one write: a parent and its child share the pipe."""
    os.write(sys.stdout.fileno(), f"{name}\n".encode())


# ---- What closes the file -----------------------------------------------------------------------


def read_it(path: str) -> None:
    """What a backup by copying does."""
    Path(path).read_bytes()


def look_with_sqlite3(path: str) -> None:
    """A second user of the file with a copy of SQLite of its own."""
    connection = sqlite3.connect(path)
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    connection.close()


STRANGERS: dict[str, Callable[[str], None]] = {"open": read_it, "sqlite3": look_with_sqlite3}


# ---- What ends the process ----------------------------------------------------------------------


def crash(*stores: SecretStore) -> None:
    """Nothing is closed: what was acknowledged is in the log alone."""
    os._exit(0)


def close(*stores: SecretStore) -> None:
    """All is closed, and the last one to do so checkpoints."""
    for store in stores:
        store.close()
    os._exit(0)


ENDS = {"crash": crash, "close": close}


# ---- What they do -------------------------------------------------------------------------------


class Host:
    """A process with a store open."""

    def __init__(self, path: str, keys_file: str) -> None:
        self.path = path
        self.keys_file = keys_file

    def open(self) -> SecretStore:
        keys = parse_keys(Path(self.keys_file).read_text())
        return SecretStore.open(
            self.path, keys=keys, durability="normal", busy_timeout_ms=BUSY_TIMEOUT_MS
        )

    def put(self, store: SecretStore, name: str) -> None:
        store.put(name, value_of(name))
        acknowledge(name)

    def command(self, operation: str, name: str) -> subprocess.CompletedProcess[str]:
        """Another process that opens the store, and closes it as the last one, as it believes."""
        command = [os.environ["SECRETSTORE_CLI"], operation, name, "--store", self.path]
        environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
        return subprocess.run(
            [*command, "--keys-file", self.keys_file],
            input=value_of(name) if operation == "put" else None,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    def put_by_command(self, name: str) -> None:
        self.command("put", name)
        acknowledge(name)


def one_handle(host: Host, how: str, end: str) -> None:
    """The stranger comes between the store's puts and another process's."""
    store = host.open()
    for number in range(OLD_SECRETS):
        host.put(store, f"OLD{number}")
    STRANGERS[how](host.path)
    host.put_by_command("BY_COMMAND")
    for number in range(NEW_SECRETS):
        host.put(store, f"NEW{number}")
    assert host.command("get", "NEW0").stdout == value_of("NEW0")  # others see it at once
    ENDS[end](store)


def two_handles(host: Host, how: str, end: str) -> None:
    """One of two handles on the file is closed, by which the other loses nothing."""
    first, second = host.open(), host.open()
    host.put(first, "BY_FIRST")
    host.put(second, "BY_SECOND")
    second.close()
    host.put_by_command("AFTER_CLOSE")
    STRANGERS[how](host.path)
    host.put_by_command("AFTER_STRANGER")
    for number in range(NEW_SECRETS):
        host.put(first, f"NEW{number}")
    third = host.open()  # and one opened later is as safe
    STRANGERS[how](host.path)
    first.close()
    host.put_by_command("AFTER_FIRST")
    host.put(third, "BY_THIRD")
    ENDS[end](third)


def forked(host: Host, how: str, end: str) -> None:
    """Parent and child go on with one store after a fork; the child ends first."""
    store = host.open()
    host.put(store, "BEFORE_FORK")
    STRANGERS[how](host.path)
    child = os.fork()
    name = "CHILD" if child == 0 else "PARENT"
    for number in range(NEW_SECRETS):
        if number % 20 == 10:
            STRANGERS[how](host.path)
            host.put_by_command(f"{name}_COMMAND{number}")
        host.put(store, f"{name}{number}")
    if child == 0:
        ENDS[end](store)
    assert os.waitpid(child, 0)[1] == 0
    host.put_by_command("AFTER_CHILD")
    host.put(store, "LAST")
    ENDS[end](store)


def until_killed(host: Host, seed: str) -> None:
    """Does what chance says, of what it says the same for the same seed, until it is killed."""
    chance = random.Random(seed)
    store = host.open()
    for number in range(sys.maxsize):
        name = f"ROUND{seed}_{number}"
        action = chance.choice(["put"] * 8 + ["command", "open", "sqlite3", "handle"])
        if action == "put":
            host.put(store, name)
        elif action == "command":
            host.put_by_command(name)
        elif action == "handle":
            with host.open() as other:
                host.put(other, name)
        else:
            STRANGERS[action](host.path)


PROGRAMS: dict[str, Callable[..., None]] = {
    program.__name__: program for program in (one_handle, two_handles, forked, until_killed)
}

if __name__ == "__main__":
    _, program, store_path, keys_path, *arguments = sys.argv
    PROGRAMS[program](Host(store_path, keys_path), *arguments)
