"""Synchronous code that waits in an event loop."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextvars import ContextVar
from functools import partial

import pytest

from hotclub.core.exceptions import SynchronousOnlyOperation
from hotclub.db.async_bridge import in_bridge, run_bridged, run_to_the_end, wait

MARK: ContextVar[str] = ContextVar("mark", default="none")


def sleep_and(value: str) -> str:
    assert in_bridge()
    wait(asyncio.sleep(0.001), asyncio.get_running_loop())
    return value


def test_functions_wait_at_the_same_time_and_share_their_task_s_context() -> None:
    def work(name: str) -> str:
        before = MARK.get()
        MARK.set(name)
        sleep_and("")
        assert MARK.get() == name
        return before

    async def task(name: str) -> tuple[str, str]:
        MARK.set(f"task {name}")
        before = await run_bridged(work, name)
        return before, MARK.get()

    async def main() -> None:
        for _ in range(3):  # bridges are used again
            names = [str(n) for n in range(50)]
            answers = await asyncio.gather(*[task(name) for name in names])
            assert answers == [(f"task {name}", name) for name in names]
            assert MARK.get() == "none"

    asyncio.run(main())


def test_errors_and_cancellation_arrive_where_it_waits() -> None:
    seen = []

    def fails() -> None:
        try:
            sleep_and("")
        finally:
            seen.append("cleaned")
        raise KeyError("x")

    async def main() -> None:
        with pytest.raises(KeyError):
            await run_bridged(fails)
        task = asyncio.create_task(run_bridged(fails))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["cleaned", "cleaned"]
        assert await run_bridged(sleep_and, "works") == "works"

    asyncio.run(main())


def test_bridges_can_be_nested() -> None:
    def outer() -> str:
        return wait(run_bridged(sleep_and, "inner"), asyncio.get_running_loop())

    async def main() -> None:
        assert await run_bridged(outer) == "inner"
        assert not in_bridge()

    asyncio.run(main())


def test_a_resting_bridge_keeps_nothing() -> None:
    class Thing:
        pass

    async def main() -> weakref.ref[Thing]:
        thing = Thing()
        await run_bridged(lambda given: given, thing)
        return weakref.ref(thing)

    reference = asyncio.run(main())
    gc.collect()
    assert reference() is None


def test_waiting_outside_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(SynchronousOnlyOperation):
            wait(asyncio.sleep(0), asyncio.get_running_loop())

    asyncio.run(main())
    loop = asyncio.new_event_loop()
    with pytest.raises(RuntimeError, match="not running any more"):
        wait(asyncio.sleep(0), loop)
    loop.close()


def test_work_that_ends_something_is_not_stopped_half_way() -> None:
    def end(gates: list[asyncio.Event], seen: list[str], fails: bool) -> str:
        for number, gate in enumerate(gates):
            seen.append(f"waits {number}")
            wait(gate.wait(), asyncio.get_running_loop())
        seen.append("done")
        if fails:
            raise KeyError("end")
        return "ended"

    async def main() -> None:
        for fails in (False, True):
            gates, seen = [asyncio.Event(), asyncio.Event()], list[str]()
            task = asyncio.create_task(run_to_the_end(end, gates, seen, fails, seconds=60, give_up=seen.clear))
            for gate in gates:
                for _ in range(3):  # again and again
                    await asyncio.sleep(0)
                    task.cancel()
                gate.set()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert seen == ["waits 0", "waits 1", "done"]
        assert await run_to_the_end(end, gates, seen, False, seconds=60, give_up=seen.clear) == "ended"
        with pytest.raises(KeyError):
            await run_to_the_end(end, gates, seen, True, seconds=60, give_up=seen.clear)

    asyncio.run(main())


def test_such_work_is_given_up_when_it_takes_too_long() -> None:
    seen: list[str] = []

    def hang() -> None:
        for _ in range(2):
            wait(asyncio.sleep(0.001), asyncio.get_running_loop())
        seen.append("hangs")
        try:
            wait(asyncio.get_running_loop().create_future(), asyncio.get_running_loop())
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main() -> None:
        give_up = partial(seen.append, "given up")
        task = asyncio.create_task(run_to_the_end(hang, seconds=0.02, give_up=give_up))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["hangs", "given up", "cancelled"]
        assert await run_bridged(sleep_and, "works") == "works"

    asyncio.run(main())
