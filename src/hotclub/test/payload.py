"""Bodies of test requests: multipart encoding and a stream that can be read once. Knows no request."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable, Iterator, Mapping
from io import IOBase
from typing import Any

from hotclub.conf import settings
from hotclub.utils.encoding import force_bytes

BOUNDARY = "BoUnDaRyStRiNg"
MULTIPART_CONTENT = f"multipart/form-data; boundary={BOUNDARY}"


class FakePayload(IOBase):
    """The body of a request: written first, then read, never more than was written.

    Args:
        initial_bytes: what is written already.
    """

    __module__ = "hotclub.test.client"

    def __init__(self, initial_bytes: bytes | None = None) -> None:
        self._data = bytearray()
        self._position = 0
        self._reading = False
        if initial_bytes is not None:
            self.write(initial_bytes)

    def __len__(self) -> int:
        return len(self._data) - self._position

    def read(self, size: int = -1, /) -> bytes:
        """Read some bytes; all that are left, by default."""
        self._reading = True
        if size == -1 or size is None:
            size = len(self)
        assert len(self) >= size, "Cannot read more than the available bytes from the HTTP incoming data."
        return self._take(self._position + size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read up to the end of a line."""
        self._reading = True
        if size == -1 or size is None:
            size = len(self)
        assert len(self) >= size, "Cannot read more than the available bytes from the HTTP incoming data."
        end = self._data.find(b"\n", self._position, self._position + size)
        return self._take(self._position + size if end == -1 else end + 1)

    def _take(self, end: int) -> bytes:
        taken = bytes(self._data[self._position : end])
        self._position += len(taken)
        return taken

    def write(self, b: Any, /) -> None:
        """Add to the body; only before anything is read."""
        if self._reading:
            raise ValueError("Unable to write a payload after it's been read")
        self._data += force_bytes(b)


def encode_file(boundary: str, key: str, file: Any) -> list[bytes]:
    """Return the lines of a multipart part that carries a file.

    Args:
        boundary: between the parts.
        key: name of the form field.
        file: with `read()`; `name` gives the file name, `content_type` or the name the type.
    """
    filename = os.path.basename(file.name) if isinstance(getattr(file, "name", None), str) else ""
    kind = getattr(file, "content_type", None)
    if kind is None:
        kind = (mimetypes.guess_type(filename)[0] if filename else None) or "application/octet-stream"
    disposition = f'Content-Disposition: form-data; name="{key}"; filename="{filename or key}"'
    return [
        _encoded(f"--{boundary}"),
        _encoded(disposition),
        _encoded(f"Content-Type: {kind}"),
        b"",
        _encoded(file.read()),
    ]


def encode_multipart(boundary: str, data: Mapping[str, Any]) -> bytes:
    """Encode form data as `multipart/form-data`.

    Args:
        boundary: between the parts.
        data: field → text, file, or several of them.

    Raises:
        TypeError: a value is None, which a form cannot send.
    """
    lines: list[bytes] = []
    for key, value in data.items():
        if value is None:
            raise TypeError(
                f"Cannot encode None for key '{key}' as POST data. Did you mean to pass an empty string or omit the value?"
            )
        for item in _several(value):
            if is_file(item):
                lines += encode_file(boundary, key, item)
            else:
                disposition = f'Content-Disposition: form-data; name="{key}"'
                lines += [_encoded(f"--{boundary}"), _encoded(disposition), b"", _encoded(item)]
    lines += [_encoded(f"--{boundary}--"), b""]
    return b"\r\n".join(lines)


def _several(value: Any) -> Iterator[Any]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable) or is_file(value):
        yield value
    else:
        yield from value


def is_file(thing: Any) -> bool:
    """Say whether a value is a file to upload."""
    return callable(getattr(thing, "read", None))


def _encoded(text: Any) -> bytes:
    encoded: bytes = force_bytes(text, settings.DEFAULT_CHARSET)
    return encoded
