"""Aggregates: one value out of many rows.

Source: docs ref/models/querysets, "Aggregation functions".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.conditional import Case, When
from hotclub._orm.expressions.core import SQL, Func, OrderByList, Ref, Star, Value
from hotclub._orm.functions.comparison import Coalesce
from hotclub._orm.functions.math import NumericOutputMixin
from hotclub._orm.q import Q
from hotclub.core.exceptions import FieldError, FullResultSet
from hotclub.db.utils import NotSupportedError


class Aggregate(Func):
    """Base of the aggregate functions.

    Args:
        *expressions: what is aggregated.
        distinct: whether equal values count once.
        filter: condition on the rows that count.
        default: value if no row counts.
        order_by: order of the rows, where the function allows one.
        **extra: further parts of the template.

    Source: docs ref/models/expressions, "Aggregate() expressions".
    """

    # Options, as given.
    distinct: bool
    filter: Any
    order_by: Any

    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    template = "%(function)s(%(distinct)s%(expressions)s%(order_by)s)"
    contains_aggregate = True
    name: str | None = None
    window_compatible = True
    allow_distinct = False
    allow_order_by = False
    empty_result_set_value: Any = None

    def __init__(
        self,
        *expressions: Any,
        distinct: bool = False,
        filter: Any = None,
        default: Any = None,
        order_by: Any = None,
        **extra: Any,
    ) -> None:
        if distinct and not self.allow_distinct:
            raise TypeError(f"{type(self).__name__} does not allow distinct.")
        if order_by and not self.allow_order_by:
            raise TypeError(f"{type(self).__name__} does not allow order_by.")
        if default is not None and self.empty_result_set_value is not None:
            raise TypeError(f"{type(self).__name__} does not allow default.")
        self.distinct = distinct
        self.filter = None if filter is None else AggregateFilter(filter)
        self.default = default
        self.order_by = AggregateOrderBy.from_param(f"{type(self).__name__}.order_by", order_by)
        super().__init__(*expressions, **extra)

    def get_source_fields(self) -> list[Any]:
        return [part._output_field_or_none for part in super().get_source_expressions()]

    def get_source_expressions(self) -> list[Any]:
        return [*super().get_source_expressions(), self.filter, self.order_by]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        *expressions, self.filter, self.order_by = exprs
        super().set_source_expressions(expressions)

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        made = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        if summarize:
            for part in made.source_expressions:
                self._check_summarized(part, query)
        elif not self.is_summary:
            self._refuse_nested(made)
        if made.default is None:
            return made
        default = made.default
        if hasattr(default, "resolve_expression"):
            default = default.resolve_expression(query, allow_joins, reuse, summarize)
            if default._output_field_or_none is None:
                default.output_field = made._output_field_or_none
        else:
            default = Value(default, made._output_field_or_none)
        made.default = None
        coalesced = Coalesce(made, default, output_field=made._output_field_or_none)
        coalesced.is_summary = made.is_summary
        return coalesced

    def _check_summarized(self, part: Any, query: Any) -> None:
        if getattr(part, "contains_aggregate", False) and not _all_in_refs(part):
            inner = next((node for node in part.flatten() if isinstance(node, (Aggregate, Ref))), part)
            raise FieldError(
                f"Cannot compute {type(self).__name__}('{_shown(inner)}'): '{_shown(inner)}' is an aggregate"
            )

    def _refuse_nested(self, made: Any) -> None:
        given = self.get_source_expressions()
        for position, part in enumerate(made.get_source_expressions()):
            if part is not None and part.contains_aggregate:
                before = given[position]
                name = getattr(before, "name", None) or repr(before)
                raise FieldError(
                    f"Cannot compute {made.name or type(made).__name__}({name!r}): {name!r} is an aggregate"
                )

    @property
    def default_alias(self) -> str:
        """The name in `aggregate()` where none was given.

        Raises:
            TypeError: the expression is too complex for one.
        """
        parts = [part for part in self.get_source_expressions() if part is not None]
        if len(parts) == 1 and hasattr(parts[0], "name"):
            return f"{parts[0].name}__{(self.name or '').lower()}"
        if len(self.source_expressions) == 1 and hasattr(self.source_expressions[0], "name"):
            return f"{self.source_expressions[0].name}__{(self.name or '').lower()}"
        raise TypeError("Complex expressions require an alias")

    def get_group_by_cols(self) -> list[Any]:
        return []

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]  # the options travel as context
        ordered = self.order_by is not None
        if ordered and not connection.features.supports_aggregate_order_by_clause:
            raise NotSupportedError("This database backend does not support specifying an order on aggregates.")
        context = {"distinct": "DISTINCT " if self.distinct else "", **extra_context}
        order_sql, order_params = "", ()
        if ordered:
            sql, order_params = compiler.compile(self.order_by)
            order_sql = f" {sql}"
        context.setdefault("order_by", order_sql)
        context["filter"] = ""
        if self.filter is None:
            sql, params = super().as_sql(compiler, connection, **context)
            return sql, (*params, *order_params)
        if connection.features.supports_aggregate_filter_clause:
            try:
                filter_sql, filter_params = compiler.compile(self.filter)
            except FullResultSet:
                sql, params = super().as_sql(compiler, connection, **context)
                return sql, (*params, *order_params)
            template = extra_context.get("template") or self._form_template(compiler)
            context["template"] = f"{template} {filter_sql.replace('%', '%%')}"
            sql, params = super().as_sql(compiler, connection, **self._with_form(compiler, context))
            return sql, (*params, *order_params, *filter_params)
        made = self.copy()
        made.filter = None
        sources = made.source_expressions
        made.source_expressions = [Case(When(self.filter.condition, then=sources[0]), default=None), *sources[1:]]
        return made.as_sql(compiler, connection, **extra_context)

    def _form_template(self, compiler: Any) -> str:
        form = compiler.function_form(self)
        if form is not None and form.template:
            return str(form.template)
        return str(self.extra.get("template", self.template))

    def _with_form(self, compiler: Any, context: dict[str, Any]) -> dict[str, Any]:
        form = compiler.function_form(self)
        if form is not None and form.function:
            context.setdefault("function", form.function)
        return context

    def _get_repr_options(self) -> dict[str, Any]:
        options: dict[str, Any] = dict(super()._get_repr_options())
        if self.distinct:
            options["distinct"] = self.distinct
        if self.filter is not None:
            options["filter"] = self.filter
        if self.order_by is not None:
            options["order_by"] = self.order_by
        return options


def _shown(part: Any) -> str:
    return getattr(part, "refs", None) or getattr(part, "name", None) or str(part)


def _all_in_refs(part: Any) -> bool:
    """Whether each aggregate below stands in a subquery already, and is only referred to."""
    if isinstance(part, Ref):
        return not getattr(part, "is_written_out", False)
    if isinstance(part, Aggregate):
        return False
    return all(_all_in_refs(inner) for inner in part.get_source_expressions() if inner is not None)


class AggregateFilter(Func):
    """The FILTER clause of an aggregate."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)
    arity = 1
    template = " FILTER (WHERE %(expressions)s)"
    cast_numeric = False

    def __init__(self, condition: Any) -> None:
        if isinstance(condition, Q) or not isinstance(condition, str):
            super().__init__(condition)
        else:
            raise TypeError("The filter of an aggregate must be a Q object or a conditional expression.")

    @property
    def condition(self) -> Any:
        return self.source_expressions[0]

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if not connection.features.supports_aggregate_filter_clause:
            raise NotSupportedError("Aggregate filter clauses are not supported on this database backend.")
        sql, params = compiler.compile(self.condition)
        return f"FILTER (WHERE {sql})", params

    def __str__(self) -> str:
        return str(self.condition)

    def _resolve_output_field(self) -> Any:
        return fields.BooleanField()

    @property
    def conditional(self) -> bool:
        return True


