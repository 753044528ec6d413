"""The order in which models must be written so that natural keys can be found again when they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub.apps import apps


def _refers_by_natural_key(target: Any) -> bool:
    return hasattr(target, "natural_key")


def _dependencies(model: Any) -> list[Any]:
    """Models that must stand before a model: named by its natural key, or related to by natural keys."""
    found: list[Any] = []
    if hasattr(model, "natural_key"):
        labels = getattr(model.natural_key, "dependencies", [])
        found += [apps.get_model(label) for label in labels]
    for field in model._meta.fields:
        target = getattr(field.remote_field, "model", None)
        if target is not None and target is not model and _refers_by_natural_key(target):
            found.append(target)
    for field in model._meta.many_to_many:
        target = field.remote_field.model
        through = field.remote_field.through
        if through._meta.auto_created and target is not model and _refers_by_natural_key(target):
            found.append(target)
    return found


def sort_dependencies(app_list: Iterable[tuple[Any, Any]], allow_cycles: bool = False) -> list[Any]:
    """Return models so that each stands after those it names by natural keys.

    Args:
        app_list: pairs of an app's configuration and its models; all its models, if None.
        allow_cycles: append the rest as it is, where models depend on one another in a circle.

    Raises:
        RuntimeError: a circle, unless allowed.
    """
    waiting: dict[Any, list[Any]] = {}
    for app_config, models in app_list:
        for model in app_config.get_models() if models is None else models:
            waiting[model] = _dependencies(model)
    ordered: list[Any] = []
    while waiting:
        ready = [model for model, needs in waiting.items() if not any(need in waiting for need in needs)]
        if not ready:
            if allow_cycles:
                return ordered + list(waiting)
            names = ", ".join(
                model._meta.label for model in sorted(waiting, key=lambda model: str(model._meta.object_name))
            )
            raise RuntimeError(f"Can't resolve dependencies for {names} in serialized app list.")
        for model in ready:
            ordered.append(model)
            del waiting[model]
    return ordered
