"""`BaseHandler`: composes the chain from the settings, and is the innermost part of it: resolve, call the view, render.

The WSGI and ASGI handlers and those of the test clients are subclasses; they only know their interface.
"""

from __future__ import annotations

import logging
import types
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed, RequestDataTooBig
from hotclub.core.handlers.calls import is_async, run_through
from hotclub.core.handlers.chain import Hook, calls_of, entry, error_response, in_mode, wrap
from hotclub.core.signals import request_finished
from hotclub.db import connections, transaction
from hotclub.http import FileResponse, HttpResponse, HttpResponseBase
from hotclub.urls import get_resolver, set_urlconf
from hotclub.utils.log import log_response
from hotclub.utils.module_loading import import_string

logger = logging.getLogger("hotclub.request")


def check_body_length(length: int) -> None:
    """Refuse a body that is longer than `DATA_UPLOAD_MAX_BODY_SIZE`, before it is read or kept.

    Args:
        length: in bytes, announced or received so far.

    Raises:
        RequestDataTooBig: it is.
    """
    limit = settings.DATA_UPLOAD_MAX_BODY_SIZE
    if limit is not None and length > limit:
        raise RequestDataTooBig("Request body exceeded settings.DATA_UPLOAD_MAX_BODY_SIZE.")


class BaseHandler:
    """Gives a response for a request, through all middleware.

    Attributes:
        _middleware_chain: None until `load_middleware()`; then a callable from request to response.
    """

    _view_hooks: list[Hook]
    _template_hooks: list[Hook]
    _exception_hooks: list[Hook]
    _middleware_chain: Callable[..., Any] | None = None
    _outermost: Any = None

    def load_middleware(self, is_async: bool = False) -> None:
        """Compose the chain from `MIDDLEWARE`.

        Args:
            is_async: whether `get_response_async()` will be used.

        Raises:
            ImproperlyConfigured: a middleware factory returned None.
            RuntimeError: a middleware is neither sync- nor async-capable.
        """
        self._view_hooks = []
        self._template_hooks = []
        self._exception_hooks = []
        part: Any = _View(self, in_loop=is_async)
        for path in reversed(settings.MIDDLEWARE):
            part = self._add(path, part, is_async)
        part = in_mode(part, is_async)
        self._outermost = part
        self._middleware_chain = entry(part)

    def _add(self, path: str, part: Any, is_async: bool) -> Any:
        factory = import_string(path)
        can_sync = getattr(factory, "sync_capable", True)
        can_async = getattr(factory, "async_capable", False)
        if not can_sync and not can_async:
            raise RuntimeError(f"Middleware {path} must have at least one of sync_capable/async_capable set to True.")
        # The mode of the rest is kept where possible: each change of mode costs.
        in_loop = can_async if part.in_loop or not can_sync else False
        rest = in_mode(part, in_loop)
        if rest is not part and settings.DEBUG:
            kind = "Synchronous" if in_loop else "Asynchronous"
            logger.debug("%s handler adapted for middleware %s.", kind, path)
        try:
            middleware = factory(entry(rest))
        except MiddlewareNotUsed as reason:
            if settings.DEBUG:
                if str(reason):
                    logger.debug("MiddlewareNotUsed(%r): %s", path, reason)
                else:
                    logger.debug("MiddlewareNotUsed: %r", path)
            return part
        if middleware is None:
            raise ImproperlyConfigured(f"Middleware factory {path} returned None.")
        # Hooks around the view run where the view runs, whatever the mode of their own middleware.
        if hasattr(middleware, "process_view"):
            self._view_hooks.insert(0, Hook(middleware, "process_view", in_loop=is_async))
        if hasattr(middleware, "process_template_response"):
            self._template_hooks.append(Hook(middleware, "process_template_response", in_loop=is_async))
        if hasattr(middleware, "process_exception"):
            self._exception_hooks.append(Hook(middleware, "process_exception", in_loop=is_async))
        return wrap(middleware, rest, in_loop=in_loop)

    def get_response(self, request: Any) -> Any:
        """Give the response for a request."""
        set_urlconf(settings.ROOT_URLCONF)
        return self._finish(request, run_through(self._outermost.respond(request)))

    async def get_response_async(self, request: Any) -> Any:
        """The async half of `get_response()`."""
        set_urlconf(settings.ROOT_URLCONF)
        return self._finish(request, await self._outermost.respond(request))

    @staticmethod
    def _finish(request: Any, response: Any) -> Any:
        response._resource_closers.append(request.close)
        if response.streaming and isinstance(response, FileResponse):
            response.answer_range(request)
        if response.status_code >= 400:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return response

    def refuse(self, error: Exception) -> Any:
        """Give the response to what cannot become a request: 413 for a body that is too large, 400 for the rest."""
        too_large = isinstance(error, RequestDataTooBig)
        status, reason = (413, "Payload Too Large") if too_large else (400, "Bad Request")
        logger.warning("%s (%s)", reason, type(error).__name__, exc_info=error, extra={"status_code": status})
        response = HttpResponse(f"{status} {reason}" if too_large else "", status=status)
        response._handler_class = type(self)
        return response

    def resolve_request(self, request: Any) -> Any:
        """Find the view for a request, and keep the match in it."""
        urlconf = getattr(request, "urlconf", _NO_URLCONF)
        if urlconf is not _NO_URLCONF:
            set_urlconf(urlconf)
            resolver = get_resolver(urlconf)
        else:
            resolver = get_resolver()
        match = resolver.resolve(request.path_info)
        request.resolver_match = match
        return match

    def make_view_atomic(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a view in a transaction of each database with `ATOMIC_REQUESTS`.

        Raises:
            RuntimeError: the view is a coroutine function.
        """
        non_atomic: Any = getattr(view, "_non_atomic_requests", ())
        atomic_view = view
        for alias, options in connections.settings.items():
            if options["ATOMIC_REQUESTS"] and alias not in non_atomic:
                if is_async(view):
                    raise RuntimeError("You cannot use ATOMIC_REQUESTS with async views.")
                atomic_view = transaction.atomic(using=alias)(atomic_view)
        return atomic_view

    def check_response(self, response: Any, callback: Any, name: str | None = None) -> None:
        """Refuse what is no response.

        Raises:
            ValueError: a view or hook returned None or a coroutine.
        """
        if response is not None and not hasattr(response, "__await__"):
            return
        if not name:
            if isinstance(callback, types.FunctionType):
                name = f"The view {callback.__module__}.{callback.__name__}"
            else:
                name = f"The view {callback.__module__}.{type(callback).__name__}.__call__"
        if response is None:
            raise ValueError(f"{name} didn't return an HttpResponse object. It returned None instead.")
        response.close()
        raise ValueError(
            f"{name} didn't return an HttpResponse object. It returned an unawaited coroutine instead. You may need to "
            "add an 'await' into your view."
        )

    def adapt_method_mode(self, is_async: bool, method: Callable[..., Any], method_is_async: bool | None = None) -> Any:
        """Give `method` as a coroutine function or a plain one."""
        if method_is_async is None:
            method_is_async = _is_async(method)
        if is_async == method_is_async:
            return method
        return sync_to_async(method, thread_sensitive=True) if is_async else async_to_sync(method)


_NO_URLCONF = object()
_is_async = is_async


class _View:
    """The innermost part of the chain."""

    def __init__(self, handler: BaseHandler, *, in_loop: bool) -> None:
        self.in_loop = in_loop
        self.calls = calls_of(in_loop)
        self._handler = handler

    async def respond(self, request: Any) -> Any:
        """Resolve, call and render; what is raised becomes a response."""
        try:
            handler = self._handler
            match = handler.resolve_request(request)
            view, args, kwargs = match.func, match.args, match.kwargs
            for hook in handler._view_hooks:
                if hook.direct:
                    response = hook.function(request, view, args, kwargs)
                else:
                    response = await hook(request, view, args, kwargs)
                if response:
                    break
            else:
                try:
                    wrapped = handler.make_view_atomic(view)
                    if is_async(wrapped) == self.in_loop:
                        response = wrapped(request, *args, **kwargs)
                        if self.in_loop:
                            response = await response
                    elif not self.in_loop:
                        response = await self.calls.call(wrapped, request, *args, **kwargs)
                    else:
                        # The call and the rendering of what it returns share one hop.
                        render = not handler._template_hooks and not handler._exception_hooks
                        response = await self.calls.call(_call_view, wrapped, render, request, args, kwargs)
                except Exception as error:
                    response = await self._from_exception(request, error)
                    if response is None:
                        raise
            if not isinstance(response, HttpResponseBase):
                handler.check_response(response, view)
            if callable(getattr(response, "render", None)) and not getattr(response, "_rendered_in_call", False):
                response = await self._render(request, response)
            return response
        except Exception as error:
            return await error_response(self.calls, request, error)

    async def _render(self, request: Any, response: Any) -> Any:
        for hook in self._handler._template_hooks:
            response = await hook(request, response)
            owner = getattr(hook.function, "__self__", hook.function)
            self._handler.check_response(
                response, hook.function, name=f"{type(owner).__name__}.process_template_response"
            )
        try:
            return await self.calls.call(response.render)
        except Exception as error:
            handled = await self._from_exception(request, error)
            if handled is None:
                raise
            return handled

    async def _from_exception(self, request: Any, error: Exception) -> Any:
        for hook in self._handler._exception_hooks:
            response = await hook(request, error)
            if response:
                return response
        return None


def _call_view(view: Any, render: bool, request: Any, args: Any, kwargs: Any) -> Any:
    response = view(request, *args, **kwargs)
    if render and callable(getattr(response, "render", None)) and not is_async(response.render):
        response = response.render()
        response._rendered_in_call = True
    return response


def reset_urlconf(sender: Any, **kwargs: Any) -> None:
    """Forget the URLconf of the finished request."""
    set_urlconf(None)


reset_urlconf.runs_inline = True  # type: ignore[attr-defined]  # sets a context variable
request_finished.connect(reset_urlconf)
