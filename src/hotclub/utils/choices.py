"""Choices of fields in their documented spellings, brought to one form: a list of pairs, possibly grouped.

Accepted are sequences and iterators of pairs, mappings, enumeration classes with `.choices`, and callables that give any
of these. What does not fit is returned untouched, for the system checks to report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from hotclub.utils.functional import Promise

__all__ = [
    "BaseChoiceIterator",
    "BlankChoiceIterator",
    "CallableChoiceIterator",
    "flatten_choices",
    "normalize_choices",
]


class BaseChoiceIterator:
    """A list-like view on choices that are computed when looked at."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError("BaseChoiceIterator subclasses must implement __iter__().")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Iterable):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice) or index < 0:
            return list(self)[index]
        try:
            return next(islice(self, index, index + 1))
        except StopIteration:
            raise IndexError("index out of range") from None

    def __bool__(self) -> bool:
        return any(True for _ in self)


class BlankChoiceIterator(BaseChoiceIterator):
    """Choices with a blank one in front, unless they bring their own."""

    def __init__(self, choices: Any, blank_choice: Iterable[Any]) -> None:
        self.choices = choices
        self.blank_choice = blank_choice

    def __iter__(self) -> Iterator[Any]:
        choices = list(self.choices)
        if not any(value in ("", None) for value, _ in flatten_choices(choices)):
            yield from self.blank_choice
        yield from choices


class CallableChoiceIterator(BaseChoiceIterator):
    """Choices given by a callable, which is called at each look."""

    def __init__(self, func: Callable[[], Any]) -> None:
        self.func = func

    def __iter__(self) -> Iterator[Any]:
        yield from normalize_choices(self.func())


def flatten_choices(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Give the pairs of all groups, one after another."""
    for value, label in choices or ():
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield value, label


def normalize_choices(value: Any, *, depth: int = 0) -> Any:
    """Bring choices to a list of pairs; groups become pairs of name and list.

    Args:
        value: choices in any accepted spelling.
        depth: how deep in groups the value stands; only two levels are known.

    Returns:
        The list, an iterator class for callables, or the value itself where it has no such form.
    """
    if isinstance(value, type) and hasattr(value, "choices"):
        value = value.choices
    if value is None or isinstance(value, (BaseChoiceIterator, Promise, str, bytes)):
        return value
    if depth > 1:
        return value
    if isinstance(value, Mapping):
        value = value.items()
    elif callable(value):
        if depth == 0:
            return CallableChoiceIterator(value)
        # A group inside of choices that are looked at now.
        return normalize_choices(value(), depth=depth)
    if not isinstance(value, Iterable):
        return value
    pairs = list(value) if isinstance(value, Iterator) else value
    if any(isinstance(pair, (str, bytes, Promise)) for pair in pairs):
        # Two letters are no pair.
        return pairs
    try:
        return [(key, normalize_choices(label, depth=depth + 1)) for key, label in pairs]
    except (TypeError, ValueError):
        return pairs
