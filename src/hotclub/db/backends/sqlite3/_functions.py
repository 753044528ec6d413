"""SQL functions that SQLite lacks, in Python: date parts, regular expressions, mathematics, digests, statistics.

Their names are kept in stored schemas (expression indexes, generated columns), so they must not change. Every function
gives NULL for NULL, unless SQL says otherwise.
"""

from __future__ import annotations

import functools
import hashlib
import math
import operator
import random
import re
import statistics
import uuid
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from sqlite3 import Connection
from typing import Any, ClassVar, TypeVar, cast

from hotclub.db.backends.utils import split_tzname_delta
from hotclub.utils.dateparse import parse_datetime, parse_time
from hotclub.utils.duration import duration_microseconds

F = TypeVar("F", bound=Callable[..., Any])


def none_guard(function: F) -> F:
    """Give None as soon as one argument is None, as SQL's own functions do."""

    @functools.wraps(function)
    def guarded(*args: Any) -> Any:
        return None if None in args else function(*args)

    return cast(F, guarded)


def register(connection: Connection) -> None:
    """Add all functions and aggregates to a connection."""
    for name, arguments, function in DETERMINISTIC:
        connection.create_function(name, arguments, function, deterministic=True)
    connection.create_function("RAND", 0, random.random)
    connection.create_function("UUIDV4", 0, _uuid4)
    uuid7 = getattr(uuid, "uuid7", None)  # Python 3.14
    if uuid7 is not None:
        connection.create_function("UUIDV7", 0, lambda: uuid7().hex)
    for name, factory in AGGREGATES:
        connection.create_aggregate(name, 1, factory)


# -- dates and times --


@functools.lru_cache(maxsize=256)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def _read_moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except TypeError:
        return None
    except ValueError:
        try:
            return parse_datetime(value)  # hours of one digit, and the like
        except ValueError:
            return None


def _sqlite_datetime_parse(value: Any, tzname: str | None = None, conn_tzname: str | None = None) -> datetime | None:
    """Read a moment as stored and bring it to a zone; None if it is not one."""
    if value is None:
        return None
    moment = _read_moment(value)
    if moment is None:
        return None
    if conn_tzname:
        moment = moment.replace(tzinfo=_zone(conn_tzname))
    if tzname is None or tzname == conn_tzname:
        return moment
    zone_name, sign, offset = split_tzname_delta(tzname)
    if sign and offset:
        hours, minutes = offset.split(":")
        delta = timedelta(hours=int(hours), minutes=int(minutes))
        moment = moment + delta if sign == "+" else moment - delta
    return moment.astimezone(_zone(zone_name))


