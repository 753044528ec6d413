"""System checks of content types."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from hotclub.apps import apps
from hotclub.core.checks import CheckMessage, Error


def _models(app_configs: Sequence[Any] | None) -> Any:
    if app_configs is None:
        return apps.get_models()
    return chain.from_iterable(config.get_models() for config in app_configs)


def check_generic_foreign_keys(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check every generic foreign key of the models."""
    # Imported by the app configuration, before there are models.
    from hotclub.contrib.contenttypes.fields import GenericForeignKey  # noqa: PLC0415

    found: list[CheckMessage] = []
    for model in _models(app_configs):
        for field in model._meta.private_fields:
            if isinstance(field, GenericForeignKey) and field.model is model:
                found.extend(field.check())
    return found


def check_model_name_lengths(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check that model names fit into the column of `ContentType`."""
    return [
        Error(
            f"Model names must be at most 100 characters (got {len(model._meta.model_name)}).",
            obj=model,
            id="contenttypes.E005",
        )
        for model in _models(app_configs)
        if len(model._meta.model_name) > 100
    ]
