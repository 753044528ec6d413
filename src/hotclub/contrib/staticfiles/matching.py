"""File names against patterns, all files of a storage, and settings that must not meet."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured


def matches_patterns(path: str, patterns: Any) -> bool:
    """Whether a path matches one of the glob patterns."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def get_files(storage: Any, ignore_patterns: Any = None, location: str = "") -> Iterator[str]:
    """Give the paths of all files of a storage; ignored directories are not entered."""
    ignored = ignore_patterns or []
    directories, files = storage.listdir(location)
    for name in files:
        if matches_patterns(name, ignored):
            continue
        path = os.path.join(location, name) if location else name
        if location and matches_patterns(path, ignored):
            continue
        yield path
    for directory in directories:
        if matches_patterns(directory, ignored):
            continue
        inner = os.path.join(location, directory) if location else directory
        yield from get_files(storage, ignored, inner)


def check_settings(base_url: str | None = None) -> None:
    """Refuse settings under which static files cannot be told from others.

    Raises:
        ImproperlyConfigured: `STATIC_URL` is empty, or the same as `MEDIA_URL`; or the roots are the same.
    """
    url = settings.STATIC_URL if base_url is None else base_url
    if not url:
        raise ImproperlyConfigured(
            "You're using the staticfiles app without having set the required STATIC_URL setting."
        )
    if url == settings.MEDIA_URL:
        raise ImproperlyConfigured("The MEDIA_URL and STATIC_URL settings must have different values")
    if settings.DEBUG and settings.MEDIA_URL and settings.MEDIA_URL.startswith(settings.STATIC_URL or url):
        raise ImproperlyConfigured("runserver can't serve media if MEDIA_URL is within STATIC_URL.")
    if (settings.MEDIA_ROOT and settings.STATIC_ROOT) and settings.MEDIA_ROOT == settings.STATIC_ROOT:
        raise ImproperlyConfigured("The MEDIA_ROOT and STATIC_ROOT settings must have different values")
