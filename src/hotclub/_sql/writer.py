"""Writes statements to text: one method a node, into a collector of text and parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from hotclub._sql.identifiers import Identifier
from hotclub._sql.nodes import (
    CompoundSelect,
    Delete,
    DerivedSource,
    Fragment,
    Insert,
    Join,
    Select,
    Statement,
    TableSource,
    Update,
)


class Bounds(Protocol):
    """What the writer asks of a dialect."""

    def limit_offset(self, limit: int | Fragment | None, offset: int | Fragment) -> str: ...


class Collector:
    """Text and parameters in the order in which they are written."""

    __slots__ = ("params", "parts")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.params: list[Any] = []

    def text(self, *parts: str) -> None:
        self.parts.extend(parts)

    def name(self, name: Identifier) -> None:
        """Write a name.

        Raises:
            TypeError: it was not quoted by a dialect.
        """
        if type(name) is not Identifier:
            raise TypeError(f"{name!r} is plain text; a name must be quoted by a dialect before it is written.")
        self.parts.append(name)

    def fragment(self, fragment: Fragment) -> None:
        self.parts.append(fragment.sql)
        self.params.extend(fragment.params)

    def fragments(self, fragments: Sequence[Fragment], between: str = ", ") -> None:
        for position, fragment in enumerate(fragments):
            if position:
                self.parts.append(between)
            self.fragment(fragment)

    def result(self) -> tuple[str, tuple[Any, ...]]:
        return "".join(self.parts), tuple(self.params)


class Writer:
    """Writes the nodes of one dialect."""

    __slots__ = ("dialect",)

    def __init__(self, dialect: Bounds) -> None:
        self.dialect = dialect

    def write(self, statement: Statement) -> tuple[str, tuple[Any, ...]]:
        """Return the text of a statement and its parameters, in order."""
        into = Collector()
        if isinstance(statement, Select):
            self.select(statement, into)
        elif isinstance(statement, CompoundSelect):
            self.compound(statement, into)
        elif isinstance(statement, Update):
            self.update(statement, into)
        elif isinstance(statement, Delete):
            self.delete(statement, into)
        else:
            self.insert(statement, into)
        return into.result()

    def select(self, node: Select, into: Collector) -> None:
        if node.prefix:
            into.text(node.prefix, " ")
        into.text("SELECT ")
        if node.distinct_on:
            into.text("DISTINCT ON (")
            into.fragments(node.distinct_on)
            into.text(") ")
        elif node.distinct:
            into.text("DISTINCT ")
        for position, column in enumerate(node.columns):
            if position:
                into.text(", ")
            into.fragment(column.value)
            if column.name is not None:
                into.text(" AS ")
                into.name(column.name)
        self.sources(node.sources, node.joins, into)
        self.clause(" WHERE ", node.where, into)
        if node.group_by:
            into.text(" GROUP BY ")
            into.fragments(node.group_by)
        self.clause(" HAVING ", node.having, into)
        self.tail(node.order_by, node.limit, node.offset, into)
        if node.lock:
            into.text(" ", node.lock)

    def sources(self, sources: Sequence[TableSource | DerivedSource], joins: Sequence[Join], into: Collector) -> None:
        if not sources:
            return
        into.text(" FROM ")
        for position, source in enumerate(sources):
            if position:
                into.text(", ")
            if isinstance(source, DerivedSource):
                into.text("(")
                into.fragment(source.query)
                into.text(") ")
                into.name(source.alias)
            else:
                self.table(source.table, source.alias, into)
            if position == 0:
                for join in joins:
                    into.text(" ", join.kind.value, " ")
                    self.table(join.table, join.alias, into)
                    into.text(" ON (")
                    into.fragment(join.condition)
                    into.text(")")

    def table(self, table: Identifier, alias: Identifier | None, into: Collector) -> None:
        into.name(table)
        if alias is not None and alias != table:
            into.text(" ")
            into.name(alias)

    def clause(self, keyword: str, condition: Fragment | None, into: Collector) -> None:
        if condition is not None:
            into.text(keyword)
            into.fragment(condition)

    def tail(
        self, order_by: Sequence[Fragment], limit: int | Fragment | None, offset: int | Fragment, into: Collector
    ) -> None:
        if order_by:
            into.text(" ORDER BY ")
            into.fragments(order_by)
        bounds = self.dialect.limit_offset(limit, offset)
        if bounds:
            into.text(" ", bounds)
            for bound in (limit, offset):
                if isinstance(bound, Fragment):
                    into.params.extend(bound.params)

    def compound(self, node: CompoundSelect, into: Collector) -> None:
        if node.prefix:
            into.text(node.prefix, " ")
        into.fragments(node.parts, f" {node.operator.value} ")
        self.tail(node.order_by, node.limit, node.offset, into)

    def update(self, node: Update, into: Collector) -> None:
        into.text("UPDATE ")
        into.name(node.table)
        into.text(" SET ")
        for position, (column, value) in enumerate(node.assignments):
            if position:
                into.text(", ")
            into.name(column)
            into.text(" = ")
            into.fragment(value)
        self.clause(" WHERE ", node.where, into)

    def delete(self, node: Delete, into: Collector) -> None:
        into.text("DELETE FROM ")
        into.name(node.table)
        self.clause(" WHERE ", node.where, into)

    def insert(self, node: Insert, into: Collector) -> None:
        into.text(node.keyword, " ")
        into.name(node.table)
        into.text(" (")
        for position, column in enumerate(node.columns):
            if position:
                into.text(", ")
            into.name(column)
        into.text(") VALUES ")
        for position, row in enumerate(node.rows):
            into.text(", (" if position else "(")
            into.fragments(row)
            into.text(")")
        if node.conflict is not None:
            into.text(" ")
            into.fragment(node.conflict)
        if node.returning:
            into.text(" RETURNING ")
            for position, column in enumerate(node.returning):
                if position:
                    into.text(", ")
                into.name(column)
