"""Pools of asynchronous connections: one for each event loop and database.

What is pooled are wrappers with their connection open. A statement outside a transaction borrows one for its own length;
an atomic block, a cursor and an iteration borrow one for the block. Nobody holds a connection while it waits for
something else, so a few connections serve many tasks, and tasks that wait for one another cannot starve the pool.

Options have the names of psycopg_pool (`OPTIONS["pool"]`); `reset` is called before a connection is lent again, not when it comes
back, for what comes back has nobody left who could wait. Without that option, `CONN_MAX_AGE` decides how long a
connection lives, as everywhere; with its default of 0, what rests when a request ends is closed.

Prior art: psycopg_pool, asyncpg's pool. Ours has no worker tasks: connections are opened by the task that wants one, old
ones are closed by the task that gives one back.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from hotclub._kernel.late_modules import LateModule
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.async_bridge import run_bridged
from hotclub.db.awaiting import is_coroutine_function
from hotclub.db.utils import OperationalError

if TYPE_CHECKING:
    import asyncio
    from asyncio import AbstractEventLoop, Future
else:
    asyncio = LateModule("asyncio")

logger = logging.getLogger("hotclub.db.backends.base")

DEFAULT_MAX_SIZE = 10
_UNUSED_OPTIONS = frozenset(
    {
        "close_returns",
        "connection_class",
        "kwargs",
        "name",
        "num_workers",
        "open",
        "reconnect_failed",
        "reconnect_timeout",
    }
)
"""Options of psycopg_pool that concern what this pool does not have."""


class PoolOptions:
    """The checked options of a pool; times in seconds.

    Args:
        options: the value of `OPTIONS["pool"]`.

    Raises:
        ImproperlyConfigured: an option is unknown, or a number out of range.
    """

    def __init__(self, options: Any) -> None:
        given = dict(options) if isinstance(options, dict) else {}
        self.min_size: int = given.pop("min_size", 0)
        self.max_size: int = given.pop("max_size", None) or max(DEFAULT_MAX_SIZE, self.min_size)
        self.timeout: float = given.pop("timeout", 30.0)
        self.max_waiting: int = given.pop("max_waiting", 0)
        self.max_lifetime: float = given.pop("max_lifetime", 3600.0)
        self.max_idle: float = given.pop("max_idle", 600.0)
        self.configure: Callable[[Any], Any] | None = given.pop("configure", None)
        self.check: Callable[[Any], Any] | None = given.pop("check", None)
        self.reset: Callable[[Any], Any] | None = given.pop("reset", None)
        unknown = sorted(set(given) - _UNUSED_OPTIONS)
        if unknown:
            raise ImproperlyConfigured(f"OPTIONS['pool'] has no option {unknown[0]!r}. See psycopg_pool for the names.")
        if not 0 <= self.min_size <= self.max_size:
            raise ImproperlyConfigured(
                f"OPTIONS['pool'] has min_size {self.min_size} and max_size {self.max_size}: "
                "it should be 0 <= min_size <= max_size."
            )


class AsyncPool:
    """Connections of one database in one event loop.

    Args:
        make: gives a new wrapper, not yet connected.
        options: sizes and times.
    """

    def __init__(self, make: Callable[[], Any], options: PoolOptions) -> None:
        self.options = options
        self.size = 0
        """Connections that are open, or being opened."""
        self.resting: deque[Any] = deque()
        self.waiting: deque[Future[Any]] = deque()
        self._make = make
        self._suspected_at = 0.0

    # -- taking --

    async def take(self) -> Any:
        """Lend a wrapper whose connection works.

        Raises:
            OperationalError: no connection came free in time, or too many tasks wait for one.
        """
        while True:
            if self.resting and not self.waiting:
                wrapper = self.resting.pop()
                if await self._passes(wrapper, self._works):
                    return wrapper
            elif self.size < self.options.max_size and not self.waiting:
                self.size += 1
                return await self._open()
            else:
                wrapper = await self._wait()
                if wrapper is None:
                    return await self._open()
                if self.options.reset is None or await self._passes(wrapper, self._reset):
                    return wrapper

    async def _passes(self, wrapper: Any, examine: Callable[[Any], Awaitable[bool]]) -> bool:
        """Say whether a wrapper can be lent; if not, or if the task is cancelled meanwhile, its place is free."""
        try:
            good = await examine(wrapper)
        except BaseException:
            self.drop(wrapper)
            raise
        if not good:
            self.drop(wrapper)
        return good

    async def _open(self) -> Any:
        """Connect a new wrapper in the place that was counted for it."""
        wrapper = self._make()
        try:
            await run_bridged(wrapper.ensure_connection)
            if self.options.configure is not None:
                await _call(self.options.configure, wrapper)
        except BaseException:
            self.drop(wrapper)
            raise
        wrapper.opened_at = wrapper.rested_at = time.monotonic()
        return wrapper

    async def _wait(self) -> Any:
        if self.options.max_waiting and len(self.waiting) >= self.options.max_waiting:
            raise OperationalError(
                f"the pool of {self.options.max_size} connections has already {len(self.waiting)} tasks waiting"
            )
        future: Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        alarm = future.get_loop().call_later(self.options.timeout, _tell_timeout, future, self.options)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._pass_on(future.result())  # it came in the same moment
            raise
        finally:
            alarm.cancel()
            if future in self.waiting:
                self.waiting.remove(future)

    async def _works(self, wrapper: Any) -> bool:
        """Say whether a rested connection can be lent: by its age, by its socket, and by asking where there is doubt."""
        now = time.monotonic()
        if self._too_old(wrapper, now) or not wrapper.looks_alive():
            return False
        in_doubt = wrapper.rested_at <= self._suspected_at
        if self.options.check is not None:
            try:
                await _call(self.options.check, wrapper)
            except Exception:  # the documented way for a check to say no
                return False
        elif (in_doubt or (wrapper.settings_dict["CONN_HEALTH_CHECKS"] and now - wrapper.rested_at > 1.0)) and not (
            await run_bridged(wrapper.is_usable)
        ):
            return False
        return self.options.reset is None or await self._reset(wrapper)

    async def _reset(self, wrapper: Any) -> bool:
        """Bring a connection that was lent before back to what the user wants; says whether that went well."""
        try:
            await _call(self.options.reset, wrapper)
        except Exception as error:  # the user's function may fail in any way: the connection is not lent then
            logger.warning("the reset function of OPTIONS['pool'] failed: its connection is closed", exc_info=error)
            return False
        return bool(wrapper.at_rest())

    def _too_old(self, wrapper: Any, now: float) -> bool:
        if wrapper.close_at is not None and not wrapper.pooled:
            # CONN_MAX_AGE; 0 means "until the request ends", which `end_of_request` sees to.
            return bool(wrapper.settings_dict["CONN_MAX_AGE"] and now >= wrapper.close_at)
        return bool(now - wrapper.opened_at > self.options.max_lifetime)

    # -- giving back --

    def give_back(self, wrapper: Any) -> None:
        """Take a lent wrapper back; one that is broken or not at rest is closed."""
        now = time.monotonic()
        if not wrapper.at_rest():
            if wrapper.lost():
                self._suspected_at = now  # the server may have gone: ask the others before they are lent
            self.drop(wrapper)
            return
        if self._too_old(wrapper, now):
            self.drop(wrapper)
            return
        wrapper.rested_at = now
        self._pass_on(wrapper)
        limit = now - self.options.max_idle
        while self.resting and self.size > self.options.min_size and self.resting[0].rested_at < limit:
            self.drop(self.resting.popleft())

    def _pass_on(self, wrapper: Any) -> None:
        """Give a wrapper, or with None the place of one, to the task that waits longest."""
        while self.waiting:
            future = self.waiting.popleft()
            if not future.done():
                future.set_result(wrapper)
                return
        if wrapper is None:
            self.size -= 1
        else:
            self.resting.append(wrapper)

    def drop(self, wrapper: Any) -> None:
        """Close a wrapper's connection without waiting, and free its place."""
        wrapper.discard()
        self._pass_on(None)

    def end_of_request(self) -> None:
        """Close what rests, if connections live no longer than a request (`CONN_MAX_AGE` of 0, and no pool asked for)."""
        for wrapper in list(self.resting):
            if not wrapper.pooled and wrapper.settings_dict["CONN_MAX_AGE"] == 0:
                self.resting.remove(wrapper)
                self.drop(wrapper)

    def close(self) -> None:
        """Close what rests; what is lent is closed when it comes back."""
        while self.resting:
            self.drop(self.resting.pop())

    def __del__(self) -> None:
        while self.resting:
            self.resting.pop().discard()


