"""Date functions: parts of moments, moments cut to a unit, the present.

Source: docs ref/models/database-functions, "Date functions".
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, Func
from hotclub._orm.lookups.builtin import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from hotclub._orm.lookups.core import Lookup, Transform
from hotclub._orm.shape import Slot
from hotclub.conf import settings
from hotclub.utils import timezone


def _zone_name(zone: Any) -> str:
    """The name the database knows a zone by."""
    return str(zone) if getattr(zone, "key", None) else str(zone.tzname(None) or zone)


class TimezoneMixin:
    """Knows in which time zone a moment is looked at."""

    shape_neutral = True
    tzinfo: Any = None

    def get_tzname(self, compiler: Any = None) -> str | None:
        """Return the name of the zone, or None where time zones are off."""
        if compiler is not None:
            compiler.note_time_zone()
        if not settings.USE_TZ:
            return None
        if self.tzinfo is not None:
            return _zone_name(self.tzinfo)
        return timezone.get_current_timezone_name()


class Extract(TimezoneMixin, Transform):
    """A part of a date or a time."""

    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name: str | None = None
    output_field = fields.IntegerField()

    def __init__(self, expression: Any, lookup_name: str | None = None, tzinfo: Any = None, **extra: Any) -> None:
        if self.lookup_name is None:
            self.lookup_name = lookup_name
        if self.lookup_name is None:
            raise ValueError("lookup_name must be provided")
        self.tzinfo = tzinfo
        super().__init__(expression, **extra)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:  # type: ignore[override]
        sql, params = compiler.compile(self.lhs)
        lhs_field = self.lhs.output_field
        name = self.lookup_name
        if isinstance(lhs_field, fields.DateTimeField):
            return connection.ops.datetime_extract_sql(name, sql, tuple(params), self.get_tzname(compiler))  # type: ignore[no-any-return]
        if self.tzinfo is not None:
            raise ValueError("tzinfo can only be used with DateTimeField.")
        if isinstance(lhs_field, fields.DateField):
            return connection.ops.date_extract_sql(name, sql, tuple(params))  # type: ignore[no-any-return]
        if isinstance(lhs_field, fields.TimeField):
            return connection.ops.time_extract_sql(name, sql, tuple(params))  # type: ignore[no-any-return]
        if not connection.features.has_native_duration_field:
            raise ValueError("Extract requires native DurationField database support.")
        return connection.ops.time_extract_sql(name, sql, tuple(params))  # type: ignore[no-any-return]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        super().set_source_expressions(exprs)
        self._check_input()

    def _check_input(self) -> None:
        field = getattr(self.lhs, "output_field", None)
        if field is None:
            return
        if not isinstance(field, (fields.DateField, fields.DateTimeField, fields.TimeField, fields.DurationField)):
            raise ValueError("Extract input expression must be DateField, DateTimeField, TimeField, or DurationField.")
        if type(field) is fields.DateField and self.lookup_name in ("hour", "minute", "second"):
            raise ValueError(f"Cannot extract time component '{self.lookup_name}' from DateField '{field.name}'.")
        if isinstance(field, fields.DurationField) and self.lookup_name in (
            "year",
            "iso_year",
            "month",
            "week",
            "week_day",
            "iso_week_day",
            "quarter",
        ):
            raise ValueError(f"Cannot extract component '{self.lookup_name}' from DurationField '{field.name}'.")


class ExtractYear(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "year"


class ExtractIsoYear(Extract):
    """The year of ISO 8601, which begins with the week of the first Thursday."""

    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "iso_year"


class ExtractMonth(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "month"


class ExtractDay(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "day"


class ExtractWeek(Extract):
    """The week of ISO 8601, 1 to 53."""

    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "week"


class ExtractWeekDay(Extract):
    """1 for Sunday to 7 for Saturday."""

    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "week_day"


class ExtractIsoWeekDay(Extract):
    """1 for Monday to 7 for Sunday."""

    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "iso_week_day"


class ExtractQuarter(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "quarter"


class ExtractHour(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "hour"


class ExtractMinute(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "minute"


class ExtractSecond(Extract):
    shape_attributes = ("extra", "lookup_name", "tzinfo")
    lookup_name = "second"


class YearLookup(Lookup):
    """Compares a year by its first and last moment, so that an index on the column helps."""

    shape_attributes = ()

    def get_bound_params(self, start: Any, finish: Any) -> tuple[Any, ...]:
        """Return which of a year's two moments the lookup compares with."""
        raise NotImplementedError("subclasses of YearLookup must provide a get_bound_params() method")

    def _bound(self, position: int, connection: Any) -> Any:
        source = self.lhs.lhs.output_field
        iso = self.lhs.lookup_name == "iso_year"

        def find(year: Any) -> Any:
            if isinstance(source, fields.DateTimeField):
                return connection.ops.year_lookup_bounds_for_datetime_field(year, iso_year=iso)[position]
            return connection.ops.year_lookup_bounds_for_date_field(year, iso_year=iso)[position]

        return find

    def _is_direct(self) -> bool:
        return not hasattr(self.rhs, "as_sql")

    def _year_sql(self, compiler: Any, connection: Any, operator: str, positions: tuple[int, ...]) -> SQL:
        sql, params = compiler.compile(self.lhs.lhs)
        value = compiler.value_of(self.rhs) if type(self.rhs) is Slot else self.rhs
        found = []
        for position in positions:
            find = self._bound(position, connection)
            found.append(compiler.bind(value, find) if type(value) is Slot else find(value))
        return f"{sql} {operator}", [*params, *found]


