"""What the fuzzers feed: each target takes bytes, swallows the documented error of its parser, and lets everything else out."""

from __future__ import annotations

import io
from collections.abc import Callable

from hotclub._http.headers import ResponseHeaders, parse_length
from hotclub._http.ranges import UnsatisfiableRangeError, if_range_holds, parse_ranges
from hotclub.contrib.messages.storage.cookie import MessageDecoder
from hotclub.core import signing
from hotclub.core.exceptions import BadRequest, SuspiciousOperation
from hotclub.core.files.uploadhandler import MemoryFileUploadHandler
from hotclub.http import BadHeaderError, HttpResponse, QueryDict, parse_cookie
from hotclub.http.multipartparser import MultiPartParser
from hotclub.http.request import HttpRequest, split_domain_port, validate_host
from hotclub.test import RequestFactory
from hotclub.urls import Resolver404, get_resolver, path, re_path
from hotclub.utils import dateparse
from hotclub.utils.http import (
    parse_etags,
    parse_header_parameters,
    parse_http_date_safe,
    url_has_allowed_host_and_scheme,
    urlsafe_base64_decode,
)
from hotclub.utils.translation.trans_real import parse_accept_lang_header

_factory = RequestFactory()


def _view(request: object, **kwargs: object) -> HttpResponse:
    return HttpResponse()


_resolver = get_resolver(
    [
        path("a/<int:pk>/<slug:slug>/", _view),
        path("b/<uuid:id>/<path:rest>", _view),
        path("c/<str:name>.html", _view),
        re_path(r"^d/(?P<year>[0-9]{4})/(?:x|y)*$", _view),
    ]
)


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def multipart(data: bytes) -> None:
    meta = {"CONTENT_TYPE": "multipart/form-data; boundary=b", "CONTENT_LENGTH": str(len(data))}
    try:
        MultiPartParser(meta, io.BytesIO(data), [MemoryFileUploadHandler()]).parse()
    except (BadRequest, SuspiciousOperation):
        pass


def boundary(data: bytes) -> None:
    meta = {"CONTENT_TYPE": f"multipart/form-data; boundary={_text(data)}", "CONTENT_LENGTH": "7"}
    try:
        MultiPartParser(meta, io.BytesIO(b"--b\r\n\r\n"), [MemoryFileUploadHandler()]).parse()
    except (BadRequest, SuspiciousOperation):
        pass


def query_string(data: bytes) -> None:
    try:
        query = QueryDict(data)
    except SuspiciousOperation:
        return
    assert QueryDict(query.urlencode()) == query


def cookies(data: bytes) -> None:
    for name, value in parse_cookie(_text(data)).items():
        assert isinstance(name, str)
        assert isinstance(value, str)


def header_parameters(data: bytes) -> None:
    try:
        parse_header_parameters(_text(data))
    except (ValueError, LookupError):
        pass


def response_headers(data: bytes) -> None:
    for text in (_text(data), data.decode("utf-8", "replace")):
        try:
            value = ResponseHeaders({"X": text})["X"]
        except BadHeaderError:
            continue
        value.encode("latin-1")
        assert not set(value) & set("\r\n\x00")


def content_length(data: bytes) -> None:
    assert isinstance(parse_length(_text(data)), int)


def ranges(data: bytes) -> None:
    for header in (_text(data), f"bytes={_text(data)}"):
        try:
            found = parse_ranges(header, 1000)
        except UnsatisfiableRangeError:
            continue
        assert found is None or all(0 <= first <= last < 1000 for first, last in found)
    if_range_holds(_text(data), '"tag"', "Wed, 21 Oct 2015 07:28:00 GMT")


def accept(data: bytes) -> None:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = _text(data)
    request.accepts("text/html")
    request.get_preferred_type(["text/html", "application/json"])


def accept_language(data: bytes) -> None:
    parse_accept_lang_header(_text(data))


def content_type(data: bytes) -> None:
    try:
        request = _factory.generic("POST", "/?a=%ff", b"a=%ff", content_type=_text(data))
        repr((request.GET, request.POST, request.content_params))
    except (BadRequest, SuspiciousOperation):
        pass


