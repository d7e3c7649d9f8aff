"""Arguments of a wrong shape: each is refused with a sentence that says what was expected and what
came, and nothing is done. Nothing that may be a key or a value stands in it."""

from __future__ import annotations

import asyncio
import functools
import gc
import io
import re
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, open_store

from secretstore import (
    UNSET,
    AsyncSecretStore,
    Closed,
    InvalidArgument,
    InvalidOptions,
    Key,
    Policy,
    PutRequest,
    SecretStore,
    parse_keys,
    to_datetime,
)
from secretstore.pytest_plugin import SecretStoreFactory

A, B = KEYS["A"], KEYS["B"]


def shows_no_key(message: str) -> bool:
    return not any(key[:8] in message for key in KEYS.values())


# ---- Keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        [(1, A)],
        [[1, A]],
        [Key(1, A)],
        ((1, A),),
        [(2, B), Key(1, A)],
        f"1:{A}",
        f"# mine\n2:{B},\n1:{A}\n",
    ],
    ids=["pairs", "lists", "keys", "tuple of pairs", "mixed", "text", "lines"],
)
def test_keys_are_pairs_or_keys_or_text(path: Path, keys: Any) -> None:
    with open_store(path, keys=[Key(1, A)]) as store:
        store.put("A", "v")
    with open_store(path, keys=keys) as store:
        assert store.get_or_throw("A").value == "v"


def test_keys_may_come_from_a_generator(path: Path) -> None:
    with open_store(path, keys=((version, A) for version in (1,))) as store:
        store.put("A", "v")


ANY_KEYS = re.escape(
    'expected Key objects or pairs (version, base64), the active one first, or a str as in "1:q83v'
)
A_PAIR = re.escape("expected a Key or a pair (version, base64)")
BOTH = re.escape("expected an int and the key as a base64 str")

