"""The check that the application is installed: without it no type handler is registered.

Source: docs ref/checks, "postgres.E005".
"""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.core import checks


def app_installed_errors(obj: Any, used: object) -> list[Any]:
    """Return `postgres.E005` unless the application is in `INSTALLED_APPS`.

    Args:
        obj: what the message is about: a field or a model.
        used: the field, index or constraint that needs the application.
    """
    if apps.is_installed("hotclub.contrib.postgres"):
        return []
    return [
        checks.Error(
            f"'hotclub.contrib.postgres' must be in INSTALLED_APPS in order to use {type(used).__name__}.",
            obj=obj,
            id="postgres.E005",
        )
    ]
