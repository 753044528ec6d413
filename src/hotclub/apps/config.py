"""`AppConfig`: what the project knows about one installed application."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import module_has_submodule

APPS_MODULE_NAME = "apps"
MODELS_MODULE_NAME = "models"


class AppConfig:
    """An application and its configuration.

    Args:
        app_name: full dotted path of the application's package.
        app_module: that package.

    Attributes:
        label: short name, unique in the project; the last part of the name, unless set.
        verbose_name: name for humans.
        path: directory of the application.
        models_module: module of its models; None if it has none.
        models: its models by lower-case name, once they are loaded.

    Raises:
        ImproperlyConfigured: the label is no identifier, or the directory cannot be told.
    """

    name: str
    label: str
    verbose_name: Any
    path: str
    default: bool

    def __init__(self, app_name: str, app_module: Any) -> None:
        self.name = app_name
        self.module = app_module
        # Set by the registry; it makes get_models() work.
        self.apps: Any = None
        if not hasattr(self, "label"):
            self.label = app_name.rpartition(".")[2]
        if not self.label.isidentifier():
            raise ImproperlyConfigured(f"The app label '{self.label}' is not a valid Python identifier.")
        if not hasattr(self, "verbose_name"):
            self.verbose_name = self.label.title()
        if not hasattr(self, "path"):
            self.path = self._path_from_module(app_module)
        self.models_module: Any = None
        self.models: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.label}>"

    if TYPE_CHECKING:
        default_auto_field: str  # documented as a plain attribute of subclasses
    else:

        @cached_property
        def default_auto_field(self) -> str:
            """Dotted path of the field class for automatic primary keys of this application's models."""
            return str(settings.DEFAULT_AUTO_FIELD)

    @property
    def _is_default_auto_field_overridden(self) -> bool:
        return type(self).default_auto_field is not AppConfig.default_auto_field

    def _path_from_module(self, module: Any) -> str:
        """Find the one directory of the package."""
        paths = list(getattr(module, "__path__", []))
        if len(paths) != 1:
            filename = getattr(module, "__file__", None)
            # A namespace package may list the same directory twice.
            paths = [os.path.dirname(filename)] if filename is not None else list(set(paths))
        if len(paths) > 1:
            raise ImproperlyConfigured(
                f"The app module {module!r} has multiple filesystem locations ({paths!r}); you must configure this app "
                "with an AppConfig subclass with a 'path' class attribute."
            )
        if not paths:
            raise ImproperlyConfigured(
                f"The app module {module!r} has no filesystem location, you must configure this app with an AppConfig "
                "subclass with a 'path' class attribute."
            )
        return str(paths[0])

    @classmethod
    def create(cls, entry: str) -> AppConfig:
        """Make the configuration for an entry of `INSTALLED_APPS`.

        Args:
            entry: path of a package (its `apps` module may hold the configuration) or of an `AppConfig` subclass.

        Raises:
            ImportError: there is no such package or class.
            ImproperlyConfigured: the class is no usable configuration.
            RuntimeError: the package declares several default configurations.
        """
        config_class: Any = None
        name: str | None = None
        module: Any = None
        try:
            module = import_module(entry)
        except Exception as error:  # whatever the entry's import raises is kept if it is no class path either
            config_class = _class_at(entry, error)
        else:
            name = entry
            if module_has_submodule(module, APPS_MODULE_NAME):
                config_class = _default_config(f"{entry}.{APPS_MODULE_NAME}")
            if config_class is None:
                config_class = cls
        if not (isinstance(config_class, type) and issubclass(config_class, AppConfig)):
            raise ImproperlyConfigured(f"'{entry}' isn't a subclass of AppConfig.")
        if name is None or config_class is not cls:
            declared = getattr(config_class, "name", None)
            if declared is None and name is None:
                raise ImproperlyConfigured(f"'{entry}' must supply a name attribute.")
            if declared is None:
                raise ImproperlyConfigured(
                    f"'{config_class.__module__}.{config_class.__qualname__}' must supply a name attribute."
                )
            if declared != name:
                name = declared
                module = _app_module(declared, config_class)
        return config_class(name, module)  # type: ignore[arg-type]  # set on every way here

    def get_model(self, model_name: str, require_ready: bool = True) -> Any:
        """Return the model of that name, whatever its case.

        Raises:
            LookupError: the application has no such model.
        """
        if require_ready:
            self.apps.check_models_ready()
        else:
            self.apps.check_apps_ready()
        try:
            return (self.models or {})[model_name.lower()]
        except KeyError:
            raise LookupError(f"App '{self.label}' doesn't have a '{model_name}' model.") from None

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> Iterator[Any]:
        """Give the application's models, by default without those made for many-to-many relations and swapped ones."""
        self.apps.check_models_ready()
        for model in (self.models or {}).values():
            if model._meta.auto_created and not include_auto_created:
                continue
            if model._meta.swapped and not include_swapped:
                continue
            yield model

    def import_models(self) -> None:
        """Import the models module; called by the registry."""
        self.models = self.apps.all_models[self.label]
        if module_has_submodule(self.module, MODELS_MODULE_NAME):
            self.models_module = import_module(f"{self.name}.{MODELS_MODULE_NAME}")

    def ready(self) -> None:
        """Hook for start-up code, called when all models are loaded."""


def _configs_in(module: Any) -> list[tuple[str, type[AppConfig]]]:
    return [
        (name, candidate)
        for name, candidate in inspect.getmembers(module, inspect.isclass)
        if issubclass(candidate, AppConfig) and candidate is not AppConfig
    ]


def _default_config(module_path: str) -> type[AppConfig] | None:
    """Choose the configuration of an `apps` module: the only one, or the one that says so."""
    candidates = [
        (n, c) for n, c in _configs_in(import_module(module_path)) if getattr(c, "default", None) is not False
    ]
    if len(candidates) == 1:
        return candidates[0][1]
    defaults = [(name, candidate) for name, candidate in candidates if getattr(candidate, "default", False)]
    if len(defaults) > 1:
        names = ", ".join(repr(name) for name, _ in defaults)
        raise RuntimeError(f"{module_path!r} declares more than one default AppConfig: {names}.")
    return defaults[0][1] if defaults else None


def _class_at(entry: str, import_error: Exception) -> Any:
    """Return the class that the entry names, or raise what explains best why there is none."""
    module_path, _, class_name = entry.rpartition(".")
    if not module_path:
        raise import_error
    try:
        module = import_module(module_path)
    except Exception:
        raise import_error from None
    if hasattr(module, class_name):
        return getattr(module, class_name)
    if not class_name[:1].isupper():
        # It does not look like a class: the first error tells more.
        raise import_error
    message = f"Module '{module_path}' does not contain a '{class_name}' class."
    choices = [repr(name) for name, _ in _configs_in(module)]
    if choices:
        message += f" Choices are: {', '.join(choices)}."
    raise ImportError(message)


def _app_module(name: str, config_class: type[AppConfig]) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ImproperlyConfigured(
            f"Cannot import '{name}'. Check that '{config_class.__module__}.{config_class.__qualname__}.name' is correct."
        ) from None
