"""What an instance knows about its origin, and the descriptor of plain model attributes.

Holds `ModelState`, `DEFERRED` and `DeferredAttribute`. Must not know queries: a missing value is fetched by the
instance's fetch mode.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from hotclub._orm.fetch_modes import FETCH_ONE, FetchMode


class Deferred:
    """The type of `DEFERRED`: stands for a value that was not loaded."""

    def __repr__(self) -> str:
        return "<Deferred field>"

    def __str__(self) -> str:
        return "<Deferred field>"


DEFERRED = Deferred()


class FieldsCacheDescriptor:
    """Gives each state its own dictionary of related objects, made at the first look."""

    def __get__(self, state: ModelState | None, owner: type[ModelState] | None = None) -> Any:
        if state is None:
            return self
        cache: dict[str, Any] = {}
        state.fields_cache = cache  # a plain store: the state needs no dictionary of its own
        return cache


class ModelState:
    """Where an instance came from and what is cached on it.

    Attributes:
        db: alias of the database the instance was loaded from or saved to; None if neither.
        adding: whether the next save is expected to insert.
        fields_cache: related objects by the cache name of their field.
        fetch_mode: how missing values are fetched.
        peers: weak references to the instances of the same query, for `FETCH_PEERS`.
    """

    db: str | None = None
    adding: bool = True
    fields_cache: Any = FieldsCacheDescriptor()
    fetch_mode: FetchMode = FETCH_ONE
    peers: tuple[weakref.ReferenceType[Any], ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        # Weak references cannot be pickled, and a copy belongs to no query.
        state = self.__dict__.copy()
        state.pop("peers", None)
        return state


class DeferredAttribute:
    """Non-data descriptor of a model attribute: reached only while the value is missing on the instance."""

    def __init__(self, field: Any) -> None:
        self.field = field

    def __get__(self, instance: Any, cls: type[Any] | None = None) -> Any:
        if instance is None:
            return self
        data = instance.__dict__
        name = self.field.attname
        if name not in data:
            inherited = self._value_of_parent_link(instance)
            if inherited is not None:
                data[name] = inherited
            elif not instance._is_pk_set():
                raise AttributeError(f"Cannot retrieve deferred field {name!r} from an unsaved model.")
            else:
                instance._state.fetch_mode.fetch(self, instance)
                if name not in data:
                    raise instance.DoesNotExist(f"{instance._meta.object_name} matching query does not exist.")
        return data[name]

    def fetch_one(self, instance: Any) -> None:
        """Load the value for this instance only."""
        instance.refresh_from_db(fields=[self.field.attname])

    def fetch_many(self, instances: Iterable[Any]) -> None:
        """Load the value for all instances that lack it with one query; rows that are gone are left alone."""
        name = self.field.attname
        wanted = [each for each in instances if name not in each.__dict__ and each._is_pk_set()]
        if not wanted:
            return
        queryset = type(wanted[0])._base_manager.using(wanted[0]._state.db)
        found = dict(queryset.filter(pk__in={each.pk for each in wanted}).values_list("pk", name))
        for each in wanted:
            if each.pk in found:
                each.__dict__[name] = found[each.pk]

    def _value_of_parent_link(self, instance: Any) -> Any:
        """Return the child's own key if the field is a primary key that a parent link repeats."""
        field = self.field
        link = instance._meta.get_ancestor_link(field.model)
        if field.primary_key and link is not None and field is not link:
            return getattr(instance, link.attname)
        return None
