"""psycopg's asynchronous connection as this backend expects it: with methods that wait.

psycopg keeps what it does on a connection in generators that say what they wait for: the socket to become readable or writable.
Statements and transactions run these generators here, and only the waiting goes to the event loop (`async_bridge`). The
driver's coroutines do the same with four more coroutines, a lock and a timer for each statement: 30 µs of a point read's 90.
COPY, server-side cursors and whatever else a caller does with `raw` use them.

The generators are not public. Where a version of the driver lacks one, its coroutines are taken for everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from hotclub.db.async_bridge import in_bridge, wait
from hotclub.db.backends.async_driver import AwaitedConnection, AwaitedCursor
from hotclub.db.backends.postgresql.begin import BeginsWithStatement
from hotclub.db.backends.postgresql.psycopg_any import AsyncClientCursor, ClientCursorMixin
from hotclub.db.backends.postgresql.psycopg_any import psycopg as Database

logger = logging.getLogger("hotclub.db.backends.postgresql")

_GENERATORS_THERE = hasattr(Database.AsyncCursor, "_execute_gen") and all(
    hasattr(Database.AsyncConnection, name) for name in ("_commit_gen", "_rollback_gen", "_set_autocommit_gen")
)
_ACTIVE = Database.pq.TransactionStatus.ACTIVE
_READ, _WRITE = Database.waiting.READY_R, Database.waiting.READY_W

TAKE_BACK_SECONDS = 5.0
"""How long a cancelled statement is given to end, before its connection is closed."""


class Procedures:
    """What psycopg's cursors lack: `callproc`."""

    def callproc(self, name: str, args: Any = None) -> Any:
        from_sql = Database.sql
        arguments = from_sql.SQL(", ").join([from_sql.Placeholder()] * len(args or ()))
        query = from_sql.SQL("SELECT * FROM {}({})").format(from_sql.Identifier(name), arguments)
        self.execute(query, args)  # type: ignore[attr-defined]  # the cursor's
        return args


class AsyncCursor(BeginsWithStatement, AsyncClientCursor[Any]):
    """The driver's cursor; parameters are written into the statement by the driver, as the documentation describes."""


class AsyncServerSideCursor(ClientCursorMixin[Any], Database.AsyncServerCursor[Any]):
    """The same for rows that stay on the server."""


class PostgreSQLServerSideCursor(Procedures, AwaitedCursor):
    """A cursor whose rows stay on the server."""


class PostgreSQLAwaitedCursor(Procedures, AwaitedCursor):
    """A cursor that has all rows once its statement has run."""

    def __init__(self, raw: Any, connection: PostgreSQLAwaitedConnection) -> None:
        super().__init__(raw, connection.loop)
        self.connection = connection

    def execute(self, sql: Any, params: Any = None, **kwargs: Any) -> AwaitedCursor:
        if not _GENERATORS_THERE:
            return super().execute(sql, params, **kwargs)
        self.connection.run(self.raw._execute_gen(sql, params, **kwargs))
        return self

    def fetchone(self) -> Any:
        return _finished(self.raw.fetchone())

    def fetchmany(self, size: int | None = None) -> Any:
        return _finished(self.raw.fetchmany(size or self.arraysize))

    def fetchall(self) -> Any:
        return _finished(self.raw.fetchall())

    def close(self) -> None:
        _finished(self.raw.close())

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

    def run(self, generator: Any) -> Any:
        """Run a generator of the driver to its end, waiting for the connection's socket where it wants to."""
        raw, loop = self.raw, self.loop
        try:
            wanted = next(generator)
            socket = raw.pgconn.socket
            while True:
                wanted = generator.send(self._ready(socket, wanted))
        except StopIteration as end:
            return end.value
        except OSError as error:
            raise Database.OperationalError("connection socket closed") from error
        except (asyncio.CancelledError, KeyboardInterrupt):
            if raw.pgconn.transaction_status == _ACTIVE:
                wait(self._take_back(generator), loop)
            raise

    def _ready(self, socket: int, wanted: int) -> Any:
        """Wait until a socket is ready for what is wanted, and say for which of it."""
        loop = self.loop
        if not in_bridge():  # a worker thread, or one without right to wait
            return wait(_when_ready(loop, socket, wanted), loop)
        future = _watch(loop, socket, wanted)
        try:
            return wait(future, loop)
        finally:
            _look_away(loop, socket, wanted)

    async def _take_back(self, generator: Any) -> None:
        """Cancel the running statement on the server, and hear what becomes of it."""
        raw = self.raw
        try:
            async with asyncio.timeout(TAKE_BACK_SECONDS):
                await raw.cancel_safe(timeout=TAKE_BACK_SECONDS)
                await raw.wait(generator)
        except Database.errors.QueryCanceled:
            pass  # as wished
        except BaseException as error:  # nobody knows any more what state the connection is in
            logger.warning("a statement could not be cancelled (%s): its connection is closed", type(error).__name__)
            raw.pgconn.finish()
            if not isinstance(error, Exception):
                raise

    @property
    def autocommit(self) -> bool:
        return bool(self.raw.autocommit)

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        raw = self.raw
        if _GENERATORS_THERE:
            self.run(raw._set_autocommit_gen(value))
        else:
            wait(raw.set_autocommit(value), self.loop)

    def commit(self) -> None:
        if _GENERATORS_THERE:
            self.run(self.raw._commit_gen())
        else:
            super().commit()

    def rollback(self) -> None:
        if _GENERATORS_THERE:
            self.run(self.raw._rollback_gen())
        else:
            super().rollback()

    def cursor(self, *args: Any, **kwargs: Any) -> PostgreSQLAwaitedCursor:
        return PostgreSQLAwaitedCursor(self.raw.cursor(*args, **kwargs), self)

    def server_cursor(self, name: str, **options: Any) -> AwaitedCursor:
        """Make a cursor that stays on the server, of the same binding as the connection's others."""
        client = issubclass(self.raw.cursor_factory, AsyncClientCursor)
        kind = AsyncServerSideCursor if client else Database.AsyncServerCursor
        return PostgreSQLServerSideCursor(kind(self.raw, name, **options), self.loop)


def _watch(loop: Any, socket: int, wanted: int) -> Any:
    """Return a future that says when a socket is ready; only in the loop's own thread."""
    future = loop.create_future()
    if wanted & _READ:
        loop.add_reader(socket, _tell, future, _READ)
    if wanted & _WRITE:
        loop.add_writer(socket, _tell, future, _WRITE)
    return future


def _look_away(loop: Any, socket: int, wanted: int) -> None:
    if wanted & _READ:
        loop.remove_reader(socket)
    if wanted & _WRITE:
        loop.remove_writer(socket)


async def _when_ready(loop: Any, socket: int, wanted: int) -> Any:
    future = _watch(loop, socket, wanted)
    try:
        return await future
    finally:
        _look_away(loop, socket, wanted)


def _tell(future: Any, ready: int) -> None:
    if not future.done():
        future.set_result(ready)


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Give the result of a coroutine of the driver that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise Database.InternalError("the driver waits where rows are in memory already")


__all__ = ["AsyncCursor", "PostgreSQLAwaitedConnection", "Procedures"]
