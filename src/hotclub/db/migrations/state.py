"""Model and project state as plain records: what migrations change, without rendered classes.

A `ProjectState` maps model keys to `ModelState` records. A clone shares the records; one that is read for change is
copied at that moment, so cloning costs the same whatever the history. Classes are rendered only for `apps` (the whole
project, for `RunPython` and foreign operations) and `schema_model` (one model and what it refers to, for the schema
editor); both are thrown away when the state changes.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hotclub.apps import AppConfig
from hotclub.apps import apps as global_apps
from hotclub.apps.registry import Apps
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import models
from hotclub.db.migrations.exceptions import InvalidBasesError
from hotclub.db.migrations.references import ModelKey, model_key, referring_fields, targets_of
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


class ProjectState:
    """The records of all models of a project at one point of its history.

    Args:
        models: records by key.
        real_apps: labels of apps without migrations, whose current classes are used.
    """

    is_delayed = False

    def __init__(self, models: dict[ModelKey, ModelState] | None = None, real_apps: set[str] | None = None) -> None:
        self.models = ModelStates(models or {})
        if real_apps is None:
            real_apps = set()
        elif not isinstance(real_apps, set):
            raise AssertionError(f"real_apps must be a set of app labels, got {type(real_apps).__name__}.")
        self.real_apps = real_apps
        self._relations: dict[ModelKey, Any] | None = None
        self._rendered = Rendered()

    def clone(self) -> ProjectState:
        """Make a copy; changes of either do not reach the other."""
        copy = type(self)(real_apps=self.real_apps)
        copy.models = self.models.share()
        # The same records give the same classes, until one of both changes.
        copy._rendered = self._rendered
        return copy

    @classmethod
    def from_apps(cls, apps: Any) -> ProjectState:
        """Make the records of all models of a registry."""
        states = (ModelState.from_model(model) for model in apps.get_models(include_swapped=True))
        return cls({state.key: state for state in states})

    def _changed(self) -> None:
        self._rendered = Rendered()
        self._relations = None

    # -- rendered classes --

    @property
    def apps(self) -> StateApps:
        """All models of the project as classes, in a registry of their own."""
        if self._rendered.whole is None:
            self._rendered.whole = StateApps(self.real_apps, self.models)
        return self._rendered.whole

    @property
    def concrete_apps(self) -> StateApps:
        """The same, with references to swappable models left open."""
        return StateApps(self.real_apps, self.models, ignore_swappable=True)

    @property
    def has_rendered_apps(self) -> bool:
        """Whether the classes of all models are there already."""
        return self._rendered.whole is not None

    def schema_model(self, app_label: str, model_name: str, referrers: bool = False) -> Any:
        """Give one model as a class, for the schema editor; only what it needs is rendered with it.

        Args:
            app_label: its app.
            model_name: its name.
            referrers: render the models that refer to it too.
        """
        key = (app_label, model_name.lower())
        if self._rendered.whole is not None:
            return self._rendered.whole.get_model(*key)
        if referrers:
            keys = self._closure(self._referrers(key) | {key})
            part = StateApps.of_part(self, keys)
            return part.get_model(*key)
        part_apps = self._rendered.part_of.get(key)
        if part_apps is None:
            keys = self._closure({key})
            part_apps = StateApps.of_part(self, keys)
            for known in keys:
                self._rendered.part_of.setdefault(known, part_apps)
            # A model of another part was rendered without this one; each part stands alone.
            self._rendered.part_of[key] = part_apps
        return part_apps.get_model(*key)

    def _closure(self, wanted: set[ModelKey]) -> set[ModelKey]:
        """Give the keys of models and all they refer to, directly or not."""
        closed: set[ModelKey] = set()
        open_keys = list(wanted)
        while open_keys:
            key = open_keys.pop()
            if key in closed or key not in self.models:
                continue
            closed.add(key)
            open_keys.extend(self.models.peek(key).targets())
        return closed

    def _referrers(self, key: ModelKey) -> set[ModelKey]:
        """Give the keys of the models that refer to a model, or to one that refers to it by its primary key."""
        by_target: dict[ModelKey, set[ModelKey]] = {}
        for own_key, state in self.models.items():
            for target in state.targets():
                by_target.setdefault(target, set()).add(own_key)
        found: set[ModelKey] = set()
        open_keys = [key]
        while open_keys:
            for referrer in by_target.get(open_keys.pop(), ()):
                if referrer not in found:
                    found.add(referrer)
                    open_keys.append(referrer)
        return found

    def clear_delayed_apps_cache(self) -> None:
        """Forget rendered classes. They are rendered when asked for, so nothing is delayed."""
        self._rendered = Rendered()

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        """Say that a model's record was changed in place."""
        self._changed()

    def reload_models(self, models: Iterable[ModelKey], delay: bool = True) -> None:
        """Say that models' records were changed in place."""
        self._changed()

    # -- models --

    def add_model(self, model_state: ModelState) -> None:
        """Add a model."""
        self.models[model_state.key] = model_state
        self._changed()

    def remove_model(self, app_label: str, model_name: str) -> None:
        """Remove a model."""
        del self.models[app_label, model_name.lower()]
        self._changed()

    def rename_model(self, app_label: str, old_name: str, new_name: str) -> None:
        """Rename a model, and follow in all that refers to it."""
        old_key = (app_label, old_name.lower())
        new_key = (app_label, new_name.lower())
        renamed = self.models.peek(old_key).clone()
        renamed.__dict__.pop("name_lower", None)
        renamed.name = new_name
        self.models[new_key] = renamed
        new_label = f"{app_label}.{new_name}"
        for state, name, field, found in list(referring_fields(list(self.models.items()), old_key)):
            changed = field.clone()
            if found.to:
                changed.remote_field.model = new_label
            if found.through:
                changed.remote_field.through = new_label
            self.models[state.key].fields[name] = changed
        for key, state in list(self.models.items()):
            if any(isinstance(base, str) and model_key(base, state.app_label) == old_key for base in state.bases):
                self.models[key].bases = tuple(
                    new_label.lower() if isinstance(base, str) and model_key(base, key[0]) == old_key else base
                    for base in state.bases
                )
        if old_key != new_key:
            del self.models[old_key]
        self._changed()

    def alter_model_options(
        self, app_label: str, model_name: str, options: dict[str, Any], option_keys: Iterable[str] | None = None
    ) -> None:
        """Set options; those of `option_keys` that are not in `options` are removed."""
        state = self.models[app_label, model_name.lower()]
        state.options = {**state.options, **options}
        for name in option_keys or ():
            if name not in options:
                state.options.pop(name, None)
        self._changed()

    def remove_model_options(self, app_label: str, model_name: str, option_name: str, value_to_remove: Any) -> None:
        """Take one entry out of `unique_together` or `index_together`."""
        state = self.models[app_label, model_name.lower()]
        if entries := state.options.get(option_name):
            state.options[option_name] = {tuple(entry) for entry in entries if tuple(entry) != tuple(value_to_remove)}
        self._changed()

    def alter_model_managers(self, app_label: str, model_name: str, managers: Iterable[tuple[str, Any]]) -> None:
        """Replace the managers."""
        self.models[app_label, model_name.lower()].managers = list(managers)
        self._changed()

    # -- indexes and constraints --

    def _set_entries(self, app_label: str, model_name: str, option: str, entries: list[Any]) -> None:
        state = self.models[app_label, model_name.lower()]
        state.options = {**state.options, option: entries}
        self._changed()

    def _entries(self, app_label: str, model_name: str, option: str) -> list[Any]:
        return list(self.models.peek((app_label, model_name.lower())).options.get(option, ()))

    def add_index(self, app_label: str, model_name: str, index: Any) -> None:
        """Add an index."""
        self._set_entries(app_label, model_name, "indexes", [*self._entries(app_label, model_name, "indexes"), index])

    def remove_index(self, app_label: str, model_name: str, index_name: str) -> None:
        """Remove an index."""
        kept = [index for index in self._entries(app_label, model_name, "indexes") if index.name != index_name]
        self._set_entries(app_label, model_name, "indexes", kept)

    def rename_index(self, app_label: str, model_name: str, old_index_name: str, new_index_name: str) -> None:
        """Rename an index."""
        indexes = []
        for index in self._entries(app_label, model_name, "indexes"):
            if index.name == old_index_name:
                index = index.clone()
                index.name = new_index_name
            indexes.append(index)
        self._set_entries(app_label, model_name, "indexes", indexes)

    def add_constraint(self, app_label: str, model_name: str, constraint: Any) -> None:
        """Add a constraint."""
        entries = [*self._entries(app_label, model_name, "constraints"), constraint]
        self._set_entries(app_label, model_name, "constraints", entries)

    def remove_constraint(self, app_label: str, model_name: str, constraint_name: str) -> None:
        """Remove a constraint."""
        kept = [known for known in self._entries(app_label, model_name, "constraints") if known.name != constraint_name]
        self._set_entries(app_label, model_name, "constraints", kept)

    def alter_constraint(self, app_label: str, model_name: str, constraint_name: str, constraint: Any) -> None:
        """Replace a constraint."""
        entries = [
            constraint if known.name == constraint_name else known
            for known in self._entries(app_label, model_name, "constraints")
        ]
        self._set_entries(app_label, model_name, "constraints", entries)

    # -- fields --

    def add_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        """Add a field; without `preserve_default`, its default is for the rows that exist and is not kept."""
        state = self.models[app_label, model_name.lower()]
        state.fields[name] = _recorded_field(field, preserve_default)
        self._changed()

    def remove_field(self, app_label: str, model_name: str, name: str) -> None:
        """Remove a field."""
        del self.models[app_label, model_name.lower()].fields[name]
        self._changed()

    def alter_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        """Replace a field."""
        self.models[app_label, model_name.lower()].fields[name] = _recorded_field(field, preserve_default)
        self._changed()

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        """Rename a field, and follow in options and in relations that name it."""
        key = (app_label, model_name.lower())
        state = self.models[key]
        try:
            renamed = state.fields[old_name]
        except KeyError:
            raise FieldDoesNotExist(f"{app_label}.{model_name} has no field named '{old_name}'") from None
        state.fields = {(new_name if name == old_name else name): field for name, field in state.fields.items()}
        for name, field in list(state.fields.items()):
            for attribute in ("from_fields", "field_names"):
                names = getattr(field, attribute, None)
                if names and old_name in names:
                    field = field.clone()
                    setattr(field, attribute, tuple(new_name if one == old_name else one for one in names))
                    state.fields[name] = field
        for option in ("unique_together", "index_together"):
            if option in state.options:
                state.options[option] = {
                    tuple(new_name if name == old_name else name for name in together)
                    for together in state.options[option]
                }
        self._follow_renamed_field(key, (old_name, renamed), new_name)
        self._changed()

    def _follow_renamed_field(self, key: ModelKey, old: tuple[str, Any], new_name: str) -> None:
        old_name = old[0]
        for state, name, field, found in list(referring_fields(list(self.models.items()), key, old)):
            changed = field.clone()
            named = False
            if found.to:
                remote, to_fields = found.to
                if getattr(remote, "field_name", None) == old_name:
                    changed.remote_field.field_name = new_name
                    named = True
                if to_fields and old_name in to_fields:
                    changed.to_fields = tuple(new_name if to == old_name else to for to in to_fields)
                    named = True
            if found.through and found.through[1]:
                changed.remote_field.through_fields = tuple(
                    new_name if through == old_name else through for through in found.through[1]
                )
                named = True
            if named:
                self.models[state.key].fields[name] = changed

    # -- relations --

    @property
    def relations(self) -> dict[ModelKey, dict[ModelKey, dict[str, Any]]]:
        """The relations of all models: model referred to → model that refers → its fields by name."""
        if self._relations is None:
            self.resolve_fields_and_relations()
        assert self._relations is not None
        return self._relations

    def resolve_fields_and_relations(self) -> None:
        """Read the relations out of all fields."""
        relations: dict[ModelKey, dict[ModelKey, dict[str, Any]]] = {}
        for key, state in self.models.items():
            concrete = self._concrete(key)
            for name, field in state.fields.items():
                field.name = name
                for target in targets_of(field, *key):
                    referred = relations.setdefault(self._concrete(target), {})
                    referred.setdefault(concrete, {})[name] = field
        self._relations = relations

    def get_concrete_model_key(self, model: Any) -> ModelKey:
        """Give the key of the model whose table a reference means: a proxy's is its parent's."""
        return self._concrete(model_key(model))

    def _concrete(self, key: ModelKey) -> ModelKey:
        seen = set()
        while key in self.models and key not in seen:
            seen.add(key)
            state = self.models.peek(key)
            if not state.options.get("proxy"):
                break
            parents = [base for base in state.bases if isinstance(base, str)]
            if not parents:
                break
            key = model_key(parents[0], state.app_label)
        return key

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProjectState):
            return NotImplemented
        return dict(self.models.items()) == dict(other.models.items()) and self.real_apps == other.real_apps

    __hash__ = None  # type: ignore[assignment]  # states change


