"""exec: what the program that comes gets, and what is refused before it runs."""

import os
import subprocess

import pytest

from conftest import BINARY


def run_exec(command, *words, code=0, environment=None):
    done = command.bare(
        "exec",
        "--store",
        command.store,
        "--keys-file",
        command.keys_file,
        *words,
        environment=environment,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    return done


def environment_of(command, *words):
    done = run_exec(command, *words, "--", "env", "-0")
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)


def test_exec_puts_secrets_into_the_environment(command):
    command.run("put", "DB_URL", "--namespace", "n", stdin=b"postgres://\n=x")
    command.run("put", "TOKEN", "--namespace", "n", stdin=b"t")
    command.run("put", "GONE", "--namespace", "n", "--ttl", "1ms", stdin=b"t")
    found = environment_of(command, "--namespace", "n")
    assert found["DB_URL"] == "postgres://\n=x" and found["TOKEN"] == "t"
    assert found["PATH"] == os.environ["PATH"] and "GONE" not in found
    found = environment_of(command, "--namespace", "n", "--only", "TOKEN", "--prefix", "APP_")
    assert found["APP_TOKEN"] == "t" and "DB_URL" not in found and "TOKEN" not in found
    found = environment_of(command, "--namespace", "n", "--map", "TOKEN=PATH_TOKEN")
    assert found["PATH_TOKEN"] == "t" and "TOKEN" not in found


def test_exec_replaces_itself_and_hands_on_signals_words_and_exit_code(command):
    command.run("put", "A", stdin=b"1")
    script = "import os, signal, sys; print(os.getpid(), os.getppid(), sys.argv[1:], " \
        "signal.getsignal(signal.SIGPIPE).name)"
    done = run_exec(command, "--", "sh", "-c", "echo $$; exit 42", code=42)
    assert done.stdout.strip().isdigit()
    process = subprocess.Popen(
        [BINARY, "exec", "--store", command.store, "--keys-file", command.keys_file, "--",
         "/usr/bin/python3", "-c", script.replace(".name", ""), "--json", "--", "-x"],
        stdout=subprocess.PIPE,
        env=command.environment,
        restore_signals=True,
    )
    output, _ = process.communicate(timeout=60)
    pid, parent, rest = output.decode().split(" ", 2)
    assert int(pid) == process.pid and int(parent) == os.getpid()
    assert "['--json', '--', '-x']" in rest


def test_exec_overrides_what_is_there_and_hides_the_keys(command):
    command.run("put", "HOME", stdin=b"secret home")
    done = command.bare(
        "exec", "--store", command.store, "--", "env",
        environment={
            "HOME": "/root-of-test",
            "SECRET_STORE_KEYS": command.keys_file.read_text().strip(),
        },
    )
    assert done.returncode == 0
    assert "HOME=secret home" in done.stdout.decode()
    assert "SECRET_STORE_KEYS" not in done.stdout.decode()


def test_exec_refuses_names_that_no_environment_has(command):
    command.run("put", "db/url", stdin=b"1")
    done = run_exec(command, "--", "env", code=2)
    assert "--map 'db/url=NAME'" in done.stderr.decode() and done.stdout == b""
    assert environment_of(command, "--map", "db/url=DB_URL")["DB_URL"] == "1"
    run_exec(command, "--map", "db/url=9", "--", "env", code=2)
    command.run("put", "DB_URL", stdin=b"2")
    done = run_exec(command, "--map", "db/url=DB_URL", "--", "env", code=2)
    assert "two secrets would be called" in done.stderr.decode()


def test_exec_refuses_what_it_cannot_pass_on(command):
    command.run("put", "NUL", stdin=b"a\0b")
    assert "NUL byte" in run_exec(command, "--", "env", code=2).stderr.decode()
    command.run("rm", "NUL")
    command.run("put", "A", stdin=b"1")
    run_exec(command, "--", "no-such-command-at-all", code=127)
    run_exec(command, "--", str(command.folder), code=126)
    run_exec(command, code=2)
    run_exec(command, "--", code=2)


KEY_VARIABLES = ("SECRET_STORE_KEYS", "SECRET_STORE_KEYS_FILE", "SECRET_STORE_KEYS_COMMAND")


def test_exec_never_hands_on_keys_wherever_its_own_come_from(command):
    command.run("put", "A", stdin=b"1")
    key = command.keys_file.read_text().strip()
    variables = {name: f"about {key}" for name in KEY_VARIABLES}
    done = run_exec(command, "--", "env", environment={**variables, "SECRET_STORE_KEYSTONE": "kept"})
    text = done.stdout.decode()
    assert key not in text and "A=1" in text and "SECRET_STORE_KEYSTONE=kept" in text
    assert not any(f"{name}=" in text for name in KEY_VARIABLES)


