"""Expressions inside indexes and unique constraints: their order, collation and operator class, written for DDL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._orm.expressions.core import Col, ExpressionList, Func, OrderBy
from hotclub._orm.fragments import FragmentCompiler
from hotclub._orm.functions.comparison import Collate


class IndexExpression(Func):
    """One expression of an index: what the database wants in brackets, then what it wants behind.

    Further classes (operator classes of PostgreSQL) register with `register_wrappers()`.
    """

    shape_attributes = ("wrapper_classes",)
    template = "%(expressions)s"
    wrapper_classes: tuple[type[Any], ...] = (OrderBy, Collate)

    def __init__(self, expression: Any) -> None:
        super().__init__(expression)

    @classmethod
    def register_wrappers(cls, *wrapper_classes: type[Any]) -> None:
        """Set which classes may stand around an indexed expression, outermost first."""
        cls.wrapper_classes = wrapper_classes

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra_context: Any) -> Any:
        [expression] = self.get_source_expressions()
        return write(expression, compiler, connection, self.wrapper_classes)


def _order_suffix(node: OrderBy, connection: Any) -> str:
    suffix = ""
    if node.descending and connection.features.supports_index_column_ordering:
        suffix = " DESC"
    elif not node.descending and connection.features.supports_index_column_ordering:
        suffix = " ASC"
    if getattr(node, "nulls_first", None):
        suffix += " NULLS FIRST"
    elif getattr(node, "nulls_last", None):
        suffix += " NULLS LAST"
    return suffix


def write(expression: Any, compiler: Any, connection: Any, wrappers: tuple[type[Any], ...]) -> tuple[str, list[Any]]:
    """Write an expression: columns bare, all else in brackets; collation, operator class and direction behind."""
    suffix = ""
    if isinstance(expression, OrderBy):
        suffix = _order_suffix(expression, connection)
        expression = expression.expression
    if isinstance(expression, wrappers):
        inner_sql, params = write(expression.get_source_expressions()[0], compiler, connection, wrappers)
        template = expression.extra.get("template") or expression.template
        own = dict(expression.extra)
        if isinstance(expression, Collate):
            sql = f"{inner_sql} COLLATE {connection.ops.quote_name(expression.collation)}"
            if not connection.features.collate_as_index_expression:
                return f"{sql}{suffix}", params
            return f"({sql}){suffix}", params
        sql = template % {**own, "expressions": inner_sql, "name": own.get("name", "")}
        return f"{sql}{suffix}", params
    sql, params = compiler.compile(expression)
    if not isinstance(expression, Col):
        sql = f"({sql})"
    return f"{sql}{suffix}", list(params)


def resolved_list(expressions: Sequence[Any], model: Any, connection: Any) -> Any:
    """Return index expressions resolved and in one list: what the schema editor takes."""
    fragments = FragmentCompiler(model, connection, qualified=False)
    return fragments.resolve(ExpressionList(*(IndexExpression(each) for each in expressions)))


def bare(expression: Any) -> Any:
    """Return what an index expression compares: without direction, collation kept."""
    while isinstance(expression, (OrderBy, IndexExpression)):
        expression = expression.get_source_expressions()[0]
    return expression
