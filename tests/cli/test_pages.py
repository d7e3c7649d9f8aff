"""The manual page and the completion scripts: made from the tables, and sound."""

import subprocess

from test_commands import COMMANDS


def test_the_manual_page_is_sound_and_whole(command):
    page = command.bare("man").stdout
    checked = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, timeout=60
    )
    faults = checked.stdout.decode().splitlines()
    # The page is made anew by every build, so it has no date.
    assert [fault for fault in faults if "missing date" not in fault] == []
    text = subprocess.run(
        ["mandoc", "-T", "utf8"], input=page, capture_output=True, check=True, timeout=60
    ).stdout.decode()
    plain = "".join(c for i, c in enumerate(text) if c != "\b" and text[i + 1 : i + 2] != "\b")
    for name in COMMANDS:
        assert name in plain
    for part in ("--expect-head", "--least-epoch", "SECRET_STORE_KEYS", "EXIT STATUS", "secretstore exec", "unprovable"):
        assert part in plain


def bash_completions(command, *words):
    """What bash offers for these words, the last of which is being typed."""
    script = command.bare("completion", "bash").stdout.decode()
    quoted = " ".join(f"'{word}'" for word in words)
    script += (
        f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _secretstore; "
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        check=True,
        timeout=60,
        cwd=command.folder,
    )
    assert done.stderr == b""
    return done.stdout.decode().split()


def test_bash_completes(command):
    assert bash_completions(command, "secretstore", "ro") == ["rotate"]
    assert bash_completions(command, "secretstore", "audit", "h") == ["head"]
    assert bash_completions(command, "secretstore", "audit", "head", "--o") == ["--output"]
    assert bash_completions(command, "secretstore", "verify", "--exp") == ["--expect-head"]
    assert bash_completions(command, "secretstore", "completion", "") == ["bash", "zsh", "fish"]
    assert bash_completions(command, "secretstore", "get", "A", "--keys-file", "k") == ["keys"]
    assert bash_completions(command, "secretstore", "put", "A", "--ttl", "") == []
    assert bash_completions(command, "secretstore", "ke") == ["keygen", "keys"]


SECOND_WORDS = {
    "keys": ["admit", "retire"], "audit": ["anchor", "head"], "policy": ["check", "test", "try", "types"],
    "completion": ["bash", "fish", "zsh"], "rotate": [],
}  # fmt: skip


def test_bash_completes_second_words(command):
    for first, seconds in SECOND_WORDS.items():
        offered = bash_completions(command, "secretstore", first, "")
        assert sorted(offered) == (seconds or ["keys"]), first  # a file, where there are no words
    assert bash_completions(command, "secretstore", "keys", "re") == ["retire"]
    assert bash_completions(command, "secretstore", "keys", "--le") == ["--least-epoch"]
    assert bash_completions(command, "secretstore", "keys", "retire", "--ab") == ["--abandon"]
    assert bash_completions(command, "secretstore", "keys", "admit", "--ab") == []
    assert bash_completions(command, "secretstore", "audit", "anchor", "--in") == ["--init"]
    assert bash_completions(command, "secretstore", "audit", "anchor", "k") == ["keys"]
    assert bash_completions(command, "secretstore", "get", "A", "--anchor", "k") == ["keys"]


def zsh_completions(command, *words):
    """What zsh describes or hands to _arguments; the functions of its completion stand in a module."""
    script = "\n".join(
        [
            "_describe() { print -l -- ${commands%%:*} }",
            "_arguments() { print -l -- ${${(M)@:#--*}%%\\[*} }",
            command.bare("completion", "zsh").stdout.decode().replace('_secretstore "$@"', ""),
            f"words=({' '.join(repr(word) for word in words)}); CURRENT={len(words)}; _secretstore",
        ]
    )
    done = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return done.stdout.decode().split()


def test_zsh_completes_second_words(command):
    offered = zsh_completions(command, "secretstore", "")
    assert offered.count("keys") == 1 and offered.count("audit") == 1 and "admit" not in offered
    for first, seconds in SECOND_WORDS.items():
        if seconds:
            assert sorted(zsh_completions(command, "secretstore", first, "")) == seconds
    assert "--abandon" in zsh_completions(command, "secretstore", "keys", "retire", "")
    keys = zsh_completions(command, "secretstore", "keys", "--")
    assert "--least-epoch" in keys and "--abandon" not in keys
    assert "--init" in zsh_completions(command, "secretstore", "audit", "anchor", "")


def fish_completions(command, line):
    (command.folder / "it.fish").write_bytes(command.bare("completion", "fish").stdout)
    done = subprocess.run(
        ["fish", "-c", f"source {command.folder}/it.fish; complete -C '{line}'"],
        capture_output=True, check=True, timeout=60, cwd=command.folder,
        env={**command.environment, "HOME": str(command.folder)},
    )  # fmt: skip
    assert done.stderr == b""
    return [line.split("\t")[0] for line in done.stdout.decode().splitlines()]


def test_fish_completes_second_words(command):
    assert fish_completions(command, "secretstore ke") == ["keygen", "keys"]
    for first, seconds in SECOND_WORDS.items():
        if seconds:
            assert [word for word in fish_completions(command, f"secretstore {first} ") if word in seconds] == seconds
    assert fish_completions(command, "secretstore keys retire --ab") == ["--abandon"]
    assert fish_completions(command, "secretstore keys admit --ab") == []
    assert fish_completions(command, "secretstore keys --ab") == []
    assert fish_completions(command, "secretstore keys --le") == ["--least-epoch"]
    assert "admit" not in fish_completions(command, "secretstore get keys ")
    assert "admit" not in fish_completions(command, "secretstore keys admit ")


def test_zsh_and_fish_read_their_scripts(command):
    for shell in ("zsh", "fish"):
        script = command.bare("completion", shell).stdout
        checked = subprocess.run(
            [shell, "--no-execute" if shell == "fish" else "-n", "/dev/stdin"],
            input=script,
            capture_output=True,
            timeout=60,
        )
        assert checked.returncode == 0, checked.stderr


def test_no_such_shell(command):
    assert command.bare("completion", "tcsh").returncode == 2
    assert command.bare("completion").returncode == 2
