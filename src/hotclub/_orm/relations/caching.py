"""Related objects remembered on an instance, in `_state.fields_cache`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub.utils.functional import cached_property

_ABSENT = object()


class FieldCacheMixin:
    """For fields and reverse sides that keep one value per instance under `cache_name`."""

    @cached_property
    def cache_name(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} must define cache_name.")

    def get_cached_value(self, instance: Any, default: Any = _ABSENT) -> Any:
        """Return the remembered value.

        Raises:
            KeyError: there is none, and no default was given.
        """
        try:
            return instance._state.fields_cache[self.cache_name]
        except KeyError:
            if default is _ABSENT:
                raise
            return default

    def is_cached(self, instance: Any) -> bool:
        return self.cache_name in instance._state.fields_cache

    def set_cached_value(self, instance: Any, value: Any) -> None:
        instance._state.fields_cache[self.cache_name] = value

    def delete_cached_value(self, instance: Any) -> None:
        del instance._state.fields_cache[self.cache_name]


def parents_at_hand(instance: Any) -> Iterator[Any]:
    """Yield the instances of parent models that were loaded with a child of multi-table inheritance, nearest first."""
    for link in instance._meta.parents.values():
        if link is not None and link.is_cached(instance):
            parent = link.get_cached_value(instance)
            if parent is not None and parent is not instance:
                yield parent
                yield from parents_at_hand(parent)
