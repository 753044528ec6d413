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
    """Write an expression: columns bare, all else in brackets; collation, operator class and direction behind.

    They may stand around the expression in any order; SQL knows one.
    """
    direction = collation = ""
    classes: list[Any] = []
    while True:
        if isinstance(expression, OrderBy):
            direction = _order_suffix(expression, connection)
        elif isinstance(expression, Collate):
            collation = f" COLLATE {connection.ops.quote_name(expression.collation)}"
        elif isinstance(expression, wrappers):
            classes.append(expression)
        else:
            break
        expression = expression.get_source_expressions()[0]
    sql, params = compiler.compile(expression)
    if not isinstance(expression, Col):
        sql = f"({sql})"
    sql += collation
    if collation and connection.features.collate_as_index_expression:
        sql = f"({sql})"
    for each in reversed(classes):
        template = each.extra.get("template") or each.template
        sql = template % {**each.extra, "expressions": sql, "name": each.extra.get("name", "")}
    return f"{sql}{direction}", list(params)


def resolved_list(expressions: Sequence[Any], model: Any, connection: Any) -> Any:
    """Return index expressions resolved and in one list: what the schema editor takes."""
    fragments = FragmentCompiler(model, connection, qualified=False)
    return fragments.resolve(ExpressionList(*(IndexExpression(each) for each in expressions)))


def bare(expression: Any) -> Any:
    """Return what an index expression compares: without direction and operator class, collation kept."""
    wrappers: Any = (IndexExpression, *IndexExpression.wrapper_classes)
    while isinstance(expression, wrappers) and not isinstance(expression, Collate):
        expression = expression.get_source_expressions()[0]
    return expression
