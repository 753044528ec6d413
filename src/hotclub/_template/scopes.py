"""Which nodes are closed, and which context names they read.

A node is closed when, during its rendering, no code that we do not know can see the context and nothing writes to it:
then names may be read once and loop variables may live in Python locals. All answers are derived from what compiled
nodes declare (`sees_context`, `expressions`, `bodies`) and remembered for one compilation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from hotclub._template.expression import FilterExpression

MOST_BLOCKS = 17
"""How deep generated loops and guards may nest in a function; CPython refuses more than 20."""

MOST_DEPTH = 80
"""How deep generated lines may be indented; CPython refuses more than 99, and expressions need a few for themselves."""

_DEPTH_OF_TAG = 3
"""Indentation that a tag with a body needs at most: a loop inside a condition inside a guard."""

_MARGIN = 3
"""Blocks that expressions open for themselves (a guard in a condition in a guard)."""


@lru_cache(maxsize=1000)
def writes_itself(kind: type) -> bool:
    """Whether the `emit` that a class of nodes has is as derived as its `render`."""
    for base in kind.__mro__:
        if "emit" in base.__dict__:
            return True
        if "render" in base.__dict__:
            return False
    return False


class Scopes:
    """Answers about nodes, remembered for the time of a compilation."""

    most_blocks = MOST_BLOCKS - _MARGIN

    def __init__(self) -> None:
        self._closed: dict[int, bool] = {}
        self._names: dict[int, dict[str, None]] = {}
        self._heights: dict[int, int] = {}
        self._depths: dict[int, int] = {}

    @staticmethod
    def ours(node: Any) -> bool:
        """Whether errors in the node's `render` need no annotation by itself: the calling function does that."""
        return bool(getattr(type(node), "annotated_by_caller", False)) and "render_annotated" not in type(node).__dict__

    @staticmethod
    def compiled(node: Any) -> bool:
        """Whether the node is written by its `emit`; a subclass with only a `render` of its own is not."""
        kind: Any = type(node)  # mypy takes no class for a hashable key
        return writes_itself(kind)

    def closed(self, node: Any) -> bool:
        """Whether nothing foreign sees or changes the context while the node renders."""
        answer = self._closed.get(id(node))
        if answer is None:
            answer = (
                self.compiled(node)
                and not node.sees_context
                and all(self.closed(child) for nodes, _ in node.bodies() for child in nodes)
                and self.height(node) <= self.most_blocks
                and self.depth(node) <= MOST_DEPTH
            )
            self._closed[id(node)] = answer
        return answer

    def height(self, node: Any) -> int:
        """How many blocks the node's code nests, at most."""
        height = self._heights.get(id(node))
        if height is None:
            height = 0
            if self.compiled(node):
                height = node.blocks + max(
                    (self.height(child) for nodes, _ in node.bodies() for child in nodes), default=0
                )
            self._heights[id(node)] = height
        return height

    def depth(self, node: Any) -> int:
        """How deep the node's code is indented, at most."""
        depth = self._depths.get(id(node))
        if depth is None:
            depth = 0
            if self.compiled(node) and (bodies := node.bodies()):
                depth = _DEPTH_OF_TAG + max((self.depth(child) for nodes, _ in bodies for child in nodes), default=0)
            self._depths[id(node)] = depth
        return depth

    def names(self, node: Any) -> dict[str, None]:
        """The context names a closed node reads, in order of appearance; its own bindings are left out."""
        names = self._names.get(id(node))
        if names is None:
            names = {}
            for expression in node.expressions():
                names.update(expression_names(expression))
            for nodes, bound in node.bodies():
                for child in nodes:
                    names.update((name, None) for name in self.names(child) if name not in bound)
            self._names[id(node)] = names
        return names

    def wants_forloop(self, nodes: Any) -> bool:
        """Whether a closed body uses `forloop` in another way than by its fixed members."""
        return any(not fixed for fixed in self._forloop_uses(nodes))

    def _forloop_uses(self, nodes: Any) -> Iterator[bool]:
        for node in nodes:
            for expression in node.expressions():
                for variable in variables(expression):
                    if variable.lookups and variable.lookups[0] == "forloop":
                        yield is_fixed_member(variable.lookups[1:])
            for inner, _ in node.bodies():
                yield from self._forloop_uses(inner)


FIXED_MEMBERS = frozenset({"counter", "counter0", "revcounter", "revcounter0", "first", "last", "length"})


def is_fixed_member(parts: tuple[str, ...]) -> bool:
    """Whether `forloop.<parts>` is a known member of this loop."""
    return len(parts) == 1 and parts[0] in FIXED_MEMBERS


def variables(expression: FilterExpression) -> Iterator[Any]:
    """Yield the variables of an expression: its own and those of filter arguments."""
    if expression.is_var:
        yield expression.var
    for _, arguments in expression.filters:
        for is_variable, value in arguments:
            if is_variable:
                yield value


def expression_names(expression: FilterExpression) -> dict[str, None]:
    """Return the first parts of an expression's paths."""
    return {variable.lookups[0]: None for variable in variables(expression) if variable.lookups}
