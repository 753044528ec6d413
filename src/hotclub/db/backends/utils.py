"""Cursors as callers see them, and the text helpers that every backend needs.

A `CursorWrapper` runs the connection's execute wrappers and translates errors; a `CursorDebugWrapper` also keeps a log.
"""

from __future__ import annotations

import datetime
import decimal
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import md5
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.apps import apps
from hotclub.db.async_bridge import in_bridge, run_bridged
from hotclub.db.awaiting import is_coroutine_function, run_to_end
from hotclub.db.utils import NotSupportedError
from hotclub.utils.dateparse import parse_time

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger("hotclub.db.backends")

Params = Sequence[Any] | Mapping[str, Any] | None


class CursorWrapper:
    """A driver's cursor with translated errors and the connection's execute wrappers around each statement."""

    def __init__(self, cursor: Any, db: Any) -> None:
        self.cursor = cursor
        self.db = db

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.cursor, name)
        if name in _TRANSLATED_METHODS:
            return self.db.wrap_database_errors(attribute)
        return attribute

    def __iter__(self) -> Iterator[Any]:
        with self.db.wrap_database_errors:
            yield from self.cursor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A cursor that cannot be closed must not hide the error that led here.
        try:
            self.close()
        except self.db.Database.Error:
            pass

    def callproc(
        self, procname: str, params: Sequence[Any] | None = None, kparams: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a stored procedure of the database.

        Raises:
            NotSupportedError: keyword parameters were given, and the backend has none.
        """
        if kparams is not None and not self.db.features.supports_callproc_kwargs:
            raise NotSupportedError("Keyword parameters for callproc are not supported on this database backend.")
        _warn_before_ready()
        self.db.validate_no_broken_transaction()
        with self.db.wrap_database_errors:
            if kparams is not None:
                return self.cursor.callproc(procname, params or (), kparams)
            return self.cursor.callproc(procname) if params is None else self.cursor.callproc(procname, params)

    def execute(self, sql: Any, params: Params = None) -> Any:
        """Run a statement; `params` are bound by the database."""
        return self._through_wrappers(sql, params, False, self._execute)

    def executemany(self, sql: Any, param_list: Any) -> Any:
        """Run a statement once for each sequence of parameters."""
        return self._through_wrappers(sql, param_list, True, self._executemany)

    def _through_wrappers(self, sql: Any, params: Any, many: bool, executor: Callable[..., Any]) -> Any:
        _warn_before_ready()
        if not self.db.execute_wrappers:
            return executor(sql, params, many, None)
        context = {"connection": self.db, "cursor": self}
        for wrapper in reversed(self.db.execute_wrappers):
            executor = _bind_wrapper(wrapper, executor)
        return executor(sql, params, many, context)

    def _execute(self, sql: Any, params: Params, *ignored: Any) -> Any:
        self.db.validate_no_broken_transaction()
        with self.db.wrap_database_errors:
            return self.cursor.execute(sql) if params is None else self.cursor.execute(sql, params)

    def _executemany(self, sql: Any, param_list: Any, *ignored: Any) -> Any:
        self.db.validate_no_broken_transaction()
        with self.db.wrap_database_errors:
            return self.cursor.executemany(sql, param_list)


_TRANSLATED_METHODS = frozenset({"fetchone", "fetchmany", "fetchall", "nextset", "close"})


def _warn_before_ready() -> None:
    """Discourage statements while apps are still being loaded: the settings of a run may not be there yet."""
    if not apps.ready:
        warnings.warn(
            "Accessing the database during app initialization is discouraged. To fix this warning, avoid executing "
            "queries in AppConfig.ready() or when your app modules are imported.",
            RuntimeWarning,
            stacklevel=4,
        )


def _bind_wrapper(wrapper: Callable[..., Any], executor: Callable[..., Any]) -> Callable[..., Any]:
    if is_coroutine_function(wrapper):

        def call_asynchronous(sql: Any, params: Any, many: bool, context: Any) -> Any:
            async def execute(*args: Any) -> Any:
                return await run_bridged(executor, *args) if bridged else executor(*args)

            bridged = in_bridge()
            return run_to_end(wrapper(execute, sql, params, many, context))

        return call_asynchronous

    def call(sql: Any, params: Any, many: bool, context: Any) -> Any:
        return wrapper(executor, sql, params, many, context)

    return call


class CursorDebugWrapper(CursorWrapper):
    """A cursor whose statements are timed, logged and kept in `connection.queries`."""

    def execute(self, sql: Any, params: Params = None) -> Any:
        with self.debug_sql(sql, params, use_last_executed_query=True):
            return super().execute(sql, params)

    def executemany(self, sql: Any, param_list: Any) -> Any:
        with self.debug_sql(sql, param_list, many=True):
            return super().executemany(sql, param_list)

    @contextmanager
    def debug_sql(
        self, sql: Any = None, params: Any = None, use_last_executed_query: bool = False, many: bool = False
    ) -> Iterator[None]:
        """Time the block and log it as one statement."""
        start = time.monotonic()
        try:
            yield
        finally:
            duration = time.monotonic() - start
            if use_last_executed_query:
                sql = self.db.ops.last_executed_query(self.cursor, sql, params)
            times = ""
            if many:
                times = f"{len(params) if hasattr(params, '__len__') else '?'} times: "
            self.db.queries_log.append({"sql": f"{times}{sql}", "time": f"{duration:.3f}"})
            _log_statement(self.db, duration, sql, params)


@contextmanager
def debug_transaction(connection: Any, sql: str) -> Iterator[None]:
    """Time the block and log it as the transaction statement `sql`, when queries are logged."""
    start = time.monotonic()
    try:
        yield
    finally:
        if connection.queries_logged:
            duration = time.monotonic() - start
            connection.queries_log.append({"sql": sql, "time": f"{duration:.3f}"})
            _log_statement(connection, duration, sql, None)


def _log_statement(connection: Any, duration: float, sql: Any, params: Any) -> None:
    logger.debug(
        "(%.3f) %s; args=%s; alias=%s",
        duration,
        sql,
        params,
        connection.alias,
        extra={"duration": duration, "sql": sql, "params": params, "alias": connection.alias},
    )


def split_tzname_delta(tzname: str) -> tuple[str, str | None, str | None]:
    """Split a time zone name with an offset, `"UTC+15:00"`, into name, sign and offset; without one, the name alone."""
    for sign in ("+", "-"):
        name, found, offset = tzname.rpartition(sign)
        if found and ":" in offset and _is_time(offset):
            return name, sign, offset
    return tzname, None, None


def _is_time(text: str) -> bool:
    try:
        return parse_time(text) is not None
    except ValueError:
        return False


def typecast_date(text: str | None) -> datetime.date | None:
    """Read the date form databases give; None stays None."""
    return datetime.date.fromisoformat(text) if text else None


def typecast_time(text: str | None) -> datetime.time | None:
    """Read the time form databases give, with or without parts of seconds; empty and None give None."""
    if not text:
        return None
    hour, minute, second = text.split(":")
    second, _point, fraction = second.partition(".")
    return datetime.time(int(hour), int(minute), int(second), int((fraction + "000000")[:6]))


def typecast_timestamp(text: str | None) -> datetime.date | datetime.datetime | None:
    """Read the form of moments that databases give; without a time it is a day, and an offset is left out."""
    if not text:
        return None
    day, _space, moment = text.strip().partition(" ")
    if not moment:
        return typecast_date(text)
    moment = moment.partition("+")[0].partition("-")[0]
    date, time = typecast_date(day), typecast_time(moment)
    return None if date is None or time is None else datetime.datetime.combine(date, time)


def split_identifier(identifier: str) -> tuple[str, str]:
    """Split a quoted or plain `namespace"."name` into both parts; the namespace is empty if there is none."""
    namespace, separator, name = identifier.partition('"."')
    if not separator:
        namespace, name = "", identifier
    return namespace.strip('"'), name.strip('"')


def truncate_name(identifier: str, length: int | None = None, hash_len: int = 4) -> str:
    """Shorten an identifier to a length, with a digest at its end that keeps it unique.

    Args:
        identifier: name, with or without a `namespace"."` in front; the namespace is kept whole.
        length: the most characters the name may have; None does not shorten.
        hash_len: how many of them are the digest.
    """
    namespace, name = split_identifier(identifier)
    if length is None or len(name) <= length:
        return identifier
    prefix = f'{namespace}"."' if namespace else ""
    return f"{prefix}{name[: length - hash_len]}{names_digest(name, length=hash_len)}"


def names_digest(*names: str, length: int) -> str:
    """Give a short digest of names, the same on every run and machine."""
    digest = md5(usedforsecurity=False)
    for name in names:
        digest.update(name.encode())
    return digest.hexdigest()[:length]


def strip_quotes(name: str) -> str:
    """Take the double quotes off a quoted identifier."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name


def format_number(value: decimal.Decimal | None, max_digits: int | None, decimal_places: int | None) -> str | None:
    """Write a decimal with a fixed number of places and at most `max_digits` significant digits.

    Raises:
        decimal.Rounded: without `decimal_places`, the value has more digits than allowed.
    """
    if value is None:
        return None
    context = decimal.getcontext().copy()
    if max_digits is not None:
        context.prec = max_digits
    if decimal_places is not None:
        value = value.quantize(decimal.Decimal(1).scaleb(-decimal_places), context=context)
    else:
        context.traps[decimal.Rounded] = True
        value = context.create_decimal(value)
    return f"{value:f}"
