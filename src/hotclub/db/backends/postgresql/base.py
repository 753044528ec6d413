"""The wrapper of a PostgreSQL database, over psycopg 3."""

from __future__ import annotations

import re
import threading
import warnings
from asyncio import _get_running_loop, current_task
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.async_bridge import wait
from hotclub.db.backends.async_driver import AwaitedConnection, AwaitedCursor
from hotclub.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from hotclub.db.backends.base.direct import DirectStatements
from hotclub.db.backends.base.lending import is_quiet
from hotclub.db.backends.postgresql.begin import BeginsWithStatement
from hotclub.db.backends.postgresql.client import DatabaseClient
from hotclub.db.backends.postgresql.creation import DatabaseCreation
from hotclub.db.backends.postgresql.features import DatabaseFeatures
from hotclub.db.backends.postgresql.introspection import DatabaseIntrospection
from hotclub.db.backends.postgresql.operations import DatabaseOperations
from hotclub.db.backends.postgresql.psycopg_any import (
    AsyncClientCursor,
    ClientCursorMixin,
    IsolationLevel,
    adapters_for,
)
from hotclub.db.backends.postgresql.psycopg_any import psycopg as Database
from hotclub.db.backends.postgresql.schema import DatabaseSchemaEditor
from hotclub.db.backends.utils import CursorDebugWrapper as BaseCursorDebugWrapper
from hotclub.db.connection_registry import connections
from hotclub.db.utils import DatabaseError as WrappedDatabaseError


class _Procedures:
    """What psycopg's cursors lack: `callproc`."""

    def callproc(self, name: str, args: Any = None) -> Any:
        from_sql = Database.sql
        arguments = from_sql.SQL(", ").join([from_sql.Placeholder()] * len(args or ()))
        query = from_sql.SQL("SELECT * FROM {}({})").format(from_sql.Identifier(name), arguments)
        self.execute(query, args)  # type: ignore[attr-defined]  # the cursor's
        return args


class Cursor(_Procedures, BeginsWithStatement, ClientCursorMixin[Any], Database.Cursor[Any]):
    """Parameters are written into the statement by the driver, as the documentation describes."""


class AsyncCursor(BeginsWithStatement, AsyncClientCursor[Any]):
    """The same over an asynchronous connection."""


class ServerBindingCursor(_Procedures, Database.Cursor[Any]):
    """Parameters are bound by the server (`server_side_binding`)."""


class ServerSideCursor(_Procedures, ClientCursorMixin[Any], Database.ServerCursor[Any]):
    """A cursor that stays on the server, for chunked reading."""


class ServerBindingServerSideCursor(_Procedures, Database.ServerCursor[Any]):
    """The same with parameters bound by the server."""


class AsyncServerSideCursor(ClientCursorMixin[Any], Database.AsyncServerCursor[Any]):
    """The same over an asynchronous connection."""


class PostgreSQLAwaitedCursor(_Procedures, AwaitedCursor):
    """A cursor of an asynchronous connection, as backends expect it."""

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: COPY is a conversation with the driver's own cursor.

        Raises:
            NotSupportedError: always.
        """
        raise Database.NotSupportedError(
            "COPY over an asynchronous connection needs the driver's cursor: async with cursor.raw.copy(...)."
        )


class PostgreSQLAwaitedConnection(AwaitedConnection):
    """An asynchronous connection, as this backend expects it."""

    cursor_class = PostgreSQLAwaitedCursor

    @property
    def autocommit(self) -> bool:
        return bool(self.raw.autocommit)

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        wait(self.raw.set_autocommit(value), self.loop)

    def server_cursor(self, name: str, **options: Any) -> AwaitedCursor:
        """Make a cursor that stays on the server, of the same binding as the connection's others."""
        client = issubclass(self.raw.cursor_factory, AsyncClientCursor)
        kind = AsyncServerSideCursor if client else Database.AsyncServerCursor
        return self.cursor_class(kind(self.raw, name, **options), self.loop)


class CursorDebugWrapper(BaseCursorDebugWrapper):
    """Keeps COPY in the log too."""

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        """Begin a COPY; the driver's own object moves the rows."""
        with self.debug_sql(statement):
            return self.cursor.copy(statement, *args, **kwargs)


