"""A line for each request on standard output: in the combined form of web servers, or as JSON.

A line is one `write`, so lines of several workers never mix. What a client sent is escaped: it cannot forge a line.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

ESCAPES = {code: rf"\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {ord('"'): r"\"", ord("\\"): r"\\"}
MAX_FIELD = 2048
"""Characters of a path or header that are logged."""


class AccessLog:
    """Logs the requests to an ASGI application.

    Args:
        application: answers them.
        form: "common" (the combined log format) or "json" (one object a line).
        write: takes each line; standard output, if None.
    """

    def __init__(self, application: Any, form: str, write: Callable[[bytes], object] | None = None) -> None:
        self.application = application
        self._format = _json if form == "json" else _combined
        self._write = write or _write_to_stdout

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        status = size = 0
        began = time.perf_counter()

        async def counting_send(message: Any) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.pathsend":
                size = os.stat(message["path"]).st_size
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.application(scope, receive, counting_send)
        finally:
            seconds = time.perf_counter() - began
            # 499: the client went away before there was an answer (the custom of nginx).
            self._write(self._format(scope, status or 499, size, seconds))


def _write_to_stdout(line: bytes) -> None:
    os.write(sys.stdout.fileno(), line)


def _target(scope: Any) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    path: str = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
    return (f"{path}?{query}" if query and "?" not in path else path)[:MAX_FIELD]


def _headers(scope: Any, *names: bytes) -> list[str]:
    found = dict.fromkeys(names, "")
    for name, value in scope["headers"]:
        if name in found:
            found[name] = value.decode("latin-1")[:MAX_FIELD]
    return list(found.values())


def _combined(scope: Any, status: int, size: int, seconds: float) -> bytes:
    client = (scope.get("client") or ("-",))[0] or "-"
    referrer, agent = (text.translate(ESCAPES) or "-" for text in _headers(scope, b"referer", b"user-agent"))
    moment = time.strftime("%d/%b/%Y:%H:%M:%S %z")
    request = f"{scope['method']} {_target(scope)} HTTP/{scope.get('http_version', '1.1')}".translate(ESCAPES)
    return f'{client} - - [{moment}] "{request}" {status} {size} "{referrer}" "{agent}" {seconds:.6f}\n'.encode()


def _json(scope: Any, status: int, size: int, seconds: float) -> bytes:
    referrer, agent, forwarded, host = _headers(scope, b"referer", b"user-agent", b"x-forwarded-for", b"host")
    return (
        msgspec.json.encode(
            {
                "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                "client": (scope.get("client") or ("",))[0],
                "forwarded_for": forwarded,
                "method": scope["method"],
                "target": _target(scope),
                "host": host,
                "status": status,
                "bytes": size,
                "seconds": round(seconds, 6),
                "referrer": referrer,
                "user_agent": agent,
            }
        )
        + b"\n"
    )