def _recorded_field(field: Any, preserve_default: bool) -> Any:
    if preserve_default:
        return field
    field = field.clone()
    field.default = models.NOT_PROVIDED
    return field


class Rendered:
    """The classes rendered from a state, shared between clones that hold the same records."""

    __slots__ = ("part_of", "whole")

    def __init__(self) -> None:
        self.whole: StateApps | None = None
        self.part_of: dict[ModelKey, StateApps] = {}


def get_related_models_recursive(model: Any) -> set[ModelKey]:
    """Give the keys of all models that a class is connected with, by relations or inheritance, near or far."""
    seen: set[Any] = set()
    open_models = [model]
    while open_models:
        current = open_models.pop()
        if current in seen:
            continue
        seen.add(current)
        open_models.extend(_neighbours(current))
    return {(found._meta.app_label, found._meta.model_name) for found in seen if found is not model}


def _neighbours(model: Any) -> Iterator[Any]:
    for other in (*model.__bases__, *model.__subclasses__()):
        if (
            isinstance(other, type)
            and issubclass(other, models.Model)
            and hasattr(other, "_meta")
            and not other._meta.abstract
        ):
            yield other
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation and hasattr(field.related_model, "_meta"):
            yield field.related_model


class AppConfigStub(AppConfig):
    """Stands for an app in a registry of rendered models."""

    def __init__(self, label: str) -> None:
        self.apps = None  # set by the registry
        self.models: Any = {}
        # The name is the label: the app has no module.
        self.label = label
        self.name = label
        self.models_module = None

    def import_models(self) -> None:
        self.models = self.apps.all_models[self.label]


