"""Reading dates, times and durations.

The regular expressions are needed where `fromisoformat` is stricter than what is documented: "2012-4-9".
"""

from __future__ import annotations

import datetime
from typing import Any

from hotclub.utils.regex_helper import lazy_pattern
from hotclub.utils.timezone import get_fixed_timezone

date_re = lazy_pattern(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})$")
time_re = lazy_pattern(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<microsecond>\d{1,6})\d{0,6})?)?$"
)
datetime_re = lazy_pattern(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T ](?P<hour>\d{1,2}):(?P<minute>\d{1,2})"
    r"(?::(?P<second>\d{1,2})(?:[.,](?P<microsecond>\d{1,6})\d{0,6})?)?\s*(?P<tzinfo>Z|[+-]\d{2}(?::?\d{2})?)?$"
)
standard_duration_re = lazy_pattern(
    r"^(?:(?P<days>-?\d+) (?:days?, )?)?(?P<sign>-?)((?:(?P<hours>\d+):)(?=\d+:\d+))?(?:(?P<minutes>\d+):)?"
    r"(?P<seconds>\d+)(?:[.,](?P<microseconds>\d{1,6})\d{0,6})?$"
)
# Only what can be a timedelta: no years, no months.
iso8601_duration_re = lazy_pattern(
    r"^(?P<sign>[-+]?)P(?:(?P<weeks>\d+([.,]\d+)?)W)?(?:(?P<days>\d+([.,]\d+)?)D)?(?:T(?:(?P<hours>\d+([.,]\d+)?)H)?(?:(?P<minutes>\d+([.,]\d+)?)M)?"
    r"(?:(?P<seconds>\d+([.,]\d+)?)S)?)?$"
)
# The only form of interval that PostgreSQL writes with IntervalStyle "postgres" and a timedelta can hold.
postgres_interval_re = lazy_pattern(
    r"^(?:(?P<days>-?\d+) (?:days? ?))?(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)"
    r"(?:\.(?P<microseconds>\d{1,6}))?)?$"
)


def parse_date(value: str) -> datetime.date | None:
    """Return the date of a text; None if it is in no known form.

    Raises:
        ValueError: the form is right, but there is no such date.
    """
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        if match := date_re.match(value):
            return datetime.date(**{name: int(number) for name, number in match.groupdict().items()})
    return None


def parse_time(value: str) -> datetime.time | None:
    """Return the time of a text, without its offset from UTC; None if it is in no known form.

    Raises:
        ValueError: the form is right, but there is no such time.
    """
    try:
        # fromisoformat() takes more than is documented in front: "T10:20", and "24:00" from Python 3.14 on.
        return datetime.time.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        if match := time_re.match(value):
            parts = match.groupdict()
            parts["microsecond"] = parts["microsecond"] and parts["microsecond"].ljust(6, "0")
            numbers: dict[str, Any] = {name: int(number) for name, number in parts.items() if number is not None}
            return datetime.time(**numbers)
    return None


def parse_datetime(value: str) -> datetime.datetime | None:
    """Return the datetime of a text, aware if it has an offset from UTC; None if it is in no known form.

    Raises:
        ValueError: the form is right, but there is no such moment.
    """
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        if match := datetime_re.match(value):
            parts = match.groupdict()
            parts["microsecond"] = parts["microsecond"] and parts["microsecond"].ljust(6, "0")
            zone = _zone_of(parts.pop("tzinfo"))
            numbers = {name: int(number) for name, number in parts.items() if number is not None}
            return datetime.datetime(**numbers, tzinfo=zone)  # names come from the pattern
    return None


def _zone_of(text: str | None) -> datetime.tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return datetime.UTC
    offset = 60 * int(text[1:3]) + (int(text[-2:]) if len(text) > 3 else 0)
    return get_fixed_timezone(-offset if text[0] == "-" else offset)


def parse_duration(value: str) -> datetime.timedelta | None:
    """Return the duration of a text; None if it is in no known form.

    Reads "[days ]HH:MM:SS.ffffff", ISO 8601, and what PostgreSQL writes for day-time intervals.
    """
    match = standard_duration_re.match(value) or iso8601_duration_re.match(value) or postgres_interval_re.match(value)
    if match is None:
        return None
    parts = match.groupdict()
    sign = -1 if parts.pop("sign", "+") == "-" else 1
    if parts.get("microseconds"):
        parts["microseconds"] = parts["microseconds"].ljust(6, "0")
    numbers = {name: float(number.replace(",", ".")) for name, number in parts.items() if number}
    days = datetime.timedelta(days=numbers.pop("days", 0.0), weeks=numbers.pop("weeks", 0.0))
    if match.re.pattern == iso8601_duration_re.pattern:
        # The sign of the ISO form stands for the days as well.
        days *= sign
    return days + sign * datetime.timedelta(**numbers)


__all__ = ["parse_date", "parse_datetime", "parse_duration", "parse_time"]
