"""The pool of threads for sync code: one thread a request, in order, bounded; cancellation; asgiref's calls."""

import asyncio
import threading
import time
from contextvars import ContextVar

import pytest
from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async

from hotclub.core.handlers import threads
from hotclub.core.handlers.threads import (
    RequestThread,
    ThreadPool,
    release_thread,
    request_thread,
    run_sync,
)

COLOUR: ContextVar[str] = ContextVar("colour", default="none")


@pytest.fixture
def pool(monkeypatch):
    """A pool of two threads in the place of the process's own."""
    pool = ThreadPool(2)
    monkeypatch.setattr(RequestThread, "pool", pool)
    return pool


def has_thread():
    return SyncToAsync.thread_sensitive_context.get().asked


async def in_request(function):
    with request_thread():
        return await function()


def test_all_sync_code_of_a_request_runs_in_one_thread(pool):
    async def request():
        own = [await run_sync(threading.get_ident) for _ in range(3)]
        foreign = await sync_to_async(threading.get_ident)()
        return {*own, foreign}

    async def main():
        seen = await asyncio.gather(in_request(request), in_request(request))
        assert [len(threads) for threads in seen] == [1, 1]
        assert seen[0] != seen[1]
        assert threading.get_ident() not in seen[0] | seen[1]

    asyncio.run(main())
    assert pool.started == 2


def test_context_variables_go_there_and_come_back(pool):
    def work():
        before = COLOUR.get()
        COLOUR.set("green")
        return before

    async def request():
        COLOUR.set("red")
        assert await run_sync(work) == "red"
        assert COLOUR.get() == "green"
        assert await sync_to_async(COLOUR.get)() == "green"

    asyncio.run(in_request(request))


def test_errors_come_back_with_their_own_type(pool):
    def fail(error):
        raise error

    async def request():
        with pytest.raises(KeyError):
            await run_sync(fail, KeyError("x"))
        with pytest.raises(RuntimeError, match="StopIteration"):
            await run_sync(fail, StopIteration())

    asyncio.run(in_request(request))


def test_no_more_threads_than_allowed_and_nobody_is_forgotten(pool):
    running = []
    most = []

    def work():
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        return "done"

    async def main():
        assert await asyncio.gather(*(in_request(lambda: run_sync(work)) for _ in range(20))) == ["done"] * 20

    asyncio.run(main())
    assert max(most) <= 2
    assert (pool.started, len(pool._free)) == (2, 2)


def test_foreign_calls_wait_their_turn_as_well(pool):
    async def main():
        calls = (in_request(lambda: sync_to_async(time.sleep)(0.01)) for _ in range(8))
        await asyncio.wait_for(asyncio.gather(*calls), 5)

    asyncio.run(main())
    assert (pool.started, len(pool._waiting)) == (2, 0)


def test_a_request_gives_its_thread_back_when_it_streams(pool):
    async def stream():
        await run_sync(time.sleep, 0)
        release_thread()
        assert not has_thread()
        await asyncio.sleep(0.2)

    async def main():
        streams = [asyncio.create_task(in_request(stream)) for _ in range(10)]
        await asyncio.sleep(0.05)
        # All ten still stream; two threads are enough for the others.
        assert await asyncio.wait_for(in_request(lambda: run_sync(lambda: 7)), 1) == 7
        assert not any(task.done() for task in streams)
        await asyncio.gather(*streams)

    asyncio.run(main())
    assert pool.started <= 2


@pytest.mark.parametrize("call", [run_sync, lambda function: sync_to_async(function)()], ids=["ours", "asgiref"])
def test_a_task_that_outlives_its_request_keeps_no_thread(pool, call):
    async def request():
        async def afterwards():
            await ended.wait()
            return [await call(threading.get_ident) for _ in range(5)]

        tasks.append(asyncio.create_task(afterwards()))
        await run_sync(threading.get_ident)

    async def main():
        for _ in range(4):
            await in_request(request)
        ended.set()
        for seen in await asyncio.wait_for(asyncio.gather(*tasks), 10):
            assert threading.get_ident() not in seen
        await in_request(lambda: asyncio.wait_for(run_sync(threading.get_ident), 10))

    tasks = []
    ended = asyncio.Event()
    asyncio.run(main())
    assert pool.started <= 2


def test_cancellation_waits_for_the_call_that_runs(pool):
    finished = []
    begun = threading.Event()

    def work():
        begun.set()
        time.sleep(0.05)
        finished.append("work")

    async def main():
        task = asyncio.create_task(in_request(lambda: run_sync(work)))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert finished == ["work"]

    asyncio.run(main())
    assert len(pool._free) == pool.started


def test_a_call_that_ends_in_the_moment_of_its_cancellation(pool):
    begun, end = threading.Event(), threading.Event()

    def work():
        begun.set()
        end.wait(5)

    async def main():
        task = asyncio.create_task(in_request(lambda: run_sync(work)))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        end.set()
        time.sleep(0.05)  # the answer waits in the loop's queue, in front of what the cancellation puts there
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)

    asyncio.run(main())


def test_cancellation_does_not_wait_for_a_call_that_has_not_begun(pool):
    ran = []
    hold = threading.Event()

    async def main():
        holders = [asyncio.create_task(in_request(lambda: run_sync(hold.wait, 5))) for _ in range(2)]
        await asyncio.sleep(0.01)
        late = asyncio.create_task(in_request(lambda: run_sync(ran.append, 1)))
        await asyncio.sleep(0.01)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(late, 1)
        hold.set()
        await asyncio.gather(*holders)
        # The place in the queue that the cancelled one had does no harm.
        assert await asyncio.wait_for(in_request(lambda: run_sync(lambda: 7)), 1) == 7

    asyncio.run(main())
    assert ran == []
    assert len(pool._free) == pool.started == 2


def test_sync_code_may_call_coroutines_which_call_sync_code(pool):
    async def inner():
        loop = asyncio.get_running_loop()
        return loop, await sync_to_async(threading.get_ident)(), await run_sync(threading.get_ident)

    def view():
        return threading.get_ident(), async_to_sync(inner)()

    async def request():
        thread, (loop, asgirefs, ours) = await run_sync(view)
        assert loop is asyncio.get_running_loop()
        assert thread == asgirefs == ours

    asyncio.run(asyncio.wait_for(in_request(request), 5))


def test_cancellation_reaches_the_coroutine_that_sync_code_waits_for(pool):
    seen = []

    async def inner():
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main():
        task = asyncio.create_task(in_request(lambda: run_sync(async_to_sync(inner))))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)

    asyncio.run(main())
    assert seen == ["cancelled"]


def test_a_context_of_the_caller_is_respected(pool):
    async def main():
        token = SyncToAsync.thread_sensitive_context.set(object_of_the_caller)
        try:
            with request_thread():
                assert SyncToAsync.thread_sensitive_context.get() is object_of_the_caller
        finally:
            SyncToAsync.thread_sensitive_context.reset(token)

    class Context:
        _exited = False

    object_of_the_caller = Context()
    asyncio.run(main())


@pytest.mark.parametrize(("given", "wanted"), [("7", 7), ("0", 1), ("", 40), ("many", 40)])
def test_the_environment_bounds_the_threads(monkeypatch, given, wanted):
    monkeypatch.setenv("ASGI_THREADS", given)
    assert threads.configured_threads() == wanted
