"""The record of one model: what stands in its class, without the class.

A record refers to other models by name, and can be made into a class in any registry.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hotclub.db import models
from hotclub.db.migrations.exceptions import InvalidBasesError
from hotclub.db.migrations.references import ModelKey, model_key, targets_of
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string

if TYPE_CHECKING:
    from typing import Self

KEPT_APART = frozenset({"apps", "app_label"})
"""Options that belong to a class, not to the record of it."""


class ModelState:
    """The record of one model.

    Args:
        app_label: its app.
        name: its class name.
        fields: pairs of name and field, or a dict; the fields are bound to no class and refer to models by name.
        options: what stands in `Meta`.
        bases: classes, or `"app.model"` for models.
        managers: pairs of name and manager.
    """

    def __init__(
        self,
        app_label: str,
        name: str,
        fields: Any,
        options: dict[str, Any] | None = None,
        bases: tuple[Any, ...] | None = None,
        managers: list[tuple[str, Any]] | None = None,
    ) -> None:
        self.app_label = app_label
        self.name = name
        self.fields: dict[str, Any] = dict(fields)
        self.options: dict[str, Any] = options or {}
        self.options.setdefault("indexes", [])
        self.options.setdefault("constraints", [])
        self.bases: tuple[Any, ...] = bases or (models.Model,)
        self.managers: list[tuple[str, Any]] = managers or []
        self._check_fields()
        for index in self.options["indexes"]:
            if not index.name:
                raise ValueError(f"Indexes passed to ModelState require a name attribute. {index!r} doesn't have one.")

    def _check_fields(self) -> None:
        for name, field in self.fields.items():
            if hasattr(field, "model"):
                raise ValueError(f'ModelState.fields cannot be bound to a model - "{name}" is.')
            if field.is_relation and hasattr(field.related_model, "_meta"):
                raise ValueError(
                    f'Model fields in "ModelState.fields" cannot refer to a model class - '
                    f'"{self.app_label}.{self.name}.{name}.to" does. Use a string reference instead.'
                )
            if field.many_to_many and hasattr(field.remote_field.through, "_meta"):
                raise ValueError(
                    f'Model fields in "ModelState.fields" cannot refer to a model class - '
                    f'"{self.app_label}.{self.name}.{name}.through" does. Use a string reference instead.'
                )

    @cached_property
    def name_lower(self) -> str:
        """The class name in lower case, as in keys."""
        return self.name.lower()

    @property
    def key(self) -> ModelKey:
        """App label and lower-case name."""
        return self.app_label, self.name_lower

    def get_field(self, field_name: str) -> Any:
        """Give a field; `_order` stands for the field of `order_with_respect_to`."""
        if field_name == "_order" and "_order" not in self.fields:
            field_name = self.options.get("order_with_respect_to", field_name)
        return self.fields[field_name]

    def get_index_by_name(self, name: str) -> Any:
        """Give an index of the options."""
        for index in self.options["indexes"]:
            if index.name == name:
                return index
        raise ValueError(f"No index named {name} on model {self.name}")

    def get_constraint_by_name(self, name: str) -> Any:
        """Give a constraint of the options."""
        for constraint in self.options["constraints"]:
            if constraint.name == name:
                return constraint
        raise ValueError(f"No constraint named {name} on model {self.name}")

    def clone(self) -> ModelState:
        """Make a copy whose containers may be changed; fields are shared, they are never changed in place."""
        copy: ModelState = object.__new__(type(self))
        copy.app_label = self.app_label
        copy.name = self.name
        copy.fields = dict(self.fields)
        copy.options = dict(self.options)
        copy.bases = self.bases
        copy.managers = list(self.managers)
        return copy

    def targets(self) -> Iterator[ModelKey]:
        """Give the keys of the models that this one needs: bases, relations, tables between."""
        for base in self.bases:
            if isinstance(base, str):
                yield model_key(base, self.app_label)
        for field in self.fields.values():
            yield from targets_of(field, self.app_label, self.name_lower)

    # -- to and from classes --

    @classmethod
    def from_model(cls, model: Any, exclude_rels: bool = False) -> Self:
        """Make the record of a class.

        Args:
            model: the class.
            exclude_rels: leave relations out, for models whose related ones are not in the project state.
        """
        options = model._meta
        fields = [
            (field.name, _cloned(field, options))
            for field in options.local_fields
            if not (getattr(field, "remote_field", None) and exclude_rels) and not isinstance(field, models.OrderWrt)
        ]
        if not exclude_rels:
            fields += [(field.name, _cloned(field, options)) for field in options.local_many_to_many]
        names = {name for name, _ in fields}
        return cls(
            options.app_label,
            options.object_name,
            fields,
            _recorded_options(model, names if exclude_rels else None),
            _recorded_bases(model),
            _recorded_managers(model),
        )

    def construct_managers(self) -> Iterator[tuple[str, Any]]:
        """Make the managers anew, from how they were made."""
        for name, manager in sorted(self.managers, key=lambda pair: pair[1].creation_counter):
            as_manager, manager_path, queryset_path, args, kwargs = manager.deconstruct()
            if as_manager:
                yield name, import_string(queryset_path).as_manager()
            else:
                yield name, import_string(manager_path)(*args, **kwargs)

    def render(self, apps: Any) -> Any:
        """Make the class, in a registry that holds its bases."""
        options = {"app_label": self.app_label, "apps": apps, **self.options}
        # Only migrations of old projects have it; models do not take it any more.
        index_together = options.pop("index_together", None)
        meta = type("Meta", (), options)
        try:
            bases = tuple(apps.get_model(base) if isinstance(base, str) else base for base in self.bases)
        except LookupError:
            raise InvalidBasesError(f"Cannot resolve one or more bases from {self.bases!r}") from None
        body: dict[str, Any] = {name: field.clone() for name, field in self.fields.items()}
        body["Meta"] = meta
        body["__module__"] = "__fake__"
        body.update(self.construct_managers())
        # new_class, because a base may be a generic alias.
        model: Any = types.new_class(self.name, bases, exec_body=lambda namespace: namespace.update(body))
        if index_together:
            model._meta.index_together = index_together
        return model

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: '{self.app_label}.{self.name}'>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelState):
            return NotImplemented
        return bool(
            self.app_label == other.app_label
            and self.name == other.name
            and self.fields.keys() == other.fields.keys()
            and all(
                field.deconstruct()[1:] == other.fields[name].deconstruct()[1:] for name, field in self.fields.items()
            )
            and self.options == other.options
            and self.bases == other.bases
            and self.managers == other.managers
        )

    __hash__ = None  # type: ignore[assignment]  # records change


def _cloned(field: Any, options: Any) -> Any:
    try:
        return field.clone()
    except TypeError as error:
        raise TypeError(f"Couldn't reconstruct field {field.name} on {options.label}: {error}") from error


def _recorded_options(model: Any, only_names: set[str] | None) -> dict[str, Any]:
    """Take from `Meta` what was written there, in the form of records."""
    recorded: dict[str, Any] = {}
    for name, value in model._meta.original_attrs.items():
        if name in KEPT_APART:
            continue
        if name in ("unique_together", "index_together"):
            recorded[name] = {tuple(names) for names in _normalized(getattr(model._meta, name, value))}
        elif name == "indexes":
            recorded[name] = [_named(index.clone(), model) for index in model._meta.indexes]
        elif name == "constraints":
            recorded[name] = [constraint.clone() for constraint in model._meta.constraints]
        else:
            recorded[name] = deepcopy(value) if isinstance(value, (list, dict, set)) else value
    if only_names is not None:
        # Without relations, what is built on them goes too.
        for name in ("unique_together", "index_together"):
            recorded.pop(name, None)
    owner = recorded.get("order_with_respect_to")
    names = {field.name for field in model._meta.local_fields} if only_names is None else only_names
    if owner is not None and owner not in names:
        # A private field has no record, so nothing can be ordered by it there.
        del recorded["order_with_respect_to"]
    elif recorded.get("order_with_respect_to") in {field.name for field in model._meta.private_fields}:
        # A generic key is no part of the record.
        del recorded["order_with_respect_to"]
    return recorded


def _normalized(together: Any) -> list[Any]:
    if not together:
        return []
    return [together] if isinstance(next(iter(together)), str) else list(together)


def _named(index: Any, model: Any) -> Any:
    if not index.name:
        index.set_name_with_model(model)
    return index


def _recorded_bases(model: Any) -> tuple[Any, ...]:
    """Give the bases, abstract models replaced by their own bases, models by their names."""
    flat: list[Any] = []
    for base in model.__bases__:
        if hasattr(base, "_meta") and base._meta.abstract:
            flat.extend(_abstract_bases(base))
        else:
            flat.append(base)
    aliases = {getattr(alias, "__origin__", None): alias for alias in getattr(model, "__orig_bases__", ())}
    flat = [aliases.get(base, base) if base.__module__ == "typing" else base for base in flat]
    bases = [base._meta.label_lower if hasattr(base, "_meta") else base for base in dict.fromkeys(flat)]
    # The order of a linear inheritance holds although abstract parents are gone.
    order = list(model.__mro__)
    if any(hasattr(base, "_meta") and base._meta.abstract for base in model.__bases__):
        bases = [
            base._meta.label_lower if hasattr(base, "_meta") else base
            for base in sorted(dict.fromkeys(flat), key=lambda base: order.index(getattr(base, "__origin__", base)))
        ]
    is_model = any(
        isinstance(base, str) or (isinstance(base, type) and issubclass(base, models.Model)) for base in bases
    )
    return tuple(bases) if is_model else (models.Model,)


def _abstract_bases(model: Any) -> Iterator[Any]:
    for base in model.__bases__:
        if hasattr(base, "_meta") and base._meta.abstract:
            yield from _abstract_bases(base)
        else:
            yield base


def _recorded_managers(model: Any) -> list[tuple[str, Any]]:
    """Give the managers that asked to be in migrations; a stand-in keeps the default manager the default."""
    managers: list[tuple[str, Any]] = []
    seen: set[str] = set()
    default_name = model._default_manager.name if model._default_manager is not None else None
    for manager in model._meta.managers:
        if manager.name in seen:
            continue
        seen.add(manager.name)
        if manager.use_in_migrations:
            new = _manager_copy(manager)
        elif manager is model._base_manager or manager.name == default_name:
            new = models.Manager()
            new.model = manager.model
            new.name = manager.name
            if manager is model._default_manager or manager.name == default_name:
                default_name = new.name
        else:
            continue
        managers.append((manager.name, new))
    plain = [(name, manager) for name, manager in managers if type(manager) is models.Manager]
    if managers == plain and [name for name, _ in managers] in ([], ["objects"]):
        return []
    return managers


def _manager_copy(manager: Any) -> Any:
    copy = _shallow(manager)
    copy.model = None
    return copy


def _shallow(value: Any) -> Any:
    duplicate = object.__new__(type(value))
    duplicate.__dict__.update(value.__dict__)
    return duplicate


class ModelStates(dict[ModelKey, ModelState]):
    """The records of a project. Records shared with a clone are copied when they are taken out by key."""

    def __init__(self, states: Any = ()) -> None:
        super().__init__(states)
        self._shared: set[ModelKey] = set()

    def __getitem__(self, key: ModelKey) -> ModelState:
        state = super().__getitem__(key)
        if key in self._shared:
            self._shared.discard(key)
            state = state.clone()
            super().__setitem__(key, state)
        return state

    def __setitem__(self, key: ModelKey, state: ModelState) -> None:
        self._shared.discard(key)
        super().__setitem__(key, state)

    def peek(self, key: ModelKey) -> ModelState:
        """Give a record that will not be changed."""
        return super().__getitem__(key)

    def share(self) -> ModelStates:
        """Make a copy that shares all records."""
        copy = ModelStates(self)
        keys = set(self)
        copy._shared = keys
        self._shared = set(keys)
        return copy
