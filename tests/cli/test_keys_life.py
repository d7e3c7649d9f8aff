"""keys admit, keys retire, --least-epoch."""

import json
import shutil
import sqlite3

import pytest

from conftest import KEY, OTHER_KEY

OLD = KEY
NEW = f"2:{OTHER_KEY}"
THIRD = "3:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def keys(command, *lines):
    command.keys_file.write_text("".join(f"{line}\n" for line in lines))


def states(command):
    return {key["version"]: key["state"] for key in command.json("keys")["keys"]}


@pytest.fixture
def rotated(command):
    """Two namespaces, all of it moved from key 1 to key 2; both are configured, 2 is active."""
    command.run("put", "A", stdin=b"1")
    command.run("put", "B", "--namespace", "n", stdin=b"2")
    keys(command, NEW, OLD)
    command.run("rotate")
    return command


# ---- keys, keys admit ------------------------------------------------------------------------


def test_a_configured_key_is_unknown_until_it_is_admitted(command):
    command.run("put", "A", stdin=b"1")
    keys(command, OLD, NEW)
    assert states(command) == {1: "admitted", 2: "unknown"}
    lines = command.text("keys").splitlines()
    assert lines[0].split() == ["VERSION", "STATE", "CONFIGURED", "SECRETS", "WRAPS", "USED", "ADMITTED", "USE"]
    assert lines[1].endswith("active") and lines[2].split()[1] == "unknown"
    assert "the next write admits it" in lines[2] and "never" in lines[2]
    assert command.text("keys", "admit") == "admitted 1 key\n"
    assert states(command) == {1: "admitted", 2: "admitted"}
    assert command.text("keys").splitlines()[2].endswith("not used yet")
    assert command.text("keys", "admit") == "nothing to admit: the store knows every configured key\n"
    keys(command, OLD, NEW, THIRD)
    assert command.json("keys", "admit", "--actor", "ops") == {"admitted": 1}
    newest = command.json("events", "--store-log", "--limit", "1")["items"][0]
    assert (newest["type"], newest["actor"]) == ("key_added", "ops")
    assert newest["metadata"] == {"keyVersions": [3]}


def test_no_key_admits_itself(command):
    command.run("put", "A", stdin=b"1")
    before = command.store.read_bytes()
    keys(command, NEW)
    assert "key_version_unavailable" in command.error("keys", "admit", code=4)
    keys(command, f"1:{OTHER_KEY}")
    assert "key_mismatch" in command.error("keys", "admit", code=4)
    assert command.store.read_bytes() == before


def test_the_policy_is_asked_about_keys(rotated):
    policy = rotated.folder / "policy.lua"
    policy.write_text(
        "return { authorize = function(r) if r.operation == 'configure' or r.operation == 'retire_key'"
        " then return false, 'only by ' .. 'the owner' end return true end }"
    )
    keys(rotated, NEW, OLD, THIRD)
    assert "only by the owner" in rotated.error("keys", "admit", "--policy", policy, code=6)
    assert "only by the owner" in rotated.error("keys", "retire", "1", "--policy", policy, code=6)
    assert states(rotated) == {1: "admitted", 2: "admitted", 3: "unknown"}


# ---- keys retire -----------------------------------------------------------------------------


def test_a_retired_key_opens_nothing(rotated):
    first, second, third = rotated.text("keys", "retire", "1").splitlines()
    assert first == "retired key version 1: it opens nothing in this store any more"
    assert second == "epoch 2 began with it; 2 namespaces were sealed anew"
    assert third.startswith("keep with the keys: --least-epoch 2, ")
    assert states(rotated) == {1: "retired", 2: "admitted"}
    assert "safe to remove" in rotated.text("keys").splitlines()[1]
    assert rotated.text("get", "A") == "1"
    keys(rotated, OLD)
    assert "key_version_unavailable" in rotated.error("get", "A", code=4)
    assert "key_version_unavailable" in rotated.error("put", "A", stdin=b"x", code=4)
    keys(rotated, OLD, NEW)
    rotated.run("put", "A", stdin=b"x", code=4)
    assert "active, though retired: put another key first" in rotated.text("keys")
    keys(rotated, NEW)
    assert rotated.text("keys").splitlines()[1].endswith("-")
    assert "intact" in rotated.text("verify")


def test_retiring_again_says_the_epoch_again(rotated):
    assert rotated.json("keys", "retire", "1") == {"version": 1, "epoch": 2, "namespaces": 2, "faulty": 0}
    assert rotated.json("keys", "retire", "1") == {"version": 1, "epoch": 2, "namespaces": 0, "faulty": 0}
    types = [event["type"] for event in rotated.json("events", "--store-log")["items"]]
    assert types[:2] == ["key_retired", "key_retiring"] and types.count("key_retired") == 1


@pytest.mark.parametrize("word", ["x", "1.0", "", "9007199254740992", "1:2"])
def test_what_is_no_key_version(rotated, word):
    done = rotated.run("keys", "retire", word, code=2)
    assert b"expected a key version" in done.stderr and b"keys retire --help" in done.stderr


