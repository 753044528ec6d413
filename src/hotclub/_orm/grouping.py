"""Aggregation over a whole query: turns a tree into one that gives a single row.

Where the rows are those of the tables, the aggregates take the place of the columns. Where the rows are made by the query
itself (slices, DISTINCT, GROUP BY, set operators), the query goes into the FROM.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub._orm.expressions.core import Col, ColPairs, Ref, rewrite
from hotclub._orm.expressions.subqueries import Subquery
from hotclub._orm.resolve import aliases_in
from hotclub._orm.selection import check_alias
from hotclub._orm.tree import QueryTree


def aggregated(tree: QueryTree, aggregates: dict[str, Any]) -> QueryTree:
    """Return the tree of the aggregates over a query's rows.

    Args:
        tree: the query; a clone that may be changed.
        aggregates: expression by name.

    Raises:
        TypeError: an expression is no aggregate.
    """
    tree.get_initial_alias()
    resolved = resolved_aggregates(tree, aggregates)
    refs = _refs(tree, resolved)
    if _rows_are_made(tree, refs):
        return _over_subquery(tree, resolved, refs)
    tree.clear_ordering(force=True)
    tree.clear_limits()
    tree.clear_select()
    tree.distinct = False
    tree.extra = {}
    tree.select_for_update = False
    tree.group_by = None
    plain = {name: rewrite(part, _inlined) for name, part in resolved.items()}
    tree.annotations = {**tree.annotations, **plain}
    tree.annotation_mask = frozenset(plain)
    tree.selected = dict.fromkeys(plain)
    return tree


def resolved_aggregates(tree: QueryTree, aggregates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, expression in aggregates.items():
        check_alias(name)
        part = expression.resolve_expression(_WithEarlier(tree, found), allow_joins=True, reuse=None, summarize=True)
        if not part.contains_aggregate:
            raise TypeError(f"{name} is not an aggregate expression")
        found[name] = part
    return found


class _WithEarlier:
    """The query as an aggregate sees it: aggregates named before it may be referred to."""

    def __init__(self, tree: QueryTree, earlier: dict[str, Any]) -> None:
        self._tree = tree
        self._earlier = earlier

    def resolve_ref(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in self._earlier:
            return _Earlier(name, self._earlier[name])
        return self._tree.resolve_ref(name, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tree, name)

    @property
    def opaque(self) -> bool:
        return self._tree.opaque

    @opaque.setter
    def opaque(self, value: bool) -> None:
        self._tree.opaque = value


class _Earlier(Ref):
    """Refers to an aggregate of the same call; it is written out again."""

    shape_attributes = ("refs",)
    contains_aggregate = True
    is_written_out = True

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return compiler.compile(self.source)


def _inlined(node: Any) -> Any:
    if isinstance(node, Ref) and not isinstance(node, _Earlier):
        return rewrite(node.source, _inlined)
    return None


def _refs(tree: QueryTree, resolved: dict[str, Any]) -> set[str]:
    """The names of annotations that the aggregates mention, also through others."""
    found: set[str] = set()
    waiting: list[Any] = list(resolved.values())
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        if isinstance(node, Ref) and node.refs in tree.annotations:
            found.add(node.refs)
        if hasattr(node, "get_source_expressions"):
            waiting.extend(node.get_source_expressions())
    return found


def _rows_are_made(tree: QueryTree, refs: set[str]) -> bool:
    if tree.is_sliced or tree.distinct or tree.distinct_fields or tree.combinator:
        return True
    _where, having, qualify = tree.where.split_having_qualify() if tree.where else (None, None, None)
    if having is not None or qualify is not None:
        return True
    if tree.group_by is not None:
        return True
    for name, part in tree.annotations.items():
        if getattr(part, "contains_set_returning", False):
            return True
        if name in refs and (
            part.contains_aggregate or part.contains_over_clause or isinstance(part, Subquery) or _has_subquery(part)
        ):
            return True
    return False


def _has_subquery(part: Any) -> bool:
    return any(
        isinstance(inner, Subquery) or _has_subquery(inner)
        for inner in part.get_source_expressions()
        if inner is not None and hasattr(inner, "get_source_expressions")
    )


def _over_subquery(tree: QueryTree, resolved: dict[str, Any], refs: set[str]) -> QueryTree:
    inner = tree
    inner.select_for_update = False
    inner.select_related = False
    made_of_columns = inner.distinct or inner.combinator is not None
    by_values = isinstance(inner.group_by, tuple)
    grouping_order = by_values and (inner.order_by or inner.extra_order_by)  # its columns are columns of the groups
    if not grouping_order:
        inner.clear_ordering()
    outer = QueryTree(tree.model)
    new_columns: dict[Any, str] = {}

    def moving(own: frozenset[str]) -> Callable[[Any], Any]:
        """Return what moves columns of the query below; those of subqueries (`own` are their tables) stay."""

        def moved(node: Any) -> Any:
            if isinstance(node, QueryTree):
                return node.rewritten(moving(own | _tables_in(node)))
            if isinstance(node, Ref):
                return None if isinstance(node, _Earlier) else node
            if isinstance(node, (Col, ColPairs)):
                if node.alias in own:
                    return node
                name = new_columns.setdefault(node, f"__col{len(new_columns) + 1}")
                return Ref(name, node)
            return None

        return moved

    aggregates = {name: rewrite(part, moving(frozenset())) for name, part in resolved.items()}
    if inner.default_cols and not made_of_columns:
        inner.default_cols = False
        meta = inner.get_meta()
        keys = [Col(inner.base_table, field, field) for field in meta.pk_fields]
        if inner.group_by is True:
            inner.group_by = (*keys, *_splitting_columns(inner))
        if not inner.annotation_select and not new_columns:
            inner.select = tuple(keys)
    if not made_of_columns and not by_values:
        used = refs | _condition_refs(inner)
        inner.annotation_mask = frozenset(name for name in inner.annotation_select if name in used)
        if inner.selected is not None:
            inner.selected = None
    elif inner.group_by is not None and not inner.distinct and inner.combinator is None:
        inner.selected = None if inner.selected is None else inner.selected
    if new_columns:
        if inner.annotation_mask is not None:
            inner.annotation_mask = inner.annotation_mask | set(new_columns.values())
        for column, name in new_columns.items():
            inner.annotations[name] = column
            if inner.selected is not None:
                inner.selected[name] = None
    missing = refs - set(inner.annotation_select)
    if missing and inner.annotation_mask is not None:
        inner.annotation_mask = inner.annotation_mask | missing
    if not inner.select and not inner.annotation_select and not inner.default_cols and inner.combinator is None:
        inner.select = tuple(Col(inner.base_table, field, field) for field in inner.get_meta().pk_fields)
    inner.subquery = True
    outer.subquery_over = inner
    outer.default_cols = False
    outer.annotations = aggregates
    outer.annotation_mask = frozenset(aggregates)
    outer.selected = dict.fromkeys(aggregates)
    outer.opaque = inner.opaque
    outer.default_ordering = False
    return outer


def _tables_in(tree: QueryTree) -> frozenset[str]:
    parts = [tree.subquery_over] if tree.subquery_over is not None else []
    return frozenset(tree.tables).union(*(_tables_in(part) for part in (*tree.combined_queries, *parts)))


def _splitting_columns(tree: QueryTree) -> list[Any]:
    """Columns of annotations over relations with many rows: each of their values makes a row of its own."""
    found: list[Any] = []
    for part in tree.annotation_select.values():
        if part.contains_aggregate or part.contains_over_clause:
            continue
        if any(tree.leads_to_many(alias) for alias in aliases_in(part)):
            found.extend(part.get_group_by_cols())
    return found


def _condition_refs(tree: QueryTree) -> set[str]:
    """Annotations that stand as such in the query's conditions, which is only said by identity."""
    found: set[str] = set()
    for name, part in tree.annotations.items():
        if getattr(part, "contains_over_clause", False):
            found.add(name)
    return found