class YearExact(YearLookup, Exact):
    shape_attributes = ()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not self._is_direct():
            return Exact.as_sql(self, compiler, connection)
        return self._year_sql(compiler, connection, "BETWEEN %s AND %s", (0, 1))


class YearGt(YearLookup, GreaterThan):
    shape_attributes = ()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not self._is_direct():
            return GreaterThan.as_sql(self, compiler, connection)
        return self._year_sql(compiler, connection, "> %s", (1,))


class YearGte(YearLookup, GreaterThanOrEqual):
    shape_attributes = ()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not self._is_direct():
            return GreaterThanOrEqual.as_sql(self, compiler, connection)
        return self._year_sql(compiler, connection, ">= %s", (0,))


class YearLt(YearLookup, LessThan):
    shape_attributes = ()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not self._is_direct():
            return LessThan.as_sql(self, compiler, connection)
        return self._year_sql(compiler, connection, "< %s", (0,))


class YearLte(YearLookup, LessThanOrEqual):
    shape_attributes = ()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not self._is_direct():
            return LessThanOrEqual.as_sql(self, compiler, connection)
        return self._year_sql(compiler, connection, "<= %s", (1,))


for _extract in (ExtractYear, ExtractIsoYear):
    for _lookup in (YearExact, YearGt, YearGte, YearLt, YearLte):
        _extract.register_lookup(_lookup)

for _extract in (  # type: ignore[assignment]
    ExtractYear,
    ExtractMonth,
    ExtractDay,
    ExtractWeekDay,
    ExtractIsoWeekDay,
    ExtractWeek,
    ExtractIsoYear,
    ExtractQuarter,
):
    fields.DateField.register_lookup(_extract)
for _extract in (ExtractHour, ExtractMinute, ExtractSecond):  # type: ignore[assignment]
    fields.TimeField.register_lookup(_extract)
    fields.DateTimeField.register_lookup(_extract)


class Now(Func):
    """The moment of the statement."""

    shape_attributes = ("extra",)
    template = "CURRENT_TIMESTAMP"
    output_field = fields.DateTimeField()
    allowed_default = True


