"""The test clients: a browser without a server, sync and async.

A request goes through the real handler (all middleware, URL resolving, the view); the client remembers cookies, follows
redirects, and notes on the response which templates and contexts rendered it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import urljoin, urlsplit

from asgiref.sync import sync_to_async

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.handlers.asgi import ASGIRequest
from hotclub.core.handlers.base import BaseHandler
from hotclub.core.handlers.wsgi import WSGIRequest
from hotclub.core.signals import got_request_exception, request_finished, request_started
from hotclub.db import close_old_connections
from hotclub.http import HttpRequest, QueryDict
from hotclub.test.factories import (
    CONTENT_TYPE_RE,
    KEEPS_METHOD,
    REDIRECTS,
    AsyncRequestFactory,
    LimitedPayload,
    RequestFactory,
    is_json,
)
from hotclub.test.payload import (
    BOUNDARY,
    MULTIPART_CONTENT,
    FakePayload,
    encode_file,
    encode_multipart,
)
from hotclub.test.signals import template_rendered
from hotclub.test.templates import store_rendered_templates
from hotclub.urls import resolve
from hotclub.utils.functional import SimpleLazyObject

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

MAX_REDIRECTS = 20


class RedirectCycleError(Exception):
    """Following redirects leads back to a page seen already, or never ends.

    Args:
        message: what happened.
        last_response: response with the redirect that was not followed; its `redirect_chain` shows the way.
    """

    def __init__(self, message: str, last_response: Any) -> None:
        super().__init__(message)
        self.last_response = last_response
        self.redirect_chain = last_response.redirect_chain


def conditional_content_removal(request: Any, response: Any) -> Any:
    """Take the body off a response that may have none on the wire: 1xx, 204, 304, or an answer to HEAD."""
    bodiless = 100 <= response.status_code < 200 or response.status_code in (204, 304) or request.method == "HEAD"
    if bodiless:
        if response.streaming:
            response.streaming_content = []
        else:
            response.content = b""
    return response


def _closing_iterator(iterable: Any, close: Callable[[], None]) -> Any:
    try:
        yield from iterable
    finally:
        _close_keeping_connections(close)


async def _aclosing_iterator(iterable: Any, close: Callable[[], None]) -> Any:
    try:
        async for chunk in iterable:
            yield chunk
    finally:
        _close_keeping_connections(close)


def _close_keeping_connections(close: Callable[[], None]) -> None:
    """Close a response; the test's connections, with their open transaction, stay."""
    request_finished.disconnect(close_old_connections)
    try:
        close()  # sends request_finished
    finally:
        request_finished.connect(close_old_connections)


class ClientHandler(BaseHandler):
    """The WSGI side of the site for the client: no server, no thread, and the response comes back as an object.

    Args:
        enforce_csrf_checks: refuse unsafe requests without a token, as a real site does.
    """

    def __init__(self, enforce_csrf_checks: bool = True, *args: Any, **kwargs: Any) -> None:
        self.enforce_csrf_checks = enforce_csrf_checks
        super().__init__(*args, **kwargs)

    def __call__(self, environ: dict[str, Any]) -> Any:
        if self._middleware_chain is None:
            self.load_middleware()
        request_started.disconnect(close_old_connections)
        try:
            request_started.send(sender=type(self), environ=environ)
        finally:
            request_started.connect(close_old_connections)
        request: Any = WSGIRequest(environ)
        request._dont_enforce_csrf_checks = not self.enforce_csrf_checks
        response = self.get_response(request)
        conditional_content_removal(request, response)
        response.wsgi_request = request
        if response.streaming:
            wrap = _aclosing_iterator if response.is_async else _closing_iterator
            response.streaming_content = wrap(response.streaming_content, response.close)
        else:
            _close_keeping_connections(response.close)
        return response


class AsyncClientHandler(BaseHandler):
    """The ASGI side of the site for the client; see `ClientHandler`."""

    def __init__(self, enforce_csrf_checks: bool = True, *args: Any, **kwargs: Any) -> None:
        self.enforce_csrf_checks = enforce_csrf_checks
        super().__init__(*args, **kwargs)

    async def __call__(self, scope: dict[str, Any]) -> Any:
        if self._middleware_chain is None:
            self.load_middleware(is_async=True)
        body_file = scope.pop("_body_file", None) or FakePayload(b"")
        request_started.disconnect(close_old_connections)
        try:
            await request_started.asend(sender=type(self), scope=scope)
        finally:
            request_started.connect(close_old_connections)
        request: Any = ASGIRequest(scope, LimitedPayload(body_file, len(body_file)))
        request._dont_enforce_csrf_checks = not self.enforce_csrf_checks
        response: Any = await self.get_response_async(request)
        conditional_content_removal(request, response)
        response.asgi_request = request
        if response.streaming:
            wrap = _aclosing_iterator if response.is_async else _closing_iterator
            response.streaming_content = wrap(response.streaming_content, response.close)
        else:
            request_finished.disconnect(close_old_connections)
            try:
                await sync_to_async(response.close, thread_sensitive=True)()
            finally:
                request_finished.connect(close_old_connections)
        return response


