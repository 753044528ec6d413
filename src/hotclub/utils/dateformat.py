"""Writing dates and times with the format characters of PHP's `date()`, as templates use them.

format(now(), "jS F Y H:i") == "7th October 2003 11:39"
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from email.utils import format_datetime as format_datetime_rfc5322
from functools import lru_cache
from typing import Any

from hotclub.utils.dates import MONTHS, MONTHS_3, MONTHS_ALT, MONTHS_AP, WEEKDAYS, WEEKDAYS_ABBR
from hotclub.utils.timezone import (
    _datetime_ambiguous_or_imaginary,
    get_default_timezone,
    is_naive,
    make_aware,
)
from hotclub.utils.translation import gettext as _

_CHARACTERS = frozenset("aAbcdDeEfFgGhHiIjlLmMnNoOPrsStTUuwWyYzZ")

_escaped_re = re.compile(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=512)
def _parse(format_string: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of a format: ("", literal text) or (character, "")."""
    parts: list[tuple[str, str]] = []
    start = 0
    for index, char in enumerate(format_string):
        # Any backslash before it makes a character a plain one, even one that is behind a backslash itself.
        if char in _CHARACTERS and format_string[index - 1 : index] != "\\":
            if start < index:
                parts.append(("", _escaped_re.sub(r"\1", format_string[start:index])))
            parts.append((char, ""))
            start = index + 1
    if start < len(format_string):
        parts.append(("", _escaped_re.sub(r"\1", format_string[start:])))
    return tuple(parts)


@lru_cache(maxsize=512)
def _plan(kind: Any, format_string: str, is_date: bool) -> tuple[tuple[str, Callable[[Formatter], Any] | None], ...]:
    """Return the parts of a format as texts and functions of a formatter.

    Raises:
        TypeError: the format asks a date for its time.
    """
    parts: list[tuple[str, Callable[[Formatter], Any] | None]] = []
    for char, literal in _parse(format_string):
        if is_date and char in _TIME_ONLY:
            raise TypeError(
                f"The format for date objects may not contain time-related format specifiers (found {char!r})."
            )
        parts.append((literal, getattr(kind, char) if char else None))
    return tuple(parts)


class Formatter:
    """Writes formats; each format character is a method."""

    def format(self, formatstr: str) -> str:
        """Return the value in a format; a backslash makes the next character a plain one."""
        pieces = []
        kind: Any = type(self)  # mypy takes no class for a hashable key
        for literal, method in _plan(kind, str(formatstr), type(self.data) is dt.date):
            pieces.append(literal if method is None else str(method(self)))
        return "".join(pieces)

    data: Any


class TimeFormat(Formatter):
    """Format characters for times."""

    def __init__(self, obj: Any) -> None:
        self.data = obj

    @property
    def timezone(self) -> dt.tzinfo | None:
        """The zone of a datetime (the default one if it has none); None for dates and times."""
        value = self.data
        if not isinstance(value, dt.datetime):
            return None
        return get_default_timezone() if is_naive(value) else value.tzinfo

    def _moment(self) -> Any:
        """Return the datetime for questions about its zone; None if it has no clear answer."""
        if self.timezone is None or _datetime_ambiguous_or_imaginary(self.data, self.timezone):
            return None
        return self.data

    def a(self) -> str:
        "'a.m.' or 'p.m.'"
        return _("p.m.") if self.data.hour > 11 else _("a.m.")

    def A(self) -> str:
        "'AM' or 'PM'"
        return _("PM") if self.data.hour > 11 else _("AM")

    def e(self) -> str:
        "Name of the time zone; '' if it has none"
        if not self.timezone:
            return ""
        try:
            if getattr(self.data, "tzinfo", None):
                return self.data.tzname() or ""
        except NotImplementedError:
            pass
        return ""

    def f(self) -> str:
        "Hour, 12-hour clock, and minutes unless they are zero: '1', '1:30'"
        hour = self.g()
        return f"{hour}" if self.data.minute == 0 else f"{hour}:{self.i()}"

    def g(self) -> int:
        "Hour, 12-hour clock, without leading zero"
        return self.data.hour % 12 or 12

    def G(self) -> int:
        "Hour, 24-hour clock, without leading zero"
        return int(self.data.hour)

    def h(self) -> str:
        "Hour, 12-hour clock, two digits"
        return f"{self.g():02d}"

    def H(self) -> str:
        "Hour, 24-hour clock, two digits"
        return f"{self.data.hour:02d}"

    def i(self) -> str:
        "Minutes, two digits"
        return f"{self.data.minute:02d}"

    def O(self) -> str:  # noqa: E743  # the format character
        "Distance from UTC: '+0430'; '' if it cannot be told"
        if self.timezone is None:
            return ""
        offset = self._offset_seconds()
        if offset is None:
            return ""
        sign = "-" if offset < 0 else "+"
        return f"{sign}{abs(offset) // 3600:02d}{abs(offset) // 60 % 60:02d}"

    def P(self) -> str:
        "Time as people say it: '1 a.m.', '1:30 p.m.', 'midnight', 'noon'"
        if self.data.minute == 0 and self.data.hour == 0:
            return _("midnight")
        if self.data.minute == 0 and self.data.hour == 12:
            return _("noon")
        return f"{self.f()} {self.a()}"

    def s(self) -> str:
        "Seconds, two digits"
        return f"{self.data.second:02d}"

    def T(self) -> str:
        "Short name of the time zone: 'CET'; '' if it cannot be told"
        if self.timezone is None or _datetime_ambiguous_or_imaginary(self.data, self.timezone):
            return ""
        return str(self.timezone.tzname(self.data))

    def u(self) -> str:
        "Microseconds, six digits"
        return f"{self.data.microsecond:06d}"

    def Z(self) -> Any:
        "Distance from UTC in seconds; '' if it cannot be told"
        if self.timezone is None:
            return ""
        offset = self._offset_seconds()
        return "" if offset is None else offset

    def _offset_seconds(self) -> int | None:
        zone = self.timezone
        if zone is None or _datetime_ambiguous_or_imaginary(self.data, zone):
            return None
        offset = zone.utcoffset(self.data)
        return None if offset is None else offset.days * 86400 + offset.seconds


