"""Reads `TEMPLATES` and creates the engines it lists."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string


class InvalidTemplateEngineError(ImproperlyConfigured):
    """No engine of that name is configured."""


class EngineHandler:
    """The engines by their names, created when first asked for.

    Args:
        templates: a list as in the `TEMPLATES` setting; the setting, if None.
    """

    def __init__(self, templates: Any = None) -> None:
        self._templates = templates
        self._engines: dict[str, Any] = {}

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        """The completed configurations by name.

        Raises:
            ImproperlyConfigured: a `BACKEND` is missing, or a name is used twice.
        """
        if self._templates is None:
            self._templates = settings.TEMPLATES
        found: dict[str, dict[str, Any]] = {}
        names: list[str] = []
        for entry in self._templates:
            try:
                # The name of the backend's module, unless another is given.
                default_name = entry["BACKEND"].rsplit(".", 2)[-2]
            except Exception as error:
                backend = entry.get("BACKEND", "<not defined>")
                raise ImproperlyConfigured(
                    f"Invalid BACKEND for a template engine: {backend}. Check your TEMPLATES setting."
                ) from error
            complete = {"NAME": default_name, "DIRS": [], "APP_DIRS": False, "OPTIONS": {}, **entry}
            found[complete["NAME"]] = complete
            names.append(complete["NAME"])
        duplicates = [name for name, count in Counter(names).most_common() if count > 1]
        if duplicates:
            raise ImproperlyConfigured(
                f"Template engine aliases aren't unique, duplicates: {', '.join(duplicates)}. Set a unique NAME for "
                "each engine in settings.TEMPLATES."
            )
        return found

    def __getitem__(self, alias: str) -> Any:
        try:
            return self._engines[alias]
        except KeyError:
            pass
        try:
            params = self.templates[alias].copy()
        except KeyError as error:
            raise InvalidTemplateEngineError(f"Could not find config for '{alias}' in settings.TEMPLATES") from error
        engine = self._engines[alias] = import_string(params.pop("BACKEND"))(params)
        return engine

    def __iter__(self) -> Iterator[str]:
        return iter(self.templates)

    def all(self) -> list[Any]:
        """Return all engines."""
        return [self[alias] for alias in self]


@functools.lru_cache(maxsize=16)
def get_app_template_dirs(dirname: str) -> tuple[Path, ...]:
    """Return the directories of a name in the installed applications."""
    return tuple(
        Path(config.path) / dirname
        for config in apps.get_app_configs()
        if config.path and (Path(config.path) / dirname).is_dir()
    )
