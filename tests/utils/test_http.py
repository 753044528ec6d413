"""Dates, tags and redirect targets as they travel in headers and URLs."""

from __future__ import annotations

import pytest

from hotclub.utils.http import (
    http_date,
    parse_etags,
    parse_header_parameters,
    parse_http_date,
    quote_etag,
    url_has_allowed_host_and_scheme,
)

MOMENT = 784111777


@pytest.mark.parametrize(
    "text",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_all_three_forms_of_dates_are_read(text: str) -> None:
    assert parse_http_date(text) == MOMENT


def test_date_survives_a_round_trip() -> None:
    assert parse_http_date(http_date(MOMENT)) == MOMENT


@pytest.mark.parametrize("text", ["", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 0٦ Nov 1994 08:49:37 GMT"])
def test_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        parse_http_date(text)


def test_malformed_entity_tags_are_left_out() -> None:
    assert parse_etags('"a", W/"b", c, "d') == ['"a"', 'W/"b"']
    assert quote_etag("a") == '"a"'
    assert quote_etag('W/"a"') == 'W/"a"'


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example", "//evil.example", "/\\evil.example", "///evil.example", "http:///evil.example",
        "javascript:alert(1)", "\x08//evil.example", "https://[::1", "",
    ],
)  # fmt: skip
def test_redirects_to_elsewhere_are_refused(url: str) -> None:
    assert not url_has_allowed_host_and_scheme(url, allowed_hosts={"good.example"})


@pytest.mark.parametrize("url", ["/path/", "http://good.example/x", "//good.example/", "?next=1"])
def test_redirects_on_the_site_are_allowed(url: str) -> None:
    assert url_has_allowed_host_and_scheme(url, allowed_hosts={"good.example"})


def test_a_parameter_that_is_whole_and_in_pieces_is_refused() -> None:
    with pytest.raises(ValueError, match="both whole and in pieces"):
        parse_header_parameters("form-data; t*=utf-8''whole; t*1*=piece")
    assert parse_header_parameters("form-data; t*0*=utf-8''a%C3%A9; t*1*=b") == ("form-data", {"t": "aéb"})