class StateApps(Apps):
    """A registry of classes rendered from records.

    Args:
        real_apps: labels of apps whose current classes are taken over.
        models: the records to render.
        ignore_swappable: leave references to swappable models open.
    """

    def __init__(self, real_apps: set[str], models: Any, ignore_swappable: bool = False) -> None:
        self.real_models = [
            ModelState.from_model(model, exclude_rels=True)
            for label in sorted(real_apps)
            for model in global_apps.get_app_config(label).get_models()
        ]
        states = [*dict.values(models), *self.real_models]
        self._start({state.app_label for state in states} | set(real_apps))
        self.render_multiple(states)
        dangling = list(_dangling_references(self, states, ignore_swappable))
        if dangling:
            raise ValueError("\n".join(dangling))

    @classmethod
    def of_part(cls, state: ProjectState, keys: set[ModelKey]) -> StateApps:
        """Render some models of a state, and no others."""
        part: StateApps = object.__new__(cls)
        states = [state.models.peek(key) for key in state.models if key in keys]
        wanted = {target for record in states for target in record.targets() if target not in state.models}
        part.real_models = [
            ModelState.from_model(model, exclude_rels=True)
            for label in sorted({label for label, _ in wanted} & state.real_apps)
            for model in global_apps.get_app_config(label).get_models()
        ]
        states += part.real_models
        part._start({record.app_label for record in states})
        part.render_multiple(states)
        return part

    def _start(self, labels: set[str]) -> None:
        super().__init__([AppConfigStub(label) for label in sorted(labels)])

    def render_multiple(self, model_states: Iterable[ModelState]) -> None:
        """Render records, bases before those that inherit from them."""
        left = list(model_states)
        while left:
            later = []
            for state in left:
                try:
                    state.render(self)
                except InvalidBasesError:
                    later.append(state)
            if len(later) == len(left):
                raise InvalidBasesError(
                    f"Cannot resolve bases for {later!r}\nA base is in no migration that these depend on, or in an app "
                    "without migrations: give that app migrations, or add the dependency."
                )
            left = later
        self.clear_cache()

    def register_model(self, app_label: str, model: Any) -> None:
        """Take a rendered class; a class of the same name gives way."""
        self.all_models[app_label][model._meta.model_name] = model
        if app_label not in self.app_configs:
            config = AppConfigStub(app_label)
            config.apps = self
            self.app_configs[app_label] = config
            config.models = self.all_models[app_label]
        self.do_pending_operations(model)
        self.clear_cache()

    @contextmanager
    def bulk_update(self) -> Iterator[None]:
        """Keep caches as they are while several models change; they are cleared once at the end."""
        ready, self.ready = self.ready, False
        try:
            yield
        finally:
            self.ready = ready
            self.clear_cache()

    def unregister_model(self, app_label: str, model_name: str) -> None:
        """Forget a class."""
        self.all_models.get(app_label, {}).pop(model_name, None)


