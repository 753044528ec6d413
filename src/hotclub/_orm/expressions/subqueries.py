"""`Subquery` and `Exists`: queries inside expressions.

What stands in `query` speaks the protocol of expressions itself: it resolves into a tree bound to the outer query and
writes itself in parentheses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, BaseExpression, Combinable, Value
from hotclub.core.exceptions import EmptyResultSet


class Subquery(BaseExpression, Combinable):
    """A query whose single result is used as a value.

    Source: docs ref/models/expressions, "Subquery() expressions".
    """

    shape_attributes = ("extra",)
    template = "(%(subquery)s)"
    contains_aggregate = False
    empty_result_set_value = None
    subquery = True
    cast_numeric = True

    def __init__(self, queryset: Any, output_field: Any = None, **extra: Any) -> None:
        self.query = getattr(queryset, "query", queryset)
        self.extra = extra
        super().__init__(output_field)

    def get_source_expressions(self) -> list[Any]:
        return [self.query]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.query = exprs[0]

    def _resolve_output_field(self) -> Any:
        return self.query.output_field

    def get_source_fields(self) -> list[Any]:
        return [self.query.output_field]

    def copy(self) -> Any:
        made = super().copy()
        made.extra = self.extra.copy()
        return made

    @property
    def external_aliases(self) -> Any:
        return self.query.external_aliases

    def get_external_cols(self) -> list[Any]:
        return self.query.get_external_cols()  # type: ignore[no-any-return]

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None, **extra_context: Any) -> SQL:
        connection.ops.check_expression_support(self)
        data = {**self.extra, **extra_context}
        sql, params = self.query.as_sql(compiler, connection)
        data["subquery"] = sql[1:-1]
        template = template or data.get("template", self.template)
        return template % data, params

    def get_group_by_cols(self) -> list[Any]:
        cols = self.get_external_cols()
        # A value that may differ between rows of one group is no property of the group.
        if any(getattr(col, "possibly_multivalued", False) for col in cols):
            return [self]
        return cols

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Subquery) and type(self) is type(other) and self.query == other.query

    def __hash__(self) -> int:
        return hash((type(self), id(self.query)))


class Exists(Subquery):
    """Whether a query finds anything.

    Source: docs ref/models/expressions, "Exists() subqueries".
    """

    shape_attributes = ("extra",)
    template = "EXISTS(%(subquery)s)"
    output_field = fields.BooleanField()
    empty_result_set_value = False  # type: ignore[assignment]

    def __init__(self, queryset: Any, **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        made = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        made.query = made.query.as_existence()
        return made

    def get_group_by_cols(self) -> list[Any]:
        # Whether there are rows may be grouped by the columns it looks at from outside.
        return super().get_group_by_cols()

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None, **extra_context: Any) -> SQL:
        try:
            return super().as_sql(compiler, connection, template, **extra_context)
        except EmptyResultSet:
            if not connection.features.supports_boolean_expr_in_select_clause:
                return "1=0", ()
            return compiler.compile(Value(False))  # type: ignore[no-any-return]


for _public in (Subquery, Exists):
    _public.__module__ = "hotclub.db.models.expressions"
