"""The `path()` route syntax: `articles/<int:year>/`. This module must not know views, names or the URLconf."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from hotclub._routing.converters import ONE_SEGMENT, Converter
from hotclub.core.exceptions import ImproperlyConfigured

_PLACEHOLDER = re.compile(r"<(?:(?P<converter>[^>:]+):)?(?P<parameter>[^>]+)>")


class Placeholder:
    """One `<converter:name>` of a route."""

    __slots__ = ("converter", "name")

    def __init__(self, name: str, converter: Converter) -> None:
        self.name = name
        self.converter = converter

    @property
    def fills_one_segment(self) -> bool:
        """Whether the text it stands for cannot hold a slash."""
        return type(self.converter) in ONE_SEGMENT


RoutePart: TypeAlias = "str | Placeholder"
"""A piece of a route: literal text or a placeholder."""


def parse_route(route: str, find_converter: Callable[[str], Converter]) -> list[RoutePart]:
    """Split a route into literal texts and placeholders.

    Args:
        route: as given to `path()`; a bracket without its partner is literal text.
        find_converter: gives the converter for its name, or raises KeyError.

    Raises:
        ImproperlyConfigured: white space inside brackets, a parameter name that is no identifier or comes twice, or an
            unknown converter.

    Source: docs topics/http/urls, "Path converters".
    """
    parts: list[RoutePart] = []
    seen: set[str] = set()
    end = 0
    for match in _PLACEHOLDER.finditer(route):
        if match.start() > end:
            parts.append(route[end : match.start()])
        end = match.end()
        if any(character.isspace() for character in match[0]):
            raise ImproperlyConfigured(f"URL route {route!r} cannot contain whitespace in angle brackets <…>.")
        name = match["parameter"]
        if not name.isidentifier():
            raise ImproperlyConfigured(
                f"URL route {route!r} uses parameter name {name!r} which isn't a valid Python identifier."
            )
        if name in seen:
            raise ImproperlyConfigured(f"URL route {route!r} uses parameter name {name!r} more than once.")
        seen.add(name)
        kind = match["converter"] or "str"
        try:
            converter = find_converter(kind)
        except KeyError as error:
            raise ImproperlyConfigured(f"URL route {route!r} uses invalid converter {kind!r}.") from error
        parts.append(Placeholder(name, converter))
    if end < len(route):
        parts.append(route[end:])
    return parts


def regex_of_route(parts: list[RoutePart], *, is_endpoint: bool) -> str:
    """Give the regular expression a route stands for; a prefix (of `include()`) stays open at its end."""
    texts = [re.escape(part) if isinstance(part, str) else f"(?P<{part.name}>{part.converter.regex})" for part in parts]
    return "^" + "".join(texts) + (r"\Z" if is_endpoint else "")
