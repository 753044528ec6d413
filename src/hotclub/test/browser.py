"""What both test clients do: send a request through the site, note what rendered its response, follow redirects.

Each is one flow; a client says how a request is written for its handler, and which half of a pair it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from hotclub._flow.effects import CallUser
from hotclub.core.signals import got_request_exception
from hotclub.http import QueryDict
from hotclub.test.factories import KEEPS_METHOD, REDIRECTS, is_json
from hotclub.test.logins import Logins
from hotclub.test.payload import MULTIPART_CONTENT
from hotclub.test.signals import template_rendered
from hotclub.test.templates import store_rendered_templates
from hotclub.urls import resolve
from hotclub.utils.functional import SimpleLazyObject

MAX_REDIRECTS = 20


class RedirectCycleError(Exception):
    """Following redirects leads back to a page seen already, or never ends.

    Args:
        message: what happened.
        last_response: response with the redirect that was not followed; its `redirect_chain` shows the way.
    """

    __module__ = "hotclub.test.client"

    def __init__(self, message: str, last_response: Any) -> None:
        super().__init__(message)
        self.last_response = last_response
        self.redirect_chain = last_response.redirect_chain


class Browser(Logins):
    """Mixin of the clients, before the factory whose requests they send.

    Args:
        enforce_csrf_checks: refuse unsafe requests without a token.
        raise_request_exception: raise an exception of a view in the test; else the response is the 500 page.
        headers: of each request.
        query_params: of each request.
        **defaults: entries of each request, in the factory's form.
    """

    handler_class: Callable[[bool], Any]
    exc_info: Any
    extra: dict[str, Any] | None
    headers: Mapping[str, str] | None
    query_params: Any

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, query_params=query_params, **defaults)  # type: ignore[call-arg]  # the factory's
        self.handler = self.handler_class(enforce_csrf_checks)
        self.raise_request_exception = raise_request_exception
        self.exc_info = None
        self.extra = None
        self.headers = None
        self.query_params = None

    # -- what the two clients say ----------------------------------------------------------------------------------

    def _perform(self, flow: Any) -> Any:
        """Run a flow to its end; an `AsyncClient` gives a coroutine that does."""
        raise NotImplementedError

    def _place_entries(self, place: dict[str, str], headers: Any) -> dict[str, Any]:
        """Give the arguments of a verb that send a request to another place: its scheme, name, port and host."""
        raise NotImplementedError

    @staticmethod
    def _scheme(client_request: dict[str, Any]) -> str | None:
        """Give the scheme of a request that was sent."""
        raise NotImplementedError

    # -- one request -----------------------------------------------------------------------------------------------

    async def _exchange(self, entries: dict[str, Any], client_request: dict[str, Any], attribute: str) -> Any:
        """Flow: give the response to a request.

        Args:
            entries: what the handler takes.
            client_request: `response.request`.
            attribute: under which the handler leaves its request on the response.
        """
        rendered: dict[str, Any] = {}
        with self._listening(rendered):
            response = await CallUser(self.handler, (entries,), async_function=self.handler)
        self._raise_stored(response)
        response.client = self
        response.request = client_request
        response.templates = rendered.get("templates", [])
        response.context = rendered.get("context")
        response.json = partial(self._json_of, response)
        request = getattr(response, attribute)
        urlconf = getattr(request, "urlconf", None)
        response.resolver_match = SimpleLazyObject(lambda: resolve(request.path_info, urlconf=urlconf))
        # One context speaks for itself; several are a list that finds names in all.
        if response.context is not None and len(response.context) == 1:
            response.context = response.context[0]
        if response.cookies:
            self.cookies.update(response.cookies)
        return response

    @contextmanager
    def _listening(self, rendered: dict[str, Any]) -> Iterator[None]:
        """Collect templates and contexts in `rendered`, and note an exception of the view, in the block."""
        remember = partial(store_rendered_templates, rendered)
        rendered_uid, exception_uid = f"template-render-{id(rendered)}", f"request-exception-{id(rendered)}"
        template_rendered.connect(remember, dispatch_uid=rendered_uid)
        got_request_exception.connect(self._store_exception, dispatch_uid=exception_uid)
        try:
            yield
        finally:
            template_rendered.disconnect(dispatch_uid=rendered_uid)
            got_request_exception.disconnect(dispatch_uid=exception_uid)

    def _store_exception(self, **kwargs: Any) -> None:
        """Note an exception of a view: a receiver of `got_request_exception`."""
        self.exc_info = sys.exc_info()

    def _raise_stored(self, response: Any) -> None:
        """Put the exception on the response, and raise it unless the client is told not to."""
        response.exc_info = self.exc_info
        if self.exc_info:
            _kind, error, _trace = self.exc_info
            self.exc_info = None
            if self.raise_request_exception:
                raise error

    def _json_of(self, response: Any, **extra: Any) -> Any:
        if not hasattr(response, "_json"):
            kind = response.get("Content-Type")
            if not is_json(kind or ""):
                raise ValueError(f'Content-Type header is "{kind}", not "application/json"')
            response._json = json.loads(response.text, **extra)
        return response._json

    # -- redirects -------------------------------------------------------------------------------------------------

    def _sent(
        self,
        verb: str,
        path: Any,
        follow: bool,
        secure: bool,
        headers: Any,
        query_params: Any,
        extra: dict[str, Any],
        **options: Any,
    ) -> Any:
        """Send a request of the factory, and follow redirects if told to."""
        self.extra, self.headers, self.query_params = extra, headers, query_params
        send = getattr(super(), verb)
        first = partial(send, path, secure=secure, headers=headers, query_params=query_params, **options, **extra)
        return self._perform(self._sent_and_followed(first, options, headers, extra)) if follow else first()

    async def _sent_and_followed(
        self, first: Callable[[], Any], sent: dict[str, Any], headers: Any, extra: dict[str, Any]
    ) -> Any:
        response = await CallUser(first, async_function=first)
        return await self._followed(response, sent, headers, extra)

    def _handle_redirects(
        self,
        response: Any,
        data: Any = "",
        content_type: str = "",
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Follow the redirects of a response; clients of other packages, which have verbs of their own, call this."""
        return self._perform(self._followed(response, {"data": data, "content_type": content_type}, headers, extra))

    async def _followed(self, response: Any, sent: dict[str, Any], headers: Any, extra: dict[str, Any]) -> Any:
        """Flow: follow redirects to the end; `response.redirect_chain` lists them."""
        response.redirect_chain = chain = []
        place: dict[str, str] = {}
        while response.status_code in REDIRECTS:
            # A plain response may redirect too, with a header of its own.
            target = getattr(response, "url", None) or response.headers["Location"]
            chain.append((target, response.status_code))
            verb, options = _next_verb(response, target, sent)
            place |= _place(target)
            secure = place.get("scheme", self._scheme(response.request)) == "https"
            options = {**extra, "headers": headers, **self._place_entries(place, headers), **options}
            send = partial(getattr(self, verb), _next_path(response, target), follow=False, secure=secure, **options)
            response = await CallUser(send, async_function=send)
            response.redirect_chain = chain
            if chain[-1] in chain[:-1]:
                # The client would run in circles.
                raise RedirectCycleError("Redirect loop detected.", last_response=response)
            if len(chain) > MAX_REDIRECTS:
                # The URL grows or changes each time.
                raise RedirectCycleError("Too many redirects.", last_response=response)
        return response

    # -- verbs: as the factory's, and with `follow`; of an `AsyncClient`, each is awaited --------------------------

    def get(
        self,
        path: Any,
        data: Any = None,
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a GET request."""
        return self._sent("get", path, follow, secure, headers, query_params, extra, data=data)

    def post(
        self,
        path: Any,
        data: Any = None,
        content_type: str = MULTIPART_CONTENT,
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a POST request."""
        return self._sent(
            "post", path, follow, secure, headers, query_params, extra, data=data, content_type=content_type
        )

    def head(
        self,
        path: Any,
        data: Any = None,
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a HEAD request."""
        return self._sent("head", path, follow, secure, headers, query_params, extra, data=data)

    def options(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send an OPTIONS request."""
        return self._sent(
            "options", path, follow, secure, headers, query_params, extra, data=data, content_type=content_type
        )

    def put(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a PUT request."""
        return self._sent(
            "put", path, follow, secure, headers, query_params, extra, data=data, content_type=content_type
        )

    def patch(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a PATCH request."""
        return self._sent(
            "patch", path, follow, secure, headers, query_params, extra, data=data, content_type=content_type
        )

    def delete(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a DELETE request."""
        return self._sent(
            "delete", path, follow, secure, headers, query_params, extra, data=data, content_type=content_type
        )

    def trace(
        self,
        path: Any,
        data: Any = "",
        follow: bool = False,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Send a TRACE request, which has no body."""
        return self._sent("trace", path, follow, secure, headers, query_params, extra)


def _place(target: str) -> dict[str, str]:
    """Give what an absolute URL says about where it leads."""
    url = urlsplit(target)
    place: dict[str, str] = {}
    if url.scheme:
        place["scheme"] = url.scheme
    if url.hostname:
        place["name"] = url.hostname
        place["host"] = url.hostname if not url.port else f"{url.hostname}:{url.port}"
    if url.port:
        place["port"] = str(url.port)
    return place


def _next_path(response: Any, target: str) -> str:
    url = urlsplit(target)
    # An absolute URL without a path means the root (RFC 3986 §6.2.3).
    path = "/" if not url.path and url.netloc else url.path
    return path if path.startswith("/") else urljoin(response.request["PATH_INFO"], path)


def _next_verb(response: Any, target: str, sent: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the method of the request that a redirect asks for, and its data.

    Args:
        response: the redirect.
        target: where it leads.
        sent: data and content type of the first request.
    """
    query = urlsplit(target).query
    if response.status_code not in KEEPS_METHOD:
        return "get", {"data": QueryDict(query)}
    verb: str = response.request["REQUEST_METHOD"].lower()
    if verb in ("get", "head"):
        # What was asked for with parameters is asked for with them again.
        return verb, {"data": sent.get("data", "") or QueryDict(query)}
    return verb, {
        "QUERY_STRING": query,
        "data": sent.get("data", ""),
        "content_type": sent.get("content_type", ""),
    }
