"""Lets synchronous code wait inside an event loop: how one backend serves both kinds of callers.

A backend's protocol is synchronous by its documentation (`init_connection_state`, execute wrappers, receivers of
`connection_created`, a subclass of somebody else). `run_bridged` runs such code in a greenlet of its own; where it
comes to an asynchronous driver, `wait` hands the awaitable to the coroutine that started the greenlet, and the loop goes
on with other tasks meanwhile. There is no thread in it: a bridge costs 1 to 2 µs, a thread hop 50 to 90.

A worker thread that came to the connection by its context (`sync_to_async` inside an atomic block) waits for the
connection's own loop instead. This module knows neither drivers nor connections.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine
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
        """Synchronous code in progress. It shares the context of the task that runs it."""

        def __init__(self, function: Callable[..., Any]) -> None:
            self.task = getcurrent()
            super().__init__(function, self.task)
            self.gr_context = self.task.gr_context


def in_bridge() -> bool:
    """Say whether the caller runs inside `run_bridged`, so that it may wait."""
    return AVAILABLE and isinstance(getcurrent(), _Bridge)


async def run_bridged(function: Callable[..., R], *args: Any) -> R:
    """Call a synchronous function whose `wait` calls are awaited by this coroutine.

    A cancellation is raised in the function, where it waits.
    """
    bridge = _Bridge(function)
    answer = bridge.switch(*args)
    while not bridge.dead:
        try:
            value = await answer
        except BaseException:  # everything belongs to the function, cancellation too
            answer = bridge.throw(*sys.exc_info())
        else:
            answer = bridge.switch(value)
    return answer  # type: ignore[no-any-return]  # the last switch gives what the function returned


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
