"""Transactions: `atomic`, savepoints, commit hooks, and the low-level switches.

`enter_block` and `leave_block` are the whole logic of atomic blocks. `Atomic` calls them from `with`; the ports call
them for the `EnterAtomic` and `ExitAtomic` effects; `async with` goes through the asynchronous port, so that blocks of
concurrent tasks never interleave on one connection.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, TypeVar, overload

from hotclub.db.async_regions import enter_region, leave_region
from hotclub.db.awaiting import refuse_in_running_loop
from hotclub.db.connection_registry import connections
from hotclub.db.transaction_errors import TransactionManagementError
from hotclub.db.utils import DEFAULT_DB_ALIAS, DatabaseError, Error
from hotclub.utils.deprecation import RemovedInDjango2028Warning

F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "Atomic",
    "TransactionManagementError",
    "atomic",
    "clean_savepoints",
    "commit",
    "get_autocommit",
    "get_connection",
    "get_rollback",
    "mark_for_rollback_on_error",
    "non_atomic_requests",
    "on_commit",
    "rollback",
    "savepoint",
    "savepoint_commit",
    "savepoint_create",
    "savepoint_rollback",
    "set_autocommit",
    "set_rollback",
]


def get_connection(using: str | None = None) -> Any:
    """Give the connection of an alias, or of the default database."""
    return connections[DEFAULT_DB_ALIAS if using is None else using]


# -- low-level switches --


def get_autocommit(using: str | None = None) -> bool:
    """Say whether each statement commits by itself."""
    return bool(get_connection(using).get_autocommit())


def set_autocommit(autocommit: bool, using: str | None = None) -> None:
    """Switch autocommit; refused inside an atomic block."""
    get_connection(using).set_autocommit(autocommit)


def commit(using: str | None = None) -> None:
    """Commit the open transaction; refused inside an atomic block."""
    get_connection(using).commit()


def rollback(using: str | None = None) -> None:
    """Roll the open transaction back; refused inside an atomic block."""
    get_connection(using).rollback()


def savepoint_create(using: str | None = None) -> Any:
    """Create a savepoint in the open transaction and give its id."""
    return get_connection(using).savepoint()


def savepoint(using: str | None = None) -> Any:
    """Create a savepoint; the older name of `savepoint_create`."""
    warnings.warn(
        "savepoint() is deprecated. Use savepoint_create() instead.", RemovedInDjango2028Warning, stacklevel=2
    )
    return savepoint_create(using)


def savepoint_rollback(sid: Any, using: str | None = None) -> None:
    """Roll back to a savepoint."""
    get_connection(using).savepoint_rollback(sid)


def savepoint_commit(sid: Any, using: str | None = None) -> None:
    """Release a savepoint."""
    get_connection(using).savepoint_commit(sid)


def clean_savepoints(using: str | None = None) -> None:
    """Start the numbering of savepoints again."""
    get_connection(using).clean_savepoints()


def get_rollback(using: str | None = None) -> bool:
    """Say whether the innermost atomic block will be rolled back."""
    return bool(get_connection(using).get_rollback())


def set_rollback(rollback: bool, using: str | None = None) -> None:
    """Force, or take back, the rollback of the innermost atomic block at its end.

    Set it after an error that the block handled but that must not be committed; clear it only after rolling back to
    a savepoint that lies before the error.
    """
    get_connection(using).set_rollback(rollback)


def on_commit(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
    """Call `func` once the open transaction is committed; at once if none is open.

    Args:
        func: called without arguments; it may be a coroutine function.
        using: database whose transaction is meant.
        robust: log an error of `func` instead of letting it stop the hooks after it.
    """
    get_connection(using).on_commit(func, robust)


@contextmanager
def mark_for_rollback_on_error(using: str | None = None) -> Generator[None]:
    """Say, on an error in the block, that the surrounding transaction cannot be committed.

    It stands where a full `atomic(savepoint=False)` would cost too much and nothing has to be undone here.
    """
    try:
        yield
    except Exception as error:
        connection = get_connection(using)
        if connection.in_atomic_block:
            connection.needs_rollback = True
            connection.rollback_exc = error
        raise


# -- atomic blocks --

_OUTERMOST: Any = object()


def enter_block(connection: Any, block: Atomic) -> None:
    """Begin a transaction or, inside one, create a savepoint."""
    outer = connection.atomic_blocks[-1] if connection.atomic_blocks else None
    if block.durable and outer is not None and not outer._from_testcase:
        raise RuntimeError("A durable atomic block cannot be nested within another atomic block.")
    if not connection.in_atomic_block:
        connection.commit_on_exit = True
        connection.needs_rollback = False
        connection.rollback_exc = None
        if connection.get_autocommit():
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            connection.in_atomic_block = True
            connection.atomic_blocks.append(block)
            return
        # The user opened the transaction by hand: it stays theirs to commit.
        connection.in_atomic_block = True
        connection.commit_on_exit = False
    wants_savepoint = block.savepoint and not connection.needs_rollback
    connection.savepoint_ids.append(connection.savepoint() if wants_savepoint else None)
    connection.atomic_blocks.append(block)


def leave_block(connection: Any, error: BaseException | None) -> None:
    """Commit or release what the innermost block did; undo it after an error, or if it was marked for rollback."""
    if connection.atomic_blocks:
        connection.atomic_blocks.pop()
    if connection.savepoint_ids:
        sid = connection.savepoint_ids.pop()
    else:
        sid = _OUTERMOST
        connection.in_atomic_block = False  # its own commit or rollback is not forbidden
    try:
        if connection.closed_in_transaction:
            return  # the database has rolled back already
        if error is not None or connection.needs_rollback:
            _undo(connection, sid, error)
        else:
            _keep(connection, sid)
    finally:
        _close_block(connection, sid)


def _keep(connection: Any, sid: Any) -> None:
    if sid is None:
        return
    try:
        if sid is _OUTERMOST:
            connection.commit()
        else:
            connection.savepoint_commit(sid)
    except DatabaseError as error:
        # A commit may fail late, on deferred constraints: what it wanted to keep must go.
        _undo(connection, sid, error)
        raise


def _undo(connection: Any, sid: Any, error: BaseException | None) -> None:
    # The rollback itself is a statement, and must pass.
    connection.needs_rollback = False
    if sid is None:
        connection.needs_rollback = True  # no savepoint of its own: the next block outside has to roll back
        if error is not None:
            connection.rollback_exc = error
    elif sid is _OUTERMOST:
        try:
            connection.rollback()
        except Error:
            connection.close()  # a connection that cannot roll back is of no use
    else:
        try:
            connection.savepoint_rollback(sid)
            connection.savepoint_commit(sid)  # rolled back to, it is still there
        except Error:
            connection.needs_rollback = True


def _close_block(connection: Any, sid: Any) -> None:
    """Leave the state as it was before the block."""
    if sid is _OUTERMOST:
        if connection.closed_in_transaction:
            connection.connection = None
        else:
            connection.set_autocommit(True)
    elif not connection.savepoint_ids and not connection.commit_on_exit:
        if connection.closed_in_transaction:
            connection.connection = None
        else:
            connection.in_atomic_block = False


class Atomic:
    """A block whose database work is kept or undone as one: `with`, `async with`, or a decorator of either kind.

    Args:
        using: alias of the database.
        savepoint: inside another block, create a savepoint, so that this block can be undone alone.
        durable: refuse to run inside another block, so that its end means committed.
    """

    _from_testcase = False

    def __init__(self, using: str | None, savepoint: bool, durable: bool) -> None:
        self.using = using
        self.savepoint = savepoint
        self.durable = durable

    def __enter__(self) -> None:
        connection = get_connection(self.using)
        refuse_in_running_loop(connection)
        enter_block(connection, self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave_block(get_connection(self.using), error)

    async def __aenter__(self) -> None:
        await enter_region(get_connection(self.using), lambda connection: enter_block(connection, self))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await leave_region(get_connection(self.using), lambda connection: leave_block(connection, error))

    def __call__(self, function: F) -> F:
        wrapped: Any
        if iscoroutinefunction(function):

            @wraps(function)
            async def async_inner(*args: Any, **kwargs: Any) -> Any:
                async with Atomic(self.using, self.savepoint, self.durable):
                    return await function(*args, **kwargs)

            wrapped = async_inner
        else:

            @wraps(function)
            def inner(*args: Any, **kwargs: Any) -> Any:
                with Atomic(self.using, self.savepoint, self.durable):
                    return function(*args, **kwargs)

            wrapped = inner
        result: F = wrapped
        return result


@overload
def atomic(using: F) -> F: ...
@overload
def atomic(using: str | None = None, savepoint: bool = True, durable: bool = False) -> Atomic: ...
def atomic(using: Any = None, savepoint: bool = True, durable: bool = False) -> Any:
    """Make a block, function or coroutine function atomic.

    Args:
        using: alias of the database; as a bare decorator, the decorated function.
        savepoint: whether a nested block can be undone alone.
        durable: refuse to be nested.
    """
    if callable(using):
        return Atomic(DEFAULT_DB_ALIAS, savepoint, durable)(using)
    return Atomic(using, savepoint, durable)


def _exempt(view: F, using: str) -> F:
    marks: set[str] = getattr(view, "_non_atomic_requests", None) or set()
    marks.add(using)
    view._non_atomic_requests = marks  # type: ignore[attr-defined]  # the mark that the handler reads
    return view


def non_atomic_requests(using: Any = None) -> Any:
    """Exempt a view from `ATOMIC_REQUESTS`, on one database or, bare, on the default one."""
    if callable(using):
        return _exempt(using, DEFAULT_DB_ALIAS)
    alias = DEFAULT_DB_ALIAS if using is None else using
    return lambda view: _exempt(view, alias)