WRONG_KEYS = [
    ({1: A}, f"keys: {ANY_KEYS}.*, got dict"),
    ({"1": A}, f"keys: {ANY_KEYS}.*, got dict"),
    ({(1, A)}, f"keys: {ANY_KEYS}.*, got set"),
    (frozenset([(1, A)]), f"keys: {ANY_KEYS}.*, got frozenset"),
    (None, f"keys: {ANY_KEYS}.*, got NoneType"),
    (1, f"keys: {ANY_KEYS}.*, got int"),
    (Key(1, A), f"keys: {ANY_KEYS}.*, got Key"),
    (f"1:{A}".encode(), f"keys: {ANY_KEYS}.*, got bytes"),
    (bytearray(b"1:x"), f"keys: {ANY_KEYS}.*, got bytearray"),
    (Path("keys"), f"keys: {ANY_KEYS}.*, got PosixPath"),
    ((1, A), rf"keys\[0\]: {A_PAIR}, got int"),
    ([1, A], rf"keys\[0\]: {A_PAIR}, got int"),
    ([f"1:{A}"], rf"keys\[0\]: {A_PAIR}, got str"),
    ([(1, A), None], rf"keys\[1\]: {A_PAIR}, got NoneType"),
    ([{1: A}], rf"keys\[0\]: {A_PAIR}, got dict"),
    ([(1, A, 2)], r"keys\[0\]: expected a pair \(version, base64\), got 3 items"),
    ([(1,)], r"keys\[0\]: expected a pair \(version, base64\), got 1 items"),
    ([(A, 1)], rf"keys\[0\]: {BOTH}, got str and int"),
    ([("1", A)], rf"keys\[0\]: {BOTH}, got str and str"),
    ([(True, A)], rf"keys\[0\]: {BOTH}, got bool and str"),
    ([(1.0, A)], rf"keys\[0\]: {BOTH}, got float and str"),
    ([(1, A.encode())], rf"keys\[0\]: {BOTH}, got int and bytes"),
    ([(1, b"x" * 32)], rf"keys\[0\]: {BOTH}, got int and bytes"),
    ([Key("1", A)], rf"keys\[0\]: {BOTH}, got str and str"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("keys", "message"), WRONG_KEYS, ids=lambda value: type(value).__name__)
def test_keys_of_a_wrong_shape_are_a_type_error(path: Path, keys: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$") as caught:
        open_store(path, keys=keys)
    assert shows_no_key(str(caught.value))
    assert caught.value.__context__ is None
    assert not path.exists()


@pytest.mark.parametrize("keys", [{1: A}, [(A, 1)], (1, A), b"1:x", {(1, A)}], ids=repr)
def test_keys_of_a_transfer_are_checked_as_those_of_a_store(store: SecretStore, keys: Any) -> None:
    with pytest.raises(TypeError, match=r"^source_keys.*: expected .*, got ") as importing:
        store.import_rows("", source_keys=keys)
    with pytest.raises(TypeError, match=r"^target_keys.*: expected .*, got ") as exporting:
        store.export_rows(io.BytesIO().write, target_keys=keys)
    with pytest.raises(TypeError, match=r"^keys.*: expected .*, got ") as reloading:
        store.reload_keys(keys)
    assert shows_no_key(f"{importing.value} {exporting.value} {reloading.value}")


def test_no_keys_are_not_any_keys(store: SecretStore, path: Path) -> None:
    with pytest.raises(InvalidOptions, match="^keys: expected at least one key, got none"):
        open_store(path, keys=[])
    with pytest.raises(InvalidArgument, match="^source_keys: expected at least one key, got none"):
        store.import_rows("", source_keys=[])
    with pytest.raises(InvalidArgument, match="^target_keys: expected at least one key, got none"):
        store.export_rows(io.BytesIO().write, target_keys=iter([]))
    with pytest.raises(InvalidArgument, match="^keys: expected at least one key, got none"):
        store.reload_keys([])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([(1, A), (1, B)], "key version 1: expected each version once, got it twice"),
        ([(1, A), Key(1, A)], "key version 1: expected each version once, got it twice"),
        (f"1:{A},1:{A}", "key version 1: expected each version once, got it twice"),
        ([(-1, A)], "expected an integer from 0 to 2^53-1, got -1"),
        ([(2**53, A)], "expected an integer from 0 to 2^53-1"),
        ([(2**70, A)], "expected an integer up to 2^53-1"),
        ([(1, A[:-4])], "expected base64 of exactly 32 bytes, got"),
        ([(1, "")], "expected base64 of exactly 32 bytes, got"),
        ([(1, A + "\0")], "U+0000"),
    ],
)
def test_keys_out_of_their_range_are_invalid_options(path: Path, keys: Any, message: str) -> None:
    with pytest.raises(InvalidOptions, match=re.escape(message)) as caught:
        open_store(path, keys=keys)
    assert shows_no_key(str(caught.value))


@pytest.mark.parametrize(
    "text", ["", " , ", "1", "x:" + A, A, "1=" + A, "-1:" + A, "9" * 5000 + ":" + A, "\u0661:" + A]
)
def test_malformed_keys_are_refused_unseen(path: Path, text: str) -> None:
    with pytest.raises(InvalidOptions, match="expected") as caught:
        open_store(path, keys=text)
    assert shows_no_key(str(caught.value))
    assert "9999" not in str(caught.value)


@pytest.mark.parametrize("text", [None, b"1:x", ["1:x"], Path("keys")])
def test_parse_keys_takes_text(text: Any) -> None:
    with pytest.raises(TypeError, match="^keys: expected str as in .*, got"):
        parse_keys(text)


# ---- Unknown names ------------------------------------------------------------------------------