class _Browser:
    """What both clients share: cookies, sessions, exceptions, redirects."""

    cookies: SimpleCookie
    handler: Any
    raise_request_exception: bool
    exc_info: Any = None
    extra: dict[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    query_params: Any = None
    # Sends a request of the factory and follows redirects; of an `AsyncClient`, a coroutine function.
    _sent: Callable[..., Any]

    # -- exceptions ----------------------------------------------------------------------------------------------

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

    # -- sessions and logins -------------------------------------------------------------------------------------

    @property
    def session(self) -> Any:
        """The session of the client; made and kept in a cookie where there is none. Save it after a change."""
        engine = import_module(settings.SESSION_ENGINE)
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie:
            return engine.SessionStore(cookie.value)
        session = engine.SessionStore()
        session.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return session

    async def asession(self) -> Any:
        """Return the session of the client; see `session`."""
        engine = import_module(settings.SESSION_ENGINE)
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie:
            return engine.SessionStore(cookie.value)
        session = engine.SessionStore()
        await session.asave()
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return session

    def login(self, **credentials: Any) -> bool:
        """Log in with credentials; returns whether they were right."""
        auth = _auth()
        user = auth.authenticate(**credentials)
        if user:
            self._login(user)
            return True
        return False

    async def alogin(self, **credentials: Any) -> bool:
        """Log in with credentials; returns whether they were right."""
        auth = _auth()
        user = await auth.aauthenticate(**credentials)
        if user:
            await self._alogin(user)
            return True
        return False

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Log a user in without credentials.

        Args:
            user: who.
            backend: dotted path of the backend to note; the first one that can load users, if None.
        """
        user.backend = backend = backend or _first_usable_backend()
        self._login(user, backend)

    async def aforce_login(self, user: Any, backend: str | None = None) -> None:
        """Log a user in without credentials; see `force_login`."""
        user.backend = backend = backend or _first_usable_backend()
        await self._alogin(user, backend)

    def _session_request(self, session: Any) -> HttpRequest:
        request = HttpRequest()
        request.session = session
        return request

    def _new_session(self) -> Any:
        return import_module(settings.SESSION_ENGINE).SessionStore()

    def _login(self, user: Any, backend: str | None = None) -> None:
        known = self.cookies.get(settings.SESSION_COOKIE_NAME)
        request = self._session_request(self.session if known else self._new_session())
        _auth().login(request, user, backend)
        request.session.save()
        self._set_login_cookies(request)

    async def _alogin(self, user: Any, backend: str | None = None) -> None:
        known = self.cookies.get(settings.SESSION_COOKIE_NAME)
        request = self._session_request(await self.asession() if known else self._new_session())
        await _auth().alogin(request, user, backend)
        await request.session.asave()
        self._set_login_cookies(request)

    def _set_login_cookies(self, request: Any) -> None:
        name = settings.SESSION_COOKIE_NAME
        self.cookies[name] = request.session.session_key
        self.cookies[name].update(
            {
                "max-age": None,
                "path": "/",
                "domain": settings.SESSION_COOKIE_DOMAIN,
                "secure": settings.SESSION_COOKIE_SECURE or None,
                "expires": None,
            }
        )

    def logout(self) -> None:
        """Log out: the session and all cookies are gone."""
        auth = _auth()
        request = self._session_request(self.session if self.session else self._new_session())
        if self.cookies.get(settings.SESSION_COOKIE_NAME):
            request.user = auth.get_user(request)
        auth.logout(request)
        self.cookies = SimpleCookie()

    async def alogout(self) -> None:
        """Log out: the session and all cookies are gone."""
        auth = _auth()
        session = await self.asession()
        request = self._session_request(session or self._new_session())
        if session:
            request.user = await auth.aget_user(request)
        await auth.alogout(request)
        self.cookies = SimpleCookie()

    # -- responses -----------------------------------------------------------------------------------------------

    def _json_of(self, response: Any, **extra: Any) -> Any:
        if not hasattr(response, "_json"):
            kind = response.get("Content-Type")
            if not is_json(kind or ""):
                raise ValueError(f'Content-Type header is "{kind}", not "application/json"')
            response._json = json.loads(response.text, **extra)
        return response._json

    def _finished(self, response: Any, data: dict[str, Any], request: Any, client_request: dict[str, Any]) -> Any:
        """Put on the response what tests look at."""
        self._raise_stored(response)
        response.client = self
        response.request = client_request
        response.templates = data.get("templates", [])
        response.context = data.get("context")
        response.json = partial(self._json_of, response)
        urlconf = getattr(request, "urlconf", None)
        response.resolver_match = SimpleLazyObject(lambda: resolve(request.path_info, urlconf=urlconf))
        # One context speaks for itself; several are a list that finds names in all.
        if response.context is not None and len(response.context) == 1:
            response.context = response.context[0]
        if response.cookies:
            self.cookies.update(response.cookies)
        return response

    # -- verbs: as the factory's, and with `follow`; of an `AsyncClient`, each is awaited ------------------------

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

    # -- redirects -----------------------------------------------------------------------------------------------

    def _next_request(self, response: Any, data: Any, content_type: str, headers: Any, extra: dict[str, Any]) -> Any:
        """Return method, path and keyword arguments of the request that a redirect asks for."""
        # A plain response may redirect too, with a header of its own.
        response_url = getattr(response, "url", None) or response.headers["Location"]
        chain_so_far = response.redirect_chain
        chain_so_far.append((response_url, response.status_code))
        url = urlsplit(response_url)
        if url.scheme:
            extra["wsgi.url_scheme"] = url.scheme
        if url.hostname:
            extra["SERVER_NAME"] = url.hostname
            extra["HTTP_HOST"] = url.hostname if not url.port else f"{url.hostname}:{url.port}"
        if url.port:
            extra["SERVER_PORT"] = str(url.port)
        path = url.path
        # An absolute URL without a path means the root (RFC 3986 §6.2.3).
        if not path and url.netloc:
            path = "/"
        if not path.startswith("/"):
            path = urljoin(response.request["PATH_INFO"], path)
        options: dict[str, Any] = {"follow": False, "headers": headers, **extra}
        if response.status_code in KEEPS_METHOD:
            method = response.request["REQUEST_METHOD"].lower()
            if method not in ("get", "head"):
                # These keep method and body.
                options |= {"QUERY_STRING": url.query, "data": data, "content_type": content_type}
                return method, path, options
            # What was asked for with parameters is asked for with them again.
            options["data"] = data or QueryDict(url.query)
            return method, path, options
        else:
            method = "get"
        options["data"] = QueryDict(url.query)
        return method, path, options

    @staticmethod
    def _check_cycle(response: Any, redirect_chain: list[Any]) -> None:
        if redirect_chain[-1] in redirect_chain[:-1]:
            # The client would run in circles.
            raise RedirectCycleError("Redirect loop detected.", last_response=response)
        if len(redirect_chain) > MAX_REDIRECTS:
            # The URL grows or changes each time.
            raise RedirectCycleError("Too many redirects.", last_response=response)


def _auth() -> Any:
    """Auth is an app that a project may leave out, so it is imported where a login needs it."""
    return import_module("hotclub.contrib.auth")


def _first_usable_backend() -> str:
    load_backend = _auth().load_backend
    for path in settings.AUTHENTICATION_BACKENDS:
        if hasattr(load_backend(path), "get_user"):
            return str(path)
    raise ImproperlyConfigured(
        "force_login() needs an authentication backend with get_user(); none of AUTHENTICATION_BACKENDS has it."
    )


class Client(_Browser, RequestFactory):  # type: ignore[misc]  # its verbs take `follow`
    """A browser without a server.

    Args:
        enforce_csrf_checks: refuse unsafe requests without a token.
        raise_request_exception: raise an exception of a view in the test; else the response is the 500 page.
        headers: of each request.
        query_params: of each request.
        **defaults: entries of the WSGI environment of each request.

    Source: docs topics/testing/tools, "The test client".
    """

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, query_params=query_params, **defaults)
        self.handler = ClientHandler(enforce_csrf_checks)
        self.raise_request_exception = raise_request_exception
        self.exc_info = None
        self.extra = None
        self.headers = None

    def request(self, **request: Any) -> Any:
        """Send a request made from entries of a WSGI environment and return the response."""
        environ = self._base_environ(**request)
        data: dict[str, Any] = {}
        remember = partial(store_rendered_templates, data)
        signal_uid = f"template-render-{id(request)}"
        template_rendered.connect(remember, dispatch_uid=signal_uid)
        exception_uid = f"request-exception-{id(request)}"
        got_request_exception.connect(self._store_exception, dispatch_uid=exception_uid)
        try:
            response = self.handler(environ)
        finally:
            template_rendered.disconnect(dispatch_uid=signal_uid)
            got_request_exception.disconnect(dispatch_uid=exception_uid)
        return self._finished(response, data, response.wsgi_request, request)

    def _sent(
        self,
        method: str,
        path: Any,
        follow: bool,
        secure: bool,
        headers: Any,
        query_params: Any,
        extra: Any,
        **options: Any,
    ) -> Any:
        self.extra, self.headers, self.query_params = extra, headers, query_params
        send = getattr(super(_Browser, self), method)
        response = send(path, secure=secure, headers=headers, query_params=query_params, **options, **extra)
        if follow:
            data = options.get("data", "")
            content_type = options.get("content_type", "")
            response = self._handle_redirects(response, data=data, content_type=content_type, headers=headers, **extra)
        return response

    def _handle_redirects(
        self, response: Any, data: Any = "", content_type: str = "", headers: Any = None, **extra: Any
    ) -> Any:
        """Follow redirects to the end; `response.redirect_chain` lists them."""
        redirect_chain: list[Any] = []
        response.redirect_chain = redirect_chain
        while response.status_code in REDIRECTS:
            response.redirect_chain = redirect_chain
            method, path, options = self._next_request(response, data, content_type, headers, extra)
            secure = extra.get("wsgi.url_scheme") == "https" or (
                "wsgi.url_scheme" not in extra and response.request.get("wsgi.url_scheme") == "https"
            )
            response = getattr(self, method)(path, secure=secure, **options)
            response.redirect_chain = redirect_chain
            self._check_cycle(response, redirect_chain)
        return response


class AsyncClient(_Browser, AsyncRequestFactory):  # type: ignore[misc]  # as above
    """A browser without a server for async tests: each method is awaited. Arguments as of `Client`."""

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, query_params=query_params, **defaults)
        self.handler = AsyncClientHandler(enforce_csrf_checks)
        self.raise_request_exception = raise_request_exception
        self.exc_info = None
        self.extra = None
        self.headers = None

    async def request(self, **request: Any) -> Any:
        """Send a request made from entries of an ASGI scope and return the response."""
        scope = self._base_scope(**request)
        data: dict[str, Any] = {}
        remember = partial(store_rendered_templates, data)
        signal_uid = f"template-render-{id(request)}"
        template_rendered.connect(remember, dispatch_uid=signal_uid)
        exception_uid = f"request-exception-{id(request)}"
        got_request_exception.connect(self._store_exception, dispatch_uid=exception_uid)
        try:
            response = await self.handler(scope)
        finally:
            template_rendered.disconnect(dispatch_uid=signal_uid)
            got_request_exception.disconnect(dispatch_uid=exception_uid)
        asked = {**request, "PATH_INFO": request.get("path", "/"), "REQUEST_METHOD": request.get("method", "GET")}
        return self._finished(response, data, response.asgi_request, asked)

    async def _sent(
        self,
        method: str,
        path: Any,
        follow: bool,
        secure: bool,
        headers: Any,
        query_params: Any,
        extra: Any,
        **options: Any,
    ) -> Any:
        self.extra, self.headers, self.query_params = extra, headers, query_params
        send = getattr(super(_Browser, self), method)
        response = await send(path, secure=secure, headers=headers, query_params=query_params, **options, **extra)
        if follow:
            data = options.get("data", "")
            content_type = options.get("content_type", "")
            response = await self._follow_redirects(
                response, data=data, content_type=content_type, headers=headers, **extra
            )
        return response

    async def _follow_redirects(
        self, response: Any, data: Any = "", content_type: str = "", headers: Any = None, **extra: Any
    ) -> Any:
        """Follow redirects to the end; `response.redirect_chain` lists them."""
        redirect_chain: list[Any] = []
        response.redirect_chain = redirect_chain
        while response.status_code in REDIRECTS:
            response.redirect_chain = redirect_chain
            method, path, options = self._next_request(response, data, content_type, headers, {})
            host = options.pop("HTTP_HOST", None)
            secure = options.pop("wsgi.url_scheme", response.request.get("scheme")) == "https"
            for name in ("SERVER_NAME", "SERVER_PORT"):
                options.pop(name, None)
            if host:
                options["headers"] = {**(headers or {}), "host": host}
            response = await getattr(self, method)(path, secure=secure, **options, **extra)
            response.redirect_chain = redirect_chain
            self._check_cycle(response, redirect_chain)
        return response
