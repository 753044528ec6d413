"""The site as the test clients reach it: its real handler, without server and thread.

What happens around a request is one flow for both kinds of handler. Knows nothing of browsers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub.core.handlers.asgi import ASGIRequest
from hotclub.core.handlers.base import BaseHandler
from hotclub.core.handlers.wsgi import WSGIRequest
from hotclub.core.signals import request_finished, request_started
from hotclub.db import close_old_connections
from hotclub.db.ports import ASYNC, SYNC
from hotclub.test.factories import LimitedPayload
from hotclub.test.payload import FakePayload


def conditional_content_removal(request: Any, response: Any) -> Any:
    """Take the body off a response that may have none on the wire: 1xx, 204, 304, or an answer to HEAD."""
    bodiless = 100 <= response.status_code < 200 or response.status_code in (204, 304) or request.method == "HEAD"
    if bodiless:
        if response.streaming:
            response.streaming_content = []
        else:
            response.content = b""
    return response


@contextmanager
def kept_connections(signal: Any) -> Iterator[None]:
    """Send a signal of the request's life in the block: the test's connections, with their open transaction, stay."""
    signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        signal.connect(close_old_connections)


def _close(close: Callable[[], None]) -> None:
    with kept_connections(request_finished):
        close()


def _closing_iterator(iterable: Any, close: Callable[[], None]) -> Any:
    try:
        yield from iterable
    finally:
        _close(close)


async def _aclosing_iterator(iterable: Any, close: Callable[[], None]) -> Any:
    try:
        async for chunk in iterable:
            yield chunk
    finally:
        _close(close)


class _SiteHandler(BaseHandler):
    """What both handlers do around a request.

    Args:
        enforce_csrf_checks: refuse unsafe requests without a token, as a real site does.
    """

    def __init__(self, enforce_csrf_checks: bool = True, *args: Any, **kwargs: Any) -> None:
        self.enforce_csrf_checks = enforce_csrf_checks
        super().__init__(*args, **kwargs)

    async def _answer(self, started: dict[str, Any], make_request: Callable[[], Any]) -> tuple[Any, Any]:
        """Flow: give the request that `make_request` makes, and its response.

        Args:
            started: arguments of the signal at its beginning.
            make_request: called after that signal.
        """
        with kept_connections(request_started):
            await CallUser(
                request_started.send, (), {"sender": type(self), **started}, async_function=request_started.asend
            )
        request = make_request()
        request._dont_enforce_csrf_checks = not self.enforce_csrf_checks
        response: Any = await CallUser(self.get_response, (request,), async_function=self.get_response_async)
        conditional_content_removal(request, response)
        if response.streaming:
            wrap = _aclosing_iterator if response.is_async else _closing_iterator
            response.streaming_content = wrap(response.streaming_content, response.close)
        else:
            with kept_connections(request_finished):
                await CallUser(response.close, async_function=sync_to_async(response.close, thread_sensitive=True))
        return request, response


class ClientHandler(_SiteHandler):
    """The WSGI side of the site for the client: no server, no thread, and the response comes back as an object."""

    __module__ = "hotclub.test.client"

    def __call__(self, environ: dict[str, Any]) -> Any:
        if self._middleware_chain is None:
            self.load_middleware()
        request, response = drive(self._answer({"environ": environ}, lambda: WSGIRequest(environ)), SYNC)
        response.wsgi_request = request
        return response


class AsyncClientHandler(_SiteHandler):
    """The ASGI side of the site for the client; see `ClientHandler`."""

    __module__ = "hotclub.test.client"

    async def __call__(self, scope: dict[str, Any]) -> Any:
        if self._middleware_chain is None:
            self.load_middleware(is_async=True)
        body_file = scope.pop("_body_file", None) or FakePayload(b"")
        body = LimitedPayload(body_file, len(body_file))
        request, response = await adrive(self._answer({"scope": scope}, lambda: ASGIRequest(scope, body)), ASYNC)
        response.asgi_request = request
        return response
