"""Which task may use a connection, which lane its work takes, and how long it keeps the connection.

Three lanes, chosen by what the backend can do:

- *in place* (`BaseDatabaseWrapper.async_inline`): what cannot wait is done at once; a thread hop costs 70 µs, a point
  read of SQLite 2 µs.
- *a loan* (`Lending.lends`): the backend has an asynchronous driver. A piece of work borrows a connection of the loop's
  pool; concurrent tasks never share one.
- *a thread*, in a copy of the caller's context, one piece of work at a time for each connection: everything else.

An `async with atomic()` is a *region* of its connection. On a loan it keeps the loan until its end, and everything that
comes to `connections[alias]` by this context finds the loan there. Its statements run one after the other: a task that
comes while another's runs, or from outside the innermost region, is refused, because waiting could never be what both
want. In the other lanes tasks share the context's one connection, so they wait for each other's regions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar, copy_context
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from hotclub._kernel.late_modules import LateModule
from hotclub.db.async_bridge import AVAILABLE, run_bridged, run_to_the_end
from hotclub.db.awaiting import await_hook, is_coroutine_function
from hotclub.db.transaction_errors import TransactionManagementError

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = LateModule("asyncio")

R = TypeVar("R")

END_SECONDS = 5.0
"""How long a cancelled task waits for the end of its transaction before it gives the connection up."""


class WouldWait(Exception):
    """Raised by a backend's inline work that found it would have to wait; it has had no effect."""


class Region:
    """An open asynchronous atomic block on one connection."""

    __slots__ = ("done", "lender", "outer", "standing")

    def __init__(self, outer: Region | None) -> None:
        self.outer = outer
        self.done = asyncio.Event()
        self.lender: Any = None
        """The wrapper the loan was borrowed from, in the region that borrowed it."""
        self.standing: Any = None
        """What `stand_in` gave."""


_REGIONS: ContextVar[Mapping[int, Region]] = ContextVar("hotclub.db.regions", default=MappingProxyType({}))
"""The innermost region this context is in, by the identity of the connection's wrapper."""


def _own_region(connection: Any) -> Region | None:
    region = _REGIONS.get().get(id(connection))
    while region is not None and region.done.is_set():  # this task outlived the block it was started in
        region = region.outer
    return region


async def wait_for_turn(connection: Any) -> None:
    """Wait until no block of another task is open on the connection; on a loan, refuse what would have to wait."""
    if connection.loop is not None:
        _refuse_others(connection)
        return
    while connection.region is not None and connection.region is not _own_region(connection):
        await connection.region.done.wait()


def _refuse_others(loan: Any) -> None:
    """Refuse a task that may not use a loan now.

    Raises:
        TransactionManagementError: another task's statement or inner block is in progress, the block has ended, or it
            belongs to another event loop.
    """
    if loan.loop is not asyncio.get_running_loop():
        raise TransactionManagementError(
            f"The transaction on '{loan.alias}' belongs to another event loop. Await the coroutine in that loop."
        )
    if loan.region is None or (loan.region is not _own_region(loan)) or loan.in_use:
        what = "has ended" if loan.region is None else "is in use by another task"
        raise TransactionManagementError(
            f"The transaction on '{loan.alias}' {what}: a transaction has one connection, and its statements run one "
            "after the other. Await them in turn, or start the tasks outside of atomic(), where each gets a "
            "connection of its own."
        )


# -- the lanes --


async def in_thread(connection: Any, work: Callable[..., R], *args: Any) -> R:
    """Do blocking work in a worker thread, one piece at a time for each connection."""
    context = copy_context()

    def locked() -> R:
        with connection.thread_turn:
            return context.run(work, *args)

    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(None, locked)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        # The driver cannot be stopped half way; the connection is free only when it is done.
        await asyncio.wait([future])
        raise


async def _on_loan(loan: Any, work: Callable[[Any], R], ends: bool = False) -> R:
    loan.in_use = True
    try:
        if ends:
            return await run_to_the_end(work, loan, seconds=END_SECONDS, give_up=loan.discard)
        return await run_bridged(work, loan)
    finally:
        loan.in_use = False
        if loan.when_free is not None:
            loan.when_free.set()


