"""Requests to a handler in this process, under settings of a test: over WSGI and over ASGI."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hotclub.core.handlers.asgi import ASGIHandler
from hotclub.core.handlers.wsgi import WSGIHandler
from hotclub.urls import set_urlconf


@dataclass
class Answer:
    """Status code, headers as pairs, body."""

    status: int
    pairs: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Give the values of a header."""
        return [value for key, value in self.pairs if key.lower() == name.lower()]


def over_wsgi(
    path: str, method: str = "GET", headers: Iterable[tuple[str, str]] = (), body: Any = b"", **environ: Any
) -> Answer:
    """Send a request to a new WSGI handler; `body` may be a stream."""
    wire: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
        "HTTP_HOST": "testserver",
    }
    if isinstance(body, bytes):
        wire["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        wire[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    started: list[Any] = []
    response = WSGIHandler()({**wire, **environ}, lambda status, headers: started.extend((status, headers)))
    try:
        content = b"".join(response)
    finally:
        response.close()
    return Answer(int(started[0][:3]), started[1], content)


def over_asgi(
    path: str, method: str = "GET", headers: Iterable[tuple[str, str]] = (), body: Any = b"", **scope: Any
) -> Answer:
    """Send a request to a new ASGI handler; `body` may be an iterable of pieces."""
    pairs = [("host", "testserver"), *headers]
    pieces = [body] if isinstance(body, bytes) else body
    if isinstance(body, bytes):
        pairs.append(("content-length", str(len(body))))
    wire = {
        "type": "http",
        "method": method,
        "path": path.partition("?")[0],
        "query_string": path.partition("?")[2].encode(),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 50000),
        **scope,
    }

    async def exchange() -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        coming = iter(pieces)

        async def receive() -> dict[str, Any]:
            for piece in coming:
                return {"type": "http.request", "body": piece, "more_body": True}
            if "ended" not in wire:
                wire["ended"] = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await asyncio.sleep(3600)
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await asyncio.wait_for(ASGIHandler()(wire, receive, send), 60)
        return sent

    start, *parts = asyncio.run(exchange())
    return Answer(
        start["status"],
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]],
        b"".join(part.get("body", b"") for part in parts),
    )


def urlconf(*patterns: Any) -> Any:
    """Give a URLconf for `override_settings(ROOT_URLCONF=...)`, forgetting the one of the running context."""
    set_urlconf(None)
    return list(patterns)
