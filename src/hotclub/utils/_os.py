"""Paths of the file system: joining them safely, making directories, links."""

from __future__ import annotations

import os
import tempfile
from os.path import abspath, dirname, join, normcase, sep
from pathlib import Path
from typing import Any

from hotclub.core.exceptions import SuspiciousFileOperation


def safe_join(base: Any, *paths: Any) -> str:
    """Return base and paths as one absolute, normalized path.

    Raises:
        SuspiciousFileOperation: the result lies outside of the base.
    """
    final_path = abspath(join(base, *paths))
    base_path = abspath(base)
    # Compared with a separator at the end: "/base-2" is not inside of "/base".
    inside = normcase(final_path).startswith(normcase(base_path + sep))
    same = normcase(final_path) == normcase(base_path)
    if not inside and not same and dirname(normcase(base_path)) != normcase(base_path):
        raise SuspiciousFileOperation(
            f"The joined path ({final_path}) is located outside of the base path component ({base_path})"
        )
    return str(final_path)


def safe_makedirs(name: Any, mode: int = 0o777, exist_ok: bool = False) -> None:
    """Make a directory and those above it, all with the mode, whatever the umask of the process says.

    Args:
        name: path.
        mode: permissions of each directory that is made.
        exist_ok: whether the directory may be there already.

    Raises:
        FileExistsError: it is there, or something else is.
    """
    path = os.path.normpath(name)
    head = dirname(path)
    if head and head != path and not os.path.isdir(head):
        if os.path.lexists(head):
            raise NotADirectoryError(f"Not a directory: {head!r}")
        safe_makedirs(head, mode, exist_ok=True)
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        if not exist_ok or not os.path.isdir(path):
            raise
        return
    # The umask may have taken bits away, and may change at any time: say it again.
    os.chmod(path, mode)


def symlinks_supported() -> bool:
    """Say whether links can be made where temporary files go."""
    with tempfile.TemporaryDirectory() as directory:
        original = os.path.join(directory, "original")
        link = os.path.join(directory, "symlink")
        os.makedirs(original)
        try:
            os.symlink(original, link)
        except (OSError, NotImplementedError):
            return False
        return True


def to_path(value: Any) -> Path:
    """Return a Path for a text or a Path.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise TypeError(f"Invalid path type: {type(value).__name__}")
    return Path(value)
