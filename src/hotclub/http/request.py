"""`HttpRequest`: what every request offers, whatever interface brought it.

Everything that costs something is worked out when first asked for. The WSGI and ASGI requests of `core.handlers` only
say where the data comes from.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from io import SEEK_END, BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from hotclub._http.headers import parse_length
from hotclub._http.media import MediaType as _MediaType
from hotclub._http.media import by_precedence, by_specificity
from hotclub.conf import settings
from hotclub.core import signing
from hotclub.core.exceptions import (
    BadRequest,
    DisallowedHost,
    ImproperlyConfigured,
    RequestDataTooBig,
    TooManyFieldsSent,
)
from hotclub.core.files import uploadhandler
from hotclub.http.hosts import split_domain_port, validate_host
from hotclub.http.multipartparser import MultiPartParser, MultiPartParserError, TooManyFilesSent
from hotclub.http.query import QueryDict
from hotclub.utils.datastructures import CaseInsensitiveMapping, ImmutableList, MultiValueDict
from hotclub.utils.encoding import escape_uri_path, iri_to_uri
from hotclub.utils.http import parse_header_parameters

__all__ = [
    "HttpHeaders",
    "HttpRequest",
    "MediaType",
    "QueryDict",
    "RawPostDataException",
    "UnreadablePostError",
    "bytes_to_text",
    "split_domain_port",
    "validate_host",
]

RAISE_ERROR = object()
MAX_CHARSET_LENGTH = 40
_ALL_BYTES = bytes(byte for byte in range(256) if byte != ord("\\"))


class UnreadablePostError(OSError):
    """The body could not be read to its end."""


class RawPostDataException(Exception):
    """`request.body` was asked for after the stream had been read."""


# Clients send few content types; long ones (with a boundary of their own) are not remembered.
_content_type = lru_cache(maxsize=64)(parse_header_parameters)


@lru_cache(maxsize=64)
def _can_decode(charset: str) -> bool:
    """Whether a charset that a client names can decode any bytes; some of Python's refuse, and some are no text."""
    if len(charset) > MAX_CHARSET_LENGTH or not charset.isprintable():
        return False
    try:
        _ALL_BYTES.decode(charset, "replace")
    except (LookupError, ValueError):
        return False
    return True


class MediaType(_MediaType):
    """A media type with its parameters, such as `text/html; q=0.8`."""

    def __init__(self, media_type_raw_line: str | bytes | None) -> None:
        super().__init__(media_type_raw_line, parse_header_parameters)


