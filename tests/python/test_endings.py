"""Nothing waits for itself: not a close, not an interpreter that ends, not Ctrl-C.

Each program runs as a process of its own, since what is tested would hang it. The one bound in time
only tells a hang; no outcome depends on it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import KEYS, open_store

from secretstore import PutRequest

HANG_SECONDS = 60
ROWS = 2000

PRELUDE = """
import asyncio, gc, io, itertools, logging, os, signal, sqlite3, subprocess, sys, threading, time
from secretstore import *

path, key = sys.argv[1:3]
KEYS = [(1, key)]
FOREVER_MS = 2**31 - 1
forever = threading.Event().wait


def opened(**options):
    return SecretStore.open(
        path, **{"keys": KEYS, "durability": "normal", "busy_timeout_ms": FOREVER_MS, **options}
    )


def in_daemon(function, *args, **kwargs):
    threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True).start()


def lock():
    "Another process that holds the write lock, until this one is gone."
    program = '''
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
'''
    holder = subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\\n"
    return holder


def while_inside(number, act, times=3):
    "Sends a signal, and the next once it is handled; the last of them acts. By then the main"
    "thread is where only the library lets handlers run."
    handled = threading.Event()
    left = itertools.count(times - 1, -1)

    def handle(*_):
        if next(left) == 0:
            act()
        handled.set()

    def send():
        for _ in range(times):
            os.kill(os.getpid(), number)
            handled.wait()
            handled.clear()

    signal.signal(number, handle)
    in_daemon(send)


def interrupt():
    raise KeyboardInterrupt


def must_raise(expected, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except expected:
        return
    raise AssertionError(f"expected {expected.__name__}, got none")


POLICY = Policy("return { authorize = function() return false, 'no' end }")
"""


def run(path: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Runs a program on a store of some rows. One that hangs is the failure that this tells."""
    text = PRELUDE + textwrap.dedent(program)
    command = [sys.executable, "-c", text, str(path), KEYS["A"]]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS)
    except subprocess.TimeoutExpired as hang:
        pytest.fail(f"it hangs; so far: {hang.stderr!r}")


def assert_whole(path: Path) -> None:
    """The store is as it was, and nobody has it open."""
    assert not path.with_name(path.name + "-wal").exists()
    with open_store(path) as store:
        report = store.verify()
        assert report.is_intact
        assert report.rows_checked >= ROWS
        store.put("AFTERWARDS", "v")


@pytest.fixture
def filled(path: Path) -> Path:
    with open_store(path) as store:
        store.put_many([PutRequest(f"N{number}", "v" * 100) for number in range(ROWS)])
    return path


# ---- Closing from within ------------------------------------------------------------------------

CALLS_WITH_CALLBACKS = {
    "verify": "store.verify(progress=lambda done, total: act())",
    "backup": "store.backup(path + '.copy', progress=lambda done, total: act())",
    "rotate_all": "store.rotate_all(progress=lambda done, total: act())",
    "export": "store.export_rows(lambda line: act())",
    "try_policy": "store.try_policy(POLICY, lambda refusal: act())",
}
ROTATING = "store = opened(keys=[(2, generate_key()), (1, key)])"


