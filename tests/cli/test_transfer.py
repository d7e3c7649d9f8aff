"""import and export: rows between stores, .env files."""

import json
import os
import stat
import subprocess

import pytest

VECTORS = os.path.join(os.path.dirname(__file__), "../vectors/convex-secret-store-0.2.0.json")


@pytest.fixture
def other(command, tmp_path_factory):
    """A second store, under another key."""
    from conftest import Command

    made = Command(tmp_path_factory.mktemp("other"))
    made.keys_file.write_text("9:q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\n")
    return made


def convex_rows(folder):
    with open(VECTORS, encoding="utf-8") as file:
        document = json.load(file)
    rows = folder / "documents.jsonl"
    lines = []
    for row in document["rows"]:
        row = {k: v for k, v in row.items() if k not in ("plaintext", "importable")}
        lines.append(json.dumps({**row, "updatedAt": 1700000000000.0, "_creationTime": 1.7e12}))
    rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
    keys = folder / "convex-keys"
    keys.write_text("".join(f"{version}:{key}\n" for version, key in document["keys"].items()))
    keys.chmod(0o600)
    return document, rows, keys


def test_convex_rows_are_imported_and_the_others_reported(command):
    document, rows, keys = convex_rows(command.folder)
    importable = [row for row in document["rows"] if row["importable"]]
    refused = len(document["rows"]) - len(importable)
    words = ("import", rows, "--transfer-keys-file", keys)
    dry = command.run(*words, "--dry-run", code=2)
    assert f"would have imported {len(importable)}" in dry.stdout.decode()
    assert "control character" in dry.stdout.decode()
    whole = command.run(*words, code=2)
    assert "nothing was imported" in whole.stderr.decode()
    assert not command.store.exists()
    partial = json.loads(command.run(*words, "--partial", "--json", code=2).stdout)
    assert partial["imported"] == len(importable) and partial["refused"] == refused
    assert len(partial["faults"]) == refused and partial["isStored"] is True
    row = importable[1]
    got = command.text("get", row["name"], "--namespace", row["namespace"])
    assert got == row["plaintext"]
    assert "nothing was tampered with" in command.text("verify")


def test_a_portable_export_goes_to_another_store(command, other):
    command.run("put", "A", "--namespace", "n", "--metadata", '{"o":1}', stdin=b"\x00binary")
    command.run("put", "B", "--ttl", "1d", stdin=b"b")
    target = command.folder / "all.jsonl"
    done = command.run("export", "--output", target)
    assert done.stderr.decode() == "exported 2 secrets\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert b"binary" not in target.read_bytes()
    other.run("import", target, code=4)
    result = other.json("import", target, "--transfer-keys-file", command.keys_file)
    assert result["imported"] == 2 and result["isStored"]
    assert other.run("get", "A", "--namespace", "n").stdout == b"\x00binary"
    assert other.json("get", "A", "--namespace", "n")["metadata"] == {"o": 1}
    again = other.run("import", target, "--transfer-keys-file", command.keys_file, code=3)
    assert "exists already" in again.stdout.decode()
    other.run("import", target, "--transfer-keys-file", command.keys_file, "--existing", "skip")


def test_a_changed_export_is_refused(command):
    command.run("put", "A", stdin=b"a")
    command.run("put", "B", stdin=b"b")
    lines = command.text("export").splitlines(keepends=True)
    changed = command.folder / "changed.jsonl"
    changed.write_text("".join(lines[:2] + lines[3:]))
    assert "does not authenticate" in command.error("import", changed, code=5)


def test_only_one_namespace_is_exported(command):
    command.run("put", "A", "--namespace", "n", stdin=b"a")
    command.run("put", "B", stdin=b"b")
    rows = command.text("export", "--format", "component", "--namespace", "n").splitlines()
    assert [json.loads(row)["name"] for row in rows] == ["A"]


DOTENV = """\
# a comment
PLAIN=value with spaces   # and a comment
export QUOTED="two\\nlines and $HOME"
SINGLE='as it \\n stands # here'
MULTI='first
second'
EMPTY=
LAST=x
HASH='a#b'
  INDENTED = spaced\r
"""


