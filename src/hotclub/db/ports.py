"""The two ports that perform flows' effects on the project's databases and on user code.

`SYNC` waits in the calling thread. `ASYNC` does in place what cannot wait and gives the rest to a thread; while a task
has an atomic block open, other tasks of the same context wait for the connection (`async_regions.py`).

An effect is dispatched by its class through a dictionary; a `Fetch` that nobody watches costs one look-up of the
connection and one driver call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from hotclub._flow.effects import (
    CallUser,
    CloseRows,
    Effect,
    EnterAtomic,
    ExitAtomic,
    Fetch,
    InsertOne,
    MarkForRollback,
    NextRows,
    OpenRows,
    Run,
    RunMany,
)
from hotclub._kernel.late_modules import running_loop
from hotclub.db.async_regions import Hold, do_work, enter_region, hold, in_thread, leave_region, wait_for_turn
from hotclub.db.awaiting import await_or_thread, call_to_end, is_coroutine_function, refuse_in_running_loop
from hotclub.db.connection_registry import connections
from hotclub.db.transaction import Atomic, enter_block, leave_block

R = TypeVar("R")


class RowsHandle:
    """An open cursor, between `OpenRows` and `CloseRows`."""

    __slots__ = ("cursor", "hold")

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.hold: Hold | None = None
        """What keeps the connection, for asynchronous callers."""

    def next_rows(self, count: int) -> list[Any]:
        """Give at most `count` further rows."""
        if self.cursor is None:
            return []
        return list(self.cursor.fetchmany(count))

    def close(self) -> None:
        """Close the cursor; again does nothing."""
        if self.cursor is not None:
            cursor, self.cursor = self.cursor, None
            cursor.close()


def _open_rows(connection: Any, effect: OpenRows) -> RowsHandle:
    cursor = connection.chunked_cursor() if effect.server_side else connection.cursor()
    try:
        cursor.execute(effect.sql, effect.params)
    except BaseException:
        try:
            cursor.close()
        except connection.Database.Error:
            pass  # the first error says what happened
        raise
    return RowsHandle(cursor)


def _mark_for_rollback(connection: Any, error: BaseException | None) -> None:
    if connection.in_atomic_block:
        connection.needs_rollback = True
        connection.rollback_exc = error


# -- synchronous --


def _fetch(effect: Fetch) -> list[Any]:
    return connections[effect.alias].fetch(effect.sql, effect.params)  # type: ignore[no-any-return]


def _run(effect: Run) -> int:
    return connections[effect.alias].run(effect.sql, effect.params)  # type: ignore[no-any-return]


def _run_many(effect: RunMany) -> int:
    return connections[effect.alias].run_many(effect.sql, effect.param_rows)  # type: ignore[no-any-return]


def _insert_one(effect: InsertOne) -> Any:
    return connections[effect.alias].insert_one(effect.sql, effect.params, effect.table, effect.pk_column)


def _enter_atomic(effect: EnterAtomic) -> Any:
    block = Atomic(effect.alias, effect.savepoint, effect.durable)
    block.__enter__()
    return block


def _exit_atomic(effect: ExitAtomic) -> None:
    leave_block(connections[effect.token.using], effect.error)


_SYNC: dict[type[Any], Callable[[Any], Any]] = {
    Fetch: _fetch,
    Run: _run,
    RunMany: _run_many,
    InsertOne: _insert_one,
    OpenRows: lambda effect: _open_rows(connections[effect.alias], effect),
    NextRows: lambda effect: effect.handle.next_rows(effect.count),
    CloseRows: lambda effect: effect.handle.close(),
    EnterAtomic: _enter_atomic,
    ExitAtomic: _exit_atomic,
    MarkForRollback: lambda effect: _mark_for_rollback(connections[effect.alias], effect.error),
    CallUser: lambda effect: call_to_end(effect.function, *effect.args, **effect.kwargs),
}


class UnknownEffectError(TypeError):
    """A port was asked for an effect it cannot perform."""


def _unknown(effect: object) -> UnknownEffectError:
    return UnknownEffectError(
        f"The database ports cannot perform {type(effect).__name__}. They know: "
        f"{', '.join(sorted(kind.__name__ for kind in _SYNC))}."
    )


class SyncPort:
    """Performs effects in the calling thread."""

    __slots__ = ()

    def perform(self, effect: Effect[R], /) -> R:
        """Perform an effect and give its answer.

        Raises:
            SynchronousOnlyOperation: an event loop runs in this thread, and the effect concerns a database.
        """
        if running_loop() is not None:
            alias = getattr(effect, "alias", None)
            if alias is not None:
                refuse_in_running_loop(connections[alias])
        try:
            performer = _SYNC[type(effect)]
        except KeyError:
            raise _unknown(effect) from None
        return cast(R, performer(effect))


# -- asynchronous --


async def _afetch(effect: Fetch) -> list[Any]:
    connection = connections[effect.alias]
    if connection.region is not None:
        await wait_for_turn(connection)
    sql, params = effect.sql, effect.params
    return await do_work(connection, lambda connection: connection.fetch(sql, params), sql.startswith("SELECT"))


async def _arun(effect: Run) -> int:
    connection = connections[effect.alias]
    if connection.region is not None:
        await wait_for_turn(connection)
    return await do_work(connection, lambda connection: connection.run(effect.sql, effect.params))


async def _arun_many(effect: RunMany) -> int:
    connection = connections[effect.alias]
    if connection.region is not None:
        await wait_for_turn(connection)
    if connection.async_inline:  # many rows take their time
        return await in_thread(connection, connection.run_many, effect.sql, effect.param_rows)
    return await do_work(connection, lambda connection: connection.run_many(effect.sql, effect.param_rows))


async def _ainsert_one(effect: InsertOne) -> Any:
    connection = connections[effect.alias]
    if connection.region is not None:
        await wait_for_turn(connection)
    return await do_work(
        connection,
        lambda connection: connection.insert_one(effect.sql, effect.params, effect.table, effect.pk_column),
    )


async def _aopen_rows(effect: OpenRows) -> RowsHandle:
    held = await hold(connections[effect.alias])
    try:
        handle = await held.do(lambda connection: _open_rows(connection, effect))
    except BaseException:
        held.release()
        raise
    handle.hold = held
    return handle


async def _anext_rows(effect: NextRows) -> list[Any]:
    handle: RowsHandle = effect.handle
    if handle.hold is None:
        return []
    return await handle.hold.do(lambda connection: handle.next_rows(effect.count))


async def _aclose_rows(effect: CloseRows) -> None:
    handle: RowsHandle = effect.handle
    held, handle.hold = handle.hold, None
    if held is None or held.ended:
        return
    try:
        await held.do(lambda connection: handle.close())
    finally:
        held.release()


async def _aenter_atomic(effect: EnterAtomic) -> Any:
    block = Atomic(effect.alias, effect.savepoint, effect.durable)
    await enter_region(connections[effect.alias], lambda connection: enter_block(connection, block))
    return block


async def _aexit_atomic(effect: ExitAtomic) -> None:
    error = effect.error
    await leave_region(connections[effect.token.using], lambda connection: leave_block(connection, error))


async def _amark_for_rollback(effect: MarkForRollback) -> None:
    _mark_for_rollback(connections[effect.alias], effect.error)


async def _acall_user(effect: CallUser[Any]) -> Any:
    if effect.async_function is not None:
        return await effect.async_function(*effect.args, **effect.kwargs)
    if effect.blocking or is_coroutine_function(effect.function):
        return await await_or_thread(effect.function, *effect.args, **effect.kwargs)
    return effect.function(*effect.args, **effect.kwargs)


_ASYNC: dict[type[Any], Callable[[Any], Awaitable[Any]]] = {
    Fetch: _afetch,
    Run: _arun,
    RunMany: _arun_many,
    InsertOne: _ainsert_one,
    OpenRows: _aopen_rows,
    NextRows: _anext_rows,
    CloseRows: _aclose_rows,
    EnterAtomic: _aenter_atomic,
    ExitAtomic: _aexit_atomic,
    MarkForRollback: _amark_for_rollback,
    CallUser: _acall_user,
}


class AsyncPort:
    """Performs effects without holding up the event loop."""

    __slots__ = ()

    def perform(self, effect: Effect[R], /) -> Awaitable[R]:
        """Return the coroutine that performs an effect and gives its answer."""
        try:
            performer = _ASYNC[type(effect)]
        except KeyError:
            raise _unknown(effect) from None
        return performer(effect)


SYNC = SyncPort()
"""The port of synchronous callers."""

ASYNC = AsyncPort()
"""The port of coroutines."""
