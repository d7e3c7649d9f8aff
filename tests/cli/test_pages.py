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
    for part in ("--expect-head", "SECRET_STORE_KEYS", "EXIT STATUS", "secretstore exec"):
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
