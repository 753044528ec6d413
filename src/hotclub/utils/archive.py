"""Unpacking archives: zip, and tar plain or compressed by gzip, bzip2 or xz; never outside of the target, never without end.

A directory around everything is left out. Links and devices are passed over.

Source: docs ref/django-admin, "startproject --template"; PKWARE APPNOTE 4.4.15; POSIX.1-2001 pax.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple

from hotclub.core.exceptions import SuspiciousOperation

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""An archive that gives more is refused while it is unpacked, whatever its entries say about their sizes."""

MAX_ENTRIES = 100_000

_CHUNK_BYTES = 64 * 1024


class ArchiveException(Exception):
    """An archive that cannot be unpacked."""


class UnrecognizedArchiveFormat(ArchiveException):
    """A file that is no archive we know."""


class _Entry(NamedTuple):
    name: str
    is_directory: bool
    mode: int
    open: Callable[[], IO[bytes] | None]


def extract(
    path: str | os.PathLike[str], to_path: str | os.PathLike[str], *, max_bytes: int = MAX_UNPACKED_BYTES
) -> None:
    """Unpack an archive.

    Args:
        path: the archive.
        to_path: existing directory to unpack into.
        max_bytes: an archive that unpacks to more is refused.

    Raises:
        SuspiciousOperation: an entry would land outside of the directory.
        ArchiveException: it unpacks to more than `max_bytes`, or has more than `MAX_ENTRIES` entries.
        UnrecognizedArchiveFormat: it is neither zip nor tar.
    """
    with Archive(path) as archive:
        archive.extract(to_path, max_bytes=max_bytes)


class Archive:
    """An open archive.

    Args:
        file: its path.

    Raises:
        UnrecognizedArchiveFormat: it is neither zip nor tar.
    """

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self._opened: zipfile.ZipFile | tarfile.TarFile
        if zipfile.is_zipfile(file):
            self._opened = zipfile.ZipFile(file)
            return
        try:
            self._opened = tarfile.open(file)  # noqa: SIM115  # closed by close()
        except tarfile.TarError as error:
            raise UnrecognizedArchiveFormat(f"{os.fspath(file)} is neither a zip nor a tar archive.") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def list(self) -> None:
        """Print the names of the entries."""
        for entry in self._entries():
            print(entry.name)

    def extract(self, to_path: str | os.PathLike[str], *, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
        """Unpack everything; see the function of this name."""
        entries = list(self._entries())
        outer = _common_directory(entries)
        room = max_bytes
        for entry in entries:
            target = _target(os.fspath(to_path), entry.name, outer)
            if target is None:
                continue
            if entry.is_directory:
                os.makedirs(target, exist_ok=True)
                continue
            source = entry.open()
            if source is None:
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with source, open(target, "wb") as out:
                room = _copy(source, out, room)
            if entry.mode:
                os.chmod(target, entry.mode)

    def _entries(self) -> Iterable[_Entry]:
        opened = self._opened
        entries = self._zip_entries(opened) if isinstance(opened, zipfile.ZipFile) else self._tar_entries(opened)
        for count, entry in enumerate(entries):
            if count == MAX_ENTRIES:
                raise ArchiveException(f"The archive has more than {MAX_ENTRIES} entries.")
            yield entry

    @staticmethod
    def _zip_entries(opened: zipfile.ZipFile) -> Iterable[_Entry]:
        for info in opened.infolist():
            mode = (info.external_attr >> 16) & 0o777
            yield _Entry(info.filename, info.is_dir(), mode, partial(opened.open, info))

    @staticmethod
    def _tar_entries(opened: tarfile.TarFile) -> Iterable[_Entry]:
        for member in opened:
            if member.isfile() or member.isdir():
                yield _Entry(member.name, member.isdir(), member.mode & 0o777, partial(opened.extractfile, member))


def _copy(source: IO[bytes], out: IO[bytes], room: int) -> int:
    """Copy an entry and return the room that is left."""
    while chunk := source.read(_CHUNK_BYTES):
        room -= len(chunk)
        if room < 0:
            raise ArchiveException("The archive unpacks to more bytes than it may.")
        out.write(chunk)
    return room


def _common_directory(entries: Iterable[_Entry]) -> str:
    """Return the directory that all entries lie in, or "" if there is none."""
    outer: set[str] = set()
    for entry in entries:
        parts = PurePosixPath(entry.name).parts
        if not parts or parts[0] in ("/", "..") or (len(parts) == 1 and not entry.is_directory):
            return ""
        outer.add(parts[0])
    return outer.pop() if len(outer) == 1 else ""


def _target(directory: str, name: str, outer: str) -> str | None:
    """Return where an entry goes; None for the directory around everything.

    Raises:
        SuspiciousOperation: outside of the directory.
    """
    parts = PurePosixPath(name).parts
    if outer:
        parts = parts[1:]
    if not parts:
        return None
    root = os.path.realpath(directory)
    path = os.path.realpath(os.path.join(root, *parts))
    if os.path.commonpath([root, path]) != root or (os.name == "nt" and PureWindowsPath(name).drive):
        raise SuspiciousOperation(f"Archive contains invalid path: '{os.path.join(*parts)}'")
    return None if path == root else path