def test_dotenv_is_read_as_it_is_written(command):
    source = command.folder / ".env"
    source.write_text(DOTENV, newline="")
    words = ("--format", "dotenv", "--namespace", "n")
    assert command.text("import", source, *words).startswith("imported 8, replaced 0")
    expected = {
        "PLAIN": "value with spaces",
        "QUOTED": "two\nlines and $HOME",
        "SINGLE": "as it \\n stands # here",
        "MULTI": "first\nsecond",
        "EMPTY": "",
        "HASH": "a#b",
        "INDENTED": "spaced",
    }
    values = json.loads(command.text("export", "--format", "json", "--namespace", "n"))
    assert {name: values[name] for name in expected} == expected
    written = command.folder / "written.env"
    command.run("export", *words, "--output", written)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    command.run("import", written, "--format", "dotenv", "--namespace", "copy")
    assert json.loads(command.text("export", "--format", "json", "--namespace", "copy")) == values


def test_any_text_survives_the_shell(command):
    values = {
        "A": "it's",
        "B": 'a "quoted" \\ backslash',
        "C": "tab\tand $(command) `and` ${this}",
        "D": "\r\n\n",
        "E": " leading and trailing ",
        "F": "ünïcödé ✓",
        "G": "'\"\\\n$",
    }
    for name, value in values.items():
        command.run("put", name, "--namespace", "n", stdin=value.encode())
    script = command.text("export", "--format", "shell", "--namespace", "n")
    shell = subprocess.run(
        ["sh", "-c", script + "env -0"], capture_output=True, check=True, timeout=60
    )
    found = dict(line.split("=", 1) for line in shell.stdout.decode().split("\0") if line)
    assert {name: found[name] for name in values} == values


def test_dotenv_over_existing_secrets(command):
    source = command.folder / ".env"
    source.write_text("A=1\nB=2\n")
    command.run("put", "A", stdin=b"mine")
    words = ("import", source, "--format", "dotenv")
    command.error(*words, code=3)
    command.error(*words, "--dry-run", code=3)
    command.run("get", "B", code=1)
    assert "imported 1, replaced 0, skipped 1" in command.text(*words, "--existing", "skip")
    assert command.text("get", "A") == "mine"
    assert "replaced 2" in command.text(*words, "--existing", "replace", "--dry-run")
    assert command.text("get", "A") == "mine"
    assert "imported 0, replaced 2" in command.text(*words, "--existing", "replace")
    assert command.text("get", "A") == "1"


@pytest.mark.parametrize("form", ["dotenv", "shell", "json"])
def test_plain_text_of_an_empty_namespace_is_refused(command, form):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    command.run("put", "B", "--namespace", "expired", "--ttl", "0ms", stdin=b"1")
    target = command.folder / "out"
    target.write_text("before")
    for name in ("typo", "expired"):
        words = ("export", "--format", form, "--namespace", name)
        message = command.error(*words, "--output", target, code=1)
        assert f'namespace "{name}": expected at least one unexpired secret' in message
    assert '"(default)"' in command.error("export", "--format", form, code=1)
    assert target.read_text() == "before"


def test_import_names_only_the_formats_that_it_reads(command):
    for given in ("dotnev", "shell", "json"):
        message = command.error("import", "-", "--format", given, code=2)
        assert f'--format: expected portable, component or dotenv, got "{given}"' in message


def test_one_row_is_one_row(command):
    command.run("put", "A", stdin=b"1")
    rows = command.run("export").stdout
    message = command.run("import", "-", stdin=rows, code=3).stderr.decode()
    assert "1 row was refused, so nothing was imported" in message


def test_options_that_do_not_go_together(command):
    command.run("put", "A", stdin=b"1")
    for words in (
        ("import", "-", "--format", "shell"),
        ("import", "-", "--format", "dotenv", "--partial"),
        ("import", "-", "--namespace", "n"),
        ("import", "-", "--existing", "maybe"),
        ("export", "--format", "yaml"),
        ("export", "--only", "A"),
        ("export", "--format", "json", "--partial"),
    ):
        command.error(*words, code=2)
    command.error("import", command.folder / "nowhere", code=7)
