"""Arguments on their way to C: what was omitted, times, JSON."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import EllipsisType
from typing import Any, Final, Literal, TypeAlias

from .errors import InvalidArgument


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


def duration_ms(duration: Duration) -> int:
    """A duration as milliseconds; parts of one are dropped."""
    return duration // _MILLISECOND if isinstance(duration, timedelta) else duration


def instant_ms(instant: Instant) -> int:
    """A moment as milliseconds since the epoch; parts of one are dropped."""
    if not isinstance(instant, datetime):
        return instant
    if instant.utcoffset() is None:
        raise InvalidArgument("expected a datetime with a time zone, got one without")
    return (instant - _EPOCH) // _MILLISECOND


def to_datetime(instant_ms: int) -> datetime:
    """A time of a result (milliseconds since the Unix epoch) as a datetime in UTC."""
    return _EPOCH + instant_ms * _MILLISECOND


def optional_duration(duration: Duration | None | UnsetType) -> int | None | EllipsisType:
    """For the native module, which takes an Ellipsis for what was left out."""
    if duration is UNSET:
        return ...
    return None if duration is None else duration_ms(duration)


def optional_instant(instant: Instant | None | UnsetType) -> int | None | EllipsisType:
    """As :func:`optional_duration`."""
    if instant is UNSET:
        return ...
    return None if instant is None else instant_ms(instant)


def _as_dict(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"expected what JSON can say, got {type(value).__name__}")


def _check_keys(value: object, label: str) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidArgument(f"{label}: expected keys that are str, got {key!r}")
            _check_keys(item, label)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_keys(item, label)


def json_text(value: Mapping[str, object], label: str) -> str:
    """A JSON object as compact text."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{label}: expected a mapping, got {type(value).__name__}")
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


def code_of(names: Mapping[str, int], name: str, label: str) -> int:
    """The number of a named choice."""
    code = names.get(name)
    if code is None:
        wanted = ", ".join(repr(known) for known in names)
        raise InvalidArgument(f"{label}: expected one of {wanted}, got {name!r}")
    return code
