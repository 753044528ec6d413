"""System checks over all models: each model's own, names that clash between models, references nobody answered.

They know the registry only; what a model checks itself lives with the model.

Source: docs ref/checks, "Models" (`models.E020`, `E022`, `E028` to `E032`, `W035`), "Related fields" (`fields.E307`),
"Signals" (`signals.E001`).
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from hotclub.apps import apps as global_apps
from hotclub.conf import settings
from hotclub.core.checks.messages import CheckMessage, Error, Warning
from hotclub.core.checks.registry import Tags, register


@register(Tags.models)
def check_all_models(app_configs: Iterable[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Run the checks of every model, and those between models."""
    if app_configs is None:
        models = global_apps.get_models()
    else:
        models = [model for config in app_configs for model in config.get_models()]
    found: list[CheckMessage] = []
    tables: dict[str, list[str]] = defaultdict(list)
    indexes: dict[str, list[str]] = defaultdict(list)
    constraints: dict[str, list[str]] = defaultdict(list)
    for model in models:
        meta = model._meta
        if meta.managed and not meta.proxy:
            tables[meta.db_table].append(meta.label)
        if inspect.ismethod(model.check):
            found.extend(model.check(**kwargs))
        else:
            text = f"The '{model.__name__}.check()' class method is currently overridden by {model.check!r}."
            found.append(Error(text, obj=model, id="models.E020"))
        for index in meta.indexes:
            indexes[index.name].append(meta.label)
        for constraint in meta.constraints:
            constraints[constraint.name].append(meta.label)
    found += _shared_tables(tables)
    found += _shared_names(indexes, "index", "models.E029", "models.E030")
    found += _shared_names(constraints, "constraint", "models.E031", "models.E032")
    return found


def _shared_tables(tables: dict[str, list[str]]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for table, labels in tables.items():
        if len(labels) == 1:
            continue
        listed = ", ".join(labels)
        text = f"db_table '{table}' is used by multiple models: {listed}."
        if settings.DATABASE_ROUTERS:
            hint = (
                f"You have configured settings.DATABASE_ROUTERS. Verify that {listed} are correctly routed to separate "
                "databases."
            )
            found.append(Warning(text, obj=table, hint=hint, id="models.W035"))
        else:
            found.append(Error(text, obj=table, id="models.E028"))
    return found


def _shared_names(names: dict[str, list[str]], kind: str, same_id: str, several_id: str) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name, labels in names.items():
        if len(labels) == 1:
            continue
        distinct = sorted(set(labels))
        where = f"for model {distinct[0]}" if len(distinct) == 1 else f"among models: {', '.join(distinct)}"
        found.append(
            Error(f"{kind} name {name!r} is not unique {where}.", id=same_id if len(distinct) == 1 else several_id)
        )
    return found


# -- references that wait for a model ------------------------------------------------------------------------------


def _unwrapped(function: Any) -> tuple[Any, dict[str, Any]]:
    """Return what waits for a model, without the layers that bind models, and the keywords met on the way."""
    keywords: dict[str, Any] = {}
    while hasattr(function, "func") and not hasattr(function, "describe_reference"):
        if isinstance(function, partial):
            keywords.update(function.keywords)
        function = function.func
    return function, keywords


def _missing(registry: Any, key: tuple[str, str]) -> str:
    label, name = key
    try:
        registry.get_app_config(label)
    except LookupError:
        return f"app '{label}' isn't installed"
    return f"app '{label}' doesn't provide model '{name}'"


def _check_lazy_references(apps: Any, ignore: Iterable[tuple[str, str]] | None = None) -> list[CheckMessage]:
    """Report what still waits for models of a registry.

    Args:
        apps: the registry.
        ignore: (app label, model name) pairs that may be missing.
    """
    found: list[CheckMessage] = []
    skipped = set(ignore or ())
    for key, functions in apps._pending_operations.items():
        if key in skipped:
            continue
        for waiting in functions:
            function, keywords = _unwrapped(waiting)
            found.append(_describe(function, keywords, key, _missing(apps, key)))
    return sorted(found, key=lambda message: message.msg)


def _describe(function: Any, keywords: dict[str, Any], key: tuple[str, str], missing: str) -> CheckMessage:
    reference = ".".join(key)
    if hasattr(function, "describe_reference"):
        text, origin = function.describe_reference(reference, missing)
        return Error(text, obj=origin, id="signals.E001")
    field = keywords.get("field")
    if field is not None:
        text = f"The field {field} was declared with a lazy reference to '{reference}', but {missing}."
        return Error(text, obj=field, id="fields.E307")
    return Error(
        f"{function!r} contains a lazy reference to {reference}, but {missing}.", obj=function, id="models.E022"
    )


@register(Tags.models)
def check_lazy_references(app_configs: Iterable[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Report references by name to models that never came."""
    return _check_lazy_references(global_apps)
