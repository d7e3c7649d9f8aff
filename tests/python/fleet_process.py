"""A process of the fleet that test_keys_life.py moves to another key: it has a store open, with
maintenance on, while its threads read and write.

    python fleet_process.py STORE KEYS

It takes commands from its standard input, one a line, and answers each with a line of JSON:

    reload KEYS   gives the store other keys; answered once no call goes on with the former ones
    rotate        drains every older key
    retire N      retires key version N: its epoch, or the code of the error
    end           ends the threads, and says what they did
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from secretstore import SecretStore, SecretStoreError

SECRETS = 40
READERS = 2
OWN_SECRETS = 10
BUSY_TIMEOUT_MS = 60_000  # nobody is to give up on a busy machine


def name_of(number: int) -> str:
    return f"SECRET_{number}"


class Load:
    """Threads that call the store again and again; what fails is kept, and they go on."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store
        self._turned = threading.Condition()
        self._turns = [0] * (READERS + 1)
        self._ends = False
        self.failures: list[str] = []
        self._threads = [
            threading.Thread(target=self._repeat, args=(index, self._read))
            for index in range(READERS)
        ]
        self._threads.append(threading.Thread(target=self._repeat, args=(READERS, self._write)))
        for thread in self._threads:
            thread.start()

    def _repeat(self, index: int, work: Callable[[int], None]) -> None:
        while not self._ends:
            try:
                work(self._turns[index])
            except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
                self.failures.append(f"{work.__name__}: {error!r}")
            with self._turned:
                self._turns[index] += 1
                self._turned.notify_all()

    def _read(self, turn: int) -> None:
        name = name_of(turn % SECRETS)
        found = self._store.get_or_throw(name)
        assert found.value == name, "a value of another secret"

    def _write(self, turn: int) -> None:
        self._store.put(f"OWN_{os.getpid()}_{turn % OWN_SECRETS}", str(turn))

    def wait_a_turn(self) -> None:
        """Until each thread has begun a call and ended it."""
        with self._turned:
            before = list(self._turns)
            self._turned.wait_for(
                lambda: all(now >= then + 2 for now, then in zip(self._turns, before, strict=True))
            )

    def end(self) -> dict[str, Any]:
        self._ends = True
        for thread in self._threads:
            thread.join()
        return {"turns": self._turns, "failures": self.failures}


def retire(store: SecretStore, version: int) -> dict[str, Any]:
    try:
        return {"epoch": store.retire_key(version).epoch}
    except SecretStoreError as error:
        return {"error": error.code}


def answer(store: SecretStore, load: Load, command: str, argument: str) -> dict[str, Any]:
    if command == "reload":
        store.reload_keys(argument)
        load.wait_a_turn()
        return {}
    if command == "rotate":
        return {"rotated": store.rotate_all().rotated}
    if command == "retire":
        return retire(store, int(argument))
    assert command == "end", command
    return load.end()


def main() -> None:
    path, keys = sys.argv[1:]
    with SecretStore.open(
        path,
        keys=keys,
        create=False,
        durability="normal",
        busy_timeout_ms=BUSY_TIMEOUT_MS,
        maintenance_interval_ms=1000,
    ) as store:
        load = Load(store)
        load.wait_a_turn()
        print("{}", flush=True)
        for line in sys.stdin:
            command, _, argument = line.strip().partition(" ")
            print(json.dumps(answer(store, load, command, argument)), flush=True)
            if command == "end":
                return


if __name__ == "__main__":
    main()
