"""Time zones: which one is current, and dates with and without one."""

from __future__ import annotations

import functools
import zoneinfo
from contextlib import ContextDecorator
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from types import TracebackType
from typing import Any

from hotclub.conf import settings

__all__ = [
    "activate", "deactivate", "get_current_timezone", "get_current_timezone_name", "get_default_timezone",
    "get_default_timezone_name", "get_fixed_timezone", "is_aware", "is_naive", "localdate", "localtime", "make_aware",
    "make_naive", "now", "override", "template_localtime",
]  # fmt: skip

_active: ContextVar[tzinfo | None] = ContextVar("hotclub_timezone", default=None)


def get_fixed_timezone(offset: timedelta | int) -> tzinfo:
    """Return the zone with a fixed distance from UTC, given as a timedelta or in minutes."""
    if isinstance(offset, timedelta):
        offset = int(offset.total_seconds() // 60)
    sign = "-" if offset < 0 else "+"
    name = "{}{:02d}{:02d}".format(sign, *divmod(abs(offset), 60))
    return timezone(timedelta(minutes=offset), name)


@functools.lru_cache(maxsize=1)
def get_default_timezone() -> tzinfo:
    """Return the zone of the setting `TIME_ZONE`."""
    return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def get_default_timezone_name() -> str:
    """Return the name of the default zone."""
    return _get_timezone_name(get_default_timezone())


def get_current_timezone() -> tzinfo:
    """Return the active zone; the default one, if none is."""
    return _active.get() or get_default_timezone()


def get_current_timezone_name() -> str:
    """Return the name of the current zone."""
    return _get_timezone_name(get_current_timezone())


def _get_timezone_name(zone: tzinfo) -> str:
    return zone.tzname(None) or str(zone)


def activate(timezone: tzinfo | str) -> None:
    """Make a zone current for the running context.

    Args:
        timezone: a tzinfo, or the name of a zone.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(timezone, tzinfo):
        _active.set(timezone)
    elif isinstance(timezone, str):
        _active.set(zoneinfo.ZoneInfo(timezone))
    else:
        raise ValueError(f"Invalid timezone: {timezone!r}")


def deactivate() -> None:
    """Go back to the default zone."""
    _active.set(None)


class override(ContextDecorator):
    """Make a zone current for a block or a function; None means the default zone."""

    def __init__(self, timezone: tzinfo | str | None) -> None:
        self.timezone = timezone

    def __enter__(self) -> None:
        self.old_timezone = _active.get()
        if self.timezone is None:
            deactivate()
        else:
            activate(self.timezone)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _active.set(self.old_timezone)


def template_localtime(value: Any, use_tz: bool | None = None) -> Any:
    """Return an aware datetime in local time, as templates show it; everything else as it is.

    Args:
        value: anything.
        use_tz: whether to convert at all; the setting `USE_TZ`, if None.
    """
    if (
        isinstance(value, datetime)
        and (settings.USE_TZ if use_tz is None else use_tz)
        and not is_naive(value)
        and getattr(value, "convert_to_local_time", True)
    ):
        return localtime(value)
    return value


def localtime(value: datetime | None = None, timezone: tzinfo | None = None) -> datetime:
    """Return an aware datetime (now, if None) in a zone (the current one, if None).

    Raises:
        ValueError: the datetime is naive.
    """
    if value is None:
        value = now()
    if is_naive(value):
        raise ValueError("localtime() cannot be applied to a naive datetime")
    return value.astimezone(get_current_timezone() if timezone is None else timezone)


def localdate(value: datetime | None = None, timezone: tzinfo | None = None) -> date:
    """Return the date of `localtime`."""
    return localtime(value, timezone).date()


def now() -> datetime:
    """Return the present: aware, in UTC, if `USE_TZ`; else naive, in local time."""
    return datetime.now(tz=UTC if settings.USE_TZ else None)


# The four below duplicate no checks: the arguments are trusted to be datetimes, as they are called per value.
def is_aware(value: Any) -> bool:
    """Say whether a datetime (or time) has a time zone."""
    return value.utcoffset() is not None


def is_naive(value: Any) -> bool:
    """Say whether a datetime (or time) has no time zone."""
    return value.utcoffset() is None


def make_aware(value: datetime, timezone: tzinfo | None = None) -> datetime:
    """Give a naive datetime a zone (the current one, if None).

    Raises:
        ValueError: it has one.
    """
    if timezone is None:
        timezone = get_current_timezone()
    if is_aware(value):
        raise ValueError(f"make_aware expects a naive datetime, got {value}")
    return value.replace(tzinfo=timezone)


def make_naive(value: datetime, timezone: tzinfo | None = None) -> datetime:
    """Take the zone from a datetime, after moving it to `timezone` (the current one, if None).

    Raises:
        ValueError: it has none.
    """
    if timezone is None:
        timezone = get_current_timezone()
    if is_naive(value):
        raise ValueError("make_naive() cannot be applied to a naive datetime")
    return value.astimezone(timezone).replace(tzinfo=None)


def _datetime_ambiguous_or_imaginary(dt: datetime, tz: tzinfo) -> bool:
    """Say whether a naive local time exists twice, or not at all, in the zone."""
    return tz.utcoffset(dt.replace(fold=not dt.fold)) != tz.utcoffset(dt)
