"""On a terminal: the prompt that does not show what is typed, colours, the newline after a value."""

import os
import pty
import select
import signal
import subprocess
import termios
import time

from conftest import BINARY


class Terminal:
    """The command with a terminal of its own on all three streams."""

    def __init__(self, command, *words, environment=None, streams=("stdin", "stdout", "stderr")):
        self.leader, follower = pty.openpty()
        self.process = subprocess.Popen(
            [BINARY, *words, "--store", str(command.store), "--keys-file", str(command.keys_file)],
            env={**command.environment, **(environment or {})},
            start_new_session=True,
            preexec_fn=self._take_terminal(follower),
            **{stream: follower for stream in streams},
        )
        os.close(follower)
        self.seen = b""

    @staticmethod
    def _take_terminal(follower):
        import fcntl

        return lambda: fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

    def read_until(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.leader], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.leader, 4096)
                except OSError:
                    break
        assert text in self.seen, self.seen
        return self.seen

    def echoes(self):
        return bool(termios.tcgetattr(self.leader)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.leader, text)

    def finish(self):
        try:
            while True:
                data = os.read(self.leader, 4096)
                if not data:
                    break
                self.seen += data
        except OSError:
            pass
        code = self.process.wait(timeout=60)
        os.close(self.leader)
        return code


def test_the_prompt_takes_a_value_without_showing_it(command):
    terminal = Terminal(command, "put", "A")
    terminal.read_until(b"Value: ")
    assert not terminal.echoes()
    terminal.type(b"hunter2\n")
    terminal.read_until(b"Again: ")
    terminal.type(b"hunter2\n")
    assert terminal.finish() == 0
    assert b"hunter2" not in terminal.seen and b"created A" in terminal.seen
    assert command.run("get", "A").stdout == b"hunter2"


def test_two_values_that_differ_are_refused(command):
    terminal = Terminal(command, "put", "A")
    terminal.read_until(b"Value: ")
    terminal.type(b"one\n")
    terminal.read_until(b"Again: ")
    terminal.type(b"two\n")
    assert terminal.finish() == 2
    assert b"differ" in terminal.seen and not command.store.exists()


def test_an_empty_value_at_the_prompt_is_refused(command):
    terminal = Terminal(command, "put", "A")
    terminal.read_until(b"Value: ")
    terminal.type(b"\n")
    terminal.read_until(b"Again: ")
    terminal.type(b"\n")
    assert terminal.finish() == 2
    assert b"--allow-empty" in terminal.seen and not command.store.exists()


def test_an_interrupt_gives_the_echo_back(command):
    terminal = Terminal(command, "put", "A")
    terminal.read_until(b"Value: ")
    assert not terminal.echoes()
    terminal.type(b"half a val")
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.wait(timeout=60)
    assert terminal.echoes()
    terminal.finish()
    assert b"half a val" not in terminal.seen


def test_a_value_on_a_terminal_ends_in_a_newline(command):
    command.run("put", "A", stdin=b"v")
    terminal = Terminal(command, "get", "A")
    assert terminal.finish() == 0
    assert terminal.seen == b"v\r\n"


def test_tables_are_coloured_on_a_terminal_only_and_not_with_no_color(command):
    command.run("put", "A", stdin=b"v")
    coloured = Terminal(command, "ls")
    assert coloured.finish() == 0
    assert b"\033[1m" in coloured.seen
    plain = Terminal(command, "ls", environment={"NO_COLOR": "1"})
    assert plain.finish() == 0
    assert b"\033" not in plain.seen
    assert b"\033" not in command.run("ls").stdout
