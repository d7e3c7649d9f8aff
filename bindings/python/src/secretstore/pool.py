"""A bounded pool of threads for ``AsyncSecretStore``.

Unlike those of ``concurrent.futures`` they are daemons: an interpreter that ends does not wait for
what they run, since that may be waiting itself, in a function of the host's.
"""

from __future__ import annotations

import os
import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

from typing_extensions import TypeVar

Returned = TypeVar("Returned")

_Item: TypeAlias = "tuple[Future[Any], Callable[[], Any]] | None"  # None: there will be no more
_Items: TypeAlias = "queue.SimpleQueue[_Item]"


def _run(future: Future[Returned], function: Callable[[], Returned]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future raises it
        future.set_exception(error)
    else:
        future.set_result(result)


def _work(items: _Items, idle: threading.Semaphore) -> None:
    while (item := items.get()) is not None:
        _run(*item)
        del item  # or it would keep its arguments until the next one comes
        idle.release()


def _stop(items: _Items, threads: int) -> None:
    for _ in range(threads):
        items.put(None)


def in_a_thread_of_its_own(function: Callable[[], Returned]) -> Future[Returned]:
    """For what must not wait until a thread of a pool is free."""
    future: Future[Returned] = Future()
    threading.Thread(target=_run, args=(future, function), name="secretstore", daemon=True).start()
    return future


class Pool:
    """At most ``max_threads`` threads, each started when it is first needed. A child after fork
    starts its own."""

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()  # a thread that a fork left behind may hold the former one
        self._items: _Items = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads = 0
        self._stop = weakref.finalize(self, _stop, self._items, self._max_threads)
        self._stop.atexit = False

    def _add_thread(self) -> None:
        if self._idle.acquire(blocking=False) or self._threads == self._max_threads:
            return
        self._threads += 1
        name = f"secretstore_{self._threads}"
        work = (self._items, self._idle)
        threading.Thread(target=_work, args=work, name=name, daemon=True).start()

    def submit(self, function: Callable[[], Returned]) -> Future[Returned]:
        """Runs it as soon as a thread is free. On a closed pool it is run at once."""
        if self._process != os.getpid():
            self._begin()
        future: Future[Returned] = Future()
        with self._lock:
            if self._stop.alive:
                self._items.put((future, function))
                self._add_thread()
                return future
        _run(future, function)
        return future

    def close(self) -> None:
        """Ends each thread after what was submitted."""
        with self._lock:
            self._stop()
