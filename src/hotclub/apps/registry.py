"""The registry of installed applications and their models.

Theory of operation. `populate` goes through three phases: all `AppConfig`s exist (`apps_ready`), all models are
imported (`models_ready`), every `ready()` has run (`ready`). A model registers itself when its class is made; functions that
wait for models (`lazy_model_operation`) run as soon as the last one is there.
"""

from __future__ import annotations

import functools
import sys
import threading
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

from hotclub._i18n import catalogues
from hotclub.apps.config import AppConfig
from hotclub.conf import settings, through_hooks
from hotclub.core.exceptions import AppRegistryNotReady, ImproperlyConfigured

R = TypeVar("R")


class _cached_method(Generic[R]):  # used as a decorator
    """Cache a method's answers per registry, so that a registry that goes takes its cache along."""

    def __init__(self, function: Callable[..., R]) -> None:
        self.function = function
        self.name = function.__name__
        functools.update_wrapper(self, function)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        cached = functools.lru_cache(maxsize=1024)(self.function.__get__(instance, owner))
        instance.__dict__[self.name] = cached
        return cached


class Apps:
    """A registry; `hotclub.apps.apps` is the main one, others serve migrations and tests.

    Args:
        installed_apps: entries as in `INSTALLED_APPS`; None for the main registry only.
    """

    def __init__(self, installed_apps: Iterable[Any] | None = ()) -> None:
        if installed_apps is None and hasattr(sys.modules[__name__], "apps"):
            raise RuntimeError("You must supply an installed_apps argument.")
        # label -> lower-case name -> model. Models come in at import, before their application is known.
        self.all_models: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.app_configs: dict[str, AppConfig] = {}
        self.stored_app_configs: list[dict[str, AppConfig]] = []
        self.apps_ready = self.models_ready = self.ready = False
        # For the reloader: set when `ready` becomes true.
        self.ready_event = threading.Event()
        self._lock = threading.RLock()
        self.loading = False
        # (label, lower-case name) -> functions that wait for the model
        self._pending_operations: defaultdict[tuple[str, str], list[Callable[[Any], None]]] = defaultdict(list)
        if installed_apps is not None:
            self.populate(installed_apps)

    def populate(self, installed_apps: Iterable[Any] | None = None) -> None:
        """Load applications and models. Later calls do nothing; concurrent ones wait.

        Raises:
            RuntimeError: called again from inside (by an import).
            ImproperlyConfigured: two applications share a label or a name.
        """
        if self.ready:
            return
        with self._lock:
            if self.ready:
                return
            if self.loading:
                # The lock is reentrant: this is the same thread, from inside of an import.
                raise RuntimeError("populate() isn't reentrant")
            self.loading = True
            self._load_configs(installed_apps or ())
            self.apps_ready = True
            for config in self.app_configs.values():
                config.import_models()
            self.clear_cache()
            self.models_ready = True
            for config in self.get_app_configs():
                config.ready()
            self.ready = True
            self.ready_event.set()

    def _load_configs(self, installed_apps: Iterable[Any]) -> None:
        for entry in installed_apps:
            config = entry if isinstance(entry, AppConfig) else AppConfig.create(entry)
            if config.label in self.app_configs:
                raise ImproperlyConfigured(f"Application labels aren't unique, duplicates: {config.label}")
            self.app_configs[config.label] = config
            config.apps = self
        counts = Counter(config.name for config in self.app_configs.values())
        if doubles := [name for name, count in counts.items() if count > 1]:
            raise ImproperlyConfigured(f"Application names aren't unique, duplicates: {', '.join(doubles)}")

    def check_apps_ready(self) -> None:
        """Raise `AppRegistryNotReady` unless all applications are imported."""
        if not self.apps_ready:
            # Unconfigured settings are the usual cause, and their message helps more.
            settings.INSTALLED_APPS  # noqa: B018
            raise AppRegistryNotReady("Apps aren't loaded yet.")

    def check_models_ready(self) -> None:
        """Raise `AppRegistryNotReady` unless all models are imported."""
        if not self.models_ready:
            raise AppRegistryNotReady("Models aren't loaded yet.")

    def get_app_configs(self) -> Iterable[AppConfig]:
        """Return the configurations of all installed applications, in order."""
        self.check_apps_ready()
        return self.app_configs.values()

    def get_app_config(self, app_label: str) -> AppConfig:
        """Return the configuration of the application with that label.

        Raises:
            LookupError: no application has that label.
        """
        self.check_apps_ready()
        try:
            return self.app_configs[app_label]
        except KeyError:
            message = f"No installed app with label '{app_label}'."
            for config in self.get_app_configs():
                if config.name == app_label:
                    message += f" Did you mean '{config.label}'?"
                    break
            raise LookupError(message) from None

    @_cached_method
    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> list[Any]:
        """Return all models of installed applications.

        Args:
            include_auto_created: also those made for many-to-many relations.
            include_swapped: also those replaced through a setting.
        """
        self.check_models_ready()
        return [
            model
            for config in self.app_configs.values()
            for model in config.get_models(include_auto_created, include_swapped)
        ]

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> Any:
        """Return a model by label and name, or by "label.Name" alone.

        Raises:
            LookupError: no such application or model.
            ValueError: a single argument without exactly one dot.
        """
        if require_ready:
            self.check_models_ready()
        else:
            self.check_apps_ready()
        if model_name is None:
            app_label, model_name = app_label.split(".")
        config = self.get_app_config(app_label)
        if not require_ready and config.models is None:
            config.import_models()
        return config.get_model(model_name, require_ready=require_ready)

    def register_model(self, app_label: str, model: Any) -> None:
        """Take in a new model class; called by the class's making."""
        name = model._meta.model_name
        known = self.all_models[app_label]
        if name in known:
            other = known[name]
            if model.__name__ == other.__name__ and model.__module__ == other.__module__:
                warnings.warn(
                    f"Model '{app_label}.{name}' was already registered. Reloading models is not advised as it can lead "
                    "to inconsistencies, most notably with related models.",
                    RuntimeWarning,
                    stacklevel=2,
                )
            else:
                raise RuntimeError(f"Conflicting '{name}' models in application '{app_label}': {other} and {model}.")
        known[name] = model
        self.do_pending_operations(model)
        self.clear_cache()

    def is_installed(self, app_name: str) -> bool:
        """Say whether an application with that full name is installed."""
        self.check_apps_ready()
        app_name = through_hooks("INSTALLED_APPS", app_name)
        return any(config.name == app_name for config in self.app_configs.values())

    def get_containing_app_config(self, object_name: str) -> AppConfig | None:
        """Return the configuration of the innermost application that contains a dotted path."""
        self.check_apps_ready()
        best: AppConfig | None = None
        for config in self.app_configs.values():
            inside = object_name == config.name or object_name.startswith(config.name + ".")
            if inside and (best is None or len(config.name) > len(best.name)):
                best = config
        return best

    def get_registered_model(self, app_label: str, model_name: str) -> Any:
        """Return a model that has been made, even while models are being imported.

        Raises:
            LookupError: it has not been made.
        """
        models = self.all_models.get(app_label)
        model = models.get(model_name.lower()) if models else None
        if model is None:
            raise LookupError(f"Model '{app_label}.{model_name}' not registered.")
        return model

    @_cached_method
    def get_swappable_settings_name(self, to_string: str) -> str | None:
        """Return the name of the setting through which the model ("label.name") can be replaced; None if it cannot.

        Answers for a model that replaces another as well. Cached, as migrations ask it often.
        """
        to_string = to_string.lower()
        for model in self.get_models(include_swapped=True):
            options = model._meta
            if options.swapped and options.swapped.lower() == to_string:
                return str(options.swappable)
            if options.swappable and options.label_lower == to_string:
                return str(options.swappable)
        return None

    def set_available_apps(self, available: Iterable[str]) -> None:
        """Restrict the installed applications, for tests; `unset_available_apps` takes it back.

        Raises:
            ValueError: one of the names is not installed.
        """
        wanted = set(available)
        installed = {config.name for config in self.get_app_configs()}
        if not wanted.issubset(installed):
            raise ValueError(
                f"Available apps isn't a subset of installed apps, extra apps: {', '.join(sorted(wanted - installed))}"
            )
        self.stored_app_configs.append(self.app_configs)
        self.app_configs = {label: config for label, config in self.app_configs.items() if config.name in wanted}
        self.clear_cache()

    def unset_available_apps(self) -> None:
        """Take back `set_available_apps`."""
        self.app_configs = self.stored_app_configs.pop()
        self.clear_cache()

    def set_installed_apps(self, installed: Iterable[Any]) -> None:
        """Replace the installed applications, for tests; `unset_installed_apps` takes it back, even after an error.

        Signals and models of earlier applications stay connected and registered.
        """
        if not self.ready:
            raise AppRegistryNotReady("App registry isn't ready yet.")
        self.stored_app_configs.append(self.app_configs)
        self.app_configs = {}
        self.apps_ready = self.models_ready = self.loading = self.ready = False
        self.clear_cache()
        self.populate(installed)

    def unset_installed_apps(self) -> None:
        """Take back `set_installed_apps`."""
        self.app_configs = self.stored_app_configs.pop()
        self.apps_ready = self.models_ready = self.ready = True
        self.clear_cache()

    def clear_cache(self) -> None:
        """Forget what was computed from the set of models: here, and in each model's options."""
        self.get_models.cache_clear()
        self.get_swappable_settings_name.cache_clear()
        if self.ready:
            # While models are still coming in, each has its options expired by the relations it takes part in.
            for model in self.get_models(include_auto_created=True):
                model._meta._expire_cache()

    def lazy_model_operation(self, function: Callable[..., Any], *model_keys: tuple[str, str]) -> None:
        """Call the function with models as soon as all of them are registered.

        Args:
            function: takes as many models as there are keys.
            *model_keys: (app label, lower-case model name).
        """
        if not model_keys:
            function()
            return
        # Wait for the first one; its arrival binds it and waits for the next.
        next_key, *more_keys = model_keys

        def bind(model: Any) -> None:
            self.lazy_model_operation(partial(function, model), *more_keys)

        bind.func = function  # type: ignore[attr-defined]  # system checks read it
        try:
            model = self.get_registered_model(*next_key)
        except LookupError:
            self._pending_operations[next_key].append(bind)
        else:
            bind(model)

    def do_pending_operations(self, model: Any) -> None:
        """Run what waited for the model; called when it is prepared."""
        key = model._meta.app_label, model._meta.model_name
        for function in self._pending_operations.pop(key, []):
            function(model)


apps = Apps(installed_apps=None)
"""The main registry."""


def _application_directories() -> list[str]:
    # The last application is the weakest.
    return [config.path for config in apps.get_app_configs()]


catalogues.application_directories.append(_application_directories)
