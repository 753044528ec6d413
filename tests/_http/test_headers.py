"""Response headers are checked values."""

import pytest

from hotclub._http.headers import BadHeaderError, ResponseHeaders
from hotclub._http.ranges import UnsatisfiableRangeError, parse_range


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nX: y", "a\x00b", b"a\nb"])
def test_neither_name_nor_value_can_end_a_header(bad):
    headers = ResponseHeaders()
    with pytest.raises(BadHeaderError):
        headers["X-Name"] = bad
    with pytest.raises(BadHeaderError):
        headers[bad] = "value"
    assert len(headers) == 0


def test_names_compare_without_case_and_keep_their_spelling():
    headers = ResponseHeaders({"X-Name": "1"})
    headers["x-name"] = "2"
    assert headers["X-NAME"] == "2"
    assert headers.pairs() == [("x-name", "2")]


def test_text_beyond_latin_1_is_mime_encoded():
    headers = ResponseHeaders({"X-Name": "日本"})
    assert headers["X-Name"] == "=?utf-8?b?5pel5pys?="


def test_add_missing_leaves_what_is_there():
    headers = ResponseHeaders({"A": "1"})
    headers.add_missing([("a", ("A", "2")), ("b", ("B", "3"))])
    assert dict(headers.items()) == {"A": "1", "B": "3"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-4", (0, 4)),
        ("bytes=5-", (5, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=0-99", (0, 9)),
        ("bytes=-", None),
        ("items=0-1", None),
        ("bytes=0-1,3-4", None),
        ("bytes=4-2", None),
    ],
)
def test_ranges(header, expected):
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_ranges_behind_the_end(header):
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 10)
