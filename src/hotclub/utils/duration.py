"""Writing durations."""

from __future__ import annotations

import datetime


def _get_duration_components(duration: datetime.timedelta) -> tuple[int, int, int, int, int]:
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return duration.days, hours, minutes, seconds, duration.microseconds


def duration_string(duration: datetime.timedelta) -> str:
    """Return "[days ]HH:MM:SS[.microseconds]"."""
    days, hours, minutes, seconds, microseconds = _get_duration_components(duration)
    text = f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    if days:
        text = f"{days} {text}"
    return f"{text}.{microseconds:06d}" if microseconds else text


def duration_iso_string(duration: datetime.timedelta) -> str:
    """Return the ISO 8601 form, "P1DT02H03M04S"; a sign in front of a negative one."""
    sign = ""
    if duration < datetime.timedelta(0):
        sign = "-"
        duration *= -1
    days, hours, minutes, seconds, microseconds = _get_duration_components(duration)
    fraction = f".{microseconds:06d}" if microseconds else ""
    return f"{sign}P{days}DT{hours:02d}H{minutes:02d}M{seconds:02d}{fraction}S"


def duration_microseconds(delta: datetime.timedelta) -> int:
    """Return the whole duration in microseconds, exactly."""
    return (24 * 60 * 60 * delta.days + delta.seconds) * 1_000_000 + delta.microseconds
