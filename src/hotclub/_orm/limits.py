"""`Limits`: the bounds of a slice, where they are values of the query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm.shape import Slot


class Limits:
    """The bounds of a slice as values of the query: pages of one list have one shape.

    The marks of the tree keep those that were there when the shape was first seen. Whether there is a bound at all, and
    whether one row is asked for, is the same for all.

    Attributes:
        count: how many rows; None for all, 1 if that is known.
        start: how many are left out before them; 0 if that is known.
    """

    __slots__ = ("count", "start")

    def __init__(self, count: Any, start: Any) -> None:
        self.count, self.start = count, start

    def slots_replaced(self, replace: Callable[[Slot], Any]) -> Limits:
        count, start = (replace(part) if type(part) is Slot else part for part in (self.count, self.start))
        return Limits(count, start)

    def put_on(self, tree: Any) -> None:
        """Give a tree these bounds; as marks if they are known."""
        count, start = self.count, self.start
        tree.limits = self
        if type(count) is not Slot and type(start) is not Slot:
            tree.limits = None
            tree.low_mark, tree.high_mark = start, None if count is None else start + count

    def marks(self, values: Sequence[Any]) -> tuple[int, int | None]:
        """Return the first row and the one after the last, for these values."""
        count, start = (values[part.index] if type(part) is Slot else part for part in (self.count, self.start))
        return start, None if count is None else start + count
