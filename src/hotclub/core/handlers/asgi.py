"""The ASGI side: scope and messages to request, response to messages.

A request runs in the server's task. Its work is begun by hand: if that one step ends it, nothing has waited, and nothing
else was needed. Once it waits, a second task listens for the client going away, and cancels the first then.

What most requests need no part of is made when it is asked for: `META`, a thread, connections.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import aclosing
from functools import cached_property
from io import BytesIO
from types import BuiltinMethodType, coroutine
from typing import Any

from asgiref.sync import sync_to_async

from hotclub._http.body import ReceivedBody
from hotclub._http.headers import parse_length
from hotclub.conf import settings
from hotclub.core import signals
from hotclub.core.exceptions import BadRequest, RequestAborted, RequestDataTooBig
from hotclub.core.handlers.base import BaseHandler, check_body_length
from hotclub.core.handlers.threads import release_thread, request_thread, run_sync, runs_sync_code
from hotclub.db import connections
from hotclub.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    QueryDict,
    parse_cookie,
)
from hotclub.http.request import HttpHeaders
from hotclub.urls import set_script_prefix

logger = logging.getLogger("hotclub.request")
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_EAGER = sys.version_info >= (3, 12)


def get_script_prefix(scope: dict[str, Any]) -> str:
    """Give the path the application hangs under: `FORCE_SCRIPT_NAME`, or the scope's root path."""
    if settings.FORCE_SCRIPT_NAME:
        return settings.FORCE_SCRIPT_NAME  # type: ignore[no-any-return]
    return scope.get("root_path", "") or ""


def _meta_name(raw_name: bytes) -> str:
    name = raw_name.decode("latin1").replace("-", "_").upper()
    return name if name in HttpHeaders.UNPREFIXED_HEADERS else HttpHeaders.HTTP_PREFIX + name


_META_NAMES = {
    name: _meta_name(name)
    for name in (
        b"accept accept-encoding accept-language authorization cache-control connection content-encoding "
        b"content-length content-type cookie dnt forwarded host if-match if-modified-since if-none-match if-range "
        b"if-unmodified-since origin pragma priority range referer sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform "
        b"sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user te traceparent transfer-encoding "
        b"upgrade-insecure-requests user-agent via x-csrftoken x-forwarded-for x-forwarded-host x-forwarded-port "
        b"x-forwarded-proto x-real-ip x-request-id x-requested-with"
    ).split()
}
"""The names in `META` of what most requests carry, worked out once (ASGI gives names in lower case)."""


