"""Fields for dates, times and durations. Must not know forms."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from hotclub._forms.environment import environment
from hotclub._forms.fields.field import Field
from hotclub._forms.widgets import DateInput, DateTimeInput, TimeInput
from hotclub.core.exceptions import ValidationError
from hotclub.utils import formats
from hotclub.utils.dateparse import parse_datetime, parse_duration
from hotclub.utils.duration import duration_string
from hotclub.utils.translation import gettext_lazy as _


class BaseTemporalField(Field):
    """What fields read with `strptime` share.

    Args:
        input_formats: formats to try in order; by default those of the active locale.
        **kwargs: those of `Field`.
    """

    input_formats: Any = ()

    def __init__(self, *, input_formats: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if input_formats is not None:
            self.input_formats = input_formats

    def to_python(self, value: Any) -> Any:
        value = value.strip()
        for input_format in self.input_formats:
            try:
                return self.strptime(value, input_format)
            except (ValueError, TypeError):
                continue
        raise ValidationError(self.error_messages["invalid"], code="invalid")

    def strptime(self, value: str, format: str) -> Any:
        """Return the object a text stands for in one format; ValueError if none."""
        raise NotImplementedError("Subclasses must define this method.")


class DateField(BaseTemporalField):
    widget = DateInput
    input_formats = formats.get_format_lazy("DATE_INPUT_FORMATS")
    default_error_messages = {"invalid": _("Enter a valid date.")}

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        return super().to_python(value)

    def strptime(self, value: str, format: str) -> Any:
        return datetime.datetime.strptime(value, format).date()


class TimeField(BaseTemporalField):
    widget = TimeInput
    input_formats = formats.get_format_lazy("TIME_INPUT_FORMATS")
    default_error_messages = {"invalid": _("Enter a valid time.")}

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime.time):
            return value
        return super().to_python(value)

    def strptime(self, value: str, format: str) -> Any:
        return datetime.datetime.strptime(value, format).time()


class _DateTimeFormats:
    """ISO 8601 is always tried first, by `parse_datetime`; these are the formats of the locale."""

    def __iter__(self) -> Any:
        yield from formats.get_format("DATETIME_INPUT_FORMATS")
        yield from formats.get_format("DATE_INPUT_FORMATS")


class DateTimeField(BaseTemporalField):
    """A date and time; naive input is taken as local time if time zones are in use."""

    widget = DateTimeInput
    input_formats = _DateTimeFormats()
    default_error_messages = {"invalid": _("Enter a valid date/time.")}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            value = environment.to_current_timezone(value)
        return value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime.datetime):
            return environment.from_current_timezone(value)
        if isinstance(value, datetime.date):
            return environment.from_current_timezone(datetime.datetime(value.year, value.month, value.day))
        try:
            parsed: Any = parse_datetime(value.strip())
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if not parsed:
            parsed = super().to_python(value)
        return environment.from_current_timezone(parsed)

    def strptime(self, value: str, format: str) -> Any:
        return datetime.datetime.strptime(value, format)


class DurationField(Field):
    """A `timedelta`, in the forms `parse_duration` reads."""

    default_error_messages = {
        "invalid": _("Enter a valid duration."),
        "overflow": _("The number of days must be between {min_days} and {max_days}."),
    }

    def prepare_value(self, value: Any) -> Any:
        return duration_string(value) if isinstance(value, datetime.timedelta) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime.timedelta):
            return value
        try:
            duration = parse_duration(str(value))
        except OverflowError as error:
            message = self.error_messages["overflow"].format(
                min_days=datetime.timedelta.min.days, max_days=datetime.timedelta.max.days
            )
            raise ValidationError(message, code="overflow") from error
        if duration is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return duration
