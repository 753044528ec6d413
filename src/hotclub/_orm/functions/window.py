"""Window functions.

Source: docs ref/models/database-functions, "Window functions".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import Func


class CumeDist(Func):
    shape_attributes = ("extra",)
    function = "CUME_DIST"
    output_field = fields.FloatField()
    window_compatible = True


class DenseRank(Func):
    shape_attributes = ("extra",)
    function = "DENSE_RANK"
    output_field = fields.IntegerField()
    window_compatible = True


class FirstValue(Func):
    shape_attributes = ("extra",)
    arity = 1
    function = "FIRST_VALUE"
    window_compatible = True


class LagLeadFunction(Func):
    """The value of a row some places before or after."""

    shape_attributes = ("extra",)
    window_compatible = True

    def __init__(self, expression: Any, offset: int = 1, default: Any = None, **extra: Any) -> None:
        if expression is None:
            raise ValueError(f"{self.__class__.__name__} requires a non-null source expression.")
        if offset is None or offset <= 0:
            raise ValueError(f"{self.__class__.__name__} requires a positive integer for the offset.")
        args = (expression, offset) if default is None else (expression, offset, default)
        super().__init__(*args, **extra)

    def _resolve_output_field(self) -> Any:
        return self.get_source_expressions()[0].output_field


class Lag(LagLeadFunction):
    shape_attributes = ("extra",)
    function = "LAG"


class LastValue(Func):
    shape_attributes = ("extra",)
    arity = 1
    function = "LAST_VALUE"
    window_compatible = True


class Lead(LagLeadFunction):
    shape_attributes = ("extra",)
    function = "LEAD"


class NthValue(Func):
    """The value of the n-th row of the frame."""

    shape_attributes = ("extra",)
    function = "NTH_VALUE"
    window_compatible = True

    def __init__(self, expression: Any, nth: int = 1, **extra: Any) -> None:
        if expression is None:
            raise ValueError(f"{self.__class__.__name__} requires a non-null source expression.")
        if nth is None or nth <= 0:
            raise ValueError(f"{self.__class__.__name__} requires a positive integer as for nth.")
        super().__init__(expression, nth, **extra)

    def _resolve_output_field(self) -> Any:
        return self.get_source_expressions()[0].output_field


class Ntile(Func):
    """The number of the bucket a row falls into."""

    shape_attributes = ("extra",)
    function = "NTILE"
    output_field = fields.IntegerField()
    window_compatible = True

    def __init__(self, num_buckets: int = 1, **extra: Any) -> None:
        if num_buckets <= 0:
            raise ValueError("num_buckets must be greater than 0.")
        super().__init__(num_buckets, **extra)


class PercentRank(Func):
    shape_attributes = ("extra",)
    function = "PERCENT_RANK"
    output_field = fields.FloatField()
    window_compatible = True


class Rank(Func):
    shape_attributes = ("extra",)
    function = "RANK"
    output_field = fields.IntegerField()
    window_compatible = True


class RowNumber(Func):
    shape_attributes = ("extra",)
    function = "ROW_NUMBER"
    output_field = fields.IntegerField()
    window_compatible = True