class ASGIRequest(HttpRequest):
    """A request from an ASGI scope and its body.

    Raises:
        BadRequest: the content type makes no sense.
        UnicodeDecodeError: the query string is no UTF-8.
    """

    # Whether a subclass holds `META` in its own way: it is then given at once.
    _holds_meta = False
    # Seconds to wait for the next piece of the body.
    body_receive_timeout = 60

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._holds_meta = cls.META is not ASGIRequest.META

    def __init__(self, scope: dict[str, Any], body_file: Any) -> None:
        self.scope = scope
        self._read_started = False
        self.resolver_match = None
        path: str = scope["path"]
        self.script_name = script_name = get_script_prefix(scope)
        self.path = self.path_info = path
        prefix = script_name.rstrip("/")
        # The prefix ends where a segment ends: "/root" is none of "/rootprefix/".
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            self.path_info = path.removeprefix(prefix)
        self.method = scope["method"].upper()
        query = scope.get("query_string", b"")
        self._query: str = query.decode() if isinstance(query, bytes) else query
        if self._holds_meta:
            self.META = self._read_scope()
        # The two headers that are needed for the body, so that the others can wait; repeated ones are joined as in `META`.
        content_type = length = b""
        for name, value in scope.get("headers", ()):
            if name == b"content-type":
                content_type = content_type + b"," + value if content_type else value
            elif name == b"content-length":
                length = length + b"," + value if length else value
        if content_type:
            self._take_content_type(content_type.decode("latin1"))
        else:
            self.content_type, self.content_params = "", {}
        self._announced = length
        self._stream = body_file

    @cached_property
    def META(self) -> dict[str, Any]:  # type: ignore[override]
        """The headers and what else the scope says, by the names of CGI."""
        return self._read_scope()

    def _read_scope(self) -> dict[str, Any]:
        scope = self.scope
        meta = {
            "REQUEST_METHOD": self.method,
            "QUERY_STRING": self._query,
            "SCRIPT_NAME": self.script_name,
            "PATH_INFO": self.path_info,
            # These two are asked for by old code.
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
        }
        client = scope.get("client")
        if client:
            meta["REMOTE_ADDR"] = client[0]
            meta["REMOTE_HOST"] = client[0]
            meta["REMOTE_PORT"] = client[1]
        server = scope.get("server")
        if server:
            meta["SERVER_NAME"] = server[0]
            meta["SERVER_PORT"] = str(server[1])
        else:
            meta["SERVER_NAME"] = "unknown"
            meta["SERVER_PORT"] = "0"
        self._add_headers(meta, scope.get("headers", ()))
        return meta

    @staticmethod
    def _add_headers(meta: dict[str, Any], headers: Any) -> None:
        repeated: dict[str, list[str]] = {}
        for raw_name, raw_value in headers:
            name = _META_NAMES.get(raw_name)
            if name is None:
                # A name with an underscore could pass for one with a hyphen.
                if b"_" in raw_name:
                    continue
                name = _meta_name(raw_name)
            value = raw_value.decode("latin1")
            if name in meta:
                repeated.setdefault(name, [meta[name]]).append(value)
            else:
                meta[name] = value
        for name, values in repeated.items():
            # HTTP/2 may split cookies into several headers (RFC 9113 §8.2.3).
            if name == "HTTP_COOKIE":
                meta[name] = "; ".join(value.rstrip("; ") for value in values)
            else:
                meta[name] = ",".join(values)

    @cached_property
    def GET(self) -> Any:
        """The query string."""
        return QueryDict(self.META["QUERY_STRING"], encoding=self._encoding)

    def _length_of_header(self) -> int:
        return parse_length(self._announced.decode("latin1"))

    def _get_scheme(self) -> str:
        return self.scope.get("scheme") or super()._get_scheme()

    def _get_post(self) -> Any:
        if not hasattr(self, "_post"):
            self._load_post_and_files()
        return self._post

    def _set_post(self, post: Any) -> None:
        self._post = post

    def _get_files(self) -> Any:
        if not hasattr(self, "_files"):
            self._load_post_and_files()
        return self._files

    POST = property(_get_post, _set_post)
    FILES = property(_get_files)

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override]
        """The cookies."""
        return parse_cookie(self.META.get("HTTP_COOKIE", ""))

    def close(self) -> None:
        """Close the body and the uploaded files."""
        if "_files" in self.__dict__:
            super().close()
        stream = self._stream
        if hasattr(stream, "close"):
            stream.close()

    close.runs_inline = True  # type: ignore[attr-defined]  # closes temporary files


