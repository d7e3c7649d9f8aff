"""Arguments on their way to C: what was omitted, times, JSON."""

from __future__ import annotations

import difflib
import enum
import inspect
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from types import EllipsisType
from typing import Any, Final, Literal, NoReturn, TypeAlias, TypeGuard

from . import _secretstore
from .errors import InvalidArgument

CONSTANTS: Final = _secretstore.constants()
"""The numbers of the library's constants by their names, in groups (bindings/swig/constants.h)."""

DEFAULTS: Final = CONSTANTS["default"]


class Unset(enum.Enum):
    """The type of :data:`UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""An argument that is left out, where ``None`` means something else: ``None`` clears."""

UnsetType: TypeAlias = Literal[Unset.UNSET]

Duration: TypeAlias = "int | timedelta"
"""Milliseconds, or a timedelta."""

Instant: TypeAlias = "int | datetime"
"""Milliseconds since the Unix epoch, or a datetime that knows its time zone."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


def refuse_type(label: str, wanted: str, got: object) -> NoReturn:
    """Raises a TypeError that names the argument, what it takes and the type of what came; what
    came itself may be a key or a value."""
    raise TypeError(f"{label}: expected {wanted}, got {type(got).__name__}")


def is_integer(value: object) -> TypeGuard[int]:
    """Whether it is an int, and not a bool, which Python counts among them."""
    return isinstance(value, int) and not isinstance(value, bool)


def duration_ms(duration: Duration, label: str) -> int:
    """A duration as milliseconds; parts of one are dropped."""
    if isinstance(duration, timedelta):
        return duration // _MILLISECOND
    return duration if is_integer(duration) else refuse_type(label, "int or timedelta", duration)


def instant_ms(instant: Instant, label: str) -> int:
    """A moment as milliseconds since the epoch; parts of one are dropped."""
    if is_integer(instant):
        return instant
    if not isinstance(instant, datetime):
        refuse_type(label, "int or datetime", instant)
    if instant.utcoffset() is None:
        raise InvalidArgument(f"{label}: expected a datetime with a time zone, got one without")
    return (instant - _EPOCH) // _MILLISECOND


def to_datetime(instant_ms: int) -> datetime:
    """A time of a result (milliseconds since the Unix epoch) as a datetime in UTC."""
    if not is_integer(instant_ms):
        refuse_type("instant_ms", "int", instant_ms)
    return _EPOCH + instant_ms * _MILLISECOND


def optional_duration(
    duration: Duration | None | UnsetType, label: str
) -> int | None | EllipsisType:
    """For the native module, which takes an Ellipsis for what was left out."""
    if duration is UNSET:
        return ...
    return None if duration is None else duration_ms(duration, label)


def optional_instant(instant: Instant | None | UnsetType, label: str) -> int | None | EllipsisType:
    """As :func:`optional_duration`."""
    if instant is UNSET:
        return ...
    return None if instant is None else instant_ms(instant, label)


def optional_text(text: str | None | UnsetType, label: str) -> str | None | EllipsisType:
    """As :func:`optional_duration`."""
    if text is UNSET:
        return ...
    return text_or_none(text, label)


def text_or_none(text: str | None, label: str) -> str | None:
    """The same, if it is one of both."""
    return text if text is None or isinstance(text, str) else refuse_type(label, "str", text)


def path_text(path: str | os.PathLike[str], label: str, wanted: str = "str or os.PathLike") -> str:
    """The text of a path."""
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    return text if isinstance(text, str) else refuse_type(label, wanted, path)


def function_or_none(function: Any, label: str) -> Any:
    """The same, if it is None or can be called, and is not asynchronous: nobody would await it."""
    if function is None:
        return None
    if not callable(function):
        refuse_type(label, "a function or None", function)
    its_class: Any = type(function)
    for called in (function, its_class.__call__):
        if inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called):
            raise TypeError(
                f"{label}: expected a function that is not asynchronous, got an async one"
            )
    return function


def check_names(named: Iterable[str], known: Iterable[str], function: str) -> None:
    """Refuses a keyword argument that a function which passes them on does not know."""
    known = list(known)
    for name in named:
        if name in known:
            continue
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"it knows {', '.join(known)}"
        raise TypeError(f"{function}() got an unexpected keyword argument {name!r}; {hint}")


def _as_dict(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"expected what JSON can say, got {type(value).__name__}")


def _check_keys(value: object, label: str) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                got = type(key).__name__
                raise InvalidArgument(f"{label}: expected keys that are str, got {got}")
            _check_keys(item, label)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_keys(item, label)


def json_text(value: Mapping[str, object], label: str) -> str:
    """A JSON object as compact text."""
    if not isinstance(value, Mapping):
        refuse_type(label, "a mapping", value)
    try:
        _check_keys(value, label)
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_dict
        )
    except TypeError as error:
        raise TypeError(f"{label}: {error}") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument(f"{label}: expected what JSON can say: {error}") from None


def optional_json(
    value: Mapping[str, object] | None | UnsetType, label: str
) -> str | None | EllipsisType:
    """As :func:`optional_duration`."""
    if value is UNSET:
        return ...
    return None if value is None else json_text(value, label)


def code_of(group: str, name: str, label: str) -> int:
    """The number of a named choice, which is one of a group of constants."""
    names = CONSTANTS[group]
    wanted = "one of " + ", ".join(repr(known) for known in names)
    if not isinstance(name, str):
        refuse_type(label, wanted, name)
    if name not in names:
        raise InvalidArgument(f"{label}: expected {wanted}, got {name!r}")
    return names[name]
