"""The test clients: a browser without a server, sync and async.

A request goes through the real handler (all middleware, URL resolving, the view); the client remembers cookies, follows
redirects, and notes on the response which templates and contexts rendered it. What they do is in `browser.py` and
`logins.py`; here is only what differs between the two.
"""

from __future__ import annotations

from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub.db.ports import ASYNC, SYNC
from hotclub.test.browser import Browser, RedirectCycleError
from hotclub.test.factories import CONTENT_TYPE_RE, AsyncRequestFactory, RequestFactory
from hotclub.test.payload import (
    BOUNDARY,
    MULTIPART_CONTENT,
    FakePayload,
    encode_file,
    encode_multipart,
)
from hotclub.test.site_handlers import AsyncClientHandler, ClientHandler, conditional_content_removal

__all__ = [
    "BOUNDARY",
    "CONTENT_TYPE_RE",
    "MULTIPART_CONTENT",
    "AsyncClient",
    "AsyncClientHandler",
    "AsyncRequestFactory",
    "Client",
    "ClientHandler",
    "FakePayload",
    "RedirectCycleError",
    "RequestFactory",
    "conditional_content_removal",
    "encode_file",
    "encode_multipart",
]

conditional_content_removal.__module__ = "hotclub.test.client"


class Client(Browser, RequestFactory):  # type: ignore[misc]  # its verbs take `follow`
    """A browser without a server.

    Args:
        enforce_csrf_checks: refuse unsafe requests without a token.
        raise_request_exception: raise an exception of a view in the test; else the response is the 500 page.
        headers: of each request.
        query_params: of each request.
        **defaults: entries of the WSGI environment of each request.

    Source: docs topics/testing/tools, "The test client".
    """

    handler_class = ClientHandler

    def request(self, **request: Any) -> Any:
        """Send a request made from entries of a WSGI environment and return the response."""
        return drive(self._exchange(self._base_environ(**request), request, "wsgi_request"), SYNC)

    def _perform(self, flow: Any) -> Any:
        return drive(flow, SYNC)

    def _place_entries(self, place: dict[str, str], headers: Any) -> dict[str, Any]:
        names = {"scheme": "wsgi.url_scheme", "name": "SERVER_NAME", "host": "HTTP_HOST", "port": "SERVER_PORT"}
        return {names[part]: value for part, value in place.items()}

    @staticmethod
    def _scheme(client_request: dict[str, Any]) -> str | None:
        return client_request.get("wsgi.url_scheme")


class AsyncClient(Browser, AsyncRequestFactory):  # type: ignore[misc]  # as above
    """A browser without a server for async tests: each method is awaited. Arguments as of `Client`."""

    handler_class = AsyncClientHandler

    async def request(self, **request: Any) -> Any:
        """Send a request made from entries of an ASGI scope and return the response."""
        asked = {**request, "PATH_INFO": request.get("path", "/"), "REQUEST_METHOD": request.get("method", "GET")}
        return await adrive(self._exchange(self._base_scope(**request), asked, "asgi_request"), ASYNC)

    def _perform(self, flow: Any) -> Any:
        return adrive(flow, ASYNC)

    def _place_entries(self, place: dict[str, str], headers: Any) -> dict[str, Any]:
        return {"headers": {**(headers or {}), "host": place["host"]}} if "host" in place else {}

    @staticmethod
    def _scheme(client_request: dict[str, Any]) -> str | None:
        return client_request.get("scheme")
