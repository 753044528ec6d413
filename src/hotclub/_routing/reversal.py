"""From patterns back to text with holes, so that `reverse()` only fills them.

A regular expression gives one template for each way its optional parts may be left out. Where it allows a choice of
texts, the template takes a fixed one: the first of a character class, zero of `*`, one of `+`.

This module must not know names, namespaces or the URLconf.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import Any

# The parser of the standard library: the only reader of regular expressions that agrees with `re` on every detail.
from re import _constants as _op  # type: ignore[attr-defined]  # isort: skip
from re import _parser as _parser  # type: ignore[attr-defined]  # isort: skip

from hotclub._routing.route import Placeholder, RoutePart

MAX_TEMPLATES = 64
"""A pattern with more optional parts than this allows combinations keeps its first ones."""


class Hole:
    """A place to fill: by name, or by position if `name` is None."""

    __slots__ = ("name",)

    def __init__(self, name: str | None) -> None:
        self.name = name


class Template:
    """Literal texts and holes in turn."""

    __slots__ = ("pieces",)

    def __init__(self, pieces: Sequence[str | Hole]) -> None:
        self.pieces = tuple(pieces)

    @property
    def holes(self) -> list[Hole]:
        """The holes, in order."""
        return [piece for piece in self.pieces if isinstance(piece, Hole)]

    def __add__(self, other: Template) -> Template:
        return Template((*self.pieces, *other.pieces))


class IrreversibleError(ValueError):
    """The pattern allows alternatives, among which no text can be chosen."""


def templates_of_route(parts: Sequence[RoutePart]) -> list[Template]:
    """Give the one template of a route."""
    return [Template([Hole(part.name) if isinstance(part, Placeholder) else part for part in parts])]


_CATEGORY_SAMPLES = {
    _op.CATEGORY_DIGIT: "0",
    _op.CATEGORY_NOT_DIGIT: "x",
    _op.CATEGORY_SPACE: " ",
    _op.CATEGORY_NOT_SPACE: "x",
    _op.CATEGORY_WORD: "x",
    _op.CATEGORY_NOT_WORD: "!",
}
_NO_TEXT = {_op.AT, _op.ASSERT, _op.ASSERT_NOT}


class _Reader:
    def __init__(self, names: dict[int, str]) -> None:
        self.names = names

    def sequence(self, tree: Any) -> list[Template]:
        choices = [self.item(op, argument) for op, argument in tree]
        return [
            sum(combination, Template(()))
            for combination, _ in zip(product(*choices), range(MAX_TEMPLATES), strict=False)
        ]

    def item(self, op: Any, argument: Any) -> list[Template]:
        if op is _op.LITERAL:
            return [Template((chr(argument),))]
        if op in _NO_TEXT:
            return [Template(())]
        if op is _op.ANY:
            return [Template((".",))]
        if op is _op.NOT_LITERAL:
            return [Template(("x" if argument != ord("x") else "y",))]
        if op is _op.IN:
            return [Template((self.sample(argument),))]
        if op is _op.SUBPATTERN:
            return self.group(argument[0], argument[3])
        if op in (_op.MAX_REPEAT, _op.MIN_REPEAT, getattr(_op, "POSSESSIVE_REPEAT", None)):
            return self.repeat(*argument)
        if op is _op.GROUPREF:
            # A back reference repeats a value that is already filled in.
            return [Template((Hole(self.names[argument]),))] if argument in self.names else [Template((Hole(None),))]
        raise IrreversibleError(f"{op} has no single text")

    def group(self, number: int | None, tree: Any) -> list[Template]:
        if number is None:
            return self.sequence(tree)
        # The value given for a capturing group is its whole text; groups inside it are covered by that.
        return [Template((Hole(self.names.get(number)),))]

    def repeat(self, least: int, most: Any, tree: Any) -> list[Template]:
        inner = self.sequence(tree)
        if least:
            return [sum([template] * int(least), Template(())) for template in inner]
        with_holes = [template for template in inner if template.holes]
        return [Template(()), *with_holes]

    def sample(self, items: Any) -> str:
        if items and items[0][0] is _op.NEGATE:
            allowed = re.compile("[^" + "".join(self._negated(items[1:])) + "]")
            return next((c for c in "x0-!~ " if allowed.match(c)), "x")
        op, argument = items[0]
        if op is _op.LITERAL:
            return chr(argument)
        if op is _op.RANGE:
            return chr(argument[0])
        return _CATEGORY_SAMPLES.get(argument, "x")

    @staticmethod
    def _negated(items: Any) -> list[str]:
        texts = []
        for op, argument in items:
            if op is _op.LITERAL:
                texts.append(re.escape(chr(argument)))
            elif op is _op.RANGE:
                texts.append(f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}")
            elif op is _op.CATEGORY:
                texts.append(
                    {
                        _op.CATEGORY_DIGIT: r"\d",
                        _op.CATEGORY_NOT_DIGIT: r"\D",
                        _op.CATEGORY_SPACE: r"\s",
                        _op.CATEGORY_NOT_SPACE: r"\S",
                        _op.CATEGORY_WORD: r"\w",
                        _op.CATEGORY_NOT_WORD: r"\W",
                    }[argument]
                )
        return texts


def templates_of_regex(pattern: str) -> list[Template]:
    """Give the templates of a regular expression, the shortest way through its optional parts first.

    Returns:
        Nothing, if the expression allows alternatives outside a group that is filled in.
    """
    tree = _parser.parse(pattern)
    names = {number: name for name, number in tree.state.groupdict.items()}
    try:
        return _Reader(names).sequence(tree)
    except IrreversibleError:
        return []


def literal_start(pattern: str) -> str | None:
    """Give the text that every match of `pattern` at the beginning of a path starts with.

    Returns:
        None, if the expression is not bound to the beginning, ignores case, or cannot be read.
    """
    try:
        tree = _parser.parse(pattern)
    except re.error:
        return None
    if tree.state.flags & re.IGNORECASE or not len(tree):
        return None
    op, argument = tree[0]
    if (
        op is not _op.AT
        or argument not in (_op.AT_BEGINNING, _op.AT_BEGINNING_STRING)
        or tree.state.flags & re.MULTILINE
    ):
        return None
    text = ""
    for op, argument in tree[1:]:
        if op is not _op.LITERAL:
            break
        text += chr(argument)
    return text
