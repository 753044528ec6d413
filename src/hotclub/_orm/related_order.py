"""`get_RELATED_order()` and `set_RELATED_order()`, which `order_with_respect_to` gives to the owner's model.

Source: docs ref/models/options, "order_with_respect_to".
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partialmethod
from typing import Any

from hotclub.db import router


def get_order(owner: Any, ordered: Any) -> Any:
    """Return the keys of the ordered objects of an owner, in order."""
    condition = ordered._meta.order_with_respect_to.get_forward_related_filter(owner)
    return ordered.objects.filter(**condition).values_list(ordered._meta.pk.name, flat=True)


def set_order(owner: Any, keys: Iterable[Any], ordered: Any, using: str | None = None) -> None:
    """Give the ordered objects of an owner the order of `keys`."""
    meta = ordered._meta
    condition = meta.order_with_respect_to.get_forward_related_filter(owner)
    alias = using or router.db_for_write(ordered, instance=owner)
    rows = ordered._base_manager.using(alias).filter(**condition)
    rows.bulk_update([ordered(pk=key, _order=place) for place, key in enumerate(keys)], ["_order"])


def add_methods(ordered: Any, owner: Any) -> None:
    """Put both methods on the owner's class."""
    name = ordered.__name__.lower()
    setattr(owner, f"get_{name}_order", partialmethod(get_order, ordered))
    setattr(owner, f"set_{name}_order", _setter(ordered))


def _setter(ordered: Any) -> Any:
    def set_related_order(self: Any, id_list: Iterable[Any], using: str | None = None) -> None:
        set_order(self, id_list, ordered, using)

    return set_related_order
