"""The state of a project as plain records: what migrations change, without rendered classes.

A `ProjectState` maps model keys to `ModelState` records. A clone shares the records; one that is read for change is
copied at that moment, so cloning costs the same whatever the history. Classes are rendered only for `apps` (the whole
project, for `RunPython` and foreign operations) and `schema_model` (one model and what it refers to, for the schema
editor); both are thrown away when the state changes (`rendering.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import models
from hotclub.db.migrations.model_record import ModelState, ModelStates
from hotclub.db.migrations.references import ModelKey, model_key, referring_fields, targets_of
from hotclub.db.migrations.rendering import (
    AppConfigStub,
    LateStateApps,
    Rendered,
    StateApps,
    get_related_models_recursive,
)

__all__ = [
    "AppConfigStub", "LateStateApps", "ModelState", "ModelStates", "ProjectState", "StateApps",
    "get_related_models_recursive",
]  # fmt: skip


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