@lru_cache(maxsize=1)
def psycopg_version() -> tuple[int, ...]:
    """Give the driver's version as numbers, as far as its first two or three parts are numbers."""
    numbers = []
    for part in Database.__version__.split(" ", 1)[0].split("."):
        found = re.match(r"\d+", part)
        if found is None:
            break
        numbers.append(int(found.group()))
        if found.group() != part:
            break
    return tuple(numbers)


class DatabaseWrapper(DirectStatements, BaseDatabaseWrapper):
    """A connection to a PostgreSQL database."""

    vendor = "postgresql"
    display_name = "PostgreSQL"
    data_types = {
        "AutoField": "integer",
        "BigAutoField": "bigint",
        "BinaryField": "bytea",
        "BooleanField": "boolean",
        "CharField": lambda data: f"varchar({data['max_length']})" if data.get("max_length") is not None else "varchar",
        "DateField": "date",
        "DateTimeField": "timestamp with time zone",
        "DecimalField": lambda data: (
            f"numeric({data['max_digits']}, {data['decimal_places']})"
            if data.get("max_digits") is not None
            else "numeric"
        ),
        "DurationField": "interval",
        "FileField": "varchar(%(max_length)s)",
        "FilePathField": "varchar(%(max_length)s)",
        "FloatField": "double precision",
        "IntegerField": "integer",
        "BigIntegerField": "bigint",
        "IPAddressField": "inet",
        "GenericIPAddressField": "inet",
        "JSONField": "jsonb",
        "PositiveBigIntegerField": "bigint",
        "PositiveIntegerField": "integer",
        "PositiveSmallIntegerField": "smallint",
        "SlugField": "varchar(%(max_length)s)",
        "SmallAutoField": "smallint",
        "SmallIntegerField": "smallint",
        "TextField": "text",
        "TimeField": "time",
        "UUIDField": "uuid",
    }
    data_type_check_constraints = dict.fromkeys(
        ("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"), '"%(column)s" >= 0'
    )
    data_types_suffix = dict.fromkeys(
        ("AutoField", "BigAutoField", "SmallAutoField"), "GENERATED BY DEFAULT AS IDENTITY"
    )
    operators = {
        "exact": "= %s",
        "iexact": "= UPPER(%s)",
        "contains": "LIKE %s",
        "icontains": "LIKE UPPER(%s)",
        "regex": "~ %s",
        "iregex": "~* %s",
        "gt": "> %s",
        "gte": ">= %s",
        "lt": "< %s",
        "lte": "<= %s",
        "startswith": "LIKE %s",
        "endswith": "LIKE %s",
        "istartswith": "LIKE UPPER(%s)",
        "iendswith": "LIKE UPPER(%s)",
    }
    pattern_esc = r"REPLACE(REPLACE(REPLACE({}, E'\\', E'\\\\'), E'%%', E'\\%%'), E'_', E'\\_')"
    pattern_ops = {
        "contains": "LIKE '%%' || {} || '%%'",
        "icontains": "LIKE '%%' || UPPER({}) || '%%'",
        "startswith": "LIKE {} || '%%'",
        "istartswith": "LIKE UPPER({}) || '%%'",
        "endswith": "LIKE '%%' || {}",
        "iendswith": "LIKE '%%' || UPPER({})",
    }

    Database = Database
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    isolation_level: Any = IsolationLevel.READ_COMMITTED

    # -- opening --

    def get_connection_params(self) -> dict[str, Any]:
        database = self.settings_dict
        options = dict(database["OPTIONS"])
        name = database["NAME"]
        if name == "" and not options.get("service"):
            raise ImproperlyConfigured(
                "settings.DATABASES is improperly configured. Please supply the NAME or OPTIONS['service'] value."
            )
        longest = self.ops.max_name_length()
        if len(name or "") > longest:
            raise ImproperlyConfigured(
                f"The database name '{name}' ({len(name)} characters) is longer than PostgreSQL's limit of {longest} "
                "characters. Supply a shorter NAME in settings.DATABASES."
            )
        params: dict[str, Any] = {**options, "client_encoding": "UTF8"}
        if name:
            params["dbname"] = name
        elif name is None:
            # Without a database of one's own, there is always this one.
            options.pop("service", None)
            params.pop("service", None)
            params["dbname"] = "postgres"
        for own in ("assume_role", "isolation_level", "server_side_binding"):
            params.pop(own, None)
        params.pop("pool", None)
        for key, setting in (("user", "USER"), ("password", "PASSWORD"), ("host", "HOST"), ("port", "PORT")):
            if database[setting]:
                params[key] = database[setting]
        params["context"] = adapters_for_context(bool(settings.USE_TZ), self.timezone)
        # Prepared statements do not go through poolers; they are asked for.
        params.setdefault("prepare_threshold", None)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        level = self.settings_dict["OPTIONS"].get("isolation_level")
        if level is not None:
            try:
                self.isolation_level = IsolationLevel(level)
            except ValueError:
                raise ImproperlyConfigured(
                    f"Invalid transaction isolation level {level} specified. Use one of the psycopg.IsolationLevel values."
                ) from None
        binding = self.features.uses_server_side_binding
        if self.loop is not None:
            raw = wait(Database.AsyncConnection.connect(**conn_params), self.loop)
            if level is not None:
                wait(raw.set_isolation_level(self.isolation_level), self.loop)
            raw.cursor_factory = Database.AsyncCursor if binding else AsyncCursor
            return PostgreSQLAwaitedConnection(raw, self.loop)
        pool = self.pool
        if pool is None:
            connection = Database.connect(**conn_params)
        else:
            pool.open()  # again does nothing
            connection = pool.getconn()
        if level is not None:
            connection.isolation_level = self.isolation_level
        if "cursor_factory" not in conn_params:
            connection.cursor_factory = ServerBindingCursor if binding else Cursor
        return connection

    # -- the pool of synchronous connections; asynchronous ones have pools of their own (async_pool) --

    @property
    def pool(self) -> Any:
        """The `psycopg_pool.ConnectionPool` of this alias, made on first use; None without `OPTIONS["pool"]`.

        Raises:
            ImproperlyConfigured: psycopg_pool is missing, or `CONN_MAX_AGE` asks for something else.
        """
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in _POOLS:
            if self.settings_dict["CONN_MAX_AGE"] != 0:
                raise ImproperlyConfigured("Pooling doesn't support persistent connections.")
            try:
                from psycopg_pool import ConnectionPool  # noqa: PLC0415  # an optional part of the driver
            except ImportError as error:
                raise ImproperlyConfigured(
                    "Error loading psycopg_pool module.\nDid you install psycopg[pool]? pip install 'hotclub[postgres]'"
                ) from error
            chosen = {} if options is True else dict(options)
            checks = self.settings_dict["CONN_HEALTH_CHECKS"]
            chosen.setdefault("check", ConnectionPool.check_connection if checks else None)
            _POOLS[self.alias] = ConnectionPool(kwargs=self.get_connection_params(), open=False, **chosen)
        return _POOLS[self.alias]

    def close_pool(self) -> None:
        """Close the pool of this alias, and the asynchronous connections that rest."""
        pool = _POOLS.pop(self.alias, None)
        if pool is not None:
            pool.close()
        self.close_async_connections()

    def _close(self) -> None:
        connection = self.connection
        owner = getattr(connection, "_pool", None)  # psycopg_pool's mark on what it gave
        if owner is None:
            super()._close()
            return
        with self.wrap_database_errors:
            if not owner.closed:
                owner.putconn(connection)
            else:
                connection.close()

    # -- loans to coroutines --

    async_driver = Database.AsyncConnection

    @property
    def lends(self) -> bool:
        # A cursor class of the user's is a synchronous one.
        return super().lends and "cursor_factory" not in self.settings_dict["OPTIONS"]

    def at_rest(self) -> bool:
        if self.connection is None or self.in_atomic_block or self.autocommit != self.settings_dict["AUTOCOMMIT"]:
            return False
        return bool(self.connection.raw.info.transaction_status == Database.pq.TransactionStatus.IDLE)

    def lost(self) -> bool:
        return self.connection is None or bool(self.connection.raw.closed)

    def looks_alive(self) -> bool:
        return not self.lost() and is_quiet(self.connection.raw.fileno())

    def discard(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.raw.pgconn.finish()

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if self._configure_connection(self.connection) and not self.get_autocommit():
            self.connection.commit()

    def _configure_connection(self, connection: Any) -> bool:
        """Bring a driver's connection to the settings' time zone and role; says whether statements were run."""
        changed = self._configure_timezone(connection)
        return self._configure_role(connection) or changed

    def _configure_timezone(self, connection: Any) -> bool:
        wanted = self.timezone_name
        if wanted in (None, "None") or connection.info.parameter_status("TimeZone") == wanted:
            return False
        with connection.cursor() as cursor:
            cursor.execute(self.ops.set_time_zone_sql(), [wanted])
        return True

    def _configure_role(self, connection: Any) -> bool:
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if not role:
            return False
        with connection.cursor() as cursor:
            cursor.execute(self.ops.compose_sql("SET ROLE %s", [role]))
        return True

    def ensure_timezone(self) -> bool:
        return self.connection is not None and self._configure_timezone(self.connection)

    def get_database_version(self) -> tuple[int, ...]:
        return divmod(self.pg_version, 10_000)

    @cached_property
    def pg_version(self) -> int:
        """The server's version as one number: 150004 for 15.4."""

        def ask() -> int:
            with self.temporary_connection():
                return int(self.connection.info.server_version)

        return self.ask_server("pg_version", ask)

    # -- cursors --

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return self.connection.cursor()
        # In autocommit mode the cursor has to live on after its own statement's transaction.
        if self.loop is not None:
            return self.connection.server_cursor(name, scrollable=False, withhold=self.connection.autocommit)
        kind = ServerBindingServerSideCursor if self.features.uses_server_side_binding else ServerSideCursor
        return kind(self.connection, name, scrollable=False, withhold=self.connection.autocommit)

    def make_debug_cursor(self, cursor: Any) -> CursorDebugWrapper:
        return CursorDebugWrapper(cursor, self)

    def chunked_cursor(self) -> Any:
        self._cursor_number = getattr(self, "_cursor_number", 0) + 1
        task = current_task() if _get_running_loop() is not None else None
        owner = "sync" if task is None else str(id(task))
        # Monitoring knows these cursors by the beginning of their names, which is that of Django's.
        return self._cursor(name=f"_django_curs_{threading.get_ident()}_{owner}_{self._cursor_number}")

    # -- transactions and constraints --

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit is autocommit:
            return
        with self.wrap_database_errors:
            self.connection.autocommit = autocommit

    def check_constraints(self, table_names: Any = None) -> None:
        with self.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        try:
            self.connection.execute("SELECT 1")
        except Database.Error:
            return False
        return True

    @contextmanager
    def _nodb_cursor(self) -> Iterator[Any]:
        cursor = None
        try:
            with super()._nodb_cursor() as cursor:
                yield cursor
        except (Database.DatabaseError, WrappedDatabaseError):
            if cursor is not None:
                raise  # the caller's error
            # The user may not reach the database "postgres": any other of this server will do.
            warnings.warn(
                "Normally Django will use a connection to the 'postgres' database to avoid running initialization queries "
                "against the production database when it's not needed (for example, when running tests). Django was "
                "unable to create a connection to the 'postgres' database and will use the first PostgreSQL database "
                "instead.",
                RuntimeWarning,
                stacklevel=3,
            )
            for connection in connections.all():
                name = connection.settings_dict["NAME"]
                if connection.vendor == "postgresql" and name != "postgres":
                    wrapper = type(self)({**self.settings_dict, "NAME": name}, alias=NO_DB_ALIAS)
                    try:
                        with wrapper.cursor() as other:
                            yield other
                    finally:
                        wrapper.close()
                    return
            raise


_POOLS: dict[str, Any] = {}
"""The pools of synchronous connections, by alias. Bounded by the number of configured databases."""


class _AdaptContext:
    """What psycopg takes adapters from."""

    connection = None

    def __init__(self, adapters: Any) -> None:
        self.adapters = adapters


def adapters_for_context(use_tz: bool, timezone: Any) -> _AdaptContext:
    """Give the context that a new connection takes its adapters from."""
    return _AdaptContext(adapters_for(use_tz, timezone))
