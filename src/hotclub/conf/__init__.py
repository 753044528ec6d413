"""The settings of the project: read once from a module, lazily, or given by hand with `settings.configure`.

Theory of operation. `settings` is a lazy object over a holder: `Settings` (from a module) or `UserSettingsHolder` (by
hand, or as a layer of overrides). A value that was read is kept in the lazy object's `__dict__`, so that the next
read is a plain attribute access; every change throws the kept values away.

Importing this module is part of every start: it must stay light.
"""

from __future__ import annotations

import importlib
import os
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from hotclub._kernel.deprecation import RemovedInDjango2028Warning, warn_about_external_use
from hotclub._kernel.script_prefix import get_script_prefix
from hotclub.conf import global_settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.functional import LazyObject, empty

ENVIRONMENT_VARIABLE = "HOTCLUB_SETTINGS_MODULE"
FALLBACK_ENVIRONMENT_VARIABLE = "DJANGO_SETTINGS_MODULE"
DEFAULT_STORAGE_ALIAS = "default"
STATICFILES_STORAGE_ALIAS = "staticfiles"

DEPRECATED_EMAIL_SETTINGS = {
    "EMAIL_BACKEND",
    "EMAIL_FILE_PATH",
    "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_HOST_USER",
    "EMAIL_PORT",
    "EMAIL_SSL_CERTFILE",
    "EMAIL_SSL_KEYFILE",
    "EMAIL_TIMEOUT",
    "EMAIL_USE_SSL",
    "EMAIL_USE_TLS",
}
EMAIL_SETTING_DEPRECATED_MSG = "The {name} setting is deprecated. Migrate to MAILERS before Django 2028."
SIGNED_COOKIE_LEGACY_SALT_DEPRECATED_MSG = (
    "The SIGNED_COOKIE_LEGACY_SALT_FALLBACK transitional setting is deprecated. Remove it once the last cookie signed "
    "with the legacy salt has expired."
)
USE_BLANK_CHOICE_DASH_DEPRECATED_MSG = (
    "The USE_BLANK_CHOICE_DASH setting is deprecated. To choose a blank label of your own, set "
    "hotclub.db.models.fields.BLANK_CHOICE_LABEL in the ready() method of an app."
)
_DEPRECATED_ON_DEFINITION = {
    "SIGNED_COOKIE_LEGACY_SALT_FALLBACK": SIGNED_COOKIE_LEGACY_SALT_DEPRECATED_MSG,
    "USE_BLANK_CHOICE_DASH": USE_BLANK_CHOICE_DASH_DEPRECATED_MSG,
    **{name: EMAIL_SETTING_DEPRECATED_MSG.format(name=name) for name in DEPRECATED_EMAIL_SETTINGS},
}
_LISTS = ("ALLOWED_HOSTS", "INSTALLED_APPS", "LOCALE_PATHS", "SECRET_KEY_FALLBACKS", "TEMPLATE_DIRS")
_PREFIXED_URLS = frozenset({"MEDIA_URL", "STATIC_URL"})
_NOT_KEPT = _PREFIXED_URLS | DEPRECATED_EMAIL_SETTINGS


class SettingsModuleNotFoundError(ModuleNotFoundError):
    """The module that the environment or `--settings` names is not there."""


def _settings_module(name: str) -> Any:
    """Import the settings.

    Raises:
        SettingsModuleNotFoundError: there is no such module. An import that fails inside of it passes unchanged.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(f"{missing}."):
            raise
        raise SettingsModuleNotFoundError(
            f"No module named {missing!r}. It is named as the settings by {ENVIRONMENT_VARIABLE} or --settings "
            f"({name!r}): correct the name, or run from the folder that holds it.",
            name=missing,
        ) from error


class SettingsReference(str):
    """The value of a setting that remembers the setting's name, for migrations to write the name instead."""

    setting_name: str

    def __new__(cls, value: str, setting_name: str) -> SettingsReference:
        return str.__new__(cls, value)

    def __init__(self, value: str, setting_name: str) -> None:
        self.setting_name = setting_name


