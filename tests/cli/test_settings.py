"""settings, and events --store-log, where their changes stand."""

import pytest


def test_settings_are_printed_and_changed(command):
    command.run("put", "A", stdin=b"1")
    assert command.text("settings") == "audit events are never pruned before they are 30d old\n"
    assert command.json("settings") == {"eventsMinRetentionMs": 2592000000}
    before = command.store.read_bytes()
    command.run("settings")
    assert command.store.read_bytes() == before
    text = command.text("settings", "--events-min-retention", "90m", "--actor", "ops")
    assert text == "from now on, audit events are never pruned before they are 90m old\n"
    assert command.json("settings") == {"eventsMinRetentionMs": 5400000}
    newest = command.json("events", "--store-log")["items"][0]
    assert (newest["type"], newest["actor"]) == ("settings_changed", "ops")
    assert newest["metadata"] == {"events.min_retention_ms": 5400000}


@pytest.mark.parametrize(
    "given, printed", [("0d", "0d"), ("500ms", "500ms"), ("60s", "1m"), ("36h", "36h"), ("48h", "2d"), ("1001ms", "1001ms")]
)
def test_durations_are_printed_as_they_are_read(command, given, printed):
    command.run("put", "A", stdin=b"1")
    assert f"before they are {printed} old" in command.text("settings", "--events-min-retention", given)


@pytest.mark.parametrize("word", ["30", "x", "-1d", "", "1w", "9007199254740992ms", "9007199254740991d"])
def test_what_is_no_duration(command, word):
    command.run("put", "A", stdin=b"1")
    message = command.error("settings", f"--events-min-retention={word}", code=2)
    assert "--events-min-retention: expected a duration with its unit" in message
    assert command.json("settings") == {"eventsMinRetentionMs": 2592000000}


def test_cleanup_does_not_go_below_the_minimum(command):
    for i in range(3):
        command.run("put", "A", stdin=b"1")
    assert command.json("cleanup", "--events", "1ms")["eventsDeleted"] == 0
    command.run("settings", "--events-min-retention", "0d")
    assert command.json("cleanup", "--events", "1ms")["eventsDeleted"] == 2
    assert command.json("events")["items"][0]["type"] == "pruned"
    assert command.json("events")["items"][0]["secretId"] is None
    assert "intact" in command.text("verify")


def test_the_policy_is_asked(command):
    command.run("put", "A", stdin=b"1")
    policy = command.folder / "policy.lua"
    policy.write_text("return { authorize = function(r) return r.operation ~= 'configure', 'no' end }")
    command.error("settings", "--events-min-retention", "1d", "--policy", policy, code=6)
    assert command.json("settings", "--policy", policy) == {"eventsMinRetentionMs": 2592000000}
    command.error("accept", "--policy", policy, code=6)
    command.error("audit", "anchor", command.folder / "a", "--init", "--policy", policy, code=6)
    assert not (command.folder / "a").exists()


# ---- events --store-log ----------------------------------------------------------------------


def test_the_store_log(command):
    command.run("put", "A", stdin=b"1")
    lines = command.text("events", "--store-log", "--order", "asc").splitlines()
    assert lines[0].split() == ["#", "TIME", "TYPE", "ACTOR", "METADATA"]
    assert [line.split()[3] for line in lines[1:]] == ["store_created", "key_added", "key_activated"]
    items = command.json("events", "--store-log", "--order", "asc")["items"]
    assert [item["sequence"] for item in items] == [1, 2, 3]
    assert {(item["namespace"], item["name"], item["secretId"]) for item in items} == {(None, None, None)}
    first = command.json("events", "--store-log", "--order", "asc", "--limit", "1")
    rest = command.json("events", "--store-log", "--order", "asc", "--cursor", first["continueCursor"])
    assert first["items"] + rest["items"] == items


def test_the_store_log_takes_no_filter(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    for words in (["--namespace", "n"], ["--name", "A"], ["--type", "created"], ["--secret-id", "1"]):
        message = command.error("events", "--store-log", *words, code=2)
        assert f"expected --store-log or {words[0]}, got both" in message
    cursor = command.json("events", "--store-log", "--limit", "1")["continueCursor"]
    assert "cursor" in command.error("events", "--namespace", "n", "--cursor", cursor, code=2)


def test_every_type_of_a_namespace_can_be_asked_for(command):
    command.run("put", "A", stdin=b"1")
    for name in ("created", "updated", "deleted", "rotated", "read", "expunged", "pruned", "accepted", "rewrapped"):
        assert command.json("events", "--type", name)["isDone"] is True
    message = command.error("events", "--type", "store_created", code=2)
    assert "expected created, updated, deleted, rotated, read, expunged, pruned, accepted or rewrapped" in message
