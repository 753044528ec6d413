"""Lets synchronous code wait inside an event loop: how one backend serves both kinds of callers.

A backend's protocol is synchronous by its documentation (`init_connection_state`, execute wrappers, receivers of
`connection_created`, a subclass of somebody else). `run_bridged` runs such code in a greenlet of its own; where it
comes to an asynchronous driver, `wait` hands the awaitable to the coroutine that started the greenlet, and the loop goes
on with other tasks meanwhile. There is no thread in it: a bridge costs 3 µs, a thread hop 50 to 90.

A worker thread that came to the connection by its context (`sync_to_async` inside an atomic block) waits for the
connection's own loop instead. This module knows neither drivers nor connections.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from hotclub._kernel.late_modules import LateModule, running_loop
from hotclub.core.exceptions import SynchronousOnlyOperation

if TYPE_CHECKING:
    import asyncio
    from asyncio import AbstractEventLoop
else:
    asyncio = LateModule("asyncio")

R = TypeVar("R")

try:
    from greenlet import getcurrent, greenlet
except ImportError:  # comes with the extras `postgres` and `mysql`; without it, these databases are served by threads
    AVAILABLE = False
else:
    AVAILABLE = True

    class _Bridge(greenlet):
        """Runs synchronous functions, one after the other, each in the context of the task that asks for it.

        A bridge is used again: making a greenlet costs the interpreter a stack of its own, 15 µs, ten times a switch.
        """

        def __init__(self) -> None:
            super().__init__(self._work)
            self.task: Any = self.parent
            self.finished = False
            self.answer: Any = None
            self.failure: BaseException | None = None

        def _work(self, function: Any, args: Any) -> None:
            while True:
                try:
                    self.answer = function(*args)
                except BaseException as error:  # carried to the task
                    self.failure = error
                self.finished = True
                function = args = None  # while it rests, it keeps nothing
                function, args = self.task.switch()


class _Resting(threading.local):
    """This thread's bridges that have nothing to do."""

    def __init__(self) -> None:
        self.bridges: list[Any] = []


_RESTING = _Resting()
_MOST_RESTING = 32


def in_bridge() -> bool:
    """Say whether the caller runs inside `run_bridged`, so that it may wait."""
    return AVAILABLE and isinstance(getcurrent(), _Bridge)


def _begin(function: Callable[..., Any], args: Any) -> tuple[Any, Any]:
    """Call a function in a bridge; return the bridge and, if the function waits, what it waits for."""
    resting = _RESTING.bridges
    bridge = resting.pop() if resting else _Bridge()
    bridge.task = bridge.parent = task = getcurrent()
    bridge.gr_context = task.gr_context
    bridge.finished = False
    return bridge, bridge.switch(function, args)


def _end(bridge: Any) -> Any:
    """Return what the function of a bridge returned, or raise what it raised. The bridge goes to rest."""
    result, error = bridge.answer, bridge.failure
    bridge.answer = bridge.failure = bridge.task = bridge.gr_context = None
    resting = _RESTING.bridges
    if len(resting) < _MOST_RESTING:
        resting.append(bridge)
    if error is not None:
        try:
            raise error
        finally:
            del error  # which holds this frame
    return result


async def run_bridged(function: Callable[..., R], *args: Any) -> R:
    """Call a synchronous function whose `wait` calls are awaited by this coroutine.

    A cancellation is raised in the function, where it waits.
    """
    bridge, answer = _begin(function, args)
    while not bridge.finished:
        try:
            value = await answer
        except BaseException as failure:  # everything belongs to the function, cancellation too
            answer = bridge.throw(failure)
        else:
            answer = bridge.switch(value)
    return _end(bridge)  # type: ignore[no-any-return]  # what the function returned


async def run_to_the_end(function: Callable[..., R], *args: Any, seconds: float, give_up: Callable[[], Any]) -> R:
    """Do the same for work that must not be stopped half way: a cancellation is raised when the function has finished.

    Args:
        function: called with `args`.
        seconds: how long it may go on after a cancellation.
        give_up: called when that was too short; what the function waits for is cancelled then.
    """
    bridge, answer = _begin(function, args)
    cancelled: BaseException | None = None
    alarm: Any = None

    def stop() -> None:
        give_up()
        inner.cancel()

    while not bridge.finished:
        inner = asyncio.ensure_future(answer)
        while not inner.done():
            try:
                await asyncio.shield(inner)
            except asyncio.CancelledError as error:
                if cancelled is None and not inner.done():
                    cancelled = error
                    alarm = inner.get_loop().call_later(seconds, stop)
            except BaseException:  # the function's to hear of, below
                pass
        try:
            value = inner.result()
        except BaseException as failure:
            answer = bridge.throw(failure)
        else:
            answer = bridge.switch(value)
    if cancelled is None:
        return _end(bridge)  # type: ignore[no-any-return]  # what the function returned
    alarm.cancel()
    with suppress(BaseException):  # the cancellation is what the caller hears of
        _end(bridge)
    raise cancelled


def wait(awaitable: Coroutine[Any, Any, R] | Awaitable[R], loop: AbstractEventLoop) -> R:
    """Wait for an awaitable of a driver, from synchronous code.

    Args:
        awaitable: what the driver gave.
        loop: the event loop that the driver's connection belongs to.

    Raises:
        SynchronousOnlyOperation: an event loop runs in this thread, and the code was not started by `run_bridged`.
        RuntimeError: the connection's loop has ended.
    """
    current = getcurrent() if AVAILABLE else None
    if isinstance(current, _Bridge):
        return current.task.switch(awaitable)  # type: ignore[no-any-return]
    if running_loop() is not None:
        _drop(awaitable)
        raise SynchronousOnlyOperation("You cannot call this from an async context - use a thread or sync_to_async.")
    if not loop.is_running():
        _drop(awaitable)
        raise RuntimeError("The event loop of this database connection is not running any more.")

    async def waited() -> R:
        return await awaitable

    return asyncio.run_coroutine_threadsafe(waited(), loop).result()


def _drop(awaitable: Any) -> None:
    """Close a coroutine that nobody will run, so that Python does not warn of it."""
    if isinstance(awaitable, Coroutine):
        awaitable.close()
