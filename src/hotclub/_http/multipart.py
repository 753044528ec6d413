"""A push parser for `multipart/form-data` bodies: bytes in, events out.

`receive(data)` gives the events that `data` completes, `finish()` those of a body that ends early. The parser keeps at
most one header block and one delimiter's length of content; content is handed out as it comes.

States: PREAMBLE (before the first delimiter) → HEADERS → START (of the content) → CONTENT → HEADERS … → EPILOGUE (after
the last).
Rule: every byte is looked at once; a delimiter is found by searching, never by splitting the body.

This module must not know fields, files or upload handlers. Prior art: werkzeug `sansio/multipart.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

MAX_HEADER_BYTES = 1024


class HeadersTooLargeError(ValueError):
    """The headers of a part are longer than allowed."""


class PartBegin:
    """A part starts; `headers` holds its lines, undecoded."""

    __slots__ = ("headers",)

    def __init__(self, headers: list[bytes]) -> None:
        self.headers = headers


class PartData:
    """A piece of the content of the current part."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class PartEnd:
    """The current part is complete."""

    __slots__ = ()


class PartCut:
    """The body ended inside the current part."""

    __slots__ = ()


Event = PartBegin | PartData | PartEnd | PartCut


class _State(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    START = auto()
    CONTENT = auto()
    EPILOGUE = auto()


class PushParser:
    """Parses one body.

    Args:
        boundary: from the content type.
        max_header_bytes: of one part.
    """

    def __init__(self, boundary: bytes, max_header_bytes: int = MAX_HEADER_BYTES) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._max_header_bytes = max_header_bytes
        # The bytes at hand, and how far they have been read. The first delimiter need not follow a line break.
        self._buffer = b"\r\n"
        self._at = 0
        self._state = _State.PREAMBLE

    def passes(self, data: bytes) -> bool:
        """Say whether `data` is content of the current part as a whole: it need not be received then.

        So it is with nearly every piece of a file. What the last bytes hold may be the beginning of a delimiter.
        """
        return (
            self._state is _State.CONTENT
            and not self._buffer
            and data.rfind(self._delimiter) < 0
            and data.find(b"\r", 1 - len(self._delimiter)) < 0
        )

    def receive(self, data: bytes) -> Iterator[Event]:
        """Give the events that `data` completes.

        Raises:
            HeadersTooLargeError: a part has too many header bytes.
        """
        if self._state is _State.EPILOGUE:
            return
        # In the middle of content nothing is held back as a rule, and nothing copied.
        self._buffer = self._buffer + data if self._buffer else data
        while True:
            if self._state is _State.CONTENT:
                content, ended = self._take_content()
                if content:
                    yield PartData(content)
                if not ended:
                    break
                yield PartEnd()
            elif self._state is _State.START:
                if not self._begin_content():
                    break
            elif self._state is _State.HEADERS:
                headers = self._take_headers()
                if headers is None:
                    break
                self._state = _State.START
                yield PartBegin(headers)
            elif self._state is _State.PREAMBLE:
                if not self._skip_preamble():
                    break
            else:
                break
        self._buffer, self._at = self._buffer[self._at :], 0

    def finish(self) -> Iterator[Event]:
        """Give the events of what is left when the body ends without its last delimiter."""
        if self._state in (_State.START, _State.CONTENT):
            rest = self._buffer[self._at :]
            if self._state is _State.START:
                rest = rest[2:]
            if rest:
                yield PartData(rest)
            yield PartCut()
        self._buffer, self._at = b"", 0
        self._state = _State.EPILOGUE

    def _skip_preamble(self) -> bool:
        at = self._find_delimiter()
        if at < 0:
            self._at = max(self._at, len(self._buffer) - len(self._delimiter) + 1)
            return False
        self._at = at
        return self._after_delimiter()

    def _find_delimiter(self) -> int:
        # Most pieces hold none, which `rfind` tells in a third of the time. It stays linear: the line feed at the start
        # of the delimiter does not come back within it, so that long beginnings of matches cannot overlap.
        if self._buffer.rfind(self._delimiter, self._at) < 0:
            return -1
        return self._buffer.find(self._delimiter, self._at)

    def _after_delimiter(self) -> bool:
        """Pass the delimiter at the place reached; False if more bytes are needed to tell what follows it."""
        end = self._at + len(self._delimiter)
        if len(self._buffer) < end + 2:
            return False
        if self._buffer.startswith(b"--", end):
            self._state = _State.EPILOGUE
            self._buffer, self._at = b"", 0
            return True
        # Padding after the boundary belongs to the delimiter.
        line_end = self._buffer.find(b"\n", end, end + self._max_header_bytes + 1)
        if line_end < 0:
            if len(self._buffer) - end > self._max_header_bytes:
                raise HeadersTooLargeError
            return False
        self._at = line_end + 1
        self._state = _State.HEADERS
        return True

    def _take_headers(self) -> list[bytes] | None:
        # The line break that ends the headers stays: when the content is empty, it also begins the delimiter.
        at = self._at
        if self._buffer.startswith(b"\r\n", at):
            return []
        end = self._buffer.find(b"\r\n\r\n", at, at + self._max_header_bytes + 4)
        if end < 0:
            if len(self._buffer) - at > self._max_header_bytes + 3:
                raise HeadersTooLargeError
            return None
        self._at = end + 2
        return self._buffer[at:end].split(b"\r\n")

    def _begin_content(self) -> bool:
        """Pass the line break before the content, unless a delimiter begins with it; False if that is open yet."""
        if not self._buffer.startswith(self._delimiter, self._at):
            left = len(self._buffer) - self._at
            if left < len(self._delimiter) and self._delimiter.startswith(self._buffer[self._at :]):
                return False
            self._at += 2
        self._state = _State.CONTENT
        return True

    def _take_content(self) -> tuple[bytes, bool]:
        """Give content that is certain, and whether the part has ended."""
        buffer, start = self._buffer, self._at
        found = self._find_delimiter()
        if found >= 0:
            self._at = found
            return buffer[start:found], self._after_delimiter()
        # What may be the beginning of a delimiter waits for the next piece.
        end = buffer.find(b"\r", max(start, len(buffer) - len(self._delimiter) + 1))
        if end < 0:
            end = len(buffer)
        self._at = end
        return buffer[start:end], False
