"""The notation of tests/scenarios/README.md, and its operations on the Python package."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conftest import KEYS

from secretstore import Policy

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
CASES_AT_LEAST = 680
WE_CAN = {"handle"}
CUT_CHARACTERS = 4

MATCHERS = {"$exactly", "$text", "$count", "$not"}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case, with the name of its file."""
    for file in sorted(SCENARIOS.glob("*.json")):
        if file.name != "schema.json":
            for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
                yield file.stem, case


def check_members(object_: dict[str, Any], allowed: set[str], where: str) -> None:
    """A misspelt member is a mistake in the file."""
    unknown = object_.keys() - allowed
    assert not unknown, f"{where}: unknown members {sorted(unknown)}"


# ---- Expanding ----------------------------------------------------------------------------------


def flip(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + ("B" if text[middle] == "A" else "A") + text[middle + 1 :]


FORMS: dict[frozenset[str], Callable[[dict[str, Any], Any], Any]] = {
    frozenset({"repeat", "count"}): lambda form, expanded: form["repeat"] * form["count"],
    frozenset({"base64"}): lambda form, expanded: base64.b64decode(form["base64"]),
    frozenset({"flip"}): lambda form, expanded: flip(expanded(form["flip"])),
    frozenset({"cut"}): lambda form, expanded: expanded(form["cut"])[:-CUT_CHARACTERS],
}


def expand(value: Any, variables: dict[str, Any]) -> Any:
    """Fills in variables and generated texts."""
    if isinstance(value, str) and value.startswith("$"):
        assert value[1:] in variables, f"{value} was never saved"
        return variables[value[1:]]
    if isinstance(value, list):
        return [expand(item, variables) for item in value]
    if isinstance(value, dict):
        form = FORMS.get(frozenset(value))
        if form is not None:
            return form(value, lambda inner: expand(inner, variables))
        return {key: expand(item, variables) for key, item in value.items()}
    return value


# ---- Matching -----------------------------------------------------------------------------------


def mismatch(expected: Any, actual: Any, where: str = "result") -> str | None:
    """Why actual is not what expected asks for; None if it is."""
    if isinstance(expected, dict) and len(expected) == 1 and next(iter(expected)).startswith("$"):
        return matcher_mismatch(expected, actual, where)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return dict_mismatch(expected, actual, where)
    if isinstance(expected, list) and isinstance(actual, list):
        return list_mismatch(expected, actual, where)
    if type(expected) is not type(actual) or expected != actual:
        return f"{where}: expected {expected!r}, got {actual!r}"
    return None


def dict_mismatch(expected: dict[str, Any], actual: dict[str, Any], where: str) -> str | None:
    for key, item in expected.items():
        if key not in actual:
            return f"{where}.{key}: missing"
        found = mismatch(item, actual[key], f"{where}.{key}")
        if found:
            return found
    return None


def list_mismatch(expected: list[Any], actual: list[Any], where: str) -> str | None:
    if len(expected) != len(actual):
        return f"{where}: expected {len(expected)} items, got {len(actual)}: {actual!r}"
    for index, pair in enumerate(zip(expected, actual, strict=True)):
        found = mismatch(*pair, f"{where}[{index}]")
        if found:
            return found
    return None


def matcher_mismatch(expected: dict[str, Any], actual: Any, where: str) -> str | None:
    ((matcher, operand),) = expected.items()
    assert matcher in MATCHERS, f"{where}: unknown matcher {matcher}"
    if matcher == "$exactly":
        extra = actual.keys() - operand.keys() if isinstance(actual, dict) else set()
        return f"{where}: unexpected {sorted(extra)}" if extra else mismatch(operand, actual, where)
    if matcher == "$count":
        fits = isinstance(actual, list) and len(actual) == operand
        return None if fits else f"{where}: expected {operand} items, got {actual!r}"
    if matcher == "$not":
        return None if mismatch(operand, actual, where) else f"{where}: expected not {operand!r}"
    # The text of metadata is not to be seen in Python: its meaning is compared.
    return mismatch(json.loads(operand), actual, where)


# ---- Operations ---------------------------------------------------------------------------------


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def camel(name: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


def plain(value: Any) -> Any:
    """A result as the scenarios write it."""
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {camel(field.name): plain(getattr(value, field.name)) for field in fields}
    return [plain(item) for item in value] if isinstance(value, list) else value


SECRET = {"name", "namespace"}
PAGING = {"order", "numItems", "cursor"}
OPERATIONS = {
    "put": SECRET | {"value", "metadata", "ttlMs", "ifRevision"},
    "get": SECRET,
    "getBytes": SECRET,
    "getOrThrow": SECRET,
    "has": SECRET,
    "update": SECRET | {"metadata", "expiresAt", "ttlMs", "ifRevision"},
    "remove": SECRET | {"ifRevision", "purge"},
    "list": {"namespace"} | PAGING,
    "listNamespaces": {"numItems", "cursor"},
    "listEvents": SECRET | {"type", "secretId", "storeLog"} | PAGING,
    "rotateKeys": {"fromVersion", "batchSize", "cursor"},
    "retireKey": {"version", "abandon"},
    "admitKeys": set(),
    "reloadKeys": {"keys"},
    "settings": set(),
    "changeSettings": {"eventsMinRetentionMs"},
    "cleanupEvents": {"retentionMs"},
    "accept": {"namespace"},
    "verify": set(),
}
WITHOUT_CALLER = {"reloadKeys", "settings", "verify"}
NULL_IS_OMITTED = {
    "order", "numItems", "type", "batchSize", "purge", "storeLog", "abandon", "retentionMs",
}  # fmt: skip


def prepare(operation: str, args: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The keyword arguments of a call, and its caller."""
    assert operation in OPERATIONS, f"unknown operation {operation}"
    callers = set() if operation in WITHOUT_CALLER else {"caller"}
    check_members(args, OPERATIONS[operation] | callers, operation)
    caller = args.get("caller")
    if caller is not None:
        check_members(caller, {"actor", "context"}, "caller")
    named = {
        snake(key): value
        for key, value in args.items()
        if key != "caller" and not (value is None and key in NULL_IS_OMITTED)
    }
    if "keys" in named:
        named["keys"] = [key_pair(key) for key in named["keys"]]
    return named, caller


def finish(operation: str, result: Any) -> Any:
    """A method's result as the scenarios write it."""
    if operation == "remove":
        return {"removed": result}
    found = plain(result)
    if operation == "getOrThrow":
        del found["ok"]
    return found


# ---- Options ------------------------------------------------------------------------------------


def key_pair(key: dict[str, Any]) -> tuple[int, str]:
    check_members(key, {"version", "key", "text"}, "keys")
    return key["version"], KEYS[key["key"]] if "key" in key else key["text"]


OPTIONS = {"keys", "defaultTtlMs", "maxValueBytes", "leastEpoch", "policy"}


def open_options(options: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of open."""
    check_members(options, OPTIONS, "options")
    named = {snake(key): value for key, value in options.items()}
    if "keys" in options:
        named["keys"] = [key_pair(key) for key in options["keys"]]
    if "policy" in options:
        named["policy"] = Policy(options["policy"])
    return named
