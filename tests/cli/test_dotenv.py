"""Reading and writing .env files, beside the readers that others use: script/cli-tools installs them."""

import json
import os
import random
import re
import subprocess

import pytest

TOOLS = os.environ["SECRETSTORE_CLI_TOOLS"]
READERS = os.path.join(os.path.dirname(__file__), "readers")
NAME = re.compile(r"\w+$")
WORDS = ("--format", "dotenv")


def output_of(*words):
    done = subprocess.run(words, capture_output=True, check=True, timeout=120)
    return json.loads(done.stdout)


def read_elsewhere(paths):
    """What each reader makes of each file, by the reader's name."""
    paths = [str(path) for path in paths]
    python = output_of(f"{TOOLS}/venv/bin/python", f"{READERS}/python.py", *paths)
    node = output_of("node", f"{READERS}/node.js", TOOLS, *paths)
    # Node leaves in a name what stands before it: tabs, empty lines with blanks, a byte order mark.
    node[0] = [{NAME.search(n.strip()).group(): v for n, v in one.items()} for one in node[0]]
    names = ("python-dotenv", "python-dotenv expanding", "node", "dotenv", "dotenv 16")
    return dict(zip(names, [*python, *node]))


def read_with_bash(path):
    done = subprocess.run(
        ["bash", "--norc", "-c", 'set -a; . "$1"; env -0', "bash", str(path)],
        capture_output=True,
        check=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)


# ---- Writing -------------------------------------------------------------------------------


def is_written(value):
    """What the documentation says about values that no form holds for all readers."""
    return not (
        "\r" in value
        or ("'" in value and any(c in value for c in '$`\\"\n'))
        or "\\\\" in value
        or value.endswith("\\")
    )


def nasty_values(count):
    choose = random.Random(20270131)
    pieces = list("''\"`$$\\\\#\n\n\t =;&|<>()[]{}*?!~%^,:abn0") + [
        "\\n", "\\t", "${HOME}", "$HOME", "$(id)", "`id`", " # ", "export ", "\r\n", "é", "\u2028",
        "\x85", "\xa0", "\ufeff", "\x01", "\x7f", "\x0b", "\x1b[0m", "A=", "🔒", "'", "\n\n",
    ]  # fmt: skip
    return ["".join(choose.choices(pieces, k=choose.randint(1, 12))) for _ in range(count)]


FIXED_VALUES = [
    "", "plain", "it's", "say \"hi\"", "#x", " padded ", "$2y$10$abc", "C:\\new\\table", "a\nb\n",
    '{"key":"-----BEGIN X-----\\nAB+/=\\n-----END X-----\\n"}', "back`tick", "a#b", "a # b", "\n", "'",
    "''", "\\n", "a\\\nb", "\t", "=", "export A=1", "~", "!x", "it's!", "it's #1",
]  # fmt: skip


def test_what_is_written_reads_the_same_everywhere(command):
    values = {f"V{i}": value for i, value in enumerate(FIXED_VALUES + nasty_values(90))}
    written = {}
    for name, value in values.items():
        command.run("put", name, "--allow-empty", stdin=value.encode())
    for name, value in values.items():
        path = command.folder / f"{name}.env"
        code = 0 if is_written(value) else 2
        done = command.run("export", *WORDS, "--only", name, "--output", path, code=code)
        if code == 0:
            written[name] = path
        else:
            assert not path.exists() and f'"{name}" in a .env file' in done.stderr.decode()
    assert len(written) > 60 and len(values) - len(written) > 20, len(written)
    whole = command.folder / "whole.env"
    command.run("export", *WORDS, "--only", ",".join(written), "--output", whole)
    expected = {name: values[name] for name in written}
    for reader, results in read_elsewhere([whole, *written.values()]).items():
        # Its default expands ${...}, in any quotes: the command warns of it.
        kept = [n for n in written if reader != "python-dotenv expanding" or "${" not in values[n]]
        assert {n: results[0][n] for n in kept} == {n: expected[n] for n in kept}, reader
        for name, result in zip(written, results[1:]):
            assert name not in kept or result == {name: values[name]}, reader
    assert {n: v for n, v in read_with_bash(whole).items() if n in written} == expected
    for name, path in written.items():
        assert read_with_bash(path)[name] == values[name]
    command.run("import", whole, *WORDS, "--namespace", "copy")
    copied = json.loads(command.text("export", "--format", "json", "--namespace", "copy"))
    assert copied == expected


def test_a_value_that_a_reader_would_expand_is_warned_of(command):
    command.run("put", "A", stdin=b"${HOME}")
    command.run("put", "B", stdin=b"$HOME")
    done = command.run("export", *WORDS)
    assert done.stdout == b"A='${HOME}'\nB='$HOME'\n"
    assert done.stderr.decode().count("warning") == 1 and '"A"' in done.stderr.decode()


