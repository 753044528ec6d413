"""Documented path of aggregates; the code is in `hotclub._orm.aggregates`."""

from hotclub._orm.aggregates import (
    Aggregate,
    AnyValue,
    Avg,
    Count,
    Max,
    Min,
    StdDev,
    StringAgg,
    Sum,
    Variance,
)

__all__ = ["Aggregate", "AnyValue", "Avg", "Count", "Max", "Min", "StdDev", "StringAgg", "Sum", "Variance"]
