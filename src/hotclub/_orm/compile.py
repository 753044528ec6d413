"""The compiler: writes a query tree as a statement of `_sql`, for one connection.

With `values` it writes the real parameters; without, it leaves holes, and the result can be kept as a plan. Here are
SELECT and DELETE; what is below a statement is in `expression_compiler`, its tables in `from_clause`, and several queries
in one in `set_operations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._orm.columns import Mask, ModelSpec, RelatedColumns, model_columns
from hotclub._orm.conditions import AND, Conditions
from hotclub._orm.expressions.core import Col, ColPairs, RawSQL, Ref, Value, rewrite
from hotclub._orm.expressions.subqueries import Subquery
from hotclub._orm.from_clause import FromClause
from hotclub._orm.locking import lock_aliases
from hotclub._orm.lookups.core import Lookup
from hotclub._orm.ordering import Ordering
from hotclub._orm.plan import Elastic, Hole, Spread
from hotclub._orm.set_operations import SetOperations
from hotclub._orm.tree import QueryTree
from hotclub._sql.nodes import Column, Delete, DerivedSource, Fragment, Select
from hotclub.core.exceptions import EmptyResultSet, FullResultSet
from hotclub.db.utils import NotSupportedError


class Compiler(FromClause, SetOperations):
    """Writes one query for one database."""

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
        limit, offset = self._limits()
        tree.clear_limits()
        inner = self.nested(tree)
        inner.query = tree
        outer_order = [rewrite(entry, replaced) for entry in order_by]
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
        if names:
            helpers = set(names.values())
            keep = [index for index, (_part, name) in enumerate(self.select) if name not in helpers]
            self._shift_positions(keep)
            self.select = [self.select[index] for index in keep]
            self.names = [self.names[index] for index in keep if index < len(self.names)]
            columns = [columns[index] for index in keep]
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

    # Locks

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


class _One(RawSQL):
    """The constant that an existence query selects."""

    shape_attributes = ("sql", "params")

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql, ()


def _literal(value: Any) -> Any:
    return Value(value)


def _hashable(params: Sequence[Any]) -> Any:
    return tuple(
        (param.index, getattr(param, "part", None), "hole")
        if isinstance(param, (Hole, Spread, Elastic))
        else (type(param), repr(param))
        for param in params
    )


QueryTree.compiler_class = Compiler
