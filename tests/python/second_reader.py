"""tools/read_store.py, which knows nothing of the library, beside the library's verify."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable
from pathlib import Path

from secretstore import KeyMismatch, KeyVersionUnavailable, NotFound, SecretStore

sys.path.append(str(Path(__file__).parents[2] / "tools"))
import read_store

KeyTexts = Iterable[tuple[int, str]]


def verdict_of_library(path: Path, keys: KeyTexts) -> str:
    try:
        with SecretStore.open(path, keys=list(keys), create=False) as store:
            return store.verify().verdict
    except KeyVersionUnavailable:
        return "unprovable"
    except (KeyMismatch, NotFound) as error:
        return error.code


def read(path: Path, keys: KeyTexts) -> read_store.Report:
    return read_store.read(path, {version: base64.b64decode(text) for version, text in keys})


def assert_agrees(path: Path, keys: KeyTexts) -> str:
    """Both say the same of a closed store; it is told."""
    keys = list(keys)
    ours = verdict_of_library(path, keys)
    try:
        report = read(path, keys)
    except read_store.KeyMismatch:
        assert ours == "key_mismatch"
    except read_store.NotAStore:
        assert ours == "not_found"
    else:
        assert report.verdict == ours, (ours, report.faults, report.unprovable)
    return ours