def _first_of_period(kind: str, day: date) -> date | None:
    match kind:
        case "year":
            return day.replace(month=1, day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "month":
            return day.replace(day=1)
        case "week":
            return day - timedelta(days=day.weekday())
        case "day":
            return day
    return None


def _sqlite_date_trunc(lookup_type: str, value: Any, tzname: str | None, conn_tzname: str | None) -> str | None:
    moment = _sqlite_datetime_parse(value, tzname, conn_tzname)
    if moment is None:
        return None
    first = _first_of_period(lookup_type, moment.date())
    if first is None:
        raise ValueError(f"Unsupported lookup type: {lookup_type!r}")
    return first.isoformat()


_TIME_CUTS: dict[str, dict[str, int]] = {
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "minute": {"second": 0, "microsecond": 0},
    "second": {"microsecond": 0},
}


def _sqlite_time_trunc(lookup_type: str, value: Any, tzname: str | None, conn_tzname: str | None) -> str | None:
    if value is None:
        return None
    moment: Any = _sqlite_datetime_parse(value, tzname, conn_tzname)
    if moment is None:
        try:
            moment = time.fromisoformat(value)
        except (TypeError, ValueError):
            return None
    if lookup_type not in _TIME_CUTS:
        raise ValueError(f"Unsupported lookup type: {lookup_type!r}")
    return str(moment.replace(**_TIME_CUTS[lookup_type]).strftime("%H:%M:%S"))


def _sqlite_datetime_trunc(lookup_type: str, value: Any, tzname: str | None, conn_tzname: str | None) -> str | None:
    moment = _sqlite_datetime_parse(value, tzname, conn_tzname)
    if moment is None:
        return None
    if lookup_type in _TIME_CUTS:
        return moment.replace(tzinfo=None, **_TIME_CUTS[lookup_type]).isoformat(" ")
    first = _first_of_period(lookup_type, moment.date())
    if first is None:
        raise ValueError(f"Unsupported lookup type: {lookup_type!r}")
    return f"{first.isoformat()} 00:00:00"


def _sqlite_datetime_cast_date(value: Any, tzname: str | None, conn_tzname: str | None) -> str | None:
    moment = _sqlite_datetime_parse(value, tzname, conn_tzname)
    return None if moment is None else moment.date().isoformat()


def _sqlite_datetime_cast_time(value: Any, tzname: str | None, conn_tzname: str | None) -> str | None:
    moment = _sqlite_datetime_parse(value, tzname, conn_tzname)
    return None if moment is None else moment.time().isoformat()


_EXTRACTORS: dict[str, Callable[[datetime], int]] = {
    "week_day": lambda moment: moment.isoweekday() % 7 + 1,
    "iso_week_day": lambda moment: moment.isoweekday(),
    "week": lambda moment: moment.isocalendar()[1],
    "quarter": lambda moment: (moment.month + 2) // 3,
    "iso_year": lambda moment: moment.isocalendar()[0],
}


def _sqlite_datetime_extract(
    lookup_type: str, value: Any, tzname: str | None = None, conn_tzname: str | None = None
) -> int | None:
    moment = _sqlite_datetime_parse(value, tzname, conn_tzname)
    if moment is None:
        return None
    extractor = _EXTRACTORS.get(lookup_type)
    return extractor(moment) if extractor else cast(int, getattr(moment, lookup_type))


def _sqlite_time_extract(lookup_type: str, value: Any) -> int | None:
    if value is None:
        return None
    try:
        return cast(int, getattr(time.fromisoformat(value), lookup_type))
    except (TypeError, ValueError):
        return None


def _operand(connector: str, value: Any) -> Any:
    """Read one side of a duration calculation: a number of microseconds, a moment, or a plain number."""
    if connector in ("+", "-"):
        return timedelta(microseconds=value) if isinstance(value, int) else _moment_as_delta_base(value)
    return value


def _moment_as_delta_base(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return time.fromisoformat(value)


def _sqlite_format_dtdelta(connector: str, left: Any, right: Any) -> Any:
    """Calculate with durations: moment ± duration, duration ± duration, duration × or ÷ number."""
    if connector is None or left is None or right is None:
        return None
    connector = connector.strip()
    try:
        first, second = _operand(connector, left), _operand(connector, right)
    except (ValueError, TypeError):
        return None
    if connector == "+":
        outcome = first + second
    elif connector == "-":
        outcome = first - second
    elif connector == "*":
        outcome = first * second
    else:
        outcome = first / second
    if isinstance(outcome, timedelta):
        return duration_microseconds(outcome)
    if isinstance(outcome, datetime) and outcome.time() == time.min and (_is_day(left) or _is_day(right)):
        return str(outcome.date())  # a day and whole days give a day, as stored days are compared
    return _as_text(outcome)


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == len("2000-01-01")


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, (date, time)) else value


@none_guard
def _sqlite_time_diff(left: str, right: str) -> int:
    first, second = parse_time(left), parse_time(right)
    if first is None or second is None:
        raise ValueError(f"Expected two times, got {left!r} and {right!r}.")
    return _microseconds(first) - _microseconds(second)


def _microseconds(moment: time) -> int:
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) * 1_000_000 + moment.microsecond


@none_guard
def _sqlite_timestamp_diff(left: str, right: str) -> int:
    return duration_microseconds(_utc(left) - _utc(right))


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


# -- text and digests --


@none_guard
def _sqlite_regexp(pattern: Any, string: Any) -> bool:
    return re.search(str(pattern), str(string)) is not None


