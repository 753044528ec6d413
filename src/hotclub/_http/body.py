"""A body in memory, as the pieces it arrived in: read like a file, without joining them first.

Reading it in blocks, as parsers do, copies nothing where blocks and pieces agree. Reading lines gets a file of its own:
the pieces are joined then.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate


class ReceivedBody:
    """A readable, seekable binary file over pieces.

    Args:
        pieces: in their order.
    """

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        *self._starts, self._length = accumulate(map(len, pieces), initial=0)
        self._at = 0
        self.closed = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, fewer at the end; all that is left if it is negative or None."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        at = self._at
        end = self._length if size is None or size < 0 else min(at + size, self._length)
        if at >= end:
            return b""
        self._at = end
        index = bisect_right(self._starts, at) - 1
        start = self._starts[index]
        found = []
        while start < end:
            piece = self._pieces[index]
            found.append(piece[max(at - start, 0) : end - start])
            start += len(piece)
            index += 1
        return found[0] if len(found) == 1 else b"".join(found)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place, counted from the start, the place reached or the end; give it."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(origin + offset, 0)
        return self._at

    def tell(self) -> int:
        """Give the place reached, in bytes from the start."""
        return self._at

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read to the end of the line, at most `size` bytes."""
        if len(self._pieces) > 1:
            self._pieces, self._starts = [b"".join(self._pieces)], [0]
        if self._at >= self._length:
            return b""
        found = self._pieces[0].find(b"\n", self._at)
        line = (self._length if found < 0 else found + 1) - self._at
        return self.read(line if size is None or size < 0 else min(line, size))

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Read the lines that are left."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def writable(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Let go of the pieces."""
        self.closed = True
        self._pieces = []
