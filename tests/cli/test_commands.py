"""The commands: what they print, and their exit codes."""

import json
import pathlib
import re
import time

import pytest

from conftest import OTHER_KEY


def test_put_tells_what_it_did(command):
    assert command.text("put", "A", stdin=b"1") == "created A, revision 1\n"
    assert command.text("put", "A", stdin=b"2") == "updated A, revision 2\n"
    assert re.fullmatch(
        r"updated A, revision 3, expires \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \(in 30 days\)\n",
        command.text("put", "A", "--ttl", "30d", stdin=b"3"),
    )


def test_put_as_json(command):
    result = command.json("put", "A", "--ttl", "1h", stdin=b"1")
    assert result["isNew"] is True and result["revision"] == 1
    assert result["expiresAt"] - result["updatedAt"] == 3600000


def test_put_keeps_and_clears_metadata_and_expiry(command):
    command.run("put", "A", "--metadata", '{"o":1}', "--ttl", "1h", stdin=b"1")
    command.run("put", "A", stdin=b"2")
    kept = command.json("get", "A")
    assert kept["metadata"] == {"o": 1} and kept["expiresAt"] is not None
    command.run("put", "A", "--no-metadata", "--no-expiry", stdin=b"3")
    cleared = command.json("get", "A")
    assert cleared["metadata"] is None and cleared["expiresAt"] is None


def test_numbers_in_metadata_are_printed_as_they_are_held(command):
    numbers = '{"a":100000000000000000000,"b":9223372036854776000,"c":9223372036854775807,"d":0.1}'
    command.run("put", "A", "--metadata", numbers, stdin=b"1")
    assert command.json("get", "A")["metadata"] == {
        "a": 1e20, "b": 2.0**63, "c": 2**63 - 1, "d": 0.1,
    }
    error = command.error("put", "A", "--metadata", '{"a":18446744073709551615}', stdin=b"1", code=2)
    assert "would lose digits" in error
    assert command.json("get", "A")["revision"] == 1


def test_namespaces_are_apart(command):
    command.run("put", "A", "--namespace", "x", stdin=b"1")
    command.run("get", "A", code=1)
    assert command.text("get", "A", "--namespace", "x") == "1"


def test_get_of_a_missing_secret(command):
    command.run("put", "B", stdin=b"1")
    assert command.error("get", "A", code=1) == 'secretstore: secret "A": not found (not_found)\n'


def test_get_of_an_expired_secret(command):
    command.run("put", "A", "--ttl", "1ms", stdin=b"1")
    time.sleep(0.01)
    assert "(expired)" in command.error("get", "A", code=1)
    assert command.text("has", "A", code=1) == "false\n"


def test_has(command):
    command.run("put", "A", stdin=b"1")
    assert command.text("has", "A") == "true\n"
    assert command.json("has", "A") == {"has": True}
    assert command.json("has", "B", code=1) == {"has": False}


def test_update(command):
    command.run("put", "A", stdin=b"1")
    assert command.text("update", "A", "--metadata", "{}") == "updated A, revision 2\n"
    updated = command.json("update", "A", "--expires-at", "2999-12-31T23:59:59Z")
    assert updated["expiresAt"] == 32503679999000
    assert command.json("update", "A", "--no-expiry")["expiresAt"] is None
    assert command.json("update", "B", "--no-expiry", code=1) == {"updated": False}
    assert "not_found" in command.error("update", "B", "--no-expiry", code=1)
    assert "none of them" in command.error("update", "A", code=2)


def test_rm(command):
    command.run("put", "A", stdin=b"1")
    command.run("rm", "A", "--if-revision", "7", code=3)
    assert command.text("rm", "A") == "removed A\n"
    assert "not_found" in command.error("rm", "A", code=1)
    assert command.json("rm", "A", code=1) == {"removed": False}


def test_compare_and_swap(command):
    command.run("put", "A", "--create-only", stdin=b"1")
    assert "(conflict)" in command.error("put", "A", "--create-only", stdin=b"2", code=3)
    command.run("put", "A", "--if-revision", "1", stdin=b"2")
    command.run("put", "A", "--if-revision", "1", stdin=b"3", code=3)
    assert command.text("get", "A") == "2"


def test_ls_is_an_aligned_table(command):
    command.run("put", "SHORT", stdin=b"1")
    command.run("put", "LONGER_NAME", "--metadata", '{"o":"x"}', stdin=b"1")
    lines = command.text("ls").splitlines()
    assert lines[0].split() == ["NAME", "REVISION", "UPDATED", "EXPIRES", "STATE", "KEY", "METADATA"]
    assert [line.split()[0] for line in lines[1:]] == ["LONGER_NAME", "SHORT"]
    column = lines[0].index("REVISION")
    assert all(line[column] == "1" and line[column - 1] == " " for line in lines[1:])
    assert "\033" not in "".join(lines)


