"""Which commands make a store, and that only success does."""

import fcntl
import os
import threading

import pytest


def files_of(command):
    """What lies in the folder besides the keys."""
    return sorted(path.name for path in command.folder.iterdir() if path.name != "keys")


READING = (
    ["get", "A"], ["has", "A"], ["update", "A", "--no-expiry"], ["rm", "A"], ["ls"], ["namespaces"],
    ["events"], ["keys"], ["rotate"], ["verify"], ["audit", "head"], ["cleanup", "--secrets", "1d"],
    ["maintain"], ["export"], ["export", "--format", "json"], ["exec", "--", "true"], ["stats"],
)  # fmt: skip


@pytest.mark.parametrize("words", READING, ids=" ".join)
@pytest.mark.parametrize("content", [None, b""], ids=["no file", "an empty file"])
def test_a_command_that_needs_a_store_makes_none(command, words, content):
    if content is not None:
        command.store.write_bytes(content)
    front = [words[0], "--store", command.store, "--keys-file", command.keys_file]
    if words[0] == "audit":
        front = ["audit", "head", *front[1:]]
        words = words[1:]
    done = command.bare(*front, *words[1:])
    assert done.returncode not in (0, 1), done.stdout
    assert files_of(command) == ([] if content is None else ["store.db"])
    assert content is None or command.store.read_bytes() == content


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_that_finds_no_store_says_what_makes_one(command, words):
    done = command.bare(*words[: 2 if words[0] == "audit" else 1], "--store", command.store,
                        "--keys-file", command.keys_file, *words[2 if words[0] == "audit" else 1 :])  # fmt: skip
    expected = f'no store at "{command.store}"; put and import make one (not_found)'
    assert done.stderr.decode() == f"secretstore: {expected}\n" and done.returncode == 7


def test_a_restore_of_no_backup_names_no_other_command(command):
    missing = command.folder / "nowhere.db"
    message = command.error("restore", missing, code=7)
    assert message == f'secretstore: no store at "{missing}" (not_found)\n'


