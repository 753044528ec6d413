"""Nothing that a view puts into a header, cookie, redirect or file name can begin another header."""

import datetime
import io

import pytest

from hotclub.http import (
    BadHeaderError,
    FileResponse,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from hotclub.urls import path

EVIL = ["a\r\nSet-Cookie: admin=1", "a\nb", "a\rb", "a\x00b", "a\x0bb", "a\x7fb"]
LINE_BREAKS_OF_UNICODE = ["a\u2028b", "a\u2029b", "日\x85本", "日\u2028本\u2029"]


@pytest.mark.parametrize("evil", EVIL)
def test_values_and_names(evil):
    response = HttpResponse()
    for name, value in (("X-Name", evil), (evil, "value")):
        with pytest.raises(BadHeaderError):
            response[name] = value
        with pytest.raises(BadHeaderError):
            response.headers.setdefault(name, value)
        with pytest.raises(BadHeaderError):
            HttpResponse(headers={name: value})
    with pytest.raises(BadHeaderError):
        HttpResponse(content_type=evil)
    with pytest.raises(BadHeaderError):
        HttpResponse(reason=evil)
    with pytest.raises(BadHeaderError):
        HttpResponseNotAllowed([evil])


@pytest.mark.parametrize("name", ["", "X: y", "X y", "X\ty", "X:", "(X)"])
def test_a_name_is_a_token(name):
    with pytest.raises(BadHeaderError):
        HttpResponse(headers={name: "value"})


@pytest.mark.parametrize("text", LINE_BREAKS_OF_UNICODE)
def test_mime_encoding_does_not_fold(text):
    value = HttpResponse(headers={"X-Name": text})["X-Name"]
    assert not set(value) & set("\r\n\x00")


@pytest.mark.parametrize("attribute", ["path", "domain", "expires"])
@pytest.mark.parametrize("evil", [*EVIL, "a; Domain=evil.example"])
def test_attributes_of_cookies(attribute, evil):
    with pytest.raises(BadHeaderError):
        HttpResponse().set_cookie("name", "value", **{attribute: evil})


@pytest.mark.parametrize("evil", [*EVIL, "a; Domain=evil.example", 'a"; Path=/evil'])
def test_values_of_cookies_are_quoted(evil):
    response = HttpResponse()
    response.set_cookie("name", evil, expires=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC))
    [header] = response.cookie_headers()
    quoted, _, attributes = header.partition("; expires=")
    assert ";" not in quoted
    assert "\n" not in header
    assert "\r" not in header
    assert attributes.count("Path=") == 1


def test_a_cookie_made_by_hand_is_checked_when_it_is_sent(ask, serving):
    def view(request):
        response = HttpResponse()
        response.cookies["name"] = "value"
        response.cookies["name"]["path"] = "/\r\nX-Evil: 1"
        return response

    serving(path("", view))
    with pytest.raises(BadHeaderError):
        ask("/")


@pytest.mark.parametrize("evil", EVIL)
def test_redirects_and_file_names(evil):
    assert not set(HttpResponseRedirect(f"/path?{evil}")["Location"]) & set("\r\n\x00")
    disposition = FileResponse(io.BytesIO(b""), as_attachment=True, filename=f'{evil}".txt')["Content-Disposition"]
    assert not set(disposition) & set("\r\n\x00")


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "\x01vbscript:x"],
)
def test_redirects_lead_to_no_script(target):
    from hotclub.core.exceptions import DisallowedRedirect

    with pytest.raises(DisallowedRedirect):
        HttpResponseRedirect(target)
