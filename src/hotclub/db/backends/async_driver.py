"""An asynchronous driver's connection and cursors in the form backends expect: methods that wait.

`hotclub.db.async_bridge.wait` does the waiting. What is not listed here does not wait and is the driver's own. `raw` is
the driver's object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hotclub.db.async_bridge import wait

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


class AwaitedCursor:
    """A cursor of an asynchronous driver.

    Args:
        raw: the driver's cursor.
        loop: the event loop of its connection.
    """

    arraysize = 100

    def __init__(self, raw: Any, loop: AbstractEventLoop) -> None:
        self.raw = raw
        self.loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def execute(self, sql: Any, params: Any = None, **kwargs: Any) -> AwaitedCursor:
        wait(self.raw.execute(sql, params, **kwargs), self.loop)
        return self

    def executemany(self, sql: Any, param_list: Any) -> None:
        wait(self.raw.executemany(sql, param_list), self.loop)

    def callproc(self, name: str, args: Any = ()) -> Any:
        return wait(self.raw.callproc(name, args), self.loop)

    def fetchone(self) -> Any:
        return wait(self.raw.fetchone(), self.loop)

    def fetchmany(self, size: int | None = None) -> Any:
        return wait(self.raw.fetchmany(size or self.arraysize), self.loop)

    def fetchall(self) -> Any:
        return wait(self.raw.fetchall(), self.loop)

    def nextset(self) -> Any:
        return wait(self.raw.nextset(), self.loop)

    def close(self) -> None:
        wait(self.raw.close(), self.loop)

    def __iter__(self) -> Iterator[Any]:
        while rows := self.fetchmany():
            yield from rows

    def __enter__(self) -> AwaitedCursor:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AwaitedConnection:
    """A connection of an asynchronous driver.

    Args:
        raw: the driver's connection.
        loop: the event loop it belongs to.
    """

    cursor_class = AwaitedCursor

    def __init__(self, raw: Any, loop: AbstractEventLoop) -> None:
        self.raw = raw
        self.loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def cursor(self, *args: Any, **kwargs: Any) -> AwaitedCursor:
        return self.cursor_class(self.raw.cursor(*args, **kwargs), self.loop)

    def execute(self, sql: Any, params: Any = None, **kwargs: Any) -> AwaitedCursor:
        return self.cursor().execute(sql, params, **kwargs)

    def commit(self) -> None:
        wait(self.raw.commit(), self.loop)

    def rollback(self) -> None:
        wait(self.raw.rollback(), self.loop)

    def close(self) -> None:
        wait(self.raw.close(), self.loop)


__all__ = ["AwaitedConnection", "AwaitedCursor"]