async def _call(function: Callable[[Any], Any] | None, wrapper: Any) -> None:
    """Call a function of `OPTIONS["pool"]`: a coroutine function gets the driver's connection, any other one that waits."""
    assert function is not None
    if is_coroutine_function(function):
        await function(wrapper.connection.raw)
    else:
        await run_bridged(function, wrapper.connection)


def _tell_timeout(future: Future[Any], options: PoolOptions) -> None:
    if not future.done():
        future.set_exception(
            OperationalError(
                f"couldn't get a connection after {options.timeout:.2f} sec: all {options.max_size} of the pool are in use"
            )
        )


# -- the pools of a loop --

_Pools = dict[Any, AsyncPool]
_POOLS: WeakKeyDictionary[AbstractEventLoop, tuple[_Pools, AsyncGenerator[None]]] = WeakKeyDictionary()


async def _until_the_loop_ends(pools: _Pools) -> AsyncGenerator[None]:
    """Close the pools when the loop shuts its asynchronous generators down, as `asyncio.run` and servers make it do."""
    try:
        yield
    finally:
        for pool in pools.values():
            pool.close()


async def pool_of(key: Any, make: Callable[[], Any], options: Any) -> AsyncPool:
    """Give the running loop's pool of a database, made on first use.

    Args:
        key: what tells the database from others.
        make: gives a new wrapper, not yet connected.
        options: the value of `OPTIONS["pool"]`.
    """
    loop = asyncio.get_running_loop()
    entry = _POOLS.get(loop)
    if entry is None:
        for ended in [other for other in _POOLS if other.is_closed()]:
            for left in _POOLS.pop(ended)[0].values():  # nobody shut its generators down
                left.close()
        pools: _Pools = {}
        closing = _until_the_loop_ends(pools)
        _POOLS[loop] = entry = (pools, closing)
        await anext(closing)
    pool = entry[0].get(key)
    if pool is None:
        pool = entry[0][key] = AsyncPool(make, PoolOptions(options))
    return pool


def open_pools(key: Any = None) -> list[AsyncPool]:
    """Give the running loop's pools, or those of one database in every loop."""
    if key is None:
        entry = _POOLS.get(asyncio.get_running_loop())
        return [] if entry is None else list(entry[0].values())
    return [entry[0][key] for entry in list(_POOLS.values()) if key in entry[0]]
