"""Policies from the command line: check, types, test, try, and --policy on every command."""

import json
import pathlib
import sqlite3

import pytest

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "policies"
POLICIES = sorted(path for path in EXAMPLES.glob("*.lua") if not path.stem.endswith("_test"))
WORKSPACES = EXAMPLES / "workspaces.lua"


def test_there_are_at_least_five_examples():
    assert len(POLICIES) >= 5


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_example_passes_its_tests(command, path):
    done = command.bare("policy", "test", path)
    assert done.returncode == 0, done.stdout
    passed = int(done.stdout.split()[0])
    assert passed >= 8 and done.stdout.endswith(b" passed, 0 failed\n")


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_example_yields_types(command, path):
    for language in ("typescript", "python", "json-schema"):
        done = command.bare("policy", "types", path, "--language", language)
        assert done.returncode == 0, done.stderr
        if language == "json-schema":
            assert "Namespace" in json.loads(done.stdout)["$defs"]
        if language == "python":
            compile(done.stdout, path.stem, "exec")


def write(command, name, text):
    path = command.folder / name
    path.write_text(text)
    return path


def test_check_says_what_is_allowed_or_what_is_wrong(command):
    assert "namespace:" in command.bare("policy", "check", WORKSPACES).stdout.decode()
    broken = write(command, "broken.lua", "return {\n  authorise = 1,\n}\n")
    done = command.bare("policy", "check", broken)
    assert done.returncode == 6
    assert 'did you mean "authorize"?' in done.stderr.decode()
    assert command.bare("policy", "check", command.folder / "nowhere.lua").returncode == 7
    assert command.bare("policy", "types", WORKSPACES).returncode == 2
    assert command.bare("policy", "types", WORKSPACES, "--language", "cobol").returncode == 2


def test_a_failing_case_is_named(command):
    policy = write(command, "p.lua", "return { authorize = function() return false, 'no' end }\n")
    write(
        command,
        "p_test.lua",
        'expect_denied { name = "A", "no" }\n'
        'expect_allowed { name = "A" }\n'
        'expect_denied { name = "A", "another reason" }\n',
    )
    done = command.bare("policy", "test", policy)
    assert done.returncode == 6
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "p_test.lua:2: expected it to be allowed, but: no (policy_denied)"
    assert lines[1] == 'p_test.lua:3: expected "another reason" as the reason, got "no"'
    assert lines[2] == "1 passed, 2 failed"
    result = json.loads(command.bare("policy", "test", policy, "--json").stdout)
    assert (result["passed"], result["failed"]) == (1, 2)
    typo = write(command, "typo.lua", 'expect_allowed { nmae = "A" }\n')
    done = command.bare("policy", "test", policy, "--cases", typo)
    assert done.returncode == 2 and 'no field "nmae"' in done.stderr.decode()
    raising = write(command, "raising.lua", "error('x')\n")
    assert command.bare("policy", "test", policy, "--cases", raising).returncode == 6


def test_a_policy_judges_every_command(command):
    words = ("--namespace", "acme:testing", "--policy", WORKSPACES)
    put = ("put", "API_KEY", *words, "--metadata", '{"owner":"ANA"}')
    command.run(*put, "--actor", "ana", "--context", "host=h1", stdin=b"12345678")
    assert command.json("get", "API_KEY", *words)["metadata"] == {"owner": "ana"}
    assert "expected at least 8 bytes" in command.error(*put, stdin=b"short", code=6)
    assert "only ops removes" in command.error("rm", "API_KEY", *words, code=6)
    command.error("ls", "--policy", WORKSPACES, code=6)
    event = command.json("events", *words)["items"][0]
    assert event["actor"] == "ana" and event["metadata"]["host"] == "h1"
    assert len(event["metadata"]["policyHash"]) == 64
    command.run("rm", "API_KEY", *words, "--actor", "ops")
    assert "nothing was tampered with" in command.text("verify", "--policy", WORKSPACES)


def test_contexts_are_checked(command):
    command.run("put", "A", stdin=b"1")
    assert "expected KEY=VALUE" in command.error("ls", "--context", "host", code=2)
    assert "each key once" in command.error("ls", "--context", "a=1", "--context", "a=2", code=2)
    command.run("ls", "--context", "a=1", "--context", "b=x=y")


def test_try_lists_what_would_be_refused(command):
    command.run("put", "lower", "--namespace", "acme:testing", stdin=b"12345678")
    command.run("put", "GOOD", "--namespace", "acme:testing", "--metadata", '{"owner":"a"}', stdin=b"12345678")
    command.run("put", "GOOD2", "--namespace", "acme:testing", "--metadata", '{"owner":"a"}', stdin=b"123")
    command.run("rm", "lower", "--namespace", "acme:testing", "--actor", "eve")
    result = command.json("policy", "try", WORKSPACES)
    assert result["secretsTried"] == 2 and result["eventsTried"] == 4
    reasons = [(r["name"], r["sequence"], r["operation"], r["actor"]) for r in result["refusals"]]
    assert ("GOOD2", None, "put", None) in reasons
    assert ("lower", 1, "put", None) in reasons and ("lower", 4, "remove", "eve") in reasons
    assert result["refused"] == len(reasons) == 3
    assert "as it is" in command.text("policy", "try", WORKSPACES)
    with sqlite3.connect(command.store) as database:
        assert database.execute("SELECT count(*) FROM event").fetchone() == (4,)
    database.close()


def test_a_policy_that_does_not_load_opens_nothing(command):
    broken = write(command, "broken.lua", "return 7\n")
    assert "expected the file to return a table" in command.error(
        "put", "A", "--policy", broken, stdin=b"1", code=6
    )
    assert not command.store.exists()
