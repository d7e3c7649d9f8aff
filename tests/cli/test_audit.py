"""audit head, verify --expect-head, stats, maintain."""

import json
import stat


def test_a_head_is_expected_later(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    head = command.folder / "head"
    command.run("audit", "head", "--output", head)
    assert stat.S_IMODE(head.stat().st_mode) == 0o600
    assert [entry[:2] for entry in json.loads(head.read_text())["heads"]] == [["n", 1]]
    command.run("put", "A", "--namespace", "n", stdin=b"2")
    assert "audit chains that contain what the expected head covers: 1" in command.text("verify", "--expect-head", head)
    assert command.json("verify", "--expect-head", head)["headsCompared"] == 1


def test_an_older_store_is_found_out(command):
    command.run("put", "A", stdin=b"1")
    older = command.folder / "older.db"
    command.run("backup", older)
    command.run("put", "A", stdin=b"2")
    head = command.folder / "head"
    head.write_text(command.text("audit", "head"))
    older.replace(command.store)
    for path in command.folder.glob("store.db-*"):
        path.unlink()
    assert "nothing was tampered with" in command.text("verify")
    done = command.run("verify", "--expect-head", head, code=5)
    assert "the newest events were cut off" in done.stdout.decode()


def test_a_changed_head_is_refused(command):
    command.run("put", "A", stdin=b"1")
    head = command.folder / "head"
    head.write_text(command.text("audit", "head").replace("[null,1,", "[null,2,"))
    assert "whose MAC is wrong" in command.error("verify", "--expect-head", head, code=2)
    command.error("verify", "--expect-head", command.folder / "nowhere", code=7)


def test_stats(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    command.run("put", "A", "--namespace", "n", stdin=b"2")
    stats = command.json("stats")
    assert (stats["namespaceCount"], stats["secretCount"], stats["eventCount"]) == (1, 1, 2)
    assert stats["fileBytes"] % 4096 == 0 and stats["operations"] == {}
    assert "secrets      1\n" in command.text("stats")


def test_maintain_does_what_is_due(command):
    command.run("put", "A", stdin=b"1")
    keys = command.keys_file.read_text()
    command.keys_file.write_text("2:q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\n" + keys)
    assert command.json("keys")["isComplete"] is False
    command.run("put", "B", stdin=b"2")
    assert "nothing is left to do" in command.text("maintain")
    assert command.json("keys")["isComplete"] is False  # the new key is not yet active for a day
    assert "24h or 0s" in command.error("maintain", "--drain-after", "soon", code=2)
    assert "nothing is left to do" in command.text("maintain", "--drain-after", "0s")
    assert command.json("keys")["isComplete"] is True
    assert [event["actor"] for event in command.json("events", "--type", "rotated")["items"]] == [
        "maintenance"
    ]