@pytest.mark.parametrize(
    "words",
    [["put", "A"], ["import", "-", "--format", "dotenv"], ["import", "-", "--partial"], ["ls"],
     ["verify"], ["stats"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize(
    "path, code, message",
    [
        (":memory:", 2, "expected a file, since what is in memory ends with this command"),
        ("postgres://nobody:geheim@nowhere/x", 8, "which this build cannot use (unsupported)"),
        ("postgresql://nobody:geheim@nowhere/x", 8, "which this build cannot use (unsupported)"),
    ],
)
def test_what_is_no_place_for_a_store_is_refused_first(command, words, path, code, message):
    done = command.bare(*words, "--store", path, "--keys-file", command.keys_file, stdin=b"A=1")
    assert done.returncode == code and done.stdout == b"", done.stderr
    assert message in done.stderr.decode() and "geheim" not in done.stderr.decode()
    assert files_of(command) == []


REFUSED_PUTS = [
    (["--metadata", "nope"], 2),
    (["--ttl", "30"], 2),
    (["--namespace", ""], 2),
    (["--actor", ""], 2),
    (["--if-revision", "3"], 3),
    (["--policy", "denies.lua"], 6),
    (["--policy", "broken.lua"], 6),
    (["--keys-file", "nowhere"], 7),
]


@pytest.mark.parametrize("words, code", REFUSED_PUTS)
def test_a_refused_put_makes_no_store(command, words, code):
    denies = command.folder / "denies.lua"
    denies.write_text('return { authorize = function() return false, "no" end }')
    (command.folder / "broken.lua").write_text("return {")
    words = [str(command.folder / word) if word.endswith(".lua") else word for word in words]
    before = files_of(command)
    done = command.bare("put", "A", "--store", command.store, "--keys-file", command.keys_file,
                        *words, stdin=b"x")  # fmt: skip
    assert done.returncode == code, done.stderr
    assert files_of(command) == before
    command.store.touch()
    done = command.bare("put", "A", "--store", command.store, "--keys-file", command.keys_file,
                        *words, stdin=b"x")  # fmt: skip
    assert done.returncode == code and command.store.read_bytes() == b""


def test_a_put_into_no_file_or_an_empty_one_makes_a_store(command):
    command.run("put", "A", stdin=b"1")
    assert files_of(command) == ["store.db"]
    command.store = command.folder / "empty.db"
    command.store.touch()
    assert command.text("put", "A", stdin=b"1") == "created A, revision 1\n"
    assert command.text("get", "A") == "1"


def test_a_policy_from_a_pipe_and_keys_from_the_environment_serve_a_new_store(command):
    value = command.folder / "value"
    value.write_bytes(b"v")
    policy = b"return { authorize = function() return true end }"
    done = command.bare("put", "A", "--store", command.store, "--file", value, "--policy", "-",
                        stdin=policy,
                        environment={"SECRET_STORE_KEYS": command.keys_file.read_text().strip()})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert command.text("get", "A") == "v"


def test_a_folder_that_is_not_there_is_an_error_that_names_the_store(command):
    command.store = command.folder / "nowhere" / "store.db"
    assert "nowhere" in command.error("put", "A", stdin=b"1", code=7)


@pytest.mark.parametrize(
    "text, words, code",
    [
        ("A=1\n", ["--dry-run"], 0),
        ("A=1\nA=2\n", [], 2),
        ("", [], 2),
        ("# nothing\n", [], 2),
        ("A=1\n", ["--policy"], 6),
        ("A=1\n", ["--policy", "--dry-run"], 6),
    ],
)
def test_a_dry_or_refused_import_of_dotenv_makes_no_store(command, text, words, code):
    policy = command.folder / "denies.lua"
    policy.write_text('return { authorize = function() return false, "no" end }')
    source = command.folder / ".env"
    source.write_text(text)
    before = files_of(command)
    if "--policy" in words:
        words = ["--policy", policy, *words[1:]]
    command.run("import", source, "--format", "dotenv", *words, code=code)
    assert files_of(command) == before


def test_a_dry_or_refused_import_of_rows_makes_no_store(command):
    command.run("put", "A", stdin=b"1")
    rows = command.folder / "rows"
    command.run("export", "--output", rows)
    changed = command.folder / "changed"
    changed.write_text(rows.read_text().replace('"A"', '"B"'))
    command.store = command.folder / "new.db"
    before = files_of(command)
    assert "would have imported 1" in command.text("import", rows, "--dry-run")
    command.run("import", changed, code=5)
    command.run("import", changed, "--partial", code=5)
    assert files_of(command) == before
    command.run("import", rows)
    assert command.text("get", "A") == "1"


def test_what_a_crash_left_is_removed_and_a_trial_that_goes_on_is_not(command):
    crashed = command.folder / ".store.db.trial.abcdef"
    running = command.folder / ".store.db.trial.ghijkl"
    other = command.folder / ".other.db.trial.mnopqr"
    for folder in (crashed, running, other):
        folder.mkdir()
        for name in ("store", "store-wal", "store-shm"):
            (folder / name).write_bytes(b"x")
    descriptor = os.open(running, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    command.run("put", "A", stdin=b"1")
    os.close(descriptor)
    assert files_of(command) == [other.name, running.name, "store.db"]
    assert len(list(running.iterdir())) == 3
    assert command.text("get", "A") == "1"


def test_many_first_puts_at_once_all_stand(command):
    codes = []

    def put(name):
        words = ("--store", command.store, "--keys-file", command.keys_file)
        codes.append(command.bare("put", name, *words, stdin=name.encode()).returncode)

    threads = [threading.Thread(target=put, args=(f"S{i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 6
    for i in range(6):
        assert command.text("get", f"S{i}") == f"S{i}"
    assert not [name for name in files_of(command) if "trial" in name]
