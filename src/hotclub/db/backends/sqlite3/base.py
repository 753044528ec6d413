"""The wrapper of a SQLite database.

Transactions are begun by explicit statements: the driver runs in its autocommit mode, where it adds none of its own.
Connections are opened for use by any thread; who may use one is checked by the wrapper (`validate_thread_sharing`).
"""

from __future__ import annotations

import datetime
import decimal
import re
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property, lru_cache
from itertools import chain, tee
from sqlite3 import dbapi2 as Database
from types import TracebackType
from typing import Any

from hotclub._kernel.late_modules import LateClass
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.async_regions import WouldWait
from hotclub.db.backends.base.base import BaseDatabaseWrapper
from hotclub.db.backends.sqlite3._functions import register as register_functions
from hotclub.db.backends.sqlite3.features import DatabaseFeatures
from hotclub.db.backends.sqlite3.operations import DatabaseOperations
from hotclub.db.backends.sqlite3.resting import close_resting, is_still_there, open_handle, put_to_rest, take_up
from hotclub.db.backends.utils import debug_transaction
from hotclub.db.utils import Error, IntegrityError, OperationalError
from hotclub.utils.dateparse import parse_time

CACHED_STATEMENTS = 1024
"""Prepared statements that the driver keeps for each connection; its own default, 128, is fewer than a site has queries.

One takes 4 to 5 KB, and 150 bytes more for each parameter of a list. Past this number a call costs 10 µs more, which is what SQLite takes to
prepare it again; `OPTIONS["cached_statements"]` sets another.
"""

INLINE_SECONDS = 0.02
"""How long a read may hold an event loop before it is stopped and done again in a thread."""

_WAITING_CODES = frozenset({Database.SQLITE_BUSY, Database.SQLITE_LOCKED, Database.SQLITE_INTERRUPT})


# The driver's own adapters and converters of dates are deprecated since Python 3.12; these are the documented forms.
Database.register_converter("bool", b"1".__eq__)
Database.register_converter("date", lambda raw: datetime.date.fromisoformat(raw.decode()))
Database.register_converter("time", lambda raw: parse_time(raw.decode()))
Database.register_converter("datetime", lambda raw: datetime.datetime.fromisoformat(raw.decode()))
Database.register_converter("timestamp", lambda raw: datetime.datetime.fromisoformat(raw.decode()))
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(datetime.date, datetime.date.isoformat)
Database.register_adapter(datetime.datetime, lambda value: value.isoformat(" "))


_PLACEHOLDER = re.compile(r"%(?:s|%|\((?P<name>[^()]*)\)s)")


def _native_part(match: re.Match[str]) -> str:
    text = match.group()
    if text == "%%":
        return "%"
    name = match.group("name")
    return "?" if name is None else f":{name}"


def native_sql(sql: str) -> str:
    """Turn a statement with `%s` (or `%(name)s`) placeholders into the driver's form; `%%` becomes `%`."""
    # Long texts are lists of parameters: few come again, and each takes much room.
    return _native_text(sql) if len(sql) <= 4096 else _native_long_text(sql)


def _translated(sql: str) -> str:
    return _PLACEHOLDER.sub(_native_part, sql)


_native_text = lru_cache(maxsize=16_384)(_translated)
_native_long_text = lru_cache(maxsize=64)(_translated)


