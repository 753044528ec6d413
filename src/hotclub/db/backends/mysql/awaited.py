"""asyncmy's connection as this backend expects it: with methods that wait.

A cancelled statement leaves the conversation with the server in the middle, so asyncmy closes its connection. The server does not
look whether its client is there while it works: the statement would go on, and keep its locks. It is killed over a
connection of its own.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import asyncmy

from hotclub.db.async_bridge import wait
from hotclub.db.backends.async_driver import AwaitedConnection, AwaitedCursor

logger = logging.getLogger("hotclub.db.backends.mysql")

KILL_SECONDS = 5.0
"""How long a cancelled task waits for the end of its statement."""


class MySQLAwaitedCursor(AwaitedCursor):
    """A cursor whose statement ends on the server, too, when its task is cancelled."""

    def __init__(self, raw: Any, connection: MySQLAwaitedConnection) -> None:
        super().__init__(raw, connection.loop)
        self.connection = connection

    def execute(self, sql: Any, params: Any = None, **kwargs: Any) -> AwaitedCursor:
        try:
            return super().execute(sql, params, **kwargs)
        except (asyncio.CancelledError, KeyboardInterrupt):
            self.connection.kill()
            raise

    def executemany(self, sql: Any, param_list: Any) -> None:
        try:
            super().executemany(sql, param_list)
        except (asyncio.CancelledError, KeyboardInterrupt):
            self.connection.kill()
            raise


class MySQLAwaitedConnection(AwaitedConnection):
    """An asynchronous connection, as this backend expects it.

    Args:
        raw: the driver's connection.
        loop: the event loop it belongs to.
        params: what it was opened with.
    """

    def __init__(self, raw: Any, loop: asyncio.AbstractEventLoop, params: dict[str, Any]) -> None:
        super().__init__(raw, loop)
        self._params = params

    def cursor(self, *args: Any, **kwargs: Any) -> MySQLAwaitedCursor:
        return MySQLAwaitedCursor(self.raw.cursor(*args, **kwargs), self)

    def autocommit(self, value: bool) -> None:
        wait(self.raw.autocommit(value), self.loop)

    def ping(self, reconnect: bool = False) -> None:
        """Ask the server for a sign of life."""
        wait(self.raw.ping(reconnect=reconnect), self.loop)

    def close(self) -> None:
        wait(self.raw.ensure_closed(), self.loop)

    def kill(self) -> None:
        """Make the server end this connection and what runs on it."""
        wait(self._kill(int(self.raw.thread_id())), self.loop)

    async def _kill(self, number: int) -> None:
        params = {name: value for name, value in self._params.items() if name not in ("database", "init_command")}
        try:
            async with asyncio.timeout(KILL_SECONDS):
                async with asyncmy.connect(**params) as other, other.cursor() as cursor:
                    await cursor.execute(f"KILL {number}")
        except Exception as error:  # it was cancelled, however that went
            if getattr(error, "args", (None,))[0] != _NO_SUCH_THREAD:
                logger.warning("a cancelled statement may go on at the server: %s", error)


_NO_SUCH_THREAD = 1094


__all__ = ["MySQLAwaitedConnection"]
