"""A threaded WSGI server on the standard library: for live-server tests, and for `runserver` without the `server` extra.

It is not meant for production: no limits on slow clients, no TLS.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import sys
from collections.abc import Callable, Sequence
from typing import Any
from wsgiref import simple_server

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.wsgi import get_wsgi_application
from hotclub.db import connections
from hotclub.utils.module_loading import import_string

logger = logging.getLogger("hotclub.server")

ESCAPED_CONTROLS = {code: rf"\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {ord("\\"): "\\\\"}
"""Control characters in a log line could drive the terminal that shows it."""

CLIENT_WENT_AWAY = (BrokenPipeError, ConnectionAbortedError, ConnectionResetError)


def get_internal_wsgi_application() -> Callable[..., Any]:
    """Return the WSGI application that `WSGI_APPLICATION` names, or the project's default one.

    Raises:
        ImproperlyConfigured: the setting names something that cannot be imported.
    """
    path = settings.WSGI_APPLICATION
    if path is None:
        return get_wsgi_application()
    try:
        application: Callable[..., Any] = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"WSGI application '{path}' could not be loaded; Error importing module.") from error
    return application


def _client_went_away() -> bool:
    """Say whether the error being handled is a client that went away."""
    kind, _error, _trace = sys.exc_info()
    return kind is not None and issubclass(kind, CLIENT_WENT_AWAY)


class WSGIServer(simple_server.WSGIServer):
    """One listening socket.

    Args:
        *args: address and handler class, as in `wsgiref`.
        ipv6: listen on an IPv6 address.
        allow_reuse_address: take a port over that was closed a moment ago.
    """

    request_queue_size = 10

    def __init__(self, *args: Any, ipv6: bool = False, allow_reuse_address: bool = True, **kwargs: Any) -> None:
        if ipv6:
            self.address_family = socket.AF_INET6
        self.allow_reuse_address = allow_reuse_address
        super().__init__(*args, **kwargs)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if _client_went_away():
            logger.info("- Broken pipe from %s", client_address)
        else:
            super().handle_error(request, client_address)


class ThreadedWSGIServer(socketserver.ThreadingMixIn, WSGIServer):
    """A thread for each connection, each closing the database connections it opened.

    Args:
        *args: as in `WSGIServer`.
        connections_override: alias → connection that all threads share.
    """

    daemon_threads = True

    def __init__(self, *args: Any, connections_override: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections_override = connections_override

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        for alias, connection in (self.connections_override or {}).items():
            connections[alias] = connection
        super().process_request_thread(request, client_address)

    def _close_connections(self) -> None:
        # What CONN_MAX_AGE says about requests does not hold for a thread that ends.
        connections.close_all()

    def close_request(self, request: Any) -> None:
        self._close_connections()
        super().close_request(request)


class ServerHandler(simple_server.ServerHandler):
    """Runs the application for one request."""

    http_version = "1.1"
    environ: dict[str, Any]
    headers: Any
    headers_sent: bool

    def __init__(self, stdin: Any, stdout: Any, stderr: Any, environ: dict[str, Any], **kwargs: Any) -> None:
        # An application that reads to the end of the body must meet that end, not wait for the next request.
        try:
            length = max(int(environ.get("CONTENT_LENGTH") or 0), 0)
        except ValueError:
            length = 0
        self._body = _LimitedReader(stdin, length)
        super().__init__(self._body, stdout, stderr, environ, **kwargs)

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        headers: Any = self.headers  # set by now
        if self.environ["REQUEST_METHOD"] == "HEAD" and headers.get("Content-Length") == "0":
            del headers["Content-Length"]
        # Without a length the end of the connection is the end of the body.
        has_length = "Content-Length" in headers
        if self.environ["REQUEST_METHOD"] != "HEAD" and not has_length:
            headers["Connection"] = "close"
        elif not isinstance(self.request_handler.server, socketserver.ThreadingMixIn):
            # One connection kept alive would block all others.
            headers["Connection"] = "close"
        if headers.get("Connection") == "close":
            self.request_handler.close_connection = True

    def write(self, data: bytes) -> None:
        """Send a part of the body; an answer to HEAD has headers only."""
        if self.environ["REQUEST_METHOD"] != "HEAD":
            super().write(data)
        elif not self.headers_sent:
            self.send_headers()

    def finish_content(self) -> None:
        # A body without a length and without content (HEAD) gets no made-up "Content-Length: 0".
        if self.environ["REQUEST_METHOD"] == "HEAD" and not self.headers_sent:
            self.send_headers()
        else:
            super().finish_content()

    def close(self) -> None:
        self._body.drain()
        super().close()

    request_handler: Any = None


class _LimitedReader:
    """The body of one request on a connection that may carry more of them."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int | None = None) -> bytes:
        count = self._left if size is None or size < 0 else min(size, self._left)
        return self._took(self._stream.read(count)) if count else b""

    def readline(self, size: int | None = None) -> bytes:
        count = self._left if size is None or size < 0 else min(size, self._left)
        return self._took(self._stream.readline(count)) if count else b""

    def readlines(self, hint: int | None = None) -> list[bytes]:
        return list(iter(self.readline, b""))

    def __iter__(self) -> Any:
        return iter(self.readline, b"")

    def drain(self, max_bytes: int = 1 << 20) -> None:
        """Read what the application left, up to a bound."""
        try:
            self.read(min(self._left, max_bytes))
        except (OSError, ValueError):
            self._left = 0

    def _took(self, data: bytes) -> bytes:
        self._left -= len(data) if data else self._left
        return data


