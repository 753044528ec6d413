"""A tree of conditions: what `Q` objects and WHERE clauses are made of."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hotclub.utils.hashable import make_hashable

if TYPE_CHECKING:
    from typing import Self


class Node:
    """One inner node: children joined by a connector, negated or not. Children are nodes or anything else.

    Args:
        children: a list of its own is made of them.
        connector: how they are joined; the class's `default`, unless given.
        negated: whether the whole is negated.
    """

    default: Any = "DEFAULT"

    def __init__(self, children: Iterable[Any] | None = None, connector: Any = None, negated: bool = False) -> None:
        self.children: list[Any] = list(children) if children else []
        self.connector: Any = connector or self.default
        self.negated = negated

    @classmethod
    def create(cls, children: Iterable[Any] | None = None, connector: Any = None, negated: bool = False) -> Self:
        """Make a node without calling the subclass's `__init__`, whose signature may be another."""
        node = object.__new__(cls)
        Node.__init__(node, children, connector or cls.default, negated)
        return node

    def __str__(self) -> str:
        template = "(NOT (%s: %s))" if self.negated else "(%s: %s)"
        return template % (self.connector, ", ".join(str(child) for child in self.children))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __copy__(self) -> Self:
        node = self.create(connector=self.connector, negated=self.negated)
        node.children = self.children  # shared, on purpose
        return node

    copy = __copy__

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        node = self.create(connector=self.connector, negated=self.negated)
        node.children = copy.deepcopy(self.children, memo)
        return node

    def __len__(self) -> int:
        return len(self.children)

    def __bool__(self) -> bool:
        return bool(self.children)

    def __contains__(self, other: Any) -> bool:
        return other in self.children

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node) or type(self) is not type(other):
            return False
        return self.connector == other.connector and self.negated == other.negated and self.children == other.children

    def __hash__(self) -> int:
        return hash((type(self), self.connector, self.negated, *make_hashable(self.children)))

    def add(self, data: Any, conn_type: Any) -> Any:
        """Join a condition to this node, with as few levels as possible.

        Args:
            data: a node or a leaf.
            conn_type: how it is joined.

        Returns:
            `self` if the data's children were taken in, else the data.
        """
        if self.connector != conn_type:
            # What is here becomes one child, so that its connector keeps its meaning.
            inner = self.copy()
            self.connector = conn_type
            self.children = [inner, data]
            return data
        mergeable = isinstance(data, Node) and not data.negated and (data.connector == conn_type or len(data) == 1)
        if mergeable:
            # A leaf and a chain of the same connector lose nothing by joining this level.
            self.children.extend(data.children)
            return self
        self.children.append(data)
        return data

    def negate(self) -> None:
        """Turn the meaning of the whole node round."""
        self.negated = not self.negated
