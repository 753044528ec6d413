"""The WSGI side: environ to request, response to `start_response` (PEP 3333)."""

from __future__ import annotations

import re
from functools import cached_property
from io import IOBase
from typing import Any

from hotclub._http.headers import parse_length
from hotclub.conf import settings
from hotclub.core import signals
from hotclub.core.exceptions import BadRequest, RequestDataTooBig
from hotclub.core.handlers.base import BaseHandler, check_body_length
from hotclub.http import HttpRequest, QueryDict, parse_cookie
from hotclub.urls import set_script_prefix
from hotclub.utils.encoding import repercent_broken_unicode

_slashes = re.compile(rb"/+")


class LimitedStream(IOBase):
    """A stream that ends after `limit` bytes, whatever lies behind it."""

    def __init__(self, stream: Any, limit: int) -> None:
        self._read = stream.read
        self._readline = stream.readline
        self._pos = 0
        self.limit = limit

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most `size` bytes; all that is left if it is negative or None."""
        left = self.limit - self._pos
        if left <= 0:
            return b""
        data: bytes = self._read(left if size is None or size < 0 else min(size, left))
        self._pos += len(data)
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line, or the part of it that fits."""
        left = self.limit - self._pos
        if left <= 0:
            return b""
        line: bytes = self._readline(left if size is None or size < 0 else min(size, left))
        self._pos += len(line)
        return line


class WSGIRequest(HttpRequest):
    """A request from a WSGI environ.

    Raises:
        BadRequest: the content type makes no sense.
        RequestDataTooBig: the body is longer than `DATA_UPLOAD_MAX_BODY_SIZE`.
    """

    non_picklable_attrs = HttpRequest.non_picklable_attrs | frozenset(["environ"])

    def __init__(self, environ: dict[str, Any]) -> None:
        script_name = get_script_name(environ)
        # "/" for an empty path, as PEP 3333 lets the root be either.
        path_info = get_path_info(environ) or "/"
        self.environ = environ
        self.path_info = path_info
        # The slash between both belongs to the path.
        if script_name or not path_info.startswith("/"):
            self.path = f"{script_name.rstrip('/')}/{path_info.replace('/', '', 1)}"
        else:
            self.path = path_info
        self.META = environ
        environ["PATH_INFO"] = path_info
        environ["SCRIPT_NAME"] = script_name
        self.method = environ["REQUEST_METHOD"].upper()
        self._take_content_type(environ.get("CONTENT_TYPE", ""))
        self._content_length = parse_length(environ.get("CONTENT_LENGTH"))
        if self._content_length:
            check_body_length(self._content_length)
        self._read_started = False
        self.resolver_match = None

    @cached_property
    def _stream(self) -> Any:
        return LimitedStream(self.environ["wsgi.input"], self._content_length)

    def _length_of_header(self) -> int:
        return self._content_length

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("META", None)
        return state

    def _get_scheme(self) -> str:
        return self.environ.get("wsgi.url_scheme")  # type: ignore[return-value]

    @cached_property
    def GET(self) -> Any:
        """The query string."""
        raw = get_bytes_from_wsgi(self.environ, "QUERY_STRING", "")
        return QueryDict(raw, encoding=self._encoding)

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override]
        """The cookies."""
        return parse_cookie(get_str_from_wsgi(self.environ, "HTTP_COOKIE", ""))

    def _get_post(self) -> Any:
        if not hasattr(self, "_post"):
            self._load_post_and_files()
        return self._post

    def _set_post(self, post: Any) -> None:
        self._post = post

    POST = property(_get_post, _set_post)

    @property
    def FILES(self) -> Any:
        """The uploaded files."""
        if not hasattr(self, "_files"):
            self._load_post_and_files()
        return self._files


class WSGIHandler(BaseHandler):
    """The WSGI application."""

    request_class = WSGIRequest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.load_middleware()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        set_script_prefix(get_script_name(environ))
        signals.request_started.send(sender=type(self), environ=environ)
        try:
            request = self.request_class(environ)
        except (BadRequest, RequestDataTooBig, UnicodeDecodeError) as error:
            response: Any = self.refuse(error)
        else:
            response = self.get_response(request)
        response._handler_class = type(self)
        headers = response.headers.pairs()
        if response._cookies:
            headers += [("Set-Cookie", value) for value in response.cookie_headers()]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        file = getattr(response, "file_to_stream", None)
        if file is not None and environ.get("wsgi.file_wrapper"):
            # The server closes what it sends: closing the file closes the response.
            file.close = response.close
            return environ["wsgi.file_wrapper"](file, response.block_size)
        return response


def get_path_info(environ: dict[str, Any]) -> str:
    """Give the path as text; bytes that are no UTF-8 stay percent-encoded."""
    path = environ.get("PATH_INFO", "/")
    if path.isascii():
        return path  # type: ignore[no-any-return]
    return repercent_broken_unicode(path.encode("iso-8859-1")).decode()


def get_script_name(environ: dict[str, Any]) -> str:
    """Give the path the application hangs under.

    `FORCE_SCRIPT_NAME` wins; else what Apache's mod_rewrite left in `SCRIPT_URL`; else `SCRIPT_NAME`.
    """
    if settings.FORCE_SCRIPT_NAME is not None:
        return settings.FORCE_SCRIPT_NAME  # type: ignore[no-any-return]
    rewritten = environ.get("SCRIPT_URL") or environ.get("REDIRECT_URL")
    if not rewritten:
        name = environ.get("SCRIPT_NAME", "")
        return name if name.isascii() else name.encode("iso-8859-1").decode()  # type: ignore[no-any-return]
    script_url: bytes = rewritten.encode("iso-8859-1")
    if b"//" in script_url:
        # mod_wsgi squashes slashes in PATH_INFO only.
        script_url = _slashes.sub(b"/", script_url)
    path_info = get_bytes_from_wsgi(environ, "PATH_INFO", "")
    return script_url.removesuffix(path_info).decode()


def get_bytes_from_wsgi(environ: dict[str, Any], key: str, default: str) -> bytes:
    """Give a value of the environ as the bytes that came over the wire."""
    return environ.get(key, default).encode("iso-8859-1")  # type: ignore[no-any-return]


def get_str_from_wsgi(environ: dict[str, Any], key: str, default: str) -> str:
    """Give a value of the environ as text; what is no UTF-8 is replaced."""
    value: str = environ.get(key, default)
    return value if value.isascii() else value.encode("iso-8859-1").decode(errors="replace")
