"""cleanup: secrets that expired long ago, and old events."""

import time

import pytest


def test_expired_secrets_and_old_events_go(command):
    for i in range(3):
        command.run("put", f"S{i}", "--ttl", "1ms", stdin=b"v")
    command.run("put", "KEPT", stdin=b"v")
    time.sleep(0.1)
    assert command.text("cleanup", "--secrets", "30d") == "deleted 0 secrets and 0 events\n"
    assert command.json("cleanup", "--secrets", "20ms", "--actor", "janitor") == {
        "secretsDeleted": 3, "eventsDeleted": 0,
    }
    assert [item["name"] for item in command.json("ls")["items"]] == ["KEPT"]
    event = command.json("events", "--type", "deleted")["items"][0]
    assert event["metadata"] == {"deletedReason": "expired_cleanup"} and event["actor"] == "janitor"
    time.sleep(0.1)
    # The store keeps events for thirty days, whatever the command says.
    assert command.json("cleanup", "--events", "50ms")["eventsDeleted"] == 0
    assert "nothing was tampered with" in command.text("verify")
    assert command.text("get", "KEPT") == "v"


@pytest.mark.parametrize(
    "words", [[], ["--secrets", "0d"], ["--events", "30"], ["--secrets", "-1d"], ["--events", "x"]]
)
def test_retentions_must_be_durations(command, words):
    command.run("put", "A", stdin=b"v")
    assert "invalid_argument" in command.error("cleanup", *words, code=2)
