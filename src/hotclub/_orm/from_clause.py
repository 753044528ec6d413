"""FROM: the tables of a query, how each is joined, and which may have no row."""

from __future__ import annotations

from typing import Any

from hotclub._orm.conditions import AND, XOR, Conditions
from hotclub._orm.expression_compiler import ExpressionCompiler
from hotclub._orm.expressions.core import Col, ColPairs
from hotclub._orm.lookups.builtin import IsNull
from hotclub._orm.lookups.core import Lookup, Transform
from hotclub._orm.resolve import aliases_in
from hotclub._sql.keywords import JoinKind
from hotclub._sql.nodes import DerivedSource, Fragment, Join, TableSource
from hotclub.core.exceptions import EmptyResultSet, FullResultSet


class FromClause(ExpressionCompiler):
    """The part of a compiler that writes sources and joins."""

    def _sources(self) -> tuple[list[TableSource | DerivedSource], list[Join]]:
        tree = self.query
        if tree.subquery_over is not None:
            inner = self.nested(tree.subquery_over)
            sql, params = inner.as_sql(with_col_aliases=True)
            return [DerivedSource(Fragment(sql, params), self.quote("subquery"))], []
        outer = self._outer_joined()
        sources: list[TableSource | DerivedSource] = []
        joins: list[Join] = []
        for alias, table in _in_order(tree.tables):
            name = self.quote(table.name)
            shown = None if alias == table.name else self.quote(alias)
            if table.parent is None:
                sources.append(TableSource(name, shown))
                continue
            kind = JoinKind.LEFT_OUTER if alias in outer else JoinKind.INNER
            joins.append(Join(kind, name, shown, self._join_condition(table)))
        for extra in tree.extra_tables:
            if extra not in tree.tables:
                sources.append(TableSource(self.quote(extra)))
        return sources, joins

    def _outer_joined(self) -> set[str]:
        """The aliases that may have no row: nullable ones that no condition needs."""
        tables = self.query.tables
        if len(tables) < 2:
            return set()
        needed: set[Any] = _required(self.query.where, True)
        for alias, table in tables.items():
            # A foreign key that cannot be NULL has its partner.
            if table.parent is not None and (table.parent, getattr(table.field, "column", None)) in needed:
                if table.filtered is None:
                    needed.add(alias)
        for alias in [each for each in needed if isinstance(each, str)]:
            parent = tables[alias].parent if alias in tables else None
            while parent is not None:
                needed.add(parent)
                parent = tables[parent].parent if parent in tables else None
        outer: set[str] = set()
        for alias, table in tables.items():
            if table.parent is not None and (table.nullable or table.parent in outer) and alias not in needed:
                outer.add(alias)
        return outer

    def _join_condition(self, table: Any) -> Fragment:
        field = table.field
        parts: list[str] = []
        params: list[Any] = []
        for own, remote in field.get_joining_fields():
            left = f"{self.quote(table.parent)}.{self.quote(own.column)}"
            right = f"{self.quote(table.alias)}.{self.quote(remote.column)}"
            parts.append(f"{left} = {right}")
        extra = field.get_extra_restriction(table.alias, table.parent)
        own = type(getattr(field, "field", field)).get_extra_restriction
        if extra is not None and not own.__module__.startswith("hotclub."):
            self.root.volatile = True
        for condition in (extra, table.filtered and table.filtered.resolved_condition):
            if not condition:
                continue
            try:
                sql, extra_params = self.compile(condition)
            except FullResultSet:
                continue
            except EmptyResultSet:
                sql, extra_params = "0 = 1", ()
            parts.append(sql if sql.startswith("(") else f"({sql})" if " OR " in sql or " AND " in sql else sql)
            params.extend(extra_params)
        if not parts:
            raise ValueError(
                f"Join generated an empty ON clause. {type(field)} did not yield either joining columns or extra "
                "restrictions."
            )
        return Fragment(" AND ".join(parts), tuple(params))


def _in_order(tables: dict[str, Any]) -> list[tuple[str, Any]]:
    """Tables so that each stands after those that its condition mentions."""
    if all(table.filtered is None for table in tables.values()):
        return list(tables.items())
    placed: dict[str, Any] = {}

    def below(alias: str, top: str) -> bool:
        while alias in tables:
            if alias == top:
                return True
            alias = tables[alias].parent or ""
        return False

    def place(alias: str) -> None:
        if alias in placed or alias not in tables:
            return
        table = tables[alias]
        if table.parent is not None:
            place(table.parent)
        if table.filtered is not None and table.filtered.resolved_condition is not None:
            for other in sorted(aliases_in(table.filtered.resolved_condition)):
                if not below(other, alias):
                    place(other)
        placed.setdefault(alias, table)

    for alias in tables:
        place(alias)
    return list(placed.items())


def _required(node: Any, truth: bool) -> set[Any]:
    """The aliases, and the columns as (alias, name), that cannot be NULL where a condition is true (or false)."""
    if isinstance(node, Conditions):
        truth ^= node.negated
        if not node.children or node.connector == XOR:
            return set()
        found = [_required(child, truth) for child in node.children]
        if (node.connector == AND) == truth:
            return set().union(*found)
        return set.intersection(*found)
    if isinstance(node, IsNull):
        return _columns_of(node.lhs) if node.rhs is not truth else set()
    if isinstance(node, Lookup):
        return _columns_of(node.lhs) | _columns_of(node.rhs)
    return set()


def _columns_of(expression: Any) -> set[Any]:
    """The alias of a column and the column, also under transforms, which give NULL for NULL."""
    while isinstance(expression, Transform) and expression.get_source_expressions():
        expression = expression.get_source_expressions()[0]
    if isinstance(expression, Col) and expression.alias is not None:
        return {expression.alias, (expression.alias, expression.target.column)}
    if isinstance(expression, ColPairs) and expression.alias is not None:
        return {expression.alias}
    return set()
