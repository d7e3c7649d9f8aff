"""Misuses: type checkers complain at the marked lines, and at no others."""

from typing import Literal, TypedDict

from secretstore import UNSET, AsyncSecretStore, GetResult, SecretStore

Namespace = Literal["acme:production", "acme:testing"]


class Metadata(TypedDict):
    owner: str


def wrong(store: SecretStore[Namespace, Metadata]) -> None:
    store.put("A", "v", namespace="acme:prod")  # WRONG: no such namespace
    store.get("A", namespace="acme")  # WRONG: no such namespace
    store.list(namespace="other")  # WRONG: no such namespace
    store.put("A", "v", metadata={"ownr": "o"})  # WRONG: a misspelt key
    store.put("A", "v", metadata={"owner": 1})  # WRONG: not a str
    store.put("A", "v", metadata={})  # WRONG: owner is missing
    print(store.get("A").value)  # WRONG: not checked
    result = store.get("A")
    if result.ok is False:
        print(result.value)  # WRONG: there is none
    else:
        print(result.reason)  # WRONG: there is none
    print(store.get_or_throw("A").metadata["owner"])  # WRONG: may be None
    store.put("A", 5)  # WRONG: neither text nor bytes
    store.put("A")  # WRONG: no value
    store.put("A", "v", "acme:testing")  # WRONG: only by name
    store.put("A", "v", ttl_ms=1.5)  # WRONG: not an int
    store.put("A", "v", ttl=5)  # WRONG: no such argument
    store.has("A", namespace=UNSET)  # WRONG: None is the default namespace
    store.list(order="up")  # WRONG: no such order
    store.list_events(namespace=None, type="made")  # WRONG: no such type
    store.list_events(namespace=None, type="key_added")  # WRONG: of the store log, not asked for
    store.accept(namespace="other")  # WRONG: no such namespace
    store.change_settings(events_min_retention_ms=None)  # WRONG: there is no none
    store.retire_key("1")  # WRONG: not an int
    store.reload_keys({1: "x"})  # WRONG: has no order
    store.put("A", "v").revision = 3  # WRONG: frozen
    store.with_caller("alice")  # WRONG: only by name
    SecretStore.open("secrets.db")  # WRONG: no keys
    SecretStore.open("secrets.db", keys="1:x", reads="twice")  # WRONG: no such reads
    SecretStore.open("secrets.db", keys="1:x", durability="none")  # WRONG: no such durability


async def unawaited(store: AsyncSecretStore[Namespace, Metadata]) -> GetResult[str, Metadata]:
    await store.put("A", "v", namespace="acme:prod")  # WRONG: no such namespace
    return store.get("A")  # WRONG: not awaited
