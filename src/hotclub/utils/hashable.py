"""Making values hashable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def make_hashable(value: Any) -> Any:
    """Return a hashable value of equal content: dictionaries and sets as sorted tuples, other iterables as tuples.

    Raises:
        TypeError: neither hashable nor iterable.
    """
    if isinstance(value, dict):
        return tuple((key, make_hashable(item)) for key, item in sorted(value.items()))
    # A tuple may hold what is not hashable: try, as `Hashable` only looks at the type.
    try:
        hash(value)
    except TypeError:
        if isinstance(value, Iterable):
            return tuple(map(make_hashable, value))
        raise
    return value