class LateStateApps(StateApps):
    """A registry that renders its models when it is first asked something: most receivers of signals never do.

    Args:
        state: the records.
        complete: refuse references to models that are not there.
    """

    def __init__(self, state: ProjectState, complete: bool = True) -> None:
        self._state = state
        self._complete = complete

    def __getattr__(self, name: str) -> Any:
        # Only what rendering would set is missing.
        if name.startswith("__") or name in ("_state", "_complete"):
            raise AttributeError(name)
        if self._complete:
            super().__init__(self._state.real_apps, self._state.models)
        else:
            rendered = StateApps.of_part(self._state, set(self._state.models))
            self.__dict__.update({key: value for key, value in rendered.__dict__.items() if key not in self.__dict__})
            for config in self.app_configs.values():
                config.apps = self
        if name not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.__dict__[name]


def _dangling_references(apps: StateApps, states: Iterable[ModelState], ignore_swappable: bool) -> Iterator[str]:
    """Describe the fields that refer to models which are not there."""
    for state in states:
        for name, field in state.fields.items():
            if ignore_swappable and getattr(field, "swappable", False) and _is_swappable_reference(field):
                continue
            for label, model_name in targets_of(field, state.app_label, state.name_lower):
                if model_name in apps.all_models.get(label, {}):
                    continue
                installed = label in apps.app_configs
                problem = f"app '{label}' " + (
                    f"doesn't provide model '{model_name}'" if installed else "isn't installed"
                )
                yield (
                    f"The field {state.app_label}.{state.name}.{name} was declared with a lazy reference to "
                    f"'{label}.{model_name}', but {problem}."
                )


def _is_swappable_reference(field: Any) -> bool:
    return hasattr(field.remote_field.model, "setting_name")
