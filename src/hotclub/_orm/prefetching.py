"""Prefetching: related objects of many instances with one query a relation.

Lookups are gone through level by level; each level's instances and their relation's descriptor give a query set, whose
results are handed out by key. The descriptors say how (`get_prefetch_querysets`); this module only walks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._orm.fetch_modes import FETCH_ONE
from hotclub.core import exceptions
from hotclub.db.ports import ASYNC, SYNC

SEPARATOR = "__"


class Prefetch:
    """One lookup of `prefetch_related()`, with a query set of one's own or another place to put the results.

    Args:
        lookup: path of relations.
        queryset: what to load instead of all related objects.
        to_attr: name of a list attribute for the results.

    Source: docs ref/models/querysets, "Prefetch() objects".
    """

    def __init__(self, lookup: str, queryset: Any = None, to_attr: str | None = None) -> None:
        self.prefetch_through = lookup
        self.prefetch_to = lookup
        kind = getattr(getattr(queryset, "_iterable_class", None), "kind", "model")
        if queryset is not None and (type(queryset).__name__ == "RawQuerySet" or kind != "model"):
            raise ValueError("Prefetch querysets cannot use raw(), values(), and values_list().")
        if to_attr:
            self.prefetch_to = SEPARATOR.join([*lookup.split(SEPARATOR)[:-1], to_attr])
        self.queryset = queryset
        self.to_attr = to_attr

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self.queryset is not None:
            queryset = self.queryset._chain()
            queryset._result_cache = []  # pickling must not evaluate it
            queryset._prefetch_done = True
            state["queryset"] = queryset
        return state

    def add_prefix(self, prefix: str) -> None:
        self.prefetch_to = prefix + SEPARATOR + self.prefetch_to
        self.prefetch_through = prefix + SEPARATOR + self.prefetch_through

    def get_current_prefetch_to(self, level: int) -> str:
        return SEPARATOR.join(self.prefetch_to.split(SEPARATOR)[: level + 1])

    def get_current_to_attr(self, level: int) -> tuple[str, bool]:
        parts = self.prefetch_to.split(SEPARATOR)
        return parts[level], bool(self.to_attr and level == len(parts) - 1)

    def get_current_querysets(self, level: int) -> list[Any] | None:
        if self.queryset is not None and self.get_current_prefetch_to(level) == self.prefetch_to:
            return [self.queryset]
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Prefetch):
            return NotImplemented
        return self.__class__ == other.__class__ and self.prefetch_to == other.prefetch_to

    def __hash__(self) -> int:
        return hash((self.__class__, self.prefetch_to))


def _normalized(lookups: Iterable[Any], prefix: str | None = None) -> list[Prefetch]:
    found = []
    for lookup in lookups:
        made = lookup if isinstance(lookup, Prefetch) else Prefetch(lookup)
        if prefix:
            if isinstance(lookup, Prefetch):
                copied = Prefetch.__new__(Prefetch)
                copied.__dict__.update(lookup.__dict__)
                made = copied
            made.add_prefix(prefix)
        found.append(made)
    return found


async def prefetch_flow(instances: Sequence[Any], lookups: Iterable[Any]) -> None:
    """Load what the lookups name, for all instances.

    Raises:
        AttributeError: a name is no attribute of the objects it is looked up on.
        ValueError: a lookup was given twice with different query sets, or is no relation.
    """
    if not instances:
        return
    done: dict[str, list[Any]] = {}
    added_by_descriptors: set[Prefetch] = set()
    waiting = _normalized(lookups)[::-1]
    followed: set[Any] = set()
    while waiting:
        lookup = waiting.pop()
        if lookup.prefetch_to in done:
            if lookup.queryset is not None:
                raise ValueError(
                    f"'{lookup.prefetch_to}' lookup was already seen with a different queryset. You may need to adjust "
                    "the ordering of your lookups."
                )
            continue
        await _follow(lookup, list(instances), done, waiting, added_by_descriptors, followed)


async def _follow(
    lookup: Prefetch,
    objects: list[Any],
    done: dict[str, list[Any]],
    waiting: list[Prefetch],
    automatic: set[Prefetch],
    followed: set[Any],
) -> None:
    names = lookup.prefetch_through.split(SEPARATOR)
    for level, name in enumerate(names):
        if not objects:
            return
        path = lookup.get_current_prefetch_to(level)
        if path in done:
            objects = done[path]
            continue
        if not _remember_places(objects):
            return
        first = objects[0]
        to_attr, as_attr = lookup.get_current_to_attr(level)
        prefetcher, descriptor, found_attribute, is_fetched = find_prefetcher(first, name, to_attr)
        if not found_attribute:
            raise AttributeError(
                f"Cannot find '{name}' on {first.__class__.__name__} object, '{lookup.prefetch_through}' is an invalid "
                "parameter to prefetch_related()"
            )
        if level == len(names) - 1 and prefetcher is None:
            raise ValueError(
                f"'{lookup.prefetch_through}' does not resolve to an item that supports prefetching - this is an "
                "invalid parameter to prefetch_related()."
            )
        missing = [each for each in objects if not is_fetched(each)] if prefetcher is not None else []
        if missing:
            related, more = await _load_level(missing, prefetcher, lookup, level)
            if not (path in done and lookup in automatic and descriptor in followed):
                done[path] = related
                new = _normalized(reversed(more), path)
                automatic.update(new)
                waiting.extend(new)
            followed.add(descriptor)
            objects = related
        else:
            objects = _collected(objects, name, to_attr, as_attr)


def _remember_places(objects: Sequence[Any]) -> bool:
    """Give each object a place for prefetched relations; False if they are no model instances."""
    for each in objects:
        if not hasattr(each, "_prefetched_objects_cache"):
            try:
                each._prefetched_objects_cache = {}
            except (AttributeError, TypeError):
                return False
    return True


def _collected(objects: Sequence[Any], name: str, to_attr: str, as_attr: bool) -> list[Any]:
    """Follow a relation that is loaded already, or a plain attribute."""
    found: list[Any] = []
    for each in objects:
        if name in getattr(each, "_prefetched_objects_cache", ()):
            new: Any = list(each._prefetched_objects_cache[name])
        else:
            try:
                new = getattr(each, to_attr if as_attr else name)
            except exceptions.ObjectDoesNotExist:
                continue
        if new is None:
            continue
        if isinstance(new, list):
            found.extend(new)
        else:
            found.append(new)
    return found


def _is_plainly_cached(instance: Any, name: str) -> bool:
    return name in instance.__dict__


def find_prefetcher(instance: Any, name: str, to_attr: str) -> tuple[Any, Any, bool, Any]:
    """Find what can prefetch an attribute.

    Returns:
        The prefetcher or None, the descriptor, whether there is such an attribute, and whether an instance has it.
    """
    cls = instance.__class__
    descriptor = getattr(cls, name, None)
    if descriptor is None:
        found = hasattr(instance, name)
        return None, None, found, lambda _each: False
    if hasattr(descriptor, "get_prefetch_querysets") or hasattr(descriptor, "get_prefetch_queryset"):
        if to_attr != name:
            return descriptor, descriptor, True, _attribute_test(cls, to_attr)
        return descriptor, descriptor, True, descriptor.is_cached
    manager = getattr(instance, name)
    if not hasattr(manager, "get_prefetch_querysets"):
        return None, descriptor, True, lambda _each: False
    if to_attr != name:
        return manager, descriptor, True, _attribute_test(cls, to_attr)
    cache_name = getattr(manager, "prefetch_cache_name", name) or name

    def in_cache(each: Any) -> bool:
        return cache_name in each._prefetched_objects_cache

    return manager, descriptor, True, in_cache


def _attribute_test(cls: type, to_attr: str) -> Any:
    if isinstance(getattr(cls, to_attr, None), property) or hasattr(getattr(cls, to_attr, None), "func"):

        def cached(each: Any) -> bool:
            return to_attr in each.__dict__

        return cached
    return lambda each: hasattr(each, to_attr)


async def _load_level(
    instances: list[Any], prefetcher: Any, lookup: Prefetch, level: int
) -> tuple[list[Any], list[Any]]:
    """Load one relation of some instances and hand the results out.

    Returns:
        All related objects, and the lookups their query set asks for in turn.
    """
    given = lookup.get_current_querysets(level)
    queryset, object_key, instance_key, single, cache_name, is_descriptor = prefetcher.get_prefetch_querysets(
        instances, given
    )
    more = list(getattr(queryset, "_prefetch_related_lookups", ()))
    if more:
        queryset._prefetch_related_lookups = ()
    if given is None and instances and hasattr(queryset, "_fetch_mode"):
        mode = instances[0]._state.fetch_mode
        if mode is not FETCH_ONE:
            queryset._fetch_mode = mode
    if hasattr(queryset, "fetch_flow"):
        related = list(await queryset.fetch_flow())
    else:
        related = list(await CallUser(list, (queryset,)))
    by_key: dict[Any, list[Any]] = {}
    for each in related:
        by_key.setdefault(object_key(each), []).append(each)
    to_attr, as_attr = lookup.get_current_to_attr(level)
    if as_attr and instances:
        _refuse_field(instances[0].__class__, to_attr)
    if not single and not as_attr:
        source = lookup.queryset if level == len(lookup.prefetch_through.split(SEPARATOR)) - 1 else None
        makers = {cls: _set_maker(each, to_attr, source) for cls, each in {type(x): x for x in instances}.items()}
        for instance in instances:
            found = by_key.get(instance_key(instance), [])
            instance._prefetched_objects_cache[cache_name] = makers[type(instance)](instance, found)
        return related, more
    for instance in instances:
        values: Any = by_key.get(instance_key(instance), [])
        if single:
            values = values[0] if values else None
        if as_attr or (single and is_descriptor):
            setattr(instance, to_attr if as_attr else cache_name, values)
        elif values is None and hasattr(prefetcher, "field"):
            prefetcher.field.set_cached_value(instance, None)
        else:
            instance._state.fields_cache[cache_name] = values
    return related, more


def _set_maker(instance: Any, attribute: str, source: Any) -> Any:
    """Return what makes the query set that holds the results, for instances of one class."""
    manager = getattr(instance, attribute)
    if hasattr(manager, "prefetched_sets"):
        return manager.prefetched_sets(source)

    def filled(instance: Any, found: list[Any]) -> Any:
        manager = getattr(instance, attribute)
        if source is not None:
            made = manager._apply_rel_filters(source._without_limits())
        else:
            made = manager.get_queryset()
        made._result_cache = found
        made._prefetch_done = True
        return made

    return filled


def _refuse_field(model: Any, to_attr: str) -> None:
    try:
        model._meta.get_field(to_attr)
    except exceptions.FieldDoesNotExist:
        return
    raise ValueError(f"to_attr={to_attr} conflicts with a field on the {model.__name__} model.")


def prefetch_related_objects(model_instances: Any, *related_lookups: Any) -> None:
    """Load related objects of instances at hand.

    Args:
        model_instances: instances of one model.
        *related_lookups: names or `Prefetch` objects.

    Source: docs ref/models/querysets, "prefetch_related_objects()".
    """
    drive(prefetch_flow(model_instances, related_lookups), SYNC)


async def aprefetch_related_objects(model_instances: Any, *related_lookups: Any) -> None:
    """Async half of `prefetch_related_objects()`."""
    await adrive(prefetch_flow(model_instances, related_lookups), ASYNC)


Prefetch.__module__ = "hotclub.db.models.query"
prefetch_related_objects.__module__ = "hotclub.db.models.query"
aprefetch_related_objects.__module__ = "hotclub.db.models.query"
