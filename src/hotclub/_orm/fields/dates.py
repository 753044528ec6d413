"""Moments and spans: dates, times, both, durations."""

from __future__ import annotations

import datetime
import warnings
from functools import partialmethod
from typing import Any, TypeVar

from hotclub._orm.fields import late
from hotclub._orm.fields.field import Field
from hotclub.conf import settings
from hotclub.core import checks, exceptions
from hotclub.utils import timezone
from hotclub.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from hotclub.utils.duration import duration_string
from hotclub.utils.translation import gettext_lazy as _

D = TypeVar("D")


class _Moment(Field[D]):
    """What dates and times share: the automatic ones, and the checks of defaults."""

    empty_strings_allowed = False

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        **kwargs: Any,
    ) -> None:
        self.auto_now = auto_now
        self.auto_now_add = auto_now_add
        if auto_now or auto_now_add:
            kwargs["editable"] = False
            kwargs["blank"] = True
        super().__init__(verbose_name, name, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *self._check_exclusive_options(), *self._check_fixed_default()]

    def _check_exclusive_options(self) -> list[Any]:
        if sum([self.auto_now_add, self.auto_now, self.has_default()]) > 1:
            return [
                checks.Error(
                    "The options auto_now, auto_now_add, and default are mutually exclusive. Only one of these options "
                    "may be present.",
                    obj=self,
                    id="fields.E160",
                )
            ]
        return []

    def _check_fixed_default(self) -> list[Any]:
        """A default that is "now" at import time is a mistake: it never moves again."""
        value = self.default
        if not self.has_default() or not isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
            return []
        if not self._is_about_now(value):
            return []
        return [
            checks.Warning(
                "Fixed default value provided.",
                hint="It seems you set a fixed date / time / datetime value as default for this field. This may not be "
                "what you want. If you want to have the current date as default, use `hotclub.utils.timezone.now`",
                obj=self,
                id="fields.W161",
            )
        ]

    def _is_about_now(self, value: Any) -> bool:
        if isinstance(value, datetime.datetime):
            now = datetime.datetime.now(value.tzinfo)
            return abs(value - now) <= datetime.timedelta(seconds=10)
        now = datetime.datetime.now(datetime.UTC)
        if isinstance(value, datetime.date):
            margin = datetime.timedelta(days=1)
            return now.date() - margin <= value <= now.date() + margin
        # A time of day: compare with the clock here, and with that of the default time zone.
        for clock in (datetime.datetime.now(), now.astimezone(timezone.get_default_timezone()).replace(tzinfo=None)):
            moment = datetime.datetime.combine(clock.date(), value.replace(tzinfo=None))
            if abs(moment - clock) <= datetime.timedelta(seconds=10):
                return True
        return False

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.auto_now:
            kwargs["auto_now"] = True
        if self.auto_now_add:
            kwargs["auto_now_add"] = True
        if self.auto_now or self.auto_now_add:
            kwargs.pop("editable", None)
            kwargs.pop("blank", None)
        return name, path, args, kwargs

    def _current(self) -> Any:
        raise NotImplementedError

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if self.auto_now or (self.auto_now_add and add):
            value = self._current()
            setattr(model_instance, self.attname, value)
            return value
        return super().pre_save(model_instance, add)

    def _invalid(self, code: str, value: Any) -> exceptions.ValidationError:
        return exceptions.ValidationError(self.error_messages[code], code=code, params={"value": value})

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else value.isoformat()


class DateField(_Moment[datetime.date]):
    """A day, as `datetime.date`.

    Args:
        auto_now: set to today at each save.
        auto_now_add: set to today at the first save.
    """

    default_error_messages = {
        "invalid": _("“%(value)s” value has an invalid date format. It must be in YYYY-MM-DD format."),
        "invalid_date": _("“%(value)s” value has the correct format (YYYY-MM-DD) but it is an invalid date."),
    }
    description = _("Date (without time)")

    def get_internal_type(self) -> str:
        return "DateField"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return value
        if isinstance(value, datetime.datetime):
            if settings.USE_TZ and timezone.is_aware(value):
                # The day is that of the default time zone, as for naive values.
                value = timezone.make_naive(value, timezone.get_default_timezone())
            return value.date()
        if isinstance(value, datetime.date):
            return value
        try:
            parsed = parse_date(value)
        except ValueError:
            raise self._invalid("invalid_date", value) from None
        if parsed is None:
            raise self._invalid("invalid", value)
        return parsed

    def _current(self) -> Any:
        return datetime.date.today()

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not self.null:
            for prefix, is_next in (("get_next_by_", True), ("get_previous_by_", False)):
                method = prefix + self.name
                if method not in cls.__dict__:
                    neighbour = partialmethod(cls._get_next_or_previous_by_FIELD, field=self, is_next=is_next)
                    setattr(cls, method, neighbour)

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_datefield_value(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("DateField"), choices_form_class, **kwargs)


