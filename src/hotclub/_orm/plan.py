"""Plans: a statement written once, with holes where the values of each query go.

A plan holds text, parameters (constants, `Hole`s and `Spread`s) and what reads the rows. Binding is one loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm.shape import NeedsText

__all__ = ["Hole", "Late", "NeedsText", "Plan", "Spread", "bind", "has_holes"]


class Hole:
    """A parameter that is filled with one value of the query.

    Attributes:
        index: which value.
        adapt: turns the prepared value into what the driver takes; None to pass it on.
    """

    __slots__ = ("adapt", "index")

    def __init__(self, index: int, adapt: Callable[[Any], Any] | None) -> None:
        self.index = index
        self.adapt = adapt

    def __repr__(self) -> str:
        return f"<Hole {self.index}>"

    def then(self, further: Callable[[Any], Any]) -> Hole:
        """Return a hole whose value goes through one more function."""
        first = self.adapt
        if first is None:
            return Hole(self.index, further)
        return Hole(self.index, lambda value: further(first(value)))


class Spread:
    """Several parameters that are filled from one value: the list of an `__in`."""

    __slots__ = ("adapt", "count", "index")

    def __init__(self, index: int, adapt: Callable[[Any], Sequence[Any]], count: int) -> None:
        self.index = index
        self.adapt = adapt
        self.count = count


class Late:
    """A parameter that no value of the query gives, and that a plan must not keep: it is asked for at each binding."""

    __slots__ = ("ask",)

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.ask = ask


_FILLED = frozenset({Hole, Spread, Late})


def has_holes(params: Sequence[Any]) -> bool:
    """Whether any parameter waits for a value."""
    return any(type(param) in _FILLED for param in params)


def bind(params: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """Fill the holes.

    Raises:
        NeedsText: a value decides the text after all.
    """
    bound: list[Any] = []
    for param in params:
        kind = type(param)
        if kind is Hole:
            value = values[param.index]
            bound.append(value if param.adapt is None else param.adapt(value))
        elif kind is Spread:
            found = param.adapt(values[param.index])
            if len(found) != param.count:
                raise NeedsText
            bound.extend(found)
        elif kind is Late:
            bound.append(param.ask())
        else:
            bound.append(param)
    return bound


class Plan:
    """A statement ready to be bound and run.

    Attributes:
        sql: text; None if the query is known to find nothing.
        params: parameters with holes.
        read: turns the rows into results (see `rows.py`).
        time_zones: names of the current time zone and the connection's, if the text depends on them; () if they are off.
        extra: what the operation needs besides.
        locks: whether it locks rows, which makes sense inside a transaction only.
    """

    __slots__ = ("extra", "fixed", "locks", "params", "read", "sql", "time_zones")

    def __init__(self, sql: str | None, params: Sequence[Any], read: Any = None, extra: Any = None) -> None:
        self.sql = sql
        self.params = tuple(params)
        self.fixed = not has_holes(params)
        self.read = read
        self.time_zones: tuple[str, ...] | None = None
        self.extra = extra
        self.locks = False

    def bind(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return the parameters for these values."""
        return self.params if self.fixed else bind(self.params, values)
