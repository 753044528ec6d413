"""Both drivers run the same flows: one test, both ways, by fixture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hotclub._flow.drivers import ForeignAwaitError, adrive, drive
from hotclub._flow.effects import AtomicRegion, CallUser, Effect, Fetch, Flow, Run
from hotclub._flow.script import AsyncScript, Script

Driver = Callable[..., Any]


def drive_async(flow: Flow[Any], script: AsyncScript) -> Any:
    return asyncio.run(adrive(flow, script))


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> tuple[Driver, type[Script]]:
    return (drive, Script) if request.param == "sync" else (drive_async, AsyncScript)


async def read_then_write(name: str) -> int:
    rows = await Fetch("default", "SELECT id FROM t WHERE name = %s", (name,))
    if rows:
        return int(rows[0][0])
    return await Run("default", "INSERT INTO t (name) VALUES (%s)", (name,))


def test_answers_reach_the_flow(run: tuple[Driver, type[Script]]) -> None:
    driver, script = run
    port = script([], 1)
    assert driver(read_then_write("x"), port) == 1
    assert port.kinds == ["Fetch", "Run"]
    assert port.asked[1].params == ("x",)  # type: ignore[attr-defined]


def test_errors_of_the_port_are_thrown_at_the_await(run: tuple[Driver, type[Script]]) -> None:
    driver, script = run

    async def survivor() -> str:
        try:
            await Run("default", "BROKEN")
        except LookupError as error:
            return f"caught {error}"
        return "nothing happened"

    assert driver(survivor(), script(LookupError("it"))) == "caught it"


def test_an_error_that_the_flow_does_not_catch_passes(run: tuple[Driver, type[Script]]) -> None:
    driver, script = run
    with pytest.raises(LookupError):
        driver(read_then_write("x"), script(LookupError()))


def test_a_region_is_left_with_the_error(run: tuple[Driver, type[Script]]) -> None:
    driver, script = run

    async def flow() -> None:
        async with AtomicRegion("other", savepoint=False):
            await Run("other", "INSERT")

    error = ValueError("no")
    port = script("token", error, None)
    with pytest.raises(ValueError, match="no"):
        driver(flow(), port)
    enter, _, leave = port.asked
    assert (enter.alias, enter.savepoint) == ("other", False)  # type: ignore[attr-defined]
    assert (leave.token, leave.error) == ("token", error)  # type: ignore[attr-defined]


def test_user_code_is_an_effect(run: tuple[Driver, type[Script]]) -> None:
    driver, script = run
    seen: list[int] = []

    async def flow() -> None:
        await CallUser(seen.append, (7,))

    driver(flow(), script())
    assert seen == [7]


class _Foreign:
    def __await__(self) -> Any:
        return (yield self)


def test_a_flow_may_await_effects_only(run: tuple[Driver, type[Script]]) -> None:
    driver, script = run
    closed: list[bool] = []

    async def flow() -> None:
        try:
            await _Foreign()
        finally:
            closed.append(True)

    with pytest.raises(ForeignAwaitError, match=r"flow\(\) awaited _Foreign, but a flow may await effects only"):
        driver(flow(), script())
    assert closed == [True]


def test_cancellation_reaches_the_flow() -> None:
    left: list[BaseException | None] = []

    class Slow:
        async def perform(self, effect: Effect[Any], /) -> Any:
            if effect.__class__.__name__ == "ExitAtomic":
                left.append(effect.error)  # type: ignore[attr-defined]
                return None
            if isinstance(effect, Run):
                await asyncio.sleep(60)
            return "token"

    async def flow() -> None:
        async with AtomicRegion("default"):
            await Run("default", "SLOW")

    async def main() -> None:
        task = asyncio.ensure_future(adrive(flow(), Slow()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert isinstance(left[0], asyncio.CancelledError)
