"""The wrapper around one database connection: what `connections[alias]` gives.

It opens and closes the driver's connection, makes cursors, keeps the query log, and checks who may use it. What is open
on it in terms of transactions lives in `transactions.py`. It knows no vendor; a backend subclasses it.
"""

from __future__ import annotations

import copy
import datetime
import logging
import threading
import time
import warnings
import zoneinfo
from _thread import get_ident
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from hotclub._sql.dialect import Dialect
from hotclub._sql.dialects import get_dialect
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.async_cursor import AsyncCursor
from hotclub.db.awaiting import refuse_in_running_loop
from hotclub.db.backends import utils
from hotclub.db.backends.base.lending import Lending
from hotclub.db.backends.base.transactions import TransactionState
from hotclub.db.backends.base.validation import BaseDatabaseValidation
from hotclub.db.backends.signals import connection_created
from hotclub.db.utils import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    DatabaseErrorWrapper,
    DataError,
    Error,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    translate_error,
)
from hotclub.utils.connection import Held

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger("hotclub.db.backends.base")

ExecuteWrapper = Callable[..., Any]

NO_DB_ALIAS = "__no_db__"


class BaseDatabaseWrapper(Lending, TransactionState):
    """One connection to one database.

    Args:
        settings_dict: the entry of `DATABASES`, defaults filled in.
        alias: its key there.
    """

    data_types: ClassVar[Any] = {}
    data_types_suffix: ClassVar[dict[str, str]] = {}
    data_type_check_constraints: ClassVar[dict[str, str]] = {}
    operators: ClassVar[Any] = {}
    pattern_ops: ClassVar[Any] = {}
    pattern_esc: ClassVar[str] = ""
    vendor = "unknown"
    display_name = "unknown"
    Database: Any = None
    SchemaEditorClass: Any = None
    client_class: Any = None
    creation_class: Any = None
    features_class: Any = None
    introspection_class: Any = None
    ops_class: Any = None
    validation_class: Any = BaseDatabaseValidation
    queries_limit = 9000

    async_inline = False
    """Whether the async port may run statements in the event loop's thread: they do not wait for a network."""

    own_cursors: ClassVar[bool] = False
    """Whether a subclass makes cursors in a way of its own: every statement goes through them then."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.own_cursors = (
            cls.cursor is not BaseDatabaseWrapper.cursor or cls.make_cursor is not BaseDatabaseWrapper.make_cursor
        )

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        self.connection: Any = None
        self.settings_dict = settings_dict
        self.alias = alias
        self.home: Held | None = None
        self.handler: Any = None
        self.queries_log: deque[dict[str, str]] = deque(maxlen=self.queries_limit)
        self.force_debug_cursor = False
        self.execute_wrappers: list[ExecuteWrapper] = []
        self._init_transaction_state()

        self.close_at: float | None = None
        self.closed_in_transaction = False
        self.errors_occurred = False
        self.health_check_enabled = False
        self.health_check_done = False

        # The asynchronous port's bookkeeping (async_regions.py).
        self.region: Any = None
        self.inline_depth = 0
        self.thread_turn = threading.RLock()
        self._init_lending()

        self._thread_sharing_lock = threading.Lock()
        self._thread_sharing_count = 0
        self._thread_ident = get_ident()

        self.features = self.features_class(self)
        self.ops = self.ops_class(self)
        self.validation = self.validation_class(self)

    @cached_property
    def client(self) -> Any:
        """What runs the database's own shell."""
        return self.client_class(self)

    @cached_property
    def creation(self) -> Any:
        """What makes test databases."""
        return self.creation_class(self)

    @cached_property
    def introspection(self) -> Any:
        """What reads the schema of the database."""
        return self.introspection_class(self)

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} vendor={self.vendor!r} alias={self.alias!r}>"

    # -- time zone --

    def ensure_timezone(self) -> bool:
        """Bring the database session to `timezone_name`; says whether something was changed."""
        return False

    @cached_property
    def dialect(self) -> Dialect:
        """What SQL text differs in for this database."""
        return get_dialect(self.vendor)

    @cached_property
    def timezone(self) -> datetime.tzinfo | None:
        """Zone of the datetimes in the database; None where they are read and written as they are."""
        if not settings.USE_TZ:
            return None
        name = self.settings_dict["TIME_ZONE"]
        return datetime.UTC if name is None else zoneinfo.ZoneInfo(name)

    @cached_property
    def timezone_name(self) -> str:
        """Name of the database session's zone."""
        if not settings.USE_TZ:
            return str(settings.TIME_ZONE)
        name = self.settings_dict["TIME_ZONE"]
        return "UTC" if name is None else str(name)

    # -- query log --

    @property
    def queries_logged(self) -> bool:
        """Whether statements are kept in `queries`."""
        return bool(self.force_debug_cursor or settings.DEBUG)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The logged statements, oldest first: dicts with `sql` and `time`."""
        if len(self.queries_log) == self.queries_log.maxlen:
            warnings.warn(
                f"Limit for query logging exceeded, only the last {self.queries_log.maxlen} queries will be returned.",
                stacklevel=2,
            )
        return list(self.queries_log)

    # -- what a backend supplies --

    def get_database_version(self) -> tuple[int, ...]:
        """Give the database's version as a tuple of numbers."""
        raise NotImplementedError("subclasses of BaseDatabaseWrapper may require a get_database_version() method.")

    def get_connection_params(self) -> dict[str, Any]:
        """Give the arguments of `get_new_connection`, from the settings."""
        raise NotImplementedError("subclasses of BaseDatabaseWrapper may require a get_connection_params() method")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection of the driver."""
        raise NotImplementedError("subclasses of BaseDatabaseWrapper may require a get_new_connection() method")

    def create_cursor(self, name: str | None = None) -> Any:
        """Make a cursor of the driver; with a name, a server-side one."""
        raise NotImplementedError("subclasses of BaseDatabaseWrapper may require a create_cursor() method")

    def is_usable(self) -> bool:
        """Try whether the connection still works."""
        raise NotImplementedError("subclasses of BaseDatabaseWrapper may require an is_usable() method")

    def check_database_version_supported(self) -> None:
        """Refuse a database older than the backend supports."""
        minimum = self.features.minimum_database_version
        if minimum is not None and self.get_database_version() < minimum:
            wanted = ".".join(map(str, minimum))
            found = ".".join(map(str, self.get_database_version()))
            raise NotSupportedError(f"{self.display_name} {wanted} or later is required (found {found}).")

    def init_connection_state(self) -> None:
        """Prepare a fresh connection; checks the version once per alias."""
        if self.alias not in _VERSION_CHECKED:
            self.check_database_version_supported()
            _VERSION_CHECKED.add(self.alias)

    # -- opening and closing --

    def check_settings(self) -> None:
        """Refuse settings that contradict each other."""
        if self.settings_dict["TIME_ZONE"] is not None and not settings.USE_TZ:
            raise ImproperlyConfigured(f"Connection '{self.alias}' cannot set TIME_ZONE because USE_TZ is False.")

    def connect(self) -> None:
        """Open a connection, whatever was open before."""
        refuse_in_running_loop(self)
        self.check_settings()
        self._reset_transaction_state()
        self.closed_in_transaction = False
        self.errors_occurred = False
        self.health_check_enabled = bool(self.settings_dict["CONN_HEALTH_CHECKS"])
        self.health_check_done = True  # a new connection is healthy
        max_age = self.settings_dict["CONN_MAX_AGE"]
        self.close_at = None if max_age is None else time.monotonic() + max_age
        self.connection = self.get_new_connection(self.get_connection_params())
        self.set_autocommit(self.settings_dict["AUTOCOMMIT"])
        self.init_connection_state()
        connection_created.send(sender=type(self), connection=self)
        self.run_on_commit = []

    def ensure_connection(self) -> None:
        """Open a connection if there is none."""
        if self.connection is not None:
            return
        if self.in_atomic_block and self.closed_in_transaction:
            raise ProgrammingError("Cannot open a new connection in an atomic block.")
        with self.wrap_database_errors:
            self.connect()

    def close(self) -> None:
        """Close the connection; inside an atomic block its end notices."""
        self.validate_thread_sharing()
        self.run_on_commit = []
        if self.closed_in_transaction or self.connection is None:
            return
        try:
            self._close()
        finally:
            if self.in_atomic_block:
                self.closed_in_transaction = True
                self.needs_rollback = True
            else:
                self.connection = None

    def _close(self) -> None:
        if self.connection is not None:
            with self.wrap_database_errors:
                self.connection.close()

    def close_if_health_check_failed(self) -> None:
        """Close the connection if it no longer works; asked at most once a request."""
        if self.connection is None or not self.health_check_enabled or self.health_check_done:
            return
        if not self.is_usable():
            self.close()
        self.health_check_done = True

    def close_if_unusable_or_obsolete(self) -> None:
        """Close the connection if it had errors and no longer works, is past its age, or was left in manual mode."""
        self.end_of_request()
        if self.connection is None or self.in_atomic_block:
            return
        self.health_check_done = False
        if self.autocommit != self.settings_dict["AUTOCOMMIT"] or (self.errors_occurred and not self.is_usable()):
            self.close()
        else:
            sound = not self.errors_occurred
            if not sound:
                self.errors_occurred = False
                self.health_check_done = True
            if self.close_at is not None and time.monotonic() >= self.close_at:
                if sound:
                    self.retire()
                else:
                    self.close()

    def retire(self) -> None:
        """Close a connection that is past its age; what rests on the driver's side is the backend's business."""
        self.close()

    # -- cursors --

    def cursor(self) -> utils.CursorWrapper:
        """Give a cursor; opens the connection if needed."""
        refuse_in_running_loop(self)
        return self._cursor()

    def chunked_cursor(self) -> utils.CursorWrapper:
        """Give a cursor that does not load all rows at once, where the database can."""
        return self.cursor()

    def acursor(self, chunked: bool = False) -> AsyncCursor:
        """Give a cursor for coroutines: `async with connection.acursor() as cursor`.

        Args:
            chunked: do not load all rows at once, where the database can.
        """
        return AsyncCursor(self, chunked)

    def _cursor(self, name: str | None = None) -> utils.CursorWrapper:
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(self.create_cursor(name))

    def _prepare_cursor(self, cursor: Any) -> utils.CursorWrapper:
        self.validate_thread_sharing()
        return self.make_debug_cursor(cursor) if self.queries_logged else self.make_cursor(cursor)

    def make_cursor(self, cursor: Any) -> utils.CursorWrapper:
        """Wrap a driver's cursor."""
        return utils.CursorWrapper(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> utils.CursorWrapper:
        """Wrap a driver's cursor so that its statements are logged."""
        return utils.CursorDebugWrapper(cursor, self)

    @contextmanager
    def execute_wrapper(self, wrapper: ExecuteWrapper) -> Iterator[None]:
        """Call `wrapper(execute, sql, params, many, context)` around every statement of the block.

        Args:
            wrapper: a function; or a coroutine function, to which `execute` gives an awaitable. Either kind serves
                synchronous callers and coroutines.
        """
        self.execute_wrappers.append(wrapper)
        try:
            yield
        finally:
            self.execute_wrappers.pop()

    @contextmanager
    def temporary_connection(self) -> Iterator[utils.CursorWrapper]:
        """Give a cursor, and close the connection afterwards if it was not open before."""
        must_close = self.connection is None
        try:
            with self.cursor() as cursor:
                yield cursor
        finally:
            if must_close:
                self.close()

    @contextmanager
    def _nodb_cursor(self) -> Iterator[utils.CursorWrapper]:
        wrapper = type(self)({**self.settings_dict, "NAME": None}, alias=NO_DB_ALIAS)
        try:
            with wrapper.cursor() as cursor:
                yield cursor
        finally:
            wrapper.close()

    # -- the way of the ports: statements in the documented %s style, parameters adapted --

    @property
    def direct(self) -> bool:
        """Whether a statement may go straight to the driver: connection open and healthy, nobody watching."""
        return not (
            self.connection is None
            or self.execute_wrappers
            or self.needs_rollback
            or self.force_debug_cursor
            or self.own_cursors
            or "cursor" in self.__dict__  # put there by a tool that watches
            or not apps.ready
            or (self.health_check_enabled and not self.health_check_done)
            or settings.DEBUG
        )

    def fetch(self, sql: str, params: Any) -> list[Any]:
        """Run a statement and give all its rows."""
        with self.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def run(self, sql: str, params: Any) -> int:
        """Run a statement and give the number of rows it touched."""
        with self.cursor() as cursor:
            cursor.execute(sql, params)
            return int(cursor.rowcount)

    def run_many(self, sql: str, param_rows: Any) -> int:
        """Run a statement once for each row of parameters and give the number of rows touched."""
        with self.cursor() as cursor:
            cursor.executemany(sql, param_rows)
            return int(cursor.rowcount)

    def insert_one(self, sql: str, params: Any, table: str, pk_column: str) -> Any:
        """Run an INSERT and give the id the database made."""
        with self.cursor() as cursor:
            cursor.execute(sql, params)
            return self.ops.last_insert_id(cursor, table, pk_column)

    def without_waiting(self, reads_only: bool = False) -> AbstractContextManager[None]:
        """For a backend with `async_inline`: in the block, work that would wait raises `WouldWait` instead.

        Args:
            reads_only: the work changes nothing, so it may be stopped half way and done again.
        """
        return nullcontext()

    @property
    def commit_may_wait(self) -> bool:
        """Whether the end of a transaction may wait for other connections or for a disk."""
        return True

    # -- errors --

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """Context manager and decorator that translates the driver's errors."""
        return DatabaseErrorWrapper(self)

    def note_error(self, error: Error) -> None:
        """Remember that the connection may be broken; errors of data say nothing about it."""
        if isinstance(error, DatabaseError) and isinstance(error, (DataError, IntegrityError)):
            return
        self.errors_occurred = True

    def translate(self, error: BaseException) -> BaseException:
        """Give the exception to raise for one of the driver: ours, or the same if it is not the driver's."""
        translated = translate_error(self.Database, error)
        if translated is None:
            return error
        self.note_error(translated)
        return translated

    # -- who may use it --

    @property
    def allow_thread_sharing(self) -> bool:
        """Whether any thread may use the connection."""
        with self._thread_sharing_lock:
            return self._thread_sharing_count > 0

    def inc_thread_sharing(self) -> None:
        """Let other threads use the connection; calls are counted."""
        with self._thread_sharing_lock:
            self._thread_sharing_count += 1

    def dec_thread_sharing(self) -> None:
        """Take one `inc_thread_sharing` back."""
        with self._thread_sharing_lock:
            if self._thread_sharing_count <= 0:
                raise RuntimeError("Cannot decrement the thread sharing count below zero.")
            self._thread_sharing_count -= 1

    def validate_thread_sharing(self) -> None:
        """Refuse a connection that was carried to another thread by hand.

        A worker thread that runs in a copy of the connection's context may use it: it came there by the context.
        """
        if self._thread_ident == get_ident() or self._thread_sharing_count > 0:
            return
        if self.home is not None and self.handler.held.belongs_to(self.home):
            return
        raise DatabaseError(
            "DatabaseWrapper objects created in a thread can only be used in that same thread. The object with alias "
            f"'{self.alias}' was created in thread id {self._thread_ident} and this is thread id {get_ident()}."
        )

    # -- others --

    def prepare_database(self) -> None:
        """Do what a database needs once before migrations are applied."""

    def schema_editor(self, *args: Any, **kwargs: Any) -> Any:
        """Give a schema editor for this connection."""
        if self.SchemaEditorClass is None:
            raise NotImplementedError("The SchemaEditorClass attribute of this database wrapper is still None")
        return self.SchemaEditorClass(self, *args, **kwargs)

    @property
    def lives_once(self) -> bool:
        """Whether the database exists in this connection only."""
        return False

    @property
    def is_past_use(self) -> bool:
        """Whether nothing is gained by keeping the connection: it is closed, or past its `CONN_MAX_AGE`."""
        return self.connection is None or (self.close_at is not None and time.monotonic() >= self.close_at)

    def move(self, home: Held) -> bool:
        """Become a connection of another context's set; False if what was left open in it forbids that."""
        if self.in_atomic_block or self.region is not None:
            self.discard()
            return False
        self.home = home
        return True

    def discard(self) -> None:
        """Close the connection for good, from whichever context; one that is broken already is gone as well."""
        self.inc_thread_sharing()
        with suppress(self.Database.Error, Error):
            self.close()

    def copy(self, alias: str | None = None) -> Self:
        """Make a closed wrapper with the same settings, for use in another thread or under another alias."""
        settings_dict = copy.deepcopy(self.settings_dict)
        return type(self)(settings_dict, alias or self.alias)


_VERSION_CHECKED: set[str] = set()
"""Aliases whose database version was found good. Bounded by the number of configured databases."""
