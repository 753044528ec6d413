"""Media types and the `Accept` header (RFC 9110 §12.5.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property

ParseParameters = Callable[[str], "tuple[str, dict[str, str]]"]


class MediaType:
    """A media type or range with its parameters, such as `text/html; q=0.8`.

    Args:
        media_type_raw_line: as it stands in a header; empty for none.
        parse: splits a header value into its main part and parameters.
    """

    def __init__(self, media_type_raw_line: str | bytes | None, parse: ParseParameters) -> None:
        line = media_type_raw_line or ""
        if isinstance(line, bytes):
            line = line.decode("latin-1")
        full_type, self.params = parse(line)
        self.main_type, _, self.sub_type = (part.strip() for part in full_type.partition("/"))

    def __str__(self) -> str:
        parameters = "".join(f"; {name}={value}" for name, value in self.params.items())
        return (f"{self.main_type}/{self.sub_type}" if self.sub_type else self.main_type) + parameters

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__}: {self}>"

    @cached_property
    def range_params(self) -> dict[str, str]:
        """The parameters without the quality."""
        return {name: value for name, value in self.params.items() if name != "q"}

    @cached_property
    def quality(self) -> float:
        """How much it is wanted: 0 to 1, in three digits; 1 if it says nothing sensible."""
        try:
            quality = float(self.params.get("q", 1))
        except ValueError:
            return 1
        if not math.isfinite(quality) or quality < 0 or quality > 1:
            return 1
        return round(quality, 3)

    @property
    def specificity(self) -> int:
        """How closely it says what it means: 0 for `*/*`, up to 3 for a type with parameters."""
        if self.main_type == "*":
            return 0
        if self.sub_type == "*":
            return 1
        return 3 if self.range_params else 2

    def match(self, other: MediaType | str | None) -> bool:
        """Whether `other` falls under this range."""
        if not other:
            return False
        if not isinstance(other, MediaType):
            other = type(self)(other)  # type: ignore[call-arg]  # the façade's class knows its parser
        for mine, theirs in ((self.main_type, other.main_type), (self.sub_type, other.sub_type)):
            if not mine or not theirs:
                return False
            if mine not in ("*", theirs) and theirs != "*":
                return False
        mine_params, their_params = self.range_params, other.range_params
        if bool(mine_params) == bool(their_params):
            return mine_params == their_params
        # One with parameters also covers the plain one; a plain one does not cover one with parameters.
        return bool(mine_params)


def by_precedence(types: Sequence[MediaType]) -> list[MediaType]:
    """Sort by quality, then by how specific they are; the order of the header decides the rest."""
    return sorted(types, key=lambda one: (one.quality, one.specificity), reverse=True)


def by_specificity(types: Sequence[MediaType]) -> list[MediaType]:
    """Sort by how specific they are, then by quality."""
    return sorted(types, key=lambda one: (one.specificity, one.quality), reverse=True)
