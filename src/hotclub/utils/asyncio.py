"""A guard for code that blocks, against being called in an event loop."""

from __future__ import annotations

import os
from asyncio import get_running_loop
from collections.abc import Callable
from functools import wraps
from typing import Any

from hotclub.core.exceptions import SynchronousOnlyOperation


def async_unsafe(message: Any) -> Any:
    """Decorate a function so that it refuses to run in an event loop.

    Args:
        message: text of the error; or the function, for the standard text.

    Raises:
        SynchronousOnlyOperation: (when called) there is a running loop, and `DJANGO_ALLOW_ASYNC_UNSAFE` is not set.
    """

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(func)
        def inner(*args: Any, **kwargs: Any) -> Any:
            try:
                get_running_loop()
            except RuntimeError:
                pass
            else:
                if not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
                    raise SynchronousOnlyOperation(text)
            return func(*args, **kwargs)

        return inner

    text = "You cannot call this from an async context - use a thread or sync_to_async."
    if callable(message):
        return decorator(message)
    text = message
    return decorator
