"""Two expressions joined by an operator, and the type that comes of it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.base import SQL, Combinable, Expression, late
from hotclub.core.exceptions import FieldError
from hotclub.db.utils import DatabaseError


def _numbers(*pairs: tuple[Any, Any, Any]) -> dict[tuple[type, type], type]:
    return {(left, right): result for left, right, result in pairs}


_ARITHMETIC = (Combinable.ADD, Combinable.SUB, Combinable.MUL, Combinable.DIV, Combinable.MOD, Combinable.POW)


_BITWISE = (
    Combinable.BITAND,
    Combinable.BITOR,
    Combinable.BITLEFTSHIFT,
    Combinable.BITRIGHTSHIFT,
    Combinable.BITXOR,
)


def _combination_rules() -> list[tuple[str, Any, Any, Any]]:
    """Which type comes of which operator on which types; the first rule that fits decides."""
    integer, real, decimal_ = fields.IntegerField, fields.FloatField, fields.DecimalField
    date, moment, time, span = fields.DateField, fields.DateTimeField, fields.TimeField, fields.DurationField
    rules: list[tuple[str, Any, Any, Any]] = []
    positive = fields.PositiveIntegerField
    rules += [(operator, positive, positive, positive) for operator in _ARITHMETIC if operator != Combinable.SUB]
    for operator in _BITWISE:
        rules.append((operator, integer, integer, integer))
    for operator in _ARITHMETIC:
        rules += [(operator, kind, kind, kind) for kind in (integer, real, decimal_)]
        rules += [
            (operator, integer, decimal_, decimal_),
            (operator, decimal_, integer, decimal_),
            (operator, integer, real, real),
            (operator, real, integer, real),
        ]
        for kind in (integer, real, decimal_):
            rules += [(operator, kind, type(None), kind), (operator, type(None), kind, kind)]
    for point in (date, moment):
        rules += [
            (Combinable.ADD, point, span, moment),
            (Combinable.ADD, span, point, moment),
            (Combinable.SUB, point, span, moment),
            (Combinable.SUB, point, point, span),
        ]
    rules += [
        (Combinable.ADD, span, span, span),
        (Combinable.SUB, span, span, span),
        (Combinable.ADD, time, span, time),
        (Combinable.ADD, span, time, time),
        (Combinable.SUB, time, span, time),
        (Combinable.SUB, time, time, span),
    ]
    return rules


_rules: list[tuple[str, Any, Any, Any]] = []


@functools.lru_cache(maxsize=512)
def _combined_type(connector: str, left: type, right: type) -> Any:
    if not _rules:
        _rules.extend(_combination_rules())
    for operator, wanted_left, wanted_right, result in _rules:
        if operator == connector and issubclass(left, wanted_left) and issubclass(right, wanted_right):
            return result
    return None


def register_combinable_fields(lhs: Any, connector: str, rhs: Any, result: Any) -> None:
    """Say which type comes of an operator on two types."""
    if not _rules:
        _rules.extend(_combination_rules())
    _rules.append((connector, lhs, rhs, result))
    _combined_type.cache_clear()


class CombinedExpression(Expression):
    """Two expressions joined by an operator."""

    shape_attributes = ("connector",)
    cast_numeric = True

    def __init__(self, lhs: Any, connector: str, rhs: Any, output_field: Any = None) -> None:
        super().__init__(output_field=output_field)
        self.connector = connector
        self.lhs = lhs
        self.rhs = rhs

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __str__(self) -> str:
        return f"{self.lhs} {self.connector} {self.rhs}"

    def get_source_expressions(self) -> list[Any]:
        return [self.lhs, self.rhs]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.lhs, self.rhs = exprs

    def _resolve_output_field(self) -> Any:
        left, right = self.lhs._output_field_or_none, self.rhs._output_field_or_none
        found = _combined_type(self.connector, type(left), type(right))  # type: ignore[arg-type]
        if found is None:
            raise FieldError(
                f"Cannot infer type of {self.connector!r} expression involving these types: "
                f"{left.__class__.__name__}, {right.__class__.__name__}. You must set output_field."
            )
        return found()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left, left_params = compiler.compile(self.lhs)
        right, right_params = compiler.compile(self.rhs)
        sql = connection.ops.combine_expression(self.connector, [left, right])
        return f"({sql})", (*left_params, *right_params)

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        resolved = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        if isinstance(self, (DurationExpression, TemporalSubtraction)):
            return resolved
        left_type = _internal_type(resolved.lhs)
        right_type = _internal_type(resolved.rhs)
        own = self.__dict__.get("output_field")
        points = {"DateField", "DateTimeField", "TimeField"}
        if "DurationField" in {left_type, right_type} and left_type != right_type:
            made: Any = DurationExpression(resolved.lhs, resolved.connector, resolved.rhs, output_field=own)
        elif self.connector == self.SUB and left_type in points and left_type == right_type:
            made = TemporalSubtraction(resolved.lhs, resolved.rhs)
        else:
            return resolved
        made.is_summary = summarize
        return made

    @functools.cached_property
    def allowed_default(self) -> bool:  # type: ignore[override]  # a class constant elsewhere
        return bool(self.lhs.allowed_default and self.rhs.allowed_default)


def _internal_type(expression: Any) -> str | None:
    try:
        found = expression.output_field
    except (FieldError, AttributeError):
        return None  # what stands for a name of an outer query has no type yet
    return None if found is None else found.get_internal_type()


class DurationExpression(CombinedExpression):
    """Arithmetic in which one side is a span of time."""

    shape_attributes = ("connector",)

    def _part(self, side: Any, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(side)
        if _internal_type(side) == "DurationField":
            return connection.ops.format_for_duration_arithmetic(sql), params
        return sql, params

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if connection.features.has_native_duration_field:
            return super().as_sql(compiler, connection)
        if connection.vendor == "sqlite" and self.connector in {self.MUL, self.DIV}:
            allowed = {"DecimalField", "DurationField", "FloatField", "IntegerField"}
            if {_internal_type(self.lhs), _internal_type(self.rhs)} - allowed:
                raise DatabaseError(f"Invalid arguments for operator {self.connector}.")
        left, left_params = self._part(self.lhs, compiler, connection)
        right, right_params = self._part(self.rhs, compiler, connection)
        sql = connection.ops.combine_duration_expression(self.connector, [left, right])
        return f"({sql})", (*left_params, *right_params)


class TemporalSubtraction(CombinedExpression):
    """The span between two moments."""

    shape_attributes = ("connector",)

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, self.SUB, rhs, output_field=fields.DurationField())

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left = compiler.compile(self.lhs)
        right = compiler.compile(self.rhs)
        return connection.ops.subtract_temporals(self.lhs.output_field.get_internal_type(), left, right)  # type: ignore[no-any-return]


late.combined = CombinedExpression
