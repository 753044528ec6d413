"""The compiler: writes a query tree as a statement of `_sql`, for one connection.

Expressions write themselves through the documented protocol; the compiler lends them `compile`, `bind` and `quote`.
With `values` it writes the real parameters; without, it leaves holes, and the result can be kept as a plan.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from hotclub._orm.binding import Binding
from hotclub._orm.columns import Mask, ModelSpec, RelatedColumns, model_columns
from hotclub._orm.conditions import AND, XOR, Conditions
from hotclub._orm.expressions.core import Col, ColPairs, F, Func, OrderBy, RawSQL, Ref, Value, rewrite
from hotclub._orm.expressions.subqueries import Subquery
from hotclub._orm.locking import lock_aliases
from hotclub._orm.lookups.builtin import IsNull
from hotclub._orm.lookups.core import Lookup, Transform
from hotclub._orm.ordering import Ordering
from hotclub._orm.plan import Elastic, Hole, Spread, bind
from hotclub._orm.resolve import aliases_in
from hotclub._orm.shape import Slot
from hotclub._orm.tree import QueryTree
from hotclub._sql.keywords import JoinKind, SetOperator
from hotclub._sql.nodes import Column, CompoundSelect, Delete, DerivedSource, Fragment, Join, Select, TableSource
from hotclub.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from hotclub.db import connections
from hotclub.db.utils import DatabaseError, NotSupportedError
from hotclub.utils.deprecation import RemovedInDjango2028Warning

SET_OPERATORS = {
    ("union", False): SetOperator.UNION,
    ("union", True): SetOperator.UNION_ALL,
    ("intersection", False): SetOperator.INTERSECTION,
    ("difference", False): SetOperator.DIFFERENCE,
}


class Compiler(Binding):
    """Writes one query for one database.

    Attributes:
        query: the tree; compiling adds joins to a copy of it.
        select: pairs of expression and column name, after compiling.
        spec: what makes the instances, or None for values.
        annotation_columns: position by annotation name.
        zone_used: whether the text depends on the current time zone.
        locks: whether the query locks rows.
        volatile: whether it depends on what only a user's code knows, so that it cannot be kept.
    """

    def __init__(
        self,
        query: QueryTree,
        connection: Any = None,
        using: str | None = None,
        *,
        values: Sequence[Any] | None = None,
        elide_empty: bool = True,
    ) -> None:
        self.query = query
        self.connection = connection if connection is not None else connections[str(using)]
        self.using = using or self.connection.alias
        self.dialect = self.connection.dialect
        self._own_method = f"as_{self.connection.vendor}"
        self.values = values
        self.elide_empty = elide_empty
        self.outer: Compiler | None = None
        self.zone_used = False
        self.locks = False
        self.volatile = False
        self.select: list[tuple[Any, str | None]] = []
        self.spec: ModelSpec | None = None
        self.annotation_columns: dict[str, int] = {}
        self.hidden_columns = 0
        self.names: list[str] = []
        self._ordered_by: dict[int, str] = {}
        self._default_items: tuple[Any, ...] | None = None

    def __repr__(self) -> str:
        model = self.query.model.__qualname__ if self.query.model is not None else None
        return f"<SQLCompiler model={model} connection={self.connection!r} using={self.using!r}>"

    @property
    def root(self) -> Compiler:
        """The compiler of the whole statement."""
        found = self
        while found.outer is not None:
            found = found.outer
        return found

    # For expressions

    def compile(self, node: Any) -> tuple[str, tuple[Any, ...]]:
        """Write an expression, by its method for this vendor if it has one.

        Source: docs ref/models/expressions, "Adding support in third-party database backends".
        """
        sql, params = self.compile_bare(node)
        if getattr(node, "cast_numeric", False):
            cast = self.dialect.numeric_literal_cast if isinstance(node, Value) else self.dialect.numeric_cast
            if cast is not None and _is_decimal(node):
                sql = cast % sql
        return sql, params

    def compile_bare(self, node: Any) -> tuple[str, tuple[Any, ...]]:
        """Write an expression without the cast that some databases need around decimal numbers."""
        own = getattr(node, self._own_method, None)
        sql, params = own(self, self.connection) if own is not None else node.as_sql(self, self.connection)
        return sql, tuple(params)

    def note_time_zone(self) -> None:
        """Say that the text depends on the current time zone."""
        self.root.zone_used = True

    def check_alias(self, alias: str | None) -> None:
        """Refuse a query that was bound to another database.

        Raises:
            ValueError: it was.
        """
        if alias is not None and alias != self.connection.alias:
            raise ValueError(
                "Subqueries aren't allowed across different databases. Force the inner query to be evaluated using "
                "`list(inner_query)`."
            )

    def function_form(self, func: Func) -> Any:
        """How the dialect writes a built-in function; None if as its class says."""
        for cls in type(func).__mro__:
            if cls.__module__.startswith("hotclub."):
                return self.dialect.function_form(cls.__name__)
            if "function" in cls.__dict__ or "template" in cls.__dict__:
                return None
        return None

    def quote(self, name: str) -> Any:
        return self.dialect.quote(name)

    quote_name = quote

    def quote_name_unless_alias(self, name: str) -> Any:
        """The former name of `quote_name()`."""
        warnings.warn(
            "SQLCompiler.quote_name_unless_alias() is deprecated. Use .quote_name() instead.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        return self.dialect.quote(name)

    def nested(self, tree: QueryTree) -> Compiler:
        """Return a compiler for a query inside this one."""
        self.check_alias(tree.db)
        made = type(self)(tree, self.connection, self.using, values=self.values, elide_empty=self.elide_empty)
        made.outer = self
        return made

    def fragment(self, node: Any) -> Fragment:
        sql, params = self.compile(node)
        return Fragment(sql, params)

    # SELECT

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> tuple[str, tuple[Any, ...]]:
        """Write the query.

        Raises:
            EmptyResultSet: it is known to find nothing.
        """
        if self.query.combinator:
            return self.dialect.writer.write(self._compound())  # type: ignore[no-any-return]
        written = self.dialect.writer.write(self._select(with_limits, with_col_aliases))
        if self.hidden_columns and self.query.subquery:
            # A query in an expression gives exactly what was chosen: what it is ordered by stays inside.
            self.hidden_columns = 0
            sql, params = self.dialect.writer.write(self._select(with_limits, True))
            self.hidden_columns = 0
            names = [name or f"col{index + 1}" for index, (_part, name) in enumerate(self.select)]
            outer = Select(
                [Column(Fragment(self.quote(name))) for name in names],
                [DerivedSource(Fragment(sql, params), self.quote("subquery"))],
            )
            return self.dialect.writer.write(outer)  # type: ignore[no-any-return]
        return written  # type: ignore[no-any-return]

    def _select(self, with_limits: bool = True, with_col_aliases: bool = False) -> Any:
        tree = self.query = self.query.clone()
        tree.get_initial_alias()
        self.select, self.annotation_columns, self.spec = [], {}, None
        if tree.is_empty() and self.elide_empty:
            raise EmptyResultSet
        where, having, qualify = tree.where.split_having_qualify(must_group_by=tree.group_by is not None)
        if qualify is not None:
            return self._qualified(qualify, where, having, with_limits)
        self._choose_columns()
        ordering = Ordering(tree)
        order_by = [] if tree.existence and not tree.is_sliced else list(ordering.entries())
        columns = self._columns(with_col_aliases)
        order_fragments = self._order(order_by, columns)
        having_fragment = self._condition(having)
        group_by = self._group(order_by, having, ordering.from_meta)
        if group_by is not None and ordering.from_meta:
            order_fragments = []
        where_fragment = self._condition(where)
        if tree.distinct and tree.distinct_fields:
            distinct_on = self._distinct_on()
        else:
            distinct_on = []
            if tree.distinct and not tree.existence:
                self._select_ordering(order_by, order_fragments, columns)
        sources, joins = self._sources()
        limit, offset = self._limits() if with_limits else (None, 0)
        if tree.existence and tree.existence_limited and limit is None:
            limit = 1
        return Select(
            columns=columns,
            sources=sources,
            joins=joins,
            where=where_fragment,
            group_by=group_by or (),
            having=having_fragment,
            order_by=order_fragments,
            distinct=tree.distinct,
            distinct_on=distinct_on,
            limit=limit,
            offset=offset,
            lock=self._lock(),
            prefix=self._explain(),
        )

    def _limits(self) -> tuple[Any, Any]:
        tree = self.query
        if tree.limits is not None:
            return self._bound(tree.limits.count), self._bound(tree.limits.start)
        limit = None if tree.high_mark is None else tree.high_mark - tree.low_mark
        return limit, tree.low_mark

    def _bound(self, value: Any) -> Any:
        return Fragment("%s", (self.bind(value, None),)) if type(value) is Slot else value

    def _condition(self, condition: Any) -> Fragment | None:
        if condition is None or not condition.children:
            return None
        try:
            return self.fragment(condition)
        except FullResultSet:
            return None
        except EmptyResultSet:
            if self.elide_empty:
                raise
            return Fragment("0 = 1")

    def _choose_columns(self) -> None:
        """Fill `select` with expressions and their names."""
        tree = self.query
        if tree.existence and not (tree.is_sliced and tree.distinct):
            self.select.append((_One("1", ()), "a"))
            self.names = ["a"]
            return
        named: dict[str, int] = {}
        self.names = []
        if tree.selected is not None:
            self._choose_selected()
            return
        for name, (sql, params) in tree.extra_select.items():
            named[name] = len(self.select)
            self.select.append((RawSQL(sql, params), name))
            self.names.append(name)
        if tree.default_cols and tree.model is not None:
            self._choose_model()
        else:
            self.select.extend((column, None) for column in tree.select)
            self.names.extend(tree.values_select or [f"column{index}" for index in range(len(tree.select))])
        for name, annotation in tree.annotation_select.items():
            self.annotation_columns[name] = len(self.select)
            self.select.append((annotation, name))
            self.names.append(name)
        self.extra_columns = named
        if self.spec is not None and tree.select_related:
            meta = tree.get_meta()
            requested = tree.select_related if isinstance(tree.select_related, dict) else None
            mask = Mask.of(tree.deferred_loading)
            RelatedColumns(tree, self.select).collect(self.spec, meta, tree.base_table or "", requested, mask)

    extra_columns: dict[str, int] = {}

    def _choose_model(self) -> None:
        tree = self.query
        meta = tree.get_meta()
        mask = Mask.of(tree.deferred_loading)
        if mask is not None:
            mask.check(meta, tree.filtered_relations)
        columns, fields = model_columns(tree, meta, tree.base_table or "", mask)
        self.spec = ModelSpec(tree.model, len(self.select), fields)
        self.select.extend((column, None) for column in columns)
        self.names.extend(field.attname for field in fields)

    def _choose_selected(self) -> None:
        """Columns of values(): in the order in which they were named."""
        tree = self.query
        fields = dict(zip(tree.values_select, tree.select, strict=False))
        self.extra_columns = {}
        for name in tree.selected or ():
            if name in tree.extra_select and name not in fields:
                self.extra_columns[name] = len(self.select)
                self.select.append((RawSQL(*tree.extra_select[name]), name))
                self.names.append(name)
            elif name in tree.annotation_select and name not in fields:
                self.annotation_columns[name] = len(self.select)
                self.select.append((tree.annotation_select[name], name))
                self.names.append(name)
            elif name in fields:
                self.select.append((fields[name], None))
                self.names.append(name)
        rest = [name for name in tree.annotation_select if name not in (tree.selected or ())]
        for name in rest:
            self.annotation_columns[name] = len(self.select)
            self.select.append((tree.annotation_select[name], name))
            self.names.append(name)

    def _columns(self, with_names: bool) -> list[Column]:
        columns = []
        counter = 0
        for expression, name in self.select:
            try:
                sql, params = self.compile(expression)
            except EmptyResultSet:
                value = getattr(expression, "empty_result_set_value", NotImplemented)
                if value is NotImplemented:
                    sql, params = "0", ()
                else:
                    sql, params = ("NULL", ()) if value is None else self.compile(_literal(value))
            except FullResultSet:
                sql, params = self.compile(_literal(True))
            else:
                sql, params = expression.select_format(self, sql, params)
            if name is None and with_names:
                counter += 1
                name = f"col{counter}"
            shown = None if name is None or self.query.subquery_over is not None else self.quote(name)
            columns.append(Column(Fragment(sql, tuple(params)), shown))
        return columns

    def _order(self, order_by: list[Any], columns: list[Column]) -> list[Fragment]:
        found: list[Fragment] = []
        seen: set[Any] = set()
        for entry in order_by:
            sql, params = self.compile(entry)
            bare = entry.copy()
            bare.descending = False
            bare_sql, _params = self.compile(bare)
            key = (bare_sql, _hashable(params))
            if key in seen:
                continue
            seen.add(key)
            found.append(Fragment(sql, params))
        return found

    def _select_ordering(self, order_by: list[Any], fragments: list[Fragment], columns: list[Column]) -> None:
        """A SELECT DISTINCT must give what it is ordered by."""
        known = {column.value.sql for column in columns} | {str(column.name) for column in columns if column.name}
        for entry in order_by:
            if isinstance(entry.expression, Ref):
                continue
            sql, params = self.compile(entry.expression)
            if sql not in known:
                known.add(sql)
                columns.append(Column(Fragment(sql, params)))
                self.hidden_columns += 1

    def _group(self, order_by: list[Any], having: Any, order_from_meta: bool) -> list[Fragment] | None:
        tree = self.query
        if tree.group_by is None:
            return None
        expressions: list[Any] = []
        refs: set[str] = set()
        if tree.group_by is not True:
            for part in tree.group_by or ():
                if isinstance(part, Ref):
                    refs.add(part.refs)
                    expressions.append(part.source if tree.existence else part)
                else:
                    expressions.append(part)
        elif tree.existence or not self.select:
            meta = tree.get_meta()
            keys = meta.pk_fields if hasattr(meta, "pk_fields") else [meta.pk]
            expressions.extend(Col(tree.base_table, field, field) for field in keys)
        if not tree.existence:
            for expression, name in self.select:
                if name is not None and name in refs:
                    continue
                columns = expression.get_group_by_cols()
                if columns == [expression] and isinstance(expression, Subquery) and self._groups_by_position():
                    columns = [Ref(name, expression)] if name in self.annotation_columns else columns
                expressions.extend(columns)
        if not order_from_meta:
            for entry in order_by:
                if not isinstance(entry.expression, Ref):
                    expressions.extend(entry.get_group_by_cols())
        if having is not None:
            expressions.extend(having.get_group_by_cols())
        expressions = self._collapsed(expressions)
        found: dict[Any, Fragment] = {}
        for expression in expressions:
            if isinstance(expression, Ref):
                position = self.annotation_columns.get(expression.refs)
                if position is not None:
                    found.setdefault(("position", position), Fragment(str(position + 1)))
                    continue
                expression = expression.source
            try:
                sql, params = self.compile(expression)
            except (EmptyResultSet, FullResultSet):
                continue
            if sql:
                found.setdefault((sql, _hashable(params)), Fragment(sql, params))
        return list(found.values())

    def _groups_by_position(self) -> bool:
        return bool(self.connection.features.allows_group_by_select_index)

    def _collapsed(self, expressions: list[Any]) -> list[Any]:
        """Where the database allows it, a primary key stands for all columns of its table."""
        if not self.connection.features.allows_group_by_selected_pks:
            return expressions
        keys = {
            part.alias
            for part in expressions
            if isinstance(part, Col)
            and part.target.primary_key
            and self.connection.features.allows_group_by_selected_pks_on_model(part.target.model)
        }
        return [
            part
            for part in expressions
            if not isinstance(part, Col) or part.alias not in keys or part.target.primary_key
        ]

    def _distinct_on(self) -> list[Fragment]:
        tree = self.query
        if not self.connection.features.can_distinct_on_fields:
            raise NotSupportedError("DISTINCT ON fields is not supported by this database backend")
        found = []
        for name in tree.distinct_fields:
            if name in tree.annotation_select:
                found.append(Fragment(self.quote(name)))
                continue
            walk = tree.walk(name.split("__"))
            alias, targets, _aliases = tree.land(walk)
            found.extend(self.fragment(Col(alias, target, target)) for target in targets)
        return found

    # FROM

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

    # Window functions in conditions

    def _qualified(self, qualify: Any, where: Any, having: Any, with_limits: bool) -> Select:
        """Wrap the query, because SQL has no condition on window functions in WHERE."""
        tree = self.query.clone()
        parts = [part for part in (where, having) if part is not None]
        tree.where = Conditions(parts, AND)
        names: dict[Any, str] = {}

        def replaced(node: Any) -> Any:
            if isinstance(node, (Conditions, Lookup)) or getattr(node, "is_query_tree", False):
                return None
            if not hasattr(node, "get_source_expressions") or type(node).__name__ == "Value":
                return None
            if not (isinstance(node, (Col, ColPairs)) or node.contains_over_clause or node.contains_aggregate):
                return None
            for name, annotation in tree.annotation_select.items():
                if annotation is node:
                    return Ref(name, node)
            known = next((name for other, name in names.items() if other is node or other == node), None)
            if known is None:
                known = f"qual{len(names)}"
                names[node] = known
            return Ref(known, node)

        outer_condition = rewrite(qualify, replaced)
        order_by = list(Ordering(tree).entries())
        outer_order = []
        limit, offset = self._limits()
        tree.clear_limits()
        inner = self.nested(tree)
        inner.query = tree
        outer_order = [rewrite(entry, replaced) for entry in order_by]
        base = tree.annotation_select
        for node, name in names.items():
            tree.annotations[name] = node
            if tree.annotation_mask is not None:
                tree.annotation_mask = tree.annotation_mask | {name}
        tree.order_by, tree.default_ordering, tree.extra_order_by = (), False, ()
        sql, params = inner.as_sql(with_limits=False, with_col_aliases=True)
        self.spec, self.annotation_columns = inner.spec, inner.annotation_columns
        self.extra_columns = inner.extra_columns
        self.names = inner.names
        columns: list[Column] = []
        self.select = []
        counter = 0
        for expression, given in inner.select:
            counter += given is None
            label = f"col{counter}" if given is None else given
            self.select.append((expression, label))
            columns.append(Column(Fragment(self.quote(label))))
        del base
        extra = len(names)
        if extra:
            keep = [index for index, (_part, name) in enumerate(self.select) if name not in set(names.values())]
            columns = [columns[index] for index in keep] + [
                columns[index] for index in range(len(columns)) if index not in keep
            ]
            self._shift_positions(keep)
            self.hidden_columns += extra
            self.select = [self.select[index] for index in keep]
            self.names = [self.names[index] for index in keep if index < len(self.names)]
            columns = columns[: len(keep)]
            self.hidden_columns -= extra
        if self.query.existence and limit is None:
            limit = 1
        return Select(
            columns=columns,
            sources=[DerivedSource(Fragment(sql, params), self.quote("qualify"))],
            where=self._condition(outer_condition),
            order_by=[self.fragment(entry) for entry in outer_order],
            limit=limit if with_limits or self.query.existence else None,
            offset=offset if with_limits else 0,
            prefix=self._explain(),
        )

    def _shift_positions(self, keep: list[int]) -> None:
        where_now = {old: new for new, old in enumerate(keep)}
        self.annotation_columns = {
            name: where_now[old] for name, old in self.annotation_columns.items() if old in where_now
        }

        def move(spec: ModelSpec) -> None:
            if spec.fields:
                spec.start = where_now[spec.start]
            for child in spec.children:
                move(child)

        if self.spec is not None:
            move(self.spec)

    # Set operators

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
        first: Compiler | None = None
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

    def _take_over(self, first: Compiler) -> None:
        self.select = first.select
        self.spec = first.spec
        self.annotation_columns = first.annotation_columns
        self.extra_columns = first.extra_columns
        self.hidden_columns = first.hidden_columns
        self.names = first.names

    def _compound_order(self, first: Compiler) -> list[Fragment]:
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

    def _position(self, first: Compiler, source: Any) -> int | None:
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

    # Further clauses

    def _lock(self) -> str:
        tree = self.query
        if not tree.select_for_update or not self.connection.features.has_select_for_update:
            return ""
        self.root.locks = True
        features = self.connection.features
        if tree.is_sliced and not features.supports_select_for_update_with_limit:
            raise NotSupportedError("LIMIT/OFFSET is not supported with select_for_update on this database backend.")
        wishes = (
            (tree.select_for_update_nowait, features.has_select_for_update_nowait, "NOWAIT"),
            (tree.select_for_update_skip_locked, features.has_select_for_update_skip_locked, "SKIP LOCKED"),
            (tree.select_for_update_of, features.has_select_for_update_of, "FOR UPDATE OF"),
            (tree.select_for_no_key_update, features.has_select_for_no_key_update, "FOR NO KEY UPDATE"),
        )
        for wanted, possible, name in wishes:
            if wanted and not possible:
                raise NotSupportedError(f"{name} is not supported on this database backend.")
        return self.connection.ops.for_update_sql(  # type: ignore[no-any-return]
            nowait=tree.select_for_update_nowait,
            skip_locked=tree.select_for_update_skip_locked,
            of=self._lock_tables(),
            no_key=tree.select_for_no_key_update,
        )

    def _lock_tables(self) -> tuple[Any, ...]:
        found = []
        for alias in lock_aliases(self.query):
            quoted = self.quote(alias)
            if self.connection.features.select_for_update_of_column:
                quoted = f"{quoted}.{self.quote(self.query.tables[alias].opts.pk.column)}"
            found.append(quoted)
        return tuple(found)

    def _explain(self) -> str:
        if self.query.explain_info is None:
            return ""
        format_, options = self.query.explain_info
        if not self.connection.features.supports_explaining_query_execution:
            raise NotSupportedError("This backend does not support explaining query execution.")
        return self.connection.ops.explain_query_prefix(format_, **options)  # type: ignore[no-any-return]

    # DELETE

    def delete_sql(self) -> tuple[str, tuple[Any, ...]]:
        """Write a DELETE of the rows that the query finds, in its model's own table."""
        tree = self.query = self.query.clone()
        tree.get_initial_alias()
        meta = tree.get_meta()
        table = self.quote(meta.db_table)
        if len(tree.tables) == 1 and not tree.is_sliced and not tree.extra_tables:
            return self.dialect.writer.write(Delete(table, self._condition(tree.where)))  # type: ignore[no-any-return]
        inner = tree.clone()
        inner.clear_select()
        inner.clear_ordering()
        inner.add_fields(["pk"])
        sql, params = self.nested(inner).as_sql()
        keys = ", ".join(self.quote(field.column) for field in meta.pk_fields)
        left = keys if len(meta.pk_fields) == 1 else f"({keys})"
        return self.dialect.writer.write(Delete(table, Fragment(f"{left} IN ({sql})", params)))  # type: ignore[no-any-return]

    # Helpers for documented users of compilers

    def bound_params(self, params: Sequence[Any]) -> tuple[Any, ...]:
        """Fill what is still open from the compiler's values."""
        return tuple(bind(params, self.values or ()))


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


class _One(RawSQL):
    """The constant that an existence query selects."""

    shape_attributes = ("sql", "params")

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql, ()


class _Numbered(RawSQL):
    """The number of a column in ORDER BY."""

    shape_attributes = ("sql", "params")

    def __init__(self, position: int) -> None:
        super().__init__(str(position), ())

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql, ()


def _literal(value: Any) -> Any:
    return Value(value)


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


def _is_decimal(node: Any) -> bool:
    try:
        field = node._output_field_or_none
    except FieldError:
        return False
    return field is not None and field.get_internal_type() == "DecimalField"


def _hashable(params: Sequence[Any]) -> Any:
    return tuple(
        (param.index, getattr(param, "part", None), "hole")
        if isinstance(param, (Hole, Spread, Elastic))
        else (type(param), repr(param))
        for param in params
    )


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


QueryTree.compiler_class = Compiler