class WSGIRequestHandler(simple_server.WSGIRequestHandler):
    """Reads requests off one connection and logs them."""

    protocol_version = "HTTP/1.1"
    server: Any

    def address_string(self) -> str:
        # No look-up of the host name: it takes long where there is no name server.
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        level = self._level(args)
        if level == logger.error and len(args) > 1 and str(args[0]).startswith("\x16\x03"):
            logger.error(
                "You're accessing the development server over HTTPS, but it only supports HTTP.",
                extra={"request": self.request, "server_time": self.log_date_time_string()},
            )
            return
        status = int(args[1]) if len(args) > 1 and str(args[1]).isdigit() else None
        level(
            (format % args).translate(ESCAPED_CONTROLS),
            extra={"request": self.request, "server_time": self.log_date_time_string(), "status_code": status},
        )

    @staticmethod
    def _level(args: Sequence[Any]) -> Callable[..., None]:
        code = str(args[1]) if len(args) > 1 else ""
        if code.startswith("4") and not str(args[0]).startswith("\x16\x03"):
            return logger.warning
        if code[:1] in {"2", "3"} or not code:
            return logger.info
        return logger.error

    def get_environ(self) -> dict[str, Any]:
        # "A_b" and "A-b" would become the same key: a client could forge what a proxy sets.
        for name in [name for name in self.headers if "_" in name]:
            del self.headers[name]
        return super().get_environ()

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()
        with contextlib.suppress(AttributeError, OSError):  # the client may have gone first
            self.connection.shutdown(socket.SHUT_WR)

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            return
        if not self.parse_request():
            return
        handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
        handler.request_handler = self
        handler.run(self.server.get_app())


def run(
    addr: str,
    port: int,
    wsgi_handler: Callable[..., Any],
    ipv6: bool = False,
    threading: bool = False,
    on_bind: Callable[[int], None] | None = None,
    server_cls: type[WSGIServer] = WSGIServer,
) -> None:
    """Serve until interrupted.

    Args:
        addr: address to listen on.
        port: port; a free one, if 0.
        wsgi_handler: application.
        ipv6: listen on an IPv6 address.
        threading: a thread for each connection.
        on_bind: called with the port once it is open.
        server_cls: class of the server; mixed with threads if asked for.
    """
    cls: Any = type("WSGIServer", (socketserver.ThreadingMixIn, server_cls), {}) if threading else server_cls
    httpd = cls((addr, port), WSGIRequestHandler, ipv6=ipv6)
    if on_bind is not None:
        on_bind(httpd.server_port)
    if threading:
        # Stopping must not wait for requests that never end.
        httpd.daemon_threads = True
    httpd.set_app(wsgi_handler)
    httpd.serve_forever()
