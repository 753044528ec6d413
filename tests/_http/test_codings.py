"""What `Accept-Encoding` takes and refuses."""

from __future__ import annotations

import pytest

from hotclub._http.codings import accepted_codings
from hotclub.http import HttpResponse
from hotclub.middleware.gzip import GZipMiddleware
from hotclub.test import RequestFactory


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", {""}),
        ("gzip", {"gzip"}),
        ("GZip , br;q=0.5", {"gzip", "br"}),
        ("gzip;q=0, br", {"br"}),
        ("gzip; q = 0.000, *;q=0", set()),
        ("x-gzip", {"x-gzip"}),
    ],
)
def test_codings_of_a_header(header: str, codings: set[str]) -> None:
    assert accepted_codings(header) == codings


@pytest.mark.parametrize(("header", "compressed"), [("br, gzip;q=0.1", True), ("gzip;q=0", False), ("", False)])
def test_gzip_is_for_clients_that_take_it(header: str, compressed: bool) -> None:
    middleware = GZipMiddleware(lambda request: HttpResponse("a" * 1000))
    response = middleware(RequestFactory().get("/", headers={"Accept-Encoding": header}))
    assert response.has_header("Content-Encoding") is compressed
    assert response["Vary"] == "Accept-Encoding"
