"""The application that `runserver` hands to granian: loaded in the worker, which is a process of its own.

The command says through the environment which interface is wanted, whether static files are served, and whether pages reload themselves.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from hotclub.conf import settings
from hotclub.core.asgi import get_asgi_application
from hotclub.core.servers.basehttp import ESCAPED_CONTROLS, get_internal_wsgi_application
from hotclub.core.servers.browser_reload import ASGIReloadingPages, ReloadingPages
from hotclub.utils.module_loading import import_string

logger = logging.getLogger("hotclub.server")
SILENT_PATHS = "/__hotclub__/"


def _wants(name: str) -> bool:
    return bool(os.environ.get(f"HOTCLUB_RUNSERVER_{name}"))


def _asgi() -> Any:
    path = getattr(settings, "ASGI_APPLICATION", None)
    return import_string(path) if path else get_asgi_application()


def build() -> Any:
    """Return the application, with static files in front of it where they are wanted."""
    asgi = os.environ.get("HOTCLUB_RUNSERVER_INTERFACE") == "asgi"
    application = _asgi() if asgi else get_internal_wsgi_application()
    if _wants("STATIC") and (settings.DEBUG or _wants("INSECURE")):
        name = "ASGIStaticFilesHandler" if asgi else "StaticFilesHandler"
        handler = import_string(f"hotclub.contrib.staticfiles.handlers.{name}")
        application = handler(application)
    if _wants("RELOAD_PAGES") and settings.DEBUG:
        application = (ASGIReloadingPages if asgi else ReloadingPages)(application)
    return (ASGILogged if asgi else Logged)(application)


def log_request(method: str, path: str, query: str, status: int, size: str, scope_or_environ: Any) -> None:
    """Log a request to `hotclub.server`, at the level of its status.

    Source: docs ref/logging, "django.server".
    """
    if path.startswith(SILENT_PATHS):
        return
    level = logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO
    line = f'"{method} {path}{"?" + query if query else ""} HTTP/1.1" {status} {size}'
    # Percent signs are no placeholders here: there are no arguments.
    logger.log(
        level,
        line.translate(ESCAPED_CONTROLS),
        extra={"status_code": status, "request": scope_or_environ, "server_time": time.strftime("%d/%b/%Y %H:%M:%S")},
    )


class Logged:
    """A WSGI application whose requests are logged."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        def logging_start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            size = next((value for name, value in headers if name.lower() == "content-length"), "-")
            path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
            log_request(environ["REQUEST_METHOD"], path, query, int(status[:3]), size, environ)
            return start_response(status, headers, *([exc_info] if exc_info else []))

        return self.application(environ, logging_start)


class ASGILogged:
    """An ASGI application whose requests are logged."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return

        async def logging_send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                size = next(
                    (value.decode() for name, value in message["headers"] if name.lower() == b"content-length"), "-"
                )
                query = scope.get("query_string", b"").decode("latin-1")
                log_request(scope["method"], scope["path"], query, message["status"], size, scope)
            await send(message)

        await self.application(scope, receive, logging_send)


def __getattr__(name: str) -> Any:
    """Build `application` when the server asks for it, not when the module is looked at."""
    if name == "application":
        return globals().setdefault("application", build())
    raise AttributeError(name)