async def do_work(connection: Any, work: Callable[[Any], R], reads_only: bool = False) -> R:
    """Run `work(connection)` in the connection's lane."""
    if connection.async_inline:
        if connection.execute_wrappers and any(map(is_coroutine_function, connection.execute_wrappers)):
            # They wait for more than the database.
            return await (run_bridged(work, connection) if AVAILABLE else in_thread(connection, work, connection))
        connection.inline_depth += 1
        try:
            with connection.without_waiting(reads_only):
                return work(connection)
        except WouldWait:
            pass
        finally:
            connection.inline_depth -= 1
    elif connection.loop is not None:
        if connection.region is None:
            _refuse_others(connection)
        return await _on_loan(connection, work)
    elif connection.lends:
        loan = await connection.borrow()
        try:
            return await run_bridged(work, loan)
        finally:
            connection.give_back(loan)
    return await in_thread(connection, work, connection)


class Hold:
    """A connection kept for longer than one piece of work: by open rows, or by an asynchronous cursor.

    Made by `hold`; `release` has to follow.
    """

    __slots__ = ("_lender", "_region", "connection")

    def __init__(self, connection: Any, lender: Any, region: Region | None) -> None:
        self.connection = connection
        self._lender = lender
        self._region = region

    @property
    def ended(self) -> bool:
        """Whether the transaction that the connection was kept in is over."""
        return self._region is not None and self._region.done.is_set()

    async def do(self, work: Callable[[Any], R]) -> R:
        """Run `work(connection)`.

        Raises:
            TransactionManagementError: another task works with the connection, or its transaction is over.
        """
        connection = self.connection
        if connection.loop is None:
            return await do_work(connection, work)
        if connection.in_use or self.ended:
            what = "its transaction is over" if self.ended else "another task is using it"
            raise TransactionManagementError(f"The cursor on '{connection.alias}' cannot be used: {what}.")
        return await _on_loan(connection, work)

    def release(self) -> None:
        """Give the connection back. Again does nothing."""
        lender, self._lender = self._lender, None
        if lender is not None:
            lender.give_back(self.connection)


async def hold(connection: Any) -> Hold:
    """Take a connection for several pieces of work, waiting for other tasks' blocks as single statements do."""
    if connection.loop is not None or connection.region is not None:
        await wait_for_turn(connection)
    if connection.loop is None and not connection.async_inline and connection.lends:
        return Hold(await connection.borrow(), connection, None)
    return Hold(connection, None, connection.region if connection.loop is not None else None)


# -- regions --


async def enter_region(connection: Any, enter: Callable[[Any], None]) -> None:
    """Wait for the connection, or borrow one, and open a block on it."""
    lender = None
    if connection.loop is None and not connection.async_inline and connection.region is None and connection.lends:
        lender, connection = connection, await connection.borrow()
    else:
        await wait_for_turn(connection)
    region = Region(connection.region)
    connection.region = region
    try:
        await do_work(connection, enter)
    except BaseException:
        _end(connection, region)
        if lender is not None:
            lender.give_back(connection)
        raise
    if lender is not None:
        region.lender = lender
        region.standing = lender.handler.stand_in(lender.alias, connection)
    _REGIONS.set({**_REGIONS.get(), id(connection): region})


async def leave_region(connection: Any, leave: Callable[[Any], None]) -> None:
    """Close the block, let the next task in, and await the commit hooks that became due."""
    region = _own_region(connection)
    if region is None and not connection.in_atomic_block:
        raise TransactionManagementError(
            f"No atomic block of this task is open on '{connection.alias}'. A block has to be left in the context it "
            "was entered in."
        )
    connection.due_hooks = []
    try:
        if connection.loop is not None:
            await _finish_on_loan(connection, leave)
        elif connection.commit_may_wait:
            await in_thread(connection, leave, connection)
        else:
            await do_work(connection, leave)
    finally:
        hooks, connection.due_hooks = connection.due_hooks, None
        if region is not None:
            _end(connection, region)
            remaining = {key: value for key, value in _REGIONS.get().items() if value is not region}
            if region.outer is not None and not region.outer.done.is_set():
                remaining[id(connection)] = region.outer
            _REGIONS.set(remaining)
            if region.lender is not None:
                region.lender.handler.step_back(connection.alias, *region.standing)
                region.lender.give_back(connection)
    for func, robust in hooks:
        await await_hook(func, robust)


async def _finish_on_loan(loan: Any, leave: Callable[[Any], None]) -> None:
    """End a block even if the task is cancelled meanwhile: half an end would be of no use to anybody."""
    while loan.in_use:  # by a task that was started inside and lives on
        loan.when_free = asyncio.Event()
        await loan.when_free.wait()
    loan.when_free = None
    await _on_loan(loan, leave, ends=True)


def _end(connection: Any, region: Region) -> None:
    connection.region = region.outer
    region.done.set()
