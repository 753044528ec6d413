"""A small WSGI server over `wsgiref`: the live server of tests runs on it. Not for production."""

from __future__ import annotations

import logging
import socket
import socketserver
import sys
from typing import Any
from wsgiref import simple_server

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.wsgi import get_wsgi_application
from hotclub.utils.module_loading import import_string

logger = logging.getLogger("hotclub.server")
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


def get_internal_wsgi_application() -> Any:
    """Give the application of `WSGI_APPLICATION`, or a plain one if that is not set.

    Raises:
        ImproperlyConfigured: it cannot be imported.
    """
    path = settings.WSGI_APPLICATION
    if path is None:
        return get_wsgi_application()
    try:
        return import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"WSGI application '{path}' could not be loaded; Error importing module."
        ) from error


def is_broken_pipe_error() -> bool:
    """Whether the error at hand only says that the client went away."""
    kind, _, _ = sys.exc_info()
    return kind is not None and issubclass(
        kind, (BrokenPipeError, ConnectionAbortedError, ConnectionResetError)
    )


class WSGIServer(simple_server.WSGIServer):
    """Serves one request at a time."""

    request_queue_size = 10

    def __init__(self, *args: Any, ipv6: bool = False, allow_reuse_address: bool = True, **kwargs: Any) -> None:
        if ipv6:
            self.address_family = socket.AF_INET6
        self.allow_reuse_address = allow_reuse_address
        super().__init__(*args, **kwargs)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log an error; a client that went away is none."""
        if is_broken_pipe_error():
            logger.info("- Broken pipe from %s", client_address)
        else:
            super().handle_error(request, client_address)


class ThreadedWSGIServer(socketserver.ThreadingMixIn, WSGIServer):
    """Serves each connection in a thread; the connections of a test can be shared with them."""

    daemon_threads = True

    def __init__(self, *args: Any, connections_override: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections_override = connections_override

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its thread."""
        connections = import_string("hotclub.db.connections")
        for alias, connection in (self.connections_override or {}).items():
            connections[alias] = connection
        try:
            super().process_request_thread(request, client_address)
        finally:
            if not self.connections_override:
                connections.close_all()


class ServerHandler(simple_server.ServerHandler):
    """Answers requests of one connection, which stays open between them (HTTP/1.1)."""

    http_version = "1.1"

    def __init__(self, stdin: Any, stdout: Any, stderr: Any, environ: Any, **kwargs: Any) -> None:
        # What is left of a body is not the next request: the application may read the body only.
        try:
            content_length = int(environ.get("CONTENT_LENGTH") or 0)
        except (ValueError, TypeError):
            content_length = 0
        limited = import_string("hotclub.core.handlers.wsgi.LimitedStream")(stdin, content_length)
        super().__init__(limited, stdout, stderr, environ, **kwargs)

    def cleanup_headers(self) -> None:
        """Say whether the connection stays."""
        super().cleanup_headers()
        assert self.headers is not None
        if (
            self.environ["REQUEST_METHOD"] == "HEAD"
            and "Content-Length" in self.headers
            and str(self.headers["Content-Length"]) == "0"
        ):
            del self.headers["Content-Length"]
        threaded = isinstance(getattr(self.request_handler, "server", None), socketserver.ThreadingMixIn)
        if self.environ["REQUEST_METHOD"] != "HEAD" and "Content-Length" not in self.headers:
            # Without a length only the end of the connection ends the response.
            self.headers["Connection"] = "close"
        elif not threaded:
            # One thread serves all: a kept connection would lock out the others.
            self.headers["Connection"] = "close"
        if self.headers.get("Connection") == "close":
            self.request_handler.close_connection = True

    request_handler: Any

    def finish_response(self) -> None:
        """Send a response; HEAD gets headers only."""
        assert self.environ is not None
        if self.environ["REQUEST_METHOD"] == "HEAD":
            try:
                # The application may want to know that its content was used up.
                for _ in self.result or ():
                    pass
                if not self.headers_sent:
                    self.send_headers()
            finally:
                self.close()
        else:
            super().finish_response()

    def close(self) -> None:
        """Close, and leave nothing of the body to the next request."""
        self.get_stdin().read()
        super().close()


class WSGIRequestHandler(simple_server.WSGIRequestHandler):
    """Reads requests and logs them."""

    protocol_version = "HTTP/1.1"

    def address_string(self) -> str:
        """Give the client's address, without a look-up of its name."""
        return self.client_address[0]  # type: ignore[no-any-return]

    def log_message(self, format: str, *args: Any) -> None:
        """Log a request, at a level by its status; control characters are shown as escapes."""
        safe_args = tuple(str(arg).translate(_CONTROL) for arg in args)
        if len(args) > 1 and str(args[1])[:1] == "4" and str(args[0]).startswith("\x16\x03"):
            logger.error(
                "You're accessing the development server over HTTPS, but it only supports HTTP.",
                extra={"request": self.request, "server_time": self.log_date_time_string()},
            )
            return
        status = str(args[1]) if len(args) > 1 else ""
        if status.startswith("4"):
            level = logger.warning
        elif status.startswith("5"):
            level = logger.error
        else:
            level = logger.info
        level(
            format,
            *safe_args,
            extra={
                "request": self.request,
                "server_time": self.log_date_time_string(),
                "status_code": int(status) if status.isdigit() else status,
            },
        )

    def get_environ(self) -> dict[str, Any]:
        """Give the environ; headers with underscores are left out: they could pass for others."""
        for name in list(self.headers):
            if "_" in name:
                del self.headers[name]
        return super().get_environ()

    def handle(self) -> None:
        """Serve requests until the connection ends."""
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()
        try:
            self.connection.shutdown(socket.SHUT_WR)
        except (AttributeError, OSError):
            pass

    def handle_one_request(self) -> None:
        """Serve one request."""
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = ""
            self.request_version = ""
            self.command = ""
            self.send_error(414)
            return
        if not self.parse_request():  # it has sent an error
            return
        handler = ServerHandler(
            self.rfile, self.wfile, self.get_stderr(), self.get_environ(), multithread=False
        )
        handler.request_handler = self  # type: ignore[assignment]  # read when the log is written
        handler.run(self.server.get_app())  # type: ignore[attr-defined]
