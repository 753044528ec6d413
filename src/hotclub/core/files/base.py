"""`File`: a Python file with a name, a size and chunks; `ContentFile`: one made of a text or of bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from io import SEEK_END, BytesIO, StringIO, UnsupportedOperation
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.core.files.utils import FileProxyMixin

if TYPE_CHECKING:
    from typing import Self


class File(FileProxyMixin):
    """A file with what storages and forms need.

    Args:
        file: a Python file.
        name: its name; that of the Python file, if None.
    """

    DEFAULT_CHUNK_SIZE = 64 * 2**10

    def __init__(self, file: Any, name: str | None = None) -> None:
        self.file = file
        self.name = getattr(file, "name", None) if name is None else name
        if hasattr(file, "mode"):
            self.mode = file.mode

    def __str__(self) -> str:
        return self.name or ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self or 'None'}>"

    def __bool__(self) -> bool:
        # Whatever its length or name: it is a file.
        return True

    def __len__(self) -> int:
        return int(self.size)

    @cached_property
    def size(self) -> int:
        """Size in bytes.

        Raises:
            AttributeError: the file does not tell it in any way.
        """
        if hasattr(self.file, "size"):
            return int(self.file.size)
        if hasattr(self.file, "name"):
            try:
                return os.path.getsize(self.file.name)
            except (OSError, TypeError):
                pass  # the name is no path (an in-memory file, a file descriptor)
        if hasattr(self.file, "tell") and hasattr(self.file, "seek"):
            position = self.file.tell()
            self.file.seek(0, os.SEEK_END)
            size = self.file.tell()
            self.file.seek(position)
            return int(size)
        raise AttributeError("Unable to determine the file's size.")

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        """Give the content from the beginning, `chunk_size` bytes at a time (64 kB, if None)."""
        chunk_size = chunk_size or self.DEFAULT_CHUNK_SIZE
        try:
            self.seek(0)
        except (AttributeError, UnsupportedOperation):
            pass  # a stream: it is read from where it is
        while data := self.read(chunk_size):
            yield data

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        """Say whether `chunks` gives more than one piece."""
        return self.size > (chunk_size or self.DEFAULT_CHUNK_SIZE)

    def __iter__(self) -> Iterator[Any]:
        """Give lines, whatever their ends: "\\n", "\\r" or "\\r\\n", also where one falls on a chunk's border."""
        # A line may begin in one chunk and end in another; even "\\r\\n" may be torn apart.
        held: list[Any] = []
        for chunk in self.chunks():
            lines, line_feed, carriage_return = _LINES[type(chunk)]
            if held and held[-1].endswith(carriage_return) and not chunk.startswith(line_feed):
                yield chunk[:0].join(held)
                held.clear()
            *complete, last = lines.findall(chunk)
            for line in complete:
                yield chunk[:0].join((*held, line))
                held.clear()
            held.append(last)
            if last.endswith(line_feed):
                yield chunk[:0].join(held)
                held.clear()
        if held:
            yield held[0][:0].join(held)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> Self:
        """Go back to the beginning, opening the file again if it is closed.

        Args:
            mode: as for the built-in `open`; the mode it had, if None.
            *args, **kwargs: the further arguments of `open`.

        Raises:
            ValueError: it is closed, and there is no file of its name.
        """
        if not self.closed:
            self.seek(0)
        elif self.name and os.path.exists(self.name):
            self.file = open(self.name, mode or self.mode, *args, **kwargs)  # noqa: SIM115  # the caller closes it
        else:
            raise ValueError("The file cannot be reopened.")
        return self

    def close(self) -> None:
        """Close the file."""
        self.file.close()


# By type of the content: a line with its end, line feed, carriage return.
_LINES: dict[type, tuple[re.Pattern[Any], Any, Any]] = {
    str: (re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+"), "\n", "\r"),
    bytes: (re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+"), b"\n", b"\r"),
}


class ContentFile(File):
    """A file made of a text or of bytes."""

    def __init__(self, content: str | bytes, name: str | None = None) -> None:
        stream: Any = StringIO(content) if isinstance(content, str) else BytesIO(content)
        super().__init__(stream, name=name)
        self.size = len(content)

    def __str__(self) -> str:
        return "Raw content"

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> Self:
        self.seek(0)
        return self

    def close(self) -> None:
        """Do nothing: the content stays readable."""

    def write(self, data: Any) -> int:
        # The size changes with what is written.
        self.__dict__.pop("size", None)
        written: int = self.file.write(data)
        position = self.file.tell()
        self.file.seek(0, SEEK_END)
        self.size = self.file.tell()
        self.file.seek(position)
        return written
