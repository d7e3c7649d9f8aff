"""Threads and forks."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, open_store

from secretstore import AsyncSecretStore, PutRequest, SecretStore

THREADS = 8


def in_threads(work: Callable[[int], None]) -> None:
    """Runs work(0) to work(7) at once, and raises what one of them raised."""
    raised: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def test_threads_share_a_store(path: Path) -> None:
    with open_store(path) as store:

        def work(number: int) -> None:
            mine = store.with_caller(actor=f"thread-{number}")
            for turn in range(50):
                mine.put(f"N{number}", str(turn), namespace="shared")
                assert mine.get_or_throw(f"N{number}", namespace="shared").value == str(turn)
                mine.put("COMMON", str(number))

        in_threads(work)
        report = store.verify()
        assert report.is_intact
        assert report.events_checked == THREADS * 50 * 2
        actors = {event.actor for event in store.iter_events(namespace="shared", name="N3")}
        assert actors == {"thread-3"}


def test_compare_and_swap_loses_nothing(path: Path) -> None:
    with open_store(path) as store:
        store.put("COUNT", "0")

        def work(number: int) -> None:
            done = 0
            while done < 25:
                found = store.get_or_throw("COUNT")
                try:
                    store.put("COUNT", str(int(found.value) + 1), if_revision=found.revision)
                    done += 1
                except Exception as error:  # noqa: BLE001 - checked in the next line
                    assert getattr(error, "code", None) == "conflict"

        in_threads(work)
        assert store.get_or_throw("COUNT").value == str(THREADS * 25)


def test_a_call_that_waits_stops_no_other_thread(path: Path) -> None:
    """The interpreter's lock is not held: a put waits for another process's lock, which this very
    process's main thread gives back."""
    import sqlite3

    with open_store(path, busy_timeout_ms=60_000) as store:
        store.put("A", "v")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=store.put, args=("A", "w"))
        writer.start()
        time.sleep(0.05)
        assert writer.is_alive()
        assert store.get_or_throw("A").value == "v"  # a reader does not wait
        other.execute("ROLLBACK")
        other.close()
        writer.join(timeout=60)
        assert not writer.is_alive()
        assert store.get_or_throw("A").value == "w"


def test_a_long_call_lets_others_run(path: Path) -> None:
    with open_store(path) as store:
        store.put_many([PutRequest(f"N{number}", "v" * 2000) for number in range(5000)])
        verification = threading.Thread(target=store.verify)
        ticks = 0
        verification.start()
        while verification.is_alive():
            ticks += 1
            time.sleep(0)
        assert ticks > 10


def test_a_log_handler_in_a_maintenance_thread_ends_with_the_store(path: Path) -> None:
    with open_store(path, maintenance_interval_ms=1000, clock=lambda: 1_770_000_000_000) as store:
        store.put("A", "v", ttl_ms=1)
        time.sleep(0.05)
    # Leaving it open at exit must not hang either.
    program = f"""
import logging, secretstore
logging.basicConfig(level=logging.DEBUG)
store = secretstore.SecretStore.open({str(path)!r}, keys=[(1, {KEYS["A"]!r})],
    maintenance_interval_ms=1000, clock=lambda: 1_770_000_000_000)
store.put("B", "v")
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True)


# ---- fork ---------------------------------------------------------------------------------------


def in_child(work: Callable[[], None]) -> None:
    """Runs work in a forked child, which must end well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_goes_on_with_the_store(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "parent")

        def child() -> None:
            assert store.get_or_throw("A").value == "parent"
            for number in range(20):
                store.put(f"CHILD{number}", "v")
            store.close()

        in_child(child)
        for number in range(20):
            store.put(f"PARENT{number}", "v")
        assert store.has("CHILD19")
        report = store.verify()
        assert report.is_intact
        assert report.rows_checked == 41


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_parent_and_children_write_at_once(path: Path) -> None:
    with open_store(path, busy_timeout_ms=60_000) as store:
        store.put("A", "v")

        def write(process: int) -> None:
            for number in range(30):
                store.put(f"P{process}-{number}", "v")

        processes = [
            multiprocessing.get_context("fork").Process(target=write, args=(process,))
            for process in range(3)
        ]
        for process in processes:
            process.start()
        write(9)
        for process in processes:
            process.join()
            assert process.exitcode == 0
        report = store.verify()
        assert report.is_intact
        assert report.rows_checked == 121


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_an_async_store_goes_on_in_a_child(path: Path) -> None:
    async def opened() -> AsyncSecretStore:
        store: AsyncSecretStore = await AsyncSecretStore.open(path, keys=[(1, KEYS["A"])])
        await store.put("A", "v")
        return store

    store = asyncio.run(opened())

    def child() -> None:
        found = asyncio.run(asyncio.wait_for(store.get_or_throw("A"), timeout=30))
        assert found.value == "v"

    in_child(child)
    assert asyncio.run(store.get_or_throw("A")).value == "v"
    asyncio.run(store.close())


def test_a_spawned_process_is_told_to_open_its_own(path: Path) -> None:
    with open_store(path) as store, pytest.raises(TypeError, match="open it in each process"):
        multiprocessing.get_context("spawn").Process(target=SecretStore.get, args=(store,)).start()


# ---- Where the file is --------------------------------------------------------------------------


class PathLike:
    """A path that is neither str nor pathlib's."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __fspath__(self) -> str:
        return self.text


@pytest.fixture
def elsewhere(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an older store of the same name; the working directory is the other's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with open_store(folder / path.name) as store:
        store.put("A", "older")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize("of", [str, Path, PathLike])
def test_a_relative_path_means_the_folder_in_which_it_was_opened(
    path: Path, elsewhere: Path, of: Callable[[str], Any]
) -> None:
    with open_store(of(path.name)) as store:
        store.put("A", "newer")
        os.chdir(elsewhere)

        def work(number: int) -> None:  # each thread may be given a new reader
            for _ in range(20):
                assert store.get_or_throw("A").value == "newer"

        in_threads(work)
        store.put("B", "newer")
    with open_store(path) as store:
        assert store.get_or_throw("B").value == "newer"
    with open_store(elsewhere / path.name) as store:
        assert store.get_or_throw("A").value == "older"
        assert not store.has("B")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_elsewhere_writes_into_its_parents_file(path: Path, elsewhere: Path) -> None:
    with open_store(Path(path.name)) as store:
        store.put("A", "newer")

        def child() -> None:
            os.chdir(elsewhere)
            assert store.get_or_throw("A").value == "newer"
            store.put("B", "by the child")
            assert store.get_or_throw("B").value == "by the child"
            store.close()

        in_child(child)
        assert store.get_or_throw("B").value == "by the child"
    with open_store(elsewhere / path.name) as store:
        assert not store.has("B")
