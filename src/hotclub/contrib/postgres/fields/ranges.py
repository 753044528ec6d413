"""Ranges: two bounds in one column.

Source: docs ref/contrib/postgres/fields, "Range Fields"; PostgreSQL documentation, "Range Types".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hotclub._orm.shape import Slot
from hotclub.contrib.postgres import forms
from hotclub.contrib.postgres.casting import COMPARISONS, CastRight
from hotclub.contrib.postgres.fields.base import SQL, PartedField
from hotclub.contrib.postgres.operators import OperatorLookup
from hotclub.db import models
from hotclub.db.backends.postgresql.psycopg_any import RANGE_TYPES, DateRange, DateTimeTZRange, NumericRange

CANONICAL_RANGE_BOUNDS = "[)"
"""The bounds PostgreSQL itself gives ranges of whole numbers and of dates: the lower one belongs to the range."""

_BOUNDS = ("[)", "(]", "()", "[]")


class RangeOperators:
    """Operators for `ExclusionConstraint`."""

    EQUAL = "="
    NOT_EQUAL = "<>"
    CONTAINS = "@>"
    CONTAINED_BY = "<@"
    OVERLAPS = "&&"
    FULLY_LT = "<<"
    FULLY_GT = ">>"
    NOT_LT = "&>"
    NOT_GT = "&<"
    ADJACENT_TO = "-|-"


class RangeBoundary(models.Expression):
    """Which bounds belong to a range that a function makes.

    Args:
        inclusive_lower: the lower bound belongs to it.
        inclusive_upper: the upper bound belongs to it.
    """

    shape_attributes = ("lower", "upper")

    def __init__(self, inclusive_lower: bool = True, inclusive_upper: bool = False) -> None:
        super().__init__()
        self.lower = "[" if inclusive_lower else "("
        self.upper = "]" if inclusive_upper else ")"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return f"'{self.lower}{self.upper}'", []


class RangeField(PartedField):
    """Base of the range fields.

    Attributes:
        base_field: class of the bounds' field; on an instance, such a field.
        range_type: class of the values.
        form_field: class of the form field.
    """

    empty_strings_allowed = False
    range_type: Any
    form_field: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "default_bounds" in kwargs:
            raise TypeError(f"Cannot use 'default_bounds' with {type(self).__name__}.")
        # A field of its own for each: it learns the model below.
        self.base_field = self.base_field()
        super().__init__(*args, **kwargs)

    def make_range(self, pair: Sequence[Any]) -> Any:
        """Return the range of a pair of bounds."""
        return self.range_type(pair[0], pair[1])

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return self.make_range(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            # What value_to_string() wrote.
            parts = json.loads(value)
            for bound in ("lower", "upper"):
                if bound in parts:
                    parts[bound] = self.base_field.to_python(parts[bound])
            return self.range_type(**parts)
        return self.make_range(value) if isinstance(value, (list, tuple)) else value

    def value_to_string(self, obj: Any) -> Any:
        value = self.value_from_object(obj)
        if value is None:
            return None
        if value.isempty:
            return json.dumps({"empty": True})
        written: dict[str, Any] = {"bounds": value._bounds}
        for name in ("lower", "upper"):
            written[name] = self.part_to_string(getattr(value, name))
        return json.dumps(written)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or self.form_field, choices_form_class, **kwargs)


class ContinuousRangeField(RangeField):
    """A range between any two of whose values there is another: the bounds of a pair are a choice.

    Args:
        default_bounds: of a pair (list or tuple): "[)", "(]", "()" or "[]".

    Raises:
        ValueError: the bounds are none of these.
    """

    def __init__(self, *args: Any, default_bounds: str = CANONICAL_RANGE_BOUNDS, **kwargs: Any) -> None:
        if default_bounds not in _BOUNDS:
            raise ValueError("default_bounds must be one of '[)', '(]', '()', or '[]'.")
        self.default_bounds = default_bounds
        super().__init__(*args, **kwargs)

    def make_range(self, pair: Sequence[Any]) -> Any:
        return self.range_type(pair[0], pair[1], self.default_bounds)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("default_bounds", self.default_bounds)
        return super().formfield(form_class, choices_form_class, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.default_bounds and self.default_bounds != CANONICAL_RANGE_BOUNDS:
            kwargs["default_bounds"] = self.default_bounds
        return name, path, args, kwargs


class IntegerRangeField(RangeField):
    """Whole numbers of 32 bits (`int4range`)."""

    base_field = models.IntegerField
    range_type = NumericRange
    form_field = forms.IntegerRangeField

    def db_type(self, connection: Any) -> str:
        return "int4range"


class BigIntegerRangeField(RangeField):
    """Whole numbers of 64 bits (`int8range`)."""

    base_field = models.BigIntegerField
    range_type = NumericRange
    form_field = forms.IntegerRangeField

    def db_type(self, connection: Any) -> str:
        return "int8range"


class DecimalRangeField(ContinuousRangeField):
    """Decimal and binary fractions (`numrange`)."""

    base_field = models.DecimalField
    range_type = NumericRange
    form_field = forms.DecimalRangeField

    def db_type(self, connection: Any) -> str:
        return "numrange"


class DateTimeRangeField(ContinuousRangeField):
    """Moments (`tstzrange`)."""

    base_field = models.DateTimeField
    range_type = DateTimeTZRange
    form_field = forms.DateTimeRangeField

    def db_type(self, connection: Any) -> str:
        return "tstzrange"


class DateRangeField(RangeField):
    """Days (`daterange`)."""

    base_field = models.DateField
    range_type = DateRange
    form_field = forms.DateRangeField

    def db_type(self, connection: Any) -> str:
        return "daterange"


# -- lookups ---------------------------------------------------------------------------------------------------------


class _RangeRight(CastRight):
    """The right side is a range, or a pair that is made one."""

    shape_neutral = True
    rhs: Any

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        if self.rhs_is_direct_value():  # type: ignore[attr-defined]  # of the lookup beside it
            return super().process_rhs(compiler, connection)
        return super(CastRight, self).process_rhs(compiler, connection)  # type: ignore[misc, no-any-return]  # has a type of its own


for _comparison in COMPARISONS:
    _name = f"Range{_comparison.__name__.removeprefix('Cast')}"
    RangeField.register_lookup(type(_name, (_comparison,), {"__module__": __name__, "__doc__": _comparison.__doc__}))


class _RangeOperator(_RangeRight, OperatorLookup):
    """An operator between ranges."""


@RangeField.register_lookup
class RangeContains(_RangeOperator):
    """The range holds a value or another range."""

    shape_attributes = ()
    lookup_name = "contains"
    operator = "@>"

    def right_type(self, connection: Any) -> str:
        field = self.lhs.output_field
        value = self.rhs.sample if type(self.rhs) is Slot else self.rhs  # its type belongs to the shape
        return str((field if isinstance(value, RANGE_TYPES) else field.base_field).db_type(connection))

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        if self.rhs_is_direct_value() or isinstance(self.rhs.output_field, RangeField):
            return sql, params
        # A single value that an expression gives: the operator exists for the type of the bounds only.
        return f"({sql})::{self.right_type(connection)}", params

    def prep_value(self, value: Any) -> Any:
        field = self.lhs.output_field
        if isinstance(value, (list, tuple, *RANGE_TYPES)):
            return field.get_prep_value(value)
        return field.base_field.get_prep_value(value)

    def db_value(self, value: Any, connection: Any) -> Any:
        field = self.lhs.output_field
        chosen = field if isinstance(value, RANGE_TYPES) else field.base_field
        return chosen.get_db_prep_value(value, connection, prepared=True)


@RangeField.register_lookup
class RangeContainedBy(_RangeOperator):
    """The range is held by another one."""

    lookup_name = "contained_by"
    operator = "<@"


@RangeField.register_lookup
class RangeOverlap(_RangeOperator):
    """The ranges have a value in common."""

    lookup_name = "overlap"
    operator = RangeOperators.OVERLAPS


@RangeField.register_lookup
class FullyLessThan(_RangeOperator):
    """All values are below those of the other range."""

    lookup_name = "fully_lt"
    operator = RangeOperators.FULLY_LT


@RangeField.register_lookup
class FullyGreaterThan(_RangeOperator):
    """All values are above those of the other range."""

    lookup_name = "fully_gt"
    operator = RangeOperators.FULLY_GT


@RangeField.register_lookup
class NotLessThan(_RangeOperator):
    """No value is below the other range."""

    lookup_name = "not_lt"
    operator = RangeOperators.NOT_LT


@RangeField.register_lookup
class NotGreaterThan(_RangeOperator):
    """No value is above the other range."""

    lookup_name = "not_gt"
    operator = RangeOperators.NOT_GT


@RangeField.register_lookup
class AdjacentToLookup(_RangeOperator):
    """The ranges touch, with nothing in common and nothing between."""

    lookup_name = "adjacent_to"
    operator = RangeOperators.ADJACENT_TO


class _Bound(models.Transform):
    """One bound of a range."""

    shape_attributes = ("extra",)

    @property
    def output_field(self) -> Any:
        return self.lhs.output_field.base_field


@RangeField.register_lookup
class RangeStartsWith(_Bound):
    """The lower bound."""

    lookup_name = "startswith"
    function = "lower"


@RangeField.register_lookup
class RangeEndsWith(_Bound):
    """The upper bound."""

    lookup_name = "endswith"
    function = "upper"


@RangeField.register_lookup
class IsEmpty(models.Transform):
    """Whether no value is in the range."""

    lookup_name = "isempty"
    function = "isempty"
    output_field = models.BooleanField()


@RangeField.register_lookup
class LowerInclusive(models.Transform):
    """Whether the lower bound belongs to the range."""

    lookup_name = "lower_inc"
    function = "LOWER_INC"
    output_field = models.BooleanField()


@RangeField.register_lookup
class LowerInfinite(models.Transform):
    """Whether there is no lower bound."""

    lookup_name = "lower_inf"
    function = "LOWER_INF"
    output_field = models.BooleanField()


@RangeField.register_lookup
class UpperInclusive(models.Transform):
    """Whether the upper bound belongs to the range."""

    lookup_name = "upper_inc"
    function = "UPPER_INC"
    output_field = models.BooleanField()


@RangeField.register_lookup
class UpperInfinite(models.Transform):
    """Whether there is no upper bound."""

    lookup_name = "upper_inf"
    function = "UPPER_INF"
    output_field = models.BooleanField()


_RANGE_OF: dict[str, tuple[str, str]] = {
    "DateField": ("date", "daterange"),
    "DateTimeField": ("timestamp with time zone", "tstzrange"),
    "SmallIntegerField": ("integer", "int4range"),
    "SmallAutoField": ("integer", "int4range"),
    "IntegerField": ("integer", "int4range"),
    "AutoField": ("integer", "int4range"),
    "PositiveSmallIntegerField": ("integer", "int4range"),
    "PositiveIntegerField": ("integer", "int4range"),
    "BigIntegerField": ("bigint", "int8range"),
    "BigAutoField": ("bigint", "int8range"),
    "PositiveBigIntegerField": ("bigint", "int8range"),
    "FloatField": ("numeric", "numrange"),
    "DecimalField": ("numeric", "numrange"),
}


class ValueContainedBy(OperatorLookup):
    """A single value is in a range."""

    shape_attributes = ()
    lookup_name = "contained_by"
    operator = "<@"
    prepare_rhs = False

    def _types(self) -> tuple[str, str]:
        return _RANGE_OF[self.lhs.output_field.get_internal_type()]

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        sql, params = super().process_lhs(compiler, connection, lhs)
        return f"{sql}::{self._types()[0]}", params

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        return (f"{sql}::{self._types()[1]}" if self.rhs_is_direct_value() else sql), params

    def db_value(self, value: Any, connection: Any) -> Any:
        return NumericRange(*value) if isinstance(value, (list, tuple)) else value


for _field in (models.DateField, models.DateTimeField, models.IntegerField, models.FloatField, models.DecimalField):
    _field.register_lookup(ValueContainedBy)