def test_ls_pages(command):
    for i in range(5):
        command.run("put", f"S{i}", stdin=b"v")
    first = command.run("ls", "--limit", "2", "--order", "asc")
    assert [line.split()[0] for line in first.stdout.decode().splitlines()[1:]] == ["S0", "S1"]
    cursor = re.search(rb"--cursor (\S+),", first.stderr).group(1).decode()
    rest = command.json("ls", "--order", "asc", "--cursor", cursor)
    assert [item["name"] for item in rest["items"]] == ["S2", "S3", "S4"]
    assert rest["isDone"] is True and rest["continueCursor"] is None
    whole = command.json("ls", "--all", "--order", "asc")
    assert [item["name"] for item in whole["items"]] == [f"S{i}" for i in range(5)]
    assert "invalid_argument" in command.error("ls", "--cursor", cursor, code=2)


def test_ls_as_json_tells_everything_but_the_value(command):
    command.run("put", "A", "--namespace", "n", "--metadata", '{"k":1}', stdin=b"geheim")
    done = command.run("ls", "--namespace", "n", "--json")
    assert b"geheim" not in done.stdout
    (item,) = json.loads(done.stdout)["items"]
    assert set(item) == {
        "secretId", "namespace", "name", "metadata", "createdAt", "updatedAt", "expiresAt",
        "effectiveState", "keyVersion", "revision",
    }
    assert item["metadata"] == {"k": 1} and item["effectiveState"] == "active"


def test_namespaces(command):
    command.run("put", "A", stdin=b"1")
    command.run("put", "A", "--namespace", "x:y", stdin=b"1")
    assert [line.split() for line in command.text("namespaces").splitlines()] == [
        ["NAMESPACE", "SECRETS"], ["(default)", "1"], ["x:y", "1"],
    ]
    assert command.json("namespaces")["items"] == [
        {"namespace": None, "secretCount": 1}, {"namespace": "x:y", "secretCount": 1},
    ]


def test_events(command):
    command.run("put", "A", "--actor", "alice", stdin=b"1")
    command.run("put", "B", stdin=b"1")
    command.run("rm", "A", "--actor", "bob")
    lines = [line.split() for line in command.text("events").splitlines()]
    assert [(l[0], l[3], l[4]) for l in lines[1:]] == [("3", "deleted", "A"), ("2", "created", "B"), ("1", "created", "A")]
    items = command.json("events", "--name", "A", "--order", "asc")["items"]
    assert [(e["type"], e["actor"]) for e in items] == [("created", "alice"), ("deleted", "bob")]
    assert items[1]["metadata"] == {"deletedReason": "explicit_remove"}
    assert len(command.json("events", "--type", "created")["items"]) == 2
    by_id = command.json("events", "--secret-id", items[0]["secretId"])["items"]
    assert [e["sequence"] for e in by_id] == [3, 1]
    assert "invalid_argument" in command.error("events", "--name", "A", "--type", "created", code=2)


def test_control_characters_do_not_reach_the_terminal(command):
    command.run("put", "A", "--metadata", '{"x":"\\u001b[31m \u0085"}', stdin=b"1")
    assert "\033" not in command.text("ls") and "\u0085" not in command.text("ls")


@pytest.mark.parametrize(
    "words,hint",
    [
        (["put", "A", "--ttl", "30"], "unit"),
        (["put", "A", "--ttl", "d"], "unit"),
        (["put", "A", "--ttl", "-1d"], "unit"),
        (["put", "A", "--ttl", "99999999999999999d"], "unit"),
        (["put", "A", "--ttl", "1h", "--no-expiry"], "got 2"),
        (["put", "A", "--metadata", "{}", "--no-metadata"], "got both"),
        (["put", "A", "--metadata", "nope"], "JSON object"),
        (["put", "A", "--if-revision", "x"], "--if-revision"),
        (["put", "A", "--if-revision", "1", "--create-only"], "got both"),
        (["put", "A", "--expires-at", "2030-01-01T00:00:00Z"], "--expires-at"),
        (["put", ""], "1 to 512 bytes"),
        (["put", "a\nb"], "control"),
        (["put", "A", "--namespace", ""], "namespace"),
        (["put", "A", "--actor", ""], "actor"),
        (["update", "A", "--expires-at", "tomorrow"], "UTC"),
        (["update", "A", "--expires-at", "2030-02-31T00:00:00Z"], "UTC"),
        (["ls", "--limit", "0"], "1 to 1000"),
        (["ls", "--limit", "1001"], "1 to 1000"),
        (["ls", "--limit", "5", "--all"], "got both"),
        (["ls", "--order", "up"], "asc or desc"),
        (["ls", "--cursor", "zzz"], "cursor"),
        (["ls", "A"], "no name"),
        (["events", "--type", "opened"], "created, updated"),
        (["get", "A", "--bogus"], "--bogus"),
        (["get", "A", "--namespace"], "argument after it"),
        (["get"], "NAME"),
    ],
)
def test_mistakes_are_explained(command, words, hint):
    command.run("put", "X", stdin=b"v")
    # The mistaken word must be the last one, where it lacks its argument.
    front = ["--store", command.store, "--keys-file", command.keys_file]
    done = command.bare(words[0], *front, *words[1:], stdin=b"v")
    assert done.returncode == 2 and done.stdout == b""
    assert hint in done.stderr.decode()


