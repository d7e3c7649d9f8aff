"""Every case of tests/scenarios, through SecretStore and through AsyncSecretStore."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import scenarios
import second_reader
from conftest import KEYS, FakeClock

from secretstore import AsyncSecretStore, SecretStore, SecretStoreError

CASES = list(scenarios.cases())
RUNNABLE = [case for case in CASES if set(case[1].get("requires", [])) <= scenarios.WE_CAN]
STEP_MEMBERS = {"op", "args", "expect", "error", "save"}


class Host:
    """A facade with the store of one case; everything is awaited."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.path = path
        self.clock = clock
        self.options: dict[str, Any] = {"keys": [(1, KEYS["A"])]}
        self.store: Any = None
        self.fitting_keys: Any = [(1, KEYS["A"])]

    async def reopen(self, options: dict[str, Any]) -> None:
        if self.store is not None:
            await self.close()
            self.store = None
        self.options.update(options)
        self.store = await self.open(clock=self.clock, durability="normal", **self.options)
        self.fitting_keys = self.options["keys"]


class SyncHost(Host):
    async def open(self, **options: Any) -> Any:
        return SecretStore.open(self.path, **options)

    async def close(self) -> None:
        self.store.close()

    async def call(self, store: Any, operation: str, arguments: dict[str, Any]) -> Any:
        return getattr(store, operation)(**arguments)


class AsyncHost(Host):
    async def open(self, **options: Any) -> Any:
        return await AsyncSecretStore.open(self.path, max_threads=1, **options)

    async def close(self) -> None:
        await self.store.close()

    async def call(self, store: Any, operation: str, arguments: dict[str, Any]) -> Any:
        return await getattr(store, operation)(**arguments)


async def carry_out(host: Any, operation: str, args: dict[str, Any]) -> Any:
    if operation == "clock":
        scenarios.check_members(args, {"set", "advance"}, "clock")
        assert len(args) == 1, "clock takes set or advance"
        host.clock.now_ms = args.get("set", host.clock.now_ms + args.get("advance", 0))
        return None
    if operation == "reopen":
        return await host.reopen(scenarios.open_options(args))
    assert host.store is not None, "there is no store"
    if operation == "close":
        return await host.close()
    arguments, caller = scenarios.prepare(operation, args)
    store = host.store if caller is None else host.store.with_caller(**caller)
    result = await host.call(store, scenarios.snake(operation), arguments)
    return scenarios.finish(operation, result)


async def run_step(host: Any, step: dict[str, Any], variables: dict[str, Any], at: str) -> None:
    scenarios.check_members(step, STEP_MEMBERS, at)
    args = scenarios.expand(step.get("args", {}), variables)
    try:
        result = await carry_out(host, step["op"], args)
    except SecretStoreError as error:
        assert "error" in step, f"{at}: {error.code}: {error}"
        assert error.code == step["error"], f"{at}: {error}"
        return
    assert "error" not in step, f"{at}: expected {step['error']}, got {result!r}"
    if "expect" in step:
        why = scenarios.mismatch(scenarios.expand(step["expect"], variables), result)
        assert why is None, f"{at}: {why}"
    for variable, field in step.get("save", {}).items():
        assert result[field] is not None, f"{at}: {field} cannot be saved"
        variables[variable] = result[field]


async def run_case(host: Any, case: dict[str, Any]) -> None:
    scenarios.check_members(case, {"name", "options", "requires", "steps"}, "case")
    await host.reopen(scenarios.open_options(case.get("options", {})))
    variables: dict[str, Any] = {}
    try:
        for number, step in enumerate(case["steps"], start=1):
            await run_step(host, step, variables, f"step {number}")
    finally:
        if host.store is not None:
            await host.close()


@pytest.mark.parametrize("host_class", [SyncHost, AsyncHost], ids=["sync", "async"])
@pytest.mark.parametrize(
    "case",
    [case for _, case in RUNNABLE],
    ids=[f"{file}: {case['name']}" for file, case in RUNNABLE],
)
def test_scenario(
    host_class: type[Host], case: dict[str, Any], path: Path, clock: FakeClock
) -> None:
    host = host_class(path, clock)
    asyncio.run(run_case(host, case))
    if host_class is SyncHost:
        second_reader.assert_agrees(path, host.fitting_keys)


def test_all_cases_are_there() -> None:
    assert len(CASES) >= scenarios.CASES_AT_LEAST
    left_out = {tuple(case["requires"]) for _, case in CASES if (_, case) not in RUNNABLE}
    # Python passes str and dicts: what is no UTF-8 or no JSON cannot be said there.
    assert left_out == {("raw-bytes",), ("raw-json",), ("raw-json", "raw-bytes")}
