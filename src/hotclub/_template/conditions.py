"""The expression language of `{% if %}`: a table-driven precedence parser and its tree.

A tree can be evaluated (`eval`, documented behaviour: an operator that fails is false) or written as Python by the
emitter, which walks the same classes. This module knows no templates: operands come from `create_var`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any


class Condition:
    """A node of the tree."""

    def eval(self, context: Any) -> Any:
        """Return the value; its truth decides."""
        raise NotImplementedError

    def operands(self) -> Iterator[Literal]:
        """Yield the leaves, from left to right."""
        raise NotImplementedError


class Literal(Condition):
    """A leaf.

    Args:
        value: what it evaluates to.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def eval(self, context: Any) -> Any:
        return self.value

    def display(self) -> str:
        """Return the text shown in error messages."""
        return repr(self.value)

    def operands(self) -> Iterator[Literal]:
        yield self

    def __repr__(self) -> str:
        return f"(literal {self.value!r})"


class Not(Condition):
    """`not` before an operand."""

    def __init__(self, operand: Condition) -> None:
        self.operand = operand

    def eval(self, context: Any) -> Any:
        try:
            return not self.operand.eval(context)
        except Exception:  # documented: a failing operator is false
            return False

    def operands(self) -> Iterator[Literal]:
        return self.operand.operands()

    def __repr__(self) -> str:
        return f"(not {self.operand!r})"


class Binary(Condition):
    """An operator between two operands."""

    def __init__(self, name: str, first: Condition, second: Condition) -> None:
        self.name = name
        self.first = first
        self.second = second

    def eval(self, context: Any) -> Any:
        try:
            if self.name == "and":
                return self.first.eval(context) and self.second.eval(context)
            if self.name == "or":
                return self.first.eval(context) or self.second.eval(context)
            return COMPARISONS[self.name](self.first.eval(context), self.second.eval(context))
        except Exception:  # documented: a failing operator is false
            return False

    def operands(self) -> Iterator[Literal]:
        yield from self.first.operands()
        yield from self.second.operands()

    def __repr__(self) -> str:
        return f"({self.name} {self.first!r} {self.second!r})"


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "in": lambda first, second: first in second,
    "not in": lambda first, second: first not in second,
    "is": operator.is_,
    "is not": operator.is_not,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

BINDING = {"or": 6, "and": 7, "not": 8, "in": 9, "not in": 9} | dict.fromkeys(
    ("is", "is not", "==", "!=", ">", ">=", "<", "<="), 10
)
"""How strongly each operator binds; all associate to the left."""

MOST_OPERATORS = 500
"""A condition with more is refused: its tree is walked recursively."""


class _Operator:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class IfParser:
    """Parses the words of a condition.

    Args:
        tokens: operators by name, anything else an operand.
    """

    error_class: type[Exception] = ValueError

    def __init__(self, tokens: Iterable[Any]) -> None:
        words = list(tokens)
        self.tokens: list[_Operator | Literal] = []
        index = 0
        while index < len(words):
            word = words[index]
            following = words[index + 1] if index + 1 < len(words) else None
            if isinstance(word, str) and (word, following) in (("is", "not"), ("not", "in")):
                word = f"{word} {following}"
                index += 1
            self.tokens.append(self.translate_token(word))
            index += 1
        if sum(isinstance(token, _Operator) for token in self.tokens) > MOST_OPERATORS:
            raise self.error_class(f"A condition may have at most {MOST_OPERATORS} operators.")
        self.pos = 0

    def translate_token(self, token: Any) -> _Operator | Literal:
        """Return an operator, or an operand made by `create_var`."""
        if isinstance(token, str) and token in BINDING:
            return _Operator(token)
        return self.create_var(token)

    def create_var(self, value: Any) -> Literal:
        """Make an operand; subclasses compile the text here."""
        return Literal(value)

    def parse(self) -> Condition:
        """Return the tree of all words.

        Raises:
            ValueError: (or `error_class`) the words are no expression.
        """
        tree = self._expression(0)
        left = self._peek()
        if left is not None:
            raise self.error_class(f"Unused '{_shown(left)}' at end of if expression.")
        return tree

    def _peek(self) -> _Operator | Literal | None:
        return self.tokens[self.pos] if self.pos < len(self.tokens) else None

    def _expression(self, binding: int) -> Condition:
        token = self._peek()
        self.pos += 1
        tree: Condition
        if token is None:
            raise self.error_class("Unexpected end of expression in if tag.")
        if isinstance(token, Literal):
            tree = token
        elif token.name == "not":
            tree = Not(self._expression(BINDING["not"]))
        else:
            raise self.error_class(f"Not expecting '{token.name}' in this position in if tag.")
        while isinstance(following := self._peek(), _Operator) and binding < BINDING[following.name]:
            self.pos += 1
            if following.name == "not":
                raise self.error_class("Not expecting 'not' as infix operator in if tag.")
            tree = Binary(following.name, tree, self._expression(BINDING[following.name]))
        return tree


def _shown(token: _Operator | Literal) -> str:
    return token.name if isinstance(token, _Operator) else token.display()


def leaves(conditions: Sequence[Condition]) -> Iterator[Literal]:
    """Yield the leaves of several conditions."""
    for condition in conditions:
        yield from condition.operands()
