"""Registries of classes that are rendered from the records of models.

A part of a project is rendered as well as the whole; references out of the part stay open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from hotclub.apps import AppConfig
from hotclub.apps import apps as global_apps
from hotclub.apps.registry import Apps
from hotclub.db import models
from hotclub.db.migrations.exceptions import InvalidBasesError
from hotclub.db.migrations.model_record import ModelState, ModelStates
from hotclub.db.migrations.references import ModelKey, targets_of

if TYPE_CHECKING:
    pass


class StateRecords(Protocol):
    """What is rendered: the records of a project, and the apps whose current classes are taken over."""

    @property
    def models(self) -> ModelStates: ...

    @property
    def real_apps(self) -> set[str]: ...


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
    def of_part(cls, state: StateRecords, keys: set[ModelKey]) -> StateApps:
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

    def __init__(self, state: StateRecords, complete: bool = True) -> None:
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
