"""A request sent to an application in process, without a socket: over WSGI and over ASGI. Knows no framework."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

CHUNK_BYTES = 2**16
"""Servers hand a body to an ASGI application in pieces of about this size."""


class Request(NamedTuple):
    """What is sent.

    Attributes:
        path: path, not quoted.
        method: verb.
        headers: name and value, in lower case as ASGI has them.
        body: bytes.
    """

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def all_headers(self) -> list[tuple[str, str]]:
        headers = [("host", "testserver"), ("accept", "*/*"), ("user-agent", "benchmark"), *self.headers]
        return [*headers, ("content-length", str(len(self.body)))] if self.body else headers


class Answer(NamedTuple):
    """What came back: status code, headers (lower-case names, sorted) and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def environ_of(request: Request) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.errors": io.StringIO(),
    }
    for name, value in request.all_headers():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ


def scope_of(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in request.all_headers()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }


def over_wsgi(application: Any, request: Request) -> tuple[Callable[[int], None], Callable[[], Answer]]:
    """Give `run(n)` and `ask()` for one request to a WSGI application."""
    environ = environ_of(request)
    body = request.body
    started: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        started[:] = (status, headers)

    def once() -> bytes:
        response = application({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        content = b"".join(response)
        close = getattr(response, "close", None)
        if close is not None:
            close()
        return content

    def run(count: int) -> None:
        for _ in range(count):
            once()

    def ask() -> Answer:
        content = once()
        status, headers = started
        return Answer(int(status[:3]), sorted((name.lower(), value) for name, value in headers), content)

    return run, ask


def over_asgi(
    application: Any, request: Request, before: Callable[[], Any] | None = None
) -> tuple[Callable[[int], None], Callable[[], Answer]]:
    """Give `run(n)` and `ask()` for one request to an ASGI application.

    Args:
        before: coroutine function to await first, in the same loop.
    """
    scope = scope_of(request)
    chunks = [request.body[at : at + CHUNK_BYTES] for at in range(0, len(request.body), CHUNK_BYTES)] or [b""]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages[-1]["more_body"] = False
    loop = asyncio.new_event_loop()
    if before is not None:
        loop.run_until_complete(before())

    async def once() -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        coming = iter(messages)

        async def receive() -> Any:
            for message in coming:
                return message
            return await loop.create_future()  # nobody goes away

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await application(scope.copy(), receive, send)
        return sent

    async def many(count: int) -> None:
        for _ in range(count):
            await once()

    def ask() -> Answer:
        start, *parts = loop.run_until_complete(once())
        headers = sorted((name.decode().lower(), value.decode()) for name, value in start["headers"])
        return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))

    return (lambda count: loop.run_until_complete(many(count))), ask


# The requests of the cases that peers share

FIELDS = [(f"field{number}", f"value {number} & more") for number in range(10)]
DOCUMENT = {
    "name": "benchmark",
    "items": [{"id": number, "title": f"item number {number}", "price": number * 1.5} for number in range(38)],
}
UPLOAD = bytes(range(256)) * 4096  # 1 MiB
BOUNDARY = "benchmark-boundary"


def plain() -> Request:
    return Request("/plain/")


def form() -> Request:
    from urllib.parse import urlencode

    return Request(
        "/form/", "POST", (("content-type", "application/x-www-form-urlencoded"),), urlencode(FIELDS).encode()
    )


def document() -> Request:
    import json

    return Request("/document/", "POST", (("content-type", "application/json"),), json.dumps(DOCUMENT).encode())


def upload() -> Request:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="data.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + UPLOAD + f"\r\n--{BOUNDARY}--\r\n".encode()
    return Request("/upload/", "POST", (("content-type", f"multipart/form-data; boundary={BOUNDARY}"),), body)


def summary(document: dict[str, Any]) -> dict[str, Any]:
    """What the view of the JSON case answers."""
    return {"name": document["name"], "total": sum(item["price"] for item in document["items"])}


def filled_in(fields: Any) -> dict[str, Any]:
    """What the view of the form case answers."""
    return {"count": len(fields), "first": fields["field0"], "last": fields["field9"]}


def told(name: str | None, file: Any) -> dict[str, Any]:
    """What the view of the upload case answers."""
    size = file.seek(0, 2)
    file.seek(-1, 2)
    return {"name": name, "size": size, "last": file.read(1)[0]}


def cases_of_peer(
    interface: str, application: Callable[[], Any], before: Callable[[], Any] | None = None
) -> dict[str, Any]:
    """Give the cases that a peer shares with us over an interface ("WSGI" or "ASGI")."""

    def prepared(request: Callable[[], Request], json_body: bool) -> Any:
        def prepare(scale: int) -> Any:
            if interface == "WSGI":
                run, ask = over_wsgi(application(), request())
            else:
                run, ask = over_asgi(application(), request(), before)
            return run, essence(ask, json_body=json_body)

        return prepare

    return {
        f"http: plain text, {interface}": prepared(plain, False),
        f"http: form of 10 fields, {interface}": prepared(form, True),
        f"http: 2 KB of JSON, {interface}": prepared(document, True),
        f"http: upload of 1 MiB, {interface}": prepared(upload, True),
    }


def essence(ask: Callable[[], Answer], *, json_body: bool = False) -> Callable[[], Any]:
    """Give a check that holds for every framework: the status and what the body says."""
    import json

    def check() -> Any:
        answer = ask()
        return answer.status, json.dumps(json.loads(answer.body), sort_keys=True) if json_body else answer.body

    return check


def whole(ask: Callable[[], Answer], ignoring: Iterable[str] = ()) -> Callable[[], Any]:
    """Give a check of status, headers and body."""
    left_out = set(ignoring)

    def check() -> Any:
        answer = ask()
        return answer.status, [pair for pair in answer.headers if pair[0] not in left_out], answer.body

    return check
