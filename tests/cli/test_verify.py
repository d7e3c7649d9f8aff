"""verify: an honest store, and what tampering looks like to an operator."""

import json
import sqlite3

from conftest import KEY, OTHER_KEY


def tamper(command, sql):
    with sqlite3.connect(command.store) as database:
        database.executescript(sql)
    database.close()


def test_an_honest_store(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    command.run("put", "B", stdin=b"1")
    command.run("rm", "B")
    first, second = command.text("verify").splitlines()
    assert first == "checked 3 events and 1 row in 2 namespaces, and 3 events of the store"
    assert second.startswith("intact: nothing was tampered with; the store is, as a whole, one state")
    report = command.json("verify")
    assert report["verdict"] == "intact"
    assert report["isIntact"] is True and report["faults"] == [] and report["eventsChecked"] == 3


def test_a_changed_secret(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    tamper(command, "UPDATE secret SET expires_at = 1")
    done = command.run("verify", code=5)
    assert b"(integrity_violation)" in done.stderr
    lines = done.stdout.decode().splitlines()
    assert lines[1].split() == ["NAMESPACE", "SECRET", "EVENT", "FAULT"]
    assert lines[2].split()[:2] == ["n", "A"] and "does not authenticate" in lines[2]
    report = json.loads(command.run("verify", "--json", code=5).stdout)
    assert {f["kind"] for f in report["faults"]} == {
        "row_not_authentic", "row_outdated", "state_wrong",
    }
    assert report["faults"][0]["name"] == "A" and report["faults"][0]["namespace"] == "n"


def test_a_removed_event(command):
    for i in range(3):
        command.run("put", "A", stdin=b"1")
    tamper(command, "DELETE FROM event WHERE sequence = 2")
    faults = json.loads(command.run("verify", "--json", code=5).stdout)["faults"]
    assert {(fault["kind"], fault["sequence"]) for fault in faults} == {
        ("event_missing", 3), ("event_changed", 3), ("event_unlinked", 3),
    }


def test_keys_that_are_gone_are_told(command):
    command.run("put", "A", stdin=b"1")
    command.keys_file.write_text(f"2:{OTHER_KEY}\n{KEY}\n")
    command.run("put", "B", stdin=b"1")
    command.keys_file.write_text(f"2:{OTHER_KEY}\n")
    text = command.text("verify")
    assert "rows whose key is not configured: the state proves them" in text
    assert "intact: nothing was tampered with" in text


def test_a_strangers_key_proves_nothing(command):
    command.run("put", "A", stdin=b"1")
    command.keys_file.write_text(f"2:{OTHER_KEY}\n")
    assert "key_version_unavailable" in command.error("verify", code=4)
