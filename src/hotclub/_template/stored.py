"""Compiled templates as plain data that another process can take up, and back.

Code objects are plain already. Their constants are not: nodes, filters, variables. A constant is stored as the way to
it: "the third filter of the second expression of node 17". The process that takes the code up parses the same source
and walks the same ways. What has no way to it makes the template unstorable.

This module does no I/O and hashes nothing: whoever keeps the data says by its key that source, options and libraries
are those of the writer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType, MethodType
from typing import Any

from hotclub._template.compiler import Compiled, compile_nodes
from hotclub._template.emitter import Flavour
from hotclub._template.filters import short_way_of
from hotclub._template.nodes import NodeList
from hotclub._template.scopes import Scopes
from hotclub.utils.safestring import SafeString

Way = tuple[Any, ...]
"""How a constant is found: the name of a method of `Tree` and its arguments."""

Data = tuple[tuple[str, ...], tuple[tuple[CodeType, tuple[tuple[str, Way], ...], tuple[int, ...]], ...]]
"""The classes of all nodes; then code, constants and owners of lines for each root."""

_PLAIN = (str, bytes, int, float, complex, bool, type(None))


class Unstorable(Exception):
    """A template's code has a constant that another process could not find."""


class Tree:
    """The nodes of a template in order, and its roots: the lists that are rendered by a function of their own."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodes: list[Any] = []
        self.roots: list[NodeList] = []
        self._expressions: dict[int, list[Any]] = {}
        self._add_root(nodelist)

    def _add_root(self, nodelist: NodeList) -> None:
        self.roots.append(nodelist)
        self._add_nodes(nodelist)

    def _add_nodes(self, nodes: Sequence[Any]) -> None:
        for node in nodes:
            self.nodes.append(node)
            if Scopes.compiled(node):
                for body, _ in node.bodies():
                    self._add_nodes(body)
                continue
            for attribute in getattr(node, "child_nodelists", ()):
                body = getattr(node, attribute, None)
                if isinstance(body, NodeList) and body:
                    self._add_root(body)

    def kinds(self) -> tuple[str, ...]:
        """The classes of the nodes, as a check that two processes parsed alike."""
        return tuple([type(node).__qualname__ for node in self.nodes])

    def expressions(self, number: int) -> list[Any]:
        """The expressions of a node."""
        found = self._expressions.get(number)
        if found is None:
            found = self._expressions[number] = list(self.nodes[number].expressions())
        return found

    # Ways: each method is the last step of one ------------------------------------------------------------------------

    def node(self, number: int) -> Any:
        return self.nodes[number]

    def member(self, number: int, name: str) -> Any:
        return getattr(self.nodes[number], name)

    def operand(self, number: int, expression: int) -> Any:
        return self.expressions(number)[expression].var

    def filter(self, number: int, expression: int, index: int) -> Any:
        return self.expressions(number)[expression].filters[index][0]

    def inner(self, number: int, expression: int, index: int) -> Any:
        short = short_way_of(self.filter(number, expression, index))
        return short and short.inner

    def argument(self, number: int, expression: int, index: int, argument: int) -> Any:
        return self.expressions(number)[expression].filters[index][1][argument][1]

    @staticmethod
    def plain(value: Any) -> Any:
        return value

    @staticmethod
    def safe(text: str) -> Any:
        return SafeString(text)

    @staticmethod
    def safe_texts(texts: tuple[str, ...]) -> Any:
        return tuple(SafeString(text) for text in texts)

    @staticmethod
    def ours(module: str, name: str) -> Any:
        return getattr(sys.modules[module], name)

    # The way to a constant --------------------------------------------------------------------------------------------

    def ways(self) -> dict[int, Way]:
        """Return the ways to all objects of the nodes, by their identity."""
        found: dict[int, Way] = {}
        for number, node in enumerate(self.nodes):
            found[id(node)] = ("node", number)
            if not Scopes.compiled(node):
                continue
            function = getattr(node, "func", None)
            if function is not None:
                found.setdefault(id(function), ("member", number, "func"))
            for position, expression in enumerate(self.expressions(number)):
                found.setdefault(id(expression.var), ("operand", number, position))
                for index, (filter_function, arguments) in enumerate(expression.filters):
                    found.setdefault(id(filter_function), ("filter", number, position, index))
                    short = short_way_of(filter_function)
                    if short is not None and short.inner is not None:
                        found.setdefault(id(short.inner), ("inner", number, position, index))
                    for place, (_, value) in enumerate(arguments):
                        found.setdefault(id(value), ("argument", number, position, index, place))
        return found

    def way_to(self, value: Any, ways: dict[int, Way]) -> Way:
        """Return the way to a constant.

        Raises:
            Unstorable: there is none.
        """
        kind = type(value)
        if kind in _PLAIN or (kind is tuple and all(type(item) in _PLAIN for item in value)):
            return "plain", value
        if kind is SafeString:
            return "safe", str.__str__(value)  # its own gives itself
        if kind is tuple and all(type(item) is SafeString for item in value):
            return "safe_texts", tuple(str.__str__(item) for item in value)
        known = ways.get(id(value))
        if known is not None:
            return known
        if kind is MethodType:
            for number, node in enumerate(self.nodes):
                if value.__self__ is node or value.__self__ is type(node):
                    return "member", number, value.__name__
        if isinstance(value, FunctionType) and value.__module__.startswith("hotclub."):
            name = value.__name__
            if getattr(sys.modules[value.__module__], name, None) is value:
                return "ours", value.__module__, name
        raise Unstorable(f"{value!r} cannot be found again by another process")


def compile_whole(nodelist: NodeList, flavour: Flavour) -> Data:
    """Compile all lists of a template, have them use it, and return the code as plain data.

    Raises:
        Unstorable: a constant cannot be found by another process; the lists use their code all the same.
    """
    tree = Tree(nodelist)
    compiled = []
    for root in tree.roots:
        code = compile_nodes(root, flavour)
        _use(root, flavour, code)
        compiled.append(code)
    ways = tree.ways()
    numbers = {id(node): number for number, node in enumerate(tree.nodes)}
    return tree.kinds(), tuple(
        (
            code.function.__code__,
            tuple((name, tree.way_to(value, ways)) for name, value in _constants(code)),
            tuple(numbers.get(id(owner), -1) for owner in code.owners),
        )
        for code in compiled
    )


def take_up(nodelist: NodeList, flavour: Flavour, data: Data) -> bool:
    """Have the lists of a template use stored code; False if it does not belong to these nodes."""
    tree = Tree(nodelist)
    kinds, entries = data
    if kinds != tree.kinds() or len(entries) != len(tree.roots):
        return False
    nodes = [*tree.nodes, None]  # -1: a line without an owner
    for root, (code, constants, owners) in zip(tree.roots, entries, strict=True):
        values = {name: getattr(tree, way[0])(*way[1:]) for name, way in constants}
        _use(root, flavour, Compiled(code, values, [nodes[owner] for owner in owners], len(root)))
    return True


def _use(root: NodeList, flavour: Flavour, compiled: Compiled) -> None:
    if root._compiled is None:
        root._compiled = {}
    root._compiled[flavour] = compiled


def _constants(compiled: Compiled) -> Iterator[tuple[str, Any]]:
    for name, value in compiled.function.__globals__.items():
        if name != "__builtins__":
            yield name, value
