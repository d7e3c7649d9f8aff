"""keys and rotate."""

import sqlite3

import pytest

from conftest import KEY, OTHER_KEY


@pytest.fixture
def rotating(command):
    """Five secrets under version 1, and version 2 active."""
    for i in range(5):
        command.run("put", f"S{i}", "--namespace", "n", stdin=f"value {i}".encode())
    command.keys_file.write_text(f"2:{OTHER_KEY}\n{KEY}\n")
    return command


def test_keys_shows_what_is_under_each(rotating):
    before = rotating.json("keys")
    assert before["isComplete"] is False and before["unavailableCount"] == 0
    old, new = before["keys"]
    assert (old["version"], old["secretCount"], old["isActive"], old["isSafeToRemove"]) == (1, 5, False, False)
    assert (new["version"], new["secretCount"], new["isActive"]) == (2, 0, True)
    assert rotating.text("rotate") == "rotated 5 secrets\n"
    after = rotating.json("keys")
    assert after["isComplete"] is True and after["keys"][0]["isSafeToRemove"] is True
    lines = rotating.text("keys").splitlines()
    assert lines[0].split()[:2] == ["VERSION", "STATE"]
    assert "safe to remove" in lines[1] and "active" in lines[2]


def test_a_rotated_store_opens_without_the_old_key(rotating):
    rotating.run("rotate")
    rotating.keys_file.write_text(f"2:{OTHER_KEY}\n")
    for i in range(5):
        assert rotating.text("get", f"S{i}", "--namespace", "n") == f"value {i}"
    assert "may be retired" in rotating.text("keys")
    events = rotating.json("events", "--namespace", "n", "--type", "rotated")["items"]
    assert len(events) == 5
    assert events[0]["metadata"] == {"previousKeyVersion": 1, "newKeyVersion": 2}


def test_rotate_again_does_nothing(rotating):
    assert rotating.json("rotate") == {"rotated": 5, "failed": 0, "isDone": True}
    assert rotating.json("rotate") == {"rotated": 0, "failed": 0, "isDone": True}


def test_rotate_from_one_version(rotating):
    assert rotating.json("rotate", "--from", "1", "--actor", "ops")["rotated"] == 5
    assert "invalid_argument" in rotating.error("rotate", "--from", "2", code=2)
    assert "key_version_unavailable" in rotating.error("rotate", "--from", "9", code=4)
    assert "--from" in rotating.error("rotate", "--from", "x", code=2)
    assert rotating.json("events", "--namespace", "n")["items"][0]["actor"] == "ops"


def test_secrets_that_do_not_authenticate_are_told(rotating):
    with sqlite3.connect(rotating.store) as database:
        database.execute("UPDATE secret SET revision = 9 WHERE name = 'S2'")
    database.close()
    done = rotating.run("rotate", code=5)
    assert done.stdout == b"rotated 4 secrets\n" and b"left as they are: 1 (" in done.stderr
    assert b'secret "S2" of namespace "n"' in done.stderr


def test_missing_keys_are_told(rotating):
    rotating.run("put", "ADMITS", stdin=b"v")
    rotating.keys_file.write_text(f"2:{OTHER_KEY}\n")
    done = rotating.run("keys")
    assert b"missing" in done.stdout and b"secrets under keys that are not configured: 5" in done.stderr


def test_one_secret_is_one_secret(command):
    command.run("put", "A", stdin=b"v")
    assert command.run("export").stderr == b"exported 1 secret\n"
    assert "checked 1 event and 1 row in 1 namespace, and 3 events of the store\n" in command.text("verify")
    command.keys_file.write_text(f"2:{OTHER_KEY}\n{KEY}\n")
    assert command.text("rotate") == "rotated 1 secret\n"
    assert command.text("rotate") == "rotated 0 secrets\n"
