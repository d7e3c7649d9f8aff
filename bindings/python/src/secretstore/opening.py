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
    Duration,
    code_of,
    duration_ms,
    function_or_none,
    instant_ms,
    path_text,
    text_or_none,
)

Durability: TypeAlias = Literal["full", "normal"]
Clock: TypeAlias = Callable[[], int | datetime]

DEFAULT_SECRET_RETENTION_MS: Final = 30 * 24 * 60 * 60 * 1000
"""30 days: how long expired secrets are kept."""
DEFAULT_EVENT_RETENTION_MS: Final = 180 * 24 * 60 * 60 * 1000
"""180 days: how long events are kept."""

logger = logging.getLogger("secretstore")

_DURABILITIES = {"full": 0, "normal": 1}
_LOG_LEVELS = (logging.DEBUG, logging.WARNING, logging.ERROR)  # by ss_log_level
_LOG_NOTHING = len(_LOG_LEVELS)


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
    maintenance_interval_ms: Duration | None
    secret_retention_ms: Duration
    event_retention_ms: Duration
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
    for level, python_level in enumerate(_LOG_LEVELS):
        if logger.isEnabledFor(python_level):
            return level
    return _LOG_NOTHING


def _milliseconds_of(clock: Clock) -> Callable[[], int]:
    return lambda: instant_ms(clock(), "clock")


def _duration(options: Mapping[str, Any], name: str) -> int:
    return duration_ms(options[name], name)


def _set_policy(native: Any, options: Mapping[str, Any]) -> None:
    policy = options["policy"]
    if policy is not None:
        _secretstore.options_set_policy(native, policy_source(policy, "policy"))
    policy_hash = text_or_none(options["policy_hash"], "policy_hash")
    if policy_hash is not None:
        _secretstore.options_set_policy_hash(native, policy_hash)
    _secretstore.options_set_policy_limits(
        native,
        options["policy_memory_bytes"],
        options["policy_instructions"],
        _duration(options, "policy_deadline_ms"),
    )


def _set_maintenance(native: Any, options: Mapping[str, Any]) -> None:
    if options["maintenance_interval_ms"] is not None:
        interval_ms = _duration(options, "maintenance_interval_ms")
        _secretstore.options_set_maintenance(native, True, interval_ms)
    _secretstore.options_set_retention_ms(
        native,
        _duration(options, "secret_retention_ms"),
        _duration(options, "event_retention_ms"),
    )


def _native_options(path: str, options: Mapping[str, Any]) -> Any:
    native = _secretstore.options_new(path)
    for version, material in key_pairs(options["keys"], "keys"):
        _secretstore.options_add_key(native, version, material)
    _set_policy(native, options)
    _set_maintenance(native, options)
    if options["default_ttl_ms"] is not None:
        _secretstore.options_set_default_ttl_ms(native, _duration(options, "default_ttl_ms"))
    _secretstore.options_set_max_value_bytes(native, options["max_value_bytes"])
    durability = code_of(_DURABILITIES, options["durability"], "durability")
    _secretstore.options_set_durability(native, durability)
    _secretstore.options_set_busy_timeout_ms(native, _duration(options, "busy_timeout_ms"))
    _secretstore.options_set_create(native, options["create"])
    return native


def open_connection(path: str | os.PathLike[str], options: Mapping[str, Any]) -> Connection:
    """Opens a store; options are all of OpenOptions."""
    text = path_text(path, "path")
    clock = function_or_none(options["clock"], "clock")
    try:
        native = _native_options(text, options)
    except InvalidArgument as error:  # an argument of open is an option
        raise InvalidOptions(str(error)) from None
    handle = _secretstore.store_open(
        native, _log_level(), _write_log, None if clock is None else _milliseconds_of(clock)
    )
    return Connection(text, handle)