class AggregateOrderBy(OrderByList):
    """The ORDER BY inside an aggregate."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)


class AnyValue(Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "ANY_VALUE"
    name = "AnyValue"
    arity = 1
    window_compatible = False

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]  # the options travel as context
        if not connection.features.supports_any_value:
            raise NotSupportedError("ANY_VALUE is not supported on this database backend.")
        return super().as_sql(compiler, connection, **extra_context)


class Avg(NumericOutputMixin, Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "AVG"
    name = "Avg"
    allow_distinct = True
    arity = 1


class Count(Aggregate):
    """The number of rows, or of values that are not NULL."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "COUNT"
    name = "Count"
    output_field = fields.IntegerField()
    allow_distinct = True
    empty_result_set_value = 0
    arity = 1
    allows_composite_expressions = True

    def __init__(self, expression: Any, filter: Any = None, **extra: Any) -> None:
        if expression == "*":
            expression = Star()
        if isinstance(expression, Star) and filter is not None:
            raise ValueError("Star cannot be used with filter. Please specify a field.")
        super().__init__(expression, filter=filter, **extra)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        made = super().resolve_expression(*args, **kwargs)
        source = made.source_expressions[0]
        # A composite key is counted by its first column: no part of a key is NULL alone.
        if hasattr(source, "get_cols"):
            columns = source.get_cols()
            if made.distinct and len(columns) > 1:
                raise ValueError("COUNT(DISTINCT) doesn't support composite primary keys")
            made.source_expressions = [columns[0]]
        return made


