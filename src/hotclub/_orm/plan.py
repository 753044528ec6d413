"""Plans: a statement written once, with holes where the values of each query go.

A plan holds text, parameters (constants, `Hole`s and `Spread`s) and what reads the rows. Binding is one loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm.shape import NeedsText

__all__ = ["Elastic", "Hole", "Late", "NeedsText", "Plan", "Spread", "bind", "has_holes"]

_PLACEHOLDER = re.compile("%[%s]")
_FITS_KEPT = 64
_FIT_KEPT_UP_TO = 512
"""How many texts of a plan for lists of different lengths are kept, and up to how many parameters; longer ones are made anew."""


class Hole:
    """A parameter that is filled with one value of the query.

    Attributes:
        index: which value.
        adapt: turns the prepared value into what the driver takes; None to pass it on.
        part: which part of the value, if not the whole; `adapt` takes it out.
    """

    __slots__ = ("adapt", "index", "part")

    def __init__(self, index: int, adapt: Callable[[Any], Any] | None, part: tuple[int, int] | None = None) -> None:
        self.index = index
        self.adapt = adapt
        self.part = part

    def __repr__(self) -> str:
        return f"<Hole {self.index}>"

    def then(self, further: Callable[[Any], Any]) -> Hole:
        """Return a hole whose value goes through one more function."""
        first = self.adapt
        if first is None:
            return Hole(self.index, further, self.part)
        return Hole(self.index, lambda value: further(first(value)), self.part)


class Spread:
    """Several parameters, always as many, that are filled from one value: the two ends of a `__range`."""

    __slots__ = ("adapt", "count", "index")

    def __init__(self, index: int, adapt: Callable[[Any], Sequence[Any]], count: int) -> None:
        self.index = index
        self.adapt = adapt
        self.count = count


class Elastic:
    """Parameters whose number the value decides: the list of an `__in`. One placeholder keeps their place in the text.

    Attributes:
        index: which value.
        adapt: gives the parameters.
        text: writes what stands in the placeholder's place, by the number of parameters.
    """

    __slots__ = ("adapt", "index", "text")

    def __init__(self, index: int, adapt: Callable[[Any], Sequence[Any]], text: Callable[[int], str]) -> None:
        self.index = index
        self.adapt = adapt
        self.text = text


class Late:
    """A parameter that no value of the query gives, and that a plan must not keep: it is asked for at each binding."""

    __slots__ = ("ask",)

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.ask = ask


_FILLED = frozenset({Hole, Spread, Elastic, Late})


def has_holes(params: Sequence[Any]) -> bool:
    """Whether any parameter waits for a value."""
    return any(type(param) in _FILLED for param in params)


def bind(params: Sequence[Any], values: Sequence[Any], counts: list[int] | None = None) -> list[Any]:
    """Fill the holes.

    Args:
        params: constants and what waits for a value.
        values: those of the query.
        counts: takes how many parameters each `Elastic` got.

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
        elif kind is Elastic:
            found = param.adapt(values[param.index])
            if counts is None:
                raise NeedsText
            counts.append(len(found))
            bound.extend(found)
        elif kind is Late:
            bound.append(param.ask())
        else:
            bound.append(param)
    return bound


_NO_FITS: dict[tuple[int, ...], Plan] = {}


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

    __slots__ = ("_fits", "_pieces", "extra", "fixed", "locks", "params", "read", "sql", "time_zones")

    def __init__(self, sql: str | None, params: Sequence[Any], read: Any = None, extra: Any = None) -> None:
        self.sql = sql
        self.params = tuple(params)
        self.fixed = not has_holes(params)
        self.read = read
        self.time_zones: tuple[str, ...] | None = None
        self.extra = extra
        self.locks = False
        elastic = not self.fixed and any(type(param) is Elastic for param in params)
        self._pieces = _pieces(sql, self.params) if elastic and sql else None
        self._fits: dict[tuple[int, ...], Plan] = {} if elastic else _NO_FITS

    def bind(self, values: Sequence[Any]) -> tuple[Plan, Sequence[Any]]:
        """Return the plan whose text fits these values, and the parameters.

        Raises:
            NeedsText: there is none; the query must be compiled with the values.
        """
        if self.fixed:
            return self, self.params
        if self._pieces is None:
            return self, bind(self.params, values)
        counts: list[int] = []
        bound = bind(self.params, values, counts)
        key = tuple(counts)
        fitted = self._fits.get(key)
        if fitted is None:
            fitted = self._fitted(counts)
            if len(bound) <= _FIT_KEPT_UP_TO:
                if len(self._fits) >= _FITS_KEPT:
                    self._fits.clear()
                self._fits[key] = fitted
        return fitted, bound

    def _fitted(self, counts: Sequence[int]) -> Plan:
        pieces = self._pieces or ()
        sql = pieces[0]
        for count, (elastic, text) in zip(counts, pieces[1:], strict=True):
            sql += elastic.text(count) + text
        made = Plan(sql, (), self.read, self.extra)
        made.locks = self.locks
        return made


def _pieces(sql: str, params: Sequence[Any]) -> tuple[Any, ...]:
    """Cut a text at the placeholders of its `Elastic` parameters.

    Returns:
        The text before the first, then pairs of an `Elastic` and the text after it.

    Raises:
        NeedsText: placeholders and parameters do not agree, so that nobody can say where the list belongs.
    """
    places = [match.start() for match in _PLACEHOLDER.finditer(sql) if match.group() == "%s"]
    cuts: list[tuple[int, Elastic]] = []
    position = 0
    for param in params:
        if type(param) is Elastic:
            cuts.append((position, param))
        position += param.count if type(param) is Spread else 1
    if position != len(places):
        raise NeedsText
    found: list[Any] = [sql[: places[cuts[0][0]]]]
    ends = [places[place] for place, _param in cuts[1:]] + [len(sql)]
    for (place, elastic), end in zip(cuts, ends, strict=True):
        found.append((elastic, sql[places[place] + 2 : end]))
    return tuple(found)
