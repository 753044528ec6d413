"""Parts of a representation: the `Range` and `If-Range` headers, and `multipart/byteranges` (RFC 9110 §14, §13.1.5).

Positions count bytes from 0, the last one included, as on the wire. This module reads no file.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

Range = tuple[int, int]
"""First and last position, both included."""

MAX_RANGES = 16
"""More ranges than that ask for nothing sensible: the whole is sent."""

MAX_HEADER_LENGTH = 1024
_UNIT = re.compile(r"\s*bytes\s*=", re.IGNORECASE)
_SPEC = re.compile(r"[ \t]*(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))[ \t]*")


class UnsatisfiableRangeError(ValueError):
    """Nothing of what was asked for exists."""


def parse_ranges(header: str, size: int) -> list[Range] | None:
    """Give the ranges asked for, in their order; those that overlap or touch as one, sorted.

    Args:
        header: value of `Range`.
        size: bytes there are.

    Returns:
        None, if the header has another unit, makes no sense or asks for too much: the whole is to be sent.

    Raises:
        UnsatisfiableRangeError: it makes sense, but nothing of it exists.
    """
    unit = _UNIT.match(header)
    if unit is None or len(header) > MAX_HEADER_LENGTH:
        return None
    specs = [spec for spec in header[unit.end() :].split(",") if spec.strip()]
    if not specs or len(specs) > MAX_RANGES:
        return None
    ranges: list[Range] = []
    for spec in specs:
        match = _SPEC.fullmatch(spec)
        if match is None:
            return None
        if match[3] is not None:
            length = min(int(match[3]), size)
            if length:
                ranges.append((size - length, size - 1))
            continue
        first = int(match[1])
        if match[2] and int(match[2]) < first:
            return None
        if first < size:
            ranges.append((first, min(int(match[2]), size - 1) if match[2] else size - 1))
    if not ranges:
        raise UnsatisfiableRangeError
    return ranges if _are_apart(ranges) else _merged(ranges)


def _are_apart(ranges: Sequence[Range]) -> bool:
    ordered = sorted(ranges)
    return all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(ordered))


def _merged(ranges: Sequence[Range]) -> list[Range]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def if_range_holds(condition: str, etag: str | None, last_modified: str | None) -> bool:
    """Whether the client's part belongs to the present representation.

    Args:
        condition: value of `If-Range`: a strong entity tag or a date.
        etag: of the representation.
        last_modified: of the representation, as in its header.
    """
    condition = condition.strip()
    if condition.startswith(("W/", '"')):
        # Compared strongly: a weak tag never matches.
        return etag is not None and condition == etag and not etag.startswith("W/")
    if last_modified is None:
        return False
    try:
        return parsedate_to_datetime(condition) == parsedate_to_datetime(last_modified)
    except (TypeError, ValueError, OverflowError):
        return False


def content_range(part: Range | None, size: int) -> str:
    """Give the value of `Content-Range`: of a part, or of the answer 416."""
    return f"bytes */{size}" if part is None else f"bytes {part[0]}-{part[1]}/{size}"


class Multipart:
    """The frame around several parts.

    Args:
        boundary: must not occur in the content.
        content_type: of the representation.
        ranges: the parts.
        size: bytes of the representation.

    Attributes:
        heads: what goes before each part.
        end: what goes behind the last.
        length: bytes of the whole body.
    """

    def __init__(self, boundary: str, content_type: str, ranges: Sequence[Range], size: int) -> None:
        self.content_type = f"multipart/byteranges; boundary={boundary}"
        self.heads = [
            f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n"
            f"Content-Range: {content_range(part, size)}\r\n\r\n".encode("latin-1")
            for part in ranges
        ]
        self.heads[0] = self.heads[0].removeprefix(b"\r\n")
        self.end = f"\r\n--{boundary}--\r\n".encode("ascii")
        self.length = sum(map(len, self.heads)) + sum(last - first + 1 for first, last in ranges) + len(self.end)
