"""Which models and fields a field refers to, told from its declaration, without rendered classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

ModelKey = tuple[str, str]
"""App label and lower-case model name."""

RECURSIVE = "self"


class FieldReference(NamedTuple):
    """How a field refers to a model: (as target, as field of the target), (as table between, as fields of it)."""

    to: Any
    through: Any


class RegexObject:
    """A compiled pattern that compares by what it matches."""

    def __init__(self, obj: Any) -> None:
        self.pattern = obj.pattern
        self.flags = obj.flags

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RegexObject):
            return NotImplemented
        return bool(self.pattern == other.pattern and self.flags == other.flags)

    def __hash__(self) -> int:
        return hash((self.pattern, self.flags))


COMPILED_REGEX_TYPE = re.Pattern


def model_key(model: Any, app_label: str | None = None, model_name: str | None = None) -> ModelKey:
    """Give the key of a model: a class, `"app.Model"`, `"Model"` of the same app, or `"self"`.

    Raises:
        TypeError: the reference needs an app or model to be understood, and none was given.
    """
    if isinstance(model, str):
        if model == RECURSIVE:
            if app_label is None or model_name is None:
                raise TypeError("app_label and model_name must be provided to resolve recursive relationships.")
            return app_label, model_name.lower()
        if "." in model:
            label, name = model.split(".", 1)
            return label, name.lower()
        if app_label is None:
            raise TypeError("app_label must be provided to resolve unscoped model relationships.")
        return app_label, model.lower()
    return model._meta.app_label, model._meta.model_name


def between_key(field: Any, app_label: str, model_name: str) -> ModelKey | None:
    """Give the key of the model that a many-to-many field goes through, if it is declared."""
    through = getattr(field.remote_field, "through", None) if field.remote_field else None
    return None if through is None else model_key(through, app_label, model_name)


def targets_of(field: Any, app_label: str, model_name: str) -> Iterator[ModelKey]:
    """Give the keys of the models that a field declares relations to."""
    if not getattr(field, "remote_field", None):
        return
    if field.remote_field.model:
        yield model_key(field.remote_field.model, app_label, model_name)
    through = between_key(field, app_label, model_name)
    if through is not None:
        yield through


def field_references(
    owner: ModelKey,
    field: Any,
    wanted: ModelKey,
    wanted_field_name: str | None = None,
    wanted_field: Any = None,
) -> FieldReference | bool:
    """Say how a field refers to a model or, with a field's name, to that field.

    Args:
        owner: the model the field belongs to.
        field: the field.
        wanted: the model that may be referred to.
        wanted_field_name: one of its fields.
        wanted_field: that field, to know whether it is the primary key.

    Returns:
        What was found, or False.
    """
    remote = getattr(field, "remote_field", None)
    if not remote:
        return False
    to = None
    through = None
    if remote.model and model_key(remote.model, *owner) == wanted:
        to_fields = getattr(field, "to_fields", None)
        named = to_fields and wanted_field_name in to_fields
        by_key = to_fields is None or (None in to_fields and (wanted_field is None or wanted_field.primary_key))
        if wanted_field_name is None or named or by_key:
            to = (remote, to_fields)
    if getattr(remote, "through", None) and model_key(remote.through, *owner) == wanted:
        through_fields = remote.through_fields
        if wanted_field_name is None or through_fields is None or wanted_field_name in through_fields:
            through = (remote, through_fields)
    return FieldReference(to, through) if to or through else False


def referring_fields(
    states: Iterable[tuple[ModelKey, Any]], wanted: ModelKey, field: tuple[str, Any] | None = None
) -> Iterator[tuple[Any, str, Any, FieldReference]]:
    """Find the fields of all model states that refer to a model, or to one of its fields."""
    name, wanted_field = field or (None, None)
    for key, state in states:
        for own_name, own_field in state.fields.items():
            found = field_references(key, own_field, wanted, name, wanted_field)
            if isinstance(found, FieldReference):
                yield state, own_name, own_field, found


def names_in(expression: Any) -> Iterator[str]:
    """Give the names of fields that an expression or condition mentions."""
    if hasattr(expression, "children") and hasattr(expression, "connector"):  # a condition, `Q`
        for child in expression.children:
            if isinstance(child, tuple):
                yield str(child[0])
                yield from names_in(child[1])
            else:
                yield from names_in(child)
        return
    name = getattr(expression, "name", None)
    if isinstance(name, str) and not hasattr(expression, "get_source_expressions"):  # a reference, `F`
        yield name
    for source in getattr(expression, "get_source_expressions", tuple)():
        if source is not None:
            yield from names_in(source)