@pytest.mark.parametrize("name", ["_", "UID", "RANDOM", "SECONDS", "LINENO", "__proto__"])
def test_a_name_that_a_reader_keeps_for_itself_is_refused(command, name):
    command.run("put", name, stdin=b"x")
    for form in ("dotenv", "shell"):
        assert f"--map '{name}=NAME'" in command.error("export", "--format", form, code=2)
    assert json.loads(command.text("export", "--format", "json")) == {name: "x"}
    assert command.text("export", *WORDS, "--map", f"{name}=OTHER") == "OTHER=x\n"


def test_bytes_that_are_no_text_are_refused(command):
    command.run("put", "A", stdin=b"\xff")
    assert "UTF-8" in command.error("export", *WORDS, code=2)


def test_nothing_is_written_when_a_value_is_refused(command):
    command.run("put", "A", stdin=b"fine")
    command.run("put", "B", stdin=b"c:\\\\x")
    target = command.folder / "out.env"
    target.write_text("before")
    message = command.error("export", *WORDS, "--output", target, code=2)
    assert '"B"' in message and "two backslashes" in message and "c:" not in message
    assert target.read_text() == "before"
    assert command.error("export", *WORDS, code=2) == message


# ---- Reading -------------------------------------------------------------------------------

AGREED = [
    ("A=1\nB = 2 \n", {"A": "1", "B": "2"}),
    ("# a comment with 'quotes\n\n  \nA=x\n", {"A": "x"}),
    ("export A=1\nexport  B='2'\n", {"A": "1", "B": "2"}),
    ("A=value with spaces   # and a comment\n", {"A": "value with spaces"}),
    ("A=\nB=''\nC=\"\"\nD=x", {"A": "", "B": "", "C": "", "D": "x"}),
    ("A='as it \\n stands # here $HOME ${HOME}'\n", {"A": "as it \\n stands # here $HOME ${HOME}"}),
    ("A='first\nsecond' # c\nB=\"x\n\ny\"\n", {"A": "first\nsecond", "B": "x\n\ny"}),
    ('A="two\\nlines $HOME \'x\' `y` \\d"\n', {"A": "two\nlines $HOME 'x' `y` \\d"}),
    ("A='x'#c\nB=it's\nC=$2y$10$abc\nD=c:\\temp\n",
     {"A": "x", "B": "it's", "C": "$2y$10$abc", "D": "c:\\temp"}),
    ("A=1\r\nB='x\r\ny'\r\n", {"A": "1", "B": "x\ny"}),
    ("  A=1\n\tB\t=a\tb # c\nexport\tC='3'\t# c\n", {"A": "1", "B": "a\tb", "C": "3"}),
    ("A=1\n \t\n  # c\nB=2\n", {"A": "1", "B": "2"}),
    ("\ufeffA=1\n", {"A": "1"}),
]  # fmt: skip


@pytest.mark.parametrize("text, expected", AGREED)
def test_what_readers_agree_on_is_read_so(command, text, expected):
    source = command.folder / ".env"
    source.write_bytes(text.encode())
    command.run("import", source, *WORDS)
    assert json.loads(command.text("export", "--format", "json")) == expected
    for reader, (result,) in read_elsewhere([source]).items():
        if reader == "python-dotenv expanding" and "${" in text:
            continue
        assert result == expected, reader


@pytest.mark.parametrize(
    "text, message",
    [
        ("no equals sign\n", "line 1: expected NAME=value"),
        ("A=1\n9B=2\n", "line 2: expected a name of letters"),
        ("A=1\n\nA=2\n", "line 3: expected each name once"),
        ("A='open\n\n", "line 1: expected a closing quote"),
        ('A="x" y\n', "line 1: expected the end of the line"),
        ("=1\n", "line 1: expected NAME=value"),
        ("A=a#b\n", "line 1: expected a blank before #"),
        ("A=1\nB=#x\n", "line 2: expected a value before #"),
        ("A= # x\n", "line 1: expected a value before #"),
        ("A=`x`\n", "line 1: expected single or double quotes, got a backtick"),
        ("A=${B}\n", "line 1: expected no ${...}"),
        ('A="\n${B}"\n', "line 2: expected no ${...}"),
        ('A="a\\tb"\n', "line 1: expected \\n as the only escape"),
        ('A="a\\"b"\n', "line 1: expected \\n as the only escape"),
        ('A="\\$HOME"\n', "line 1: expected \\n as the only escape"),
        ("A='a\\\\b'\n", "line 1: expected no backslash before"),
        ("A='it\\'s'\n", "line 1: expected no backslash before"),
        ("A='\n\nc:\\'\n", "line 3: expected no backslash before"),
        ("A=\tx\n", "line 1: expected spaces around the value"),
        ("A=1\nB=2\t# c\n", "line 2: expected spaces around the value"),
        ("A=1\rB=2\n", "line 1: expected lines that end in LF or CRLF"),
        ("A=1\n'x\ry'\n", "line 2: expected lines that end in LF or CRLF"),
        ("A=x\u00a0\n", "line 1: expected spaces and tabs only"),
        ("A=1\n# x\u2028B=2\n", "line 2: expected spaces and tabs only"),
    ],
)  # fmt: skip
def test_a_line_that_readers_differ_on_is_named_and_nothing_stored(command, text, message):
    source = command.folder / ".env"
    source.write_bytes(text.encode())
    assert message in command.error("import", source, *WORDS, code=2)
    assert not list(command.folder.glob("*store.db*"))


