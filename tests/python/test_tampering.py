"""A share of what tampering.py does to a store's file, of each kind; script/soak does all of it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sample_stores
import tampering
from sample_stores import Sample
from tampering import Changes, Extent, Trial, Uses

EXTENT = Extent()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=tampering.scratch_folder()) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def sample(folder: Path) -> Sample:
    return sample_stores.build(folder / "sample.db")


@pytest.fixture
def trial(sample: Sample, folder: Path) -> Trial:
    return Trial(sample, folder, (3, 2), EXTENT.seed)


def expect_all_found(trial: Trial) -> None:
    assert not trial.tally.misses, tampering.told(trial.tally)
    # An older root is authentic, and may need a key that is not configured: nothing else does.
    for change, verdict in trial.tally.unprovable:
        assert "root" in change.where and "is opened with key version" in verdict.why


def test_each_step_of_the_sample_is_intact(sample: Sample, folder: Path):
    judge = tampering.Judge(folder, (3, 2, 1), sample.now_ms)
    for step, copy in sample.copies.items():
        if step in ("created", "changed"):
            continue  # keys 2 and 3 are none of theirs
        verdict = judge.judge(copy)
        assert verdict.verdict == "intact", (step, verdict)


def test_the_sample_has_events_of_every_type_and_rows_in_every_table(sample: Sample):
    tables = tampering.tables_of(sample.copies["whole"])
    assert all(table.rows for table in tables.values())
    assert {row["type"] for row in tables["event"].rows} == {1, 2, 3, 4, 5, 6, 7, 8, 9}


def test_writing_the_file_anew_changes_nothing(trial: Trial):
    for sql in ("VACUUM", "REINDEX", "PRAGMA schema_version = 1000"):
        changed = tampering.change("byte", sql, sql)
        data = trial.editor.apply(changed, loose=False)
        assert trial.settle(changed, data) == "no effect", sql


def test_every_change_of_the_file_is_found(trial: Trial):
    tampering.run_all(trial, EXTENT)
    expect_all_found(trial)


def test_every_change_is_found_where_only_one_key_is_at_hand(sample: Sample, folder: Path):
    trial = Trial(sample, folder, (3,), EXTENT.seed)
    tampering.run_all(trial, replace(EXTENT, share=4 * EXTENT.share))
    expect_all_found(trial)


def test_every_pair_of_changes_is_found(trial: Trial):
    tampering.run_pairs(trial, EXTENT)
    expect_all_found(trial)


def test_bytes_that_are_changed_anywhere_in_the_file_are_found(trial: Trial):
    tampering.run_flips(trial, EXTENT)
    expect_all_found(trial)


def test_a_changed_store_answers_no_lies_and_does_not_become_intact(
    trial: Trial, sample: Sample, folder: Path
):
    made = Uses(trial, sample, folder)
    tampering.run_uses(trial, made, EXTENT)
    assert not made.tally.laundered, "\n".join(made.tally.laundered)
    assert not made.tally.lies, "\n".join(made.tally.lies)


# ---- The engine itself --------------------------------------------------------------------------


def test_the_changes_reach_every_column_of_every_table(sample: Sample):
    changes = Changes(sample.copies["whole"], {}, EXTENT.seed)
    reached = {change.where for change in changes.all() if change.kind == "value"}
    wanted = {
        f"{table.told(row)}.{column}"
        for table in changes.tables.values()
        for row in table.rows
        for column in table.columns
    }
    assert reached == wanted


def test_a_change_that_verify_does_not_see_is_a_miss(trial: Trial, monkeypatch: pytest.MonkeyPatch):
    intact = tampering.Verdict("intact", "")
    monkeypatch.setattr(trial.judge, "judge", lambda data: intact)
    monkeypatch.setattr(trial, "read", lambda: trial.view)
    change = tampering.change("value", "secret[1]", "UPDATE secret SET revision = revision + 1")
    assert trial.run(change) is not None
    assert trial.tally.misses == [(change, intact)]


def test_what_sqlite_refuses_is_written_all_the_same(trial: Trial):
    change = tampering.change("value", "secret[1].name", "UPDATE secret SET name = NULL")
    found = trial.run(change)
    assert found is not None and found[1] == "tampered"
    assert trial.tally.total("refused") == 1
    database = tampering.in_memory(found[0])
    assert database.execute("SELECT DISTINCT typeof(name) FROM secret").fetchall() == [("null",)]
    with pytest.raises(sqlite3.IntegrityError):
        database.execute("UPDATE secret SET format = NULL")