class SQLiteCursorWrapper(Database.Cursor):
    """The driver's cursor, taking statements in the documented `%s` style."""

    def execute(self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Any:  # type: ignore[override]  # None means "no placeholders"
        if params is None:
            return super().execute(query)
        return super().execute(native_sql(query), params)

    def executemany(self, query: str, param_list: Any) -> Any:
        # The first row tells nothing more than the text does; looking at it keeps an empty iterator legal.
        peek, rows = tee(iter(param_list))
        if next(peek, None) is None:
            return super().executemany(native_sql(query), [])
        return super().executemany(native_sql(query), rows)


class WithoutWaiting:
    """A block of statements that raises `WouldWait` where it would wait, or read for long.

    A statement that finds the database busy has changed nothing, and a read that is stopped neither.

    Args:
        raw: the driver's connection; None if it is not open.
        busy_timeout_ms: what to go back to; None for a database that nobody else can lock.
        reads_only: the block changes nothing.
    """

    __slots__ = ("_busy_timeout_ms", "_raw", "_reads_only")

    def __init__(self, raw: Any, busy_timeout_ms: int | None, reads_only: bool) -> None:
        self._raw = raw
        self._busy_timeout_ms = busy_timeout_ms
        self._reads_only = reads_only

    def __enter__(self) -> None:
        raw = self._raw
        if raw is None:
            return
        if self._reads_only:
            deadline = time.perf_counter() + INLINE_SECONDS
            raw.set_progress_handler(lambda: time.perf_counter() > deadline, 10_000)
        if self._busy_timeout_ms is not None:
            raw.execute("PRAGMA busy_timeout = 0")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raw = self._raw
        if raw is None:
            return
        if self._busy_timeout_ms is not None:
            raw.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")
        if self._reads_only:
            raw.set_progress_handler(None, 0)
        if isinstance(error, OperationalError):
            code = getattr(error.__cause__, "sqlite_errorcode", None)
            if code is not None and code & 0xFF in _WAITING_CODES:
                raise WouldWait from error


class DatabaseWrapper(BaseDatabaseWrapper):
    """A connection to a SQLite database."""

    vendor = "sqlite"
    display_name = "SQLite"
    async_inline = True

    data_types = {
        "AutoField": "integer",
        "BigAutoField": "integer",
        "BinaryField": "BLOB",
        "BooleanField": "bool",
        "CharField": lambda data: f"varchar({data['max_length']})" if data.get("max_length") is not None else "varchar",
        "DateField": "date",
        "DateTimeField": "datetime",
        "DecimalField": "decimal",
        "DurationField": "bigint",
        "FileField": "varchar(%(max_length)s)",
        "FilePathField": "varchar(%(max_length)s)",
        "FloatField": "real",
        "IntegerField": "integer",
        "BigIntegerField": "bigint",
        "IPAddressField": "char(15)",
        "GenericIPAddressField": "char(39)",
        "JSONField": "text",
        "PositiveBigIntegerField": "bigint unsigned",
        "PositiveIntegerField": "integer unsigned",
        "PositiveSmallIntegerField": "smallint unsigned",
        "SlugField": "varchar(%(max_length)s)",
        "SmallAutoField": "integer",
        "SmallIntegerField": "smallint",
        "TextField": "text",
        "TimeField": "time",
        "UUIDField": "char(32)",
    }
    data_type_check_constraints = {
        "PositiveBigIntegerField": '"%(column)s" >= 0',
        "JSONField": '(JSON_VALID("%(column)s") OR "%(column)s" IS NULL)',
        "PositiveIntegerField": '"%(column)s" >= 0',
        "PositiveSmallIntegerField": '"%(column)s" >= 0',
    }
    data_types_suffix = dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField"), "AUTOINCREMENT")
    # LIKE without a BINARY form: SQLite compares ASCII letters without case.
    operators = {
        "exact": "= %s",
        "iexact": "LIKE %s ESCAPE '\\'",
        "contains": "LIKE %s ESCAPE '\\'",
        "icontains": "LIKE %s ESCAPE '\\'",
        "regex": "REGEXP %s",
        "iregex": "REGEXP '(?i)' || %s",
        "gt": "> %s",
        "gte": ">= %s",
        "lt": "< %s",
        "lte": "<= %s",
        "startswith": "LIKE %s ESCAPE '\\'",
        "endswith": "LIKE %s ESCAPE '\\'",
        "istartswith": "LIKE %s ESCAPE '\\'",
        "iendswith": "LIKE %s ESCAPE '\\'",
    }
    # The right side is an expression: its wildcards are escaped by the database.
    pattern_esc = r"REPLACE(REPLACE(REPLACE({}, '\', '\\'), '%%', '\%%'), '_', '\_')"
    pattern_ops = {
        "contains": r"LIKE '%%' || {} || '%%' ESCAPE '\'",
        "icontains": r"LIKE '%%' || UPPER({}) || '%%' ESCAPE '\'",
        "startswith": r"LIKE {} || '%%' ESCAPE '\'",
        "istartswith": r"LIKE UPPER({}) || '%%' ESCAPE '\'",
        "endswith": r"LIKE '%%' || {} ESCAPE '\'",
        "iendswith": r"LIKE '%%' || UPPER({}) ESCAPE '\'",
    }
    transaction_modes = frozenset({"DEFERRED", "EXCLUSIVE", "IMMEDIATE"})

    Database = Database
    # Queries need none of these; they are a tenth of what a process takes to start.
    SchemaEditorClass = LateClass("hotclub.db.backends.sqlite3.schema.DatabaseSchemaEditor")
    client_class = LateClass("hotclub.db.backends.sqlite3.client.DatabaseClient")
    creation_class = LateClass("hotclub.db.backends.sqlite3.creation.DatabaseCreation")
    features_class = DatabaseFeatures
    introspection_class = LateClass("hotclub.db.backends.sqlite3.introspection.DatabaseIntrospection")
    ops_class = DatabaseOperations

    transaction_mode: str | None = None
    init_command = ""
    busy_timeout_ms = 5000

    # -- opening and closing --

    def get_connection_params(self) -> dict[str, Any]:
        name = self.settings_dict["NAME"]
        if not name:
            raise ImproperlyConfigured("settings.DATABASES is improperly configured. Please supply the NAME value.")
        options = dict(self.settings_dict["OPTIONS"])
        if options.get("check_same_thread"):
            warnings.warn(
                "The `check_same_thread` option was provided and set to True. It will be overridden with False. Use the "
                "`DatabaseWrapper.allow_thread_sharing` property instead for controlling thread shareability.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.busy_timeout_ms = int(options.get("timeout", 5.0) * 1000)
        self.transaction_mode = self._checked_transaction_mode(options.pop("transaction_mode", None))
        self.init_command = options.pop("init_command", "")
        return {
            "database": name,
            "detect_types": Database.PARSE_DECLTYPES | Database.PARSE_COLNAMES,
            "cached_statements": CACHED_STATEMENTS,
            **options,
            "check_same_thread": False,
            "uri": True,
        }

    def _checked_transaction_mode(self, mode: str | None) -> str | None:
        if mode is not None and mode.upper() not in self.transaction_modes:
            allowed = ", ".join(repr(known) for known in sorted(self.transaction_modes))
            raise ImproperlyConfigured(
                f"settings.DATABASES[{self.alias!r}]['OPTIONS']['transaction_mode'] is improperly configured to "
                f"'{mode}'. Use one of {allowed}, or None."
            )
        return mode.upper() if mode is not None else None

    def get_database_version(self) -> tuple[int, ...]:
        return Database.sqlite_version_info

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        opened_with = (conn_params, self.init_command)
        rested = take_up(conn_params["database"], opened_with)
        if rested is not None:
            rested.execute(f"PRAGMA busy_timeout = {self.busy_timeout_ms}")
            return rested
        return open_handle(conn_params, self._prepare, opened_with)

    def _prepare(self, connection: Any) -> None:
        register_functions(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        for statement in self.init_command.split(";"):
            if statement.strip():
                connection.execute(statement.strip())

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.own_cursors |= cls.create_cursor is not DatabaseWrapper.create_cursor

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=SQLiteCursorWrapper)

    def close(self) -> None:
        close_resting(self.settings_dict["NAME"])
        self._close_this()

    def connect(self) -> None:
        super().connect()
        if self.is_in_memory_db():
            self.close_at = None  # it is as old as the wrapper

    def _close_this(self) -> None:
        self.validate_thread_sharing()
        # Closing a database in memory destroys it; it lives as long as the wrapper.
        if not self.is_in_memory_db():
            super().close()

    def retire(self) -> None:
        if self.settings_dict["CONN_MAX_AGE"] == 0 and put_to_rest(self, self.settings_dict["NAME"]):
            self.run_on_commit = []
        else:
            self._close_this()

    def discard(self) -> None:
        self.inc_thread_sharing()
        with suppress(Database.Error, Error):
            self._close_this()

    @property
    def lives_once(self) -> bool:
        return self.is_in_memory_db()

    def is_in_memory_db(self) -> bool:
        """Say whether the database vanishes with its last connection."""
        return bool(self.creation.is_in_memory_db(self.settings_dict["NAME"]))

    def is_usable(self) -> bool:
        # SQLite goes on with a file that was removed or replaced; nobody else sees what is written there.
        return (
            self.connection is None
            or self.is_in_memory_db()
            or is_still_there(self.connection, self.settings_dict["NAME"])
        )

    # -- transactions --

    def _savepoint_allowed(self) -> bool:
        # With the driver's autocommit off, a savepoint would be committed by the driver before the next write.
        return self.in_atomic_block

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.isolation_level = None if autocommit else ""

    def _start_transaction_under_autocommit(self) -> None:
        begin = "BEGIN" if self.transaction_mode is None else f"BEGIN {self.transaction_mode}"
        with self.wrap_database_errors, debug_transaction(self, begin):
            self.connection.execute(begin)

    # -- asynchronous use --

    @property
    def commit_may_wait(self) -> bool:
        return not self.is_in_memory_db()

    def without_waiting(self, reads_only: bool = False) -> AbstractContextManager[None]:
        """Take no part in waiting for locks, and stop a long read: both are then done in a thread."""
        return WithoutWaiting(self.connection, None if self._in_memory else self.busy_timeout_ms, reads_only)

    @cached_property
    def _in_memory(self) -> bool:
        return self.is_in_memory_db()

    # -- constraints --

    def disable_constraint_checking(self) -> bool:
        with self.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
            # Inside a transaction the statement does nothing: say whether it worked.
            enabled = cursor.execute("PRAGMA foreign_keys").fetchone()[0]
        return not enabled

    def enable_constraint_checking(self) -> None:
        # Also after an error, in a transaction that takes no more statements: straight to the driver.
        with self.wrap_database_errors:
            self.connection.execute("PRAGMA foreign_keys = ON")

    def check_constraints(self, table_names: Any = None) -> None:
        with self.cursor() as cursor:
            if table_names is None:
                violations = cursor.execute("PRAGMA foreign_key_check").fetchall()
            else:
                violations = chain.from_iterable(
                    cursor.execute(f"PRAGMA foreign_key_check({self.ops.quote_name(table)})").fetchall()
                    for table in table_names
                )
            for table, rowid, referenced_table, key_number in violations:
                self._report_violation(cursor, table, rowid, referenced_table, key_number)

    def _report_violation(self, cursor: Any, table: str, rowid: Any, referenced_table: str, key_number: int) -> None:
        quote = self.ops.quote_name
        keys = cursor.execute(f"PRAGMA foreign_key_list({quote(table)})").fetchall()
        column, referenced_column = next(key[3:5] for key in keys if key[0] == key_number)
        primary_key = self.introspection.get_primary_key_column(cursor, table) or "rowid"
        cursor.execute(f"SELECT {quote(primary_key)}, {quote(column)} FROM {quote(table)} WHERE rowid = %s", (rowid,))
        key, bad_value = cursor.fetchone()
        raise IntegrityError(
            f"The row in table '{table}' with primary key '{key}' has an invalid foreign key: {table}.{column} "
            f"contains a value '{bad_value}' that does not have a corresponding value in "
            f"{referenced_table}.{referenced_column}."
        )

    # -- the way of the ports --

    @property
    def _straight(self) -> bool:
        """Whether a statement goes straight to the driver; the connection is open then."""
        if self.connection is None:
            self.ensure_connection()
        return self.direct

    def fetch(self, sql: str, params: Any) -> list[Any]:
        if self._straight:
            try:
                return self.connection.execute(native_sql(sql), params).fetchall()  # type: ignore[no-any-return]
            except Exception as error:  # translated; what is not the driver's passes unchanged
                raise self.translate(error)
        return super().fetch(sql, params)

    def run(self, sql: str, params: Any) -> int:
        if self._straight:
            try:
                return self.connection.execute(native_sql(sql), params).rowcount  # type: ignore[no-any-return]
            except Exception as error:  # the same
                raise self.translate(error)
        return super().run(sql, params)

    def insert_one(self, sql: str, params: Any, table: str, pk_column: str) -> Any:
        if self._straight:
            try:
                return self.connection.execute(native_sql(sql), params).lastrowid
            except Exception as error:  # the same
                raise self.translate(error)
        return super().insert_one(sql, params, table, pk_column)
