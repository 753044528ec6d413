"""Statistics of two variables."""

from __future__ import annotations

from typing import Any, ClassVar

from hotclub.db.models import Aggregate, FloatField, IntegerField


class StatAggregate(Aggregate):
    """Base of the functions of two variables.

    Args:
        y: the dependent variable.
        x: the independent variable.
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ("distinct", "extra", "default")
    output_field = FloatField()

    def __init__(self, y: Any, x: Any, output_field: Any = None, filter: Any = None, default: Any = None) -> None:
        if not x or not y:
            raise ValueError("Both y and x must be provided.")
        super().__init__(y, x, output_field=output_field, filter=filter, default=default)


class Corr(StatAggregate):
    """The correlation coefficient."""

    function = "CORR"


class CovarPop(StatAggregate):
    """The covariance of the population, or with `sample` that of a sample."""

    shape_attributes = ("distinct", "extra", "default", "function")

    def __init__(self, y: Any, x: Any, sample: bool = False, filter: Any = None, default: Any = None) -> None:
        self.function = "COVAR_SAMP" if sample else "COVAR_POP"
        super().__init__(y, x, filter=filter, default=default)


class RegrAvgX(StatAggregate):
    """The average of the independent variable."""

    function = "REGR_AVGX"


class RegrAvgY(StatAggregate):
    """The average of the dependent variable."""

    function = "REGR_AVGY"


class RegrCount(StatAggregate):
    """The number of rows in which neither variable is NULL."""

    function = "REGR_COUNT"
    output_field = IntegerField()
    empty_result_set_value = 0


class RegrIntercept(StatAggregate):
    """Where the line of least squares meets the y axis."""

    function = "REGR_INTERCEPT"


class RegrR2(StatAggregate):
    """The square of the correlation coefficient."""

    function = "REGR_R2"


class RegrSlope(StatAggregate):
    """The slope of the line of least squares."""

    function = "REGR_SLOPE"


class RegrSXX(StatAggregate):
    """The sum of squares of the independent variable."""

    function = "REGR_SXX"


class RegrSXY(StatAggregate):
    """The sum of products of both variables."""

    function = "REGR_SXY"


class RegrSYY(StatAggregate):
    """The sum of squares of the dependent variable."""

    function = "REGR_SYY"
