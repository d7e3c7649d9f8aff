"""What an operator does about tampering: verified reads, rm --purge, accept, copies as evidence."""

import json
import sqlite3

import pytest


def tamper(command, sql, *values):
    with sqlite3.connect(command.store) as database:
        database.execute(sql, values)
    database.close()


def rows(command, name):
    with sqlite3.connect(command.store) as database:
        found = database.execute("SELECT * FROM secret WHERE name = ?", [name]).fetchone()
    database.close()
    return found


@pytest.fixture
def put_back(command):
    """A secret that was put back to its older, authentic row."""
    command.run("put", "A", "--namespace", "n", stdin=b"old")
    command.run("put", "B", "--namespace", "n", stdin=b"b")
    old = rows(command, "A")
    command.run("put", "A", "--namespace", "n", stdin=b"new")
    tamper(command, f"REPLACE INTO secret VALUES ({', '.join('?' * len(old))})", *old)
    return command


# ---- Verified reads --------------------------------------------------------------------------


def test_a_verified_read_sees_what_a_plain_one_does_not(put_back):
    n = ["--namespace", "n"]
    assert put_back.text("get", "A", *n) == "old"
    for words in (["get", "A"], ["get", "B"], ["has", "A"], ["has", "C"], ["ls"]):
        message = put_back.error(*words, *n, "--verified-reads", code=5)
        assert "(integrity_violation)" in message, words
    target = put_back.folder / "out"
    put_back.error("get", "A", *n, "--verified-reads", "--output", target, code=5)
    assert not target.exists()


def test_exec_runs_nothing_over_a_secret_that_was_put_back(put_back):
    words = ["--store", put_back.store, "--keys-file", put_back.keys_file, "--namespace", "n"]
    ran = put_back.folder / "ran"
    assert put_back.bare("exec", *words, "--verified-reads", "--", "touch", ran).returncode == 5
    assert not ran.exists()
    assert put_back.bare("exec", *words, "--", "touch", ran).returncode == 0


def test_a_secret_that_was_taken_away(command):
    command.run("put", "A", stdin=b"1")
    command.run("put", "B", stdin=b"1")
    tamper(command, "DELETE FROM secret WHERE name = 'A'")
    assert command.text("has", "A", code=1) == "false\n"
    command.error("has", "A", "--verified-reads", code=5)
    command.error("get", "A", "--verified-reads", code=5)


def test_verified_reads_of_an_honest_store(command):
    command.run("put", "A", stdin=b"1")
    assert command.text("get", "A", "--verified-reads") == "1"
    assert command.text("has", "B", "--verified-reads", code=1) == "false\n"
    command.error("get", "B", "--verified-reads", code=1)
    assert command.json("ls", "--verified-reads")["items"][0]["name"] == "A"
    assert command.json("ls", "--namespace", "none", "--verified-reads")["items"] == []
    done = command.bare("exec", "--store", command.store, "--keys-file", command.keys_file,
                        "--verified-reads", "--", "printenv", "A")  # fmt: skip
    assert done.stdout == b"1\n"
    command.error("put", "A", "--verified-reads", stdin=b"2", code=2)


# ---- rm --purge ------------------------------------------------------------------------------


def test_evidence_is_removed_by_purge_only(put_back):
    n = ["--namespace", "n"]
    for words in (["rm", "A"], ["put", "A"], ["update", "A", "--no-expiry"]):
        put_back.error(*words, *n, stdin=b"x", code=5)
    assert put_back.text("rm", "A", *n, "--purge") == "purged A\n"
    assert put_back.text("has", "A", *n, code=1) == "false\n"
    assert "intact" in put_back.text("verify")
    put_back.error("rm", "A", *n, "--purge", code=1)


def test_a_row_that_does_not_authenticate_is_purged(command):
    command.run("put", "A", stdin=b"1")
    command.run("put", "B", stdin=b"1")
    tamper(command, "UPDATE secret SET expires_at = 1 WHERE name = 'A'")
    command.error("rm", "A", code=5)
    assert command.json("rm", "A", "--purge") == {"removed": True}
    command.run("rm", "B", "--purge", "--if-revision", "7", code=3)
    assert command.text("rm", "B", "--purge") == "purged B\n"
    assert "intact" in command.text("verify")


# ---- accept ----------------------------------------------------------------------------------


