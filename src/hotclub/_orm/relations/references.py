"""How a relation names its other end: a class, "Model", "app.Model" or "self"; and waiting until it exists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

RECURSIVE = "self"
"""What a field writes to point at its own model."""


def model_key(model: Any) -> tuple[str, str]:
    """Return the app label and lower-case name of a model class, a pair or an "app_label.ModelName".

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(model, tuple):
        return model
    if isinstance(model, str):
        parts = model.split(".")
        if len(parts) != 2:
            raise ValueError(
                f"Invalid model reference {model!r}. String model references must be of the form 'app_label.ModelName'."
            )
        return parts[0], parts[1].lower()
    return model._meta.app_label, model._meta.model_name


def resolve_relation(scope_model: Any, relation: Any) -> Any:
    """Return the model class, or the full "app_label.ModelName" of what a field on `scope_model` points at."""
    if relation == RECURSIVE:
        relation = scope_model
    if isinstance(relation, str) and "." not in relation:
        return f"{scope_model._meta.app_label}.{relation}"
    return relation


def lazy_related_operation(function: Callable[..., Any], model: Any, *related_models: Any, **kwargs: Any) -> None:
    """Call `function(model, *related classes, **kwargs)` once all of them are loaded."""
    models = [model, *(resolve_relation(model, related) for related in related_models)]
    registry = model._meta.apps
    registry.lazy_model_operation(partial(function, **kwargs), *(model_key(each) for each in models))
