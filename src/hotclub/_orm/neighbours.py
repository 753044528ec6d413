"""`get_next_by_FOO()`, `get_previous_by_FOO()`, and the same for `order_with_respect_to`."""

from __future__ import annotations

from typing import Any

from hotclub._orm.q import Q


def neighbour_by_field(instance: Any, field: Any, is_next: bool, conditions: dict[str, Any]) -> Any:
    """Return the object next to an instance in the order of a date field; ties are ordered by key.

    Raises:
        ValueError: the instance is not saved.
        DoesNotExist: it is the last (or first).
    """
    if not instance._is_pk_set():
        raise ValueError("get_next/get_previous cannot be used on unsaved objects.")
    beyond = "gt" if is_next else "lt"
    value = getattr(instance, field.attname)
    after = Q((field.name, value), (f"pk__{beyond}", instance.pk))
    after |= Q((f"{field.name}__{beyond}", value))
    direction = "" if is_next else "-"
    rows = instance.__class__._default_manager.using(instance._state.db).filter(**conditions).filter(after)
    found = rows.order_by(f"{direction}{field.name}", f"{direction}pk")[:1]
    for each in found:
        return each
    raise instance.DoesNotExist(f"{instance.__class__._meta.object_name} matching query does not exist.")


def neighbour_in_order(instance: Any, is_next: bool) -> Any:
    """Return the object next to an instance among those with the same owner; remembered on the instance."""
    name = "__next_in_order_cache" if is_next else "__previous_in_order_cache"
    found = instance.__dict__.get(name)
    if found is None:
        meta = instance._meta
        owner = meta.order_with_respect_to
        beyond, direction = ("gt", "_order") if is_next else ("lt", "-_order")
        place = instance.__class__._default_manager.filter(pk=instance.pk).values("_order")
        rows = instance.__class__._default_manager.filter(**owner.get_filter_kwargs_for_object(instance))
        found = rows.filter(**{f"_order__{beyond}": place}).order_by(direction)[:1].get()
        instance.__dict__[name] = found
    return found
