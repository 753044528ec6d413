"""The thread that serves the site for live-server tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from hotclub.conf import settings
from hotclub.core.handlers.wsgi import WSGIHandler, get_path_info
from hotclub.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from hotclub.db import connections
from hotclub.http import Http404
from hotclub.views.static import serve


class QuietWSGIRequestHandler(WSGIRequestHandler):
    """Serves without logging each request."""

    __module__ = "hotclub.test.testcases"

    def log_message(self, *args: Any) -> None:
        pass


class ServedFiles(WSGIHandler):
    """The site, with the files below one URL served from a directory.

    Args:
        application: serves everything else.
        base_url: URL of the files; nothing is served if it is empty or on another host.
        base_dir: their directory.
    """

    def __init__(self, application: Callable[..., Any], base_url: str | None = None, base_dir: Any = None) -> None:
        super().__init__()
        self.application = application
        self.base_url = urlsplit(str(base_url)) if base_url else None
        self.base_dir = base_dir

    def _handles(self, path: str) -> bool:
        base = self.base_url
        # An unset URL reads as the root of the site, which is no place for files alone.
        return base is not None and not base.netloc and base.path not in ("", "/") and path.startswith(base.path)

    def get_response(self, request: Any) -> Any:
        assert self.base_url is not None
        relative = url2pathname(unquote(request.path[len(self.base_url.path) :])).lstrip("/")
        try:
            return serve(request, relative.replace("\\", "/"), document_root=self.base_dir)
        except Http404 as error:
            from hotclub.core.handlers.exception import response_for_exception  # noqa: PLC0415

            return response_for_exception(request, error)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if not self._handles(get_path_info(environ)):
            return self.application(environ, start_response)
        return super().__call__(environ, start_response)


class LiveServerThread(threading.Thread):
    """Serves the site until terminated.

    Args:
        host: address to listen on.
        static_handler: wraps the site to serve static files; called with the application.
        connections_override: alias → connection shared with the test.
        port: port; a free one, if 0. `self.port` holds the real one once `self.is_ready` is set.
    """

    __module__ = "hotclub.test.testcases"
    server_class: Any = ThreadedWSGIServer

    def __init__(
        self, host: str, static_handler: Any, connections_override: dict[str, Any] | None = None, port: int = 0
    ) -> None:
        self.host = host
        self.port = port
        self.is_ready = threading.Event()
        self.error: BaseException | None = None
        self.static_handler = static_handler
        self.connections_override = connections_override or {}
        super().__init__()

    def run(self) -> None:
        for alias, connection in self.connections_override.items():
            connections[alias] = connection
        try:
            handler = self._application()
            self.httpd = self._create_server(connections_override=self.connections_override)
            if self.port == 0:
                self.port = self.httpd.server_address[1]
            self.httpd.set_app(handler)
            self.is_ready.set()
            self.httpd.serve_forever()
        except Exception as error:  # the test that waits must hear of it, whatever it is
            self.error = error
            self.is_ready.set()
        finally:
            connections.close_all()

    def _application(self) -> Any:
        if self.static_handler is not ServedFiles:
            application: Any = self.static_handler(WSGIHandler())
        else:
            application = ServedFiles(WSGIHandler(), settings.STATIC_URL, settings.STATIC_ROOT)
        return ServedFiles(application, settings.MEDIA_URL, settings.MEDIA_ROOT)

    def _create_server(self, connections_override: dict[str, Any] | None = None) -> Any:
        return self.server_class(
            (self.host, self.port),
            QuietWSGIRequestHandler,
            allow_reuse_address=False,
            connections_override=connections_override,
        )

    def terminate(self) -> None:
        """Stop serving and wait for the end."""
        if hasattr(self, "httpd"):
            self.httpd.shutdown()
            self.httpd.server_close()
        self.join()
