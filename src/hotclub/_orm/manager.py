"""Managers: the doors from a model to its query sets.

A manager holds a model, a database and hints, and hands every query over to the query set class it was made from.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hotclub._orm.alters_data import AltersData
from hotclub._orm.queryset import QuerySet, _managers
from hotclub.db import router

if TYPE_CHECKING:
    from typing import Self


def _proxy(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.get_queryset(), name)(*args, **kwargs)

    return call


class BaseManager(AltersData):
    """What every manager does; the query methods come from a query set class by `from_queryset`.

    Source: docs topics/db/managers.
    """

    creation_counter = 0
    auto_created = False
    use_in_migrations = False
    _queryset_class: Any
    model: Any
    name: str | None
    _constructor_args: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        made = super().__new__(cls)
        made._constructor_args = (args, kwargs)
        return made

    def __init__(self) -> None:
        super().__init__()
        self._set_creation_counter()
        self.model = None
        self.name = None
        self._db: str | None = None
        self._hints: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def __class_getitem__(cls, *args: Any, **kwargs: Any) -> type[Self]:
        return cls

    def deconstruct(self) -> tuple[bool, str | None, str | None, tuple[Any, ...] | None, dict[str, Any] | None]:
        """Return what a migration writes down to rebuild the manager.

        Returns:
            (made by as_manager(), path of the manager class, path of the query set class, args, kwargs).

        Raises:
            ValueError: the class cannot be found under its name.
        """
        queryset_class = self._queryset_class
        if getattr(self, "_built_with_asmanager", False):
            return True, None, f"{queryset_class.__module__}.{queryset_class.__name__}", None, None
        module_name, name = type(self).__module__, type(self).__name__
        if not hasattr(import_module(module_name), name):
            raise ValueError(
                f"Could not find manager {name} in {module_name}.\n"
                "Please note that you need to inherit from managers you "
                "dynamically generated with 'from_queryset()'."
            )
        args, kwargs = self._constructor_args
        return False, f"{module_name}.{name}", None, args, kwargs

    def check(self, **kwargs: Any) -> list[Any]:
        """Return the messages of the system checks of this manager: none by default."""
        return []

    @classmethod
    def _get_queryset_methods(cls, queryset_class: type) -> dict[str, Any]:
        found = {}
        for name, method in inspect.getmembers(queryset_class, predicate=inspect.isfunction):
            if hasattr(cls, name):
                continue  # the manager's own wins
            hidden = getattr(method, "queryset_only", None)
            if hidden or (hidden is None and name.startswith("_")):
                continue
            found[name] = _proxy(name, method)
        return found

    @classmethod
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> type[Any]:
        """Return a manager class that has the query set's public methods.

        Args:
            queryset_class: the `QuerySet` subclass to take the methods from.
            class_name: name of the new class; by default made from both names.

        Source: docs topics/db/managers, "from_queryset()".
        """
        name = class_name or f"{cls.__name__}From{queryset_class.__name__}"
        return type(
            name,
            (cls,),
            {
                "_queryset_class": queryset_class,
                "__module__": BaseManager.__module__,
                **cls._get_queryset_methods(queryset_class),
            },
        )

    def contribute_to_class(self, cls: Any, name: str) -> None:
        """Become an attribute of a model class."""
        self.name = self.name or name
        self.model = cls
        setattr(cls, name, ManagerDescriptor(self))
        cls._meta.add_manager(self)

    def _set_creation_counter(self) -> None:
        self.creation_counter = BaseManager.creation_counter
        BaseManager.creation_counter += 1

    def db_manager(self, using: str | None = None, hints: dict[str, Any] | None = None) -> Self:
        """Return a copy of this manager that works on another database.

        Source: docs topics/db/multi-db, "Using get_queryset() with multiple databases".
        """
        made = copy.copy(self)
        made._db = using or self._db
        made._hints = hints or self._hints
        return made

    @property
    def db(self) -> str:
        """The alias of the database that reads would use."""
        return self._db or router.db_for_read(self.model, **self._hints)

    def get_queryset(self) -> Any:
        """Return a new query set; the documented place to override what a manager gives.

        Source: docs topics/db/managers, "Modifying a manager's initial QuerySet".
        """
        return self._queryset_class(model=self.model, using=self._db, hints=self._hints)

    def all(self) -> Any:
        """Return the query set itself; not a copy of it, because `get_queryset()` gave a new one."""
        return self.get_queryset()

    def __eq__(self, other: object) -> bool:
        # What a migration compares: how the manager was made, not where it was put.
        return isinstance(other, type(self)) and self._constructor_args == other._constructor_args

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return id(self)


class Manager(BaseManager.from_queryset(QuerySet)):  # type: ignore[misc]  # made from the documented query set class
    """The default manager of a model.

    Source: docs topics/db/managers.
    """


_managers["make"] = Manager.from_queryset


class ManagerDescriptor:
    """Gives the manager on the class and refuses it on an instance."""

    def __init__(self, manager: BaseManager) -> None:
        self.manager = manager

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is not None:
            raise AttributeError(f"Manager isn't accessible via {cls.__name__} instances")
        meta = cls._meta
        if meta.abstract:
            raise AttributeError(f"Manager isn't available; {meta.object_name} is abstract")
        if meta.swapped:
            raise AttributeError(f"Manager isn't available; '{meta.label}' has been swapped for '{meta.swapped}'")
        return meta.managers_map[self.manager.name]


class EmptyManager(Manager):
    """A manager that never finds anything."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def get_queryset(self) -> Any:
        return super().get_queryset().none()


for _public in (BaseManager, Manager, EmptyManager, ManagerDescriptor):
    _public.__module__ = "hotclub.db.models.manager"
