"""Nothing that was acknowledged is lost when something else in the process closes the database
file.

POSIX locks belong to a process and a file: whoever closes the file anywhere in the process drops
the locks that SQLite holds on it. Another process that finishes then takes itself for the last one,
and removes the log that is still in use: what is acknowledged afterwards is written into a file
without a name. The library guards itself with locks of another kind; here is what that must be
worth. The hosts are processes of their own (locking_host.py), since they end as by a crash;
SECRETSTORE_CLI names the command that plays the other process.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import KEYS
from locking_host import ENDS, STRANGERS, Host, value_of

from secretstore import SecretStore

HOST = Path(__file__).with_name("locking_host.py")
KILLS = int(os.environ.get("SECRETSTORE_KILLS", "20"))
SEED = os.environ.get("SECRETSTORE_KILLS_SEED", "2026")
HANG_SECONDS = 300

HOWS = pytest.mark.parametrize("how", STRANGERS)
EITHER_END = pytest.mark.parametrize("end", ENDS)


@pytest.fixture
def host(path: Path, tmp_path: Path) -> Host:
    """A store that is not there yet, and the keys to it."""
    keys_file = tmp_path / "keys"
    keys_file.write_text(f"1:{KEYS['A']}\n")
    keys_file.chmod(0o600)
    return Host(str(path), str(keys_file))


def acknowledged(host: Host, program: str, *arguments: str) -> list[str]:
    """Runs a program of a host to its end; the names of what it was told is stored."""
    command = [sys.executable, str(HOST), program, host.path, host.keys_file, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def assert_holds(store: SecretStore, names: list[str]) -> None:
    lost = [name for name in names if not store.has(name)]
    assert lost == []
    for name in names:
        assert store.get_or_throw(name).value == value_of(name)


def assert_nothing_is_lost(host: Host, names: list[str]) -> None:
    """All of it is there, all of it verifies, the store can be used; and when everybody has closed
    it, it is one file that holds all."""
    assert names
    with host.open() as store:
        assert_holds(store, names)
        report = store.verify()
        assert (report.is_intact, report.rows_checked) == (True, len(names))
        host.put(store, "AFTERWARDS")
    assert host.command("get", "AFTERWARDS").stdout == value_of("AFTERWARDS")
    assert_one_file_holds(host, [*names, "AFTERWARDS"])


def assert_one_file_holds(host: Host, names: list[str]) -> None:
    for side_file in ("-wal", "-shm"):
        assert not Path(host.path + side_file).exists()
    copy = Host(host.path + ".copy", host.keys_file)
    shutil.copyfile(host.path, copy.path)
    with copy.open() as store:
        assert_holds(store, names)


@EITHER_END
@HOWS
def test_a_stranger_that_closes_the_file_costs_nothing(host: Host, how: str, end: str) -> None:
    names = acknowledged(host, "one_handle", how, end)
    assert_nothing_is_lost(host, names)


@EITHER_END
@HOWS
def test_one_of_two_handles_closed_costs_the_other_nothing(host: Host, how: str, end: str) -> None:
    names = acknowledged(host, "two_handles", how, end)
    assert_nothing_is_lost(host, names)


@EITHER_END
@HOWS
def test_parent_and_child_write_on_and_lose_nothing(host: Host, how: str, end: str) -> None:
    names = acknowledged(host, "forked", how, end)
    assert_nothing_is_lost(host, names)


@pytest.mark.parametrize("program", ["one_handle", "two_handles", "forked"])
@HOWS
def test_a_last_close_leaves_one_file(host: Host, how: str, program: str) -> None:
    names = acknowledged(host, program, how, "close")
    assert_one_file_holds(host, names)


# ---- Kills --------------------------------------------------------------------------------------


def names_until_killed(host: Host, seed: str, kill_after: int) -> Iterator[str]:
    """What a host was told is stored before SIGKILL, which comes while it goes on."""
    command = [sys.executable, str(HOST), "until_killed", host.path, host.keys_file, seed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for count, line in enumerate(process.stdout, start=1):
            if count == kill_after:
                process.kill()
            if line.endswith("\n"):
                yield line.strip()
    assert process.returncode == -signal.SIGKILL


def test_what_was_acknowledged_outlives_kills(host: Host) -> None:
    """Between kills, other processes open the store, or have it open all the while."""
    chance = random.Random(SEED)
    names: list[str] = []
    bystander: SecretStore | None = None
    for kill in range(KILLS):
        if bystander is not None and chance.random() < 0.3:
            bystander.close()
            bystander = None
        elif bystander is None and chance.random() < 0.3:
            bystander = host.open()
        acked = list(names_until_killed(host, f"{SEED}_{kill}", chance.randrange(1, 40)))
        with host.open() as store:
            assert_holds(store, acked)
        names += acked
    if bystander is not None:
        bystander.close()
    with host.open() as store:
        assert_holds(store, names)
        assert store.verify().is_intact
    assert_one_file_holds(host, names)
