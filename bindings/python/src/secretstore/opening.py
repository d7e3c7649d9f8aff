"""Opening a store: from Python's options to the library's."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, Required, TypeAlias, TypedDict

from . import _secretstore
from .errors import InvalidArgument, InvalidOptions
from .keys import Keys, key_pairs
from .policy import Policy, policy_source
from .values import (
    CONSTANTS,
    DEFAULTS,
    Duration,
    code_of,
    duration_ms,
    function_or_none,
    instant_ms,
    optional_duration,
    path_text,
    text_or_none,
)

Durability: TypeAlias = Literal["full", "normal"]
Reads: TypeAlias = Literal["plain", "verified"]
Clock: TypeAlias = Callable[[], int | datetime]

DEFAULT_SECRET_RETENTION_MS: Final = DEFAULTS["secret_retention_ms"]
"""30 days: how long expired secrets are kept."""
DEFAULT_EVENT_RETENTION_MS: Final = DEFAULTS["event_retention_ms"]
"""180 days: how long events are kept."""

logger = logging.getLogger("secretstore")

_LOG_CODES = CONSTANTS["ss_log_level"]
_LOG_LEVELS = {
    _LOG_CODES["debug"]: logging.DEBUG,
    _LOG_CODES["warn"]: logging.WARNING,
    _LOG_CODES["error"]: logging.ERROR,
}


class OpenOptions(TypedDict, total=False):
    """The options of :meth:`SecretStore.open`, for functions that pass them on."""

    keys: Required[Keys]
    policy: Policy | str | os.PathLike[str] | None
    policy_hash: str | None
    policy_memory_bytes: int
    policy_instructions: int
    policy_deadline_ms: Duration
    default_ttl_ms: Duration | None
    max_value_bytes: int
    durability: Durability
    busy_timeout_ms: Duration
    create: bool
    allow_group: bool
    maintenance_interval_ms: Duration | None
    drain_after_ms: Duration
    secret_retention_ms: Duration
    event_retention_ms: Duration
    least_epoch: int
    anchor: str | None
    reads: Reads
    clock: Clock | None


class Connection:
    """An open store and what must live as long: shared by the handles of all its callers. Closes
    itself when nobody refers to it any more, and before the interpreter ends."""

    __slots__ = ("__weakref__", "handle", "path")

    def __init__(self, path: str, handle: Any) -> None:
        self.path = path
        self.handle = handle
        weakref.finalize(self, _secretstore.store_close, handle)


def _write_log(level: int, message: str) -> None:
    logger.log(_LOG_LEVELS[level], "%s", message)


def _log_level() -> int:
    for level, python_level in _LOG_LEVELS.items():
        if logger.isEnabledFor(python_level):
            return level
    return _LOG_CODES["none"]


def _milliseconds_of(clock: Clock) -> Callable[[], int]:
    return lambda: instant_ms(clock(), "clock")


def _policy_or_none(policy: Any, label: str) -> Any:
    return None if policy is None else policy_source(policy, label)


def _durability(durability: Any, label: str) -> int:
    return code_of("ss_durability", durability, label)


def _reads(reads: Any, label: str) -> int:
    return code_of("ss_reads", reads, label)


_READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "policy": _policy_or_none,
    "policy_hash": text_or_none,
    "policy_deadline_ms": duration_ms,
    "default_ttl_ms": optional_duration,
    "durability": _durability,
    "busy_timeout_ms": duration_ms,
    "maintenance_interval_ms": optional_duration,
    "drain_after_ms": duration_ms,
    "secret_retention_ms": duration_ms,
    "event_retention_ms": duration_ms,
    "anchor": text_or_none,
    "reads": _reads,
}
"""Of the options that do not cross over as they are."""

IN_RECORD: Final = tuple(_secretstore.record_fields()["ss_open_options"])
"""The options that the native module takes as a record; the others have ways of their own."""


def _as_is(value: Any, label: str) -> Any:
    return value


def _native_options(path: str, options: Mapping[str, Any]) -> Any:
    native = _secretstore.options_new(path)
    for version, material in key_pairs(options["keys"], "keys"):
        _secretstore.options_add_key(native, version, material)
    record = tuple(_READERS.get(name, _as_is)(options[name], name) for name in IN_RECORD)
    _secretstore.options_set(native, record)
    return native


def open_connection(path: str | os.PathLike[str], options: Mapping[str, Any]) -> Connection:
    """Opens a store; options are all of OpenOptions."""
    text = path_text(path, "path")
    clock = function_or_none(options["clock"], "clock")
    now = None if clock is None else _milliseconds_of(clock)
    try:
        native = _native_options(text, options)
        handle = _secretstore.store_open(native, _log_level(), _write_log, now)
    except InvalidArgument as error:  # an argument of open is an option
        raise InvalidOptions(str(error)) from None
    return Connection(text, handle)
