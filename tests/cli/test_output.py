"""--output: what the target is, what may be replaced, and what never is."""

import json
import os
import signal
import stat
import subprocess
import threading
import time

import pytest

from conftest import BINARY

POLICY = "return { namespace = require('schema').string() }\n"

# Every command that writes a file by --output.
WRITERS = {
    "get": ["get", "A"],
    "export": ["export"],
    "export dotenv": ["export", "--format", "dotenv"],
    "audit head": ["audit", "head"],
    "keygen": ["keygen"],
    "policy types": ["policy", "types", "policy.lua", "--language", "typescript"],
}
REPLACING = ("get", "export", "export dotenv", "policy types")
NEEDING_FORCE = ("audit head", "keygen")


@pytest.fixture(params=WRITERS)
def writer(request, command):
    """A command that writes; called with --output and more, it gives the finished process."""
    command.run("put", "A", stdin=b"value")
    (command.folder / "policy.lua").write_text(POLICY)
    on_a_store = request.param not in ("keygen", "policy types")

    def run(output, *words, **options):
        front = ["--store", str(command.store), "--keys-file", str(command.keys_file)]
        return subprocess.run(
            [BINARY, *WRITERS[request.param], "--output", str(output), *map(str, words),
             *(front if on_a_store else [])],
            capture_output=True, env=command.environment, cwd=command.folder, timeout=60,
            check=False, **options,
        )  # fmt: skip

    run.name = request.param
    run.command = command
    return run


def is_written(name, content):
    """Whether that is what the command writes; keys and heads differ from call to call."""
    starts = {
        "get": b"value", "export": b'{"', "export dotenv": b"A=value\n", "audit head": b'{"',
        "keygen": b"1:", "policy types": b"//",
    }  # fmt: skip
    return content.startswith(starts[name]) or (name == "policy types" and b"export type" in content)


def leftovers(command):
    known = {"store.db", "keys", "policy.lua"}
    return sorted(path.name for path in command.folder.iterdir() if path.name not in known)


# ---- What the target is --------------------------------------------------------------------


def test_a_pipe_is_written_into(writer):
    pipe = writer.command.folder / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    done = writer(pipe)
    reader.join(timeout=60)
    assert done.returncode == 0, done.stderr
    assert is_written(writer.name, got[0]) and stat.S_ISFIFO(pipe.stat().st_mode)
    assert leftovers(writer.command) == ["pipe"]


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_any_name(writer, path):
    done = writer(path)
    assert done.returncode == 0, done.stderr
    assert is_written(writer.name, done.stdout)
    assert leftovers(writer.command) == []