def test_errors_as_json(command):
    done = command.run("get", "A", "--json", code=7)
    assert json.loads(done.stderr) == {
        "error": {"code": "not_found", "message": json.loads(done.stderr)["error"]["message"]}
    }
    assert str(command.store) in json.loads(done.stderr)["error"]["message"]


def test_only_put_creates_a_store(command):
    for words in (["get", "A"], ["has", "A"], ["update", "A", "--no-expiry"], ["rm", "A"], ["ls"],
                  ["namespaces"], ["events"]):
        command.run(*words, code=7)
        assert not command.store.exists()
    command.run("put", "A", stdin=b"v")
    assert command.store.exists()


def test_a_file_that_is_no_store(command):
    command.store.write_text("This is a text file, certainly no database of ours." * 20)
    assert "storage_corrupt" in command.error("ls", code=5)


def test_tampering_is_an_integrity_failure(command):
    import sqlite3

    command.run("put", "A", stdin=b"v")
    with sqlite3.connect(command.store) as database:
        database.execute("UPDATE secret SET revision = 2")
    database.close()
    assert "decryption_failed" in command.run("get", "A", code=5).stderr.decode()


COMMANDS = (
    "keygen", "put", "get", "has", "update", "rm", "ls", "namespaces", "events", "backup",
    "cleanup", "keys", "keys admit", "keys retire", "restore", "rotate", "verify", "accept",
    "audit head", "audit anchor", "import", "export", "exec", "settings", "stats", "maintain", "policy check", "policy types", "policy test", "policy try", "completion",
    "man",
)


def test_help_lists_every_command_and_option(command):
    overview = command.bare("help").stdout.decode()
    listed = re.search(r"\ncommands:\n(.*?)\n\n", overview, re.S).group(1).splitlines()
    assert len([line for line in listed if not line.startswith("  help")]) == len(COMMANDS)
    for name in COMMANDS:
        assert re.search(rf"^  {name}\b", overview, re.M)
        page = command.bare(*name.split(), "--help")
        assert page.returncode == 0
        assert page.stdout == command.bare("help", *name.split()).stdout
        text = page.stdout.decode()
        assert f"usage: secretstore {name}" in text and "examples:\n  secretstore " in text.replace("printf %s \"$TOKEN\" | ", "")
    assert "  5  integrity" in command.bare("help", "exit-codes").stdout.decode()
    assert command.bare("version").stdout.startswith(b"secretstore ")
    assert command.bare().returncode == 2
    assert command.bare("frobnicate").returncode == 2


def test_a_second_word_that_is_none(command):
    for words, expected in (
        (["keys", "retir"], 'no command "keys retir"; there are: keys, keys admit, keys retire'),
        (["audit"], 'no command "audit"; there are: audit head, audit anchor'),
        (["audit", "--json"], "there are: audit head, audit anchor"),
        (["policy", "chek", "x.lua"], 'no command "policy chek"; there are: policy check, '),
        (["help", "keys", "admitt"], 'no command "keys admitt"; there are: keys, '),
        (["help", "audit"], "there are: audit head, audit anchor"),
        (["stats", "x"], 'expected no name, got "x"'),
        (["audits"], "`secretstore help` lists them"),
    ):
        done = command.bare(*words)
        assert done.returncode == 2 and expected in done.stderr.decode(), words


REFERENCE = pathlib.Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_reference_says_which_commands_take_a_store_and_a_namespace(command):
    pages = {name: command.bare("help", *name.split()).stdout.decode() for name in COMMANDS}
    sentences = re.search(r"What works on a store (.*?): all but (.*?)\. What works in a namespace"
                          r"(.*?): (?=`put`)(.*?)\.\n", REFERENCE.read_text(), re.S)  # fmt: skip
    storeless, in_a_namespace = (
        set(re.findall(r"`([^`]*)`", sentences.group(i).replace("\n", " "))) for i in (2, 4)
    )
    assert {name for name, page in pages.items() if "--store FILE" not in page} == storeless
    assert {name for name, page in pages.items() if "--namespace NS" in page} == in_a_namespace


