"""Loading the values of an instance again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

LOOKUP_SEPARATOR = "__"


def _split_prefetched(instance: Any, fields: Iterable[str]) -> list[str]:
    """Forget prefetched results that are named, and return the names of real fields.

    Raises:
        ValueError: a name reaches over a relation.
    """
    wanted = list(fields)
    cache: dict[str, Any] = getattr(instance, "_prefetched_objects_cache", {})
    for name in list(wanted):
        if name in cache:
            del cache[name]
            wanted.remove(name)
    if any(LOOKUP_SEPARATOR in name for name in wanted):
        raise ValueError(
            f'Found "{LOOKUP_SEPARATOR}" in fields argument. Relations and transforms are not allowed in fields.'
        )
    return wanted


async def refresh_instance(instance: Any, using: str | None, fields: Iterable[str] | None, queryset: Any) -> None:
    """Load values from the database into the instance; see `Model.refresh_from_db`."""
    meta = instance._meta
    names: list[str] | None = None
    if fields is None:
        instance._prefetched_objects_cache = {}
    else:
        given = list(fields)
        names = _split_prefetched(instance, given)
        if not names:
            return
    rows = (
        queryset
        if queryset is not None
        else instance.__class__._base_manager.db_manager(using, hints={"instance": instance}).fetch_mode(
            instance._state.fetch_mode
        )
    )
    if queryset is not None and using is not None:
        rows = rows.using(using)
    rows = rows.filter(pk=instance.pk)
    deferred = instance.get_deferred_fields()
    if names is not None:
        rows = rows.only(*names)
    elif deferred:
        names = [field.attname for field in meta.concrete_fields if field.attname not in deferred]
        rows = rows.only(*names)
    fresh = await rows.get_flow()
    _copy_values(instance, fresh, None if fields is None else names)
    instance._state.db = fresh._state.db


def _copy_values(instance: Any, fresh: Any, names: list[str] | None) -> None:
    """Copy what was loaded, and forget related objects that no longer fit."""
    meta = instance._meta
    missing = fresh.get_deferred_fields()
    wanted = None if names is None else set(names)
    for field in meta.concrete_fields:
        if field.attname in missing:
            continue
        setattr(instance, field.attname, getattr(fresh, field.attname))
        if field.is_relation:
            _take_related(instance, fresh, field)
    for field in meta.fields:
        # Relations over several columns: stale as soon as one of them was loaded.
        if (
            field.is_relation
            and not field.concrete
            and any(own.attname not in missing for own in field.local_related_fields)
        ):
            _take_related(instance, fresh, field)
    for field in meta.related_objects:
        # Reverse one-to-one objects may be others now.
        if wanted is None or field.name in wanted:
            _take_related(instance, fresh, field)
    for field in meta.private_fields:
        if (wanted is None or field.name in wanted) and field.is_relation:
            _take_related(instance, fresh, field)


def _take_related(instance: Any, fresh: Any, field: Any) -> None:
    """Take the related object over that came with the query; else forget the one that is known."""
    if field.is_cached(fresh):
        field.set_cached_value(instance, field.get_cached_value(fresh))
    elif field.is_cached(instance):
        field.delete_cached_value(instance)
