"""Aggregates that collect values, and those that join truth values."""

from __future__ import annotations

import warnings
from typing import Any

from hotclub.contrib.postgres.fields import ArrayField
from hotclub.db import models
from hotclub.db.models import Aggregate, BooleanField, JSONField
from hotclub.utils.deprecation import RemovedInDjango2028Warning


class ArrayAgg(Aggregate):
    """All values as an array."""

    shape_attributes = ("distinct", "extra", "default")
    distinct: bool
    order_by: Any
    function = "ARRAY_AGG"
    name = "ArrayAgg"
    allow_distinct = True
    allow_order_by = True

    @property
    def output_field(self) -> Any:
        return ArrayField(self.source_expressions[0].output_field)


class JSONBAgg(Aggregate):
    """All values as a JSON array."""

    distinct: bool
    order_by: Any
    function = "JSONB_AGG"
    name = "JSONBAgg"
    allow_distinct = True
    allow_order_by = True
    output_field = JSONField()


class BoolAnd(Aggregate):
    """Whether all values are true."""

    function = "BOOL_AND"
    name = "BoolAnd"
    output_field = BooleanField()


class BoolOr(Aggregate):
    """Whether one value is true."""

    function = "BOOL_OR"
    name = "BoolOr"
    output_field = BooleanField()


def _bit_warning(name: str) -> None:
    warnings.warn(
        f"The PostgreSQL-specific {name} function is deprecated. Use hotclub.db.models.aggregates.{name} instead.",
        category=RemovedInDjango2028Warning,
        stacklevel=3,
    )


class BitAnd(models.BitAnd):
    """Deprecated: `hotclub.db.models.BitAnd` runs on all databases."""

    shape_attributes = ("distinct", "extra", "default")

    def __init__(self, expression: Any, **extra: Any) -> None:
        _bit_warning("BitAnd")
        super().__init__(expression, **extra)


class BitOr(models.BitOr):
    """Deprecated: `hotclub.db.models.BitOr` runs on all databases."""

    shape_attributes = ("distinct", "extra", "default")

    def __init__(self, expression: Any, **extra: Any) -> None:
        _bit_warning("BitOr")
        super().__init__(expression, **extra)


class BitXor(models.BitXor):
    """Deprecated: `hotclub.db.models.BitXor` runs on all databases."""

    shape_attributes = ("distinct", "extra", "default")

    def __init__(self, expression: Any, **extra: Any) -> None:
        _bit_warning("BitXor")
        super().__init__(expression, **extra)


class StringAgg(models.StringAgg):
    """Deprecated: `hotclub.db.models.StringAgg` runs on all databases.

    Args:
        expression: the texts.
        delimiter: what stands between two of them: a text, or an expression.
    """

    shape_attributes = ("distinct", "extra", "default")
    distinct: bool
    order_by: Any

    def __init__(self, expression: Any, delimiter: Any, **extra: Any) -> None:
        if isinstance(delimiter, str):
            warnings.warn(
                "delimiter: str will be resolved as a field reference instead of a string literal on Django 2028. Pass "
                f"`delimiter=Value({delimiter!r})` to preserve the previous behavior.",
                category=RemovedInDjango2028Warning,
                stacklevel=2,
            )
            delimiter = models.Value(delimiter)
        warnings.warn(
            "The PostgreSQL specific StringAgg function is deprecated. Use hotclub.db.models.aggregates.StringAgg "
            "instead.",
            category=RemovedInDjango2028Warning,
            stacklevel=2,
        )
        super().__init__(expression, delimiter, **extra)
