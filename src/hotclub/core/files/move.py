"""Moving files, also between file systems."""

from __future__ import annotations

import os
from shutil import copyfileobj, copymode, copystat
from typing import Any

from hotclub.core.files import locks

__all__ = ["file_move_safe"]


def file_move_safe(
    old_file_name: Any, new_file_name: Any, chunk_size: int = 1024 * 64, allow_overwrite: bool = False
) -> None:
    """Move a file: by renaming it, or by copying and deleting it.

    Args:
        old_file_name: where it is.
        new_file_name: where it goes.
        chunk_size: bytes that are copied at a time.
        allow_overwrite: whether a file that is there is replaced.

    Raises:
        FileExistsError: there is one, and it must not be replaced.
    """
    if _same_file(old_file_name, new_file_name):
        return
    if not allow_overwrite and os.access(new_file_name, os.F_OK):
        raise FileExistsError(f"Destination file {new_file_name} exists and allow_overwrite is False.")
    try:
        os.rename(old_file_name, new_file_name)
    except OSError:
        # Another file system, most likely.
        _copy_content(old_file_name, new_file_name, chunk_size, os.O_TRUNC if allow_overwrite else os.O_EXCL)
        _copy_attributes(old_file_name, new_file_name)
        _remove(old_file_name)


def _copy_content(source: Any, target: Any, chunk_size: int, if_it_exists: int) -> None:
    """Copy a file's content under a lock; `if_it_exists` is the flag of `os.open` for a target that is there."""
    with (
        open(source, "rb") as reading,
        open(os.open(target, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | if_it_exists), "wb") as writing,
    ):
        locks.lock(writing, locks.LOCK_EX)
        copyfileobj(reading, writing, chunk_size)
        writing.flush()
        locks.unlock(writing)


def _remove(name: Any) -> None:
    try:
        os.remove(name)
    except PermissionError as error:
        # Windows refuses while somebody has it open (ERROR_SHARING_VIOLATION); the copy is complete all the same.
        if getattr(error, "winerror", 0) != 32:
            raise


def _same_file(first: Any, second: Any) -> bool:
    if hasattr(os.path, "samefile"):
        try:
            return os.path.samefile(first, second)
        except OSError:
            return False
    return bool(os.path.normcase(os.path.abspath(first)) == os.path.normcase(os.path.abspath(second)))


def _copy_attributes(source: Any, target: Any) -> None:
    """Copy times and permissions; where the file system knows none of the former, permissions only."""
    try:
        copystat(source, target)
    except PermissionError:
        try:
            copymode(source, target)
        except PermissionError:
            pass  # file systems of foreign machines may know neither
