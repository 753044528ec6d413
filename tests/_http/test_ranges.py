"""Ranges: RFC 9110 §14, against a plain reading of it, and hostile headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotclub._http.ranges import (
    MAX_RANGES,
    Multipart,
    UnsatisfiableRangeError,
    content_range,
    if_range_holds,
    parse_ranges,
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", [(0, 0)]),
        ("bytes=0-", [(0, 99)]),
        ("bytes=90-200", [(90, 99)]),
        ("bytes=-10", [(90, 99)]),
        ("bytes=-1000", [(0, 99)]),
        ("BYTES = 1-2", [(1, 2)]),
        ("bytes=0-9, 20-29", [(0, 9), (20, 29)]),
        ("bytes=20-29,0-9", [(20, 29), (0, 9)]),
        ("bytes=20-29,0-9,5-12", [(0, 12), (20, 29)]),
        ("bytes=0-9,10-19", [(0, 19)]),
        ("bytes=0-9,500-", [(0, 9)]),
        ("bytes=,0-9,,", [(0, 9)]),
        # Not for us, or nonsense: the whole.
        ("lines=0-9", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=9-0", None),
        ("bytes=-", None),
        ("bytes=0-9;20-29", None),
        ("bytes=0-99999999999999999999999999", None),
        ("bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)), None),
        ("bytes=" + " " * 5000 + "0-1", None),
    ],
)
def test_what_a_header_asks_for(header, expected):
    assert parse_ranges(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=-0", "bytes=200-300,400-"])
def test_what_does_not_exist_is_refused(header):
    with pytest.raises(UnsatisfiableRangeError):
        parse_ranges(header, 100)


def test_nothing_of_an_empty_file_can_be_had():
    for header in ("bytes=0-", "bytes=-5"):
        with pytest.raises(UnsatisfiableRangeError):
            parse_ranges(header, 0)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8), st.integers(1, 50))
def test_the_parts_hold_exactly_the_bytes_asked_for(specs, size):
    specs = [(min(spec), max(spec)) for spec in specs]
    wanted = {position for first, last in specs for position in range(first, last + 1) if position < size}
    header = "bytes=" + ",".join(f"{first}-{last}" for first, last in specs)
    if not wanted:
        with pytest.raises(UnsatisfiableRangeError):
            parse_ranges(header, size)
        return
    ranges = parse_ranges(header, size)
    sent = [position for first, last in ranges for position in range(first, last + 1)]
    assert sorted(sent) == sorted(wanted)


@given(
    st.text(max_size=80) | st.text("bytes=-,0123456789 \t", max_size=40).map("bytes=".__add__), st.integers(0, 10**6)
)
def test_no_header_breaks_the_parser(header, size):
    try:
        ranges = parse_ranges(header, size)
    except UnsatisfiableRangeError:
        return
    assert ranges is None or all(0 <= first <= last < size for first, last in ranges)


DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("condition", "etag", "modified", "holds"),
    [
        ('"a"', '"a"', None, True),
        ('"a"', '"b"', None, False),
        ('W/"a"', 'W/"a"', None, False),
        ('"a"', 'W/"a"', None, False),
        (DATE, None, DATE, True),
        (DATE, '"a"', None, False),
        ("Wed, 21 Oct 2015 07:28:01 GMT", None, DATE, False),
        ("nonsense", None, DATE, False),
        ("", None, DATE, False),
    ],
)
def test_if_range(condition, etag, modified, holds):
    assert if_range_holds(condition, etag, modified) is holds


def test_the_frame_of_several_parts_knows_its_length():
    data = bytes(range(100))
    ranges = [(0, 9), (50, 59)]
    frame = Multipart("edge", "text/plain", ranges, len(data))
    body = b"".join(head + data[first : last + 1] for head, (first, last) in zip(frame.heads, ranges, strict=True))
    body += frame.end
    assert len(body) == frame.length
    assert body.startswith(b"--edge\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-9/100\r\n\r\n")
    assert content_range(None, 100) == "bytes */100"
