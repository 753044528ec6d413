"""How expressions put the values of a query into what they write.

While a plan is made the values are not known: a slot becomes a parameter that waits (`hotclub._orm.plan`). Where they are,
it becomes the value itself. An expression writes the same in both cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm.plan import Elastic, Hole, Spread
from hotclub._orm.shape import NeedsText, Slot


class Binding:
    """The part of a compiler that knows the values.

    Attributes:
        values: those of the query; None while a plan is made.
    """

    values: Sequence[Any] | None

    def bind(self, slot: Slot, adapt: Callable[[Any], Any] | None) -> Any:
        """Return the parameter for a slot: a hole, or the adapted value where values are known."""
        if self.values is None:
            if slot.part is None:
                return Hole(slot.index, adapt)
            hole = Hole(slot.index, slot.of, slot.part)
            return hole if adapt is None else hole.then(adapt)
        value = slot.of(self.values[slot.index])
        return value if adapt is None else adapt(value)

    def bind_many(self, slot: Slot, adapt: Callable[[Any], Sequence[Any]], count: int) -> Any:
        """Return the parameters for a slot that has always as many."""
        return Spread(slot.index, adapt, count)

    def bind_list(
        self, slot: Slot, adapt: Callable[[Any], Sequence[Any]], text: Callable[[int], str]
    ) -> tuple[str, list[Any]]:
        """Write a slot whose value decides the number of its parameters; for plans only (see `value_of`).

        Args:
            slot: stands for the value.
            adapt: gives the parameters.
            text: writes them, by their number.

        Raises:
            NeedsText: the value is known; whoever calls writes it out.
        """
        if self.values is not None:
            raise NeedsText
        return "%s", [Elastic(slot.index, adapt, text)]

    def bind_written(self, slot: Slot, write: Callable[[Any], tuple[str, Sequence[Any]]]) -> tuple[str, Sequence[Any]]:
        """Write a slot whose value may decide its text; a plan has the text of the value that was seen first.

        Args:
            slot: stands for the value.
            write: gives text and parameters for a value.
        """
        if self.values is not None:
            return write(slot.of(self.values[slot.index]))
        sql, params = write(slot.sample)
        if len(params) != 1:
            raise NeedsText

        def fitting(value: Any) -> Any:
            found, bound = write(value)
            if found != sql:
                raise NeedsText
            return bound[0]

        return sql, [self.bind(slot, fitting)]

    def value_of(self, slot: Slot) -> Any:
        """The real value of a slot, or the slot itself while a plan is made."""
        return slot if self.values is None else slot.of(self.values[slot.index])

    def adapt(self, param: Any, further: Callable[[Any], Any]) -> Any:
        """Send a parameter through a function, now or when it is bound."""
        return param.then(further) if type(param) is Hole else further(param)
