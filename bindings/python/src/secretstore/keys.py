"""Key encryption keys (KEKs) as the host hands them over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from . import _secretstore
from .errors import InvalidOptions


@dataclass(frozen=True, slots=True)
class Key:
    """A KEK: a version (0 to 2^53-1) and 32 bytes as standard base64."""

    version: int
    material: str = field(repr=False)


Keys: TypeAlias = "str | Iterable[Key | tuple[int, str]]"
"""Keys, the active one first; or one str in the form of :func:`parse_keys`."""


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
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    items = " ".join(lines).replace(",", " ").split()
    keys = []
    for position, item in enumerate(items, start=1):
        version, colon, material = item.partition(":")
        if not colon or not (version.isascii() and version.isdigit()):
            raise InvalidOptions(
                f"key {position}: expected VERSION:BASE64, as in 1:q83v..., got something else"
            )
        keys.append(Key(int(version), material))
    if not keys:
        raise InvalidOptions("expected at least one key as VERSION:BASE64, got none")
    return keys


def keys_from_environment(environment: Mapping[str, str] | None = None) -> list[Key]:
    """The keys in ``SECRET_STORE_KEYS``, or in the file that ``SECRET_STORE_KEYS_FILE`` names."""
    variables = os.environ if environment is None else environment
    if "SECRET_STORE_KEYS" in variables:
        return parse_keys(variables["SECRET_STORE_KEYS"])
    if "SECRET_STORE_KEYS_FILE" in variables:
        return parse_keys(Path(variables["SECRET_STORE_KEYS_FILE"]).read_text(encoding="utf-8"))
    raise InvalidOptions("expected SECRET_STORE_KEYS or SECRET_STORE_KEYS_FILE to be set")


def key_pairs(keys: Keys) -> list[tuple[int, str]]:
    """Keys in any of their forms as pairs."""
    listed = parse_keys(keys) if isinstance(keys, str) else keys
    return [(key.version, key.material) if isinstance(key, Key) else key for key in listed]


def make_keyring(keys: Keys | None) -> Any:
    """A native keyring; None for no keys."""
    if keys is None:
        return None
    keyring = _secretstore.keyring_new()
    for version, material in key_pairs(keys):
        _secretstore.keyring_add_key(keyring, version, material)
    return keyring