def test_keys_that_cannot_be_retired(rotated):
    before = rotated.json("events", "--store-log", "--all")
    assert "is none of this store's" in rotated.error("keys", "retire", "7", code=2)
    assert "is the active one" in rotated.error("keys", "retire", "2", code=2)
    assert "expected a VERSION, got none" in rotated.error("keys", "retire", code=2)
    assert "expected one VERSION, got more" in rotated.error("keys", "retire", "1", "2", code=2)
    assert "two dashes" in rotated.error("keys", "retire", "-1", code=2)
    keys(rotated, OLD, NEW)
    assert "(conflict)" in rotated.error("keys", "retire", "2", code=3)
    assert rotated.json("events", "--store-log", "--all") == before


def test_a_key_that_is_only_configured_cannot_be_retired(command):
    command.run("put", "A", stdin=b"1")
    keys(command, OLD, NEW)
    assert "is none of this store's" in command.error("keys", "retire", "2", code=2)


def test_a_key_with_secrets_under_it_is_retired_only_if_they_are_abandoned(command):
    command.run("put", "A", stdin=b"1")
    keys(command, NEW, OLD)
    command.run("put", "B", stdin=b"2")
    message = command.error("keys", "retire", "1", code=3)
    assert "still wraps 1 secret: rotate first, or abandon them (conflict)" in message
    assert command.text("get", "A") == "1"
    keys(command, NEW)
    assert command.json("keys", "retire", "1", "--abandon")["epoch"] == 2
    assert "key_version_unavailable" in command.error("get", "A", code=4)
    keys(command, NEW, OLD)
    command.error("get", "A", code=4)
    assert command.text("get", "B") == "2"
    newest = command.json("events", "--store-log", "--limit", "1")["items"][0]
    assert newest["metadata"] == {"keyVersion": 1, "epoch": 2, "abandoned": True}
    assert "intact" in command.text("verify")


def test_every_other_admitted_key_must_be_configured(rotated):
    keys(rotated, NEW, OLD, THIRD)
    rotated.run("keys", "admit")
    keys(rotated, NEW)
    message = rotated.error("keys", "retire", "1", code=4)
    assert "key_version_unavailable" in message and "3" in message
    keys(rotated, NEW, THIRD)
    assert rotated.json("keys", "retire", "1")["epoch"] == 2


def test_rows_that_are_not_those_that_were_written_are_told_and_do_not_hold_it_up(rotated):
    with sqlite3.connect(rotated.store) as database:
        database.execute("DELETE FROM secret WHERE name = 'A'")
    database.close()
    done = rotated.run("keys", "retire", "1", code=5)
    assert b"retired key version 1" in done.stdout
    assert b"see verify: 1 (integrity_violation)" in done.stderr
    assert states(rotated)[1] == "retired"
    rotated.run("verify", code=5)
    assert json.loads(rotated.run("keys", "retire", "1", "--json").stdout)["faulty"] == 0


# ---- --least-epoch ---------------------------------------------------------------------------


def test_an_old_copy_is_refused_by_the_least_epoch(rotated):
    old = rotated.folder / "old.db"
    shutil.copy(rotated.store, old)
    rotated.run("keys", "retire", "1")
    assert rotated.text("get", "A", "--least-epoch", "2") == "1"
    shutil.copy(old, rotated.store)
    assert rotated.text("get", "A") == "1"
    for words in (["get", "A"], ["ls"], ["verify"], ["rm", "A"], ["keys"], ["audit", "head"], ["export"],
                  ["backup", rotated.folder / "b.db"], ["exec", "--", "true"]):
        front = ["--least-epoch", "2"]
        words = [*words[:1], *front, *words[1:]] if "--" in words else [*words, *front]
        if words[0] == "exec":
            done = rotated.bare("exec", "--store", rotated.store, "--keys-file", rotated.keys_file,
                                *front, "--", "true")
            assert done.returncode == 5
            continue
        assert "(integrity_violation)" in rotated.error(*words, code=5), words
    assert rotated.store.read_bytes() == old.read_bytes()


def test_the_old_key_opens_what_an_old_copy_holds(rotated):
    """What retiring does not do."""
    keys(rotated, OLD)
    rotated.run("put", "C", stdin=b"3")
    old = rotated.folder / "old.db"
    rotated.run("backup", old)
    keys(rotated, NEW, OLD)
    rotated.run("rotate")
    rotated.run("keys", "retire", "1")
    keys(rotated, OLD)
    rotated.error("get", "C", code=4)
    rotated.store = old
    assert rotated.text("get", "C") == "3"


@pytest.mark.parametrize("word", ["0", "x", "-1", "", "9007199254740992", "1.5"])
def test_what_is_no_epoch(rotated, word):
    assert "--least-epoch: expected a number from 1" in rotated.error("ls", f"--least-epoch={word}", code=2)


def test_a_store_that_is_not_there_is_of_no_later_epoch(command):
    """Whoever removes the file does not get the next secrets into a store of his own making."""
    message = command.error("put", "A", "--least-epoch", "2", stdin=b"1", code=5)
    assert "expected a store of epoch 2 or later, and there is none" in message
    assert [path.name for path in command.folder.iterdir()] == ["keys"]
    command.run("put", "A", "--least-epoch", "1", stdin=b"1")


def test_verify_says_against_which_epoch(rotated):
    rotated.run("keys", "retire", "1")
    assert "with no key that was retired before epoch 2" in rotated.text("verify", "--least-epoch", "2")
    assert rotated.json("verify", "--least-epoch", "2")["provedAgainst"] == {
        "anchor": False, "expectedHead": False, "leastEpoch": 2,
    }  # fmt: skip
