"""What one client may ask of a worker: how long a body may be and how slowly it may come.

Requests without a body pass untouched. The application learns of an exceeded limit as of a client that went away; the
client gets 408 or 413, if no answer has begun.
"""

from __future__ import annotations

import asyncio
from typing import Any

SLOWEST_BYTES_PER_SECOND = 500
"""A body that comes more slowly, over the first time-out and on, is given up."""

_TOO_LATE = (408, b"The body of the request did not arrive in time.\n")
_TOO_LONG = (413, b"The body of the request is too long.\n")


class Limits:
    """Bounds the bodies of requests.

    Args:
        application: gets requests within the limits.
        timeout_seconds: time for the next part of a body.
        max_bytes: longest body; 0 for any.
    """

    def __init__(self, application: Any, timeout_seconds: float, max_bytes: int) -> None:
        self.application = application
        self.timeout_seconds = timeout_seconds
        self.max_bytes = max_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not (length := _length(scope["headers"])):
            await self.application(scope, receive, send)
            return
        if self.max_bytes and length > self.max_bytes:
            await _refuse(send, *_TOO_LONG)
            return
        body = _Body(receive, self)
        answer = _Answer(send)
        await self.application(scope, body.receive, answer.send)
        if body.refusal is not None and not answer.begun:
            await _refuse(send, *body.refusal)


class _Answer:
    """Notes whether an answer has begun."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self.begun = False

    async def send(self, message: dict[str, Any]) -> None:
        self.begun = True
        await self._send(message)


class _Body:
    """A body under a watch."""

    def __init__(self, receive: Any, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._began = asyncio.get_running_loop().time()
        self._bytes = 0
        self._ended = False
        self.refusal: tuple[int, bytes] | None = None

    async def receive(self) -> dict[str, Any]:
        """Give the next message; that of a client that went away, if a limit is exceeded."""
        if self._ended:
            return await self._receive()  # type: ignore[no-any-return]
        if self.refusal is not None:
            return {"type": "http.disconnect"}
        loop = asyncio.get_running_loop()
        wait = self._limits.timeout_seconds
        slowest = self._began + wait + self._bytes / SLOWEST_BYTES_PER_SECOND
        try:
            async with asyncio.timeout_at(min(loop.time() + wait, slowest)):
                message: dict[str, Any] = await self._receive()
        except TimeoutError:
            self.refusal = _TOO_LATE
            return {"type": "http.disconnect"}
        self._bytes += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._limits.max_bytes and self._bytes > self._limits.max_bytes:
            self.refusal = _TOO_LONG
            return {"type": "http.disconnect"}
        return message


def _length(headers: Any) -> int:
    """Return the length of the body a request announces: 0 for none, 1 if it is not said."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else 1
        if name == b"transfer-encoding":
            return 1
    return 0


async def _refuse(send: Any, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
