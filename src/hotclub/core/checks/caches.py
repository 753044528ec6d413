"""Checks of `CACHES`."""

from __future__ import annotations

import pathlib
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error, Warning
from hotclub.core.checks.registry import Tags, register
from hotclub.utils.module_loading import import_string

E001 = Error("You must define a 'default' cache in your CACHES setting.", id="caches.E001")


@register(Tags.caches)
def check_default_cache_is_configured(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if "default" in settings.CACHES else [E001]


def _file_caches() -> list[tuple[str, Any]]:
    """Return (alias, location) of the caches in directories."""
    # By name: backends lie above this module.
    found = []
    for alias, config in settings.CACHES.items():
        try:
            backend = import_string(config.get("BACKEND", ""))
        except ImportError:
            continue
        if any(f"{base.__module__}.{base.__name__}" == _FILE_BACKEND for base in getattr(backend, "__mro__", ())):
            found.append((alias, config.get("LOCATION", "")))
    return found


_FILE_BACKEND = "hotclub.core.cache.backends.filebased.FileBasedCache"


@register(Tags.caches, deploy=True)
def check_cache_location_not_exposed(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that no cache is in a directory that is served."""
    errors = []
    for name in ("MEDIA_ROOT", "STATIC_ROOT", "STATICFILES_DIRS"):
        setting = getattr(settings, name, None)
        if not setting:
            continue
        if name == "STATICFILES_DIRS":
            paths = {pathlib.Path(path[1] if isinstance(path, list | tuple) else path).resolve() for path in setting}
        else:
            paths = {pathlib.Path(setting).resolve()}
        for alias, location in _file_caches():
            cache_path = pathlib.Path(location).resolve()
            if any(path == cache_path for path in paths):
                relation = "matches"
            elif any(path in cache_path.parents for path in paths):
                relation = "is inside"
            elif any(cache_path in path.parents for path in paths):
                relation = "contains"
            else:
                continue
            errors.append(
                Warning(
                    f"Your '{alias}' cache configuration might expose your cache or lead to corruption of your data because "
                    f"its LOCATION {relation} {name}.",
                    id="caches.W002",
                )
            )
    return errors


@register(Tags.caches)
def check_file_based_cache_is_absolute(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [
        Warning(f"Your '{alias}' cache LOCATION path is relative. Use an absolute path instead.", id="caches.W003")
        for alias, location in _file_caches()
        if not pathlib.Path(location).is_absolute()
    ]
