"""How the rows of a query set are given: instances, dictionaries, tuples, single values.

The classes are markers with the documented way of being iterated; the query set's flows know them by `kind`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class BaseIterable:
    """One pass over a query set's rows.

    Args:
        queryset: whose rows.
        chunked_fetch: whether rows are fetched from the database chunk by chunk.
        chunk_size: rows per chunk.
    """

    kind = ""

    def __init__(self, queryset: Any, chunked_fetch: bool = False, chunk_size: int = 100) -> None:
        self.queryset = queryset
        self.chunked_fetch = chunked_fetch
        self.chunk_size = chunk_size

    def __iter__(self) -> Iterator[Any]:
        if self.chunked_fetch:
            return iter(self.queryset._chunks(self.chunk_size))
        return iter(self.queryset._rows_of_kind(self.kind))


class ModelIterable(BaseIterable):
    """Gives an instance for each row."""

    kind = "model"


class ValuesIterable(BaseIterable):
    """Gives a dictionary for each row: `values()`."""

    kind = "dict"


class ValuesListIterable(BaseIterable):
    """Gives a tuple for each row: `values_list()`."""

    kind = "tuple"


class NamedValuesListIterable(ValuesListIterable):
    """Gives a named tuple for each row: `values_list(named=True)`."""

    kind = "named"


class FlatValuesListIterable(BaseIterable):
    """Gives the one value of each row: `values_list(flat=True)`."""

    kind = "flat"


BUILT_IN = (ModelIterable, ValuesIterable, ValuesListIterable, NamedValuesListIterable, FlatValuesListIterable)
for _public in (BaseIterable, *BUILT_IN):
    _public.__module__ = "hotclub.db.models.query"
