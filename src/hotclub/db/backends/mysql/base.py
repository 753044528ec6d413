"""The wrapper of a MySQL or MariaDB database, over PyMySQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.async_bridge import wait
from hotclub.db.awaiting import refuse_in_running_loop
from hotclub.db.backends.base.base import BaseDatabaseWrapper
from hotclub.db.backends.base.direct import DirectStatements
from hotclub.db.backends.base.lending import is_quiet
from hotclub.db.utils import IntegrityError
from hotclub.utils.dateparse import parse_time

try:
    import pymysql as Database
    from pymysql.constants import CLIENT, FIELD_TYPE
    from pymysql.converters import conversions
except ImportError as error:
    raise ImproperlyConfigured(
        "Error loading the pymysql module: MySQL needs it. Install it with: pip install 'hotclub[mysql]'"
    ) from error

try:
    import asyncmy
    from asyncmy.charset import charset_by_name
    from asyncmy.converters import conversions as async_conversions

    from hotclub.db.backends.mysql.awaited import MySQLAwaitedConnection
except ImportError:  # then asynchronous callers are served by a thread
    asyncmy = None  # type: ignore[assignment]  # the module is absent
    async_conversions = {}

from hotclub.db.backends.mysql.client import DatabaseClient
from hotclub.db.backends.mysql.creation import DatabaseCreation
from hotclub.db.backends.mysql.features import DatabaseFeatures
from hotclub.db.backends.mysql.introspection import DatabaseIntrospection
from hotclub.db.backends.mysql.operations import DatabaseOperations
from hotclub.db.backends.mysql.schema import DatabaseSchemaEditor
from hotclub.db.backends.mysql.streaming import Streaming, StreamingCursor
from hotclub.db.backends.mysql.validation import DatabaseValidation

_CONVERSIONS: dict[Any, Any] = {**conversions, FIELD_TYPE.TIME: parse_time}
_ASYNC_CONVERSIONS: dict[Any, Any] = {**async_conversions, FIELD_TYPE.TIME: parse_time}
_OPERATIONAL_ERRORS = (
    (Database.OperationalError,) if asyncmy is None else (Database.OperationalError, asyncmy.OperationalError)
)
_SYNCHRONOUS_OPTIONS = frozenset(
    {"bind_address", "cursorclass", "defer_connect", "ssl_disabled", "ssl_key_password", "write_timeout"}
)
"""Options of PyMySQL that asyncmy has no equal for: with one of them, coroutines are served by a thread."""

_SSL_OPTIONS = {
    "ssl_ca": "ca",
    "ssl_cert": "cert",
    "ssl_key": "key",
    "ssl_verify_cert": "verify_mode",
    "ssl_verify_identity": "check_hostname",
}
_VERSION = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{1,2})")


class CursorWrapper:
    """A PyMySQL cursor whose constraint errors are integrity errors."""

    # Column may not be null, value out of range in a constraint, check constraint violated (MySQL and MariaDB).
    codes_for_integrityerror = (1048, 1690, 3819, 4025)

    def __init__(self, cursor: Any, holder: Streaming) -> None:
        self.cursor = cursor
        self._holder = holder

    def execute(self, query: Any, args: Any = None) -> Any:
        if self._holder.streaming is not None:
            self._holder.settle()
        try:
            return self.cursor.execute(query, args)
        except _OPERATIONAL_ERRORS as error:
            if error.args and error.args[0] in self.codes_for_integrityerror:
                raise IntegrityError(*error.args) from error
            raise

    def executemany(self, query: Any, args: Any) -> Any:
        self._holder.settle()
        try:
            return self.cursor.executemany(query, args)
        except _OPERATIONAL_ERRORS as error:
            if error.args and error.args[0] in self.codes_for_integrityerror:
                raise IntegrityError(*error.args) from error
            raise

    def callproc(self, name: str, args: Any = ()) -> Any:
        self._holder.settle()
        return self.cursor.callproc(name, args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cursor)


class DatabaseWrapper(Streaming, DirectStatements, BaseDatabaseWrapper):
    """A connection to a MySQL or MariaDB database."""

    vendor = "mysql"
    data_type_names = {
        "AutoField": "integer AUTO_INCREMENT",
        "BigAutoField": "bigint AUTO_INCREMENT",
        "BinaryField": "longblob",
        "BooleanField": "bool",
        "CharField": "varchar(%(max_length)s)",
        "DateField": "date",
        "DateTimeField": "datetime(6)",
        "DecimalField": "numeric(%(max_digits)s, %(decimal_places)s)",
        "DurationField": "bigint",
        "FileField": "varchar(%(max_length)s)",
        "FilePathField": "varchar(%(max_length)s)",
        "FloatField": "double precision",
        "IntegerField": "integer",
        "BigIntegerField": "bigint",
        "IPAddressField": "char(15)",
        "GenericIPAddressField": "char(39)",
        "JSONField": "json",
        "PositiveBigIntegerField": "bigint UNSIGNED",
        "PositiveIntegerField": "integer UNSIGNED",
        "PositiveSmallIntegerField": "smallint UNSIGNED",
        "SlugField": "varchar(%(max_length)s)",
        "SmallAutoField": "smallint AUTO_INCREMENT",
        "SmallIntegerField": "smallint",
        "TextField": "longtext",
        "TimeField": "time(6)",
        "UUIDField": "char(32)",
    }
    _limited_data_types = frozenset(
        {"tinyblob", "blob", "mediumblob", "longblob", "tinytext", "text", "mediumtext", "longtext", "json"}
    )
    operators = {
        "exact": "= %s",
        "iexact": "LIKE %s",
        "contains": "LIKE BINARY %s",
        "icontains": "LIKE %s",
        "gt": "> %s",
        "gte": ">= %s",
        "lt": "< %s",
        "lte": "<= %s",
        "startswith": "LIKE BINARY %s",
        "endswith": "LIKE BINARY %s",
        "istartswith": "LIKE %s",
        "iendswith": "LIKE %s",
    }
    pattern_esc = r"REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%%', '\%%'), '_', '\_')"
    pattern_ops = {
        "contains": "LIKE BINARY CONCAT('%%', {}, '%%')",
        "icontains": "LIKE CONCAT('%%', {}, '%%')",
        "startswith": "LIKE BINARY CONCAT({}, '%%')",
        "istartswith": "LIKE CONCAT({}, '%%')",
        "endswith": "LIKE BINARY CONCAT('%%', {})",
        "iendswith": "LIKE CONCAT('%%', {})",
    }
    isolation_levels = frozenset({"read uncommitted", "read committed", "repeatable read", "serializable"})

    Database = Database
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
    validation_class = DatabaseValidation

    isolation_level: str | None = None

    @cached_property
    def data_types(self) -> dict[str, str]:  # MariaDB has a type for UUIDs
        if self.features.has_native_uuid_field:
            return {**self.data_type_names, "UUIDField": "uuid"}
        return self.data_type_names

    @cached_property
    def data_type_check_constraints(self) -> dict[str, str]:  # type: ignore[override]  # MariaDB's JSON is text
        if not self.features.supports_column_check_constraints:
            return {}
        checks = dict.fromkeys(
            ("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"), "`%(column)s` >= 0"
        )
        if self.mysql_is_mariadb:
            checks["JSONField"] = "JSON_VALID(`%(column)s`)"
        return checks

    # -- opening --

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = {"conv": _CONVERSIONS, "charset": "utf8mb4", "client_flag": CLIENT.FOUND_ROWS}
        database = self.settings_dict
        for key, setting in (("user", "USER"), ("password", "PASSWORD")):
            if database[setting]:
                params[key] = database[setting]
        if database["NAME"]:
            params["database"] = str(database["NAME"])
        host = database["HOST"]
        if host.startswith("/"):
            params["unix_socket"] = host
        elif host:
            params["host"] = host
        if database["PORT"]:
            params["port"] = int(database["PORT"])
        options = dict(database["OPTIONS"])
        level = options.pop("isolation_level", "read committed")
        if level:
            level = level.lower()
            if level not in self.isolation_levels:
                allowed = ", ".join(f"'{known}'" for known in sorted(self.isolation_levels))
                raise ImproperlyConfigured(
                    f"Invalid transaction isolation level '{level}' specified.\nUse one of {allowed}, or None."
                )
        self.isolation_level = level
        for own in ("pool", "server_side_cursors"):
            options.pop(own, None)
        return {**params, **options}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.loop is None:
            return Database.connect(**conn_params)
        self.Database = asyncmy  # whose errors have the same names
        params = {**conn_params, "conv": _ASYNC_CONVERSIONS}
        tls = {_SSL_OPTIONS[name]: params.pop(name) for name in _SSL_OPTIONS if name in params}
        if tls:
            params["ssl"] = tls
        for old, new in (("passwd", "password"), ("db", "database")):
            if old in params:
                params[new] = params.pop(old)
        return MySQLAwaitedConnection(wait(asyncmy.connect(**params), self.loop), self.loop, params)

    # -- loans to coroutines --

    async_driver = asyncmy

    @property
    def lends(self) -> bool:
        return super().lends and self._async_driver_knows_options

    @cached_property
    def _async_driver_knows_options(self) -> bool:
        options = self.settings_dict["OPTIONS"]
        if _SYNCHRONOUS_OPTIONS.intersection(options):
            return False
        try:
            return charset_by_name(options.get("charset", "utf8mb4")) is not None
        except KeyError:
            return False

    def at_rest(self) -> bool:
        if (
            self.lost()
            or self.in_atomic_block
            or self.streaming is not None
            or self.autocommit != self.settings_dict["AUTOCOMMIT"]
        ):
            return False
        return not self.connection.raw.get_transaction_status()

    def lost(self) -> bool:
        return self.connection is None or not self.connection.raw.connected

    def looks_alive(self) -> bool:
        if self.lost():
            return False
        transport = self.connection.raw._transport
        if transport is None or transport.is_closing():
            return False
        # The loop may not have come to notice that the server hung up.
        return is_quiet(transport.get_extra_info("socket").fileno())

    def discard(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None and self.loop is not None and not self.loop.is_closed():
            connection.raw.close()

    def init_connection_state(self) -> None:
        super().init_connection_state()
        assignments = []
        if self.features.is_sql_auto_is_null_enabled:
            # Otherwise "WHERE id IS NULL" means the row inserted last.
            assignments.append("SET SQL_AUTO_IS_NULL = 0")
        if self.isolation_level:
            assignments.append(f"SET SESSION TRANSACTION ISOLATION LEVEL {self.isolation_level.upper()}")
        if assignments:
            with self.cursor() as cursor:
                for assignment in assignments:
                    cursor.execute(assignment)

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return CursorWrapper(self.connection.cursor(), self)
        kind = Database.cursors.SSCursor if self.loop is None else asyncmy.cursors.SSCursor
        return StreamingCursor(CursorWrapper(self.connection.cursor(kind), self), self)

    def chunked_cursor(self) -> Any:
        if not self.settings_dict["OPTIONS"].get("server_side_cursors"):
            return self.cursor()
        refuse_in_running_loop(self)
        return self._cursor(name="streaming")

    def connect(self) -> None:
        self.streaming = None
        super().connect()

    # -- transactions and constraints --

    def _commit(self) -> None:
        self.settle()
        super()._commit()

    def _rollback(self) -> None:
        self.settle()
        try:
            super()._rollback()
        except self.Database.NotSupportedError:
            pass  # an engine without transactions

    def _set_autocommit(self, autocommit: bool) -> None:
        self.settle()
        with self.wrap_database_errors:
            self.connection.autocommit(autocommit)

    def disable_constraint_checking(self) -> bool:
        with self.cursor() as cursor:
            cursor.execute("SET foreign_key_checks=0")
        return True

    def enable_constraint_checking(self) -> None:
        # Also in a transaction that takes no more statements.
        broken, self.needs_rollback = self.needs_rollback, False
        try:
            with self.cursor() as cursor:
                cursor.execute("SET foreign_key_checks=1")
        finally:
            self.needs_rollback = broken

    def check_constraints(self, table_names: Any = None) -> None:
        quote = self.ops.quote_name
        with self.cursor() as cursor:
            for table in table_names if table_names is not None else self.introspection.table_names(cursor):
                primary_key = self.introspection.get_primary_key_column(cursor, table)
                if not primary_key:
                    continue
                for column, (other_column, other_table, *_) in self.introspection.get_relations(cursor, table).items():
                    cursor.execute(
                        f"SELECT t.{quote(primary_key)}, t.{quote(column)} FROM {quote(table)} AS t "
                        f"LEFT JOIN {quote(other_table)} AS o ON t.{quote(column)} = o.{quote(other_column)} "
                        f"WHERE t.{quote(column)} IS NOT NULL AND o.{quote(other_column)} IS NULL"
                    )
                    for key, value in cursor.fetchall():
                        raise IntegrityError(
                            f"The row in table '{table}' with primary key '{key}' has an invalid foreign key: "
                            f"{table}.{column} contains a value '{value}' that does not have a corresponding value in "
                            f"{other_table}.{other_column}."
                        )

    def is_usable(self) -> bool:
        try:
            self.settle()
            self.connection.ping(reconnect=False)
        except self.Database.Error:
            return False
        return True

    # -- the server --

    @property
    def display_name(self) -> str:  # type: ignore[override]  # two products
        return "MariaDB" if self.mysql_is_mariadb else "MySQL"

    @cached_property
    def mysql_server_data(self) -> dict[str, Any]:
        """What has to be known of the server, asked once."""
        return self.ask_server("mysql_server_data", self._ask_server_data)

    def _ask_server_data(self) -> dict[str, Any]:
        with self.temporary_connection() as cursor:
            cursor.execute(
                "SELECT VERSION(), @@sql_mode, @@default_storage_engine, @@sql_auto_is_null, @@lower_case_table_names, "
                "CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL"
            )
            row = cursor.fetchone()
        return {
            "version": row[0],
            "sql_mode": row[1],
            "default_storage_engine": row[2],
            "sql_auto_is_null": bool(row[3]),
            "lower_case_table_names": bool(row[4]),
            "has_zoneinfo_database": bool(row[5]),
        }

    @cached_property
    def mysql_is_mariadb(self) -> bool:
        return "mariadb" in str(self.mysql_server_data["version"]).lower()

    @cached_property
    def mysql_version(self) -> tuple[int, ...]:
        found = _VERSION.search(str(self.mysql_server_data["version"]))
        if found is None:
            raise ValueError(
                f"Unable to determine MySQL version from version string {self.mysql_server_data['version']!r}"
            )
        return tuple(int(part) for part in found.groups())

    def get_database_version(self) -> tuple[int, ...]:
        return self.mysql_version

    @cached_property
    def sql_mode(self) -> set[str]:
        mode = str(self.mysql_server_data["sql_mode"])
        return set(mode.split(",")) if mode else set()