class HttpRequest:
    """A request.

    Source: docs ref/request-response, "HttpRequest objects".
    """

    _encoding: str | None = None
    _upload_handlers: list[Any] | None = None
    _multipart_parser_class: type[MultiPartParser] = MultiPartParser

    resolver_match: Any = None
    content_type: str | None = None
    content_params: dict[str, str] | None = None
    method: str | None = None
    _read_started: bool
    _stream: Any
    _files: Any
    _post: Any
    urlconf: Any
    session: Any
    site: Any
    user: Any
    auser: Any
    current_app: Any
    exception_reporter_class: Any
    exception_reporter_filter: Any

    def __init__(self) -> None:
        self.GET: Any = QueryDict(mutable=True)
        self.POST: Any = QueryDict(mutable=True)
        self.COOKIES: dict[str, str] = {}
        self.META: dict[str, Any] = {}
        self.FILES: Any = MultiValueDict()
        self.path = ""
        self.path_info = ""
        self.method = None
        self.resolver_match = None
        self.content_type = None
        self.content_params = None

    def __repr__(self) -> str:
        if self.method is None or not self.get_full_path():
            return f"<{type(self).__name__}>"
        return f"<{type(self).__name__}: {self.method} {self.get_full_path()!r}>"

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for name in self.non_picklable_attrs:
            state.pop(name, None)
        return state

    non_picklable_attrs: frozenset[str] = frozenset({"resolver_match", "_stream"})

    def __copy__(self) -> HttpRequest:
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> HttpRequest:
        new = copy.copy(self)
        for name in self.non_picklable_attrs:
            if hasattr(self, name):
                setattr(new, name, copy.deepcopy(getattr(self, name), memo) if name != "_stream" else self._stream)
        memo[id(self)] = new
        for name, value in self.__dict__.items():
            if name not in self.non_picklable_attrs and name != "environ":
                new.__dict__[name] = copy.deepcopy(value, memo)
        return new

    # Headers

    @cached_property
    def headers(self) -> HttpHeaders:
        """The request headers, by name without regard to case."""
        return HttpHeaders(self.META)

    @cached_property
    def accepted_types(self) -> list[MediaType]:
        """What the `Accept` header allows, the most wanted first; not what it rules out with `q=0`."""
        header = self.headers.get("Accept", "*/*")
        types = []
        for token in header.split(","):
            if token.strip():
                # What makes no sense asks for nothing.
                with suppress(ValueError, LookupError):
                    types.append(MediaType(token))
        return [one for one in by_precedence(types) if one.quality > 0]  # type: ignore[misc]  # our own subclass

    @cached_property
    def accepted_types_by_precedence(self) -> list[MediaType]:
        """The same, the most specific first."""
        return by_specificity(self.accepted_types)  # type: ignore[return-value]

    def accepted_type(self, media_type: Any) -> MediaType | None:
        """Give the entry of the `Accept` header that speaks for `media_type`."""
        wanted = media_type if isinstance(media_type, MediaType) else MediaType(media_type)
        return next((one for one in self.accepted_types_by_precedence if wanted.match(one)), None)

    def get_preferred_type(self, media_types: list[str]) -> str | None:
        """Give the one of `media_types` that the client wants most; None if it wants none."""
        if not media_types or not self.accepted_types:
            return None
        wanted = []
        for media_type in media_types:
            accepted = self.accepted_type(media_type)
            if accepted is not None and accepted.quality > 0:
                wanted.append((accepted.quality, accepted.specificity, media_type))
        if not wanted:
            return None
        return max(wanted, key=lambda one: one[:2])[2]

    def accepts(self, media_type: str) -> bool:
        """Whether the client takes `media_type`."""
        return self.accepted_type(media_type) is not None

    def _take_content_type(self, raw: str) -> None:
        """Take content type, its parameters and the encoding from the header."""
        if not raw:
            self.content_type, self.content_params = "", {}
            return
        try:
            self.content_type, parameters = _content_type(raw) if len(raw) <= 100 else parse_header_parameters(raw)
        except (ValueError, LookupError) as error:
            raise BadRequest("Invalid Content-Type header.") from error
        self.content_params = {**parameters}
        charset = self.content_params.get("charset")
        if charset and _can_decode(charset):
            self.encoding = charset

    # Where it was sent

    def _claimed_host(self) -> str:
        meta = self.META
        if settings.USE_X_FORWARDED_HOST and "HTTP_X_FORWARDED_HOST" in meta:
            return str(meta["HTTP_X_FORWARDED_HOST"])
        if "HTTP_HOST" in meta:
            return str(meta["HTTP_HOST"])
        # Reconstructed after PEP 3333.
        host: str = meta["SERVER_NAME"]
        port = self.get_port()
        return host if port == ("443" if self.is_secure() else "80") else f"{host}:{port}"

    def get_host(self) -> str:
        """Give the host the request was sent to.

        Raises:
            DisallowedHost: it is none of `ALLOWED_HOSTS`, or no host at all.
        """
        host = self._claimed_host()
        allowed = settings.ALLOWED_HOSTS
        if settings.DEBUG and not allowed:
            allowed = [".localhost", "127.0.0.1", "[::1]"]
        domain, _ = split_domain_port(host)
        if domain and validate_host(domain, allowed):
            return host
        message = f"Invalid HTTP_HOST header: {host!r}."
        if domain:
            message += f" You may need to add {domain!r} to ALLOWED_HOSTS."
        else:
            message += " The domain name provided is not valid according to RFC 1034/1035."
        raise DisallowedHost(message)

    def get_port(self) -> str:
        """Give the port the request was sent to."""
        if settings.USE_X_FORWARDED_PORT and "HTTP_X_FORWARDED_PORT" in self.META:
            return str(self.META["HTTP_X_FORWARDED_PORT"])
        return str(self.META["SERVER_PORT"])

    def get_full_path(self, force_append_slash: bool = False) -> str:
        """Give path and query string, quoted."""
        return self._quoted_path(self.path, force_append_slash)

    def get_full_path_info(self, force_append_slash: bool = False) -> str:
        """The same, without the script prefix."""
        return self._quoted_path(self.path_info, force_append_slash)

    def _quoted_path(self, path: str, force_append_slash: bool) -> str:
        query = self.META.get("QUERY_STRING", "")
        slash = "/" if force_append_slash and not path.endswith("/") else ""
        return f"{escape_uri_path(path)}{slash}{'?' + (iri_to_uri(query) or '') if query else ''}"

    def get_signed_cookie(self, key: str, default: Any = RAISE_ERROR, salt: str = "", max_age: Any = None) -> Any:
        """Give the value of a signed cookie.

        Raises:
            KeyError: there is none, and no default.
            BadSignature, SignatureExpired: it is wrong or too old, and there is no default.
        """
        try:
            value = self.COOKIES[key]
        except KeyError:
            if default is not RAISE_ERROR:
                return default
            raise
        try:
            return self._unsign_cookie(key, value, salt, max_age)
        except signing.BadSignature:
            if default is not RAISE_ERROR:
                return default
            raise

    @staticmethod
    def _unsign_cookie(key: str, value: str, salt: str, max_age: Any) -> str:
        try:
            signer = signing.get_cookie_signer(salt=signing._cookie_signer_salt(key, salt))
            return signer.unsign(value, max_age=max_age)  # type: ignore[no-any-return]
        except signing.SignatureExpired:
            raise
        except signing.BadSignature:
            if not settings.SIGNED_COOKIE_LEGACY_SALT_FALLBACK:
                raise
            # Cookies of before the salt was told apart from the name.
            signer = signing.get_cookie_signer(salt=signing._cookie_signer_legacy_salt(key, salt))
            return signer.unsign(value, max_age=max_age)  # type: ignore[no-any-return]

    def build_absolute_uri(self, location: Any = None) -> str:
        """Give the absolute form of `location` (of this request itself, if None)."""
        if location is None:
            # The path of a request may begin with slashes that must not read as a host.
            location = f"//{self.get_full_path()}"
        else:
            location = str(location)
        bits = urlsplit(location)
        if not (bits.scheme and bits.netloc):
            # The common case: an absolute path without dot segments needs no joining.
            if (
                bits.path.startswith("/")
                and not bits.scheme
                and not bits.netloc
                and "/./" not in bits.path
                and "/../" not in bits.path
            ):
                location = self._origin + location.removeprefix("//")
            else:
                location = urljoin(self._origin + self.path, location)
        return iri_to_uri(location)  # type: ignore[no-any-return]

    @cached_property
    def _origin(self) -> str:
        return f"{self.scheme}://{self.get_host()}"

    def _get_scheme(self) -> str:
        """Give the scheme the interface reports; overridden by the requests of both interfaces."""
        return "http"

    @property
    def scheme(self) -> str:
        """`http` or `https`, with regard to `SECURE_PROXY_SSL_HEADER`."""
        proxy_header = settings.SECURE_PROXY_SSL_HEADER
        if proxy_header:
            try:
                header, secure_value = proxy_header
            except ValueError as error:
                raise ImproperlyConfigured(
                    "The SECURE_PROXY_SSL_HEADER setting must be a tuple containing two values."
                ) from error
            value = self.META.get(header)
            if value is not None:
                first, *_ = value.split(",", 1)
                return "https" if first.strip() == secure_value else "http"
        return self._get_scheme()

    def is_secure(self) -> bool:
        """Whether the request came over HTTPS."""
        return self.scheme == "https"

    # Encoding

    @property
    def encoding(self) -> str | None:
        """The encoding of form data; setting it makes GET and POST be read anew."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value
        self.__dict__.pop("GET", None)
        if hasattr(self, "_post"):
            del self._post

    # The body

    def _load_upload_handlers(self) -> None:
        self._upload_handlers = [uploadhandler.load_handler(handler, self) for handler in settings.FILE_UPLOAD_HANDLERS]

    @property
    def upload_handlers(self) -> list[Any]:
        """The upload handlers; they can be changed until the body is read."""
        if not self._upload_handlers:
            self._load_upload_handlers()
        return self._upload_handlers  # type: ignore[return-value]  # just initialised

    @upload_handlers.setter
    def upload_handlers(self, upload_handlers: list[Any]) -> None:
        if hasattr(self, "_files"):
            raise AttributeError("You cannot set the upload handlers after the upload has been processed.")
        self._upload_handlers = upload_handlers

    @property
    def multipart_parser_class(self) -> Any:
        """The class that reads `multipart/form-data`."""
        return self._multipart_parser_class

    @multipart_parser_class.setter
    def multipart_parser_class(self, multipart_parser_class: Any) -> None:
        if hasattr(self, "_files"):
            raise RuntimeError("You cannot set the multipart parser class after the upload has been processed.")
        self._multipart_parser_class = multipart_parser_class

    def parse_file_upload(self, META: Mapping[str, Any], post_data: Any) -> Any:
        """Read a multipart body and give POST and FILES."""
        self.upload_handlers = ImmutableList(  # type: ignore[assignment]  # read-only from here on
            self.upload_handlers,
            warning="You cannot alter upload handlers after the upload has been processed.",
        )
        parser = self.multipart_parser_class(META, post_data, self.upload_handlers, self.encoding)
        return parser.parse()

    @property
    def body(self) -> bytes:
        """The whole body.

        Raises:
            RawPostDataException: the stream was read already.
            RequestDataTooBig: it is longer than `DATA_UPLOAD_MAX_MEMORY_SIZE`.
            UnreadablePostError: the connection broke.
        """
        if not hasattr(self, "_body"):
            if self._read_started:
                raise RawPostDataException("You cannot access body after reading from request's data stream")
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            if limit is not None and self._announced_length() > limit:
                raise RequestDataTooBig("Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.")
            try:
                self._body: bytes = self.read()
            except OSError as error:
                raise UnreadablePostError(*error.args) from error
            finally:
                self._stream.close()
            self._stream = BytesIO(self._body)
        return self._body

    def _announced_length(self) -> int:
        """Give how long the body is: the header's word, or the stream's where that is known to be more."""
        length = self._length_of_header()
        stream = self._stream
        if getattr(stream, "seekable", None) is not None and stream.seekable():
            here = stream.tell()
            length = max(length, stream.seek(0, SEEK_END) - here)
            stream.seek(here)
        return length

    def _length_of_header(self) -> int:
        return parse_length(self.META.get("CONTENT_LENGTH"))

    def _give_up_body(self) -> None:
        self._post = QueryDict()
        self._files = MultiValueDict()

    def _load_post_and_files(self) -> None:
        """Fill POST and FILES from the body, if it is a form."""
        if self.method != "POST":
            self._post, self._files = QueryDict(encoding=self._encoding), MultiValueDict()
            return
        if self._read_started and not hasattr(self, "_body"):
            self._give_up_body()
            return
        if self.content_type == "multipart/form-data":
            data = BytesIO(self._body) if hasattr(self, "_body") else self
            try:
                self._post, self._files = self.parse_file_upload(self.META, data)
            except (MultiPartParserError, TooManyFilesSent):
                # An error page must not try again, and fail again.
                self._give_up_body()
                raise
        elif self.content_type == "application/x-www-form-urlencoded":
            if self._encoding is not None and self._encoding.lower() not in ("utf-8", "utf8"):
                raise BadRequest(
                    "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded."
                )
            self._files = MultiValueDict()
            try:
                self._post = QueryDict(self.body, encoding="utf-8")
            except TooManyFieldsSent:
                self._give_up_body()
                raise
        else:
            self._post, self._files = QueryDict(encoding=self._encoding), MultiValueDict()

    def close(self) -> None:
        """Close the uploaded files."""
        if hasattr(self, "_files"):
            for files in self._files.lists():
                for file in files[1]:
                    file.close()
            # They hold the request, which holds them: what was uploaded goes now, not when the collector comes.
            self._upload_handlers = None

    close.runs_inline = True  # type: ignore[attr-defined]  # closes temporary files

    # Like a file

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        """Read from the body."""
        self._read_started = True
        try:
            return self._stream.read(*args, **kwargs)  # type: ignore[no-any-return]
        except OSError as error:
            raise UnreadablePostError(*error.args) from error

    def readline(self, *args: Any, **kwargs: Any) -> bytes:
        """Read a line of the body."""
        self._read_started = True
        try:
            return self._stream.readline(*args, **kwargs)  # type: ignore[no-any-return]
        except OSError as error:
            raise UnreadablePostError(*error.args) from error

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def readlines(self) -> list[bytes]:
        """Read all lines of the body."""
        return list(self)


class HttpHeaders(CaseInsensitiveMapping[str]):
    """Request headers; `headers["User-Agent"]` and `headers["user_agent"]` are the same."""

    HTTP_PREFIX = "HTTP_"
    # These two come without the prefix (PEP 3333).
    UNPREFIXED_HEADERS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})

    def __init__(self, environ: Mapping[str, Any]) -> None:
        headers = {}
        for key, value in environ.items():
            name = self.parse_header_name(key)
            if name:
                headers[name] = value
        super().__init__(headers)

    def __getitem__(self, key: str) -> str:
        """Underscores stand for hyphens, so that templates can ask."""
        return super().__getitem__(key.replace("_", "-"))

    @classmethod
    def parse_header_name(cls, header: str) -> str | None:
        """Give the header for a name in `META`; None if it is none."""
        if header.startswith(cls.HTTP_PREFIX):
            header = header.removeprefix(cls.HTTP_PREFIX)
        elif header not in cls.UNPREFIXED_HEADERS:
            return None
        return header.replace("_", "-").title()

    @classmethod
    def to_wsgi_name(cls, header: str) -> str:
        """Give the name in `META` for a header."""
        header = header.replace("-", "_").upper()
        return header if header in cls.UNPREFIXED_HEADERS else f"{cls.HTTP_PREFIX}{header}"

    @classmethod
    def to_asgi_name(cls, header: str) -> str:
        """Give the name in an ASGI scope, as text."""
        return header.replace("-", "_").upper()

    @classmethod
    def to_wsgi_names(cls, headers: Mapping[str, Any]) -> dict[str, Any]:
        """Give all headers by their names in `META`."""
        return {cls.to_wsgi_name(name): value for name, value in headers.items()}

    @classmethod
    def to_asgi_names(cls, headers: Mapping[str, Any]) -> dict[str, Any]:
        """Give all headers by their names in an ASGI scope."""
        return {cls.to_asgi_name(name): value for name, value in headers.items()}


def bytes_to_text(s: Any, encoding: str) -> Any:
    """Decode bytes, with replacements; anything else is given back."""
    return str(s, encoding, "replace") if isinstance(s, bytes) else s