@pytest.mark.parametrize("call", CALLS_WITH_CALLBACKS.values(), ids=CALLS_WITH_CALLBACKS)
@pytest.mark.parametrize("by", ["callback", "handler", "thread", "finalizer"])
def test_a_close_during_a_call_ends_it(filled: Path, call: str, by: str) -> None:
    """From within its callback, from a signal handler or a finalizer that runs in there, or from
    another thread that the callback waits for."""
    done = run(
        filled,
        f"""
        class Closing:
            def __del__(self):
                store.close()

        def by_finalizer():
            closing = Closing()
            closing.itself = closing
            del closing
            gc.collect()

        def by_thread():
            thread = threading.Thread(target=store.close)
            thread.start()
            thread.join()

        signal.signal(signal.SIGUSR1, lambda *_: store.close())
        act = {{
            "callback": lambda: store.close(),
            "handler": lambda: os.kill(os.getpid(), signal.SIGUSR1),
            "thread": by_thread,
            "finalizer": by_finalizer,
        }}["{by}"]
        {ROTATING}
        must_raise(Closed, lambda: {call})
        must_raise(Closed, store.get, "N0")
        store.close()
        assert not os.path.exists(path + ".copy")
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("function", ["log", "clock"])
def test_a_close_by_the_log_or_the_clock_ends_the_call(filled: Path, function: str) -> None:
    done = run(
        filled,
        f"""
        armed = threading.Event()

        class Handler(logging.Handler):
            def emit(self, record):
                if armed.is_set() and "{function}" == "log":
                    store.close()

        def clock():
            if armed.is_set() and "{function}" == "clock":
                store.close()
            return 1_900_000_000_000

        logging.getLogger("secretstore").addHandler(Handler())
        logging.getLogger("secretstore").setLevel(logging.DEBUG)
        store = opened(clock=clock)
        armed.set()
        for number in range(5):
            try:
                store.put("BY_CLOCK", "v")
            except Closed:
                break
        else:
            raise AssertionError("it never closed")
        must_raise(Closed, store.get, "N0")
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_whole(filled)


def test_a_store_is_collected_by_its_own_maintenance_thread(filled: Path) -> None:
    """The garbage collector runs wherever it likes: here, in the log callback of the thread that
    the store waits for as it closes."""
    done = run(
        filled,
        """
        dropped, collected = threading.Event(), threading.Event()

        class Handler(logging.Handler):
            def emit(self, record):
                if threading.current_thread() is not threading.main_thread():
                    dropped.wait()
                    gc.collect()
                    collected.set()

        logging.getLogger("secretstore").addHandler(Handler())
        logging.getLogger("secretstore").setLevel(logging.DEBUG)
        gc.disable()
        cycle = [opened(maintenance_interval_ms=1000)]
        cycle.append(cycle)
        del cycle
        dropped.set()
        collected.wait()
        while os.path.exists(path + "-wal"):  # the thread closes the store as it leaves it
            time.sleep(0.01)
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_whole(filled)


# ---- Closing while a call waits for a lock ------------------------------------------------------

WAITING_CALLS = {
    "put": "store.put('B', 'v')",
    "put_many": "store.put_many([PutRequest('B', 'v'), PutRequest('C', 'v')])",
    "update": "store.update('N0', metadata={'a': 1})",
    "remove": "store.remove('N0')",
    "import": "store.import_rows(exported)",
    "rotate_keys": "store.rotate_keys(1)",
    "rotate_all": "store.rotate_all()",
}
WAITS = pytest.mark.parametrize("call", WAITING_CALLS.values(), ids=WAITING_CALLS)


@WAITS
@pytest.mark.parametrize("by", ["handler", "thread"])
def test_a_close_ends_a_wait_for_a_lock(filled: Path, call: str, by: str) -> None:
    done = run(
        filled,
        f"""
        {ROTATING}
        lines = []
        store.export_rows(lines.append)
        exported = b"".join(lines)
        holder = lock()

        def by_thread():
            in_daemon(store.close)

        while_inside(signal.SIGUSR1, {{"handler": store.close, "thread": by_thread}}["{by}"])
        must_raise(Closed, lambda: {call})
        store.close()
        holder.communicate()
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_whole(filled)


# ---- Ctrl-C -------------------------------------------------------------------------------------


@WAITS
def test_ctrl_c_ends_a_wait_for_a_lock(filled: Path, call: str) -> None:
    done = run(
        filled,
        f"""
        {ROTATING}
        lines = []
        store.export_rows(lines.append)
        exported = b"".join(lines)
        holder = lock()
        must_raise(KeyboardInterrupt, lambda: (while_inside(signal.SIGINT, interrupt), {call}))
        holder.communicate()
        store.put("STILL_OPEN", "v")
        store.close()
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_ends_opening_a_locked_store(filled: Path) -> None:
    """A new key is recorded by a write, which waits."""
    done = run(
        filled,
        """
        def open_and_put():
            while_inside(signal.SIGINT, interrupt)
            opened(keys=[(2, generate_key()), (1, key)]).put("A", "v")

        holder = lock()
        must_raise(KeyboardInterrupt, open_and_put)
        holder.communicate()
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_whole(filled)


LONG_CALLS = {
    "put_many": "store.put_many([PutRequest(f'L{n}', 'v') for n in range(rows)])",
    "import": "store.import_rows(exported, existing='replace')",
    "export": "store.export_rows(lambda line: None)",
    "verify": "store.verify()",
    "verify with progress": "store.verify(progress=lambda done, total: True)",
    "backup": "store.backup(f'{path}.copy{rows}')",
    "rotate_all": "store.rotate_all()",
    "rotation_status": "store.rotation_status()",
}


@pytest.mark.parametrize("call", LONG_CALLS.values(), ids=LONG_CALLS)
def test_ctrl_c_ends_long_work(path: Path, call: str) -> None:
    """The work doubles until it lasts long enough for a signal to come in time."""
    done = run(
        path,
        f"""
        class Heard(Exception):
            "Raised by a handler only where the main thread is inside the call."

        inside = False

        def handle(_, frame):
            if inside and frame.f_code.co_filename.endswith("store.py"):
                raise Heard

        signal.signal(signal.SIGALRM, handle)
        rows = 4000
        keys = [(1, key)]
        while rows < 10**6:
            with opened(keys=keys) as store:
                for start in range(0, rows, 1000):
                    store.put_many(
                        [PutRequest(f"N{{n}}", "v" * 300) for n in range(start, start + 1000)]
                    )
                lines = []
                store.export_rows(lines.append)
                exported = b"".join(lines)
            keys.insert(0, (keys[0][0] + 1, generate_key()))
            with opened(keys=keys) as store:
                signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
                try:
                    inside = True
                    {call}
                except Heard:
                    break
                finally:
                    inside = False
                    signal.setitimer(signal.ITIMER_REAL, 0)
            rows *= 2
        else:
            raise AssertionError("nobody heard the signal")
        copy = f"{{path}}.copy{{rows}}"
        for file in [path, copy] if os.path.exists(copy) else [path]:  # it may have been heard late
            with SecretStore.open(file, keys=keys) as store:
                assert store.verify().is_intact
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("call", CALLS_WITH_CALLBACKS.values(), ids=CALLS_WITH_CALLBACKS)
def test_ctrl_c_in_a_callback_comes_out_of_the_call(filled: Path, call: str) -> None:
    done = run(
        filled,
        f"""
        act = lambda: os.kill(os.getpid(), signal.SIGINT)
        {ROTATING}
        must_raise(KeyboardInterrupt, lambda: {call})
        store.put("STILL_OPEN", "v")
        store.close()
        assert not os.path.exists(path + ".copy")
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("function", ["log", "clock"])
def test_ctrl_c_in_the_log_or_the_clock_is_not_lost(filled: Path, function: str) -> None:
    done = run(
        filled,
        f"""
        armed = threading.Event()

        def act(name):
            if armed.is_set() and name == "{function}":
                armed.clear()
                os.kill(os.getpid(), signal.SIGINT)

        class Handler(logging.Handler):
            def emit(self, record):
                act("log")

        def clock():
            act("clock")
            return 1_900_000_000_000

        logging.getLogger("secretstore").addHandler(Handler())
        logging.getLogger("secretstore").setLevel(logging.DEBUG)
        store = opened(clock=clock)
        armed.set()
        must_raise(KeyboardInterrupt, store.put, "A", "v")
        store.put("STILL_OPEN", "v")
        store.close()
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_whole(filled)


# ---- The interpreter's end ----------------------------------------------------------------------

ENDS = {
    "normal": ("pass", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "os._exit": ("os._exit(4)", 4),
    "exception": ("raise RuntimeError", 1),
    "Ctrl-C": ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT),
}
BLOCKED = {
    **{name: (call, "opened()") for name, call in CALLS_WITH_CALLBACKS.items()},
    "rotate_all": (CALLS_WITH_CALLBACKS["rotate_all"], ROTATING.removeprefix("store = ")),
    "clock": ("store.put('A', 'v')", "opened(clock=clock)"),
    "log": ("store.put('A', 'v')", "opened()"),
    "log of maintenance": ("forever()", "opened(maintenance_interval_ms=1000)"),
}


@pytest.mark.parametrize(("end", "status"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(("call", "opening"), BLOCKED.values(), ids=BLOCKED)
def test_an_end_waits_for_no_callback_of_a_daemon_thread(
    filled: Path, call: str, opening: str, end: str, status: int
) -> None:
    done = run(
        filled,
        f"""
        blocked = threading.Event()

        def act():
            if threading.current_thread() is not threading.main_thread():
                blocked.set()
                forever()

        def log(record):  # and not a Handler, whose lock logging itself waits for as it ends
            if "{call}" in ("store.put('A', 'v')", "forever()"):
                act()
            return True

        def clock():
            act()
            return 1_900_000_000_000

        logging.getLogger("secretstore").addFilter(log)
        logging.getLogger("secretstore").setLevel(logging.DEBUG)
        store = {opening}
        in_daemon(lambda: {call})
        blocked.wait()
        {end}
        """,
    )
    assert done.returncode == status, done.stderr


PENDING = {
    "export": "export_rows(block)",
    "verify": "verify(progress=block)",
    "backup": "backup(path + '.copy', progress=block)",
    "a wait for a lock": "put('A', 'v')",
}
ASYNC_ENDS = {**ENDS, "close": ("await store.close()", 0)}


@pytest.mark.parametrize(("end", "status"), ASYNC_ENDS.values(), ids=ASYNC_ENDS)
@pytest.mark.parametrize("call", PENDING.values(), ids=PENDING)
def test_an_end_waits_for_no_pending_asynchronous_call(
    filled: Path, call: str, end: str, status: int
) -> None:
    done = run(
        filled,
        f"""
        async def main():
            loop = asyncio.get_running_loop()
            blocked = asyncio.Event()

            def block(*_):
                loop.call_soon_threadsafe(blocked.set)
                forever()

            store = await AsyncSecretStore.open(path, keys=KEYS, busy_timeout_ms=FOREVER_MS)
            task = asyncio.create_task(store.{call})
            if "{call}".startswith("put"):
                await asyncio.sleep(0.05)  # it may wait already, or soon will
            else:
                await blocked.wait()
            {end}

        if "{call}".startswith("put"):
            holder = lock()
        asyncio.run(main())
        """,
    )
    assert done.returncode == status, done.stderr


def test_ctrl_c_ends_an_asynchronous_call_through_its_with(filled: Path) -> None:
    done = run(
        filled,
        """
        async def main():
            async with await AsyncSecretStore.open(
                path, keys=KEYS, busy_timeout_ms=FOREVER_MS
            ) as store:
                waiting = [asyncio.create_task(store.put(f"A{n}", "v")) for n in range(9)]
                asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
                await asyncio.gather(*waiting)

        holder = lock()
        must_raise(KeyboardInterrupt, lambda: asyncio.run(main()))
        holder.communicate()
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_whole(filled)


# ---- Forks while a call runs --------------------------------------------------------------------


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
@pytest.mark.parametrize("call", CALLS_WITH_CALLBACKS.values(), ids=CALLS_WITH_CALLBACKS)
def test_a_child_that_is_forked_in_a_callback_ends(filled: Path, call: str, end: str) -> None:
    done = run(
        filled,
        f"""
        children = []

        def act():
            if not children:
                children.append(os.fork())
                if children == [0]:
                    {end}

        {ROTATING}
        {call}
        assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
        store.put("STILL_OPEN", "v")
        store.close()
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)", "store.close()"])
def test_a_child_that_is_forked_beside_a_call_ends(filled: Path, end: str) -> None:
    done = run(
        filled,
        f"""
        blocked = threading.Event()

        def block(*_):
            blocked.set()
            forever()

        store = opened()
        in_daemon(store.export_rows, block)
        blocked.wait()
        child = os.fork()
        if child == 0:
            must_raise(Unsupported, store.get, "N0")
            {end}
        else:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            store.put("STILL_OPEN", "v")
        """,
    )
    assert done.returncode == 0, done.stderr
