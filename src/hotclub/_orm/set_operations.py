"""Set operators: UNION, INTERSECT and EXCEPT of queries that are written one by one."""

from __future__ import annotations

from typing import Any

from hotclub._orm.expression_compiler import ExpressionCompiler
from hotclub._orm.expressions.core import Col, F, OrderBy, RawSQL, Ref
from hotclub._orm.ordering import Ordering
from hotclub._orm.tree import QueryTree
from hotclub._sql.keywords import SetOperator
from hotclub._sql.nodes import CompoundSelect, Fragment
from hotclub.core.exceptions import EmptyResultSet
from hotclub.db.utils import DatabaseError, NotSupportedError

SET_OPERATORS = {
    ("union", False): SetOperator.UNION,
    ("union", True): SetOperator.UNION_ALL,
    ("intersection", False): SetOperator.INTERSECTION,
    ("difference", False): SetOperator.DIFFERENCE,
}


class SetOperations(ExpressionCompiler):
    """The part of a compiler that puts several queries into one."""

    def _compound(self) -> Any:
        tree = self.query
        features = self.connection.features
        if not getattr(features, f"supports_select_{tree.combinator}"):
            raise NotSupportedError(f"{tree.combinator} is not supported on this database backend.")
        compilers = [self.nested(part) for part in tree.combined_queries if not part.is_empty()] or []
        if not features.supports_slicing_ordering_in_compound:
            for compiler in compilers:
                if compiler.query.is_sliced:
                    raise DatabaseError("LIMIT/OFFSET not allowed in subqueries of compound statements.")
                if any(True for _entry in Ordering(compiler.query.clone()).entries()) and compiler.query.order_by:
                    raise DatabaseError("ORDER BY not allowed in subqueries of compound statements.")
        written: list[tuple[str, tuple[Any, ...]]] = []
        first: SetOperations | None = None
        parts = [self._like_first(part) for part in tree.combined_queries]
        added = self._add_ordering(parts)
        for position, part in enumerate(parts):
            compiler = self.nested(part)
            try:
                if not features.supports_slicing_ordering_in_compound:
                    compiler.query = compiler.query.clone()
                    compiler.query.clear_ordering(force=True)
                sql, params = compiler.as_sql(with_col_aliases=tree.subquery and first is None)
            except EmptyResultSet:
                # Nothing together with, or except, nothing: UNION goes on; the others are decided by an empty first.
                if tree.combinator == "union" or (tree.combinator == "difference" and position > 0):
                    continue
                raise
            if first is None:
                first = compiler
            if compiler.query.combinator:
                if not features.supports_parentheses_in_compound:
                    sql = f"SELECT * FROM ({sql})"
                else:
                    sql = f"({sql})"
            elif features.supports_slicing_ordering_in_compound and features.supports_parentheses_in_compound:
                sql = f"({sql})"
            written.append((sql, params))
        if first is None:
            raise EmptyResultSet
        self._take_over(first)
        operator = SET_OPERATORS[(tree.combinator or "", tree.combinator_all and tree.combinator == "union")]
        limit, offset = self._limits()
        if tree.existence and limit is None:
            limit = 1
        order_by = self._compound_order(first)
        if added:
            self.hidden_columns += added
            self.select = self.select[:-added]
            self.names = self.names[:-added]
            for index in range(added):
                self.annotation_columns.pop(f"__order{index}", None)
        return CompoundSelect(
            operator=operator,
            parts=[Fragment(sql, params) for sql, params in written],
            order_by=order_by,
            limit=limit,
            offset=offset,
            prefix=self._explain(),
        )

    def _add_ordering(self, parts: list[QueryTree]) -> int:
        """Select what the whole is ordered by in each part, where values() on the whole left it out.

        Returns:
            How many columns were added at the end of each part; they are named `__order0` and so on.
        """
        tree = self.query
        ordering = tree.order_by or self._default_order()
        if not ordering or tree.existence or tree.selected is None:
            return 0
        chosen = [part.values_select or part.selected is not None for part in tree.combined_queries]
        if any(chosen) or any(part.combinator for part in parts):
            return 0
        count = 0
        for item in ordering:
            source: Any = item
            if isinstance(item, str):
                name = item.removeprefix("-")
                if name in (parts[0].selected or ()) or name == "?":
                    continue
                source = F(name)
            elif isinstance(item, OrderBy):
                source = item.expression
            if isinstance(source, F) and source.name in (parts[0].selected or ()):
                continue
            for part in parts:
                raw = part.extra.get(source.name) if isinstance(source, F) else None
                part.add_annotation(source if raw is None else RawSQL(*raw), f"__order{count}")
            self._ordered_by[id(item)] = f"__order{count}"
            count += 1
        return count

    def _like_first(self, part: QueryTree) -> QueryTree:
        """values() on the whole, or on the first part, chooses the columns of each part that did not choose its own."""
        tree = self.query
        if not tree.values_select and tree.selected is None:
            tree = tree.combined_queries[0]
            if not tree.values_select or part.selected is not None:
                return part
        if tree.values_select or tree.selected is not None:
            if not part.values_select:
                part = part.clone()
                names = list(tree.selected) if tree.selected is not None else list(tree.values_select)
                part.set_values(list(names))
        return part

    def _take_over(self, first: SetOperations) -> None:
        self.select = first.select
        self.spec = first.spec
        self.annotation_columns = first.annotation_columns
        self.extra_columns = first.extra_columns
        self.hidden_columns = first.hidden_columns
        self.names = first.names

    def _compound_order(self, first: SetOperations) -> list[Fragment]:
        found: list[Fragment] = []
        tree = first.query.clone()
        tree.order_by, tree.default_ordering = self.query.order_by, self.query.default_ordering
        tree.extra_order_by = self.query.extra_order_by
        tree.standard_ordering = self.query.standard_ordering
        tree.combinator = None
        if not tree.order_by and not tree.extra_order_by:
            tree.order_by = self._default_order()
        for item in self.query.order_by:
            head = item.removeprefix("-").split("__")[0] if isinstance(item, str) else ""
            if isinstance(item, str) and head in tree.annotations and "__" in item and item not in tree.annotations:
                raise NotImplementedError("Ordering combined queries by transforms is not implemented.")
        tree.order_by = tuple(_renamed_order(item, self._ordered_by.get(id(item))) for item in tree.order_by)
        for entry in Ordering(tree).entries():
            source = entry.expression
            position = self._position(first, source)
            if position is None:
                raise DatabaseError("ORDER BY term does not match any column in the result set.")
            numbered = entry.copy()
            numbered.expression = _Numbered(position + 1)
            found.append(self.fragment(numbered))
        return found

    def _default_order(self) -> tuple[Any, ...]:
        """The model's own ordering, by columns: the rows of a compound have no tables to join further."""
        tree = self.query
        if not tree.default_ordering or tree.model is None or tree.existence or tree.subquery:
            return ()
        if self._default_items is None:
            self._default_items = tuple(
                _by_column(item) if isinstance(item, str) and item != "?" else item for item in tree.get_meta().ordering
            )
        return self._default_items

    def _position(self, first: SetOperations, source: Any) -> int | None:
        for index, (expression, name) in enumerate(first.select):
            if isinstance(source, Ref) and source.refs == name:
                return index
            if isinstance(source, F) and source.name == name:
                return index
            if isinstance(source, Col) and isinstance(expression, Col) and name is None:
                if source.target == expression.target and source.alias == expression.alias:
                    return index
            elif expression is source or (name is None and expression == source):
                return index
        return None


def _renamed_order(item: Any, name: str | None) -> Any:
    """The entry of an ordering in terms of the column that was added for it."""
    if name is None:
        return item
    if isinstance(item, str):
        return f"-{name}" if item.startswith("-") else name
    made = (item if isinstance(item, OrderBy) else item.asc()).copy()
    made.expression = F(name)
    return made


def _by_column(name: str) -> Any:
    column = F(name.lstrip("+-"))
    return column.desc() if name.startswith("-") else column.asc()


class _Numbered(RawSQL):
    """The number of a column in ORDER BY."""

    shape_attributes = ("sql", "params")

    def __init__(self, position: int) -> None:
        super().__init__(str(position), ())

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql, ()
