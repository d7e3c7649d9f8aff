"""The programs in examples/python, run as their users would."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, open_store
from fastapi.testclient import TestClient

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples" / "python"
POLICY = ROOT / "examples" / "policies" / "workspaces.lua"
ALICE = {"X-Actor": "alice"}


def load_service() -> Any:
    specification = importlib.util.spec_from_file_location("service", EXAMPLES / "service.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["service"] = module  # FastAPI looks annotations up there
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SECRET_STORE_PATH", str(path))
    monkeypatch.setenv("SECRET_STORE_KEYS", f"1:{KEYS['A']}")
    monkeypatch.setenv("SECRET_STORE_POLICY", str(POLICY))
    yield
    sys.modules.pop("service", None)


@pytest.mark.usefixtures("environment")
def test_the_service_keeps_secrets_for_its_callers() -> None:
    secret = "/acme:production/secrets/STRIPE_KEY"
    body = {"value": "sk_live_51abc", "metadata": {"owner": "Payments", "ticket": "OPS-17"}}
    with TestClient(load_service().app) as client:
        assert client.put(secret, json=body).status_code == 422  # nobody calls
        assert client.put(secret, json=body, headers=ALICE).json() == {
            "revision": 1,
            "is_new": True,
        }
        assert client.get(secret, headers=ALICE).json()["value"] == "sk_live_51abc"
        refused = client.put(secret, json=body | {"metadata": {"owner": "x"}}, headers=ALICE)
        assert (refused.status_code, refused.json()["code"]) == (403, "policy_denied")
        conflict = client.put(secret, json=body | {"if_revision": 7}, headers=ALICE)
        assert conflict.status_code == 409
        assert client.get("/acme:production/secrets/OTHER", headers=ALICE).status_code == 404
        assert client.get("/acme:production/secrets", headers=ALICE).json() == ["STRIPE_KEY"]
        events = client.get("/acme:production/events", headers=ALICE).json()
        assert events == [{"type": "created", "name": "STRIPE_KEY", "actor": "alice"}]


@pytest.mark.usefixtures("environment")
def test_the_service_rotates_in_the_background(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = {"owner": "ops"}
    with open_store(path, policy=POLICY) as store:
        for number in range(5):
            store.put(f"NAME_{number}", "a long value", namespace="acme:testing", metadata=metadata)
    monkeypatch.setenv("SECRET_STORE_KEYS", f"2:{KEYS['B']},1:{KEYS['A']}")
    with TestClient(load_service().app) as client:
        started = client.post("/keys/rotate", headers=ALICE)
        assert started.status_code == 202
        until = time.monotonic() + 30
        while not client.get("/keys", headers=ALICE).json()["is_complete"]:
            assert time.monotonic() < until
    with open_store(path, keys=[(2, KEYS["B"])], policy=POLICY) as store:
        assert store.has("NAME_4", namespace="acme:testing")
        assert store.verify().is_intact


def run_from_dotenv(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {
        "SECRET_STORE_PATH": str(path),
        "SECRET_STORE_KEYS": f"1:{KEYS['A']}",
    }
    command = [sys.executable, str(EXAMPLES / "from_dotenv.py"), *words]
    return subprocess.run(command, env=variables, capture_output=True, text=True)


def test_a_dotenv_is_taken_in(path: Path, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nAPI_KEY='k$1 with spaces'\nexport EMPTY=\nURL=\"a\\nb\"\nNOTHING\n")
    done = run_from_dotenv(path, str(file), "--namespace", "acme:testing")
    assert done.stdout == "3 taken in: API_KEY, EMPTY, URL\n", done.stderr
    with open_store(path) as store:
        assert store.get_or_throw("API_KEY", namespace="acme:testing").value == "k$1 with spaces"
        assert store.get_or_throw("URL", namespace="acme:testing").value == "a\nb"
    file.write_text("API_KEY='k$1 with spaces'\nURL=new\n")
    again = run_from_dotenv(path, str(file), "--namespace", "acme:testing", "--remove-file")
    assert again.stdout == "1 taken in: URL\n"
    assert not file.exists()


def test_a_wrong_key_is_said(path: Path, tmp_path: Path) -> None:
    open_store(path, keys=[(1, KEYS["B"])]).close()
    (tmp_path / ".env").write_text("A=b\n")
    done = run_from_dotenv(path, str(tmp_path / ".env"))
    assert done.returncode == 1
    assert "(key_mismatch)" in done.stderr
    assert run_from_dotenv(path, str(tmp_path / "missing")).returncode == 2


@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "bindings/python/README.md"])
def test_the_first_example_of_a_page_runs(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    program = text.split("```python\n", 1)[1].split("```", 1)[0]
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "sk_live_51abc\n"), done.stderr