def test_accept_takes_what_is_left(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    command.run("put", "B", "--namespace", "n", stdin=b"2")
    command.run("put", "C", stdin=b"3")
    tamper(command, "DELETE FROM secret WHERE name = 'B'")
    faults = json.loads(command.run("verify", "--json", code=5).stdout)["faultCount"]
    first, second = command.text("accept", "--namespace", "n", "--actor", "ops").splitlines()
    assert first == f'accepted 1 row of namespace "n" as they are, with {faults} faults'
    assert second.startswith("its audit log begins anew with event 3: ")
    (event,) = command.json("events", "--namespace", "n")["items"]
    assert (event["type"], event["actor"], event["sequence"]) == ("accepted", "ops", 3)
    newest = command.json("events", "--store-log", "--limit", "1")["items"][0]
    assert newest["type"] == "namespace_accepted" and newest["metadata"]["namespace"] == "n"
    text = command.text("verify")
    assert f"rows were accepted as they were 1 time, with {faults} faults; the last time on " in text
    report = command.json("verify")
    assert (report["acceptances"], report["faultsAccepted"]) == (1, faults)
    assert report["lastAcceptedAt"] == event["createdAt"]
    assert command.text("get", "A", "--namespace", "n") == "1"


def test_accept_of_the_default_namespace_as_json(command):
    command.run("put", "A", stdin=b"1")
    command.run("put", "B", stdin=b"1")
    tamper(command, "DELETE FROM secret WHERE name = 'B'")
    done = command.json("accept")
    assert done["namespace"] is None and done["rows"] == 1 and done["sequence"] == 3
    assert done["faults"] > 0


def test_what_does_not_authenticate_is_not_accepted(command):
    command.run("put", "A", stdin=b"1")
    command.run("put", "B", stdin=b"1")
    tamper(command, "UPDATE secret SET expires_at = 1 WHERE name = 'A'")
    before = command.json("events")
    command.error("accept", code=5)
    assert command.json("events") == before
    command.run("rm", "A", "--purge")
    command.run("accept")
    assert "intact" in command.text("verify")


def test_accept_of_what_is_no_namespace(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    assert "(not_found)" in command.error("accept", "--namespace", "m", code=1)
    assert "(not_found)" in command.error("accept", code=1)
    command.error("accept", "--namespace", "", code=2)
    assert "expected no name" in command.error("accept", "n", code=2)


# ---- Copies ----------------------------------------------------------------------------------


def test_a_tampered_store_is_copied_as_evidence_only(put_back):
    copy = put_back.folder / "copy.db"
    message = put_back.error("backup", copy, code=5)
    assert "nothing was backed up (--unverified does it all the same)" in message
    assert not copy.exists()
    text = put_back.text("backup", copy, "--unverified")
    assert text == f"backed up to {copy}, unverified: it is evidence, and proves nothing\n"
    put_back.store.unlink()
    message = put_back.error("restore", copy, code=5)
    assert "nothing was restored (--unverified does it all the same)" in message
    assert not put_back.store.exists()
    done = put_back.json("restore", copy, "--unverified")
    assert done == {"restored": str(put_back.store), "verified": False, "newAnchor": None}
    put_back.run("verify", code=5)
    assert put_back.json("events", "--store-log", "--limit", "1")["items"][0]["type"] == "restored"


# ---- verify ----------------------------------------------------------------------------------


def test_all_fields_of_the_report(put_back):
    report = json.loads(put_back.run("verify", "--json", code=5).stdout)
    assert set(report) == {
        "verdict", "isIntact", "unprovableReason", "namespacesChecked", "eventsChecked", "storeEventsChecked",
        "rowsChecked", "rowsUncheckable", "headsCompared", "headsPruned", "acceptances", "faultsAccepted", "sealAcceptances",
        "lastAcceptedAt", "faultCount", "faults", "provedAgainst",
    }  # fmt: skip
    assert report["verdict"] == "tampered" and report["isIntact"] is False
    assert report["faultCount"] == len(report["faults"]) > 0
    assert all(set(fault) == {"kind", "namespace", "name", "sequence", "message"} for fault in report["faults"])
    assert report["unprovableReason"] is None and report["lastAcceptedAt"] is None


def test_faults_beyond_those_that_are_described_are_counted(command):
    source = command.folder / "all.env"
    source.write_text("".join(f"N{i}=v\n" for i in range(150)))
    command.run("import", source, "--format", "dotenv")
    tamper(command, "UPDATE secret SET expires_at = 1")
    done = command.run("verify", code=5)
    report = json.loads(command.run("verify", "--json", code=5).stdout)
    assert len(report["faults"]) == 100 < report["faultCount"]
    assert done.stdout.decode().splitlines()[-1] == f"and {report['faultCount'] - 100} more"
    assert f"tampered: {report['faultCount']} faults found" in done.stderr.decode()


@pytest.mark.parametrize("sql", ["UPDATE root SET mac = zeroblob(32)", "DELETE FROM root", "DELETE FROM seal"])
def test_a_store_without_its_root_is_refused(command, sql):
    command.run("put", "A", stdin=b"1")
    tamper(command, sql)
    for words in (["verify"], ["get", "A"], ["put", "A"], ["ls"], ["keys"]):
        assert command.error(*words, stdin=b"2", code=5) != ""
