"""docs/operations.md: every shell command in it is run, and prints what it says.

The blocks are run in their order, in one scratch folder, with one environment. A block is

- `sh`: run by `sh -eu`, which ends at the first command that fails. The block's exit code must be 0, or
  that of a comment `# exit N` at the end of its last line, so that such a command stands in a block of
  its own or last in one. What a block exports, those behind it have.
- `crontab`: lines of crontab(5), of which the commands are run likewise.
- `text`: what the block before it prints, on standard output or standard error. Each line must be found
  there, in this order; white space counts as one space, and `...` stands for anything.

A comment `<!-- test: NAME -->` runs the function NAME of this file: what a guide cannot have a reader do.
"""

import pathlib
import re
import sqlite3
import subprocess

import pytest

from conftest import BINARY

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "operations.md"
READER = GUIDE.parents[1] / "tools" / "read_store.py"
PARTS = re.compile(r"^ *```(\w+)\n(.*?)^ *```$|^ *<!-- test: (\w+) -->$", re.M | re.S)


def parts():
    """Pairs of a kind and a text: those of the guide."""
    found = []
    for kind, body, name in PARTS.findall(GUIDE.read_text()):
        found.append(("act", name) if name else (kind, re.sub(r"^ +", "", body, flags=re.M)))
    return found


# ---- What somebody does who has no key, and the file -----------------------------------------


def change(folder, sql):
    with sqlite3.connect(folder / "secrets.db") as database:
        database.execute(sql)
    database.close()


def somebody_forges(folder):
    change(folder, "UPDATE secret SET revision = revision + 1 WHERE name = 'API_TOKEN'")


def somebody_removes_events(folder):
    change(folder, "DELETE FROM event WHERE sequence = 1")


ACTS = {act.__name__: act for act in (somebody_forges, somebody_removes_events)}


# ---- Running ---------------------------------------------------------------------------------


class Shell:
    """A folder in which blocks are run, one after the other."""

    def __init__(self, folder):
        self.folder = folder / "scratch"
        self.folder.mkdir()
        (self.folder / READER.name).symlink_to(READER)
        programs = folder / "bin"
        programs.mkdir()
        (programs / "secretstore").symlink_to(BINARY)
        self.environment = {"PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.state = folder / "state"
        self.state.write_text("")

    def run(self, block):
        """Its exit code, and what it printed."""
        script = f". {self.state}\n{block}\nexport -p > {self.state}\n"
        done = subprocess.run(
            ["sh", "-eu", "-c", script], cwd=self.folder, env=self.environment, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.decode()


def expected_code(block):
    found = re.search(r"# exit (\d+)[^\n]*\n\Z", block)
    return int(found.group(1)) if found else 0


def check_printed(block, printed, expected):
    rest = [" ".join(line.split()) for line in printed.splitlines()]
    for line in expected.splitlines():
        words = " ".join(line.split())
        pattern = ".*".join(re.escape(piece.strip()) for piece in words.split("..."))
        while rest and not re.fullmatch(pattern, rest[0]):
            rest.pop(0)
        assert rest, f"{block}\nprinted:\n{printed}\nwithout, in its place: {line}"
        rest.pop(0)


def commands_of(kind, body):
    """The blocks to run."""
    if kind == "crontab":
        return [line.split(maxsplit=5)[5] + "\n" for line in body.splitlines()]
    return [body]


def test_the_guide_does_what_it_says(tmp_path):
    shell = Shell(tmp_path)
    block, printed = "", ""
    for kind, body in parts():
        if kind == "act":
            ACTS[body](shell.folder)
        elif kind == "text":
            check_printed(block, printed, body)
        else:
            for block in commands_of(kind, body):
                code, printed = shell.run(block)
                assert code == expected_code(block), f"{block}\nexit code {code}; printed:\n{printed}"


def test_nothing_that_looks_like_a_command_is_left_out():
    """An indented or unmarked block would not be run."""
    text = GUIDE.read_text()
    kinds = {kind for kind, _ in parts()}
    assert kinds == {"sh", "text", "crontab", "act"}
    outside = PARTS.sub("", text)
    assert "```" not in outside
    assert not re.search(r"^ *(\$ |secretstore )", outside, re.M)
    assert not re.search(r"^    \S", outside, re.M)
    assert sum(kind == "sh" for kind, _ in parts()) > 20


@pytest.mark.parametrize(
    "printed, expected, found",
    [
        ("a\nb\nc\n", "a\nc\n", True),
        ("a\nb\n", "b\na\n", False),
        ("one   two\n", "one ...\n", True),
        ("x one\n", "one\n", False),
        ("a (b)\n", "a (b)\n", True),
        ("", "a\n", False),
    ],
)
def test_what_is_shown_must_be_printed(printed, expected, found):
    if found:
        check_printed("", printed, expected)
    else:
        with pytest.raises(AssertionError):
            check_printed("", printed, expected)


def test_exit_codes_are_read_from_the_last_line():
    assert expected_code("a\nb # exit 5: why\n") == 5
    assert expected_code("a # exit 5\nb\n") == 0
    assert expected_code("a\n") == 0
