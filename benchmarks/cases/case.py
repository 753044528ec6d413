"""What a case is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A thing to measure.

    Attributes:
        name: "group: what".
        prepare: takes a scale, returns `run(n)`, which does the work n times, and `check()`, which gives its result as a comparable value.
            If `run` returns a number, that is the figure, in the case's unit, instead of the time it took.
        wanted: the least ratio against Django that we hold ourselves to (None: no promise yet).
        grows: whether `scale` multiplies the work (the growth mode measures the cost per unit then).
        peers: modules of `benchmarks.peers` that do the same work.
        limits: of these peers, those that are the limit (a bare driver): we need not be faster.
        scales: the scales of the growth mode.
        steady: the most by which the cost per unit may rise between the first and the last scale (None: no promise yet).
        growth_only: whether the case says nothing outside the growth mode.
        unit: "µs" or "bytes".
    """

    name: str
    prepare: Callable[[int], tuple[Callable[[int], Any], Callable[[], Any]]]
    wanted: float | None = None
    grows: bool = False
    peers: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    scales: tuple[int, ...] = (1, 10, 100)
    steady: float | None = None
    growth_only: bool = False
    unit: str = "µs"


def repeated(work: Callable[[], Any]) -> Callable[[int], None]:
    """Return a function that calls `work` n times."""

    def run(count: int) -> None:
        for _ in range(count):
            work()

    return run


def simple(work: Callable[[], Any]) -> tuple[Callable[[int], None], Callable[[], Any]]:
    return repeated(work), work
