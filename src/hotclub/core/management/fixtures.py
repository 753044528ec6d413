"""Fixtures on disk: what a name may mean, which files there are, how compressed ones open. Loads nothing.

A name is `[directory/]base[.database][.format][.compression]`; what is left out may be anything.
"""

from __future__ import annotations

import glob
import gzip
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core import serializers
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.management.parser import CommandError

try:
    import bz2
except ImportError:
    bz2 = None  # type: ignore[assignment]  # Python may be built without
try:
    import lzma
except ImportError:
    lzma = None  # type: ignore[assignment]  # Python may be built without

READ_STDIN = "-"


class OneFileZip(zipfile.ZipFile):
    """A zip file with one fixture in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.namelist()) != 1:
            raise ValueError("A zipped fixture holds one file, no more and no less.")

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        return super().read(self.namelist()[0])


Opener = Callable[..., Any]


def readers() -> dict[str | None, tuple[Opener, str]]:
    """Return how to open a fixture: ending → callable and mode."""
    found: dict[str | None, tuple[Opener, str]] = {
        None: (open, "rb"),
        "gz": (gzip.GzipFile, "rb"),
        "zip": (OneFileZip, "r"),
    }
    if bz2 is not None:
        found["bz2"] = (bz2.BZ2File, "r")
    if lzma is not None:
        found["lzma"] = found["xz"] = (lzma.LZMAFile, "r")
    return found


def writers() -> dict[str, Opener]:
    """Return how to write a compressed fixture: ending → callable."""
    found: dict[str, Opener] = {"gz": gzip.open}
    if bz2 is not None:
        found["bz2"] = bz2.open
    if lzma is not None:
        found["xz"] = lzma.open
        found["lzma"] = partial(lzma.open, format=lzma.FORMAT_ALONE)
    return found


@dataclass(frozen=True)
class Label:
    """What a fixture's name says."""

    base: str
    format: str | None
    compression: str | None


@dataclass(frozen=True)
class Fixture:
    """A fixture file."""

    path: str
    directory: str | None
    base: str


def parse_label(label: str) -> Label:
    """Read a name.

    Raises:
        CommandError: the ending is no format that is known.
    """
    if label == READ_STDIN:
        return Label(READ_STDIN, None, None)
    directory, name = os.path.split(label)
    parts = name.rsplit(".", 2)
    compression = parts.pop() if len(parts) > 1 and parts[-1] in readers() else None
    format = None
    if len(parts) > 1:
        if parts[-1] not in serializers.get_public_serializer_formats():
            base = ".".join(parts[:-1])
            raise CommandError(f"Problem installing fixture '{base}': {parts[-1]} is not a known serialization format.")
        format = parts.pop()
    return Label(os.path.join(directory, ".".join(parts)), format, compression)


def fixture_dirs(app_label: str | None) -> list[str]:
    """Return the directories that fixtures are looked for in: of apps, then those of `FIXTURE_DIRS`.

    Args:
        app_label: look in one app only.

    Raises:
        ImproperlyConfigured: `FIXTURE_DIRS` repeats itself or an app's own directory.
    """
    configured = [os.fspath(path) for path in settings.FIXTURE_DIRS]
    if len(configured) != len(set(configured)):
        raise ImproperlyConfigured("settings.FIXTURE_DIRS contains duplicates.")
    found: list[str] = []
    for config in apps.get_app_configs():
        own = os.path.join(config.path, "fixtures")
        if own in configured:
            raise ImproperlyConfigured(
                f"'{own}' is a default fixture directory for the '{config.label}' app and cannot be listed in "
                "settings.FIXTURE_DIRS."
            )
        if app_label and app_label != config.label:
            continue
        if os.path.isdir(own):
            found.append(own)
    if app_label is None:
        found += configured
    return [os.path.realpath(path) for path in found]


def find(label: str, app_label: str | None, using: str, tell: Callable[[str], None]) -> list[Fixture]:
    """Return the files that a name stands for; in several directories they are all meant.

    Args:
        label: as given on the command line.
        app_label: look in one app only.
        using: alias of the database.
        tell: hears what is looked for, and where.

    Raises:
        CommandError: nothing is found, or two files of one directory fit.
    """
    if label == READ_STDIN:
        return [Fixture(READ_STDIN, None, READ_STDIN)]
    parsed = parse_label(label)
    tell(f"Loading '{parsed.base}' fixtures...")
    if os.path.isabs(parsed.base):
        directories = [os.path.dirname(parsed.base)]
        base = os.path.basename(parsed.base)
    else:
        directories = fixture_dirs(app_label)
        if os.path.sep in os.path.normpath(parsed.base):
            inner = os.path.dirname(parsed.base)
            directories = [os.path.join(directory, inner) for directory in directories] + [os.path.abspath(inner)]
            base = os.path.basename(parsed.base)
        else:
            directories = [*directories, ""]
            base = parsed.base
    names = _file_names(base, parsed, using)
    fixtures: list[Fixture] = []
    for directory in directories:
        tell(f"Checking {shown_directory(directory)} for fixtures...")
        here = [
            Fixture(path, directory, base)
            for path in sorted(glob.iglob(os.path.join(glob.escape(directory), glob.escape(base) + "*")))
            if os.path.basename(path) in names
        ]
        if not here:
            tell(f"No fixture '{base}' in {shown_directory(directory)}.")
        if len(here) > 1:
            raise CommandError(f"Multiple fixtures named '{base}' in {shown_directory(directory)}. Aborting.")
        fixtures += here
    if not fixtures:
        raise CommandError(f"No fixture named '{base}' found.")
    return fixtures


def _file_names(base: str, parsed: Label, using: str) -> set[str]:
    """Every file name that a label may mean."""
    formats: Iterable[str] = [parsed.format] if parsed.format else serializers.get_public_serializer_formats()
    endings = [parsed.compression] if parsed.compression else list(readers())
    return {
        ".".join(filter(None, (base, database, format, ending)))
        for database in (using, None)
        for format in formats
        for ending in endings
    }


def shown_directory(directory: str) -> str:
    """Name a directory in a message."""
    return f"'{directory}'" if directory else "absolute path"
