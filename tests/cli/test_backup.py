"""backup and restore."""

import os
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from conftest import BINARY, KEY, OTHER_KEY


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


# ---- The store log, anchors ------------------------------------------------------------------


def newest_of_store(command):
    return command.json("events", "--store-log", "--limit", "1")["items"][0]


def test_a_restore_stands_in_the_store_log(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    before = backup.read_bytes()
    command.run("restore", backup, "--force", "--actor", "ops")
    event = newest_of_store(command)
    assert (event["type"], event["actor"]) == ("restored", "ops")
    assert backup.read_bytes() == before
    assert command.json("backup", backup, "--force") == {"backup": str(backup), "verified": True}
    assert command.json("restore", backup, "--force") == {
        "restored": str(command.store), "verified": True, "newAnchor": None,
    }  # fmt: skip


def test_keys_from_the_environment_and_an_anchor_from_a_pipe_do_for_a_restore(command):
    """It opens two stores, and both come only once."""
    command.run("put", "A", stdin=b"1")
    anchor = command.folder / "anchor"
    command.run("audit", "anchor", anchor, "--init")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    keys = command.keys_file.read_text().strip()
    remove_store(command)
    done = command.bare("restore", backup, "--store", command.store, "--anchor", "-", stdin=anchor.read_bytes(),
                        environment={"SECRET_STORE_KEYS": keys})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert newest_of_store(command)["type"] == "restored"


def test_a_restored_store_does_not_contain_newer_anchors(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    anchor = command.folder / "anchor"
    command.run("audit", "anchor", anchor, "--init")
    command.run("backup", backup)
    command.run("restore", backup, "--force", "--anchor", anchor)
    command.run("audit", "anchor", anchor)
    message = command.error("restore", backup, "--force", "--anchor", anchor, code=5)
    assert "does not contain the anchor" in message
    assert "intact" in command.text("verify", "--anchor", anchor)
    command.run("restore", backup, "--force")
    command.error("verify", "--anchor", anchor, code=5)
    assert "--force" in command.error("restore", backup, "--new-anchor", anchor, code=7)
    text = command.text("restore", backup, "--force", "--new-anchor", anchor)
    assert text == f"restored to {command.store}\nmade an anchor in {anchor}\n"
    assert "not older than the anchor" in command.text("verify", "--anchor", anchor)
    assert [event["type"] for event in command.json("events", "--store-log")["items"][:2]] == [
        "anchored", "restored",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["store.db", "copy.db", "keys", "copy.db-wal"])
def test_a_new_anchor_never_goes_over_the_files_of_the_call(command, name):
    command.run("put", "A", stdin=b"1")
    command.run("backup", command.folder / "copy.db")
    before = command.store.read_bytes()
    words = ["--force", "--new-anchor", command.folder / name]
    message = command.error("restore", command.folder / "copy.db", *words, code=2)
    assert "that this call does not use" in message and command.store.read_bytes() == before


def test_where_no_anchor_can_be_kept_nothing_is_restored(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    remove_store(command)
    command.error("restore", backup, "--new-anchor", command.folder / "no" / "anchor", code=7)
    command.error("restore", backup, "--new-anchor", "/dev/null", code=2)
    assert not command.store.exists()


def test_a_policy_that_refuses_the_note_is_told(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    remove_store(command)
    policy = command.folder / "policy.lua"
    policy.write_text("return { authorize = function(r) return r.operation ~= 'configure', 'not you' end }")
    message = command.error("restore", backup, "--policy", policy, code=6)
    assert "not you" in message and "stands in the store's place" in message
    assert command.text("get", "A") == "1"


def test_a_backup_that_no_key_opens(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    remove_store(command)
    command.keys_file.write_text(f"2:{OTHER_KEY}\n")
    command.error("restore", backup, "--unverified", code=4)
    assert not command.store.exists()


def test_an_older_backup_is_refused_by_the_least_epoch(command):
    command.run("put", "A", stdin=b"1")
    command.keys_file.write_text(f"2:{OTHER_KEY}\n{KEY}\n")
    command.run("rotate")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    command.run("keys", "retire", "1")
    before = command.store.read_bytes()
    command.error("restore", backup, "--force", "--least-epoch", "2", code=5)
    assert command.store.read_bytes() == before
