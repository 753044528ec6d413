"""The `Range` header for one range of bytes (RFC 9110 §14.1.2)."""

from __future__ import annotations

import re

_BYTES = re.compile(r"bytes=\s*([0-9]{0,19})\s*-\s*([0-9]{0,19})\s*")


class UnsatisfiableRangeError(ValueError):
    """The range lies behind the end."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Give first and last position of the one range asked for.

    Returns:
        None, if the header asks for several ranges, another unit, or makes no sense: the whole is sent then.

    Raises:
        UnsatisfiableRangeError: nothing of it exists.
    """
    match = _BYTES.fullmatch(header)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        if length == 0 or size == 0:
            raise UnsatisfiableRangeError
        return max(size - length, 0), size - 1
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    if match[2] and int(match[2]) < first:
        return None
    if first >= size:
        raise UnsatisfiableRangeError
    return first, last
