"""What type checkers say: nothing of the package and of intended uses, and of misuses exactly
what is marked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import secretstore

FOLDER = Path(__file__).resolve().parent / "typing"
PACKAGE = Path(secretstore.__file__).parent
PYRIGHT = os.environ.get("PYRIGHT", "pyright")

Complaints = set[int]


def mypy(file: Path) -> Complaints:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--no-error-summary"]
    done = subprocess.run([*command, file.name], cwd=file.parent, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    found = re.findall(rf"^{re.escape(file.name)}:(\d+): error:", done.stdout, re.MULTILINE)
    return {int(line) for line in found}


def pyright(*files: Path) -> list[dict[str, object]]:
    command = [PYRIGHT, "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(
        [*command, *map(str, files)], cwd=files[0].parent, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > 0
    return [found for found in report["generalDiagnostics"] if found["severity"] == "error"]


def pyright_lines(file: Path) -> Complaints:
    return {found["range"]["start"]["line"] + 1 for found in pyright(file)}  # type: ignore[index]


def marked(file: Path) -> Complaints:
    lines = file.read_text().splitlines()
    return {number for number, line in enumerate(lines, start=1) if "# WRONG" in line}


@pytest.mark.parametrize("checker", [mypy, pyright_lines])
def test_intended_uses_pass(checker: object) -> None:
    assert checker(FOLDER / "right_uses.py") == set()  # type: ignore[operator]


def test_mypy_narrows_by_truth_too() -> None:
    assert mypy(FOLDER / "right_for_mypy.py") == set()


@pytest.mark.parametrize("checker", [mypy, pyright_lines])
def test_misuses_are_found_where_they_are_marked(checker: object) -> None:
    file = FOLDER / "wrong_uses.py"
    assert len(marked(file)) == 30
    assert checker(file) == marked(file)  # type: ignore[operator]


def test_mypy_passes_the_package() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "-p", "secretstore"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_pyright_passes_the_package() -> None:
    assert pyright(*PACKAGE.glob("*.py")) == []


def test_the_native_modules_stub_is_complete() -> None:
    command = [sys.executable, "-m", "mypy.stubtest", "secretstore._secretstore"]
    ignored = "--ignore-positional-only"
    done = subprocess.run([*command, ignored], capture_output=True, text=True)
    missing = re.findall(r"error: (\S+) is not present at runtime", done.stdout)
    unknown = re.findall(
        r"error: secretstore\._secretstore\.(\w+) is not present in stub", done.stdout
    )
    assert missing == []
    assert [name for name in unknown if not name.startswith(("SWIG", "swig"))] == []


GENERATED_USE = """
from secretstore import SecretStore
from secret_types import POLICY_HASH, Metadata, Namespace

store = SecretStore[Namespace, Metadata].open("s.db", keys="1:x", policy_hash=POLICY_HASH)
store.put("A", "v", metadata={"owner": "o", "ticket": "OPS-1"})
store.put("A", "v", metadata={"ownr": "o"})
"""


def test_types_of_a_policy_fit_the_store(tmp_path: Path) -> None:
    policy = Path(__file__).resolve().parents[2] / "examples" / "policies" / "workspaces.lua"
    types = secretstore.Policy.from_file(policy).types("python")
    (tmp_path / "secret_types.py").write_text(types)
    use = tmp_path / "use.py"
    use.write_text(GENERATED_USE)
    wrong_line = GENERATED_USE.splitlines().index('store.put("A", "v", metadata={"ownr": "o"})')
    assert mypy(use) == {wrong_line + 1}
    assert pyright_lines(use) == {wrong_line + 1}
