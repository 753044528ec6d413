"""Lexemes: the words of a search query, quoted, so that a stranger's text cannot become an operator.

Source: docs ref/contrib/postgres/search, "Lexeme"; PostgreSQL documentation, "Text Search Types", tsquery.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

from hotclub._orm.shape import Sink, SlotMaker
from hotclub.db.models import Value

# Everything that means something in a tsquery.
_SPECIAL = re.compile(r"['\\&|!()<>:*\s]+")
_WEIGHTS = frozenset("ABCDabcd")


def quote_lexeme(value: str) -> str:
    """Return a text as one quoted lexeme of a tsquery; characters with a meaning there become spaces."""
    # A blank lexeme matches nothing and is allowed; an empty one is a syntax error.
    return f"'{_SPECIAL.sub(' ', value).strip() or ' '}'"


class QuotedQuery(Value):
    """The finished text of a tsquery."""


class _Combinable:
    """The operators between lexemes."""

    shape_neutral = True
    AND = "&"
    OR = "|"

    def _joined(self, other: Any, connector: str, turned: bool) -> CombinedLexeme:
        if not isinstance(other, _Combinable):
            raise TypeError(f"A Lexeme can only be combined with another Lexeme, got {type(other).__name__}.")
        return CombinedLexeme(other, connector, self) if turned else CombinedLexeme(self, connector, other)

    def __and__(self, other: Any) -> CombinedLexeme:
        return self._joined(other, self.AND, False)

    def __rand__(self, other: Any) -> CombinedLexeme:
        return self._joined(other, self.AND, True)

    def __or__(self, other: Any) -> CombinedLexeme:
        return self._joined(other, self.OR, False)

    def __ror__(self, other: Any) -> CombinedLexeme:
        return self._joined(other, self.OR, True)

    def as_tsquery(self) -> str:
        """The text of the tsquery."""
        raise NotImplementedError("Subclasses must implement as_tsquery().")

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        return "%s", (self.as_tsquery(),)

    # The whole is one value: its text.

    def shape(self, sink: Sink) -> Hashable:
        sink.append(self.as_tsquery())
        return QuotedQuery

    def slotted(self, maker: SlotMaker) -> QuotedQuery:
        return QuotedQuery(maker.slot(self.as_tsquery()))


class Lexeme(_Combinable, QuotedQuery):
    """One word of a search.

    Args:
        value: the word; never read as an operator.
        invert: match documents without it.
        prefix: match words that begin with it.
        weight: "A" to "D": match only where it stands with that weight.

    Raises:
        TypeError: `value` is no text.
        ValueError: it is empty, or the weight is none.
    """

    shape_attributes = ()

    def __init__(
        self,
        value: str,
        output_field: Any = None,
        *,
        invert: bool = False,
        prefix: bool = False,
        weight: str | None = None,
    ) -> None:
        if value == "":
            raise ValueError("Lexeme value cannot be empty.")
        if not isinstance(value, str):
            raise TypeError(f"Lexeme value must be a string, got {type(value).__name__}.")
        if weight is not None and not (isinstance(weight, str) and weight in _WEIGHTS):
            raise ValueError(f"Weight must be one of 'A', 'B', 'C', and 'D', got {weight!r}.")
        self.invert, self.prefix, self.weight = invert, prefix, weight
        super().__init__(value, output_field=output_field)

    def as_tsquery(self) -> str:
        labels = f"{'*' if self.prefix else ''}{self.weight or ''}"
        return f"{'!' if self.invert else ''}{quote_lexeme(self.value)}{f':{labels}' if labels else ''}"

    def __invert__(self) -> Lexeme:
        return type(self)(
            self.value,
            self.__dict__.get("output_field"),
            invert=not self.invert,
            prefix=self.prefix,
            weight=self.weight,
        )


class CombinedLexeme(_Combinable, QuotedQuery):
    """Two lexemes, or combinations of them, joined by AND or OR."""

    shape_attributes = ()

    def __init__(self, left: _Combinable, connector: str, right: _Combinable) -> None:
        self.left, self.connector, self.right = left, connector, right
        super().__init__(self.as_tsquery())

    def as_tsquery(self) -> str:
        return f"({self.left.as_tsquery()} {self.connector} {self.right.as_tsquery()})"

    def __invert__(self) -> CombinedLexeme:
        # De Morgan: what is negated are the lexemes.
        connector = self.OR if self.connector == self.AND else self.AND
        return CombinedLexeme(~self.left, connector, ~self.right)  # type: ignore[operator]  # both kinds have it