def test_a_file_behind_standard_output_is_written_into_and_not_replaced(writer):
    target = writer.command.folder / "log"
    target.write_bytes(b"before\n")
    with open(target, "ab") as file:
        done = subprocess.run(
            [BINARY, *WRITERS[writer.name], "--output", "/dev/stdout", *(
                [] if writer.name in ("keygen", "policy types") else
                ["--store", str(writer.command.store), "--keys-file", str(writer.command.keys_file)]
            )],
            stdout=file, stderr=subprocess.PIPE, env=writer.command.environment,
            cwd=writer.command.folder, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content = target.read_bytes()
    assert content.startswith(b"before\n") and is_written(writer.name, content[7:])


def test_another_descriptor_is_written_into(writer):
    reading, writing = os.pipe()
    done = writer(f"/dev/fd/{writing}", pass_fds=[writing])
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert is_written(writer.name, stream.read())
    assert done.returncode == 0 and leftovers(writer.command) == []


def test_a_device_is_written_into(writer):
    assert writer("/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    done = writer("/dev/full")
    assert done.returncode == 7 and b"No space left" in done.stderr


def test_a_link_is_followed_and_stays(writer):
    folder = writer.command.folder
    (folder / "behind").mkdir()
    link = folder / "link"
    link.symlink_to("other-link")
    (folder / "other-link").symlink_to(folder / "behind" / "file")
    for words in ([], ["--force"] if writer.name in NEEDING_FORCE else []):
        done = writer(link, *words)
        assert done.returncode == 0, done.stderr
        assert link.is_symlink() and (folder / "other-link").is_symlink()
        target = folder / "behind" / "file"
        assert is_written(writer.name, target.read_bytes())
        assert stat.S_IMODE(target.stat().st_mode) == 0o600 and not target.is_symlink()
        assert os.listdir(folder / "behind") == ["file"]


def test_what_cannot_be_written_is_an_error(writer):
    folder = writer.command.folder
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    for path, message in (
        ("folder", b"expected a file, got a folder"),
        ("folder/", b"expected a file, got a folder"),
        ("nowhere/out", b"No such file"),
        ("loop", b"symbolic links"),
        ("/dev/fd/99", b"/dev/fd/99"),
        ("keys/out", b"Not a directory"),
    ):
        done = writer(path)
        assert done.returncode == 7 and message in done.stderr, (path, done)
    assert writer("").returncode == 2
    assert leftovers(writer.command) == ["folder", "loop"]


# ---- What may be replaced ------------------------------------------------------------------


def test_a_file_that_is_there(writer):
    target = writer.command.folder / "out"
    target.write_text("before")
    target.chmod(0o644)
    done = writer(target)
    if writer.name in NEEDING_FORCE:
        assert done.returncode == 7 and b"--force" in done.stderr
        assert target.read_text() == "before"
        done = writer(target, "--force")
    assert done.returncode == 0, done.stderr
    assert is_written(writer.name, target.read_bytes())
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert leftovers(writer.command) == ["out"]


def test_a_failure_leaves_the_file_as_it_was(command):
    command.run("put", "A", stdin=b"v")
    target = command.folder / "out"
    target.write_text("before")
    command.error("get", "MISSING", "--output", target, code=1)
    command.error("export", "--format", "dotenv", "--only", "MISSING", "--output", target, code=1)
    assert target.read_text() == "before" and leftovers(command) == ["out"]


def test_an_export_that_fails_leaves_no_part_of_it(command):
    import sqlite3

    for name in ("A", "B"):
        command.run("put", name, stdin=b"v")
    with sqlite3.connect(command.store) as database:
        database.execute("UPDATE secret SET expires_at = 1 WHERE name = 'B'")
    database.close()
    target = command.folder / "out"
    command.error("export", "--output", target, code=5)
    assert not target.exists()
    command.run("export", "--output", target, "--partial", code=5)
    assert '"A"' in target.read_text()


# ---- What never is -------------------------------------------------------------------------


def content_of(command):
    return {
        path.name: path.read_bytes() for path in command.folder.iterdir() if path.is_file()
    }


@pytest.mark.parametrize(
    "target",
    ["store.db", "./store.db", "../{folder}/store.db", "hard-link", "link", "link-to-link", "keys",
     "hard-link-to-keys", "store.db-wal", "store.db-shm", "store.db-journal", "link-wal",
     "policy.lua"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["get", "export", "export dotenv", "audit head"])
def test_the_files_of_the_call_are_spared(command, name, target):
    folder = command.folder
    command.run("put", "A", stdin=b"value")
    (folder / "policy.lua").write_text("return { authorize = function() return true end }")
    (folder / "hard-link").hardlink_to(command.store)
    (folder / "link").symlink_to("store.db")
    (folder / "link-to-link").symlink_to(folder / "link")
    (folder / "hard-link-to-keys").hardlink_to(command.keys_file)
    (folder / "link-wal").symlink_to("store.db-wal")
    before = content_of(command)
    force = ["--force"] if name in NEEDING_FORCE else []
    for store in ("store.db", "link", str(command.store)):
        done = subprocess.run(
            [BINARY, *WRITERS[name], *force, "--output", target.format(folder=folder.name), "--store",
             store, "--keys-file", "keys", "--policy", "policy.lua"],
            capture_output=True, env=command.environment, cwd=folder, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 2 and b"that this call does not use" in done.stderr, done
    assert command.text("get", "A") == "value"
    assert content_of(command) == before


def test_a_descriptor_that_is_the_store_is_spared(command):
    command.run("put", "A", stdin=b"value")
    for path in ("/dev/stdout", "-", None):
        words = [] if path is None else ["--output", path]
        with open(command.store, "ab") as store:
            done = subprocess.run(
                [BINARY, "get", "A", "--store", command.store, "--keys-file", command.keys_file,
                 *words],
                stdout=store, stderr=subprocess.PIPE, env=command.environment, timeout=60,
                check=False,
            )  # fmt: skip
        assert done.returncode == 2 and b"its store" in done.stderr
    assert command.text("get", "A") == "value"


def test_the_transfer_keys_the_policy_and_the_store_of_the_environment_are_spared(command):
    command.run("put", "A", stdin=b"value")
    transfer = command.folder / "transfer"
    command.bare("keygen", "--output", transfer)
    key = transfer.read_bytes()
    words = ("export", "--transfer-keys-file", transfer, "--output", transfer)
    assert "transfer keys" in command.error(*words, code=2)
    assert transfer.read_bytes() == key
    environment = {"SECRET_STORE_PATH": str(command.store)}
    done = command.bare("keygen", "--force", "--output", command.store, environment=environment)
    assert done.returncode == 2
    done = command.bare("get", "A", "--keys-file", command.keys_file, "--output", command.store,
                        environment=environment)  # fmt: skip
    assert done.returncode == 2 and command.text("get", "A") == "value"
    policy = command.folder / "policy.lua"
    policy.write_text(POLICY)
    done = command.bare("policy", "types", policy, "--language", "python", "--output", policy)
    assert done.returncode == 2 and policy.read_text() == POLICY


# ---- Signals -------------------------------------------------------------------------------


@pytest.fixture
def full(command):
    """A store that takes a while to export."""
    source = command.folder / "all.env"
    source.write_text("".join(f"N{i}='{'x' * 2000}'\n" for i in range(3000)))
    command.run("import", source, "--format", "dotenv")
    source.unlink()
    return command


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_an_export_leaves_nothing(full, number):
    """Whenever it comes: before, while or after the file is written."""
    target = full.folder / "out"
    for _ in range(5):
        process = subprocess.Popen(
            [BINARY, "export", "--output", target, "--store", full.store, "--keys-file",
             full.keys_file],
            stderr=subprocess.DEVNULL, env=full.environment,
        )  # fmt: skip
        while process.poll() is None and not list(full.folder.glob("out.*")):
            time.sleep(0.0005)
        process.send_signal(number)
        code = process.wait(timeout=60)
        assert code in (0, -number)
        assert target.exists() == (code == 0)
        target.unlink(missing_ok=True)
        assert [name for name in leftovers(full) if not name.startswith("store.db-")] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_a_first_import_leaves_no_store(full, number):
    rows = full.folder / "rows"
    full.run("export", "--output", rows)
    new = full.folder / "new"
    new.mkdir()
    process = subprocess.Popen(
        [BINARY, "import", rows, "--store", new / "store.db", "--keys-file", full.keys_file,
         "--dry-run"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=full.environment,
    )  # fmt: skip
    while process.poll() is None and not list(new.iterdir()):
        time.sleep(0.0005)
    process.send_signal(number)
    assert process.wait(timeout=60) in (0, -number)
    assert list(new.iterdir()) == []


def test_a_signal_that_is_ignored_stays_so(full):
    target = full.folder / "out"
    process = subprocess.Popen(
        ["nohup", BINARY, "export", "--output", target, "--store", full.store, "--keys-file",
         full.keys_file],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=full.environment,
    )  # fmt: skip
    while process.poll() is None and not list(full.folder.glob("out.*")):
        time.sleep(0.0005)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=60) == 0
    assert json.loads(target.read_text().splitlines()[-1])
