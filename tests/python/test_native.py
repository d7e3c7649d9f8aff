"""What is stated once, in the library or in bindings/swig, and what Python says of it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import secretstore
from secretstore import OpenOptions, _secretstore, errors, results
from secretstore.opening import IN_RECORD, Durability, Reads

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_code_of_the_library_has_a_class_and_no_other() -> None:
    names = map(_secretstore.status_name, itertools.count(1))
    codes = list(itertools.takewhile(lambda name: name != "unknown", names))
    assert list(errors.ERRORS) == codes
    exported = {getattr(secretstore, name) for name in secretstore.__all__}
    for code, error in errors.ERRORS.items():
        assert error.code == code
        assert issubclass(error, errors.SecretStoreError)
        assert error in exported


def test_the_facade_calls_every_function_of_the_native_module() -> None:
    folder = Path(secretstore.__file__).parent
    source = "".join(file.read_text() for file in folder.glob("*.py"))
    functions = {name for name, value in vars(_secretstore).items() if callable(value)}
    ours = {name for name in functions if not name.startswith(("_", "SWIG"))}
    for_tests = {"status_name", "event_type_name", "key_state_name", "verdict_name"}
    assert {name for name in ours if f"_secretstore.{name}(" not in source} == for_tests


def test_the_options_are_those_of_the_native_record_and_keys_and_clock() -> None:
    assert set(OpenOptions.__annotations__) == {*IN_RECORD, "keys", "clock"}


@pytest.mark.parametrize(
    "group, choices",
    [
        ("ss_durability", Durability),
        ("ss_reads", Reads),
        ("ss_order", results.Order),
        ("ss_event_type", results.EventType),
        ("ss_existing", results.Existing),
        ("ss_export_format", results.ExportFormat),
    ],
)
def test_choices_are_typed_as_the_library_knows_them(group: str, choices: Any) -> None:
    assert set(get_args(choices)) == set(_secretstore.constants()[group])


@pytest.mark.parametrize(
    "name_of, choices",
    [
        (_secretstore.event_type_name, results.EventType | results.StoreEventType),
        (_secretstore.key_state_name, results.KeyState),
        (_secretstore.verdict_name, results.Verdict),
    ],
)
def test_what_results_name_is_typed_as_the_library_names_it(name_of: Any, choices: Any) -> None:
    numbers = range(1, 1000)
    names = {name_of(number) for number in numbers if name_of(number) != name_of(1000)}
    typed = [name for part in (get_args(choices)) for name in (get_args(part) or (part,))]
    assert names | {"unknown"} == {*typed, "unknown"}


def test_the_stub_of_the_native_module_is_what_the_module_is() -> None:
    script = [sys.executable, ROOT / "script/native-stub"]
    made = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    kept = (ROOT / "bindings/python/src/secretstore/_secretstore.pyi").read_text()
    assert kept == made, "run script/native-stub"
