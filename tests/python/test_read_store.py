"""tools/read_store.py beside the library, on stores with a history of every kind: one verdict, and
the same values. tampering.py compares the two on every changed file."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sample_stores
import second_reader
from sample_stores import KEYS, Sample
from tampering import Judge

from secretstore import Conflict, SecretStore

TOOL = Path(second_reader.read_store.__file__)

KEY_SETS = [(3, 2, 1), (3, 2), (2, 1), (3,), (2,), (1,)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_stores.build(tmp_path_factory.mktemp("sample") / "store.db")


def keys_of(versions: tuple[int, ...]) -> list[tuple[int, str]]:
    return [(version, KEYS[version]) for version in versions]


def assert_intact(path: Path, versions: tuple[int, ...]) -> None:
    assert second_reader.assert_agrees(path, keys_of(versions)) == "intact"


@pytest.mark.parametrize("versions", KEY_SETS, ids=str)
def test_verdicts_agree_on_every_step(
    sample: Sample, tmp_path: Path, versions: tuple[int, ...]
) -> None:
    judge = Judge(tmp_path, versions, sample.now_ms)
    for step, data in sample.copies.items():
        judge.place(data)
        ours = judge.verify()
        theirs = second_reader.read(judge.path, keys_of(versions))
        told = (step, ours, theirs.faults, theirs.unprovable)
        assert theirs.verdict == ours.verdict, told


def test_values_and_metadata_agree(sample: Sample, tmp_path: Path) -> None:
    judge = Judge(tmp_path, (3, 2), sample.now_ms)
    judge.place(sample.copies["whole"])
    found = {
        (row.namespace, row.name): row
        for row in second_reader.read(judge.path, keys_of((3, 2))).secrets
    }
    with judge.open() as store:
        listed = [
            (row.namespace, row.name)
            for namespace in [
                None,
                *filter(None, (item.namespace for item in store.iter_namespaces())),
            ]
            for row in store.iter_secrets(namespace=namespace)
        ]
        assert sorted(found, key=repr) == sorted(listed, key=repr)
        for namespace, name in listed:
            row = found[namespace, name]
            got = store.get_bytes(name, namespace=namespace)
            if got.ok:
                assert row.value == got.value
                assert (row.metadata and json.loads(row.metadata)) == got.metadata
                assert row.revision == got.revision


def test_what_no_sample_holds(tmp_path: Path) -> None:
    """A purge of what nobody signed, a key that is being retired, one that was given up, anchors, a
    backup's own incarnation, reads of a policy's words in events."""
    path = tmp_path / "store.db"
    keys: list[Any] = [(1, KEYS[1])]
    with SecretStore.open(path, keys=keys) as store:
        store.put("A", "1")
        store.put("LOST", "2", namespace="app")
        store.make_anchor()
    keys = [(2, KEYS[2]), (1, KEYS[1])]
    with SecretStore.open(path, keys=keys) as store:
        store.put("B", "3")
        with pytest.raises(Conflict):
            store.retire_key(1)  # its rows stand in the way: it is being retired from now on
    assert_intact(path, (2, 1))
    with SecretStore.open(path, keys=keys) as store:
        store.retire_key(1, abandon=True)
    assert_intact(path, (2,))
    assert_intact(path, (2, 1))
    with SecretStore.open(path, keys=[(2, KEYS[2])]) as store:
        store.remove("LOST", namespace="app", purge=True)
        store.backup(tmp_path / "copy.db")
    assert_intact(path, (2,))
    assert_intact(tmp_path / "copy.db", (2,))


def test_a_purge_of_a_row_that_was_put_back_after_its_removal(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    keys = [(2, KEYS[2])]
    with SecretStore.open(path, keys=keys) as store:
        store.put("A", "1")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT * FROM secret").fetchall()
    database.close()
    with SecretStore.open(path, keys=keys) as store:
        store.remove("A")
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM former_secret")
        marks = ", ".join("?" * len(rows[0]))
        database.executemany(f"INSERT INTO secret VALUES ({marks})", rows)
    database.close()
    assert second_reader.read(path, keys_of((2,))).verdict == "tampered"
    with SecretStore.open(path, keys=keys) as store:
        store.remove("A", purge=True)
    assert_intact(path, (2,))


def test_a_policys_words_in_events_are_read_over(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    (tmp_path / "policy.lua").write_text(
        "return { enrich = function(event) return { host = 'a', faults = 'b' } end }"
    )
    with SecretStore.open(path, keys=[(2, KEYS[2])], policy=tmp_path / "policy.lua") as store:
        store.put("A", "1")
        store.put("A", "2")
        store.update("A", metadata={"x": 1})
        store.remove("A")
        store.put("A", "3", namespace="app")
    sample_stores.spoil(path, "app")
    with SecretStore.open(path, keys=[(2, KEYS[2])], policy=tmp_path / "policy.lua") as store:
        store.accept(namespace="app")
    assert_intact(path, (2,))


# ---- Its command line ---------------------------------------------------------------------------


def run(*words: Any, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def whole(sample: Sample, tmp_path: Path) -> Path:
    path = tmp_path / "whole.db"
    path.write_bytes(sample.copies["whole"])
    return path


def test_it_prints_secrets_and_the_verdict(whole: Path) -> None:
    done = run(whole, "--key", "3:-", "--values", stdin=KEYS[3] + "\n")
    assert done.returncode == 0, done.stderr
    assert "fifth" in done.stdout and "intact" in done.stdout
    quiet = run(whole, "--key", "3:-", stdin=KEYS[3])
    assert quiet.returncode == 0 and "fifth" not in quiet.stdout and "PLAIN" in quiet.stdout


def test_it_exits_by_the_verdict(whole: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(KEYS[1])
    assert run(whole, "--key", f"1:{key}").returncode == 9
    assert run(tmp_path / "none.db", "--key", f"1:{key}").returncode == 2
    assert run(key, "--key", f"1:{key}").returncode == 2
    assert run(whole, "--key", f"3:{key}").returncode == 2  # another key's bytes
    data = bytearray(whole.read_bytes())
    place = data.index(b"PLAIN")
    data[place : place + 5] = b"PLAIM"
    whole.write_bytes(bytes(data))
    key.write_text(KEYS[3])
    tampered = run(whole, "--key", f"3:{key}", "--json")
    assert tampered.returncode == 5, tampered
    assert json.loads(tampered.stdout)["verdict"] == "tampered"


def test_it_needs_nothing_but_one_library(whole: Path) -> None:
    """One file, which imports the standard library and cryptography."""
    imported = {
        line.split()[1].split(".")[0]
        for line in TOOL.read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


# ---- The document that it was written from ------------------------------------------------------


def test_the_document_has_the_schema_to_the_byte(whole: Path) -> None:
    document = (TOOL.parents[1] / "docs" / "formats.md").read_text()
    told = re.findall(r"(?:^    .*\n)+(?=\Z|\n|(?!    ))", document, re.MULTILINE)
    block = next(text for text in told if "CREATE TABLE root" in text)
    statements = [
        re.sub(r"\n +(?=\w)", "  ", statement.strip()).replace("\n    )", ")")
        for statement in block.split(";\n")
        if statement.strip()
    ]
    with sqlite3.connect(whole) as database:
        kept = [row[0] for row in database.execute("SELECT sql FROM sqlite_schema") if row[0]]
    database.close()
    assert sorted(statements) == sorted(kept)
