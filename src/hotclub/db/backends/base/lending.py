"""The part of a wrapper that serves asynchronous callers over an asynchronous driver.

A context's own wrapper (`connections[alias]`) stays closed in an event loop: what it does there it does with a *loan*, a
wrapper of the loop's pool whose `connection` is the driver's asynchronous one. This module knows pools, not regions
(`hotclub.db.async_regions`).
"""

from __future__ import annotations

import select
import sys
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from hotclub._kernel.late_modules import LateModule, running_loop
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import async_bridge
from hotclub.db.async_pool import AsyncPool, open_pools, pool_of

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = LateModule("asyncio")

R = TypeVar("R")

_FACTS: dict[Any, Any] = {}
"""What was asked of servers in event loops. Bounded by the number of databases and of facts."""


def is_quiet(descriptor: int) -> bool:
    """Say whether nothing waits to be read from a socket. What a server tells a client at rest is that it is over."""
    if descriptor < 0:
        return False
    if not hasattr(select, "poll"):
        return not select.select([descriptor], [], [], 0)[0]
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)


class Lending:
    """Mixin of the wrapper. A backend with an asynchronous driver sets `async_driver` and supplies the four tests."""

    alias: str
    settings_dict: dict[str, Any]
    connection: Any
    autocommit: bool
    in_atomic_block: bool
    execute_wrappers: list[Any]
    queries_log: Any
    force_debug_cursor: bool
    inline_depth: int

    async_driver: Any = None
    """The asynchronous driver's module; None if there is none, or it is not installed."""

    def _init_lending(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        """For a loan: the event loop it belongs to."""
        self.in_use = False
        """For a loan: whether a task is working with it."""
        self.when_free: asyncio.Event | None = None
        """For a loan: set when its work is done, if somebody waits for that."""
        self.opened_at = self.rested_at = 0.0
        self._pool: tuple[asyncio.AbstractEventLoop, Any, AsyncPool] | None = None

    @property
    def pooled(self) -> bool:
        """Whether the settings ask for a pool."""
        return bool(self.settings_dict["OPTIONS"].get("pool"))

    @property
    def lends(self) -> bool:
        """Whether a coroutine may use the asynchronous driver instead of this wrapper's own connection.

        Not while a transaction was opened on that connection by synchronous code: the coroutine has to see it.
        """
        if self.async_driver is None or not async_bridge.AVAILABLE or self.in_atomic_block:
            return False
        if self.connection is not None and self.autocommit != self.settings_dict["AUTOCOMMIT"]:
            return False
        if not self.settings_dict["AUTOCOMMIT"]:
            return False  # each statement would open a transaction that only this connection can end
        return sys.platform != "win32" or hasattr(asyncio.get_running_loop(), "_selector")

    async def borrow(self) -> Any:
        """Take a loan; `give_back` has to follow.

        Raises:
            OperationalError: the database cannot be reached, or no connection came free in time.
        """
        loop = asyncio.get_running_loop()
        known = self._pool
        if known is None or known[0] is not loop or known[1] != self.settings_dict["NAME"]:
            known = self._pool = (loop, self.settings_dict["NAME"], await self._find_pool())
        loan = await known[2].take()
        # Who watches this context's statements watches the loan's.
        loan.execute_wrappers = self.execute_wrappers
        loan.queries_log = self.queries_log
        loan.force_debug_cursor = self.force_debug_cursor
        loan.pool_of_loan = known[2]
        return loan

    @staticmethod
    def give_back(loan: Any) -> None:
        """Give a loan back to its pool."""
        loan.execute_wrappers = []
        loan.queries_log = deque(maxlen=0)
        loan.force_debug_cursor = False
        loan.in_use = False
        loan.region = None
        loan.pool_of_loan.give_back(loan)

    async def _find_pool(self) -> AsyncPool:
        if self.pooled and self.settings_dict["CONN_MAX_AGE"] != 0:
            raise ImproperlyConfigured("Pooling doesn't support persistent connections.")
        settings_dict, alias = self.settings_dict, self.alias
        kind: Any = type(self)  # the whole wrapper

        def make() -> Any:
            loan = kind(settings_dict, alias)
            loan.loop = asyncio.get_running_loop()
            loan.inc_thread_sharing()  # threads come to it by the context
            return loan

        return await pool_of(self._pool_key(), make, settings_dict["OPTIONS"].get("pool"))

    def _pool_key(self) -> tuple[Any, ...]:
        database = self.settings_dict
        return (
            type(self),
            self.alias,
            str(database["NAME"]),
            database["HOST"],
            str(database["PORT"]),
            database["USER"],
            repr(database["OPTIONS"]),  # certificates, roles and isolation must not be another's
        )

    def end_of_request(self) -> None:
        """Close what the loop's pool keeps no longer than a request."""
        if self._pool is not None:
            self._pool[2].end_of_request()

    def close_async_connections(self) -> None:
        """Close the asynchronous connections that rest, in every loop: before a database is dropped."""
        for pool in open_pools(self._pool_key()):
            pool.close()

    def ask_server(self, what: str, ask: Callable[[], R]) -> R:
        """Give a fact about the server, which `ask` gets from it.

        Queries are compiled in the event loop too, and some need such a fact. Then, and for loans, it is asked once in a
        process.

        Args:
            what: name of the wrapper's attribute that gives the fact.
            ask: gets it, over this wrapper's connection.
        """
        if self.loop is None and (running_loop() is None or self.inline_depth):
            return ask()
        key = (what, self._pool_key())
        if key not in _FACTS:
            if self.loop is not None:
                _FACTS[key] = ask()
            else:
                kind: Any = type(self)  # the whole wrapper
                asked = kind(self.settings_dict, self.alias)
                asked.inline_depth += 1
                try:
                    _FACTS[key] = getattr(asked, what)
                finally:
                    asked.close()
        return _FACTS[key]  # type: ignore[no-any-return]

    # -- what a backend supplies for loans --

    def at_rest(self) -> bool:
        """Say whether the connection works and nothing is open on it."""
        raise NotImplementedError

    def lost(self) -> bool:
        """Say whether the connection broke."""
        raise NotImplementedError

    def looks_alive(self) -> bool:
        """Say, without asking the server, whether a connection that rested is still there."""
        raise NotImplementedError

    def discard(self) -> None:
        """Close the connection without waiting. Again does nothing."""
        raise NotImplementedError