@none_guard
def _sqlite_lpad(text: str, length: int, fill: str) -> str:
    missing = length - len(text)
    return text[:length] if missing <= 0 else (fill * (missing // max(1, len(fill)) + 1))[:missing] + text


@none_guard
def _sqlite_rpad(text: str, length: int, fill: str) -> str:
    return (text + fill * length)[:length]


@none_guard
def _sqlite_repeat(text: str, count: int) -> str:
    return text * count


@none_guard
def _sqlite_reverse(text: str) -> str:
    return text[::-1]


def _digest(name: str) -> Callable[[Any], str | None]:
    def digest(text: Any) -> str | None:
        return None if text is None else hashlib.new(name, str(text).encode(), usedforsecurity=False).hexdigest()

    return digest


def _uuid4() -> str:
    return uuid.uuid4().hex


# -- mathematics --


@none_guard
def _sqlite_sign(x: float) -> int:
    return (x > 0) - (x < 0)


@none_guard
def _sqlite_cot(x: float) -> float:
    return 1 / math.tan(x)


@none_guard
def _sqlite_mod(x: float, y: float) -> float:
    return math.fmod(x, y)


def _math(function: Callable[..., float]) -> Callable[..., Any]:
    return none_guard(function)


@none_guard
def _sqlite_log(base: float, x: float) -> float:
    return math.log(x, base)


@none_guard
def _sqlite_bitxor(x: int, y: int) -> int:
    return x ^ y


DETERMINISTIC: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("django_date_extract", 2, _sqlite_datetime_extract),
    ("django_date_trunc", 4, _sqlite_date_trunc),
    ("django_datetime_cast_date", 3, _sqlite_datetime_cast_date),
    ("django_datetime_cast_time", 3, _sqlite_datetime_cast_time),
    ("django_datetime_extract", 4, _sqlite_datetime_extract),
    ("django_datetime_trunc", 4, _sqlite_datetime_trunc),
    ("django_time_extract", 2, _sqlite_time_extract),
    ("django_time_trunc", 4, _sqlite_time_trunc),
    ("django_time_diff", 2, _sqlite_time_diff),
    ("django_timestamp_diff", 2, _sqlite_timestamp_diff),
    ("django_format_dtdelta", 3, _sqlite_format_dtdelta),
    ("regexp", 2, _sqlite_regexp),
    ("BITXOR", 2, _sqlite_bitxor),
    ("COT", 1, _sqlite_cot),
    ("LPAD", 3, _sqlite_lpad),
    ("MD5", 1, _digest("md5")),
    ("REPEAT", 2, _sqlite_repeat),
    ("REVERSE", 1, _sqlite_reverse),
    ("RPAD", 3, _sqlite_rpad),
    ("SHA1", 1, _digest("sha1")),
    ("SHA224", 1, _digest("sha224")),
    ("SHA256", 1, _digest("sha256")),
    ("SHA384", 1, _digest("sha384")),
    ("SHA512", 1, _digest("sha512")),
    ("SIGN", 1, _sqlite_sign),
    # SQLite may be compiled without its mathematics.
    ("ACOS", 1, _math(math.acos)),
    ("ASIN", 1, _math(math.asin)),
    ("ATAN", 1, _math(math.atan)),
    ("ATAN2", 2, _math(math.atan2)),
    ("CEILING", 1, _math(math.ceil)),
    ("COS", 1, _math(math.cos)),
    ("DEGREES", 1, _math(math.degrees)),
    ("EXP", 1, _math(math.exp)),
    ("FLOOR", 1, _math(math.floor)),
    ("LN", 1, _math(math.log)),
    ("LOG", 2, _sqlite_log),
    ("MOD", 2, _sqlite_mod),
    ("PI", 0, lambda: math.pi),
    ("POWER", 2, _math(operator.pow)),
    ("RADIANS", 1, _math(math.radians)),
    ("SIN", 1, _math(math.sin)),
    ("SQRT", 1, _math(math.sqrt)),
    ("TAN", 1, _math(math.tan)),
)


# -- aggregates --


class _Collected:
    """An aggregate that needs all values at the end; NULLs are left out."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def step(self, value: Any) -> None:
        if value is not None:
            self.values.append(value)

    def finalize(self) -> Any:
        try:
            return self.calculate(self.values)
        except statistics.StatisticsError:  # too few values
            return None

    def calculate(self, values: list[Any]) -> Any:
        raise NotImplementedError


class StdDevPop(_Collected):
    def calculate(self, values: list[Any]) -> Any:
        return statistics.pstdev(values)


class StdDevSamp(_Collected):
    def calculate(self, values: list[Any]) -> Any:
        return statistics.stdev(values)


class VarPop(_Collected):
    def calculate(self, values: list[Any]) -> Any:
        return statistics.pvariance(values)


class VarSamp(_Collected):
    def calculate(self, values: list[Any]) -> Any:
        return statistics.variance(values)


class AnyValue(_Collected):
    def calculate(self, values: list[Any]) -> Any:
        return values[0] if values else None


class _Folded:
    """An aggregate that combines values as they come."""

    combine: ClassVar[Callable[[Any, Any], Any]]

    def __init__(self) -> None:
        self.value: int | None = None

    def step(self, value: int | None) -> None:
        if value is not None:
            self.value = value if self.value is None else type(self).combine(self.value, value)

    def finalize(self) -> int | None:
        return self.value


class BitAnd(_Folded):
    combine = operator.and_


class BitOr(_Folded):
    combine = operator.or_


class BitXor(_Folded):
    combine = operator.xor


AGGREGATES: tuple[tuple[str, Any], ...] = (
    ("ANY_VALUE", AnyValue),
    ("BIT_AND", BitAnd),
    ("BIT_OR", BitOr),
    ("BIT_XOR", BitXor),
    ("STDDEV_POP", StdDevPop),
    ("STDDEV_SAMP", StdDevSamp),
    ("VAR_POP", VarPop),
    ("VAR_SAMP", VarSamp),
)
