"""put and get: the bytes of values, where they come from and where they go."""

import os
import stat

import pytest


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"plain",
        b"ends in a newline\n",
        b"\x00\xff\x80 binary \x00",
        "p4ss-🔒-wörd".encode(),
        bytes(range(256)),
        b"x" * (1 << 20),
    ],
    ids=["empty", "plain", "newline", "binary", "unicode", "all-bytes", "1-MiB"],
)
def test_a_value_comes_back_byte_for_byte(command, value):
    command.run("put", "A", *([] if value else ["--allow-empty"]), stdin=value)
    assert command.run("get", "A").stdout == value


def test_a_value_over_the_limit_is_refused(command):
    message = command.error("put", "A", stdin=b"x" * ((1 << 20) + 1), code=2)
    assert "value_too_large" in message


def test_a_value_is_read_from_a_file(command):
    source = command.folder / "value"
    source.write_bytes(b"from\x00file")
    command.run("put", "A", "--file", source)
    assert command.run("get", "A").stdout == b"from\x00file"


def test_a_dash_as_file_is_standard_input(command):
    command.run("put", "A", "--file", "-", stdin=b"v")
    assert command.text("get", "A") == "v"


def test_a_missing_file_is_an_error(command):
    assert "storage_failed" in command.error("put", "A", "--file", "/nowhere/x", code=7)


@pytest.mark.parametrize("value,kept", [(b"v\n", b"v"), (b"v\r\n", b"v"), (b"v\n\n", b"v\n"), (b"v", b"v")])
def test_trim_newline_drops_one(command, value, kept):
    command.run("put", "A", "--trim-newline", stdin=value)
    assert command.run("get", "A").stdout == kept


def test_a_value_on_the_command_line_is_refused_and_not_repeated(command):
    message = command.error("put", "A", "hunter2", code=2)
    assert "standard input" in message
    assert "hunter2" not in message


def test_output_goes_to_a_file_of_its_owner(command):
    command.run("put", "A", stdin=b"v")
    target = command.folder / "out"
    target.write_text("before")
    target.chmod(0o644)
    assert command.text("get", "A", "--output", target) == ""
    assert target.read_bytes() == b"v"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(p.name for p in command.folder.iterdir() if p.name.startswith("out")) == ["out"]


def test_output_into_a_missing_folder_is_an_error(command):
    command.run("put", "A", stdin=b"v")
    command.error("get", "A", "--output", "/nowhere/out", code=7)


def test_json_has_text_or_base64(command):
    command.run("put", "T", "--metadata", '{"a":[1,{}]}', stdin='q"\\\n\t é'.encode())
    command.run("put", "B", stdin=b"\xff\x00")
    text = command.json("get", "T")
    assert text["value"] == 'q"\\\n\t é'
    assert text["metadata"] == {"a": [1, {}]}
    assert (text["revision"], text["keyVersion"], text["expiresAt"]) == (1, 1, None)
    assert isinstance(text["createdAt"], int) and isinstance(text["updatedAt"], int)
    assert command.json("get", "B")["valueBase64"] == "/wA="


def test_a_closed_pipe_is_a_failure(command):
    command.run("put", "A", stdin=b"x" * (1 << 20))
    reading, writing = os.pipe()
    os.close(reading)
    import subprocess
    from conftest import BINARY

    done = subprocess.run(
        [BINARY, "get", "A", "--store", command.store, "--keys-file", command.keys_file],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=command.environment,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 7
    assert b"Broken pipe" in done.stderr


def test_a_full_disk_is_a_failure(command):
    command.run("put", "A", stdin=b"v")
    import subprocess
    from conftest import BINARY

    with open("/dev/full", "wb") as full:
        for words in (["get", "A"], ["ls"]):
            done = subprocess.run(
                [BINARY, *words, "--store", command.store, "--keys-file", command.keys_file],
                stdout=full,
                stderr=subprocess.PIPE,
                env=command.environment,
                check=False,
            )
            assert done.returncode == 7, words


@pytest.mark.parametrize("words, stdin", [
    ([], b""), (["--file", "-"], b""), (["--file", "empty"], b""), (["--trim-newline"], b"\n"),
    (["--trim-newline"], b"\r\n"),
])  # fmt: skip
def test_an_empty_value_is_refused_unless_it_is_meant(command, words, stdin):
    command.run("put", "A", stdin=b"old")
    empty = command.folder / "empty"
    empty.touch()
    words = [empty if word == "empty" else word for word in words]
    message = command.error("put", "A", *words, stdin=stdin, code=2)
    assert "expected at least one byte, got none" in message and "--allow-empty" in message
    assert ("empty" if empty in words else "standard input") in message.split(":")[1]
    assert command.text("get", "A") == "old"
    command.run("put", "A", *words, "--allow-empty", stdin=stdin)
    assert command.text("get", "A") == ""