class LazySettings(LazyObject):
    """Proxy for the settings: from a module on first use, or by hand after `configure`."""

    # Plain look-up: values already read are in __dict__, and no special methods have to be hidden.
    __getattribute__ = object.__getattribute__  # pyright: ignore[reportAssignmentType]  # takes any object

    def _setup(self, name: str | None = None) -> None:
        module = os.environ.get(ENVIRONMENT_VARIABLE) or os.environ.get(FALLBACK_ENVIRONMENT_VARIABLE)
        if not module:
            wanted = f"setting {name}" if name else "settings"
            raise ImproperlyConfigured(
                f"Requested {wanted}, but settings are not configured. You must either define the environment variable "
                f"{ENVIRONMENT_VARIABLE} or call settings.configure() before accessing settings."
            )
        self._wrapped = Settings(module)

    def __repr__(self) -> str:
        if self._wrapped is empty:
            return "<LazySettings [Unevaluated]>"
        return f'<LazySettings "{self._wrapped.SETTINGS_MODULE}">'

    def __getattr__(self, name: str) -> Any:
        if self._wrapped is empty:
            self._setup(name)
        wrapped = self._wrapped
        if name in DEPRECATED_EMAIL_SETTINGS:
            self._refuse_next_to_mailers(name)
            value = getattr(wrapped, name)
            warn_about_external_use(
                EMAIL_SETTING_DEPRECATED_MSG.format(name=name),
                RemovedInDjango2028Warning,
                skip_name_prefixes=("hotclub.test.", "hotclub.conf."),
            )
            return value
        value = getattr(wrapped, name)
        if name in _PREFIXED_URLS and value is not None:
            return self._add_script_prefix(value)
        if name == "SECRET_KEY" and not value:
            raise ImproperlyConfigured("The SECRET_KEY setting must not be empty.")
        if name.isupper():
            self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_wrapped":
            self.__dict__.clear()
            self.__dict__["_wrapped"] = value
            return
        wrapped = self._wrapped
        if not isinstance(wrapped, UserSettingsHolder):
            _warn_on_definition(name, stacklevel=3)
        if name == "MAILERS":
            self.__dict__.pop("MAILERS", None)
        self.__dict__.pop(name, None)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self.__dict__.pop(name, None)

    def __dir__(self) -> Iterable[str]:
        if self._wrapped is empty:
            self._setup()
        names = set(dir(self._wrapped))
        if hasattr(self._wrapped, "MAILERS"):
            names -= {name for name in DEPRECATED_EMAIL_SETTINGS if not self._wrapped.is_overridden(name)}
        return sorted(names)

    def configure(self, default_settings: Any = global_settings, **options: Any) -> None:
        """Set the settings by hand, instead of a module.

        Args:
            default_settings: object whose attributes stand in for what is not given.
            **options: the settings.

        Raises:
            RuntimeError: settings are configured already.
            TypeError: a name is not in upper case.
        """
        if self._wrapped is not empty:
            raise RuntimeError("Settings already configured.")
        holder = UserSettingsHolder(default_settings)
        for name, value in options.items():
            if not name.isupper():
                raise TypeError(f"Setting {name!r} must be uppercase.")
            setattr(holder, name, value)
        _refuse_conflicting_mail(options)
        self._wrapped = holder

    @staticmethod
    def _add_script_prefix(value: str) -> str:
        """Return a relative URL under the path of the project; absolute ones as they are."""
        if value.startswith(("http://", "https://", "/")):
            return value
        return f"{get_script_prefix()}{value}"

    def _refuse_next_to_mailers(self, name: str) -> None:
        if hasattr(self._wrapped, "MAILERS"):
            raise AttributeError(f"The {name} setting is not available when MAILERS is defined.")

    @property
    def configured(self) -> bool:
        """Whether the settings are there, without asking for them."""
        return self._wrapped is not empty


value_hooks: list[Callable[[str, Any], Any]] = []
"""What each value passes when it is set, with its name; the import alias translates dotted names here."""


def through_hooks(name: str, value: Any) -> Any:
    """Return a value as it would stand in the setting of that name."""
    for hook in value_hooks:
        value = hook(name, value)
    return value


def _warn_on_definition(name: str, stacklevel: int = 2) -> None:
    if name in _DEPRECATED_ON_DEFINITION:
        warnings.warn(_DEPRECATED_ON_DEFINITION[name], RemovedInDjango2028Warning, stacklevel=stacklevel + 1)


def _refuse_conflicting_mail(names: Iterable[str]) -> None:
    defined = set(names)
    if "MAILERS" in defined and (both := sorted(defined & DEPRECATED_EMAIL_SETTINGS)):
        raise ImproperlyConfigured(
            f"Deprecated email settings are not allowed when MAILERS is defined: {', '.join(both)}."
        )


class Settings:
    """Settings from a module, over the defaults of `global_settings`."""

    def __init__(self, settings_module: str) -> None:
        values = self.__dict__
        for name in dir(global_settings):
            if name.isupper():
                values[name] = getattr(global_settings, name)
        self.SETTINGS_MODULE = settings_module
        module = _settings_module(settings_module)
        self._explicit_settings: set[str] = set()
        for name in dir(module):
            if not name.isupper():
                continue
            value = getattr(module, name)
            if name in _LISTS and not isinstance(value, list | tuple):
                raise ImproperlyConfigured(f"The {name} setting must be a list or a tuple.")
            values[name] = through_hooks(name, value)
            self._explicit_settings.add(name)
            _warn_on_definition(name)
        _refuse_conflicting_mail(self._explicit_settings)
        self._set_process_time_zone()

    def _set_process_time_zone(self) -> None:
        zone = self.__dict__["TIME_ZONE"]
        if zone and hasattr(time, "tzset"):
            zones = "/usr/share/zoneinfo"
            if os.path.isdir(zones) and not os.path.exists(os.path.join(zones, *zone.split("/"))):
                raise ValueError(f"Incorrect timezone setting: {zone}")
            os.environ["TZ"] = zone
            time.tzset()

    def is_overridden(self, setting: str) -> bool:
        """Say whether the module defines the setting."""
        return setting in self._explicit_settings

    def __repr__(self) -> str:
        return f'<{type(self).__name__} "{self.SETTINGS_MODULE}">'


class UserSettingsHolder:
    """Settings set one by one, over another object that holds the rest."""

    SETTINGS_MODULE: str | None = None

    def __init__(self, default_settings: Any) -> None:
        self.__dict__["_deleted"] = set()
        self.__dict__["default_settings"] = default_settings

    def __getattr__(self, name: str) -> Any:
        if not name.isupper() or name in self.__dict__["_deleted"]:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.__dict__["default_settings"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["_deleted"].discard(name)
        _warn_on_definition(name)
        super().__setattr__(name, through_hooks(name, value))

    def __delattr__(self, name: str) -> None:
        self.__dict__["_deleted"].add(name)
        if name in self.__dict__:
            super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = {name for name in (*self.__dict__, *dir(self.__dict__["default_settings"])) if name.isupper()}
        return sorted(names - self.__dict__["_deleted"])

    def is_overridden(self, setting: str) -> bool:
        """Say whether the setting differs in origin from the defaults: set or deleted here, or further down."""
        if setting in self.__dict__["_deleted"] or setting in self.__dict__:
            return True
        below = getattr(self.__dict__["default_settings"], "is_overridden", None)
        return bool(below is not None and below(setting))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


settings = LazySettings()
"""The settings of the project."""
