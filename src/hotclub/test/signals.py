"""Signals of the test tools, and the receivers that forget what was computed from a changed setting.

A receiver touches a module only if it has been imported already: what nobody imported has cached nothing.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hotclub.conf import settings
from hotclub.core.signals import setting_changed
from hotclub.dispatch import Signal, receiver
from hotclub.utils.log import configure_logging

__all__ = ["HARD_TO_OVERRIDE", "setting_changed", "template_rendered"]

template_rendered = Signal()
"""Sent while the test environment is set up, whenever a template is rendered. Arguments: `template`, `context`."""

HARD_TO_OVERRIDE = {"DATABASES"}
"""Settings whose override is known to have no full effect: a warning tells."""


def _loaded(module: str) -> ModuleType | None:
    return sys.modules.get(module)


def _forget(module: str, *names: str) -> None:
    """Clear caches of a loaded module: functions with `cache_clear()`, objects with `_reset()` or `clear()`."""
    loaded = _loaded(module)
    for name in names if loaded else ():
        target: Any = loaded
        for part in name.split("."):
            target = getattr(target, part, None)
        clear = getattr(target, "cache_clear", None) or getattr(target, "clear", None)
        if callable(clear):
            clear()


def _drop_attribute(owner: Any, *names: str) -> None:
    """Delete attributes kept in an instance's dictionary (cached properties, lazily made objects)."""
    for name in names:
        vars(owner).pop(name, None)


def _reset_lazy_object(module: str, name: str) -> None:
    from hotclub.utils.functional import empty  # noqa: PLC0415  # only where a lazy object is really there

    lazy = getattr(_loaded(module), name, None)
    if lazy is not None:
        lazy._wrapped = empty


def _close_caches(**_: Any) -> None:
    loaded = _loaded("hotclub.core.cache")
    if loaded:
        loaded.close_caches()
        handler = loaded.caches
        _drop_attribute(handler, "settings", "databases")
        handler._settings = handler.settings = handler.configure_settings(None)
        handler.held.clear()


def _update_installed_apps(**_: Any) -> None:
    _forget("hotclub.contrib.staticfiles.finders", "get_finder")
    _forget("hotclub.core.management.registry", "get_commands")
    _forget("hotclub.template.utils", "get_app_template_dirs")
    _forget("hotclub.utils.translation.trans_real", "_translations")


def _update_connections_time_zone(*, setting: str, **_: Any) -> None:
    from hotclub.conf import settings  # noqa: PLC0415

    if setting == "TIME_ZONE":
        if hasattr(time, "tzset"):
            zone = getattr(settings, "TIME_ZONE", None)
            if zone:
                os.environ["TZ"] = zone
            else:
                os.environ.pop("TZ", None)
            time.tzset()
        _forget("hotclub.utils.timezone", "get_default_timezone")
    db = _loaded("hotclub.db")
    for connection in db.connections.all(initialized_only=True) if db else ():
        _drop_attribute(connection, "timezone", "timezone_name")
        connection.ensure_timezone()


def _clear_routers(**_: Any) -> None:
    db = _loaded("hotclub.db")
    if db:
        _drop_attribute(db.router, "routers")
        db.router._routers = None


def _reset_template_engines(**_: Any) -> None:
    loaded = _loaded("hotclub.template")
    if loaded:
        _drop_attribute(loaded.engines, "templates")
        loaded.engines._templates = None
        loaded.engines._engines = {}
    _forget("hotclub.template.engine", "Engine.get_default")
    _forget("hotclub.forms.renderers", "get_default_renderer")


def _storages_changed(**_: Any) -> None:
    loaded = _loaded("hotclub.core.files.storage")
    if loaded:
        _drop_attribute(loaded.storages, "backends")
        loaded.storages._backends = None
        loaded.storages._storages = {}
    _reset_lazy_object("hotclub.core.files.storage", "default_storage")
    _reset_lazy_object("hotclub.contrib.staticfiles.storage", "staticfiles_storage")


def _clear_serializers(**_: Any) -> None:
    loaded = _loaded("hotclub.core.serializers")
    if loaded:
        loaded.forget_serializers()


def _language_changed(*, setting: str, **_: Any) -> None:
    loaded = _loaded("hotclub.utils.translation.trans_real")
    if loaded is None:
        return
    loaded.deactivate()
    if setting != "LANGUAGE_CODE":
        _forget("hotclub.utils.translation.trans_real", "_translations", "check_for_language", "get_languages")


def _formats_changed(**_: Any) -> None:
    loaded = _loaded("hotclub.utils.formats")
    if loaded:
        loaded.reset_format_cache()


def _static_changed(**_: Any) -> None:
    _reset_lazy_object("hotclub.contrib.staticfiles.storage", "staticfiles_storage")
    _forget("hotclub.contrib.staticfiles.finders", "get_finder")


def _auth_password_changed(*, setting: str, **_: Any) -> None:
    if setting == "PASSWORD_HASHERS":
        _forget("hotclub.contrib.auth.hashers", "get_hashers", "get_hashers_by_algorithm")
    else:
        _forget("hotclub.contrib.auth.password_validation", "get_default_password_validators")


