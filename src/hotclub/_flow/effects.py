"""The vocabulary of flows: what a flow may ask of the outside.

Every effect is a small class with `__slots__`: creating one is on the path of each query (0.3 µs; a frozen dataclass
costs four times that). This module must not know who performs an effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from typing import Self

R = TypeVar("R")

Row: TypeAlias = tuple[Any, ...]
"""One row as the driver gives it, before converters."""

Flow: TypeAlias = Coroutine["Effect[Any]", Any, R]
"""A coroutine that awaits effects only."""


class Effect(Generic[R]):
    """Something only the outside can do; awaiting it gives the answer."""

    __slots__ = ()

    def __await__(self) -> Generator[Self, R, R]:
        return (yield self)


class Fetch(Effect[list[Row]]):
    """Run a statement on a database and give all its rows.

    Args:
        alias: key of the database in `DATABASES`.
        sql: statement in the driver's parameter style.
        params: parameters, already adapted for the driver.
    """

    __slots__ = ("alias", "params", "sql")

    def __init__(self, alias: str, sql: str, params: Sequence[Any] = ()) -> None:
        self.alias = alias
        self.sql = sql
        self.params = params


class Run(Effect[int]):
    """Run a statement that gives no rows; the answer is the number of rows it touched (-1 if unknown)."""

    __slots__ = ("alias", "params", "sql")

    def __init__(self, alias: str, sql: str, params: Sequence[Any] = ()) -> None:
        self.alias = alias
        self.sql = sql
        self.params = params


class RunMany(Effect[int]):
    """Run one statement for each sequence of parameters; the answer is the number of rows touched."""

    __slots__ = ("alias", "param_rows", "sql")

    def __init__(self, alias: str, sql: str, param_rows: Sequence[Sequence[Any]]) -> None:
        self.alias = alias
        self.sql = sql
        self.param_rows = param_rows


class InsertOne(Effect[Any]):
    """Run an INSERT where the database cannot return columns; the answer is the last inserted id."""

    __slots__ = ("alias", "params", "pk_column", "sql", "table")

    def __init__(self, alias: str, sql: str, params: Sequence[Any], table: str, pk_column: str) -> None:
        self.alias = alias
        self.sql = sql
        self.params = params
        self.table = table
        self.pk_column = pk_column


class OpenRows(Effect[Any]):
    """Run a statement and keep its cursor open; the answer is a handle for `NextRows` and `CloseRows`."""

    __slots__ = ("alias", "params", "server_side", "sql")

    def __init__(self, alias: str, sql: str, params: Sequence[Any] = (), server_side: bool = False) -> None:
        self.alias = alias
        self.sql = sql
        self.params = params
        self.server_side = server_side


class NextRows(Effect[list[Row]]):
    """Give at most `count` further rows of an open handle; an empty list at the end."""

    __slots__ = ("count", "handle")

    def __init__(self, handle: Any, count: int) -> None:
        self.handle = handle
        self.count = count


class CloseRows(Effect[None]):
    """Close an open handle. Closing twice is allowed."""

    __slots__ = ("handle",)

    def __init__(self, handle: Any) -> None:
        self.handle = handle


class EnterAtomic(Effect[Any]):
    """Enter an atomic block; the answer is a token for `ExitAtomic`."""

    __slots__ = ("alias", "durable", "savepoint")

    def __init__(self, alias: str, savepoint: bool = True, durable: bool = False) -> None:
        self.alias = alias
        self.savepoint = savepoint
        self.durable = durable


class ExitAtomic(Effect[None]):
    """Leave an atomic block: commit or release if `error` is None, else roll back."""

    __slots__ = ("error", "token")

    def __init__(self, token: Any, error: BaseException | None = None) -> None:
        self.token = token
        self.error = error


class MarkForRollback(Effect[None]):
    """Say that the open transaction, if there is one, must not be committed (an error inside `savepoint=False`)."""

    __slots__ = ("alias", "error")

    def __init__(self, alias: str, error: BaseException | None = None) -> None:
        self.alias = alias
        self.error = error


class CallUser(Effect[R]):
    """Call code that is not ours: a receiver, an overridden method, a validator, a callable default.

    Args:
        function: what the sync driver calls. A coroutine function is awaited by the async driver and run to its
            end by the sync one.
        async_function: the user's own async half, if there is one; the async driver prefers it.
        blocking: whether a sync `function` may wait for I/O. The async driver then gives it to a thread (one hop,
            50 to 90 µs); with False it is called in place.
    """

    __slots__ = ("args", "async_function", "blocking", "function", "kwargs")

    def __init__(
        self,
        function: Callable[..., R] | Callable[..., Awaitable[R]],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        async_function: Callable[..., Awaitable[R]] | None = None,
        blocking: bool = True,
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs: Mapping[str, Any] = kwargs or {}
        self.async_function = async_function
        self.blocking = blocking


class AtomicRegion:
    """`async with AtomicRegion(alias):` inside a flow: the part that commits or rolls back as one.

    Args:
        alias: database to use.
        savepoint: whether a nested region gets a savepoint of its own.
        durable: refuse to be nested in another region.
    """

    __slots__ = ("_alias", "_durable", "_savepoint", "_token")

    def __init__(self, alias: str, *, savepoint: bool = True, durable: bool = False) -> None:
        self._alias = alias
        self._savepoint = savepoint
        self._durable = durable
        self._token: Any = None

    async def __aenter__(self) -> None:
        self._token = await EnterAtomic(self._alias, self._savepoint, self._durable)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await ExitAtomic(self._token, error)
