"""Mathematical functions.

Source: docs ref/models/database-functions, "Math functions".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, Func, Value
from hotclub._orm.functions.comparison import Cast
from hotclub._orm.lookups.core import Transform


class NumericOutputMixin:
    """Decimal stays decimal, whole numbers become real ones."""

    shape_neutral = True

    def _resolve_output_field(self) -> Any:
        sources = [source for source in self.get_source_fields() if source is not None]  # type: ignore[attr-defined]
        if any(isinstance(source, fields.DecimalField) for source in sources):
            return fields.DecimalField()
        if any(isinstance(source, fields.IntegerField) for source in sources):
            return fields.FloatField()
        return super()._resolve_output_field() if sources else None  # type: ignore[misc]


class FixDecimalInputMixin(Func):
    """PostgreSQL has these functions for decimal numbers only: binary ones are cast."""

    shape_attributes = ("extra",)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if connection.vendor == "postgresql":
            made = self.copy()
            made.set_source_expressions([_as_decimal(part) for part in made.get_source_expressions()])
            return super(FixDecimalInputMixin, made).as_sql(compiler, connection, **extra_context)
        return super().as_sql(compiler, connection, **extra_context)


def _as_decimal(part: Any) -> Any:
    return Cast(part, fields.DecimalField()) if isinstance(part._output_field_or_none, fields.FloatField) else part


class Abs(Transform):
    shape_attributes = ("extra",)
    function = "ABS"
    lookup_name = "abs"


class ACos(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "ACOS"
    lookup_name = "acos"


class ASin(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "ASIN"
    lookup_name = "asin"


class ATan(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "ATAN"
    lookup_name = "atan"


class ATan2(NumericOutputMixin, Func):
    shape_attributes = ("extra",)
    function = "ATAN2"
    arity = 2


class Ceil(Transform):
    shape_attributes = ("extra",)
    function = "CEILING"
    lookup_name = "ceil"


class Cos(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "COS"
    lookup_name = "cos"


class Cot(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "COT"
    lookup_name = "cot"


class Degrees(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "DEGREES"
    lookup_name = "degrees"


class Exp(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "EXP"
    lookup_name = "exp"


class Floor(Transform):
    shape_attributes = ("extra",)
    function = "FLOOR"
    lookup_name = "floor"


class Ln(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "LN"
    lookup_name = "ln"


class Log(FixDecimalInputMixin, NumericOutputMixin, Func):
    shape_attributes = ("extra",)
    function = "LOG"
    arity = 2


class Mod(FixDecimalInputMixin, NumericOutputMixin, Func):
    shape_attributes = ("extra",)
    function = "MOD"
    arity = 2


class Pi(NumericOutputMixin, Func):
    shape_attributes = ("extra",)
    function = "PI"
    arity = 0

    def _resolve_output_field(self) -> Any:
        return fields.FloatField()


class Power(NumericOutputMixin, Func):
    shape_attributes = ("extra",)
    function = "POWER"
    arity = 2


class Radians(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "RADIANS"
    lookup_name = "radians"


class Random(NumericOutputMixin, Func):
    shape_attributes = ("extra",)
    function = "RANDOM"
    arity = 0

    def _resolve_output_field(self) -> Any:
        return fields.FloatField()

    def get_group_by_cols(self) -> list[Any]:
        return []


class Round(FixDecimalInputMixin, Transform):
    shape_attributes = ("extra",)
    function = "ROUND"
    lookup_name = "round"
    arity = None  # type: ignore[assignment]

    def __init__(self, expression: Any, precision: Any = 0, **extra: Any) -> None:
        super().__init__(expression, precision, **extra)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:  # type: ignore[override]
        if connection.vendor == "sqlite":
            precision = self.get_source_expressions()[1]
            if isinstance(precision, Value):
                value = compiler.value_of(precision.value) if hasattr(precision.value, "sample") else precision.value
                known = getattr(value, "sample", value)
                if isinstance(known, int) and known < 0:
                    raise ValueError("SQLite does not support negative precision.")
        return super().as_sql(compiler, connection, **extra_context)

    def _resolve_output_field(self) -> Any:
        return self.get_source_expressions()[0].output_field


class Sign(Transform):
    shape_attributes = ("extra",)
    function = "SIGN"
    lookup_name = "sign"


class Sin(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "SIN"
    lookup_name = "sin"


class Sqrt(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "SQRT"
    lookup_name = "sqrt"


class Tan(NumericOutputMixin, Transform):
    shape_attributes = ("extra",)
    function = "TAN"
    lookup_name = "tan"
