"""`GenericPrefetch`: what to load along a generic foreign key, queryset by queryset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub.db.models import Prefetch


class GenericPrefetch(Prefetch):
    """A prefetch over a relation to several models.

    Args:
        lookup: path of the relation.
        querysets: one for each model whose objects are wanted in a special way.
        to_attr: attribute that takes the result.

    Source: docs ref/contrib/contenttypes, "GenericPrefetch".
    """

    def __init__(self, lookup: str, querysets: Sequence[Any], to_attr: str | None = None) -> None:
        for queryset in querysets:
            Prefetch(lookup, queryset)  # refuses what gives no instances
        self.querysets = querysets
        super().__init__(lookup, to_attr=to_attr)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["querysets"] = []
        for queryset in self.querysets:
            if queryset is not None:
                fresh = queryset._chain()
                # Pickling must not run the query.
                fresh._result_cache = []
                fresh._prefetch_done = True
                state["querysets"].append(fresh)
        return state

    def get_current_querysets(self, level: int) -> Any:
        return list(self.querysets) if self.get_current_prefetch_to(level) == self.prefetch_to else None