@pytest.mark.parametrize("text", ["", "\n \n", "# a comment\n"], ids=["empty", "blank", "comment"])
def test_a_file_without_a_line_is_refused(command, text):
    done = command.run("import", "-", *WORDS, stdin=text.encode(), code=2)
    expected = "standard input: expected at least one NAME=value line, got none (invalid_argument)"
    assert done.stderr.decode() == f"secretstore: {expected}\n" and done.stdout == b""
    assert not command.store.exists()


def test_a_secret_that_is_there_is_named_with_its_line(command):
    source = command.folder / "t.env"
    source.write_text("# two\nA=1\n\nB=2\n")
    command.run("put", "B", stdin=b"mine")
    for words in ([], ["--dry-run"]):
        message = command.error("import", source, *WORDS, *words, code=3)
        expected = f'{source}, line 4: expected a secret that is not there yet, got "B", which is'
        assert message == f"secretstore: {expected}; see --existing (conflict)\n"
    command.run("get", "A", code=1)


@pytest.mark.parametrize("refuses", ["name = s.string():max_length(2)", "value = { max_length = 2 }"])
def test_a_line_that_the_policy_refuses_is_named(command, refuses):
    policy = command.folder / "policy.lua"
    policy.write_text(f'local s = require "schema"\nreturn {{ {refuses} }}')
    words = (*WORDS, "--policy", policy)
    message = command.error("import", "-", *words, stdin=b"A=v\nLONG=geheim\n", code=6)
    assert 'standard input, line 2, "LONG": ' in message and "(policy_denied)" in message
    assert "request" not in message and "geheim" not in message


@pytest.mark.parametrize("text", ["A=1\n", "# c\n", "\n  export A=1\n", "_A=1\n"])
def test_a_file_that_looks_like_a_dotenv_file_is_told_its_format(command, text):
    source = command.folder / "t.env"
    source.write_text(text)
    for words in ([], ["--dry-run"], ["--json"]):
        assert "--format dotenv" in command.error("import", source, *words, code=2)


def test_bytes_that_are_no_text_are_not_read(command):
    source = command.folder / ".env"
    source.write_bytes(b"A=\xff\n")
    assert "UTF-8" in command.error("import", source, *WORDS, code=2)


def random_texts(count):
    choose = random.Random(20270201)
    pieces = list("'\"`$\\# \t=ab") + [
        "\n", "\nB=", "\nC='", "\nexport D=", "\r\n", "\r", "'x'", '"y"', "\\n", "\\t", "\\\\", "\\'",
        '\\"', "${a}", " # c", "\n# it's\n", "'\nE=", "\"\nF=", "\xa0", "\u2028", "\x0b", "\\\n", ": ",
    ]  # fmt: skip
    starts = ["A=", "A='", 'A="', "export A=", "A =", "  A= ", "# c\nA=", "A=1\nB="]
    ends = ["", "\n", "'", '"', "'\n", '"\n', "' # c\n"]
    return [
        choose.choice(starts)
        + "".join(choose.choices(pieces, k=choose.randint(0, 8)))
        + choose.choice(ends)
        for _ in range(count)
    ]


def test_no_text_is_read_otherwise_than_by_the_others(command):
    accepted = {}
    for i, text in enumerate(random_texts(150)):
        source = command.folder / f"{i}.env"
        source.write_bytes(text.encode())
        words = ("--store", command.store, "--keys-file", command.keys_file, "--namespace", f"n{i}")
        done = command.bare("import", source, *WORDS, *words)
        assert done.returncode in (0, 2), (text, done.stderr)
        if done.returncode == 0:
            values = command.text("export", "--format", "json", "--namespace", f"n{i}")
            accepted[source] = json.loads(values)
    assert 15 < len(accepted) < 135
    for reader, results in read_elsewhere(accepted).items():
        if reader == "python-dotenv expanding":
            continue
        for (source, expected), result in zip(accepted.items(), results):
            assert result == expected, (reader, source.read_bytes())