def test_an_unknown_option_that_is_passed_on_names_the_nearest(
    path: Path, secret_store_factory: SecretStoreFactory
) -> None:
    with pytest.raises(TypeError, match=r"^AsyncSecretStore.open\(\) .*'polcy'; .*'policy'\?$"):
        asyncio.run(AsyncSecretStore.open(path, keys=[(1, A)], polcy="x"))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'max_thread'; did you mean 'max_threads'\?$"):
        asyncio.run(AsyncSecretStore.open(path, keys=[(1, A)], max_thread=2))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^secret_store_factory\(\) .*'clok'; .*'clock'\?$"):
        secret_store_factory(clok=lambda: 0)
    with pytest.raises(TypeError, match=r"'zzz'; it knows keys, policy, "):
        secret_store_factory(zzz=1)
    assert not path.exists()


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.put("A", "v", namspace="x"),
        lambda store: store.put("A", "v", ttl=5),
        lambda store: store.get("A", revison=1),
        lambda store: store.with_caller(actr="alice"),
        lambda store: PutRequest("A", "v", ttl=5),  # type: ignore[call-arg]
        lambda store: Policy("return {}", nme="x"),  # type: ignore[call-arg]
        lambda store: SecretStore.open("s.db", keys=[(1, A)], polcy="x"),  # type: ignore[call-arg]
    ],
)
def test_unknown_names_are_named(store: SecretStore, call: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument '(namspace|ttl|\w+)'"):
        call(store)
    assert not store.has("A")


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        (None, r"requests: expected PutRequests, as in \[PutRequest\(...\)\], got NoneType"),
        (PutRequest("A", "v"), r"requests: expected PutRequests, .*, got PutRequest"),
        ({"A": "v"}, r"requests\[0\]: expected a PutRequest, got str"),
        ([PutRequest("A", "v"), {"nmae": "B"}], r"requests\[1\]: expected a PutRequest, got dict"),
        ([("A", "v")], r"requests\[0\]: expected a PutRequest, got tuple"),
        ("AB", r"requests\[0\]: expected a PutRequest, got str"),
    ],
)
def test_put_many_takes_put_requests(store: SecretStore, requests: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        store.put_many(requests)
    assert not store.has("A")


# ---- What was silently taken for something else -------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.put("A", "v", ttl_ms=...), "ttl_ms: expected int or timedelta, got ellipsis"),
        (lambda s: s.put("A", "v", ttl_ms="5"), "ttl_ms: expected int or timedelta, got str"),
        (
            lambda s: s.put("A", "v", ttl_ms=datetime(2026, 1, 1)),
            "ttl_ms: expected int or timedelta, got datetime",
        ),
        (
            lambda s: s.update("A", expires_at=timedelta(1)),
            "expires_at: expected int or datetime, got timedelta",
        ),
        (
            lambda s: s.update("A", expires_at=date(2026, 1, 1)),
            "expires_at: expected int or datetime, got date",
        ),
        (
            lambda s: s.update("A", expires_at=1.5),
            "expires_at: expected int or datetime, got float",
        ),
        (lambda s: s.update("A", expires_at=...), "expires_at: expected int or datetime, got "),
        (lambda s: s.cleanup_secrets(True), "retention_ms: expected int or timedelta, got bool"),
        (lambda s: s.cleanup_events(None), "retention_ms: expected int or timedelta, got NoneType"),
        (lambda s: s.list_events(namespace=...), "namespace: expected str, got ellipsis"),
        (lambda s: s.has("A", namespace=UNSET), "namespace: expected str, got Unset"),
        (lambda s: s.export_rows(print, namespace=...), "namespace: expected str, got ellipsis"),
        (lambda s: s.list(num_items=1.0), "num_items: expected int, got float"),
        (lambda s: s.list(num_items=True), "num_items: expected int, got bool"),
        (lambda s: s.list(order=None), "order: expected one of 'desc', 'asc', got NoneType"),
        (lambda s: s.list(order=["asc"]), "order: expected one of 'desc', 'asc', got list"),
        (lambda s: s.list(cursor=1), "cursor: expected str, got int"),
        (lambda s: s.rotate_keys(True), "from_version: expected int, got bool"),
        (lambda s: s.retire_key("1"), "version: expected int, got str"),
        (lambda s: s.retire_key(1, abandon=1), "abandon: expected bool, got int"),
        (
            lambda s: s.change_settings(events_min_retention_ms=True),
            "events_min_retention_ms: expected int or timedelta, got bool",
        ),
        (lambda s: s.accept(namespace=1), "namespace: expected str, got int"),
        (lambda s: s.remove("A", purge="yes"), "purge: expected bool, got str"),
        (lambda s: s.list_events(store_log=1), "store_log: expected bool, got int"),
        (lambda s: s.backup("c.db", unverified=None), "unverified: expected bool, got NoneType"),
        (lambda s: s.with_caller(actor=1), "actor: expected str, got int"),
        (lambda s: s.with_caller(actor=b"alice"), "actor: expected str, got bytes"),
        (lambda s: s.with_caller(context="x"), "context: expected a mapping, got str"),
        (lambda s: s.backup(b"copy.db"), "path: expected str or os.PathLike, got bytes"),
        (lambda s: s.backup(1), "path: expected str or os.PathLike, got int"),
        (lambda s: s.import_rows("", dry_run="no"), "dry_run: expected bool, got str"),
        (lambda s: s.import_rows("", partial=1), "partial: expected bool, got int"),
        (lambda s: s.import_rows(Path("x")), "text: expected str or a bytes-like object, got "),
        (lambda s: s.export_rows(None), "write: expected a function, got NoneType"),
        (lambda s: s.export_rows(io.BytesIO()), "write: expected a function, got BytesIO"),
        (lambda s: s.verify(progress=1), "progress: expected a function or None, got int"),
        (lambda s: s.verify(expected_head=b"{}"), "expected_head: expected str, got bytes"),
        (
            lambda s: s.try_policy(Policy("return {}"), 5),
            "on_refusal: expected a function or None, got int",
        ),
        (lambda s: s.reload_policy(5), "policy: expected a Policy or the path of one, got int"),
        (lambda s: s.put("A", True), "value: expected str or a bytes-like object, got bool"),
        (lambda s: s.put("A", None), "value: expected str or a bytes-like object, got NoneType"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_wrong_type_is_named(
    store: SecretStore, call: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        call(store)
    assert not store.has("A")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"create": 1}, "create: expected bool, got int"),
        ({"create": "no"}, "create: expected bool, got str"),
        ({"durability": None}, "durability: expected one of 'full', 'normal', got NoneType"),
        ({"durability": []}, "durability: expected one of 'full', 'normal', got list"),
        ({"busy_timeout_ms": 0.5}, "busy_timeout_ms: expected int or timedelta, got float"),
        ({"default_ttl_ms": False}, "default_ttl_ms: expected int or timedelta, got bool"),
        (
            {"maintenance_interval_ms": True},
            "maintenance_interval_ms: expected int or timedelta, got bool",
        ),
        ({"policy_deadline_ms": "50"}, "policy_deadline_ms: expected int or timedelta, got str"),
        ({"least_epoch": "2"}, "least_epoch: expected int, got str"),
        ({"anchor": b"{}"}, "anchor: expected str, got bytes"),
        ({"reads": True}, "reads: expected one of 'plain', 'verified', got bool"),
        ({"max_value_bytes": 1e6}, "max_value_bytes: expected int, got float"),
        ({"policy": 5}, "policy: expected a Policy or the path of one, got int"),
        ({"policy": b"return {}"}, "policy: expected a Policy or the path of one, got bytes"),
        ({"policy": Policy(b"return {}")}, "policy: expected str, got bytes"),  # type: ignore[arg-type]
        ({"policy_hash": 5}, "policy_hash: expected str, got int"),
        ({"clock": 5}, "clock: expected a function or None, got int"),
    ],
)
def test_a_wrong_type_of_an_option_is_named(path: Path, options: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        open_store(path, **options)
    assert not path.exists()


@pytest.mark.parametrize("path", [None, 3, b"secrets.db"])
def test_a_path_is_text(path: Any) -> None:
    with pytest.raises(TypeError, match="^path: expected str or os.PathLike, got "):
        open_store(path)
    with pytest.raises(TypeError, match="^path: expected str or os.PathLike, got "):
        Policy.from_file(path)


@pytest.mark.parametrize("instant", [1.5, True, None])
def test_to_datetime_takes_an_int(instant: Any) -> None:
    with pytest.raises(TypeError, match="^instant_ms: expected int, got "):
        to_datetime(instant)


@pytest.mark.parametrize(
    ("threads", "error"), [(True, TypeError), ("4", TypeError), (0, InvalidOptions)]
)
def test_max_threads_is_a_positive_int(path: Path, threads: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="^max_threads: expected "):
        asyncio.run(AsyncSecretStore.open(path, keys=[(1, A)], max_threads=threads))


@pytest.mark.parametrize(
    "ttl", [-1, timedelta(seconds=-1), timedelta(microseconds=-1), timedelta.max, timedelta.min]
)
def test_a_duration_out_of_its_range_is_refused(store: SecretStore, ttl: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^ttl_ms: expected 0 to 2\^53-1 ms, got "):
        store.put("A", "v", ttl_ms=ttl)
    assert not store.has("A")


def test_a_datetime_without_a_time_zone_is_refused_by_its_argument(store: SecretStore) -> None:
    with pytest.raises(InvalidArgument, match="^expires_at: expected a datetime with a time zone"):
        store.update("A", expires_at=datetime(2026, 1, 1))


def test_a_buffer_with_gaps_is_refused(store: SecretStore) -> None:
    with pytest.raises(InvalidArgument, match="^value: expected bytes without gaps"):
        store.put("A", memoryview(b"abcdef")[::2])


def test_keys_of_metadata_are_told_by_their_type(store: SecretStore) -> None:
    with pytest.raises(InvalidArgument, match="^metadata: expected keys that are str, got tuple$"):
        store.put("A", "v", metadata={("sk_live",): 1})  # type: ignore[dict-item]


# ---- Functions ----------------------------------------------------------------------------------


async def nobody_awaits(*_: object) -> bool:
    return False


async def nobody_iterates(*_: object) -> AsyncIterator[bool]:
    yield False


class Asynchronous:
    async def __call__(self, *_: object) -> bool:
        return False


@pytest.mark.parametrize(
    "function",
    [nobody_awaits, nobody_iterates, functools.partial(nobody_awaits), Asynchronous()],
    ids=["function", "generator", "partial", "object"],
)
def test_an_asynchronous_function_is_refused_before_anything_runs(
    store: SecretStore, tmp_path: Path, function: Any, recwarn: pytest.WarningsRecorder
) -> None:
    policy = Policy("return {}")
    copy = tmp_path / "copy.db"
    calls: list[tuple[str, Callable[[], object]]] = [
        ("write", lambda: store.export_rows(function)),
        ("progress", lambda: store.rotate_all(progress=function)),
        ("progress", lambda: store.verify(progress=function)),
        ("progress", lambda: store.backup(copy, progress=function)),
        ("on_refusal", lambda: store.try_policy(policy, function)),
        ("clock", lambda: open_store(tmp_path / "other.db", clock=function)),
    ]
    for label, call in calls:
        message = f"^{label}: expected a function that is not asynchronous, got an async one$"
        with pytest.raises(TypeError, match=message):
            call()
    gc.collect()
    assert not copy.exists()
    assert not (tmp_path / "other.db").exists()
    assert not recwarn.list


def test_a_coroutine_that_a_function_returns_is_refused_and_closed(
    store: SecretStore, recwarn: pytest.WarningsRecorder
) -> None:
    store.put("A", "v")
    policy = Policy("return { name = require('schema').literal('B') }")
    calls: dict[str, Callable[[], object]] = {
        "write": lambda: store.export_rows(lambda line: nobody_awaits(line)),
        "progress": lambda: store.verify(progress=lambda *of: nobody_awaits(*of)),  # type: ignore[arg-type,return-value]
        "on_refusal": lambda: store.try_policy(policy, lambda it: nobody_awaits(it)),  # type: ignore[arg-type,return-value]
    }
    for label, call in calls.items():
        message = f"^{label}: expected a function that is not asynchronous, got coroutine$"
        with pytest.raises(TypeError, match=message):
            call()
    gc.collect()
    assert not recwarn.list


def test_close_in_a_function_ends_the_call_where_it_has_more_to_do(tmp_path: Path) -> None:
    exporting = open_store(tmp_path / "a.db")
    exporting.put("A", "v")
    with pytest.raises(Closed):
        exporting.export_rows(lambda line: exporting.close())
    putting: SecretStore | None = None

    def clock() -> int:
        if putting is not None:
            putting.close()
        return 1

    putting = open_store(tmp_path / "b.db", clock=clock)
    assert putting.put("A", "v").revision == 1
    with pytest.raises(Closed):
        putting.has("A")
    with open_store(tmp_path / "b.db") as again:
        assert again.get_or_throw("A").value == "v"


def test_a_write_that_took_less_than_it_was_given_is_an_error(store: SecretStore) -> None:
    store.put("A", "v")
    with pytest.raises(OSError, match=r"^write: expected all \d+ bytes .*, got 3 written$"):
        store.export_rows(lambda line: 3)
    taken = bytearray()
    store.export_rows(lambda line: taken.extend(line))
    store.export_rows(lambda line: len(line))
    assert taken.endswith(b"}\n")
