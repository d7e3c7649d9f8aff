"""The wheel and the source distribution: built in isolation, installed afresh, used."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OLDEST = (3, 11)

PROGRAM = """
import secretstore, sys
key = secretstore.generate_key()
with secretstore.SecretStore.open("secrets.db", keys=[(1, key)]) as store:
    store.put("STRIPE_KEY", "sk_live_51abc", namespace="acme:production", metadata={"owner": "o"})
    result = store.get("STRIPE_KEY", namespace="acme:production")
    assert result.ok is True
    assert (result.value, result.metadata) == ("sk_live_51abc", {"owner": "o"})
    assert store.verify().is_intact
print(secretstore.__version__)
"""


def run(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def version() -> str:
    header = (ROOT / "core/include/secretstore/secretstore.h").read_text()
    parts = (re.search(rf"SS_VERSION_{part} (\d+)", header) for part in ("MAJOR", "MINOR", "PATCH"))
    return ".".join(match[1] for match in parts if match is not None)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, built from the tree, and the wheel, built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    clone = tmp_path_factory.mktemp("clone") / "secretstore"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns("/build", "build", ".git", ".cache"))
    run(sys.executable, "-m", "build", "--outdir", folder, clone)
    return folder


def only(folder: Path, pattern: str) -> Path:
    (file,) = folder.glob(pattern)
    return file


def test_the_wheel_is_for_every_python_from_the_oldest_on(distributions: Path) -> None:
    wheel = only(distributions, "*.whl")
    assert wheel.name.startswith(f"libsecretstore-{version()}-cp311-abi3-linux_")
    names = zipfile.ZipFile(wheel).namelist()
    about = f"libsecretstore-{version()}.dist-info/"
    package = {name for name in names if not name.startswith(about)}
    sources = {path.name for path in (ROOT / "bindings/python/src/secretstore").glob("*.py*")}
    sources |= {"py.typed", "_secretstore.abi3.so"}
    assert package == {f"secretstore/{name}" for name in sources if name != "__pycache__"}


def test_the_sdist_holds_what_a_build_needs_and_no_more(distributions: Path) -> None:
    with tarfile.open(only(distributions, "*.tar.gz")) as sdist:
        names = [name.split("/", 1)[1] for name in sdist.getnames() if "/" in name]
    folders = {name.split("/")[0] for name in names}
    assert folders == {
        "bindings", "cmake", "core",
        "CMakeLists.txt", "LICENSE", "PKG-INFO", "pyproject.toml",
    }  # fmt: skip
    assert not [name for name in names if "tests" in name or name.endswith((".so", ".pyc"))]


def interpreters() -> Iterator[Path]:
    """One of each minor version that is here and can run the package."""
    seen = set()
    folders = [Path("/usr/bin"), Path("/usr/local/bin")]
    folders += sorted((Path.home() / ".pyenv/versions").glob("*/bin"))
    candidates = [Path(sys.executable), *(folder / "python3" for folder in folders)]
    for python in candidates:
        if not python.exists():
            continue
        told = run(python, "-c", "import sys; print(*sys.version_info[:2])")
        found = tuple(map(int, told.split()))
        if found >= OLDEST and found not in seen:
            seen.add(found)
            yield python


def use(python: Path, distribution: Path, folder: Path) -> None:
    environment = folder / "venv"
    run(python, "-m", "venv", environment)
    run(environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check", distribution)
    printed = run(environment / "bin/python", "-I", "-W", "error", "-c", PROGRAM, cwd=folder)
    assert printed.strip() == version()


@pytest.mark.parametrize("python", interpreters(), ids=str)
def test_the_wheel_works_in_a_clean_environment(
    distributions: Path, python: Path, tmp_path: Path
) -> None:
    use(python, only(distributions, "*.whl"), tmp_path)


def test_the_sdist_works_in_a_clean_environment(distributions: Path, tmp_path: Path) -> None:
    use(Path(sys.executable), only(distributions, "*.tar.gz"), tmp_path)


def test_the_module_exports_nothing_but_its_entry_point(
    distributions: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(only(distributions, "*.whl")) as wheel:
        module = wheel.extract("secretstore/_secretstore.abi3.so", tmp_path)
    symbols = run("nm", "-D", "--defined-only", module).split()[2::3]
    assert symbols == ["PyInit__secretstore"]
