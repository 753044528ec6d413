"""Responses: content, headers and cookies on their way out.

A response is plain data until the handler sends it; it must not know requests, middleware or servers.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import lru_cache
from http.client import responses
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from hotclub._http.headers import BadHeaderError, ResponseHeaders, checked_value
from hotclub._kernel.crossing import async_to_sync, sync_to_async
from hotclub.conf import settings
from hotclub.core import signals, signing
from hotclub.core.exceptions import DisallowedRedirect
from hotclub.utils import timezone
from hotclub.utils.encoding import iri_to_uri
from hotclub.utils.http import MAX_URL_REDIRECT_LENGTH, http_date
from hotclub.utils.json import DjangoJSONEncoder, MsgspecJSONEncoder, encode_compatible

__all__ = [
    "BadHeaderError",
    "Http404",
    "HttpResponse",
    "HttpResponseBadRequest",
    "HttpResponseBase",
    "HttpResponseForbidden",
    "HttpResponseGone",
    "HttpResponseNotAllowed",
    "HttpResponseNotFound",
    "HttpResponseNotModified",
    "HttpResponsePermanentRedirect",
    "HttpResponseRedirect",
    "HttpResponseRedirectBase",
    "HttpResponseServerError",
    "JsonResponse",
    "ResponseHeaders",
    "StreamingHttpResponse",
]

_control_characters = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ends_attribute = re.compile(r"[;\x00-\x1f\x7f]")
_charset_of = re.compile(r";\s*charset=(?P<charset>[^\s;]+)", re.IGNORECASE)


@lru_cache(maxsize=128)
def _named_charset(content_type: str) -> str | None:
    """Give the charset that a content type names; a site has few content types, so they are remembered."""
    match = _charset_of.search(content_type)
    return match["charset"].replace('"', "") if match is not None else None


MAX_KNOWN_TYPES = 128
_known_types: dict[str, tuple[str, str]] = {}


def _content_type_header(content_type: Any) -> tuple[str, str]:
    """Give name and checked value of the header; those of a site are remembered."""
    known = _known_types.get(content_type) if type(content_type) is str else None
    if known is None:
        known = ("Content-Type", checked_value(content_type))
        if type(content_type) is str and len(_known_types) < MAX_KNOWN_TYPES:
            _known_types[content_type] = known
    return known


class Http404(Exception):
    """What a view looks for is not there."""


class HttpResponseBase:
    """Status, headers and cookies; no content.

    Source: docs ref/request-response, "HttpResponseBase class".
    """

    status_code = 200
    streaming = False
    closed = False
    _reason_phrase: str | None = None
    _charset: str | None = None
    _cookies: SimpleCookie | None = None
    _handler_class: Any = None

    def __init__(
        self,
        content_type: Any = None,
        status: Any = None,
        reason: str | None = None,
        charset: str | None = None,
        headers: Any = None,
    ) -> None:
        self.headers = ResponseHeaders(headers or ())
        self._charset = charset
        store = self.headers._store
        if "content-type" not in store:
            if content_type is None:
                content_type = f"text/html; charset={settings.DEFAULT_CHARSET if charset is None else charset}"
            store["content-type"] = _content_type_header(content_type)
        elif content_type:
            raise ValueError("'headers' must not contain 'Content-Type' when the 'content_type' parameter is provided.")
        self._resource_closers: list[Callable[[], Any]] = []
        if status is not None:
            try:
                self.status_code = int(status)
            except (ValueError, TypeError) as error:
                raise TypeError("HTTP status code must be an integer.") from error
            if not 100 <= self.status_code <= 599:
                raise ValueError("HTTP status code must be an integer from 100 to 599.")
        if reason is not None:
            self.reason_phrase = reason

    @property
    def reason_phrase(self) -> str:
        """The words after the status code; the usual ones unless set."""
        if self._reason_phrase is not None:
            return self._reason_phrase
        return responses.get(self.status_code, "Unknown Status Code")

    @reason_phrase.setter
    def reason_phrase(self, value: Any) -> None:
        if _control_characters.search(str(value)):
            raise BadHeaderError("reason_phrase can't contain control characters.")
        self._reason_phrase = value

    @property
    def charset(self) -> str:
        """The encoding of the content: given, or that of the content type, or `DEFAULT_CHARSET`."""
        if self._charset is not None:
            return self._charset
        held = self.headers._store.get("content-type")
        named = _named_charset(held[1]) if held is not None else None
        return settings.DEFAULT_CHARSET if named is None else named

    @charset.setter
    def charset(self, value: str) -> None:
        self._charset = value

    # Headers

    def serialize_headers(self) -> bytes:
        """Give the headers as they go over the wire."""
        return b"\r\n".join(
            name.encode("ascii") + b": " + value.encode("latin-1") for name, value in self.headers.pairs()
        )

    __bytes__ = serialize_headers

    @property
    def _shown_content_type(self) -> str:
        return f', "{self.headers["Content-Type"]}"' if "Content-Type" in self.headers else ""

    def __setitem__(self, header: str, value: Any) -> None:
        self.headers[header] = value

    def __delitem__(self, header: str) -> None:
        del self.headers[header]

    def __getitem__(self, header: str) -> str:
        return self.headers[header]

    def has_header(self, header: str) -> bool:
        """Whether a header is set."""
        return header in self.headers

    __contains__ = has_header

    def items(self) -> Any:
        """Give names and values of the headers."""
        return self.headers.items()

    def get(self, header: str, alternate: Any = None) -> Any:
        """Give a header, or `alternate`."""
        return self.headers.get(header, alternate)

    def setdefault(self, key: str, value: Any) -> None:
        """Set a header unless it is there."""
        self.headers.setdefault(key, value)

    # Cookies

    @property
    def cookies(self) -> SimpleCookie:
        """The cookies to set."""
        if self._cookies is None:
            self._cookies = SimpleCookie()
        return self._cookies

    @cookies.setter
    def cookies(self, value: SimpleCookie) -> None:
        self._cookies = value

    def set_cookie(
        self,
        key: str,
        value: Any = "",
        max_age: Any = None,
        expires: Any = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: str | None = None,
    ) -> None:
        """Set a cookie.

        Args:
            key: its name.
            value: its value.
            max_age: lifetime in seconds, or a timedelta; the session of the browser, if None.
            expires: moment, or text in the form of a date header.
            path: where it holds.
            domain: where it holds; the host itself, if None.
            secure: only over HTTPS.
            httponly: out of reach for scripts.
            samesite: "Lax", "Strict" or "None".

        Raises:
            BadHeaderError: path, domain or date hold what would end the attribute.

        Source: docs ref/request-response, "set_cookie()".
        """
        for attribute in (path, domain, expires):
            if isinstance(attribute, str) and _ends_attribute.search(attribute):
                raise BadHeaderError(f"Cookie attributes can't contain ';' or control characters (got {attribute!r})")
        self.cookies[key] = value
        cookie = self.cookies[key]
        if expires is not None:
            if isinstance(expires, datetime.datetime):
                if timezone.is_naive(expires):
                    expires = timezone.make_aware(expires, datetime.UTC)
                remaining = expires - datetime.datetime.now(tz=datetime.UTC)
                # One second is added, so that the date matches exactly: some time has passed since it was worked out.
                remaining += datetime.timedelta(seconds=1)
                expires = None
                if max_age is not None:
                    raise ValueError("'expires' and 'max_age' can't be used together.")
                max_age = max(0, remaining.days * 86400 + remaining.seconds)
            else:
                cookie["expires"] = expires
        else:
            cookie["expires"] = ""
        if max_age is not None:
            if isinstance(max_age, datetime.timedelta):
                max_age = max_age.total_seconds()
            cookie["max-age"] = int(max_age)
            # Old browsers only know the date.
            if not expires:
                cookie["expires"] = http_date(time.time() + max_age)
        if path is not None:
            cookie["path"] = path
        if domain is not None:
            cookie["domain"] = domain
        if secure:
            cookie["secure"] = True
        if httponly:
            cookie["httponly"] = True
        if samesite:
            if samesite.lower() not in ("lax", "none", "strict"):
                raise ValueError('samesite must be "lax", "none", or "strict".')
            cookie["samesite"] = samesite

    def cookie_headers(self) -> list[str]:
        """Give the values of the Set-Cookie headers, checked.

        Raises:
            BadHeaderError: something put into `cookies` by hand would end the header.
        """
        return [checked_value(cookie.OutputString()) for cookie in self._cookies.values()] if self._cookies else []

    def set_signed_cookie(self, key: str, value: Any, salt: str = "", **kwargs: Any) -> None:
        """Set a cookie whose value is signed; the other arguments are those of `set_cookie()`."""
        value = signing.get_cookie_signer(salt=signing._cookie_signer_salt(key, salt)).sign(value)
        self.set_cookie(key, value, **kwargs)

    def delete_cookie(self, key: str, path: str = "/", domain: str | None = None, samesite: str | None = None) -> None:
        """Make the browser forget a cookie; path and domain must be those it was set with."""
        # Browsers take these two prefixes only over HTTPS, and SameSite=None only with Secure.
        secure = key.startswith(("__Secure-", "__Host-")) or bool(samesite and samesite.lower() == "none")
        self.set_cookie(
            key,
            max_age=0,
            path=path,
            domain=domain,
            secure=secure,
            expires="Thu, 01 Jan 1970 00:00:00 GMT",
            samesite=samesite,
        )

    # Content

    def make_bytes(self, value: Any) -> bytes:
        """Give a piece of content as bytes, in the charset of this response."""
        if type(value) is str:
            return value.encode(self.charset)
        if isinstance(value, (bytes, memoryview)):
            return bytes(value)
        return str(value).encode(self.charset)

    def close(self) -> None:
        """Close what was opened for this response; called by the server when it has been sent."""
        for closer in self._resource_closers:
            try:
                closer()
            except Exception:  # one failing closer must not keep the others from closing
                pass
        self._resource_closers.clear()
        self.closed = True
        signals.request_finished.send(sender=self._handler_class)

    def write(self, content: Any) -> None:
        raise OSError(f"This {type(self).__name__} instance is not writable")

    def flush(self) -> None:
        """Nothing to do; part of the file interface."""

    def tell(self) -> int:
        raise OSError(f"This {type(self).__name__} instance cannot tell its position")

    def readable(self) -> bool:
        """Never."""
        return False

    def seekable(self) -> bool:
        """Never."""
        return False

    def writable(self) -> bool:
        """Whether content can be added."""
        return False

    def writelines(self, lines: Iterable[Any]) -> None:
        raise OSError(f"This {type(self).__name__} instance is not writable")


class HttpResponse(HttpResponseBase):
    """A response with its content in memory.

    Args:
        content: text, bytes, or an iterable of both.
        *args, **kwargs: those of `HttpResponseBase`: content type, status, reason, charset, headers.
    """

    streaming = False
    non_picklable_attrs = frozenset(["resolver_match", "client", "request", "json", "templates", "context"])

    def __init__(self, content: Any = b"", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content = content

    def __copy__(self) -> HttpResponse:
        # A copy in memory keeps everything; only pickling has to leave things out.
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for name in self.non_picklable_attrs:
            state.pop(name, None)
        state["_resource_closers"] = []
        return state

    def __repr__(self) -> str:
        return f"<{type(self).__name__} status_code={self.status_code}{self._shown_content_type}>"

    def serialize(self) -> bytes:
        """Give headers and content as they go over the wire."""
        return self.serialize_headers() + b"\r\n\r\n" + self.content  # type: ignore[no-any-return]

    __bytes__ = serialize

    @property
    def content(self) -> Any:
        """The content as bytes."""
        return b"".join(self._container)

    @content.setter
    def content(self, value: Any) -> None:
        self.__dict__.pop("_text", None)
        if type(value) is bytes:
            self._container = [value]
        elif isinstance(value, (bytes, str, memoryview)) or not hasattr(value, "__iter__"):
            self._container = [self.make_bytes(value)]
        else:
            # An iterator is used up here, so that the content can be read more than once.
            content = b"".join(self.make_bytes(chunk) for chunk in value)
            if hasattr(value, "close"):
                # The content has been read.
                with contextlib.suppress(Exception):
                    value.close()
            self._container = [content]

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(self.charset or "utf-8")  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._container)

    def write(self, content: Any) -> None:
        """Add to the content."""
        self._container.append(self.make_bytes(content))

    def tell(self) -> int:
        """Give the length of the content."""
        return len(self.content)

    def getvalue(self) -> bytes:
        """Give the content."""
        return self.content  # type: ignore[no-any-return]

    def writable(self) -> bool:
        return True

    def writelines(self, lines: Iterable[Any]) -> None:
        """Add each line to the content."""
        for line in lines:
            self.write(line)


class StreamingHttpResponse(HttpResponseBase):
    """A response whose content comes from an iterator, sync or async, while it is sent.

    Source: docs ref/request-response, "StreamingHttpResponse objects".
    """

    streaming = True
    is_async: bool

    def __init__(self, streaming_content: Any = (), *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Goes through the property, so that each chunk is encoded.
        self.streaming_content = streaming_content  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} status_code={self.status_code}{self._shown_content_type}>"

    @property
    def content(self) -> Any:
        raise AttributeError(
            f"This {type(self).__name__} instance has no `content` attribute. Use `streaming_content` instead."
        )

    @property
    def text(self) -> str:
        raise AttributeError(f"This {type(self).__name__} instance has no `text` attribute.")

    @property
    def streaming_content(self) -> Any:
        """The chunks, as bytes."""
        if self.is_async:
            # Bound now: the content may be replaced by something that reads this.
            return self._encoded(self._iterator)
        return map(self.make_bytes, self._iterator)

    async def _encoded(self, iterator: Any) -> AsyncIterator[bytes]:
        async for chunk in iterator:
            yield self.make_bytes(chunk)

    @streaming_content.setter  # type: ignore[attr-defined,no-redef,untyped-decorator]
    def streaming_content(self, value: Any) -> None:
        self._take_content(value)

    def _take_content(self, value: Any) -> None:
        try:
            self._iterator: Any = iter(value)
            self.is_async = False
        except TypeError:
            self._iterator = aiter(value)
            self.is_async = True
        if hasattr(value, "close"):
            self._resource_closers.append(value.close)

    def __iter__(self) -> Iterator[bytes]:
        if not self.is_async:
            return iter(self.streaming_content)
        warnings.warn(
            "StreamingHttpResponse must consume asynchronous iterators in order to serve them synchronously. Use a "
            "synchronous iterator instead.",
            Warning,
            stacklevel=2,
        )
        return map(self.make_bytes, iter(async_to_sync(_alist)(self._iterator)))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.is_async:
            async for chunk in self._iterator:
                yield self.make_bytes(chunk)
            return
        warnings.warn(
            "StreamingHttpResponse must consume synchronous iterators in order to serve them asynchronously. Use an "
            "asynchronous iterator instead.",
            Warning,
            stacklevel=2,
        )
        # The event loop must not be held up by a synchronous source.
        for chunk in await sync_to_async(list)(self.streaming_content):  # type: ignore[call-arg]
            yield chunk

    def getvalue(self) -> bytes:
        """Read all of it."""
        return b"".join(self)


async def _alist(source: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in source]


class HttpResponseRedirectBase(HttpResponse):
    """A redirection to `redirect_to`.

    Raises:
        DisallowedRedirect: the target is longer than allowed, or its scheme is not http, https or ftp.
    """

    allowed_schemes = ["http", "https", "ftp"]
    max_length: int | None = MAX_URL_REDIRECT_LENGTH
    status_code_preserve_request = 307

    def __init__(
        self,
        redirect_to: Any,
        preserve_request: bool = False,
        *args: Any,
        max_length: int | None = MAX_URL_REDIRECT_LENGTH,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.max_length = max_length
        self["Location"] = location = iri_to_uri(redirect_to)
        text = str(redirect_to)
        if max_length is not None and len(location) > max_length:
            raise DisallowedRedirect(f"Unsafe redirect exceeding {max_length} characters")
        scheme = urlsplit(text).scheme
        if scheme and scheme not in self.allowed_schemes:
            raise DisallowedRedirect(f"Unsafe redirect to URL with protocol '{scheme}'")
        if preserve_request:
            self.status_code = self.status_code_preserve_request

    @property
    def url(self) -> str:
        """Where it leads."""
        return self["Location"]

    def __repr__(self) -> str:
        return f'<{type(self).__name__} status_code={self.status_code}{self._shown_content_type}, url="{self.url}">'


class HttpResponseRedirect(HttpResponseRedirectBase):
    """302, or 307 with `preserve_request`."""

    status_code = 302
    status_code_preserve_request = 307


class HttpResponsePermanentRedirect(HttpResponseRedirectBase):
    """301, or 308 with `preserve_request`."""

    status_code = 301
    status_code_preserve_request = 308


class HttpResponseNotModified(HttpResponse):
    """304: no content, no content type."""

    status_code = 304

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self["content-type"]

    @HttpResponse.content.setter  # type: ignore[attr-defined,untyped-decorator]  # a property of the class above
    def content(self, value: Any) -> None:
        if value:
            raise AttributeError("You cannot set content to a 304 (Not Modified) response")
        self._container = []


class HttpResponseBadRequest(HttpResponse):
    """400."""

    status_code = 400


class HttpResponseNotFound(HttpResponse):
    """404."""

    status_code = 404


class HttpResponseForbidden(HttpResponse):
    """403."""

    status_code = 403


class HttpResponseNotAllowed(HttpResponse):
    """405, with the methods that are allowed."""

    status_code = 405

    def __init__(self, permitted_methods: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self["Allow"] = ", ".join(permitted_methods)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self['Allow']}] status_code={self.status_code}{self._shown_content_type}>"


class HttpResponseGone(HttpResponse):
    """410."""

    status_code = 410


class HttpResponseServerError(HttpResponse):
    """500."""

    status_code = 500


class JsonResponse(HttpResponse):
    """A response with JSON.

    Args:
        data: what to send; a dict unless `safe` is False.
        encoder: JSON encoder class; `MsgspecJSONEncoder` for speed.
        safe: refuse anything but a dict.
        json_dumps_params: passed to `json.dumps`.

    Raises:
        TypeError: `data` is no dict and `safe` is True.

    Source: docs ref/request-response, "JsonResponse objects".
    """

    def __init__(
        self,
        data: Any,
        encoder: type[json.JSONEncoder] = DjangoJSONEncoder,
        safe: bool = True,
        json_dumps_params: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if safe and not isinstance(data, dict):
            raise TypeError("In order to allow non-dict objects to be serialized set the safe parameter to False.")
        kwargs.setdefault("content_type", "application/json")
        if encoder is DjangoJSONEncoder and not json_dumps_params:
            content: Any = encode_compatible(data)
        elif issubclass(encoder, MsgspecJSONEncoder) and not json_dumps_params:
            content = encoder().encode_bytes(data)
        else:
            content = json.dumps(data, cls=encoder, **(json_dumps_params or {}))
        super().__init__(content=content, **kwargs)