class DateFormat(TimeFormat):
    """Format characters for dates and datetimes."""

    def b(self) -> str:
        "Month, three letters, lower case"
        return str(MONTHS_3[self.data.month])

    def c(self) -> str:
        "ISO 8601"
        return str(self.data.isoformat())

    def d(self) -> str:
        "Day of the month, two digits"
        return f"{self.data.day:02d}"

    def D(self) -> str:
        "Day of the week, three letters"
        return str(WEEKDAYS_ABBR[self.data.weekday()])

    def E(self) -> str:
        "Month, in the form some languages use beside a day"
        return str(MONTHS_ALT[self.data.month])

    def F(self) -> str:
        "Month"
        return str(MONTHS[self.data.month])

    def I(self) -> str:  # noqa: E743  # the format character
        "'1' in daylight saving time, '0' else; '' if it cannot be told"
        if self.timezone is None or _datetime_ambiguous_or_imaginary(self.data, self.timezone):
            return ""
        return "1" if self.timezone.dst(self.data) else "0"

    def j(self) -> int:
        "Day of the month, without leading zero"
        return int(self.data.day)

    def l(self) -> str:  # noqa: E743  # the format character
        "Day of the week"
        return str(WEEKDAYS[self.data.weekday()])

    def L(self) -> bool:
        "Whether it is a leap year"
        return calendar.isleap(self.data.year)

    def m(self) -> str:
        "Month, two digits"
        return f"{self.data.month:02d}"

    def M(self) -> str:
        "Month, three letters"
        return str(MONTHS_3[self.data.month]).title()

    def n(self) -> int:
        "Month, without leading zero"
        return int(self.data.month)

    def N(self) -> str:
        "Month, abbreviated as the Associated Press does"
        return str(MONTHS_AP[self.data.month])

    def o(self) -> int:
        "Year of the ISO week"
        return int(self.data.isocalendar()[0])

    def r(self) -> str:
        "RFC 5322"
        value = self.data
        if not isinstance(value, dt.datetime):
            # Assume midnight in the default zone.
            value = make_aware(dt.datetime.combine(value, dt.time()), timezone=get_default_timezone())
        elif is_naive(value):
            value = make_aware(value, timezone=self.timezone)
        return format_datetime_rfc5322(value)

    def S(self) -> str:
        "English suffix of the day: 'st', 'nd', 'rd', 'th'"
        if self.data.day in (11, 12, 13):
            return "th"
        return {1: "st", 2: "nd", 3: "rd"}.get(self.data.day % 10, "th")

    def t(self) -> int:
        "Number of days in the month"
        return calendar.monthrange(self.data.year, self.data.month)[1]

    def U(self) -> int:
        "Seconds since 1970-01-01 UTC"
        value = self.data
        if not isinstance(value, dt.datetime):
            value = dt.datetime.combine(value, dt.time())
        return int(value.timestamp())

    def w(self) -> int:
        "Day of the week, 0 for Sunday"
        return int((self.data.weekday() + 1) % 7)

    def W(self) -> int:
        "Number of the ISO week"
        return int(self.data.isocalendar()[1])

    def y(self) -> str:
        "Year, two digits"
        return f"{self.data.year % 100:02d}"

    def Y(self) -> str:
        "Year, four digits"
        return f"{self.data.year:04d}"

    def z(self) -> int:
        "Day of the year, from 1"
        return int(self.data.timetuple().tm_yday)


_TIME_ONLY = frozenset(name for name in vars(TimeFormat) if len(name) == 1 and name not in "eOTZ")


def format(value: Any, format_string: str) -> str:
    """Return a date or datetime in a format."""
    return DateFormat(value).format(format_string)


def time_format(value: Any, format_string: str) -> str:
    """Return a time in a format."""
    return TimeFormat(value).format(format_string)


__all__ = ["DateFormat", "TimeFormat", "format", "time_format"]
