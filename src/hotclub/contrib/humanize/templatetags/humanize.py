"""Filters that make numbers and moments easier to read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from hotclub.template import Library
from hotclub.template.defaultfilters import date as show_date
from hotclub.template.defaultfilters import floatformat
from hotclub.utils.formats import number_format
from hotclub.utils.safestring import mark_safe
from hotclub.utils.timesince import timesince
from hotclub.utils.timezone import is_aware
from hotclub.utils.translation import gettext, gettext_lazy, ngettext, ngettext_lazy, npgettext_lazy, pgettext

register = Library()

_ORDINALS: dict[int, Callable[[], str]] = {
    # Translators: Ordinal format when value ends with 0, e.g. 80th
    0: lambda: pgettext("ordinal 0", "{}th"),
    # Translators: Ordinal format when value ends with 1, e.g. 81st, except 11.
    1: lambda: pgettext("ordinal 1", "{}st"),
    # Translators: Ordinal format when value ends with 2, e.g. 82nd, except 12.
    2: lambda: pgettext("ordinal 2", "{}nd"),
    # Translators: Ordinal format when value ends with 3, e.g. 83rd, except 13.
    3: lambda: pgettext("ordinal 3", "{}rd"),
    # Translators: Ordinal format when value ends with 4, e.g. 84th.
    4: lambda: pgettext("ordinal 4", "{}th"),
    # Translators: Ordinal format when value ends with 5, e.g. 85th.
    5: lambda: pgettext("ordinal 5", "{}th"),
    # Translators: Ordinal format when value ends with 6, e.g. 86th.
    6: lambda: pgettext("ordinal 6", "{}th"),
    # Translators: Ordinal format when value ends with 7, e.g. 87th.
    7: lambda: pgettext("ordinal 7", "{}th"),
    # Translators: Ordinal format when value ends with 8, e.g. 88th.
    8: lambda: pgettext("ordinal 8", "{}th"),
    # Translators: Ordinal format when value ends with 9, e.g. 89th.
    9: lambda: pgettext("ordinal 9", "{}th"),
}


@register.filter(is_safe=True)
def ordinal(value: Any) -> Any:
    """Show an integer as an ordinal: 1st, 2nd, 3rd.

    Args:
        value: the number; anything else, and negative numbers, come back as they are.
    """
    try:
        number = int(value)
    except (TypeError, ValueError):
        return value
    if number < 0:
        return str(number)
    if number % 100 in (11, 12, 13):
        # Translators: Ordinal format for 11 (11th), 12 (12th), and 13 (13th).
        pattern = pgettext("ordinal 11, 12, 13", "{}th")
    elif number == 1:
        # Translators: Ordinal format when the value is 1 (1st), which some languages put in another way than 21.
        pattern = pgettext("ordinal is 1", "{}st")
    else:
        pattern = _ORDINALS[number % 10]()
    # Translations may hold HTML.
    return mark_safe(pattern.format(number))


@register.filter(is_safe=True)
def intcomma(value: Any, use_l10n: bool = True) -> Any:
    """Group the digits of a number by threes.

    Args:
        value: a number, or text that begins with one.
        use_l10n: group as the language does, rather than by commas.
    """
    if use_l10n:
        try:
            number = value if isinstance(value, (float, Decimal)) else Decimal(value)
        except (TypeError, ValueError, InvalidOperation):
            return intcomma(value, False)
        if not math.isfinite(number):
            return str(number)
        return number_format(number, use_l10n=True, force_grouping=True)
    text = str(value)
    match = _INTEGER.match(text)
    if match is None:
        return text
    digits = match[2]
    head = len(digits) % 3 or 3
    groups = [digits[:head], *(digits[start : start + 3] for start in range(head, len(digits), 3))]
    return f"{match[1]}{','.join(groups)}{text[match.end() :]}"


_INTEGER = re.compile(r"(-?)(\d+)")

_LARGE_NUMBERS: tuple[tuple[int, Callable[[int], str]], ...] = (
    (6, lambda number: ngettext("%(value)s million", "%(value)s million", number)),
    (9, lambda number: ngettext("%(value)s billion", "%(value)s billion", number)),
    (12, lambda number: ngettext("%(value)s trillion", "%(value)s trillion", number)),
    (15, lambda number: ngettext("%(value)s quadrillion", "%(value)s quadrillion", number)),
    (18, lambda number: ngettext("%(value)s quintillion", "%(value)s quintillion", number)),
    (21, lambda number: ngettext("%(value)s sextillion", "%(value)s sextillion", number)),
    (24, lambda number: ngettext("%(value)s septillion", "%(value)s septillion", number)),
    (27, lambda number: ngettext("%(value)s octillion", "%(value)s octillion", number)),
    (30, lambda number: ngettext("%(value)s nonillion", "%(value)s nonillion", number)),
    (33, lambda number: ngettext("%(value)s decillion", "%(value)s decillion", number)),
    (100, lambda number: ngettext("%(value)s googol", "%(value)s googol", number)),
)


@register.filter(is_safe=False)
def intword(value: Any) -> Any:
    """Show a large integer as a word: 1000000 is 1.0 million.

    Args:
        value: the number; one below a million or above a thousand googol comes back as it is.
    """
    try:
        number = int(value)
    except (TypeError, ValueError):
        return value
    size = abs(number)
    if size < 10**6:
        return number
    for exponent, pattern in _LARGE_NUMBERS:
        unit = 10**exponent
        if size < unit * 1000:
            share = number / unit
            # A fraction counts as several: 1.2 million takes the plural.
            return pattern(math.ceil(abs(share))) % {"value": floatformat(share, 1)}
    return number


_DIGITS = (
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
)


@register.filter(is_safe=True)
def apnumber(value: Any) -> Any:
    """Show the numbers 1 to 9 as words, as the Associated Press does."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return value
    return str(_DIGITS[number - 1]) if 0 < number < 10 else number


