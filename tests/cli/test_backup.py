"""backup and restore."""

import os
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from conftest import BINARY


def remove_store(command):
    for path in command.folder.glob("store.db*"):
        path.unlink()


def files_of(command):
    return sorted(path.name for path in command.folder.iterdir() if path.name != "keys")


def test_a_backup_is_restored(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    backup = command.folder / "copy.db"
    assert command.text("backup", backup) == f"backed up to {backup}\n"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    command.run("put", "A", "--namespace", "n", stdin=b"2")
    command.error("restore", backup, code=7)
    assert command.text("get", "A", "--namespace", "n") == "2"
    remove_store(command)
    assert command.text("restore", backup) == f"restored to {command.store}\n"
    assert command.text("get", "A", "--namespace", "n") == "1"
    assert "nothing was tampered with" in command.text("verify")


def test_a_backup_overwrites_only_with_force(command):
    command.run("put", "A", stdin=b"1")
    target = command.folder / "there"
    target.write_text("precious")
    assert "--force" in command.error("backup", target, code=7)
    assert target.read_text() == "precious"
    command.run("backup", target, "--force")
    remove_store(command)
    command.run("restore", target)
    assert command.text("get", "A") == "1"


def test_a_restore_overwrites_only_with_force(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    command.run("put", "A", stdin=b"2")
    assert "--force" in command.error("restore", backup, code=7)
    assert command.text("restore", backup, "--force") == f"restored to {command.store}\n"
    assert command.text("get", "A") == "1"
    assert files_of(command) == ["copy.db", "store.db"]


def test_a_store_that_is_open_is_never_overwritten(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    command.run("put", "A", stdin=b"2")
    held = sqlite3.connect(command.store)
    assert held.execute("SELECT count(*) FROM secret").fetchone() == (1,)
    command.error("restore", backup, "--force", code=7)
    held.close()
    assert command.text("get", "A") == "2"


@pytest.mark.parametrize("name", ["store.db", "hard-link", "link", "store.db-wal", "keys"])
def test_a_backup_never_goes_over_the_files_of_the_call(command, name):
    command.run("put", "A", stdin=b"1")
    (command.folder / "hard-link").hardlink_to(command.store)
    (command.folder / "link").symlink_to("store.db")
    keys = command.keys_file.read_text()
    for force in ([], ["--force"]):
        message = command.error("backup", command.folder / name, *force, code=2)
        assert "that this call does not use" in message
    assert command.text("get", "A") == "1" and command.keys_file.read_text() == keys


@pytest.mark.parametrize("name", ["copy.db", "hard-link", "link", "copy.db-journal", "keys"])
def test_a_restore_never_goes_over_the_files_of_the_call(command, name):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    (command.folder / "hard-link").hardlink_to(backup)
    (command.folder / "link").symlink_to("copy.db")
    command.store = command.folder / name
    for force in ([], ["--force"]):
        assert "that this call does not use" in command.error("restore", backup, *force, code=2)
    command.store = backup
    assert command.text("get", "A") == "1"


def test_a_backup_follows_a_link_and_is_always_a_file(command):
    command.run("put", "A", stdin=b"1")
    link = command.folder / "link"
    link.symlink_to("behind")
    command.run("backup", link)
    assert link.is_symlink() and files_of(command) == ["behind", "link", "store.db"]
    os.mkfifo(command.folder / "pipe")
    for target in (command.folder / "pipe", "/dev/null", "/dev/stdout", "-"):
        message = command.error("backup", target, "--force", code=2)
        assert "expected a file" in message, message
    assert "got a folder" in command.error("backup", command.folder, code=7)


def test_a_tampered_backup_is_not_restored(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    with sqlite3.connect(backup) as database:
        database.execute("UPDATE secret SET revision = 7")
    database.close()
    remove_store(command)
    assert "nothing was restored" in command.error("restore", backup, code=5)
    assert not command.store.exists()


def test_a_missing_backup(command):
    command.error("restore", command.folder / "nowhere.db", code=7)
    assert not command.store.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", ["backup", "restore"])
def test_a_signal_leaves_a_whole_copy_or_nothing(command, name, number):
    """Whenever it comes."""
    source = command.folder / "all.env"
    source.write_text("".join(f"N{i}='{'x' * 2000}'\n" for i in range(2000)))
    command.run("import", source, "--format", "dotenv")
    source.unlink()
    command.run("backup", command.folder / "copy.db")
    target = command.folder / "target.db"
    words = {
        "backup": ["backup", target, "--store", command.store],
        "restore": ["restore", command.folder / "copy.db", "--store", target],
    }[name]
    for wait in (0.001, 0.004, 0.01, 0.02, 0.04, 0.08):
        process = subprocess.Popen(
            [BINARY, *words, "--keys-file", command.keys_file],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=command.environment,
        )  # fmt: skip
        time.sleep(wait)
        process.send_signal(number)
        code = process.wait(timeout=60)
        assert code in (0, -number)
        assert target.exists() == (code == 0)
        target.unlink(missing_ok=True)
        kept = ["copy.db", "copy.db-shm", "copy.db-wal", "store.db", "store.db-shm", "store.db-wal"]
        assert [file for file in files_of(command) if file not in kept] == []
