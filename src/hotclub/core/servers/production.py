"""The application that a worker of `hotclub serve` runs: the project's, behind what a production server owes it.

    access log → health pages → static files → limits → the project (ASGI; or WSGI in a thread)

Each layer is an ASGI application around the next; what it does not answer itself costs one comparison.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

from asgiref.wsgi import WsgiToAsgi

from hotclub.conf import settings
from hotclub.core.asgi import get_asgi_application
from hotclub.core.handlers.asgi import ASGIHandler
from hotclub.core.handlers.threads import request_thread
from hotclub.core.servers.access_log import AccessLog
from hotclub.core.servers.basehttp import get_internal_wsgi_application
from hotclub.core.servers.limits import Limits
from hotclub.core.servers.options import ServeOptions
from hotclub.core.servers.static_files import StaticFiles
from hotclub.db import connections
from hotclub.utils.module_loading import import_string

logger = logging.getLogger("hotclub.server")


def build(options: ServeOptions) -> Any:
    """Load the project and return its application for production."""
    application: Any = _wsgi() if options.interface == "wsgi" else _asgi()
    application = Limits(application, options.body_timeout_seconds, options.max_body_bytes)
    static = None
    if options.static and settings.STATIC_ROOT and settings.STATIC_URL:
        prefix = urlsplit(settings.STATIC_URL).path
        static = StaticFiles.of_directory(settings.STATIC_ROOT, prefix, _hashed_names(), otherwise=application)
    application = Front(application, static, options.health)
    if options.access_log != "none":
        application = AccessLog(application, options.access_log)
    return application


def _asgi() -> Any:
    path = getattr(settings, "ASGI_APPLICATION", None)
    application = import_string(path) if path else get_asgi_application()
    # The handler of the project itself has no lifespan to tell.
    return WithoutLifespan(application) if isinstance(application, ASGIHandler) else application


def _wsgi() -> Any:
    return WithoutLifespan(InThreads(get_internal_wsgi_application()))


def _hashed_names() -> frozenset[str]:
    """Return the names of static files that hold a hash of their content, and so never change."""
    if "hotclub.contrib.staticfiles" not in settings.INSTALLED_APPS:
        return frozenset()
    storage = import_string("hotclub.contrib.staticfiles.storage.staticfiles_storage")
    return frozenset(getattr(storage, "hashed_files", {}).values())


class WithoutLifespan:
    """Answers the server's start and stop in the place of an application that knows requests only."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        while True:
            event = (await receive())["type"].rpartition(".")[2]
            await send({"type": f"lifespan.{event}.complete"})
            if event == "shutdown":
                return


class InThreads:
    """A WSGI application, called in the threads of the ASGI handler; the body has arrived before a thread is taken."""

    def __init__(self, application: Any) -> None:
        self.application: Any = WsgiToAsgi(application)  # type: ignore[no-untyped-call]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with request_thread(), connections.borrowed():
            await self.application(scope, receive, send)


class Front:
    """Health pages and static files in front of the application.

    Args:
        application: answers everything else.
        static: files; None for none.
        health: path below which `/live` and `/ready` are; empty for none.
    """

    def __init__(self, application: Any, static: StaticFiles | None, health: str) -> None:
        self.application = application
        self.static = static
        self._live = health + "/live" if health else None
        self._ready = health + "/ready" if health else None
        self._asking: asyncio.Task[str] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if self.static is not None and path.startswith(self.static.prefix):
                await self.static(scope, receive, send)
                return
            if path == self._live:
                await _answer(send, 200, b"live\n")
                return
            if path == self._ready:
                trouble = await self._databases_answer()
                await _answer(send, *((503, trouble.encode()) if trouble else (200, b"ready\n")))
                return
        await self.application(scope, receive, send)

    async def _databases_answer(self) -> str:
        """Ask every database; however many want to know at the same time, they are asked once."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(_ask_databases())
        return await asyncio.shield(self._asking)


READY_TIMEOUT_SECONDS = 5.0


async def _ask_databases() -> str:
    """Return what is wrong with the databases: empty if they answer."""

    def ask() -> None:
        with connections.isolated():
            for alias in connections:
                if connections.settings[alias]["ENGINE"].endswith(".dummy"):
                    continue
                asked = alias
                try:
                    with connections[alias].cursor() as cursor:
                        cursor.execute("SELECT 1")
                except Exception as error:  # whatever it is: the site cannot work
                    failed.append(asked)
                    logger.warning("The database %r does not answer: %s", asked, error)

    failed: list[str] = []
    try:
        await asyncio.wait_for(asyncio.to_thread(ask), READY_TIMEOUT_SECONDS)
    except TimeoutError:
        return "a database does not answer in time\n"
    return f"databases that do not answer: {', '.join(failed)}\n" if failed else ""


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
