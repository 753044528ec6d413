"""The two ways in which the request path calls code that is not ours, and how its coroutines are run.

Theory of operation. Each part of the request path is one coroutine, written once. Whatever may wait goes through `Calls`,
of which there are two: in an event loop (`IN_LOOP`) a coroutine function is awaited in place, and a function that may
block runs in the request's thread (`threads`), one hop a call; outside of one (`IN_THREAD`) nothing ever waits. So an
event loop simply awaits the path, with nothing in between, and without one a single step runs it to its end.

Rule: the path awaits its own parts and `Calls`, nothing else. `run_through` refuses what waits for an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from asgiref.sync import async_to_sync, iscoroutinefunction

from hotclub._flow.drivers import ForeignAwaitError
from hotclub.core.handlers.threads import run_sync

R = TypeVar("R")
MAX_KNOWN = 4096
_known: dict[Any, bool] = {}


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a view, hook or middleware is a coroutine function; remembered per function."""
    try:
        answer = _known.get(function)
    except TypeError:  # not hashable
        return iscoroutinefunction(function)
    if answer is None:
        answer = iscoroutinefunction(function)
        # The instance may be marked later; only functions keep their kind.
        if hasattr(function, "__code__"):
            if len(_known) >= MAX_KNOWN:
                _known.clear()
            _known[function] = answer
    return answer


class Calls(Protocol):
    """Calls a function of the user's: a view, a hook, a middleware. Its errors are the caller's."""

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any: ...


class _InThread:
    """Calls in the calling thread; a coroutine function is run to its end."""

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if is_async(function):
            return async_to_sync(function)(*args, **kwargs)
        return function(*args, **kwargs)


class _InLoop:
    """Calls without holding up the event loop."""

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if is_async(function):
            return await function(*args, **kwargs)
        return await run_sync(function, *args, **kwargs)


IN_THREAD: Calls = _InThread()
IN_LOOP: Calls = _InLoop()


def run_through(path: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine of the request path that was composed for `IN_THREAD`: it ends in one step.

    Raises:
        ForeignAwaitError: it waits for something; it has been closed.
    """
    try:
        got = path.send(None)
    except StopIteration as done:
        value: R = done.value
        return value
    path.close()
    name = getattr(path, "__qualname__", type(path).__name__)
    raise ForeignAwaitError(f"{name}() awaited {type(got).__name__} outside of an event loop")
