"""Handlers that serve static files before they ask the site itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async

from hotclub.conf import settings
from hotclub.contrib.staticfiles.matching import check_settings
from hotclub.contrib.staticfiles.views import serve
from hotclub.core.handlers.asgi import ASGIHandler
from hotclub.core.handlers.exception import response_for_exception
from hotclub.core.handlers.wsgi import WSGIHandler, get_path_info
from hotclub.http import FileResponse, Http404
from hotclub.utils.encoding import uri_to_iri


class StaticFilesHandlerMixin:
    """What both handlers share."""

    # Tells the site's own error handling that this is not the whole chain.
    handles_files = True
    base_url: Any

    def load_middleware(self, is_async: bool = False) -> None:
        """Middleware is the wrapped application's."""

    def get_base_url(self) -> str:
        """Give the URL of static files."""
        check_settings()
        return settings.STATIC_URL  # type: ignore[no-any-return]

    def _is_static(self, path: str) -> bool:
        """Whether a path is that of a static file on this host."""
        return path.startswith(self.base_url[2]) and not self.base_url[1]

    def file_path(self, url: str) -> str:
        """Give the path of a file below `STATIC_URL`."""
        return uri_to_iri(url.removeprefix(self.base_url[2]))  # type: ignore[no-any-return]

    def serve(self, request: Any) -> Any:
        """Give the file of a request, or the ranges of it that the request asks for."""
        response = serve(request, self.file_path(request.path), insecure=True)
        if isinstance(response, FileResponse):
            response.answer_range(request)
        return response

    def get_response(self, request: Any) -> Any:
        """Give the file, or a 404 page."""
        try:
            return self.serve(request)
        except Http404 as error:
            return response_for_exception(request, error)

    async def get_response_async(self, request: Any) -> Any:
        """The async half: files are read in a thread."""
        try:
            return await sync_to_async(self.serve, thread_sensitive=False)(request)
        except Http404 as error:
            return await sync_to_async(response_for_exception, thread_sensitive=False)(request, error)


class StaticFilesHandler(StaticFilesHandlerMixin, WSGIHandler):
    """WSGI: static files, else the application."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.base_url = urlsplit(self.get_base_url())
        super().__init__()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if not self._is_static(get_path_info(environ)):
            return self.application(environ, start_response)
        return super().__call__(environ, start_response)


class ASGIStaticFilesHandler(StaticFilesHandlerMixin, ASGIHandler):
    """ASGI: static files, else the application."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.base_url = urlsplit(self.get_base_url())

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        # Only HTTP is ours; lifespan and WebSockets go to the application.
        if scope["type"] == "http" and self._is_static(scope["path"]):
            return await super().__call__(scope, receive, send)
        return await self.application(scope, receive, send)

    async def get_response_async(self, request: Any) -> Any:
        """Give the file, or a 404 page."""
        response = await super().get_response_async(request)
        response._resource_closers.append(request.close)
        return response
