"""Running a user's coroutine to its end from synchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from inspect import iscoroutinefunction, markcoroutinefunction
from typing import Any, TypeVar

R = TypeVar("R")

__all__ = ["call_to_end", "is_coroutine_function", "markcoroutinefunction", "run_to_end"]


def is_coroutine_function(function: object) -> bool:
    """Say whether calling `function` gives a coroutine, looking through an object's `__call__`."""
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))


def run_to_end(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine from synchronous code, in a loop of its own.

    Where this thread's loop is running already (synchronous code called by a coroutine), the new loop runs in a thread;
    the context is copied, so that the coroutine sees the same connections.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    outcome: list[Any] = []
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