def _user_model_swapped(**_: Any) -> None:
    apps_module = _loaded("hotclub.apps")
    if apps_module:
        apps_module.apps.clear_cache()
    if _loaded("hotclub.contrib.auth"):
        from importlib import import_module  # noqa: PLC0415

        try:
            model = import_module("hotclub.contrib.auth").get_user_model()
        except Exception:  # the setting may name a model that is not there (yet): then there is nothing to hand out
            return
        for name in (
            "hotclub.contrib.auth.backends",
            "hotclub.contrib.auth.forms",
            "hotclub.contrib.auth.handlers.modwsgi",
            "hotclub.contrib.auth.management.commands.changepassword",
            "hotclub.contrib.auth.views",
        ):
            loaded = _loaded(name)
            if loaded is not None and hasattr(loaded, "UserModel"):
                vars(loaded)["UserModel"] = model


def _root_urlconf_changed(**_: Any) -> None:
    loaded = _loaded("hotclub.urls")
    if loaded:
        loaded.clear_url_caches()
        loaded.set_urlconf(None)


def _mail_changed(**_: Any) -> None:
    loaded = _loaded("hotclub.core.mail")
    mailers = getattr(loaded, "mailers", None)
    if mailers is not None:
        _drop_attribute(mailers, "settings")
        reset = getattr(mailers, "_reset", None)
        if callable(reset):
            reset()
        elif hasattr(mailers, "_settings"):
            mailers._settings = None


def _tasks_changed(**_: Any) -> None:
    loaded = _loaded("hotclub.tasks")
    if loaded:
        backends = loaded.task_backends
        _drop_attribute(backends, "settings")
        backends._settings = backends.settings = backends.configure_settings(None)
        backends.held.clear()


def _debug_changed(**_: Any) -> None:
    _forget("hotclub.views.debug", "get_default_exception_reporter_filter")
    _forget("hotclub.conf.urls.static", "static")


def _logging_changed(**_: Any) -> None:
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


_RECEIVERS: dict[str, tuple[Callable[..., None], ...]] = {
    "CACHES": (_close_caches,),
    "INSTALLED_APPS": (_update_installed_apps, _reset_template_engines),
    "TIME_ZONE": (_update_connections_time_zone,),
    "USE_TZ": (_update_connections_time_zone, _formats_changed),
    "DATABASE_ROUTERS": (_clear_routers,),
    "TEMPLATES": (_reset_template_engines,),
    "DEBUG": (_reset_template_engines, _debug_changed),
    "FORM_RENDERER": (_reset_template_engines,),
    "SERIALIZATION_MODULES": (_clear_serializers,),
    "LANGUAGES": (_language_changed,),
    "LANGUAGE_CODE": (_language_changed, _formats_changed),
    "LOCALE_PATHS": (_language_changed,),
    "USE_I18N": (_language_changed, _formats_changed),
    "STORAGES": (_storages_changed,),
    "MEDIA_ROOT": (_storages_changed,),
    "MEDIA_URL": (_storages_changed,),
    "DEFAULT_FILE_STORAGE": (_storages_changed,),
    "FILE_UPLOAD_PERMISSIONS": (_storages_changed,),
    "FILE_UPLOAD_DIRECTORY_PERMISSIONS": (_storages_changed,),
    "STATICFILES_DIRS": (_static_changed,),
    "STATICFILES_FINDERS": (_static_changed,),
    "STATIC_ROOT": (_static_changed, _storages_changed),
    "STATIC_URL": (_static_changed, _storages_changed),
    "PASSWORD_HASHERS": (_auth_password_changed,),
    "AUTH_PASSWORD_VALIDATORS": (_auth_password_changed,),
    "AUTH_USER_MODEL": (_user_model_swapped,),
    "ROOT_URLCONF": (_root_urlconf_changed,),
    "MAILERS": (_mail_changed,),
    "EMAIL_BACKEND": (_mail_changed,),
    "TASKS": (_tasks_changed,),
    "DEFAULT_EXCEPTION_REPORTER_FILTER": (_debug_changed,),
    "LOGGING": (_logging_changed,),
    "LOGGING_CONFIG": (_logging_changed,),
}
_RECEIVERS |= dict.fromkeys(
    (
        "FORMAT_MODULE_PATH",
        "DECIMAL_SEPARATOR",
        "THOUSAND_SEPARATOR",
        "USE_THOUSAND_SEPARATOR",
        "NUMBER_GROUPING",
        "FIRST_DAY_OF_WEEK",
        "MONTH_DAY_FORMAT",
        "TIME_INPUT_FORMATS",
        "DATE_FORMAT",
        "DATETIME_FORMAT",
        "TIME_FORMAT",
        "YEAR_MONTH_FORMAT",
        "SHORT_DATE_FORMAT",
        "SHORT_DATETIME_FORMAT",
        "DATE_INPUT_FORMATS",
        "DATETIME_INPUT_FORMATS",
    ),
    (_formats_changed,),
)


@receiver(setting_changed)
def forget_what_depends_on(*, setting: str, enter: bool, **kwargs: Any) -> None:
    """Clear every cache that was filled from the changed setting.

    Args:
        setting: name of the setting.
        enter: whether an override begins; False when it ends.
        **kwargs: further arguments of the signal.
    """
    if enter and setting in HARD_TO_OVERRIDE:
        # Level 6: the line of the test that overrides.
        warnings.warn(f"Overriding setting {setting} can lead to unexpected behavior.", stacklevel=6)
    for forget in _RECEIVERS.get(setting, ()):
        forget(setting=setting)
