"""Files that others could write or turn are refused, with what to do."""

import os

import pytest


def test_a_store_that_everybody_may_write_is_refused(command):
    command.run("put", "A", stdin=b"value")
    command.store.chmod(0o666)
    message = command.error("get", "A", code=7)
    assert str(command.store) in message and "chmod o-w" in message
    command.store.chmod(0o600)
    assert command.text("get", "A") == "value"


def test_a_store_that_its_group_may_write_needs_allow_group(command):
    command.run("put", "A", stdin=b"value")
    command.store.chmod(0o660)
    assert "may be written by its group" in command.error("get", "A", code=7)
    assert command.text("get", "A", "--allow-group") == "value"


def test_a_link_that_others_could_turn_is_refused(command):
    command.run("put", "A", stdin=b"value")
    folder = command.folder / "open"
    folder.mkdir()
    link = folder / "link.db"
    link.symlink_to(command.store)
    done = command.bare("get", "A", "--store", link, "--keys-file", command.keys_file)
    assert done.returncode == 0, done.stderr
    folder.chmod(0o777)
    done = command.bare("get", "A", "--store", link, "--keys-file", command.keys_file)
    assert done.returncode == 7 and b"name the file itself" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_strangers_link_is_refused_even_to_root(command):
    command.run("put", "A", stdin=b"value")
    link = command.folder / "link.db"
    link.symlink_to(command.store)
    os.lchown(link, 77, 77)
    done = command.bare("get", "A", "--store", link, "--keys-file", command.keys_file)
    assert done.returncode == 7 and b"another user's" in done.stderr


def test_a_journal_that_others_left_is_not_played_back(command):
    """The library never writes one but while it makes a store; SQLite would play it back."""
    command.run("put", "A", stdin=b"value")
    journal = command.folder / "store.db-journal"
    magic = bytes.fromhex("d9d505f920a163d7")
    journal.write_bytes((magic + bytes(12) + (1).to_bytes(4, "big") + bytes(488))[:512])
    journal.chmod(0o666)
    assert "may be written by everybody" in command.error("get", "A", code=7)
    journal.unlink()
    os.mkfifo(journal)
    assert "expected a regular file" in command.error("get", "A", code=7)
    journal.unlink()
    assert command.text("get", "A") == "value"
