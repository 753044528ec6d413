"""Related managers, as far as they are one concept: the objects on the "many" side of a relation.

What the two kinds add: `reverse_managers` (a foreign key's other end), `many_managers` (both ends of a relation many to
many). Each write is a flow; the public pair of methods is one line a half. The classes are built once per relation over
the target's default manager class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from inspect import Parameter, Signature
from typing import Any, TypeVar

from hotclub._orm.manager import BaseManager, Manager
from hotclub._orm.relations.caching import parents_at_hand
from hotclub.db import router

USUAL_MODULE = "hotclub.db.models.fields.related_descriptors"
"""The module that the classes built per relation say they are of."""

_NOTHING: dict[str, Any] = {}


class RelatedManager:
    """What the managers of both kinds share; the documented surface of related objects.

    Source: docs ref/models/relations.
    """

    # Set by the factories, on the class.
    rel: Any
    reverse: bool

    model: Any
    instance: Any
    core_filters: dict[str, Any]
    name: str
    _db: Any

    do_not_call_in_templates = True

    # Nobody makes a manager but the descriptors: what is called, and what tools should show, is a manager.
    __signature__ = Signature([Parameter("manager", Parameter.KEYWORD_ONLY, annotation=str)])

    def __call__(self, *, manager: str) -> Any:
        """Return the same related objects under another manager of the target."""
        other = getattr(self.model, manager)
        return type(self)._rebuild(other.__class__)(self.instance)

    @classmethod
    def _rebuild(cls, superclass: type[Any]) -> Any:
        raise NotImplementedError

    def _apply_rel_filters(self, queryset: Any) -> Any:
        raise NotImplementedError

    shares_sets = False
    """Whether the query sets of two instances differ in no more than their condition and what `_own_state` gives."""

    def prefetched_sets(self, source: Any) -> Callable[[Any, list[Any]], Any]:
        """Return what makes the query set that holds the prefetched objects of an instance of the same class.

        Args:
            source: the query set of a `Prefetch` object; None for the manager's own.

        Their conditions are put together when somebody refines such a set: most are only read.
        """
        cls: Any = type(self)

        def made_whole(instance: Any) -> Any:
            manager = cls(instance)
            return manager._apply_rel_filters(
                source._without_limits() if source is not None else manager._plain_queryset()
            )

        def filled(instance: Any, found: list[Any]) -> Any:
            made = made_whole(instance)
            made._result_cache = found
            made._prefetch_done = True
            return made

        if not self.shares_sets or (source is None and self._superclass.get_queryset is not BaseManager.get_queryset):
            return filled
        first = made_whole(self.instance)
        if not first.copies_plainly:
            return filled
        own_state = self._own_state
        return lambda instance, found: first.twin(found, partial(made_whole, instance), own_state(instance))

    def _own_state(self, instance: Any) -> dict[str, Any]:
        """Return the attributes in which the query set of an instance differs from those of others."""
        return {"_hints": {"instance": instance}, "_fetch_mode": instance._state.fetch_mode}

    @property
    def _cache_key(self) -> str:
        raise NotImplementedError

    def get_prefetch_cache(self) -> Any:
        """Return the queryset that `prefetch_related()` left here, or None."""
        name = self._cache_key
        found = getattr(self.instance, "_prefetched_objects_cache", _NOTHING).get(name)
        if found is None and self.instance._meta.parents:
            for holder in self._holders():
                found = getattr(holder, "_prefetched_objects_cache", _NOTHING).get(name)
                if found is not None:
                    return found
        return found

    def _remove_prefetched_objects(self) -> None:
        for holder in self._holders():
            getattr(holder, "_prefetched_objects_cache", {}).pop(self._cache_key, None)

    def _holders(self) -> Iterator[Any]:
        """The instance, and those of its parent models that have the same relation."""
        yield self.instance
        own = getattr(type(self.instance), self._cache_key, None)
        for parent in parents_at_hand(self.instance):
            if getattr(type(parent), self._cache_key, None) is own:
                yield parent

    def _plain_queryset(self) -> Any:
        """All objects of the target as the manager gives them, not only the related ones."""
        return super().get_queryset()  # type: ignore[misc]  # the manager class stands behind in the MRO

    def get_queryset(self) -> Any:
        cached = self.get_prefetch_cache()
        if cached is not None:
            return cached
        return self._apply_rel_filters(self._plain_queryset())

    def _for_write(self) -> str:
        alias: str = router.db_for_write(self.rel_model_for_write, instance=self.instance)
        return alias

    @property
    def rel_model_for_write(self) -> Any:
        return self.model

    def _unrelated(self, alias: str) -> Any:
        """The target's objects on the database to write to."""
        return self._plain_queryset().using(alias)

    # -- creation: the same words on both kinds ----------------------------------------------------------------

    _superclass: Any

    def _own_method(self, name: str, alias: str) -> Any:
        """Return the target manager's method where it is the user's own; None for the stock one."""
        if getattr(self._superclass, name) is getattr(Manager, name):
            return None
        # Past the related manager, as `super()` would: the user's method sees a manager of the related objects.
        return partial(getattr(self._superclass, name), self.db_manager(alias))  # type: ignore[attr-defined]

    async def _create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        raise NotImplementedError

    async def _get_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        raise NotImplementedError

    async def _update_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        raise NotImplementedError


RelatedManager.__module__ = "hotclub.db.models.fields.related"

Kind = TypeVar("Kind", bound=type[RelatedManager])


def changes_data(kind: Kind) -> Kind:
    """Mark the writing methods that a class has of its own: templates must not change data by looking at it."""
    for verb in ("add", "create", "get_or_create", "update_or_create", "remove", "clear", "set"):
        for name in (verb, f"a{verb}"):
            if name in vars(kind):
                vars(kind)[name].alters_data = True
    return kind


async def listed(objs: Iterable[Any]) -> list[Any]:
    """Read an iterable; a queryset by its flow, so that async code may pass one."""
    fetch = getattr(objs, "fetch_flow", None)
    if fetch is not None and getattr(objs, "_result_cache", None) is None:
        return list(await fetch())
    return list(objs)
