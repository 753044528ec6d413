"""Moving files, also between file systems."""

from __future__ import annotations

import os
from shutil import copymode, copystat
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
        return
    except OSError:
        pass  # another file system, most likely
    with open(old_file_name, "rb") as old_file:
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        flags |= os.O_TRUNC if allow_overwrite else os.O_EXCL
        descriptor = os.open(new_file_name, flags)
        try:
            locks.lock(descriptor, locks.LOCK_EX)
            while chunk := old_file.read(chunk_size):
                os.write(descriptor, chunk)
        finally:
            locks.unlock(descriptor)
            os.close(descriptor)
    _copy_attributes(old_file_name, new_file_name)
    try:
        os.remove(old_file_name)
    except PermissionError as error:
        # Windows refuses while somebody has it open; the copy is complete all the same.
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
