"""The keys' lives, the settings and accepting, by ctypes, as long as the Python package lacks them;
and remove as it is meant. To be replaced by the package's own once it has them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from secretstore import SecretStore, _secretstore

LIBRARY = os.environ.get(
    "SECRETSTORE_LIBRARY",
    str(Path(__file__).parents[2] / "build" / "release" / "core" / "libsecretstore.so"),
)


class _Error(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_int),
        ("message", ctypes.c_char * 512),
        ("policy_location", ctypes.c_char * 256),
    )


class _RetireRequest(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("version", ctypes.c_int64),
        ("abandon", ctypes.c_bool),
        ("caller", ctypes.c_void_p),
    )


class _RetireResult(ctypes.Structure):
    _fields_ = (
        ("epoch", ctypes.c_int64),
        ("namespaces", ctypes.c_int64),
        ("faulty", ctypes.c_int64),
    )


class _AcceptRequest(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("namespace_name", ctypes.c_char_p),
        ("caller", ctypes.c_void_p),
    )


class _SettingsRequest(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("events_min_retention", ctypes.c_int),
        ("events_min_retention_ms", ctypes.c_int64),
        ("caller", ctypes.c_void_p),
    )


class _Report(ctypes.Structure):
    """As much of ss_verify_report as is read here, and room for the rest."""

    _fields_ = (("verdict", ctypes.c_int), ("rest", ctypes.c_char * 512))


_Clock = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
_SET = 2


class Failure(Exception):
    """As SecretStoreError."""


class Handle:
    """An open store."""

    def __init__(
        self,
        path: Path,
        keys: Sequence[tuple[int, str]],
        *,
        least_epoch: int = 1,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.library = ctypes.CDLL(LIBRARY)
        self.error = _Error()
        self.store = ctypes.c_void_p()
        self.clock = _Clock(lambda _: clock() if clock else 0)
        options = ctypes.c_void_p()
        self.call("options_new", os.fsencode(path), ctypes.byref(options))
        for version, key in keys:
            self.call("options_add_key", options, ctypes.c_int64(version), key.encode())
        self.call("options_set_durability", options, 1)
        self.call("options_set_least_epoch", options, ctypes.c_int64(least_epoch))
        if clock is not None:
            self.call("options_set_clock", options, self.clock, None)
        try:
            self.call("store_open", options, ctypes.byref(self.store))
        finally:
            self.library.ss_options_free(options)

    def call(self, name: str, *arguments: Any) -> None:
        function = getattr(self.library, f"ss_{name}")
        if function(*arguments, ctypes.byref(self.error)) != 0:
            raise Failure(f"{self.error.code}: {self.error.message.decode(errors='replace')}")

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.library.ss_store_free(self.store)

    def retire(self, version: int) -> int:
        """The epoch that began with it."""
        request = _RetireRequest(ctypes.sizeof(_RetireRequest), version, False, None)
        result = _RetireResult()
        self.call("retire_key", self.store, ctypes.byref(request), ctypes.byref(result))
        return int(result.epoch)

    def accept(self, namespace: str) -> None:
        request = _AcceptRequest(ctypes.sizeof(_AcceptRequest), namespace.encode(), None)
        self.call("accept", self.store, ctypes.byref(request), None)

    def settings(self, events_min_retention_ms: int) -> None:
        size = ctypes.sizeof(_SettingsRequest)
        request = _SettingsRequest(size, _SET, events_min_retention_ms, None)
        self.call("change_store_settings", self.store, ctypes.byref(request), None)

    def verify(self) -> str:
        report = _Report()
        self.call("verify", self.store, None, ctypes.byref(report))
        verdict = ("", "intact", "unprovable", "tampered")[report.verdict]
        self.library.ss_verify_report_clear(ctypes.byref(report))
        return verdict


def _remove(store: Any, name: str, *, namespace: str | None = None) -> bool:
    request = (namespace, name, None, False, store._caller)
    removed: bool = _secretstore.remove(store._handle, request)
    return removed


if len(_secretstore.record_fields()["ss_remove_request"]) == 5:
    SecretStore.remove = _remove  # type: ignore[method-assign, assignment]