class ASGIHandler(BaseHandler):
    """The ASGI application."""

    request_class = ASGIRequest
    # Bytes in one message of a streamed file.
    chunk_size = 2**16

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=True)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Django can only handle ASGI/HTTP connections, not {scope['type']}.")
        with request_thread(), connections.borrowed():
            await self.handle(scope, receive, send)

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Read the body, respond, and watch for the client going away."""
        bodiless = _has_no_body(scope)
        try:
            body_file = BytesIO() if bodiless else await self.read_body(receive)
        except RequestAborted:
            return
        except RequestDataTooBig as error:
            await self.send_response(self.refuse(error), send)
            return
        set_script_prefix(get_script_prefix(scope))
        kind = type(self)
        if not signals.request_started.send_in_place(sender=kind, scope=scope):
            await signals.request_started.asend(sender=kind, scope=scope)
        request, error_response = self.create_request(scope, body_file)
        if request is None:
            body_file.close()
            await self.send_response(error_response, send)
            await self._close(error_response)
            return
        work = self._exchange(request, send)
        watch: _Watch | None = None
        try:
            try:
                waits_for = work.send(None)
            except StopIteration as done:
                response = done.value
            else:
                watch = _Watch(
                    self._listen_behind_body(receive) if bodiless else self.listen_for_disconnect(receive),
                    # granian's is no function of Python: it asks another thread, which costs more than a short view.
                    patient=isinstance(receive, BuiltinMethodType),
                )
                response = await _resumed(work, waits_for)
        except asyncio.CancelledError:
            await self._after_cancellation(request)
            if watch is None or not watch.ended_the_task():
                raise
            if watch.error is not None:
                raise watch.error from None
            return
        except BaseException:
            body_file.close()
            raise
        finally:
            if watch is not None:
                watch.stop()
        await self._close(response)

    async def _exchange(self, request: Any, send: Send) -> Any:
        response: Any = await self.get_response_async(request)
        response._handler_class = type(self)
        if response.streaming:
            if isinstance(response, FileResponse):
                response.block_size = self.chunk_size
            # A stream may be endless; it needs a thread for moments at most.
            release_thread()
        try:
            await self.send_response(response, send)
        except asyncio.CancelledError:
            request._response_closed = True
            await asyncio.shield(self._close(response))
            raise
        return response

    async def _after_cancellation(self, request: Any) -> None:
        """End a request that has no response; its end is signalled once."""
        if getattr(request, "_response_closed", False):
            return
        response: Any = HttpResponse()
        response._handler_class = type(self)
        response._resource_closers.append(request.close)
        # Foreign code may have left a call running in the request's thread, which still reads the body: close behind it.
        await asyncio.shield(run_sync(response.close))

    async def listen_for_disconnect(self, receive: Receive) -> None:
        """Wait until the client goes away.

        Raises:
            RequestAborted: it did.
            AssertionError: the server sent something else.
        """
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        raise AssertionError(f"Invalid ASGI message after request body: {message['type']}")

    async def _listen_behind_body(self, receive: Receive) -> None:
        """Pass over the message that says that there is no body, which nobody has waited for, and go on listening."""
        first = await receive()
        if first["type"] == "http.request":
            await self.listen_for_disconnect(receive)
        elif first["type"] == "http.disconnect":
            raise RequestAborted
        else:
            raise AssertionError(f"Invalid ASGI message: {first['type']}")

    async def read_body(self, receive: Receive) -> Any:
        """Give the body as a file: in memory while it is small, on disk from `FILE_UPLOAD_MAX_MEMORY_SIZE`.

        Raises:
            RequestAborted: the client went away.
            RequestDataTooBig: the body is longer than `DATA_UPLOAD_MAX_BODY_SIZE`; the rest of it is not read.
        """
        pieces: list[bytes] = []
        body_file: Any = None
        length = 0
        limit = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                if body_file is not None:
                    body_file.close()
                raise RequestAborted
            body = message.get("body")
            if body:
                pieces.append(body)
                length += len(body)
                try:
                    check_body_length(length)
                except RequestDataTooBig:
                    if body_file is not None:
                        body_file.close()
                    raise
                if body_file is not None or (limit and length > limit):
                    # A real file: writing may block.
                    if body_file is None:
                        body_file = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115  # the request closes it
                    await sync_to_async(body_file.writelines, thread_sensitive=False)(pieces)
                    pieces = []
            if not message.get("more_body", False):
                break
        if body_file is None:
            # Shares the bytes: what arrived is not copied.
            return ReceivedBody(pieces) if len(pieces) > 1 else BytesIO(pieces[0] if pieces else b"")
        body_file.seek(0)
        return body_file

    def create_request(self, scope: dict[str, Any], body_file: Any) -> tuple[Any, Any]:
        """Give the request, or the response that says why there is none."""
        try:
            return self.request_class(scope, body_file), None
        except (BadRequest, RequestDataTooBig, UnicodeDecodeError) as error:
            return None, self.refuse(error)

    async def send_response(self, response: Any, send: Send) -> None:
        """Send a response as ASGI messages."""
        headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.headers._store.values()]
        if response._cookies:
            headers += [(b"Set-Cookie", value.encode("ascii")) for value in response.cookie_headers()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if not response.streaming:
            await send({"type": "http.response.body", "body": response.content})
            return
        # Closing the generator at once, when the client goes away, runs its `finally` blocks.
        async with aclosing(aiter(response)) as content:
            async for part in content:
                for chunk, _ in self.chunk_bytes(part):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body"})

    @classmethod
    def chunk_bytes(cls, data: bytes) -> Any:
        """Give pieces of at most `chunk_size` bytes, each with whether it is the last."""
        if not data:
            yield data, True
            return
        for start in range(0, len(data), cls.chunk_size):
            yield data[start : start + cls.chunk_size], start + cls.chunk_size >= len(data)

    async def _close(self, response: Any) -> None:
        """Close a response; closers and receivers that may block get a thread, the others do not cost one."""
        if response._handler_class is None:
            response._handler_class = type(self)
        if response.closed:
            return
        blocks = signals.request_finished.may_wait(response._handler_class)
        for closer in response._resource_closers:
            blocks = blocks or not getattr(closer, "runs_inline", False)
        if blocks:
            await run_sync(response.close)
        else:
            response.close()


_BODY_HEADERS = (b"content-length", b"transfer-encoding")


def _has_no_body(scope: dict[str, Any]) -> bool:
    """Say whether a request announces no body, so that there is none to wait for: asking costs a turn of the loop.

    Source: RFC 9112 §6.3, item 7. Elsewhere than in HTTP/1 a body need not be announced.
    """
    if scope["method"] not in ("GET", "HEAD") or not scope.get("http_version", "").startswith("1"):
        return False
    for name, _ in scope["headers"]:  # noqa: SIM110  # `any()` would make a generator
        if name in _BODY_HEADERS:
            return False
    return True


@coroutine
def _resumed(work: Coroutine[Any, Any, Any], waits_for: Any) -> Generator[Any, Any, Any]:
    """Go on with a coroutine that was begun by hand and waits for something."""
    try:
        while True:
            try:
                answer = yield waits_for
            except BaseException as error:
                waits_for = work.throw(error)
            else:
                waits_for = work.send(answer)
    except StopIteration as done:
        return done.value


PATIENCE_SECONDS = 0.02
"""Time for a sync view, before anybody asks whether its client is still there."""


class _Watch:
    """Listens for the client going away while the current task works on its request, and cancels the task then.

    Made when the task first waits for something: one that never does pays nothing for it.

    Args:
        listening: coroutine that raises `RequestAborted` when the client has gone, or another error.
        patient: do not listen during a short call in a thread, which would not be abandoned anyway.
    """

    __slots__ = ("_asked", "_beginning", "_listening", "_task", "_work", "error")

    def __init__(self, listening: Coroutine[Any, Any, None], *, patient: bool) -> None:
        loop = asyncio.get_running_loop()
        self.error: BaseException | None = None
        self._asked = False
        self._listening = listening
        self._task: asyncio.Task[None] | None = None
        self._work = asyncio.current_task()
        self._beginning: asyncio.Handle | None = None
        if patient and runs_sync_code():
            self._beginning = loop.call_later(PATIENCE_SECONDS, self._begin, loop)
        else:
            self._begin(loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if _EAGER:
            self._task = asyncio.Task(self._listening, loop=loop, eager_start=True)  # type: ignore[call-arg,unused-ignore]  # Python 3.12
        else:
            self._task = loop.create_task(self._listening)
        if self._task.done():
            self._end(self._task)
        else:
            self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None or self._work is None:
            return
        if not isinstance(error, RequestAborted):
            self.error = error
        self._asked = True
        self._work.cancel()

    def ended_the_task(self) -> bool:
        """Say whether the cancellation of the task is this watch's, and take it back."""
        return self._asked and self._work is not None and self._work.uncancel() == 0

    def stop(self) -> None:
        """End listening."""
        self._work = None
        if self._task is None:
            if self._beginning is not None:
                self._beginning.cancel()
            self._listening.close()
        elif not self._task.done():
            self._task.cancel()