def test_the_reference_names_every_command_and_its_options(command):
    text = REFERENCE.read_text()
    rows = re.findall(r"^\| `([^`]*)` \|", text, re.M)
    for name in COMMANDS:
        assert any(row == name or row.startswith(f"{name} ") for row in rows), name
    options = set(re.findall(r"^  (--[a-z-]+)", "".join(
        command.bare("help", *name.split()).stdout.decode() for name in COMMANDS), re.M))  # fmt: skip
    assert {option for option in options if not re.search(rf"{option}\b", text)} == set()


def test_the_exit_codes_are_those_of_the_reference(command):
    table = re.findall(r"^\| (\d) \| (.*) \|$", REFERENCE.read_text(), re.M)
    printed = command.bare("help", "exit-codes").stdout.decode().splitlines()[1:]
    assert len(table) == 10
    assert [f"  {code}  {meaning.replace('`', '')}" for code, meaning in table] == printed


def test_no_keys_are_a_mistake_in_the_call(command):
    command.run("put", "A", stdin=b"v")
    done = command.bare("get", "A", "--store", command.store)
    assert done.returncode == 2 and b"expected keys in --keys-file FILE" in done.stderr


def test_options_may_stand_before_the_name(command):
    command.run("put", "--ttl", "1h", "A", stdin=b"v")
    assert command.json("get", "A")["expiresAt"] is not None


@pytest.mark.parametrize(
    "words, message",
    [
        (["keygen", "--output", "keys", "--f"], "option --f: not one that this command takes; did you mean --force?"),
        (["keygen", "--out", "fresh"], "option --out: not one that this command takes; did you mean --output?"),
        (["keygen", "--forse"], "did you mean --force?"),
        (["keygen", "--frobnicate"], "option --frobnicate: not one that this command takes ("),
        (["keygen", "--outp=fresh"], "option --outp: not one"),
        (["keygen", "--force=yes"], "option --force: expected no argument"),
        (["keygen", "--output"], "option --output: expected an argument after it"),
        (["put", "A", "--value=geheim"], "option --value: not one that this command takes"),
        (["put", "A", "-pgeheim"], "expected options that begin with two dashes"),
    ],
)  # fmt: skip
def test_an_option_is_written_out_or_refused(command, words, message):
    before = command.keys_file.read_text()
    words = [command.keys_file if word == "keys" else word for word in words]
    done = command.bare(*words)
    assert done.returncode == 2 and message in done.stderr.decode()
    assert "geheim" not in done.stderr.decode()
    assert command.keys_file.read_text() == before


def test_an_argument_may_stand_behind_an_equals_sign_and_begin_with_dashes(command):
    command.run("put", "A", "--metadata={\"a\":\"=\"}", stdin=b"v")
    assert command.json("get", "A")["metadata"] == {"a": "="}
    done = command.bare("put", "--store", command.store, "--keys-file", command.keys_file,
                        "--actor", "--force", "--", "--B", stdin=b"v")  # fmt: skip
    assert done.stdout == b"created --B, revision 1\n"
    assert command.json("events", "--name", "--B")["items"][0]["actor"] == "--force"


def test_the_store_may_come_from_the_environment(command):
    command.run("put", "A", stdin=b"v")
    done = command.bare("get", "A", "--keys-file", command.keys_file,
                        environment={"SECRET_STORE_PATH": str(command.store)})
    assert done.stdout == b"v"
    missing = command.bare("get", "A", "--keys-file", command.keys_file)
    assert missing.returncode == 2 and b"SECRET_STORE_PATH" in missing.stderr


def test_verbose_prints_the_log_without_values(command):
    done = command.run("put", "A", "--verbose", stdin=b"geheim")
    assert b"put: ok" in done.stderr and b"geheim" not in done.stderr


def test_another_key_under_the_same_version(command):
    command.run("put", "A", stdin=b"v")
    command.keys_file.write_text(f"1:{OTHER_KEY}\n")
    message = command.error("get", "A", code=4)
    assert "key_mismatch" in message and OTHER_KEY not in message


def test_a_secret_whose_key_is_gone(command):
    command.run("put", "A", stdin=b"v")
    command.keys_file.write_text(f"2:{OTHER_KEY}\n")
    assert "key_version_unavailable" in command.error("get", "A", code=4)
