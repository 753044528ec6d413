"""The two ports of the request path: how a flow's calls of user code are made under WSGI and under ASGI.

Only `CallUser` is known here. Under ASGI a function that may block runs in the request's thread (`threads`), one hop a
call; a coroutine function is awaited in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from asgiref.sync import async_to_sync, iscoroutinefunction

from hotclub._flow.effects import CallUser, Effect
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


class _SyncCalls:
    """Performs calls in the calling thread; a coroutine function is run to its end."""

    def perform(self, effect: Effect[R], /) -> R:
        call = cast("CallUser[R]", effect)
        if is_async(call.function):
            return cast(R, async_to_sync(call.function)(*call.args, **call.kwargs))  # type: ignore[arg-type,redundant-cast]
        return cast(R, call.function(*call.args, **call.kwargs))


class _AsyncCalls:
    """Performs calls without holding up the event loop."""

    async def perform(self, effect: Effect[R], /) -> R:
        call = cast("CallUser[R]", effect)
        if call.async_function is not None:
            return await call.async_function(*call.args, **call.kwargs)
        if is_async(call.function):
            return cast(R, await call.function(*call.args, **call.kwargs))  # type: ignore[misc]
        if call.blocking:
            return await run_sync(cast("Callable[..., R]", call.function), *call.args, **call.kwargs)
        return cast(R, call.function(*call.args, **call.kwargs))


SYNC_CALLS = _SyncCalls()
ASYNC_CALLS = _AsyncCalls()
