"""A push parser for `multipart/form-data` bodies: bytes in, events out.

`receive(data)` gives the events that `data` completes, `finish()` those of a body that ends early. The parser keeps at
most one header block and one delimiter's length of content; content is handed out as it comes.

States: PREAMBLE (before the first delimiter) → HEADERS → CONTENT → HEADERS … → EPILOGUE (after the last).
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
        # The first delimiter need not follow a line break.
        self._buffer = bytearray(b"\r\n")
        self._state = _State.PREAMBLE
        self._at_start = False

    def receive(self, data: bytes) -> Iterator[Event]:
        """Give the events that `data` completes.

        Raises:
            HeadersTooLargeError: a part has too many header bytes.
        """
        if self._state is _State.EPILOGUE:
            return
        self._buffer += data
        while True:
            if self._state is _State.PREAMBLE:
                if not self._skip_preamble():
                    return
            elif self._state is _State.HEADERS:
                headers = self._take_headers()
                if headers is None:
                    return
                self._state = _State.CONTENT
                yield PartBegin(headers)
            elif self._state is _State.CONTENT:
                content, ended = self._take_content()
                if content:
                    yield PartData(content)
                if not ended:
                    return
                yield PartEnd()
            else:
                return

    def finish(self) -> Iterator[Event]:
        """Give the events of what is left when the body ends without its last delimiter."""
        if self._state is _State.CONTENT:
            rest = bytes(self._buffer)
            if self._at_start:
                rest = rest[2:]
            if rest:
                yield PartData(rest)
            self._buffer.clear()
            yield PartCut()
        self._state = _State.EPILOGUE

    def _skip_preamble(self) -> bool:
        at = self._buffer.find(self._delimiter)
        if at < 0:
            keep = len(self._delimiter) - 1
            del self._buffer[: max(len(self._buffer) - keep, 0)]
            return False
        return self._after_delimiter(at)

    def _after_delimiter(self, at: int) -> bool:
        """Pass the delimiter at `at`; False if more bytes are needed to tell what follows it."""
        end = at + len(self._delimiter)
        if len(self._buffer) < end + 2:
            return False
        if self._buffer.startswith(b"--", end):
            self._state = _State.EPILOGUE
            self._buffer.clear()
            return True
        line_end = self._buffer.find(b"\n", end)
        if line_end < 0:
            if len(self._buffer) - end > self._max_header_bytes:
                raise HeadersTooLargeError
            return False
        # Padding after the boundary belongs to the delimiter.
        del self._buffer[: line_end + 1]
        self._state = _State.HEADERS
        return True

    def _take_headers(self) -> list[bytes] | None:
        # The line break that ends the headers stays: when the content is empty, it also begins the delimiter.
        if self._buffer.startswith(b"\r\n"):
            self._at_start = True
            return []
        at = self._buffer.find(b"\r\n\r\n", 0, self._max_header_bytes + 4)
        if at < 0:
            if len(self._buffer) > self._max_header_bytes + 3:
                raise HeadersTooLargeError
            return None
        block = bytes(self._buffer[:at])
        del self._buffer[: at + 2]
        self._at_start = True
        return block.split(b"\r\n")

    def _take_content(self) -> tuple[bytes, bool]:
        """Give content that is certain, and whether the part has ended."""
        at = self._buffer.find(self._delimiter)
        if self._at_start and at != 0:
            if at < 0 and self._delimiter.startswith(bytes(self._buffer)):
                return b"", False
            del self._buffer[:2]
            self._at_start = False
            at -= 2
        if at < 0:
            size = len(self._buffer) - len(self._delimiter) + 1
            if size <= 0:
                return b"", False
            content = bytes(self._buffer[:size])
            del self._buffer[:size]
            return content, False
        content = bytes(self._buffer[:at])
        del self._buffer[:at]
        return content, self._after_delimiter(0)
