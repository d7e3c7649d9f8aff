"""Policies: Lua files that say what namespaces and metadata look like and who may do what."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import _secretstore
from .results import PolicyCase
from .values import path_text


@dataclass(frozen=True, slots=True)
class Policy:
    """The text of a policy, and the name that messages call it by."""

    text: str = field(repr=False)
    name: str = "policy.lua"

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Policy:
        """Reads a policy. Raises OSError, or UnicodeDecodeError where it is not UTF-8."""
        name = path_text(path, "path")
        return cls(Path(name).read_text(encoding="utf-8"), name)

    def check(self) -> str:
        """Compiles it, and says in words what it allows. Raises :class:`PolicyInvalid`."""
        description: str = _secretstore.policy_check(policy_source(self, "policy"))
        return description

    def types(self, language: Literal["python", "typescript", "json-schema"] = "python") -> str:
        """Its namespaces, names and metadata as types. Raises :class:`PolicyInvalid`."""
        types: str = _secretstore.policy_types(policy_source(self, "policy"), language)
        return types

    def test(self, cases: Policy | str | os.PathLike[str]) -> list[PolicyCase]:
        """Runs a test file. Raises :class:`PolicyInvalid`, or :class:`PolicyFailed` where the test
        file itself fails; a case that came out otherwise than expected is a result."""
        results: list[PolicyCase] = []

        def take(*fields: Any) -> None:
            results.append(PolicyCase(*fields))

        _secretstore.policy_test(policy_source(self, "policy"), policy_source(cases, "cases"), take)
        return results


def policy_source(policy: Policy | str | os.PathLike[str], label: str) -> tuple[str, str]:
    """For the native module; a str or path is a file's."""
    if isinstance(policy, Policy):
        return (policy.name, policy.text)
    read = Policy.from_file(path_text(policy, label, "a Policy or the path of one"))
    return (read.name, read.text)
