"""Lookups and transforms by name: the registration mixin of fields and expressions.

It knows names and classes only; what a lookup does is the business of `hotclub._orm.lookups`. Each change of any table
raises `registry_version.number`, by which the plan cache sees that what a name means may have changed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any


class _Version:
    """A counter that grows whenever something changes that resolved names depend on."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0

    def bump(self) -> None:
        self.number += 1


registry_version = _Version()
"""Raised when models, fields or lookups are registered; caches of resolved names compare it."""


class _ClassOrInstanceMethod:
    """Binds one function to the class, another to an instance, under one name."""

    def __init__(self, on_class: Callable[..., Any], on_instance: Callable[..., Any]) -> None:
        self.on_class = on_class
        self.on_instance = on_instance

    def __get__(self, instance: Any, owner: type) -> Callable[..., Any]:
        if instance is None:
            return self.on_class.__get__(owner)  # type: ignore[no-any-return]
        return self.on_instance.__get__(instance, owner)  # type: ignore[no-any-return]


def subclasses_of(cls: type) -> Iterator[type]:
    """Give a class and all classes below it, each once."""
    seen: set[type] = set()
    waiting = [cls]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        yield current
        waiting.extend(current.__subclasses__())


def _is_transform(found: Any) -> bool:
    return inspect.isclass(found) and bool(getattr(found, "is_transform", False))


def _is_lookup(found: Any) -> bool:
    return not inspect.isclass(found) or bool(getattr(found, "is_lookup", False))


class RegisterLookupMixin:
    """The lookup registration interface: gives a class, or one instance, named lookups and transforms.

    Source: docs ref/models/lookups, "The lookup registration API".
    """

    class_lookups: dict[str, Any]
    instance_lookups: dict[str, Any]

    @classmethod
    def get_class_lookups(cls) -> dict[str, Any]:
        """Return the lookups of the class by name, those of nearer classes first."""
        cached: dict[str, Any] | None = cls.__dict__.get("_class_lookups_cache")
        if cached is None:
            cached = {}
            for parent in reversed(cls._lookup_classes()):
                cached.update(parent.__dict__.get("class_lookups", {}))
            cls._class_lookups_cache = cached  # type: ignore[attr-defined]  # kept in the class' own namespace
        return cached

    @classmethod
    def _lookup_classes(cls) -> Sequence[type]:
        """The classes whose lookups count, the nearest first."""
        return cls.__mro__

    def _get_instance_lookups(self) -> dict[str, Any]:
        own = self.__dict__.get("instance_lookups")
        table = type(self).get_class_lookups()
        return {**table, **own} if own else table

    get_lookups = _ClassOrInstanceMethod(
        lambda cls: cls.get_class_lookups(),
        lambda self: self._get_instance_lookups(),
    )

    def _find_lookup(self, name: str) -> Any:
        return self.get_lookups().get(name)

    def get_lookup(self, lookup_name: str) -> Any:
        """Return the `Lookup` class registered under a name, or None.

        Args:
            lookup_name: the name as written in a query, such as `"icontains"`.

        Source: docs ref/models/lookups, "get_lookup".
        """
        found = self._find_lookup(lookup_name)
        if found is None and hasattr(self, "output_field"):
            return self.output_field.get_lookup(lookup_name)
        if found is not None and not _is_lookup(found):
            return None
        return found

    def get_transform(self, lookup_name: str) -> Any:
        """Return the `Transform` class registered under a name, or None.

        Args:
            lookup_name: the name as written in a query, such as `"year"`.

        Source: docs ref/models/lookups, "get_transform".
        """
        found = self._find_lookup(lookup_name)
        if found is None and hasattr(self, "output_field"):
            return self.output_field.get_transform(lookup_name)
        if found is not None and not _is_transform(found):
            return None
        return found

    @classmethod
    def _clear_cached_class_lookups(cls) -> None:
        for subclass in subclasses_of(cls):
            if "_class_lookups_cache" in subclass.__dict__:
                del subclass._class_lookups_cache  # type: ignore[attr-defined]
        registry_version.bump()

    def _register_on_class(cls, lookup: Any, lookup_name: str | None = None) -> Any:  # bound to the class
        name = lookup.lookup_name if lookup_name is None else lookup_name
        if "class_lookups" not in cls.__dict__:
            cls.class_lookups = {}
        cls.class_lookups[name] = lookup
        cls._clear_cached_class_lookups()
        return lookup

    def _register_on_instance(self, lookup: Any, lookup_name: str | None = None) -> Any:
        name = lookup.lookup_name if lookup_name is None else lookup_name
        if "instance_lookups" not in self.__dict__:
            self.instance_lookups = {}
        self.instance_lookups[name] = lookup
        registry_version.bump()
        return lookup

    register_lookup = _ClassOrInstanceMethod(_register_on_class, _register_on_instance)

    def _unregister_on_class(cls, lookup: Any, lookup_name: str | None = None) -> None:
        name = lookup.lookup_name if lookup_name is None else lookup_name
        del cls.class_lookups[name]
        cls._clear_cached_class_lookups()

    def _unregister_on_instance(self, lookup: Any, lookup_name: str | None = None) -> None:
        name = lookup.lookup_name if lookup_name is None else lookup_name
        del self.instance_lookups[name]
        registry_version.bump()

    _unregister_lookup = _ClassOrInstanceMethod(_unregister_on_class, _unregister_on_instance)
