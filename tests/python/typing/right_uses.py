"""Intended uses: type checkers find nothing in them."""

from datetime import datetime, timedelta, timezone
from typing import Any, Literal, NotRequired, TypedDict, assert_type

from secretstore import (
    UNSET,
    AcceptResult,
    Anchor,
    AsyncSecretStore,
    GetFailure,
    GetSuccess,
    Key,
    Policy,
    PutRequest,
    PutResult,
    RetireResult,
    SecretInfo,
    SecretStore,
    StoreSettings,
    Verdict,
    generate_key,
    parse_keys,
    to_datetime,
)

Namespace = Literal["acme:production", "acme:testing"]


class Metadata(TypedDict):
    owner: str
    label: NotRequired[str]


def untyped(path: str) -> None:
    with SecretStore.open(path, keys=[(1, generate_key())]) as store:
        assert_type(store.put("A", "v"), PutResult)
        result = store.get("A", namespace="anything")
        if result.ok is True:
            assert_type(result.value, str)
            print(result.metadata["any"] if result.metadata else None)
        else:
            assert_type(result.reason, Literal["not_found", "expired", "key_version_unavailable"])


def typed(path: str, policy: Policy) -> None:
    store = SecretStore[Namespace, Metadata].open(
        path,
        keys=[Key(1, generate_key())],
        policy=policy,
        default_ttl_ms=timedelta(days=30),
        clock=lambda: datetime.now(timezone.utc),
    )
    assert_type(store, SecretStore[Namespace, Metadata])
    store.put("A", b"v", namespace="acme:production", metadata={"owner": "ops"}, ttl_ms=None)
    store.put("A", bytearray(b"v"), metadata={"owner": "ops", "label": "l"}, ttl_ms=UNSET)
    store.put("A", memoryview(b"v"), metadata=None, ttl_ms=timedelta(hours=1), if_revision=2)
    store.update("A", expires_at=datetime.now(timezone.utc))
    as_bytes = store.get_bytes("A")
    if as_bytes:
        assert_type(as_bytes.value, bytes)
        if as_bytes.metadata is not None:
            assert_type(as_bytes.metadata["owner"], str)
    found = store.get_or_throw("A", namespace="acme:testing")
    assert_type(found, GetSuccess[str, Metadata])
    for secret in store.iter_secrets(namespace="acme:production"):
        assert_type(secret, SecretInfo[Namespace, Metadata])
        assert_type(secret.namespace, Namespace | None)
        print(to_datetime(secret.updated_at))
    for event in store.iter_events(namespace=None, type="rotated"):
        print(event.sequence, event.actor)
    request: PutRequest[Namespace, Metadata] = PutRequest("A", "v", metadata={"owner": "o"})
    assert_type(store.put_many([request]), list[PutResult])
    caller = store.with_caller(actor="alice", context={"request": 7})
    assert_type(caller, SecretStore[Namespace, Metadata])
    store.rotate_all(progress=lambda done, total: done < total)
    store.remove("A", namespace="acme:testing", purge=True)


def keys_life(path: str, store: SecretStore[Namespace, Metadata]) -> None:
    assert_type(store.retire_key(1, abandon=True), RetireResult)
    assert_type(store.admit_keys(), int)
    store.reload_keys("2:" + generate_key())
    store.reload_keys([Key(2, generate_key())])
    assert_type(store.settings(), StoreSettings)
    store.change_settings(events_min_retention_ms=timedelta(days=90))
    store.change_settings(events_min_retention_ms=UNSET)
    assert_type(store.accept(namespace="acme:testing"), AcceptResult)
    anchor = store.make_anchor()
    assert_type(anchor, Anchor)
    SecretStore.open(path, keys="1:x", anchor=anchor.text, least_epoch=2, reads="verified")
    store.note_restored()
    assert_type(store.verify().verdict, Verdict)
    for event in store.iter_events(store_log=True):
        if event.type == "key_retired":
            assert_type(event.secret_id, str | None)
            assert_type(event.name, str | None)
    store.backup("copy.db", unverified=True)


def narrowing(store: SecretStore) -> str | None:
    result = store.get("A")
    match result:
        case GetSuccess(value=value):
            return value
        case GetFailure():
            return None


async def asynchronous(path: str) -> None:
    keys = parse_keys("1:" + generate_key())
    opened = await AsyncSecretStore[Namespace, Metadata].open(path, keys=keys, max_threads=2)
    async with opened as store:
        await store.put("A", "v", namespace="acme:production", metadata={"owner": "o"})
        result = await store.get("A", namespace="acme:production")
        if result.ok is True:
            assert_type(result.value, str)
            assert_type(result.metadata, Metadata | None)
        async for secret in store.iter_secrets():
            assert_type(secret.metadata, Metadata | None)
        assert_type(await store.has("A"), bool)


def passed_on(store: SecretStore[Any, Any]) -> bool:
    return store.has("A")