class Max(Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "MAX"
    name = "Max"
    arity = 1


class Min(Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "MIN"
    name = "Min"
    arity = 1


class StdDev(NumericOutputMixin, Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default", "function")
    name = "StdDev"
    arity = 1

    def __init__(self, expression: Any, sample: bool = False, **extra: Any) -> None:
        self.function = "STDDEV_SAMP" if sample else "STDDEV_POP"
        super().__init__(expression, **extra)

    @property
    def sample(self) -> bool:
        """Whether the rows are a sample."""
        return bool(self.function == "STDDEV_SAMP")

    def _get_repr_options(self) -> dict[str, Any]:
        return {**super()._get_repr_options(), "sample": self.sample}


class Sum(Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "SUM"
    name = "Sum"
    allow_distinct = True
    arity = 1


class Variance(NumericOutputMixin, Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default", "function")
    name = "Variance"
    arity = 1

    def __init__(self, expression: Any, sample: bool = False, **extra: Any) -> None:
        self.function = "VAR_SAMP" if sample else "VAR_POP"
        super().__init__(expression, **extra)

    @property
    def sample(self) -> bool:
        """Whether the rows are a sample."""
        return bool(self.function == "VAR_SAMP")

    def _get_repr_options(self) -> dict[str, Any]:
        return {**super()._get_repr_options(), "sample": self.sample}


class StringAgg(Aggregate):
    """The texts of all rows, with a delimiter between them."""

    delimiter: Any

    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    template = "%(function)s(%(distinct)s%(expressions)s%(order_by)s)"
    function = "STRING_AGG"
    name = "StringAgg"
    allow_distinct = True
    allow_order_by = True
    output_field = fields.TextField()

    def __init__(self, expression: Any, delimiter: Any, **extra: Any) -> None:
        self.delimiter = StringAggDelimiter(delimiter)
        super().__init__(expression, self.delimiter, **extra)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]  # the options travel as context
        if connection.vendor == "sqlite" and self.distinct:
            delimiter = self.source_expressions[1]
            inner = delimiter.source_expressions[0]
            value = getattr(inner, "value", None)
            value = getattr(value, "sample", value)
            if value != ",":
                raise NotSupportedError(
                    "StringAgg does not support distinct with multiple expressions on this database backend."
                )
            made = self.copy()
            made.source_expressions = made.source_expressions[:1]
            return super(StringAgg, made).as_sql(compiler, connection, **extra_context)
        if connection.vendor == "mysql" and self.filter is None:
            return self._group_concat(compiler, connection)
        return super().as_sql(compiler, connection, **extra_context)

    def _group_concat(self, compiler: Any, connection: Any) -> SQL:
        """Write what MySQL has: the delimiter stands behind the order."""
        *expressions, delimiter = self.source_expressions
        separator, params = compiler.compile(delimiter)
        made = self.copy()
        made.source_expressions = expressions
        template = f"GROUP_CONCAT(%(distinct)s%(expressions)s%(order_by)s SEPARATOR {separator.replace('%', '%%')})"
        sql, own_params = super(StringAgg, made).as_sql(compiler, connection, template=template)
        return sql, (*own_params, *params)


class StringAggDelimiter(Func):
    """The text between the parts of a `StringAgg`."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)
    arity = 1
    template = "%(expressions)s"
    cast_numeric = False

    def __init__(self, value: Any) -> None:
        super().__init__(value if hasattr(value, "resolve_expression") else Value(value))


class _Bitwise(Aggregate):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default", "has_default")
    arity = 1
    has_default = False

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(expression, **extra)
        self.has_default = self.default is not None  # the default itself moves into a Coalesce

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]  # the options travel as context
        features = connection.features
        if not features.supports_bit_aggregations:
            raise NotSupportedError(f"{self.name} is not supported on {connection.vendor}.")
        if self.has_default and not features.supports_default_in_bit_aggregations:
            raise NotSupportedError(f"{self.name} does not support the default parameter on {connection.vendor}.")
        return super().as_sql(compiler, connection, **extra_context)


class BitAnd(_Bitwise):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "BIT_AND"
    name = "BitAnd"


class BitOr(_Bitwise):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "BIT_OR"
    name = "BitOr"


class BitXor(_Bitwise):
    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    function = "BIT_XOR"
    name = "BitXor"


for _public in (Aggregate, AnyValue, Avg, Count, Max, Min, StdDev, Sum, Variance, StringAgg, BitAnd, BitOr, BitXor):
    _public.__module__ = "hotclub.db.models.aggregates"
    _public.deconstruct_path = f"hotclub.db.models.{_public.__name__}"
