"""Where synchronous and asynchronous code meet: running a user's function from the other side, and refusing it.

The framework's own logic is written once as flows; this is about code that is not ours.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from inspect import CO_COROUTINE, isawaitable, iscoroutinefunction
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from hotclub._kernel.late_modules import LateModule, running_loop
from hotclub.core.exceptions import SynchronousOnlyOperation
from hotclub.db.async_bridge import in_bridge, wait

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = LateModule("asyncio")

R = TypeVar("R")

logger = logging.getLogger("hotclub.db.backends.base")

_MARK = "_is_coroutine_mark"
"""What `inspect.markcoroutinefunction` leaves on a function."""

_ALLOWED = "DJANGO_ALLOW_ASYNC_UNSAFE"


def is_coroutine_function(function: object) -> bool:
    """Say whether calling `function` gives a coroutine, looking through an object's `__call__`."""
    plain = getattr(function, "__func__", function)
    if type(plain) is FunctionType and _MARK not in plain.__dict__:
        # A function or method without the mark says it by its code: a tenth of the time of the general answer.
        return bool(plain.__code__.co_flags & CO_COROUTINE)
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(type(function), "__call__", None))  # noqa: B004  # the method itself is asked for


def refuse_in_running_loop(connection: Any) -> None:
    """Refuse synchronous database work in the thread of a running event loop: it would stop every other task.

    Raises:
        SynchronousOnlyOperation: a loop runs in this thread, and the work does not come from the asynchronous port.
    """
    if running_loop() is None or connection.inline_depth or in_bridge() or os.environ.get(_ALLOWED):
        return
    raise SynchronousOnlyOperation("You cannot call this from an async context - use a thread or sync_to_async.")


def run_to_end(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine from synchronous code, in a loop of its own.

    Where this thread's loop is running already (synchronous code called by a coroutine), the new loop runs in a thread;
    the context is copied, so that the coroutine sees the same connections. Bridged code just waits.
    """
    running = running_loop()
    if running is None:
        return asyncio.run(coroutine)
    if in_bridge():
        return wait(coroutine, running)
    outcome: list[tuple[Any, BaseException | None]] = []
    context = copy_context()

    def run() -> None:
        try:
            outcome.append((context.run(asyncio.run, coroutine), None))
        except BaseException as error:  # carried to the caller's thread
            outcome.append((None, error))

    thread = threading.Thread(target=run, name="hotclub-run-to-end")
    thread.start()
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value  # type: ignore[no-any-return]


def call_to_end(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function; if it is a coroutine function, run what it gives to its end."""
    if is_coroutine_function(function):
        return run_to_end(function(*args, **kwargs))
    return function(*args, **kwargs)


async def await_or_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Await a coroutine function; give any other function to a thread, in a copy of this context."""
    if is_coroutine_function(function):
        return await function(*args, **kwargs)
    context = copy_context()
    loop = asyncio.get_running_loop()
    answer = await loop.run_in_executor(None, lambda: context.run(function, *args, **kwargs))
    return await answer if isawaitable(answer) else answer


def call_hook(func: Callable[[], Any], robust: bool, occasion: str) -> None:
    """Call a commit hook; the error of a robust one is logged."""
    if not robust:
        call_to_end(func)
        return
    try:
        call_to_end(func)
    except Exception as error:  # the documented meaning of robust: one hook's failure does not stop the others
        _log_hook(func, occasion, error)


async def await_hook(func: Callable[[], Any], robust: bool) -> None:
    """The same inside an event loop."""
    try:
        await await_or_thread(func)
    except Exception as error:  # the same
        if not robust:
            raise
        _log_hook(func, " during transaction", error)


def _log_hook(func: Callable[[], Any], occasion: str, error: Exception) -> None:
    name = getattr(func, "__qualname__", None) or func
    logger.error("Error calling %s in on_commit()%s (%s).", name, occasion, error, exc_info=True)
