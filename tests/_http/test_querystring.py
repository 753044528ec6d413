"""Pairs of query strings agree with the standard library, within their bound."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotclub._http.cookies import parse_cookie_header
from hotclub._http.querystring import TooManyPairsError, parse_pairs


@given(st.text(alphabet="ab=&+%0123456789CcéÜ;", max_size=60))
@settings(max_examples=300, deadline=None)
def test_pairs_are_those_of_the_standard_library(text):
    assert parse_pairs(text) == parse_qsl(text, keep_blank_values=True)


def test_more_pairs_than_allowed_are_refused_before_decoding():
    with pytest.raises(TooManyPairsError):
        parse_pairs("&".join(["%41=1"] * 11), max_pairs=10)
    assert len(parse_pairs("&".join(["a=1"] * 10), max_pairs=10)) == 10


def test_cookies_as_browsers_send_them():
    assert parse_cookie_header('a=1; b="x\\054y"; =v; lonely; a=2') == {"a": "2", "b": "x,y", "": "lonely"}
    assert parse_cookie_header("") == {}
