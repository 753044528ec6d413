"""Cursors of coroutines: `async with connection.acursor() as cursor`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.db.async_regions import Hold, hold

if TYPE_CHECKING:
    from typing import Self


class AsyncCursor:
    """A cursor whose methods are awaited. It works in an `async with` block and keeps its connection until the end.

    Inside `async with atomic()` that is the transaction's connection, elsewhere one of its own: session state, such as
    `SET` or an advisory lock, holds for the statements of this cursor.

    Args:
        connection: the database's wrapper.
        chunked: keep the rows on the server, where the database can, and read them in pieces.
    """

    itersize = 2000
    """How many rows `async for` reads at a time."""

    def __init__(self, connection: Any, chunked: bool = False) -> None:
        self._connection = connection
        self._chunked = chunked
        self._hold: Hold | None = None
        self._cursor: Any = None

    async def __aenter__(self) -> Self:
        self._hold = await hold(self._connection)
        chunked = self._chunked
        try:
            self._cursor = await self._hold.do(
                lambda connection: connection.chunked_cursor() if chunked else connection.cursor()
            )
        except BaseException:
            self._hold.release()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        held, self._hold = self._hold, None
        cursor, self._cursor = self._cursor, None
        if held is None or held.ended:
            return
        try:
            # As with `with connection.cursor()`: a cursor that cannot be closed must not hide the error that led here.
            await held.do(lambda connection: cursor.__exit__(kind, error, trace))
        finally:
            held.release()

    async def _do(self, method: str, *args: Any) -> Any:
        if self._hold is None:
            raise self._connection.Database.InterfaceError(
                "An asynchronous cursor works inside its `async with` block."
            )
        cursor = self._cursor
        return await self._hold.do(lambda connection: getattr(cursor, method)(*args))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    async def execute(self, sql: Any, params: Any = None) -> Self:
        """Run a statement; `params` are bound by the database."""
        await self._do("execute", sql, params)
        return self

    async def executemany(self, sql: Any, param_list: Any) -> None:
        """Run a statement once for each sequence of parameters."""
        await self._do("executemany", sql, param_list)

    async def callproc(self, procname: str, params: Any = None) -> Any:
        """Call a stored procedure."""
        return await self._do("callproc", procname, params)

    async def fetchone(self) -> Any:
        """Give the next row, or None."""
        return await self._do("fetchone")

    async def fetchmany(self, size: int = itersize) -> Any:
        """Give at most `size` further rows."""
        return await self._do("fetchmany", size)

    async def fetchall(self) -> Any:
        """Give the rows that are left."""
        return await self._do("fetchall")

    async def nextset(self) -> Any:
        """Go on to the next result, if the statement gave several."""
        return await self._do("nextset")

    async def __aiter__(self) -> AsyncIterator[Any]:
        while rows := await self.fetchmany(self.itersize):
            for row in rows:
                yield row
