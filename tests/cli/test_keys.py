"""Keys: keygen, keys files, the environment."""

import base64
import json
import re
import stat

import pytest

from conftest import KEY, OTHER_KEY


def test_keygen_prints_a_fresh_key(command):
    first = command.bare("keygen").stdout.decode()
    second = command.bare("keygen").stdout.decode()
    assert re.fullmatch(r"1:[A-Za-z0-9+/]{43}=\n", first)
    assert first != second
    assert len(base64.b64decode(first[2:])) == 32


def test_keygen_takes_a_version(command):
    assert command.bare("keygen", "--version", "20260310").stdout.startswith(b"20260310:")
    assert command.bare("keygen", "--version", "-1").returncode == 2
    key = json.loads(command.bare("keygen", "--version", "7", "--json").stdout)
    assert key["version"] == 7 and len(base64.b64decode(key["value"])) == 32


def test_keygen_writes_a_file_and_never_over_one(command):
    target = command.folder / "fresh"
    done = command.bare("keygen", "--output", target)
    assert done.returncode == 0 and done.stdout == b""
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    before = target.read_bytes()
    assert command.bare("keygen", "--output", target).returncode == 7
    assert target.read_bytes() == before
    command.keys_file = target
    command.run("put", "A", stdin=b"v")


def test_keys_from_the_environment(command):
    environment = {"SECRET_STORE_KEYS": f"2:{OTHER_KEY}, {KEY}"}
    words = ["--store", command.store]
    assert command.bare("put", "A", *words, stdin=b"v", environment=environment).returncode == 0
    done = command.bare("get", "A", "--json", *words, environment=environment)
    assert json.loads(done.stdout)["keyVersion"] == 2


def test_a_keys_file_wins_over_the_environment(command):
    done = command.bare("put", "A", "--store", command.store, "--keys-file", command.keys_file,
                        stdin=b"v", environment={"SECRET_STORE_KEYS": "nonsense"})
    assert done.returncode == 0


def test_a_keys_file_may_have_comments_and_blank_lines(command):
    command.keys_file.write_text(f"# keys\n\n  2:{OTHER_KEY}\r\n{KEY}\n# end")
    command.run("put", "A", stdin=b"v")
    assert command.json("get", "A")["keyVersion"] == 2


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o660])
def test_a_keys_file_that_others_can_reach_is_refused(command, mode):
    command.keys_file.chmod(mode)
    message = command.error("put", "A", stdin=b"v", code=2)
    assert "chmod 600" in message and f"{mode:04o}" in message


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_keys_file_of_its_owner_is_accepted(command, mode):
    command.keys_file.chmod(mode)
    command.run("put", "A", stdin=b"v")


def test_a_folder_is_no_keys_file(command):
    command.keys_file = command.folder
    command.folder.chmod(0o700)
    assert "regular file" in command.error("put", "A", stdin=b"v", code=2)


def test_a_missing_keys_file(command):
    command.keys_file = command.folder / "nowhere"
    command.error("put", "A", stdin=b"v", code=7)


@pytest.mark.parametrize(
    "text",
    ["", "# only a comment\n", "nocolon\n", "x:" + OTHER_KEY, "-1:" + OTHER_KEY, "1:short",
     "1:" + OTHER_KEY[:-1], f"1:{OTHER_KEY}\n1:{OTHER_KEY}\n", "9007199254740992:" + OTHER_KEY],
)
def test_bad_keys_are_refused_and_not_repeated(command, text):
    command.keys_file.write_text(text)
    message = command.error("put", "A", stdin=b"v", code=2)
    assert "invalid_options" in message
    assert OTHER_KEY[:-1] not in message and "short" not in message


def test_no_keys_at_all(command):
    done = command.bare("put", "A", "--store", command.store, stdin=b"v")
    assert done.returncode == 2
    assert b"--keys-file" in done.stderr and b"SECRET_STORE_KEYS" in done.stderr
