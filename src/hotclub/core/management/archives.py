"""Unpacking project templates: zip and tar archives, never outside of the target directory."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import PurePosixPath

from hotclub.core.exceptions import SuspiciousOperation
from hotclub.core.management.parser import CommandError

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
"""Templates are small; an archive that unpacks to more is not one."""


def unpack(archive: str, target: str) -> None:
    """Unpack an archive; a single directory around everything is left out.

    Args:
        archive: path of a zip file or a tar file, compressed or not.
        target: directory to unpack into.

    Raises:
        CommandError: not an archive, or one that is too large.
        SuspiciousOperation: a file in it would land outside of the target.
    """
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            entries = zipped.infolist()
            _check_size(sum(entry.file_size for entry in entries))
            names = [entry.filename for entry in entries]
            prefix = _common_directory(names)
            for entry in entries:
                path = _inside(target, entry.filename, prefix)
                if entry.is_dir() or path is None:
                    continue
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as out:
                    out.write(zipped.read(entry))
                mode = entry.external_attr >> 16
                if mode & 0o111:
                    os.chmod(path, os.stat(path).st_mode | 0o111)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as packed:
            members = [member for member in packed.getmembers() if member.isfile()]
            _check_size(sum(member.size for member in members))
            prefix = _common_directory([member.name for member in members])
            for member in members:
                path = _inside(target, member.name, prefix)
                source = packed.extractfile(member)
                if path is None or source is None:
                    continue
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as out:
                    out.write(source.read())
                if member.mode & 0o111:
                    os.chmod(path, os.stat(path).st_mode | 0o111)
    else:
        raise CommandError(f"{archive} is neither a zip nor a tar archive.")


def _check_size(size: int) -> None:
    if size > MAX_UNPACKED_BYTES:
        raise CommandError(f"The archive unpacks to {size} bytes; templates may have {MAX_UNPACKED_BYTES}.")


def _common_directory(names: list[str]) -> str:
    """The directory that all files of an archive lie in, if it is one."""
    first = {PurePosixPath(name).parts[0] for name in names if PurePosixPath(name).parts}
    nested = all(len(PurePosixPath(name).parts) > 1 or name.endswith("/") for name in names)
    return next(iter(first)) if len(first) == 1 and nested else ""


def _inside(target: str, name: str, prefix: str) -> str | None:
    parts = PurePosixPath(name).parts
    if prefix:
        parts = parts[1:]
    if not parts:
        return None
    root = os.path.realpath(target)
    path = os.path.realpath(os.path.join(root, *parts))
    if os.path.commonpath([root, path]) != root or path == root:
        raise SuspiciousOperation(f"The archive contains a path outside of the target directory: {name!r}")
    return path
