"""Running the command: a store in a temporary folder, keys in a file, results as text or JSON."""

import json
import os
import subprocess

import pytest

BINARY = os.environ["SECRETSTORE_BIN"]
KEY = "1:0aWsmgFfrC73s0FnNjVRKhUR9B/jfREbJn8DnuxdT1g="
OTHER_KEY = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k="


class Command:
    """The command with a store and a keys file of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.store = folder / "store.db"
        self.keys_file = folder / "keys"
        self.keys_file.write_text(KEY + "\n")
        self.keys_file.chmod(0o600)
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def bare(self, *words, stdin=b"", environment=None):
        """Runs with just these words; gives the finished process, with bytes."""
        return subprocess.run(
            [BINARY, *map(str, words)],
            input=stdin,
            capture_output=True,
            env={**self.environment, **(environment or {})},
            timeout=60,
            check=False,
        )

    def run(self, *words, stdin=b"", code=0):
        """Runs on the store, and expects this exit code."""
        done = self.bare(
            *words, "--store", self.store, "--keys-file", self.keys_file, stdin=stdin
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done

    def text(self, *words, stdin=b"", code=0):
        return self.run(*words, stdin=stdin, code=code).stdout.decode()

    def json(self, *words, stdin=b"", code=0):
        return json.loads(self.text(*words, "--json", stdin=stdin, code=code))

    def error(self, *words, stdin=b"", code):
        """What a failing call prints on standard error; nothing may be on standard output."""
        done = self.run(*words, stdin=stdin, code=code)
        assert done.stdout == b""
        return done.stderr.decode()


@pytest.fixture
def command(tmp_path):
    return Command(tmp_path)