class TruncBase(TimezoneMixin, Transform):
    """A moment cut to a unit."""

    shape_attributes = ("extra", "kind", "tzinfo")
    kind: str | None = None
    tzinfo: Any = None

    def __init__(self, expression: Any, output_field: Any = None, tzinfo: Any = None, **extra: Any) -> None:
        self.tzinfo = tzinfo
        super().__init__(expression, output_field=output_field, **extra)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:  # type: ignore[override]
        sql, params = compiler.compile(self.lhs)
        source = self.lhs.output_field
        tzname = self.get_tzname(compiler) if isinstance(source, fields.DateTimeField) else None
        if not isinstance(source, fields.DateTimeField) and self.tzinfo is not None:
            raise ValueError("tzinfo can only be used with DateTimeField.")
        target = self.output_field
        if isinstance(target, fields.DateTimeField):
            cut = connection.ops.datetime_trunc_sql
        elif isinstance(target, fields.DateField):
            cut = connection.ops.date_trunc_sql
        elif isinstance(target, fields.TimeField):
            cut = connection.ops.time_trunc_sql
        else:
            raise ValueError("output_field must be either DateField, TimeField, or DateTimeField.")
        return cut(self.kind, sql, tuple(params), tzname)  # type: ignore[no-any-return]

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        made = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        field = made.lhs.output_field
        if not isinstance(field, (fields.DateField, fields.TimeField)):
            raise TypeError(f"{field.name!r} isn't a DateField, TimeField, or DateTimeField.")
        of_class = getattr(type(made), "output_field", None)
        of_class = of_class if isinstance(of_class, fields.Field) else None
        target = of_class or made.output_field
        has_explicit = of_class is not None or target.__class__ is not field.__class__
        if type(field) is fields.DateField and (
            isinstance(target, fields.DateTimeField) or made.kind in ("hour", "minute", "second", "time")
        ):
            shown = target.__class__.__name__ if has_explicit else "DateTimeField"
            raise ValueError(f"Cannot truncate DateField '{field.name}' to {shown}.")
        if isinstance(field, fields.TimeField) and (
            isinstance(target, fields.DateTimeField) or made.kind in ("year", "quarter", "month", "week", "day", "date")
        ):
            shown = target.__class__.__name__ if has_explicit else "DateTimeField"
            raise ValueError(f"Cannot truncate TimeField '{field.name}' to {shown}.")
        return made

    def convert_value(self, value: Any, expression: Any, connection: Any) -> Any:
        target = self.output_field
        if isinstance(target, fields.DateTimeField):
            if not settings.USE_TZ or value is None:
                return value
            value = value.replace(tzinfo=None)
            return timezone.make_aware(value, self.tzinfo)
        if isinstance(value, datetime.datetime):
            if isinstance(target, fields.DateField):
                return value.date()
            if isinstance(target, fields.TimeField):
                return value.time()
        return value


class Trunc(TruncBase):
    """A moment cut to the unit named by `kind`."""

    shape_attributes = ("extra", "kind", "tzinfo")

    def __init__(self, expression: Any, kind: str, output_field: Any = None, tzinfo: Any = None, **extra: Any) -> None:
        self.kind = kind
        super().__init__(expression, output_field=output_field, tzinfo=tzinfo, **extra)


class TruncYear(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "year"


class TruncQuarter(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "quarter"


class TruncMonth(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "month"


class TruncWeek(TruncBase):
    """Cut to the Monday of the week."""

    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "week"


class TruncDay(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "day"


class TruncDate(TruncBase):
    """The date of a moment."""

    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "date"
    lookup_name = "date"
    output_field = fields.DateField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:  # type: ignore[override]
        sql, params = compiler.compile(self.lhs)
        return connection.ops.datetime_cast_date_sql(sql, tuple(params), self.get_tzname(compiler))  # type: ignore[no-any-return]


class TruncTime(TruncBase):
    """The time of a moment."""

    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "time"
    lookup_name = "time"
    output_field = fields.TimeField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:  # type: ignore[override]
        sql, params = compiler.compile(self.lhs)
        return connection.ops.datetime_cast_time_sql(sql, tuple(params), self.get_tzname(compiler))  # type: ignore[no-any-return]


class TruncHour(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "hour"


class TruncMinute(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "minute"


class TruncSecond(TruncBase):
    shape_attributes = ("extra", "kind", "tzinfo")
    kind = "second"


fields.DateTimeField.register_lookup(TruncDate)
fields.DateTimeField.register_lookup(TruncTime)
