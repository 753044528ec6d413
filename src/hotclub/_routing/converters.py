"""The five built-in path converters. This module must not know the registry of converters."""

from __future__ import annotations

import uuid
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Converter(Protocol):
    """What a path converter offers: a regular expression and both conversions."""

    regex: str

    def to_python(self, value: str) -> Any: ...

    def to_url(self, value: Any) -> str: ...


class IntConverter:
    """Zero or a positive integer."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: Any) -> str:
        return str(value)


class StringConverter:
    """Any non-empty text without a slash; the default."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: Any) -> str:
        # `str(value)` would turn a lazy or safe string into something else than the documented pass-through.
        return value  # type: ignore[no-any-return]


class UUIDConverter:
    """A formatted UUID: lower-case letters, with dashes."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, value: str) -> uuid.UUID:
        return uuid.UUID(value)

    def to_url(self, value: Any) -> str:
        return str(value)


class SlugConverter(StringConverter):
    """ASCII letters, numbers, hyphens and underscores."""

    regex = "[-a-zA-Z0-9_]+"


class PathConverter(StringConverter):
    """Any non-empty text, slashes included."""

    regex = ".+"


ONE_SEGMENT = (IntConverter, StringConverter, UUIDConverter, SlugConverter)
"""Converters whose text never holds a slash, so that one fills a path segment at most."""

for _class in (IntConverter, StringConverter, UUIDConverter, SlugConverter, PathConverter):
    _class.__module__ = "hotclub.urls.converters"
