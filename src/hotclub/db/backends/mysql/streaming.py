"""Rows that stay on the server until they are asked for: `OPTIONS = {"server_side_cursors": True}`.

The protocol of MySQL sends a result as it is read, and takes no other command before its end. The documented behaviour is to
load all rows at once. With the option, `iterator()` and chunked cursors read them in pieces; when the connection is wanted for
something else meanwhile (a query in the loop, a savepoint, the commit), the rest comes to memory first.

It is an option because a server ends a result that nobody reads for `net_write_timeout` (60 seconds), which a loop that
takes its time would meet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any
from weakref import ref


class StreamingCursor:
    """An unbuffered cursor of a driver that makes way for other statements.

    Args:
        cursor: the driver's, wrapped for its errors.
        holder: keeps what streams on the connection; its `settle` comes before each statement.
    """

    def __init__(self, cursor: Any, holder: Streaming) -> None:
        self.cursor = cursor
        self._holder = holder
        self._rest: deque[Any] | None = None

    def execute(self, sql: Any, params: Any = None) -> Any:
        self._rest = None
        result = self.cursor.execute(sql, params)
        self._holder.streaming = ref(self)
        return result

    def keep_rest(self) -> None:
        """Take the rows that are left into memory."""
        self._rest = deque(self.cursor.fetchall())

    def fetchone(self) -> Any:
        if self._rest is None:
            return self.cursor.fetchone()
        return self._rest.popleft() if self._rest else None

    def fetchmany(self, size: int | None = None) -> Any:
        size = size or self.cursor.arraysize
        if self._rest is None:
            return self.cursor.fetchmany(size)
        return [self._rest.popleft() for _ in islice(range(size), len(self._rest))]

    def fetchall(self) -> Any:
        if self._rest is None:
            return self.cursor.fetchall()
        rest, self._rest = self._rest, deque()
        return list(rest)

    def close(self) -> None:
        self._holder.forget(self)
        self.cursor.close()

    def __iter__(self) -> Iterator[Any]:
        while rows := self.fetchmany():
            yield from rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


class Streaming:
    """Mixin of the wrapper: which cursor streams on the connection, if any."""

    streaming: ref[StreamingCursor] | None = None

    def settle(self) -> None:
        """Let the connection take another statement."""
        streaming, self.streaming = self.streaming, None
        cursor = None if streaming is None else streaming()
        if cursor is not None:
            cursor.keep_rest()

    def forget(self, cursor: StreamingCursor) -> None:
        """A cursor streams no more."""
        if self.streaming is not None and self.streaming() is cursor:
            self.streaming = None


__all__ = ["Streaming", "StreamingCursor"]
