"""The middleware chain, composed once.

Theory of operation. Middleware comes in two kinds. *Hook* middleware (a `MiddlewareMixin` that leaves `__call__` alone)
says what it does before and after the rest; neighbours of this kind form one `Stage` that runs their hooks in a loop.
Any other callable is *foreign*: it is called, and calls the rest itself. A part of the chain is a coroutine, `respond()`,
written once for WSGI and ASGI: whatever may wait goes through `calls`.

Rules:
    1. What a hook raises becomes a response at its own place; the hooks outside of it see that response.
    2. A hook that never blocks says so (`runs_inline`) and is called in place under ASGI. Any other sync hook there
       costs a thread hop, unless the middleware has an async half (`aprocess_request`, `aprocess_response`).
    3. `response_is_idle(request, response)` may say that `process_response` has nothing to do: then it is not called.
    4. An async half counts only if the class that overrides the sync half did not come later: what a user overrides runs.

This module must not know which middleware there is, nor settings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.core.handlers.calls import IN_LOOP, IN_THREAD, Calls, is_async, run_through
from hotclub.core.handlers.exception import response_for_exception
from hotclub.utils.deprecation import MiddlewareMixin


class Hook:
    """One `process_*` method, with the way it is called in this chain.

    Attributes:
        function: the method, or its async half where that is to be called.
        direct: whether it is called in place.
        idle: companion that may say that there is nothing to do.

    Args:
        middleware: instance that has it.
        name: of the method.
        in_loop: whether the chain runs in an event loop.
    """

    __slots__ = ("_awaited", "_calls", "direct", "function", "idle")

    def __init__(self, middleware: Any, name: str, *, in_loop: bool) -> None:
        self._calls = calls_of(in_loop)
        self.function = getattr(middleware, name)
        self.direct = not is_async(self.function) and (not in_loop or getattr(self.function, "runs_inline", False))
        if in_loop and not self.direct:
            self.function = _async_half(middleware, name) or self.function
        self._awaited = in_loop and is_async(self.function)
        own_idle = name == "process_response" and _same_owner(middleware, name, "response_is_idle")
        self.idle = middleware.response_is_idle if own_idle else None

    async def __call__(self, *args: Any) -> Any:
        if self.direct:
            return self.function(*args)
        if self._awaited:
            return await self.function(*args)
        return await self._calls.call(self.function, *args)


def calls_of(in_loop: bool) -> Calls:
    """Give the way in which a part of the chain calls what is not ours."""
    return IN_LOOP if in_loop else IN_THREAD


def _same_owner(middleware: Any, name: str, companion: str) -> bool:
    """Whether `companion` still speaks for `name`: no subclass overrides `name` alone."""
    for owner in type(middleware).__mro__:
        if companion in owner.__dict__:
            return True
        if name in owner.__dict__:
            return False
    return False


def _async_half(middleware: Any, name: str) -> Any:
    """Give `a<name>`, unless a subclass overrides the sync half only."""
    return getattr(middleware, "a" + name) if _same_owner(middleware, name, "a" + name) else None


def is_hook_middleware(middleware: Any) -> bool:
    """Whether the chain may run the hooks of a middleware itself."""
    kind = type(middleware)
    return (
        isinstance(middleware, MiddlewareMixin)
        and kind.__call__ is MiddlewareMixin.__call__
        and kind.__acall__ is MiddlewareMixin.__acall__
        and "__call__" not in middleware.__dict__
    )


async def error_response(calls: Calls, request: Any, error: Exception) -> Any:
    """Give the response for an exception (error views and templates may wait for I/O)."""
    return await calls.call(response_for_exception, request, error)


class Foreign:
    """A middleware that calls the rest of the chain itself."""

    def __init__(self, middleware: Callable[..., Any], *, in_loop: bool) -> None:
        self.in_loop = in_loop
        self.calls = calls_of(in_loop)
        self._middleware = middleware

    async def respond(self, request: Any) -> Any:
        """Call it; what it raises becomes a response."""
        try:
            response = self._middleware(request)
            return await response if self.in_loop else response
        except Exception as error:
            return await error_response(self.calls, request, error)


class Stage:
    """Neighbouring hook middleware around the rest of the chain."""

    def __init__(self, middleware: list[Any], inner: Any, *, in_loop: bool) -> None:
        self.in_loop = in_loop
        self.calls = calls_of(in_loop)
        self.middleware = middleware
        self.inner = inner
        self._request_hooks = [
            (place, Hook(one, "process_request", in_loop=in_loop))
            for place, one in enumerate(middleware)
            if hasattr(one, "process_request")
        ]
        self._response_hooks = [
            (place, Hook(one, "process_response", in_loop=in_loop))
            for place, one in reversed(list(enumerate(middleware)))
            if hasattr(one, "process_response")
        ]

    async def respond(self, request: Any) -> Any:
        """Run the request hooks inwards, the rest, and the response hooks outwards."""
        depth = len(self.middleware)
        place = 0
        try:
            for place, hook in self._request_hooks:
                if hook.direct:
                    response = hook.function(request)
                else:
                    response = await hook(request)
                if response is not None:
                    depth = place + 1
                    break
            else:
                response = await self.inner.respond(request)
        except Exception as error:
            depth = place
            response = await error_response(self.calls, request, error)
        for place, hook in self._response_hooks:
            if place >= depth:
                continue
            try:
                if hook.idle is not None and hook.idle(request, response):
                    continue
                if hook.direct:
                    response = hook.function(request, response)
                else:
                    response = await hook(request, response)
            except Exception as error:
                response = await error_response(self.calls, request, error)
        return response


class OtherMode:
    """A part of the chain in the other mode: sync inside an event loop (one hop), or async outside of one."""

    def __init__(self, part: Any) -> None:
        self.in_loop = not part.in_loop
        self.calls = calls_of(self.in_loop)
        self._entry = entry(part)

    async def respond(self, request: Any) -> Any:
        """Run the part."""
        return await self.calls.call(self._entry, request)


def entry(part: Any) -> Callable[..., Any]:
    """Give a part as a `get_response` callable of its mode."""
    respond = part.respond
    if part.in_loop:
        return respond  # type: ignore[no-any-return]

    def get_response(request: Any) -> Any:
        return run_through(respond(request))

    return get_response


def in_mode(part: Any, in_loop: bool) -> Any:
    """Give `part`, adapted if it is of the other mode."""
    return part if part.in_loop == in_loop else OtherMode(part)


def wrap(middleware: Any, rest: Any, *, in_loop: bool) -> Any:
    """Put a middleware around the rest of the chain."""
    if not is_hook_middleware(middleware):
        return Foreign(middleware, in_loop=in_loop)
    if isinstance(rest, Stage):
        return Stage([middleware, *rest.middleware], rest.inner, in_loop=in_loop)
    return Stage([middleware], rest, in_loop=in_loop)


__all__ = ["Foreign", "Hook", "OtherMode", "Stage", "entry", "in_mode", "wrap"]
