"""How long ago, in words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from hotclub.utils.html import avoid_wrapping
from hotclub.utils.timezone import is_aware
from hotclub.utils.translation import gettext, ngettext_lazy

TIME_STRINGS: dict[str, Any] = {
    "year": ngettext_lazy("%(num)d year", "%(num)d years", "num"),
    "month": ngettext_lazy("%(num)d month", "%(num)d months", "num"),
    "week": ngettext_lazy("%(num)d week", "%(num)d weeks", "num"),
    "day": ngettext_lazy("%(num)d day", "%(num)d days", "num"),
    "hour": ngettext_lazy("%(num)d hour", "%(num)d hours", "num"),
    "minute": ngettext_lazy("%(num)d minute", "%(num)d minutes", "num"),
}
_UNITS = tuple(TIME_STRINGS)
_SECONDS = [60 * 60 * 24 * 7, 60 * 60 * 24, 60 * 60, 60]
"""Seconds in a week, day, hour, minute."""
_LENGTHS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def timesince(
    d: Any,
    now: Any = None,
    reversed: bool = False,
    time_strings: Mapping[str, Any] | None = None,
    depth: int = 2,
) -> str:
    """Return the time between two moments: "3 days, 1 hour"; "0 minutes" if the first lies ahead.

    Years and months are those of the calendar. Units are adjacent: nothing smaller follows a unit that is zero.

    Args:
        d: date or datetime.
        now: where to count to; the present, if None.
        reversed: turn the direction round.
        time_strings: texts by unit ("year" … "minute"), taking `num`.
        depth: how many units to show at most.

    Raises:
        ValueError: the depth is not positive.
    """
    strings = TIME_STRINGS if time_strings is None else time_strings
    if depth <= 0:
        raise ValueError("depth must be greater than 0.")
    start = _as_datetime(d)
    end = datetime.datetime.now(start.tzinfo if is_aware(start) else None) if now is None else _as_datetime(now)
    if is_aware(start) and is_aware(end):
        # Clocks are read in one zone.
        end = end.astimezone(start.tzinfo)
    if reversed:
        start, end = end, start
    counts = _units_between(start, end)
    if counts is None:
        return avoid_wrapping(strings["minute"] % {"num": 0})
    shown: list[str] = []
    started = False
    for name, count in zip(_UNITS, counts, strict=True):
        if not started and not count:
            continue
        if started and not count:
            break
        started = True
        shown.append(avoid_wrapping(strings[name] % {"num": count}))
        if len(shown) == depth:
            break
    if not shown:
        return avoid_wrapping(strings["minute"] % {"num": 0})
    return gettext(", ").join(shown)


def _as_datetime(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    return datetime.datetime(value.year, value.month, value.day)


def _units_between(start: datetime.datetime, end: datetime.datetime) -> tuple[int, ...] | None:
    """Return years, months, weeks, days, hours, minutes; None if the end is not after the start."""
    delta = end - start
    # Seconds and less do not count.
    if delta.days * 86400 + delta.seconds <= 0:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day > end.day or (start.day == end.day and start.time() > end.time()):
        months -= 1
    years, months = divmod(max(months, 0), 12)
    rest = int((end - _add_months(start, years, months)).total_seconds())
    parts = [years, months]
    for chunk in _SECONDS:
        count, rest = divmod(rest, chunk)
        parts.append(count)
    return tuple(parts)


def _add_months(start: datetime.datetime, years: int, months: int) -> datetime.datetime:
    """Return the same day so much later; the last of the month where that month is shorter."""
    if not (years or months):
        return start
    month_index = start.month - 1 + months
    year = start.year + years + month_index // 12
    month = month_index % 12 + 1
    day = min(_LENGTHS_OF_MONTHS[month - 1], start.day)
    return datetime.datetime(
        year, month, day, start.hour, start.minute, start.second, start.microsecond, tzinfo=start.tzinfo
    )


def timeuntil(d: Any, now: Any = None, time_strings: Mapping[str, Any] | None = None, depth: int = 2) -> str:
    """Return the time until a moment; the other direction of `timesince`."""
    return timesince(d, now, reversed=True, time_strings=time_strings, depth=depth)