@pytest.mark.parametrize(
    "name",
    """LD_PRELOAD LD_AUDIT DYLD_INSERT_LIBRARIES GLIBC_TUNABLES PATH IFS ENV BASH_ENV SHELLOPTS BASHOPTS
    PS4 PROMPT_COMMAND CDPATH NODE_OPTIONS NODE_PATH PYTHONPATH PYTHONSTARTUP PERL5OPT PERL5LIB RUBYOPT
    RUBYLIB GIT_SSH_COMMAND GIT_CONFIG_COUNT JAVA_TOOL_OPTIONS _JAVA_OPTIONS LUA_INIT LUA_PATH_5_4
    MAKEFLAGS GNUMAKEFLAGS RUSTC_WRAPPER GOFLAGS CARGO_HOME VIMINIT GTK_MODULES XDG_CONFIG_HOME
    SECRET_STORE_KEYS SECRET_STORE_PATH""".split(),
)
def test_names_that_loaders_and_interpreters_obey_are_refused(command, name):
    command.run("put", name, "--namespace", "direct", stdin=b"x")
    command.run("put", "A", "--namespace", "mapped", stdin=b"x")
    run = ("--", "touch", command.folder / "ran")
    direct = run_exec(command, "--namespace", "direct", *run, code=2)
    assert f'"{name}"' in direct.stderr.decode() and "--allow-unsafe-names" in direct.stderr.decode()
    run_exec(command, "--namespace", "mapped", "--map", f"A={name}", *run, code=2)
    for form in ("shell", "dotenv"):
        command.error("export", "--format", form, "--namespace", "direct", code=2)
    command.run("export", "--format", "json", "--namespace", "direct")
    assert not (command.folder / "ran").exists()


def test_names_that_are_obeyed_may_be_allowed_or_mapped(command):
    command.run("put", "NODE_OPTIONS", stdin=b"--no-warnings")
    found = environment_of(command, "--allow-unsafe-names")
    assert found["NODE_OPTIONS"] == "--no-warnings"
    found = environment_of(command, "--map", "NODE_OPTIONS=OPTIONS_OF_NODE")
    assert found["OPTIONS_OF_NODE"] == "--no-warnings" and "NODE_OPTIONS" not in found
    text = command.text("export", "--format", "dotenv", "--allow-unsafe-names")
    assert text == "NODE_OPTIONS='--no-warnings'\n" or text == "NODE_OPTIONS=--no-warnings\n"


@pytest.mark.parametrize("name", ["PATHS", "HOME", "GITHUB_TOKEN", "CARGO_REGISTRY_TOKEN", "NODE_ENV", "ENVIRONMENT", "DB_URL"])
def test_names_that_only_look_alike_are_handed_on(command, name):
    command.run("put", name, stdin=b"x")
    assert environment_of(command)[name] == "x"


@pytest.mark.parametrize(
    "words, code, message",
    [
        (["--namespace", "typo"], 1, 'namespace "typo": expected at least one unexpired secret'),
        (["--namespace", "expired"], 1, 'namespace "expired": expected at least one'),
        (["--namespace", "n", "--only", "A,NOPE"], 1, '"NOPE"'),
        (["--namespace", "n", "--only", ""], 2, "--only: expected names with only commas"),
        (["--namespace", "n", "--only", "A,"], 2, "--only: expected names with only commas"),
        (["--namespace", "n", "--only", ",A"], 2, "--only: expected names with only commas"),
        (["--namespace", "n", "--only", "A, B"], 2, "--only: expected names with only commas between"),
        (["--namespace", "n", "--map", "TYPO=X"], 1, '--map "TYPO=X": expected an unexpired secret'),
        (["--namespace", "n", "--map", "A=X,TYPO=Y"], 1, '--map "TYPO=Y"'),
        (["--namespace", "n", "--map", "A=X,A=Y"], 1, '--map "A=Y"'),
        (["--namespace", "n", "--only", "A", "--map", "B=X"], 1, '--map "B=X"'),
        (["--namespace", "n", "--map", "TYPO=B"], 1, '--map "TYPO=B"'),
        (["--namespace", "n", "--map", "A"], 2, "--map: expected NAME=ENV"),
        (["--namespace", "n", "--map", "A="], 2, "--map: expected NAME=ENV"),
        (["--namespace", "n", "--map", "=X"], 2, "--map: expected NAME=ENV"),
        (["--namespace", "n", "--map", ""], 2, "--map: expected NAME=ENV"),
        (["--namespace", "n", "--map", "A=X,,B=Y"], 2, "--map: expected NAME=ENV"),
    ],
)
def test_exec_says_what_is_missing_before_anything_runs(command, words, code, message):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    command.run("put", "B", "--namespace", "n", stdin=b"2")
    command.run("put", "A", "--namespace", "expired", "--ttl", "0ms", stdin=b"1")
    done = run_exec(command, *words, "--", "touch", command.folder / "ran", code=code)
    assert message in done.stderr.decode()
    assert not (command.folder / "ran").exists()
    if "--only" in words or "--map" in words:
        command.error("export", "--format", "json", *words, code=code)
