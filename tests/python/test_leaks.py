"""100,000 operations of each kind grow neither Python's memory nor the process's; and no plaintext
stays behind on the C side."""

from __future__ import annotations

import contextlib
import gc
import resource
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import KEYS, FakeClock, open_store

from secretstore import InvalidArgument, NotFound, PutRequest, SecretStore

OPERATIONS = 100_000
WARM_UP = 5_000
PYTHON_GROWTH_BYTES = 64 * 1024
PROCESS_GROWTH_BYTES = 4 * 1024 * 1024


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def refuses(store: SecretStore) -> None:
    with contextlib.suppress(InvalidArgument):
        store.has("a\0b")


def misses(store: SecretStore) -> None:
    with contextlib.suppress(NotFound):
        store.get_or_throw("MISSING")


KINDS: dict[str, Callable[[SecretStore], object]] = {
    "put": lambda store: store.put("A", "v" * 100, metadata={"a": [1]}),
    "put_many": lambda store: store.put_many([PutRequest("A", bytearray(b"v" * 100))]),
    "get": lambda store: store.get("TEXT"),
    "get_bytes": lambda store: store.get_bytes("TEXT"),
    "get_or_throw that throws": misses,
    "has": lambda store: store.has("TEXT"),
    "has that refuses": refuses,
    "update": lambda store: store.update("A", metadata={"b": "c"}),
    "remove": lambda store: store.remove("MISSING"),
    "list": lambda store: store.list(num_items=2),
    "list_events": lambda store: store.list_events(num_items=2),
    "list_namespaces": lambda store: store.list_namespaces(),
    "with_caller": lambda store: store.with_caller(actor="a", context={"b": 1}).has("TEXT"),
    "stats": lambda store: store.stats(),
    "settings": lambda store: store.settings(),
    "reload_keys": lambda store: store.reload_keys([(1, KEYS["A"]), (2, KEYS["B"])]),
}


def prune(store: SecretStore, clock: FakeClock) -> None:
    """The store keeps events for thirty days, counted from the namespace's last one."""
    clock.now_ms += 31 * 24 * 3_600_000
    store.put("A", "v")
    while not store.cleanup_events(1).is_done:
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_operations_leave_no_memory_behind(kind: str) -> None:
    operation = KINDS[kind]
    # In memory, and with a clock of Python's; events are pruned, so that the store does not grow.
    clock = FakeClock()
    with SecretStore.open(":memory:", keys=[(1, KEYS["A"])], clock=clock) as store:
        store.put("TEXT", "x" * 1024, metadata={"owner": "o"})
        store.put("A", "v")

        def run(count: int) -> None:
            for turn in range(count):
                operation(store)
                if turn % 100 == 0:
                    prune(store, clock)

        run(WARM_UP)
        gc.collect()
        before = resident_bytes()
        run(OPERATIONS)
        gc.collect()
        grown = resident_bytes() - before
        assert grown < PROCESS_GROWTH_BYTES, f"{grown} bytes more"
        tracemalloc.start()
        run(1000)
        gc.collect()
        first = tracemalloc.get_traced_memory()[0]
        run(WARM_UP)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - first
        tracemalloc.stop()
        assert grown < PYTHON_GROWTH_BYTES, f"{grown} bytes more in Python"


def test_opening_and_closing_leaves_no_memory_behind(path: Path) -> None:
    open_store(path).close()

    def run(count: int) -> None:
        for _ in range(count):
            with open_store(path, clock=lambda: 1_770_000_000_000) as store:
                store.has("A")

    run(200)
    gc.collect()
    before = resident_bytes()
    run(2000)
    gc.collect()
    assert resident_bytes() - before < PROCESS_GROWTH_BYTES


MARK = b"residue-" + b"9f1c77a4b2"


def occurrences(needle: bytes) -> int:
    """How often it stands in this process's writable memory."""
    count = 0
    with Path("/proc/self/maps").open() as maps, Path("/proc/self/mem").open("rb", 0) as memory:
        for line in maps:
            span, permissions = line.split()[:2]
            if not permissions.startswith("rw") or "[v" in line:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            try:
                count += memory.read(end - start).count(needle)
            except OSError:
                continue
    return count


def test_plaintext_is_wiped_on_the_c_side(path: Path) -> None:
    """The only copies of a value are Python's own objects, which the test holds and counts."""
    value = bytearray(MARK.replace(b"9", b"8") * 20)  # one that no constant holds
    needle = bytes(value[:90])
    with open_store(path) as store:
        store.put("A", value)
        for _ in range(100):
            assert store.get_bytes_or_throw("A").value == value
        result = store.get_bytes_or_throw("A").value
        del result
        for index in range(len(value)):
            value[index] = 0
        baseline = occurrences(needle)
        found = store.get_bytes_or_throw("A")
        while_held = occurrences(needle)
        assert while_held > 0  # the search does find what is there
        assert found.ok
    # needle itself, the search's own buffer, and bytes objects that Python has freed but not
    # overwritten, may remain; a store that did not wipe would leave one more for each of the gets.
    assert baseline <= 6, f"{baseline} copies"
