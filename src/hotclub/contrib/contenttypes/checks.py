"""System checks of the content types application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from hotclub.apps import apps
from hotclub.core.checks import Error

_MAX_MODEL_NAME = 100
"""Length of `ContentType.model`."""


def _models(app_configs: Iterable[Any] | None) -> Iterator[Any]:
    if app_configs is None:
        return iter(apps.get_models())
    return chain.from_iterable(config.get_models() for config in app_configs)


def check_generic_foreign_keys(app_configs: Iterable[Any] | None, **kwargs: Any) -> list[Any]:
    """Check every generic foreign key."""
    # By duck typing: the fields module needs models, which are not loaded yet where this module is imported.
    return [
        error
        for model in _models(app_configs)
        for field in model._meta.private_fields
        if getattr(field, "is_generic_foreign_key", False)
        for error in field.check()
    ]


def check_model_name_lengths(app_configs: Iterable[Any] | None, **kwargs: Any) -> list[Any]:
    """Check that models' names fit in the table of content types."""
    return [
        Error(
            f"Model names must be at most {_MAX_MODEL_NAME} characters (got {len(model._meta.model_name)}).",
            obj=model,
            id="contenttypes.E005",
        )
        for model in _models(app_configs)
        if len(model._meta.model_name) > _MAX_MODEL_NAME
    ]
