"""Making requests without a server: `RequestFactory` and `AsyncRequestFactory`. Sends nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from hotclub.conf import settings
from hotclub.core.handlers.asgi import ASGIRequest
from hotclub.core.handlers.wsgi import WSGIRequest
from hotclub.core.serializers.json import DjangoJSONEncoder
from hotclub.test.payload import BOUNDARY, MULTIPART_CONTENT, FakePayload, encode_multipart
from hotclub.utils.encoding import force_bytes
from hotclub.utils.http import urlencode

CONTENT_TYPE_RE = re.compile(r"[^;]*;(?:[^;]*;)*? *charset=\"?([\w-]+)")
"""A content type that names a charset."""

WITHOUT_PREFIX = frozenset({"CONTENT_LENGTH", "CONTENT_TYPE"})


def is_json(content_type: str) -> bool:
    """Say whether a content type is JSON: `application/json`, or one with the suffix `+json`."""
    kind, _slash, subtype = content_type.partition(";")[0].strip().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


def wsgi_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers under their names in a WSGI environment."""
    names = {name.replace("-", "_").upper(): value for name, value in headers.items()}
    return {name if name in WITHOUT_PREFIX else f"HTTP_{name}": value for name, value in names.items()}


def asgi_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers under lower-case names, as an ASGI scope has them."""
    return {name.lower().replace("_", "-"): value for name, value in headers.items()}


class _Methods:
    """The HTTP methods of both factories; `generic()` is what differs."""

    defaults: dict[str, Any]
    cookies: SimpleCookie
    json_encoder: type[json.JSONEncoder]

    def __init__(
        self,
        *,
        json_encoder: type[json.JSONEncoder] = DjangoJSONEncoder,
        headers: Mapping[str, str] | None = None,
        query_params: Mapping[str, Any] | None = None,
        **defaults: Any,
    ) -> None:
        self.json_encoder = json_encoder
        self.defaults = defaults
        self.cookies = SimpleCookie()
        self.errors = BytesIO()
        if headers:
            self.defaults.update(self._header_entries(headers))
        if query_params:
            self.defaults["QUERY_STRING"] = urlencode(query_params, doseq=True)

    def _header_entries(self, headers: Mapping[str, str]) -> dict[str, str]:
        return wsgi_headers(headers)

    def generic(self, method: str, path: Any, data: Any = "", content_type: str | None = None, **options: Any) -> Any:
        raise NotImplementedError

    # -- bodies --------------------------------------------------------------------------------------------------

    def _body_of(self, data: Any, content_type: str) -> bytes:
        if content_type is MULTIPART_CONTENT:
            return encode_multipart(BOUNDARY, data)
        match = CONTENT_TYPE_RE.match(content_type)
        encoded: bytes = force_bytes(data, encoding=match[1] if match else settings.DEFAULT_CHARSET)
        return encoded

    def _encode_json(self, data: Any, content_type: str) -> Any:
        structured = isinstance(data, (dict, list, tuple))
        if structured and is_json(content_type):
            return json.dumps(data, cls=self.json_encoder)
        return data

    def _path_on_wire(self, parsed: Any) -> str:
        # Servers hand paths over as Latin-1 text made of the bytes on the wire.
        path = str(parsed.path)
        return unquote_to_bytes(path).decode("iso-8859-1")

    # -- methods -------------------------------------------------------------------------------------------------

    def _with_query(
        self, method: str, path: Any, data: Any, secure: bool, headers: Any, query_params: Any, extra: Any
    ) -> Any:
        if query_params and data:
            raise ValueError("query_params and data arguments are mutually exclusive.")
        return self.generic(
            method, path, secure=secure, headers=headers, query_params=query_params or data or None, **extra
        )

    def get(
        self,
        path: Any,
        data: Any = None,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a GET request; `data` becomes the query string."""
        return self._with_query("GET", path, data, secure, headers, query_params, extra)

    def head(
        self,
        path: Any,
        data: Any = None,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a HEAD request; `data` becomes the query string."""
        return self._with_query("HEAD", path, data, secure, headers, query_params, extra)

    def post(
        self,
        path: Any,
        data: Any = None,
        content_type: str = MULTIPART_CONTENT,
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a POST request; `data` is a form, or what the content type says (a structure becomes JSON)."""
        body = self._body_of(self._encode_json({} if data is None else data, content_type), content_type)
        return self.generic(
            "POST", path, body, content_type, secure=secure, headers=headers, query_params=query_params, **extra
        )

    def trace(
        self, path: Any, secure: bool = False, *, headers: Any = None, query_params: Any = None, **extra: Any
    ) -> Any:
        """Make a TRACE request, which has no body."""
        return self.generic("TRACE", path, secure=secure, headers=headers, query_params=query_params, **extra)

    def _with_body(
        self,
        method: str,
        path: Any,
        data: Any,
        content_type: str,
        secure: bool,
        headers: Any,
        query_params: Any,
        extra: Any,
    ) -> Any:
        return self.generic(
            method,
            path,
            self._encode_json(data, content_type),
            content_type,
            secure=secure,
            headers=headers,
            query_params=query_params,
            **extra,
        )

    def options(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make an OPTIONS request."""
        return self.generic(
            "OPTIONS", path, data, content_type, secure=secure, headers=headers, query_params=query_params, **extra
        )

    def put(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a PUT request."""
        return self._with_body("PUT", path, data, content_type, secure, headers, query_params, extra)

    def patch(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a PATCH request."""
        return self._with_body("PATCH", path, data, content_type, secure, headers, query_params, extra)

    def delete(
        self,
        path: Any,
        data: Any = "",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a DELETE request."""
        return self._with_body("DELETE", path, data, content_type, secure, headers, query_params, extra)


def query_string(query_params: Any, path: Any) -> str | None:
    """Return the query string of a request: of the parameters, else of the path; None if there is none at all."""
    if query_params:
        return urlencode(query_params, doseq=True)
    # What a browser sends is ASCII; the bytes of other characters are handed on as a server would.
    query = urlsplit(str(path)).query
    return force_bytes(query).decode("iso-8859-1") if query else None


class RequestFactory(_Methods):
    """Makes requests as a WSGI server would, to hand to a view.

    Args:
        json_encoder: class that writes JSON bodies.
        headers: of each request.
        query_params: of each request.
        **defaults: entries of the WSGI environment.

    Source: docs topics/testing/advanced, "The request factory".
    """

    __module__ = "hotclub.test.client"

    def _base_environ(self, **request: Any) -> dict[str, Any]:
        cookies = "; ".join(sorted(f"{morsel.key}={morsel.coded_value}" for morsel in self.cookies.values()))
        return {
            "HTTP_COOKIE": cookies,
            "PATH_INFO": "/",
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": FakePayload(b""),
            "wsgi.errors": self.errors,
            "wsgi.multiprocess": True,
            "wsgi.multithread": False,
            "wsgi.run_once": False,
            **self.defaults,
            **request,
        }

    def request(self, **request: Any) -> Any:
        """Make a request from entries of a WSGI environment."""
        return WSGIRequest(self._base_environ(**request))

    def generic(
        self,
        method: str,
        path: Any,
        data: Any = "",
        content_type: str | None = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a request with any method."""
        parsed = urlsplit(str(path))
        data = force_bytes(data, settings.DEFAULT_CHARSET)
        environ: dict[str, Any] = {
            "PATH_INFO": self._path_on_wire(parsed),
            "REQUEST_METHOD": method,
            "SERVER_PORT": "443" if secure else "80",
            "wsgi.url_scheme": "https" if secure else "http",
        }
        if data:
            environ |= {"CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": content_type, "wsgi.input": FakePayload(data)}
        if headers:
            extra.update(wsgi_headers(headers))
        environ.update(extra)
        # A query string given as an entry or as a default of the factory stands.
        if not environ.get("QUERY_STRING"):
            query = query_string(query_params, path)
            if query is not None or "QUERY_STRING" not in self.defaults:
                environ["QUERY_STRING"] = query or ""
        return self.request(**environ)


class AsyncRequestFactory(_Methods):
    """Makes requests as an ASGI server would; arguments as of `RequestFactory`."""

    __module__ = "hotclub.test.client"

    def _header_entries(self, headers: Mapping[str, str]) -> dict[str, str]:
        return asgi_headers(headers)

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        cookies = "; ".join(sorted(f"{morsel.key}={morsel.coded_value}" for morsel in self.cookies.values()))
        headers = [(b"cookie", cookies.encode("ascii"))] if cookies else []
        return {
            "asgi": {"version": "3.0"},
            "type": "http",
            "http_version": "1.1",
            "client": ("127.0.0.1", 0),
            "server": ("testserver", "80"),
            "scheme": "http",
            "method": "GET",
            **self.defaults,
            **request,
            "headers": headers + list(request.get("headers", [])),
        }

    def request(self, **request: Any) -> Any:
        """Make a request from entries of an ASGI scope; `_body_file` is its body."""
        if "_body_file" in request:
            body_file = request.pop("_body_file")
        else:
            body_file = FakePayload(b"")
        return ASGIRequest(self._base_scope(**request), LimitedPayload(body_file, len(body_file)))

    def generic(
        self,
        method: str,
        path: Any,
        data: Any = "",
        content_type: str | None = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Any = None,
        query_params: Any = None,
        **extra: Any,
    ) -> Any:
        """Make a request with any method."""
        parsed = urlsplit(str(path))
        data = force_bytes(data, settings.DEFAULT_CHARSET)
        scope: dict[str, Any] = {
            "method": method,
            "path": self._path_on_wire(parsed),
            "server": ("127.0.0.1", "443" if secure else "80"),
            "scheme": "https" if secure else "http",
        }
        pairs: list[tuple[bytes, bytes]] = []
        if data:
            pairs += [
                (b"content-length", str(len(data)).encode("ascii")),
                (b"content-type", (content_type or "").encode("ascii")),
            ]
            scope["_body_file"] = FakePayload(data)
        if "QUERY_STRING" in extra:
            scope["query_string"] = extra.pop("QUERY_STRING")
        elif query_params:
            scope["query_string"] = urlencode(query_params, doseq=True)
        elif parsed.query:
            scope["query_string"] = parsed.query
        elif "QUERY_STRING" in self.defaults:
            scope["query_string"] = self.defaults["QUERY_STRING"]
        else:
            scope["query_string"] = ""
        if headers:
            extra.update(asgi_headers(headers))
        named = {name.lower().replace("_", "-"): value for name, value in {**self._default_headers(), **extra}.items()}
        pairs += [(name.encode("ascii"), str(value).encode("latin1")) for name, value in named.items()]
        # A request has one host (RFC 9110 §7.2).
        scope["headers"] = pairs if "host" in named else [(b"host", b"testserver"), *pairs]
        return self.request(**scope)

    def _default_headers(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.defaults.items() if isinstance(value, str) and name != "QUERY_STRING"
        }


class LimitedPayload:
    """A body that ends, however much one asks for."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int | None = None) -> bytes:
        count = self._left if size is None or size < 0 else min(size, self._left)
        self._left -= count
        return bytes(self._stream.read(count)) if count else b""

    def readline(self, size: int | None = None) -> bytes:
        count = self._left if size is None or size < 0 else min(size, self._left)
        line = bytes(self._stream.readline(count)) if count else b""
        self._left -= len(line)
        return line

    def __iter__(self) -> Any:
        return iter(self.readline, b"")

    def close(self) -> None:
        """Nothing to close."""


REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
KEEPS_METHOD = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
