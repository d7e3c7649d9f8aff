"""Random operations on a store and on a plain dict, side by side, with a fake clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conftest import KEYS, FakeClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from secretstore import UNSET, Conflict, GetFailure, SecretStore

EXAMPLES = 1000
DEFAULT_TTL_MS = 5000

# Few, so that operations meet; and any text that is allowed, so that all of it is met.
any_name = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
names = st.sampled_from(["A", "B", "ключ", "🔑"]) | any_name
namespaces = st.sampled_from([None, "acme:production", "acme:testing"]) | st.none() | any_name
values = st.binary(max_size=2000)
keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
metadata_objects = st.dictionaries(keys, json_values, max_size=4)
changes = st.just(UNSET) | st.none() | metadata_objects
ttls = st.just(UNSET) | st.none() | st.integers(0, 10_000)


@dataclass
class Row:
    """What the model knows of a secret."""

    value: bytes
    metadata: dict[str, Any] | None
    expires_at: int | None
    created_at: int
    updated_at: int
    revision: int
    written: int


class Model(RuleBasedStateMachine):
    """The store and its model, after the same operations."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.store = SecretStore.open(
            ":memory:", keys=[(1, KEYS["A"])], clock=self.clock, default_ttl_ms=DEFAULT_TTL_MS
        )
        self.rows: dict[tuple[str | None, str], Row] = {}
        self.events: dict[str | None, int] = {}
        self.writes = 0

    def teardown(self) -> None:
        assert self.store.verify().is_intact
        self.store.close()

    def is_expired(self, row: Row) -> bool:
        return row.expires_at is not None and self.clock.now_ms >= row.expires_at

    def wrote(self, namespace: str | None) -> int:
        self.events[namespace] = self.events.get(namespace, 0) + 1
        self.writes += 1
        return self.writes

    @rule(milliseconds=st.integers(0, 6000))
    def time_passes(self, milliseconds: int) -> None:
        self.clock.now_ms += milliseconds

    @rule(namespace=namespaces, name=names, value=values, metadata=changes, ttl=ttls)
    def put(self, namespace: str | None, name: str, value: bytes, metadata: Any, ttl: Any) -> None:
        now = self.clock.now_ms
        old = self.rows.get((namespace, name))
        result = self.store.put(name, value, namespace=namespace, metadata=metadata, ttl_ms=ttl)
        if ttl is UNSET:
            keeps = old is not None and not self.is_expired(old)
            expires_at = old.expires_at if old is not None and keeps else now + DEFAULT_TTL_MS
        else:
            expires_at = None if ttl is None else now + ttl
        kept = old.metadata if old is not None else None
        self.rows[namespace, name] = Row(
            value,
            kept if metadata is UNSET else metadata,
            expires_at,
            old.created_at if old else now,
            now,
            old.revision + 1 if old else 1,
            self.wrote(namespace),
        )
        assert result.is_new == (old is None)
        assert result.revision == self.rows[namespace, name].revision
        assert result.expires_at == expires_at

    @rule(
        namespace=namespaces,
        name=names,
        metadata=changes,
        ttl=ttls,
        revision=st.none() | st.integers(0, 3),
    )
    @precondition(lambda self: self.rows)
    def update(self, namespace: Any, name: str, metadata: Any, ttl: Any, revision: Any) -> None:
        if metadata is UNSET and ttl is UNSET:
            return
        old = self.rows.get((namespace, name))
        arguments = {"namespace": namespace, "metadata": metadata, "ttl_ms": ttl}
        if revision is not None and (old.revision if old else 0) != revision:
            try:
                self.store.update(name, if_revision=revision, **arguments)
            except Conflict:
                return
            raise AssertionError("expected a conflict")
        result = self.store.update(name, if_revision=revision, **arguments)
        assert result.updated == (old is not None)
        if old is None:
            return
        if metadata is not UNSET:
            old.metadata = metadata
        if ttl is not UNSET:
            old.expires_at = None if ttl is None else self.clock.now_ms + ttl
        old.updated_at = self.clock.now_ms
        old.revision += 1
        old.written = self.wrote(namespace)
        assert (result.revision, result.expires_at) == (old.revision, old.expires_at)

    @rule(namespace=namespaces, name=names)
    def remove(self, namespace: str | None, name: str) -> None:
        was_there = self.rows.pop((namespace, name), None) is not None
        assert self.store.remove(name, namespace=namespace) == was_there
        if was_there:
            self.wrote(namespace)

    @rule(namespace=namespaces, name=names)
    def get(self, namespace: str | None, name: str) -> None:
        row = self.rows.get((namespace, name))
        result = self.store.get_bytes(name, namespace=namespace)
        if row is None:
            assert result == GetFailure("not_found")
        elif self.is_expired(row):
            assert result == GetFailure("expired")
        else:
            assert result.ok
            assert (result.value, result.metadata) == (row.value, row.metadata)
            assert (result.created_at, result.updated_at) == (row.created_at, row.updated_at)
            assert (result.expires_at, result.revision) == (row.expires_at, row.revision)
        assert self.store.has(name, namespace=namespace) == result.ok

    @rule(namespace=namespaces, page_items=st.integers(1, 4), ascending=st.booleans())
    def page(self, namespace: str | None, page_items: int, ascending: bool) -> None:
        listed = list(
            self.store.iter_secrets(
                namespace=namespace, page_items=page_items, order="asc" if ascending else "desc"
            )
        )
        wanted = {name: row for (of, name), row in self.rows.items() if of == namespace}
        assert {secret.name for secret in listed} == wanted.keys()
        assert len(listed) == len(wanted)
        times = [secret.updated_at for secret in listed]
        assert times == sorted(times, reverse=not ascending)
        for secret in listed:
            row = wanted[secret.name]
            assert secret.metadata == row.metadata
            assert secret.effective_state == ("expired" if self.is_expired(row) else "active")

    @rule(page_items=st.integers(1, 3))
    def page_events(self, page_items: int) -> None:
        for namespace, count in self.events.items():
            events = self.store.iter_events(namespace=namespace, page_items=page_items)
            assert [event.sequence for event in events] == list(range(count, 0, -1))

    @invariant()
    def namespaces_count(self) -> None:
        counts = dict.fromkeys(self.events, 0)
        for namespace, _ in self.rows:
            counts[namespace] += 1
        listed = self.store.iter_namespaces(page_items=2)
        assert {row.namespace: row.secret_count for row in listed} == counts


Model.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestModel = Model.TestCase


one_store = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@one_store
@given(name=any_name, namespace=namespaces, value=values, metadata=metadata_objects)
def test_round_trip(
    store: SecretStore, name: str, namespace: str | None, value: bytes, metadata: dict[str, Any]
) -> None:
    store.put(name, value, namespace=namespace, metadata=metadata)
    found = store.get_bytes_or_throw(name, namespace=namespace)
    assert (found.value, found.metadata) == (value, metadata)


@one_store
@given(value=st.text(max_size=500))
def test_text_round_trip(store: SecretStore, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    store.put("A", value)
    assert store.get_or_throw("A").value == value
