"""What a case is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A thing to measure.

    Attributes:
        name: "group: what".
        prepare: takes a scale, returns `run(n)`, which does the work n times, and `check()`, which gives its result as a comparable value.
        wanted: the least ratio against Django that we hold ourselves to (None: no promise yet).
        grows: whether `scale` multiplies the work (the growth mode measures the cost per unit then).
    """

    name: str
    prepare: Callable[[int], tuple[Callable[[int], Any], Callable[[], Any]]]
    wanted: float | None = None
    grows: bool = False


def repeated(work: Callable[[], Any]) -> Callable[[int], None]:
    """Return a function that calls `work` n times."""

    def run(count: int) -> None:
        for _ in range(count):
            work()

    return run


def simple(work: Callable[[], Any]) -> tuple[Callable[[int], None], Callable[[], Any]]:
    return repeated(work), work
