"""While developing: pages reload themselves when the server has been started anew.

Each HTML page gets a script that asks for the server's identity every second and loads the page again once it differs. The script is
a file of its own, which a content security policy with `'self'` lets pass. Knows nothing of the project.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

IDENTITY_PATH = "/__hotclub__/identity"
SCRIPT_PATH = "/__hotclub__/reload.js"
IDENTITY = f"{os.getpid()}-{time.time_ns()}".encode()
TAG = b'<script src="%s" defer></script>' % SCRIPT_PATH.encode()
SCRIPT = """\
(() => {
  let known;
  const ask = async () => {
    try {
      const answer = await fetch("IDENTITY_PATH", {cache: "no-store"});
      const identity = await answer.text();
      if (known !== undefined && answer.ok && identity !== known) return location.reload();
      if (answer.ok) known = identity;
    } catch (error) {
      // The server is starting.
    }
    setTimeout(ask, document.hidden ? 5000 : 1000);
  };
  ask();
})();
""".replace("IDENTITY_PATH", IDENTITY_PATH)

Headers = list[tuple[str, str]]


def own_answer(path: str) -> tuple[Headers, bytes] | None:
    """Return headers and body of the two paths that are answered here."""
    if path == IDENTITY_PATH:
        kind, body = "text/plain", IDENTITY
    elif path == SCRIPT_PATH:
        kind, body = "text/javascript", SCRIPT.encode()
    else:
        return None
    return [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")], body


def wants_script(headers: Iterable[tuple[str, str]]) -> bool:
    """Say whether an answer is a page, whole and not compressed."""
    found = {name.lower(): value for name, value in headers}
    return (
        found.get("content-type", "").startswith("text/html")
        and "content-length" in found
        and "content-encoding" not in found
    )


def with_script(body: bytes) -> bytes:
    """Return a page with the script in it; a fragment without a body stays as it is."""
    before, end, after = body.rpartition(b"</body>")
    return before + TAG + end + after if end else body


def with_length(headers: Headers, length: int) -> Headers:
    """Return headers with another `Content-Length`."""
    return [(name, str(length) if name.lower() == "content-length" else value) for name, value in headers]


class ReloadingPages:
    """A WSGI application whose pages reload themselves."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        own = own_answer(environ.get("PATH_INFO", ""))
        if own is not None:
            start_response("200 OK", own[0])
            return [own[1]]
        started: list[Any] = []

        def late_start(status: str, headers: Headers, exc_info: Any = None) -> None:
            started[:] = [status, headers, exc_info]
            if not wants_script(headers) or environ["REQUEST_METHOD"] == "HEAD":
                start_response(status, headers, *([exc_info] if exc_info else []))

        response = self.application(environ, late_start)
        status, headers, exc_info = started
        if not wants_script(headers) or environ["REQUEST_METHOD"] == "HEAD":
            return response
        try:
            page = with_script(b"".join(response))
        finally:
            if hasattr(response, "close"):
                response.close()
        start_response(status, with_length(headers, len(page)), *([exc_info] if exc_info else []))
        return [page]


class ASGIReloadingPages:
    """An ASGI application whose pages reload themselves."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        own = own_answer(scope["path"])
        if own is not None:
            await self._send(send, 200, own[0], own[1])
            return
        start: dict[str, Any] = {}
        body = bytearray()

        async def late_send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
                if scope["method"] != "HEAD" and wants_script(headers):
                    start.update(status=message["status"], headers=headers)
                    return
            elif start and message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    page = with_script(bytes(body))
                    await self._send(send, start["status"], with_length(start["headers"], len(page)), page)
                return
            await send(message)

        await self.application(scope, receive, late_send)

    @staticmethod
    async def _send(send: Any, status: int, headers: Headers, body: bytes) -> None:
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})