def dates(data: bytes) -> None:
    text = _text(data)
    parse_http_date_safe(text)
    for parse in (
        dateparse.parse_date,
        dateparse.parse_time,
        dateparse.parse_datetime,
        dateparse.parse_duration,
    ):
        try:
            parse(text)
        except (ValueError, OverflowError):
            pass


def host(data: bytes) -> None:
    domain, port = split_domain_port(_text(data))
    validate_host(domain, [".example.com", "[::1]"])
    assert not port or port.isascii()


def etags(data: bytes) -> None:
    parse_etags(_text(data))


def redirect_target(data: bytes) -> None:
    for text in (_text(data), data.decode("utf-8", "replace")):
        url_has_allowed_host_and_scheme(text, {"testserver"})


def signed_values(data: bytes) -> None:
    for text in (_text(data), _text(data) + ":x:y"):
        for read in (signing.loads, signing.TimestampSigner().unsign, signing.Signer().unsign_object):
            try:
                read(text)
            except signing.BadSignature:
                continue
            raise AssertionError("a value that nobody signed was taken")


def base64(data: bytes) -> None:
    try:
        urlsafe_base64_decode(_text(data))
    except ValueError:
        pass


def messages(data: bytes) -> None:
    import json

    try:
        json.loads(_text(data), cls=MessageDecoder)
    except (ValueError, RecursionError):
        pass


def paths(data: bytes) -> None:
    for start in ("/", "/a/", "/b/", "/c/", "/d/"):
        try:
            _resolver.resolve(start + _text(data))
        except Resolver404:
            pass


TARGETS: dict[str, Callable[[bytes], None]] = {
    function.__name__: function
    for function in (
        multipart,
        boundary,
        query_string,
        cookies,
        header_parameters,
        response_headers,
        content_length,
        ranges,
        accept,
        accept_language,
        content_type,
        dates,
        host,
        etags,
        redirect_target,
        signed_values,
        base64,
        messages,
        paths,
    )
}

# Pieces that mean something to one parser or another, in any order, between pieces that mean nothing.
PIECES = [
    b"\r\n", b"\n", b"\r", b"\x00", b"--", b"b", b"--b\r\n", b"--b--", b"=", b"&", b";", b",", b'"', b"\\", b"%", b"%00", b"%u1234",
    b"+", b":", b"/", b"*", b"q=", b"bytes=", b"-", b"[", b"]", b"{", b"}", b"text/html", b"form-data", b"name=", b"filename*=utf-8''",
    b"Content-Disposition: form-data; name=a", b"Content-Transfer-Encoding: base64", b"Wed, 21 Oct 2015 07:28:00 GMT", b"1e309",
    b"99999999999999999999", b"\xff", b"\xc3", "é".encode(), "\u2028".encode(), b"eyJ9", b"[[1,2]]", b'{"a":', b"NaN", b"Z",
]  # fmt: skip

# Where a fuzzer begins: what each part of a parser is reached by.
SEEDS = (
    (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\n'
        b"Content-Disposition: form-data; name=\"f\"; filename*=utf-8''%e2%82%ac.txt\r\nContent-Type: text/plain\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--b--\r\n"
    ),
    b"a=1&b=%C3%A9&a=&c",
    b'sessionid="a\\073b"; x=y; theme=dark',
    b'text/html;q=0.8, application/*;q=0.5;level="1,2", */*;q=0',
    b"form-data; t*=utf-8''whole; t*1*=piece",
    b"bytes=0-99,200-,-50",
    b"2026-11-21T07:28:00.123456+05:30",
    b"P3DT4H5M6.7S",
    b"-3 days, 04:05:06.7",
    b"Wed, 21 Oct 2015 07:28:00 GMT",
    b"[::1]:8000",
    b"www.example.com.:443",
    b'W/"a", "b", *',
    b"https://testserver/next?x=//other",
    b"eyJhIjoxfQ:1abcde:c2lnbmF0dXJl",
    b'[["__json_message",0,20,"text","tag"]]',
    b'[["__json_message",1e999,"text"]]',
    b"pt-br, en;q=0.8, zh-hant-tw;q=0.5",
    b"17/a-slug/",
    b"0b8f2a3c-0f0e-4a4b-8f55-2f2f6c6b1d11/rest/of/it",
)
