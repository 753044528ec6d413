"""Shapes of request smuggling that reach an application, and headers that could pass for others."""

import io

import pytest

from hotclub.http import HttpResponse
from hotclub.urls import path
from tests import site

FORM = ("content-type", "application/x-www-form-urlencoded")


def body(request):
    return HttpResponse(request.body)


def meta(request):
    names = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_USER", "CONTENT_LENGTH", "HTTP_COOKIE")
    return HttpResponse("|".join(request.META.get(name, "") for name in names))


def _host(request):
    return HttpResponse(request.get_host())


@pytest.mark.parametrize("length", ["-5", "+5", "5_0", "１０", "5,6", "5, 5", "0x10", "5.0", "five", "", " "])
def test_a_length_that_is_no_number_reads_nothing(serving, length):
    serving(path("", body))
    stream = io.BytesIO(b"a=1&b=2GET /admin/ HTTP/1.1\r\n")
    answer = site.over_wsgi("/", "POST", [FORM, ("content-length", length)], stream)
    assert (answer.status, answer.body) == (200, b"")
    assert stream.tell() == 0


def test_nothing_behind_the_body_is_read(serving):
    serving(path("", lambda request: HttpResponse(b"|".join([request.read(3), request.read(), request.read()]))))
    stream = io.BytesIO(b"12345GET /admin/ HTTP/1.1\r\n")
    answer = site.over_wsgi("/", "POST", [("content-length", "5")], stream)
    assert answer.body == b"123|45|"
    assert stream.tell() == 5


def test_a_length_that_is_repeated_does_not_count(serving):
    serving(path("", body))
    lengths = [("content-length", "3"), ("content-length", "300")]
    assert site.over_asgi("/", "POST", lengths, [b"123", b"45"]).body == b"12345"


def test_an_underscore_cannot_pass_for_a_hyphen(serving):
    serving(path("", meta))
    headers = [("x_forwarded_host", "evil"), ("X_User", "admin"), ("X-User", "fine"), ("content_length", "7")]
    assert site.over_asgi("/", headers=headers).body == b"testserver||fine|0|"


def test_two_hosts_are_none(serving):
    serving(path("", _host))
    assert site.over_asgi("/", headers=[("host", "evil.example")]).status == 400


def test_split_cookies_are_joined(serving):
    serving(path("", lambda request: HttpResponse(f"{request.COOKIES['a']}{request.COOKIES['b']}")))
    assert site.over_asgi("/", headers=[("cookie", "a=1"), ("cookie", "b=2")]).body == b"12"


def test_a_chunked_body_under_asgi_is_what_the_server_says(serving):
    serving(path("", body))
    headers = [("transfer-encoding", "chunked"), ("content-length", "1")]
    assert site.over_asgi("/", "POST", headers, [b"123", b"45"]).body == b"12345"


@pytest.mark.parametrize(
    "charset", ["\x00", "undefined", "hex", "rot13", "idna", "utf-16", "utf-7", "unicode_escape", "nope", "x" * 5000]
)
def test_a_charset_that_cannot_decode_is_passed_over(ask, serving, charset):
    serving(path("", lambda request: HttpResponse(f"{len(request.GET)} {len(request.POST)}")))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        answer = ask("/?a=%ff%fe&b=%00", "POST", [("content-type", f"{kind}; charset={charset}")], b"--b--\r\n")
        assert answer.status in (200, 400), (kind, answer)


def test_what_cannot_become_a_request_is_400(ask, serving):
    serving(path("", body))
    assert ask("/", headers=[("content-type", "text/plain; a*=nope''x")]).status == 400
    assert site.over_asgi("/", query_string=b"\xff").status == 400