@register.filter(expects_localtime=True)
def naturalday(value: Any, arg: Any = None) -> Any:
    """Show a date as yesterday, today or tomorrow, or else in a format.

    Args:
        value: a date or datetime.
        arg: format for other days.
    """
    zone = getattr(value, "tzinfo", None)
    try:
        day = date(value.year, value.month, value.day)
    except (AttributeError, ValueError):
        return value  # no date, or none within the calendar
    today = datetime.now(zone).date()
    match (day - today).days:
        case 0:
            return gettext("today")
        case 1:
            return gettext("tomorrow")
        case -1:
            return gettext("yesterday")
    return show_date(value, arg)


class _Wording(NamedTuple):
    """How a distance in time is put, before or after now."""

    long: Any
    second: Any
    minute: Any
    hour: Any
    parts: dict[str, Any]


_PAST = _Wording(
    # Translators: delta will contain a string like '2 months' or '1 month, 2 weeks'
    gettext_lazy("%(delta)s ago"),
    # Translators: please keep a non-breaking space (U+00A0) between count and time unit.
    ngettext_lazy("a second ago", "%(count)s\xa0seconds ago", "count"),
    # Translators: please keep a non-breaking space (U+00A0) between count and time unit.
    ngettext_lazy("a minute ago", "%(count)s\xa0minutes ago", "count"),
    # Translators: please keep a non-breaking space (U+00A0) between count and time unit.
    ngettext_lazy("an hour ago", "%(count)s\xa0hours ago", "count"),
    {
        # Translators: 'naturaltime-past' strings will be included in '%(delta)s ago'
        "year": npgettext_lazy("naturaltime-past", "%(num)d year", "%(num)d years", "num"),
        "month": npgettext_lazy("naturaltime-past", "%(num)d month", "%(num)d months", "num"),
        "week": npgettext_lazy("naturaltime-past", "%(num)d week", "%(num)d weeks", "num"),
        "day": npgettext_lazy("naturaltime-past", "%(num)d day", "%(num)d days", "num"),
        "hour": npgettext_lazy("naturaltime-past", "%(num)d hour", "%(num)d hours", "num"),
        "minute": npgettext_lazy("naturaltime-past", "%(num)d minute", "%(num)d minutes", "num"),
    },
)

_FUTURE = _Wording(
    # Translators: delta will contain a string like '2 months' or '1 month, 2 weeks'
    gettext_lazy("%(delta)s from now"),
    # Translators: please keep a non-breaking space (U+00A0) between count and time unit.
    ngettext_lazy("a second from now", "%(count)s\xa0seconds from now", "count"),
    # Translators: please keep a non-breaking space (U+00A0) between count and time unit.
    ngettext_lazy("a minute from now", "%(count)s\xa0minutes from now", "count"),
    # Translators: please keep a non-breaking space (U+00A0) between count and time unit.
    ngettext_lazy("an hour from now", "%(count)s\xa0hours from now", "count"),
    {
        # Translators: 'naturaltime-future' strings will be included in '%(delta)s from now'
        "year": npgettext_lazy("naturaltime-future", "%(num)d year", "%(num)d years", "num"),
        "month": npgettext_lazy("naturaltime-future", "%(num)d month", "%(num)d months", "num"),
        "week": npgettext_lazy("naturaltime-future", "%(num)d week", "%(num)d weeks", "num"),
        "day": npgettext_lazy("naturaltime-future", "%(num)d day", "%(num)d days", "num"),
        "hour": npgettext_lazy("naturaltime-future", "%(num)d hour", "%(num)d hours", "num"),
        "minute": npgettext_lazy("naturaltime-future", "%(num)d minute", "%(num)d minutes", "num"),
    },
)


@register.filter
def naturaltime(value: Any) -> Any:
    """Show how far a moment is from now: "a minute ago", "2 days, 6 hours from now".

    Args:
        value: a date or datetime; anything else comes back as it is.
    """
    if not isinstance(value, date):
        return value
    moment: Any = value if hasattr(value, "hour") else datetime(value.year, value.month, value.day)
    now = datetime.now(UTC if is_aware(moment) else None)
    past = moment < now
    distance: timedelta = now - moment if past else moment - now
    wording = _PAST if past else _FUTURE
    if distance.days:
        text = timesince(moment, now, time_strings=wording.parts) if past else _until(moment, now, wording)
        return wording.long % {"delta": text}
    seconds = distance.seconds
    if seconds == 0:
        return gettext("now")
    for unit, pattern in ((60, wording.second), (60, wording.minute)):
        if seconds < unit:
            return pattern % {"count": seconds}
        seconds //= unit
    return wording.hour % {"count": seconds}


def _until(moment: datetime, now: datetime, wording: _Wording) -> str:
    return timesince(moment, now, reversed=True, time_strings=wording.parts)
