"""Prefetching of generic foreign keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub.db.models import Prefetch
from hotclub.db.models.query import ModelIterable, RawQuerySet


class GenericPrefetch(Prefetch):  # type: ignore[misc]
    """`Prefetch` for a generic foreign key: a queryset for each model.

    Args:
        lookup: name of the generic foreign key.
        querysets: one for each model, at most.
        to_attr: name of an attribute to put the objects in.

    Raises:
        ValueError: a queryset gives something other than objects.
    """

    def __init__(self, lookup: str, querysets: Sequence[Any], to_attr: str | None = None) -> None:
        for queryset in querysets or ():
            if isinstance(queryset, RawQuerySet) or not issubclass(
                getattr(queryset, "_iterable_class", ModelIterable), ModelIterable
            ):
                raise ValueError("Prefetch querysets cannot use raw(), values(), and values_list().")
        self.querysets = querysets
        super().__init__(lookup, to_attr=to_attr)

    def __getstate__(self) -> dict[str, Any]:
        # Without their results.
        state = {**self.__dict__, "querysets": []}
        for queryset in self.querysets:
            clone = queryset._chain()
            clone._result_cache = []
            clone._prefetch_done = True
            state["querysets"].append(clone)
        return state

    def get_current_querysets(self, level: int) -> Any:
        return self.querysets if self.get_current_prefetch_to(level) == self.prefetch_to else None
