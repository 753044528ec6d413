"""Writing expressions for one connection, and the clauses that several statements have.

Expressions write themselves through the documented protocol; the compiler lends them `compile`, `bind` and `quote`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

from hotclub._orm.binding import Binding
from hotclub._orm.columns import ModelSpec
from hotclub._orm.expressions.core import Func, Value
from hotclub._orm.plan import bind
from hotclub._orm.shape import Slot
from hotclub._orm.tree import QueryTree
from hotclub._sql.nodes import Fragment
from hotclub.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from hotclub.db import connections
from hotclub.db.utils import NotSupportedError
from hotclub.utils.deprecation import RemovedInDjango2028Warning


class ExpressionCompiler(Binding):
    """Writes the expressions of one query for one database.

    Attributes:
        query: the tree; compiling adds joins to a copy of it.
        select: pairs of expression and column name, after compiling.
        spec: what makes the instances, or None for values.
        annotation_columns: position by annotation name.
        zone_used: whether the text depends on the current time zone.
        locks: whether the query locks rows.
        volatile: whether it depends on what only a user's code knows, so that it cannot be kept.
    """

    extra_columns: dict[str, int] = {}

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
        self.outer: Self | None = None
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
    def root(self) -> Self:
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

    def nested(self, tree: QueryTree) -> Self:
        """Return a compiler for a query inside this one."""
        self.check_alias(tree.db)
        made = type(self)(tree, self.connection, self.using, values=self.values, elide_empty=self.elide_empty)
        made.outer = self
        return made

    def fragment(self, node: Any) -> Fragment:
        sql, params = self.compile(node)
        return Fragment(sql, params)

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> tuple[str, tuple[Any, ...]]:
        """Write the whole query; the statement's compiler knows how."""
        raise NotImplementedError

    # Clauses of several statements

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

    def _explain(self) -> str:
        if self.query.explain_info is None:
            return ""
        format_, options = self.query.explain_info
        if not self.connection.features.supports_explaining_query_execution:
            raise NotSupportedError("This backend does not support explaining query execution.")
        return self.connection.ops.explain_query_prefix(format_, **options)  # type: ignore[no-any-return]

    # Helpers for documented users of compilers

    def bound_params(self, params: Sequence[Any]) -> tuple[Any, ...]:
        """Fill what is still open from the compiler's values."""
        return tuple(bind(params, self.values or ()))


def _is_decimal(node: Any) -> bool:
    try:
        field = node._output_field_or_none
    except FieldError:
        return False
    return field is not None and field.get_internal_type() == "DecimalField"