class DateTimeField(DateField):
    """A moment, as `datetime.datetime`; aware where `USE_TZ` is on."""

    default_error_messages = {
        "invalid": _(
            "“%(value)s” value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
        ),
        "invalid_date": _("“%(value)s” value has the correct format (YYYY-MM-DD) but it is an invalid date."),
        "invalid_datetime": _(
            "“%(value)s” value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid "
            "date/time."
        ),
    }
    description = _("Date (with time)")

    def get_internal_type(self) -> str:
        return "DateTimeField"

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime.datetime):
            return value
        if isinstance(value, datetime.date):
            return self._midnight(value)
        try:
            parsed = parse_datetime(value)
        except ValueError:
            raise self._invalid("invalid_datetime", value) from None
        if parsed is not None:
            return parsed
        try:
            day = parse_date(value)
        except ValueError:
            raise self._invalid("invalid_date", value) from None
        if day is None:
            raise self._invalid("invalid", value)
        return datetime.datetime(day.year, day.month, day.day)

    def _midnight(self, day: datetime.date) -> datetime.datetime:
        moment = datetime.datetime(day.year, day.month, day.day)
        if not settings.USE_TZ:
            return moment
        self._warn_naive(moment)
        return timezone.make_aware(moment, timezone.get_default_timezone())

    def _warn_naive(self, value: datetime.datetime) -> None:
        name = f"{self.model.__name__}.{self.name}" if hasattr(self, "model") else "(unbound)"
        warnings.warn(
            f"DateTimeField {name} received a naive datetime ({value}) while time zone support is active.",
            RuntimeWarning,
            stacklevel=3,
        )

    def _current(self) -> Any:
        return timezone.now()

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is not None and settings.USE_TZ and timezone.is_naive(value):
            # Naive values are taken to be in the default time zone, with a warning.
            self._warn_naive(value)
            value = timezone.make_aware(value, timezone.get_default_timezone())
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_datetimefield_value(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("DateTimeField"), choices_form_class, **kwargs)


class TimeField(_Moment[datetime.time]):
    """A time of day, as `datetime.time`."""

    default_error_messages = {
        "invalid": _("“%(value)s” value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format."),
        "invalid_time": _("“%(value)s” value has the correct format (HH:MM[:ss[.uuuuuu]]) but it is an invalid time."),
    }
    description = _("Time")

    def get_internal_type(self) -> str:
        return "TimeField"

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime.time):
            return value
        if isinstance(value, datetime.datetime):
            # Documented nowhere, yet databases give it where a time is stored as a moment.
            return value.time()
        try:
            parsed = parse_time(value)
        except ValueError:
            raise self._invalid("invalid_time", value) from None
        if parsed is None:
            raise self._invalid("invalid", value)
        return parsed

    def _current(self) -> Any:
        return datetime.datetime.now().time()

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_timefield_value(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("TimeField"), choices_form_class, **kwargs)


class DurationField(Field[datetime.timedelta]):
    """A span of time, as `datetime.timedelta`; microseconds in a big integer where the database has no type for it."""

    empty_strings_allowed = False
    default_error_messages = {
        "invalid": _("“%(value)s” value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format."),
    }
    description = _("Duration")

    def get_internal_type(self) -> str:
        return "DurationField"

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime.timedelta):
            return value
        try:
            parsed = parse_duration(value)
        except ValueError:
            parsed = None
        if parsed is None:
            raise exceptions.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})
        return parsed

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_durationfield_value(value)

    def get_db_converters(self, connection: Any) -> list[Any]:
        converters: list[Any] = []
        if not connection.features.has_native_duration_field:
            converters.append(connection.ops.convert_durationfield_value)
        return [*converters, *super().get_db_converters(connection)]

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else duration_string(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("DurationField"), choices_form_class, **kwargs)


for _public in (DateField, DateTimeField, TimeField, DurationField):
    _public.__module__ = "hotclub.db.models.fields"
