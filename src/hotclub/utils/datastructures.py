"""Mappings and lists with habits of their own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class OrderedSet(Generic[T]):
    """A set that keeps the order of insertion."""

    def __init__(self, iterable: Iterable[T] | None = None) -> None:
        self.dict: dict[T, None] = dict.fromkeys(iterable or ())

    def add(self, item: T) -> None:
        """Add an item, at the end if it is new."""
        self.dict[item] = None

    def remove(self, item: T) -> None:
        """Remove an item; KeyError if it is not there."""
        del self.dict[item]

    def discard(self, item: T) -> None:
        """Remove an item if it is there."""
        self.dict.pop(item, None)

    def __iter__(self) -> Iterator[T]:
        return iter(self.dict)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self.dict)

    def __contains__(self, item: object) -> bool:
        return item in self.dict

    def __bool__(self) -> bool:
        return bool(self.dict)

    def __len__(self) -> int:
        return len(self.dict)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.dict) if self.dict else ''})"


class MultiValueDictKeyError(KeyError):
    """The key is not in the MultiValueDict."""


class MultiValueDict(dict):  # type: ignore[type-arg]  # values are lists inside, single values outside
    """A dictionary with several values per key: `d[key]` gives the last one, `d.getlist(key)` all of them."""

    def __init__(self, key_to_list_mapping: Any = ()) -> None:
        super().__init__(key_to_list_mapping)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {super().__repr__()}>"

    def __getitem__(self, key: Any) -> Any:
        """Return the last value of the key; an empty list if it has none.

        Raises:
            MultiValueDictKeyError: the key is not there.
        """
        try:
            values = super().__getitem__(key)
        except KeyError:
            raise MultiValueDictKeyError(key) from None
        try:
            return values[-1]
        except IndexError:
            return []

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, [value])

    def __copy__(self) -> MultiValueDict:
        return self.__class__([(key, values[:]) for key, values in self.lists()])

    def __deepcopy__(self, memo: dict[int, Any]) -> MultiValueDict:
        result = self.__class__()
        memo[id(self)] = result
        for key, values in dict.items(self):
            dict.__setitem__(result, copy.deepcopy(key, memo), copy.deepcopy(values, memo))
        return result

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_data": {key: self._getlist(key) for key in self}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for key, values in state.pop("_data", {}).items():
            self.setlist(key, values)
        self.__dict__.update(state)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the last value of the key; the default if the key or its values are missing."""
        try:
            value = self[key]
        except KeyError:
            return default
        return default if value == [] else value

    def _getlist(self, key: Any, default: Any = None, force_list: bool = False) -> Any:
        try:
            values = super().__getitem__(key)
        except KeyError:
            return [] if default is None else default
        return list(values) if force_list and values is not None else values

    def getlist(self, key: Any, default: Any = None) -> Any:
        """Return all values of the key, as a new list; the default (an empty list) if the key is missing."""
        return self._getlist(key, default, force_list=True)

    def setlist(self, key: Any, list_: Any) -> None:
        """Set all values of the key."""
        super().__setitem__(key, list_)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Set a single value unless the key is there; return the last value."""
        if key not in self:
            self[key] = default
        # Looked up again: a subclass may have kept something else.
        return self[key]

    def setlistdefault(self, key: Any, default_list: Any = None) -> Any:
        """Set all values unless the key is there; return them."""
        if key not in self:
            self.setlist(key, [] if default_list is None else default_list)
        return self._getlist(key)

    def appendlist(self, key: Any, value: Any) -> None:
        """Add a value to the key's."""
        self.setlistdefault(key).append(value)

    def items(self) -> Any:
        """Give (key, last value)."""
        for key in self:
            yield key, self[key]

    def lists(self) -> Any:
        """Give (key, all values)."""
        return iter(super().items())

    def values(self) -> Any:
        """Give the last value of each key."""
        for key in self:
            yield self[key]

    def copy(self) -> MultiValueDict:
        """Return a copy, with lists of its own."""
        return copy.copy(self)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add values to those that are there, instead of replacing them."""
        if len(args) > 1:
            raise TypeError(f"update expected at most 1 argument, got {len(args)}")
        for given in (*args, kwargs):
            if isinstance(given, MultiValueDict):
                for key, values in given.lists():
                    self.setlistdefault(key).extend(values)
                continue
            for key, value in given.items() if isinstance(given, Mapping) else given:
                self.appendlist(key, value)

    def dict(self) -> dict[Any, Any]:
        """Return a plain dictionary with the last value of each key."""
        return {key: self[key] for key in self}


class ImmutableList(tuple):  # type: ignore[type-arg]
    """A tuple that says something useful when it is treated as a list.

    Args:
        warning: text of the AttributeError.
    """

    warning: Any

    def __new__(cls, *args: Any, warning: Any = "ImmutableList object is immutable.", **kwargs: Any) -> ImmutableList:
        self = tuple.__new__(cls, *args, **kwargs)
        self.warning = warning
        return self

    def complain(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse the change."""
        raise AttributeError(self.warning)

    __delitem__ = complain
    __delslice__ = complain
    __iadd__ = complain
    __imul__ = complain
    __setitem__ = complain
    __setslice__ = complain
    append = complain
    extend = complain
    insert = complain
    pop = complain
    remove = complain
    sort = complain
    reverse = complain


class DictWrapper(dict):  # type: ignore[type-arg]
    """A dictionary that passes values through a function where the key carries a prefix.

    Args:
        data: the dictionary.
        func: what prefixed look-ups go through.
        prefix: text in front of the key.
    """

    def __init__(self, data: Any, func: Callable[[Any], Any], prefix: str) -> None:
        super().__init__(data)
        self.func = func
        self.prefix = prefix

    def __getitem__(self, key: Any) -> Any:
        if key.startswith(self.prefix):
            return self.func(super().__getitem__(key[len(self.prefix) :]))
        return super().__getitem__(key)


class CaseInsensitiveMapping(Mapping[str, V]):
    """A mapping that finds keys in any case, and gives them in the case they came in.

    Raises:
        ValueError: an element is no pair, or a key is no text.
    """

    def __init__(self, data: Any) -> None:
        self._store: dict[str, tuple[str, V]] = {key.lower(): (key, value) for key, value in self._pairs(data)}

    def __getitem__(self, key: str) -> V:
        return self._store[key.lower()][1]

    def __len__(self) -> int:
        return len(self._store)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and {key.lower(): value for key, value in self.items()} == {
            key.lower(): value for key, value in other.items()
        }

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[str]:
        return (original for original, _ in self._store.values())

    def __repr__(self) -> str:
        return repr(dict(self._store.values()))

    def copy(self) -> CaseInsensitiveMapping[V]:
        """Return the mapping itself: it cannot be changed."""
        return self

    @staticmethod
    def _pairs(data: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(data, Mapping):
            yield from data.items()
            return
        for index, element in enumerate(data):
            if len(element) != 2:
                raise ValueError(
                    f"dictionary update sequence element #{index} has length {len(element)}; 2 is required."
                )
            if not isinstance(element[0], str):
                raise ValueError(f"Element key {element[0]!r} invalid, only strings are allowed")
            yield element


class DeferredSubDict:
    """A view on one inner dictionary of another, looked up at each use.

    Args:
        deferred_dict: the outer dictionary.
        deferred_key: key of the inner one.
    """

    def __init__(self, deferred_dict: Mapping[Any, Any], deferred_key: Any) -> None:
        self.deferred_dict = deferred_dict
        self.deferred_key = deferred_key

    def __getitem__(self, key: Any) -> Any:
        return self.deferred_dict[self.deferred_key][key]
