"""Key encryption keys (KEKs) as the host hands them over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from . import _secretstore
from .errors import InvalidArgument, InvalidOptions
from .values import is_integer, refuse_type


@dataclass(frozen=True, slots=True)
class Key:
    """A KEK: a version (0 to 2^53-1) and 32 bytes as standard base64."""

    version: int
    material: str = field(repr=False)


Keys: TypeAlias = "str | Iterable[Key | tuple[int, str]]"
"""Keys, the active one first; or one str in the form of :func:`parse_keys`."""

_WANTED = 'Key objects or pairs (version, base64), the active one first, or a str as in "1:q83v..."'
_VERSION_DIGITS_AT_MOST = 16  # of 2^53-1
_BYTES_LIKE = bytes | bytearray | memoryview


def generate_key() -> str:
    """A fresh random KEK as base64, as ``openssl rand -base64 32`` prints it.

    The random bytes are OpenSSL's (RAND_priv_bytes(3)).
    """
    material: str = _secretstore.generate_key()
    return material


def parse_keys(text: str) -> list[Key]:
    """Keys from ``VERSION:BASE64`` items, apart by commas or white space, the active one first.

    This is what the ``secretstore`` command takes in ``SECRET_STORE_KEYS`` and in a key file. Lines
    that begin with ``#`` are comments. Raises :class:`InvalidOptions`, which never shows a key.
    """
    if not isinstance(text, str):
        refuse_type("keys", 'str as in "1:q83v..."', text)
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    items = " ".join(lines).replace(",", " ").split()
    keys = []
    for position, item in enumerate(items, start=1):
        version, colon, material = item.partition(":")
        if not colon or not _is_version(version):
            raise InvalidOptions(
                f"key {position}: expected VERSION:BASE64, as in 1:q83v..., got something else"
            )
        keys.append(Key(int(version), material))
    if not keys:
        raise InvalidOptions("expected at least one key as VERSION:BASE64, got none")
    return keys


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _VERSION_DIGITS_AT_MOST


def keys_from_environment(environment: Mapping[str, str] | None = None) -> list[Key]:
    """The keys in ``SECRET_STORE_KEYS``, or in the file that ``SECRET_STORE_KEYS_FILE`` names."""
    variables = os.environ if environment is None else environment
    if "SECRET_STORE_KEYS" in variables:
        return parse_keys(variables["SECRET_STORE_KEYS"])
    if "SECRET_STORE_KEYS_FILE" in variables:
        return parse_keys(Path(variables["SECRET_STORE_KEYS_FILE"]).read_text(encoding="utf-8"))
    raise InvalidOptions("expected SECRET_STORE_KEYS or SECRET_STORE_KEYS_FILE to be set")


def _listed(keys: Keys, label: str) -> list[Any]:
    """Keys in any of their forms one by one. What has no order names no active key."""
    if isinstance(keys, str):
        return list(parse_keys(keys))
    if not isinstance(keys, Iterable) or isinstance(keys, Mapping | Set | _BYTES_LIKE):
        refuse_type(label, _WANTED, keys)
    return list(keys)


def _pair(key: Any, label: str) -> tuple[int, str]:
    pair = (key.version, key.material) if isinstance(key, Key) else key
    if not isinstance(pair, tuple | list):
        refuse_type(label, "a Key or a pair (version, base64)", key)
    if len(pair) != 2:
        raise TypeError(f"{label}: expected a pair (version, base64), got {len(pair)} items")
    version, material = pair
    if not (is_integer(version) and isinstance(material, str)):
        got = f"{type(version).__name__} and {type(material).__name__}"
        raise TypeError(f"{label}: expected an int and the key as a base64 str, got {got}")
    return version, material


def key_pairs(keys: Keys, label: str) -> list[tuple[int, str]]:
    """Keys in any of their forms as pairs. Raises TypeError, which never shows a key."""
    listed = enumerate(_listed(keys, label))
    return [_pair(key, f"{label}[{position}]") for position, key in listed]


def make_keyring(keys: Keys | None, label: str) -> Any:
    """A native keyring; None for no keys."""
    return None if keys is None else keyring_of(keys, label)


def keyring_of(keys: Keys, label: str) -> Any:
    """A native keyring of keys that are given."""
    pairs = key_pairs(keys, label)
    if not pairs:
        raise InvalidArgument(f"{label}: expected at least one key, got none")
    keyring = _secretstore.keyring_new()
    for version, material in pairs:
        _secretstore.keyring_add_key(keyring, version, material)
    return keyring
