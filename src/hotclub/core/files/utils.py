"""File names that came from elsewhere, and the methods of a wrapped file."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from hotclub.core.exceptions import SuspiciousFileOperation


def validate_file_name(name: str, allow_relative_path: bool = False) -> str:
    """Return the name if it is fit for a file.

    Args:
        name: what to check.
        allow_relative_path: whether directories may stand in front; ".." and a root may not.

    Raises:
        SuspiciousFileOperation: there is no file name, or the path leads elsewhere.
    """
    if os.path.basename(name) in {"", ".", ".."}:
        raise SuspiciousFileOperation(f"Could not derive file name from '{name}'")
    if allow_relative_path:
        # Both kinds of separators count, whatever the platform.
        path = pathlib.PurePosixPath(str(name).replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise SuspiciousFileOperation(f"Detected path traversal attempt in '{name}'")
    elif name != os.path.basename(name):
        raise SuspiciousFileOperation(f"File name '{name}' includes path elements")
    return name


def _forwarded(name: str) -> property:
    return property(lambda self: getattr(self.file, name))


class FileProxyMixin:
    """Gives an object with a `file` the methods of a file."""

    file: Any

    encoding = _forwarded("encoding")
    fileno = _forwarded("fileno")
    flush = _forwarded("flush")
    isatty = _forwarded("isatty")
    newlines = _forwarded("newlines")
    read = _forwarded("read")
    readinto = _forwarded("readinto")
    readline = _forwarded("readline")
    readlines = _forwarded("readlines")
    seek = _forwarded("seek")
    tell = _forwarded("tell")
    truncate = _forwarded("truncate")
    write = _forwarded("write")
    writelines = _forwarded("writelines")

    @property
    def closed(self) -> bool:
        """Whether the file is closed, or there is none."""
        return not self.file or self.file.closed

    def readable(self) -> bool:
        """Say whether the file can be read from."""
        if self.closed:
            return False
        if hasattr(self.file, "readable"):
            return bool(self.file.readable())
        return True

    def writable(self) -> bool:
        """Say whether the file can be written to."""
        if self.closed:
            return False
        if hasattr(self.file, "writable"):
            return bool(self.file.writable())
        return "w" in getattr(self.file, "mode", "")

    def seekable(self) -> bool:
        """Say whether the position in the file can be changed."""
        if self.closed:
            return False
        if hasattr(self.file, "seekable"):
            return bool(self.file.seekable())
        return True

    def __iter__(self) -> Any:
        return iter(self.file)
