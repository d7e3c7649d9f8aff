"""`get` of 1 KiB through the Python package, against the bare C call on the same store, and
against the same job written by hand with `sqlite3` and `cryptography`. Slices are taken in turn;
the figures are medians. Run by `script/bench --python`.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from secretstore import PutRequest, SecretStore, generate_key

NAMES = 1000  # as in get_loop.c
VALUE_BYTES = 1024
SLICES = 15
GETS = 20_000
THREADS = 8
THREAD_SIZES = (1024, 65536, 1024 * 1024)
NAMESPACE = "acme:production"


class ByHand:
    """What one would write: a table, a DEK for each value, metadata and expiry checked."""

    def __init__(self, path: Path, kek: bytes) -> None:
        self.kek = AESGCM(kek)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(
            "CREATE TABLE secret (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, "
            "name TEXT NOT NULL, iv BLOB, dek_iv BLOB, wrapped_dek BLOB, expires_at INTEGER, "
            "metadata TEXT, value BLOB, UNIQUE (namespace, name))"
        )

    def aad(self, kind: str, name: str) -> bytes:
        return json.dumps([kind, NAMESPACE, name], separators=(",", ":")).encode()

    def put(self, name: str, value: str) -> None:
        dek, iv, dek_iv = AESGCM.generate_key(256), os.urandom(12), os.urandom(12)
        row = (
            NAMESPACE,
            name,
            iv,
            dek_iv,
            self.kek.encrypt(dek_iv, dek, self.aad("dek", name)),
            AESGCM(dek).encrypt(iv, value.encode(), self.aad("value", name)),
        )
        self.connection.execute(
            "INSERT INTO secret (namespace, name, iv, dek_iv, wrapped_dek, value) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )

    def get(self, name: str) -> str | None:
        row = self.connection.execute(
            "SELECT iv, dek_iv, wrapped_dek, expires_at, metadata, value FROM secret "
            "WHERE namespace = ? AND name = ?",
            (NAMESPACE, name),
        ).fetchone()
        if row is None:
            return None
        iv, dek_iv, wrapped_dek, expires_at, metadata, value = row
        if expires_at is not None and time.time() * 1000 >= expires_at:
            return None
        if metadata is not None:
            json.loads(metadata)
        dek = self.kek.decrypt(dek_iv, wrapped_dek, self.aad("dek", name))
        return AESGCM(dek).decrypt(iv, value, self.aad("value", name)).decode()


class BareC:
    """get_loop.c, in a process of its own on the same store."""

    def __init__(self, program: str, path: Path, key: str) -> None:
        self.process = subprocess.Popen(
            [program, str(path), key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def slice(self) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{GETS}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()) / GETS / 1000


def python_slice(get: Callable[[str], object]) -> float:
    """Microseconds for each get."""
    start = time.perf_counter()
    for number in range(GETS):
        get(f"N{number % NAMES}")
    return (time.perf_counter() - start) / GETS * 1e6


def compare(store: SecretStore, by_hand: ByHand, bare: BareC) -> None:
    def ours(name: str) -> object:
        return store.get(name, namespace=NAMESPACE)

    times: dict[str, list[float]] = {"ours": [], "c": [], "hand": []}
    for _ in range(SLICES):
        times["ours"].append(python_slice(ours))
        times["c"].append(bare.slice())
        times["hand"].append(python_slice(by_hand.get))
    median = {of: statistics.median(taken) for of, taken in times.items()}
    print(f"  get {VALUE_BYTES} B        ours {median['ours']:6.2f} us")
    for of, label, bar in (("c", "bare C call", 2.5), ("hand", "sqlite3 + cryptography", 1.0)):
        pairs = zip(times["ours"], times[of], strict=True)
        ratio = statistics.median(mine / other for mine, other in pairs)
        print(f"    {label:24} {median[of]:6.2f} us   ratio {ratio:.2f}   (bar {bar})")


def threads(store: SecretStore, bytes_each: int) -> None:
    """How much more eight threads do than one: the package, holding no lock while C works."""
    name = f"SIZE_{bytes_each}"
    store.put(name, "x" * bytes_each)
    gets = max(100, min(4000, 100_000_000 // bytes_each))

    def work() -> None:
        for _ in range(gets):
            store.get_bytes(name)

    def rate(count: int) -> float:
        workers = [threading.Thread(target=work) for _ in range(count)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return count * gets / (time.perf_counter() - start)

    ratio = statistics.median(rate(THREADS) / rate(1) for _ in range(5))
    print(f"  get_bytes {bytes_each} B, {THREADS} threads over 1: {ratio:.2f} times the gets")


def main() -> None:
    key = generate_key()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "secrets.db"
        by_hand = ByHand(Path(folder) / "hand.db", base64.b64decode(key))
        value = "x" * VALUE_BYTES
        with SecretStore.open(path, keys=[(1, key)], durability="normal") as store:
            store.put_many([PutRequest(f"N{n}", value, NAMESPACE) for n in range(NAMES)])
            by_hand.connection.execute("BEGIN")
            for number in range(NAMES):
                by_hand.put(f"N{number}", value)
            by_hand.connection.execute("COMMIT")
            compare(store, by_hand, BareC(sys.argv[1], path, key))
            for size in THREAD_SIZES:
                threads(store, size)


main()
